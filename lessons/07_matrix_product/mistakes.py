"""Wrong answers to lesson 7 that people really write, each with what to tell them. Read variants.py next."""

import numpy as np

from minifcn.course.exercise import Mistake

SIZES = "oh, ow = output_size((H, W), (kh, kw), stride, padding)"
PRODUCT = "weight.reshape(K, C * kh * kw) @ im2col(x, (kh, kw), stride, padding)"
COLUMNS = "im2col(x, (kh, kw), stride, padding)"
RETURN = "return y.reshape(N, K, oh, ow)"
BACK = "weight.reshape(K, C * kh * kw).T @ grad.reshape(N, K, oh * ow)"
COL2IM = "return col2im(columns, size, (kh, kw), stride, padding)"
PADDED_SIZE = "H, W = size\n    return col2im(columns, (H + 2 * padding, W + 2 * padding), (kh, kw), stride)"
UNFOLD = "columns = im2col(x, kernel_size, stride, padding)"
PRODUCTS = "grad.reshape(N, K, oh * ow) @ columns.swapaxes(1, 2)"
SUM = "return products.sum(axis=0).reshape(K, C, kh, kw)"


def back_with(weight):
    """The change that takes this for M^T in conv_backward_input."""
    return ((BACK, f"{weight} @ grad.reshape(N, K, oh * ow)"),)


def by_turned_kernel(grad, weight, size, stride=1, padding=0):
    """Slides the turned kernel over grad: right for stride 1, where nothing has to be spread."""
    (N, _, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    padded = np.pad(grad, ((0, 0), (0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1)))
    grad_x = np.zeros((N, C, size[0] + 2 * padding, size[1] + 2 * padding), grad.dtype)
    for row, column in np.ndindex(oh + kh - 1, ow + kw - 1):
        window = padded[:, :, row : row + kh, column : column + kw]
        if row < grad_x.shape[2] and column < grad_x.shape[3]:
            grad_x[:, :, row, column] = np.einsum("nkij,kcij->nc", window, weight[:, :, ::-1, ::-1])
    return grad_x[:, :, padding : padding + size[0], padding : padding + size[1]]


def overwrites(grad, weight, size, stride=1, padding=0):
    """A col2im of its own, which writes instead of adding."""
    (N, K, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    columns = (weight.reshape(K, C * kh * kw).T @ grad.reshape(N, K, oh * ow)).reshape(N, C, kh, kw, oh, ow)
    padded = np.zeros((N, C, size[0] + 2 * padding, size[1] + 2 * padding), grad.dtype)
    for u, v in np.ndindex(oh, ow):
        padded[:, :, u * stride : u * stride + kh, v * stride : v * stride + kw] = columns[..., u, v]
    return padded[:, :, padding : padding + size[0], padding : padding + size[1]]


def without_the_padding(x, grad, kernel_size, stride=1, padding=0):
    """Lets the windows start at the corner of the bare picture."""
    kh, kw = kernel_size
    shifted = np.pad(x, ((0, 0), (0, 0), (0, 2 * padding), (0, 2 * padding)))
    grad_weight = np.zeros((grad.shape[1], x.shape[1], kh, kw), grad.dtype)
    for n, k, u, v in np.ndindex(grad.shape):
        window = shifted[n, :, u * stride : u * stride + kh, v * stride : v * stride + kw]
        grad_weight[k] += grad[n, k, u, v] * window
    return grad_weight


def widths_before_heights(x, weight, stride=1, padding=0):
    oh, ow = output_size(x.shape[2:], weight.shape[2:], stride, padding)  # noqa: F821
    y = weight.reshape(len(weight), weight[0].size) @ im2col(x, weight.shape[2:], stride, padding)  # noqa: F821
    return y.reshape(len(x), len(weight), ow, oh)


def columns_folded(x, weight, stride=1, padding=0):
    (N, rows, places), K = im2col(x, weight.shape[2:], stride, padding).shape, len(weight)  # noqa: F821
    columns = im2col(x, weight.shape[2:], stride, padding).reshape(rows, N * places)  # noqa: F821
    y = (weight.reshape(K, rows) @ columns).reshape(K, N, places).swapaxes(0, 1)
    return y.reshape(N, K, *output_size(x.shape[2:], weight.shape[2:], stride, padding))  # noqa: F821


def stride_not_for_the_columns(x, weight, stride=1, padding=0):
    oh, ow = output_size(x.shape[2:], weight.shape[2:], stride, padding)  # noqa: F821
    y = weight.reshape(len(weight), weight[0].size) @ im2col(x, weight.shape[2:], 1, padding)  # noqa: F821
    return y.reshape(len(x), len(weight), oh, ow)


def padding_not_for_the_columns(x, weight, stride=1, padding=0):
    oh, ow = output_size(x.shape[2:], weight.shape[2:], stride, padding)  # noqa: F821
    y = weight.reshape(len(weight), weight[0].size) @ im2col(x, weight.shape[2:], stride)  # noqa: F821
    return y.reshape(len(x), len(weight), oh, ow)


def last_tap_wins(grad, weight, size, stride=1, padding=0):
    (N, _, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    shares = np.einsum("kcij,nkuv->ncijuv", weight, grad)
    padded = np.zeros((N, C, size[0] + 2 * padding, size[1] + 2 * padding), grad.dtype)
    for i, j in np.ndindex(kh, kw):
        padded[:, :, i : i + oh * stride : stride, j : j + ow * stride : stride] = shares[:, :, i, j]
    return padded[:, :, padding : padding + size[0], padding : padding + size[1]]


def reversed_axes(grad, weight, size, stride=1, padding=0):
    (N, K, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    columns = weight.T.reshape(C * kh * kw, K) @ grad.reshape(N, K, oh * ow)
    return col2im(columns, size, (kh, kw), stride, padding)  # noqa: F821


def pictures_last(grad, weight, size, stride=1, padding=0):
    (N, K, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    columns = weight.reshape(K, C * kh * kw).T @ grad.transpose(1, 2, 3, 0).reshape(K, N * oh * ow)
    return col2im(columns.reshape(N, C * kh * kw, oh * ow), size, (kh, kw), stride, padding)  # noqa: F821


def inverts(grad, weight, size, stride=1, padding=0):
    (N, K, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    columns = np.linalg.pinv(weight.reshape(K, C * kh * kw)) @ grad.reshape(N, K, oh * ow)
    return col2im(columns, size, (kh, kw), stride, padding)  # noqa: F821


def kernel_size_swapped(grad, weight, size, stride=1, padding=0):
    (N, K, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    columns = weight.reshape(K, C * kh * kw).T @ grad.reshape(N, K, oh * ow)
    return col2im(columns, size, (kw, kh), stride, padding)  # noqa: F821


def forward_of_the_turned_kernel(grad, weight, size, stride=1, padding=0):
    K, C, kh, kw = weight.shape
    turned = weight[:, :, ::-1, ::-1].swapaxes(0, 1).reshape(C, K * kh * kw)
    return (turned @ im2col(grad, (kh, kw), 1, kh - 1 - padding)).reshape(len(grad), C, *size)  # noqa: F821


def one_share_wins(grad, weight, size, stride=1, padding=0):
    return backwards_by(weight[-1:], grad[:, -1:], size, stride, padding)


def backwards_by(weight, grad, size, stride, padding):
    (N, K, oh, ow), (_, C, kh, kw) = grad.shape, weight.shape
    columns = weight.reshape(K, C * kh * kw).T @ grad.reshape(N, K, oh * ow)
    return col2im(columns, size, (kh, kw), stride, padding)  # noqa: F821


def columns_reversed(x, grad, kernel_size, stride=1, padding=0):
    (N, K, oh, ow), columns = grad.shape, im2col(x, kernel_size, stride, padding)  # noqa: F821
    return (grad.reshape(N, K, oh * ow) @ columns.T).sum(axis=0).reshape(K, x.shape[1], *kernel_size)


def columns_mixed_up(x, grad, kernel_size, stride=1, padding=0):
    (N, K, oh, ow), columns = grad.shape, im2col(x, kernel_size, stride, padding)  # noqa: F821
    sorted_grad = grad.swapaxes(0, 1).reshape(K, N * oh * ow)
    return (sorted_grad @ columns.reshape(columns.shape[1], N * oh * ow).T).reshape(K, x.shape[1], *kernel_size)


def pictures_summed_first(x, grad, kernel_size, stride=1, padding=0):
    (K, oh, ow), columns = grad.shape[1:], im2col(x, kernel_size, stride, padding)  # noqa: F821
    product = grad.sum(axis=0).reshape(K, oh * ow) @ columns.sum(axis=0).T
    return product.reshape(K, x.shape[1], *kernel_size)


def grad_as_the_kernel(x, grad, kernel_size, stride=1, padding=0):
    (N, K, oh, ow), C = grad.shape, x.shape[1]
    product = grad.swapaxes(0, 1).reshape(K, N * oh * ow) @ im2col(x.swapaxes(0, 1), (oh, ow), stride, padding)  # noqa: F821
    return product.swapaxes(0, 1).reshape(K, C, *kernel_size)


def everything_summed_first(x, grad, kernel_size, stride=1, padding=0):
    columns = im2col(x, kernel_size, stride, padding).sum(axis=(0, 2))  # noqa: F821
    return np.outer(grad.sum(axis=(0, 2, 3)), columns).reshape(grad.shape[1], x.shape[1], *kernel_size)


MISTAKES = {
    "conv_forward": [
        Mistake(
            "turns_kernel",
            "The kernel is turned by 180 degrees. Its row is in reading order, as the columns are: nothing turns.",
            changes=((PRODUCT, f"weight[:, :, ::-1, ::-1].reshape(K, C * kh * kw) @ {COLUMNS}"),),
        ),
        Mistake(
            "channels_last",
            "The row of a kernel is in the order row, column, channel. im2col's columns have all of channel 0 first.",
            changes=((PRODUCT, f"weight.transpose(0, 2, 3, 1).reshape(K, C * kh * kw) @ {COLUMNS}"),),
        ),
        Mistake(
            "kernel_columns_first",
            "The row of a kernel is read column by column; im2col reads its windows row by row.",
            changes=((PRODUCT, f"weight.swapaxes(2, 3).reshape(K, C * kh * kw) @ {COLUMNS}"),),
        ),
        Mistake(
            "reshapes_instead_of_transposing",
            "A reshape to (C*kh*kw, K) is no transposing: it only re-reads the numbers. Each row of M is one kernel.",
            changes=((PRODUCT, f"weight.reshape(C * kh * kw, K).T @ {COLUMNS}"),),
        ),
        Mistake(
            "forgets_stride",
            "The stride is missing: the result is that of stride 1. im2col and the output size both need it.",
            changes=((SIZES, SIZES.replace("stride", "1")), (COLUMNS, "im2col(x, (kh, kw), 1, padding)")),
        ),
        Mistake(
            "forgets_padding",
            "The padding is missing. im2col and the output size both need it.",
            changes=((SIZES, SIZES.replace("padding", "0")), (COLUMNS, "im2col(x, (kh, kw), stride, 0)")),
        ),
        Mistake(
            "keeps_columns",
            "The result is still a matrix, with the outputs of each picture in a row: reshape it to (N, K, oh, ow).",
            changes=((RETURN, "return y"),),
        ),
        Mistake(
            "exchanges_output_axes",
            "Rows and columns of the result are exchanged: its columns are in the order u*ow + v, so reshape to"
            " (oh, ow).",
            changes=((RETURN, "return y.reshape(N, K, ow, oh).swapaxes(2, 3)"),),
            also=("widths_before_heights",),
        ),
        Mistake(
            "exchanges_kernels_and_places",
            "Kernels and places are exchanged: the product is (N, K, oh*ow), the kernels come before the places.",
            changes=((RETURN, "return y.swapaxes(1, 2).reshape(N, K, oh, ow)"),),
        ),
        Mistake(
            "mixes_pictures",
            "Pictures and kernels are mixed up: one product over all pictures gives (K, N*oh*ow). Bring N to the front"
            " before the reshape to (N, K, oh, ow).",
            changes=((RETURN, "return y.swapaxes(0, 1).reshape(N, K, oh, ow)"),),
            also=("columns_folded",),
        ),
        Mistake(
            "first_picture_only",
            "Every picture of the batch gets the result of picture 0.",
            changes=((RETURN, "return y[:1].repeat(N, axis=0).reshape(N, K, oh, ow)"),),
        ),
        Mistake(
            "first_kernel_only",
            "Every output channel is made with kernel 0. M has a row for each of the K kernels.",
            changes=((PRODUCT, f"weight[:1].repeat(K, axis=0).reshape(K, C * kh * kw) @ {COLUMNS}"),),
        ),
        Mistake(
            "crashes_on_no_pictures",
            "With no pictures (N = 0) this crashes: reshape cannot work out -1, and there is nothing to stack. Name all"
            " sizes: (N, K, oh, ow).",
            changes=((RETURN, "return y.reshape(N, K, oh, -1)"),),
        ),
        Mistake(
            "always_float64",
            "The values are right, the dtype is not: somewhere an array was made without the dtype of x.",
            changes=((RETURN, "return y.reshape(N, K, oh, ow).astype(float)"),),
        ),
        Mistake(
            "last_picture_only",
            "Every picture of the batch gets the result of the last picture: n is missing where the result is written.",
            changes=((RETURN, "return y[-1:].repeat(N, axis=0).reshape(N, K, oh, ow)"),),
        ),
        Mistake(
            "exchanges_stride_and_padding",
            "Stride and padding have changed places in a call: it is im2col(x, kernel_size, stride, padding).",
            changes=((COLUMNS, "im2col(x, (kh, kw), padding, stride)"),),
        ),
        Mistake(
            "swaps_height_and_width",
            "Height and width of the kernel are exchanged: weight is (K, C, kh, kw), rows first.",
            changes=(("(K, C, kh, kw) = x.shape, weight.shape", "(K, C, kw, kh) = x.shape, weight.shape"),),
        ),
        Mistake(
            "stride_in_the_size_only",
            "The columns and the size do not fit: im2col and output_size both need the stride and the padding.",
            changes=((COLUMNS, "im2col(x, (kh, kw))"),),
            also=("stride_not_for_the_columns", "padding_not_for_the_columns"),
        ),
    ],
    "conv_backward_input": [
        Mistake(
            "turns_kernel",
            "The kernel is turned by 180 degrees. col2im brings entry (i, j) back to pixel (i, j) of the window:"
            " M^T turns nothing.",
            changes=back_with("weight[:, :, ::-1, ::-1].reshape(K, C * kh * kw).T"),
        ),
        Mistake(
            "right_for_stride_1_only",
            "Sliding the turned kernel over grad is right for stride 1 only. With a stride, grad must first be"
            " spread out; col2im does it by itself.",
            answer="by_turned_kernel",
            also=("forward_of_the_turned_kernel",),
        ),
        Mistake(
            "reshapes_instead_of_transposing",
            "A reshape to (C*kh*kw, K) is no transposing: it only re-reads the numbers. Take .T of the (K,"
            " C*kh*kw) matrix.",
            changes=back_with("weight.reshape(C * kh * kw, K)"),
            also=("reversed_axes",),
        ),
        Mistake(
            "channels_last",
            "The rows of the columns are in the order row, column, channel. col2im expects all of channel 0 first.",
            changes=back_with("weight.transpose(0, 2, 3, 1).reshape(K, C * kh * kw).T"),
        ),
        Mistake(
            "kernel_columns_first",
            "The kernel is read column by column; col2im expects its rows row by row.",
            changes=back_with("weight.swapaxes(2, 3).reshape(K, C * kh * kw).T"),
        ),
        Mistake(
            "overwrites",
            "Windows that overlap overwrite each other. A pixel gets something from every output that saw it:"
            " add, as col2im does.",
            answer="overwrites",
            also=("last_tap_wins",),
        ),
        Mistake(
            "ignores_grad",
            "The result does not depend on grad: it is the derivative of the sum of all outputs. Multiply M^T by"
            " grad.",
            changes=((BACK, BACK.replace("grad.reshape(N, K, oh * ow)", "(0 * grad + 1).reshape(N, K, oh * ow)")),),
        ),
        Mistake(
            "first_kernel_only",
            "Only kernel 0 gives something back. A pixel gets its share from each of the K kernels.",
            changes=(
                (
                    BACK,
                    BACK.replace("weight", "weight[:1]")
                    .replace("(K,", "(1,")
                    .replace("grad", "grad[:, :1]")
                    .replace("N, K,", "N, 1,"),
                ),
            ),
        ),
        Mistake(
            "averages_kernels",
            "The shares of the kernels are averaged. A pixel goes into every output channel, so they add up.",
            changes=((BACK, f"({BACK}) / K"),),
        ),
        Mistake(
            "exchanges_rows_and_columns",
            "Rows and columns of the result are exchanged: the result is (N, C, H, W), as size says.",
            changes=((COL2IM, "return col2im(columns, size, (kh, kw), stride, padding).swapaxes(2, 3)"),),
        ),
        Mistake(
            "crops_at_one_side",
            "The result is shifted by the padding: give the padding to col2im, which cuts it off on all four sides.",
            changes=((COL2IM, PADDED_SIZE + "[:, :, :H, :W]"),),
        ),
        Mistake(
            "keeps_the_padding",
            "The result has the padded size. Give col2im the picture's own size, and the padding.",
            changes=((COL2IM, PADDED_SIZE),),
        ),
        Mistake(
            "first_picture_only",
            "Every picture of the batch gets the gradient of picture 0.",
            changes=((COL2IM, COL2IM + "[:1].repeat(N, axis=0)"),),
        ),
        Mistake(
            "mixes_pictures",
            "Pictures and kernels are mixed up: grad is (N, K, oh, ow), so it takes a swap of axes, not only a reshape,"
            " to bring K to the front.",
            changes=(
                (BACK, BACK.replace("grad.reshape(N, K, oh * ow)", "grad.reshape(K, N, oh * ow).swapaxes(0, 1)")),
            ),
            also=("pictures_last",),
        ),
        Mistake(
            "crashes_on_no_pictures",
            "With no pictures (N = 0) this crashes: reshape cannot work out -1, and there is nothing to stack. Name all"
            " sizes: (N, K, oh * ow).",
            changes=((BACK, BACK.replace("oh * ow", "-1")),),
        ),
        Mistake(
            "always_float64",
            "The values are right, the dtype is not: somewhere an array was made without the dtype of grad.",
            changes=((COL2IM, COL2IM + ".astype(float)"),),
        ),
        Mistake(
            "forgets_stride",
            "The columns do not fit this number of windows: col2im needs the stride of the forward pass.",
            changes=((COL2IM, "return col2im(columns, size, (kh, kw), 1, padding)"),),
        ),
        Mistake(
            "forgets_padding",
            "The columns do not fit this number of windows: col2im needs the padding of the forward pass.",
            changes=((COL2IM, "return col2im(columns, size, (kh, kw), stride)"),),
        ),
        Mistake(
            "forgets_stride_and_padding",
            "The columns do not fit this number of windows: col2im needs the stride and the padding of the forward pass.",
            changes=((COL2IM, "return col2im(columns, size, (kh, kw))"),),
        ),
        Mistake(
            "smallest_size",
            "The size is worked out from grad, but with a stride several sizes give the same outputs. Pass the"
            " argument `size` on.",
            changes=(
                (
                    COL2IM,
                    "size = stride * (oh - 1) + kh - 2 * padding, stride * (ow - 1) + kw - 2 * padding\n    " + COL2IM,
                ),
            ),
        ),
        Mistake(
            "swaps_height_and_width",
            "Height and width are exchanged in a call: size is (H, W) and kernel_size is (kh, kw), rows first.",
            changes=((COL2IM, COL2IM.replace("size", "size[::-1]")),),
            also=("kernel_size_swapped",),
        ),
        Mistake(
            "last_kernel_only",
            "Only the last kernel gives something back: its share overwrote the others. A pixel gets one from each kernel: add.",
            answer="one_share_wins",
        ),
        Mistake(
            "adds_the_pictures",
            "Every picture gets the sum over all pictures. Output n only saw picture n; pictures stay apart.",
            changes=((COL2IM, COL2IM + ".sum(axis=0, keepdims=True).repeat(N, axis=0)"),),
        ),
        Mistake(
            "inverts",
            "This is an inverse. The gradient goes back through the transpose: M.T, whose entries are those of M.",
            answer="inverts",
        ),
        Mistake(
            "reads_grad_down_the_columns",
            "grad is read column by column. The columns of im2col are in the order u*ow + v: reshape grad as it is.",
            changes=((BACK, BACK.replace("grad.", "grad.swapaxes(2, 3).")),),
        ),
    ],
    "conv_backward_weight": [
        Mistake(
            "averages_over_pictures",
            "The pictures' shares are averaged. The gradient of a sum is a sum; if the loss is a mean, grad already"
            " contains the division.",
            changes=((SUM, f"{SUM} / max(N, 1)"),),
        ),
        Mistake(
            "averages_over_places",
            "The shares of the windows are averaged. The kernel is used in each of them, so they add up.",
            changes=((SUM, f"{SUM} / (oh * ow)"),),
        ),
        Mistake(
            "first_picture_only",
            "Only picture 0 counts. All pictures are made with the same kernels, so sum over the batch.",
            changes=((SUM, "return products[:1].sum(axis=0).reshape(K, C, kh, kw)"),),
        ),
        Mistake(
            "last_picture_only",
            "Only the last picture counts: its share overwrote the others. Add them up.",
            changes=((SUM, "return products[-1:].sum(axis=0).reshape(K, C, kh, kw)"),),
        ),
        Mistake(
            "one_gradient_a_picture",
            "There is a gradient for each picture here. The weight is shared by all: sum over the batch.",
            changes=((SUM, "return products.reshape(N, K, C, kh, kw)"),),
        ),
        Mistake(
            "ignores_grad",
            "The result does not depend on grad: it is the derivative of the sum of all outputs. Multiply each"
            " column by its own grad.",
            changes=(
                (PRODUCTS, PRODUCTS.replace("grad.reshape(N, K, oh * ow)", "(0 * grad + 1).reshape(N, K, oh * ow)")),
            ),
        ),
        Mistake(
            "turns_kernel",
            "The result is turned by 180 degrees: row r of the columns is entry r of the kernel in reading order.",
            changes=((SUM, f"{SUM}[:, :, ::-1, ::-1]"),),
        ),
        Mistake(
            "kernel_columns_first",
            "Rows and columns of the kernel are exchanged: reshape to (K, C, kh, kw).",
            changes=((SUM, "return products.sum(axis=0).reshape(K, C, kw, kh).swapaxes(2, 3)"),),
        ),
        Mistake(
            "channels_last",
            "The channel comes last in the reshape. im2col's rows are in the order channel, row, column.",
            changes=((SUM, "return products.sum(axis=0).reshape(K, kh, kw, C).transpose(0, 3, 1, 2)"),),
        ),
        Mistake(
            "reshapes_instead_of_transposing",
            "The product is the transpose, (C*kh*kw, K), and a reshape does not turn it round: multiply grad by"
            " columns^T.",
            changes=((SUM, "return products.sum(axis=0).T.reshape(K, C, kh, kw)"),),
            also=("columns_reversed",),
        ),
        Mistake(
            "mixes_pictures",
            "Pictures and kernels are mixed up: grad is (N, K, oh, ow), so it takes a swap of axes, not only a reshape,"
            " to bring K to the front.",
            changes=(
                (
                    PRODUCTS,
                    PRODUCTS.replace("grad.reshape(N, K, oh * ow)", "grad.reshape(K, N, oh * ow).swapaxes(0, 1)"),
                ),
            ),
            also=("columns_mixed_up",),
        ),
        Mistake(
            "forgets_stride",
            "The windows are taken 1 pixel apart. grad belongs to windows that are `stride` pixels apart.",
            changes=(
                (UNFOLD, "columns = im2col(x, kernel_size, 1, padding).reshape(N, C * kh * kw, -1)[:, :, : oh * ow]"),
            ),
        ),
        Mistake(
            "shifts_by_the_padding",
            "The windows start at the picture's corner. They start in the padding, `padding` rows and columns"
            " before it.",
            answer="without_the_padding",
        ),
        Mistake(
            "sums_over_kernels",
            "Every kernel gets the sum over all kernels. Kernel k only made grad[:, k].",
            changes=((PRODUCTS, PRODUCTS.replace(")", ").sum(axis=1, keepdims=True).repeat(K, axis=1)", 1)),),
        ),
        Mistake(
            "crashes_on_no_pictures",
            "With no pictures (N = 0) this crashes: reshape cannot work out -1, and there is nothing to stack. Name all"
            " sizes: (N, K, oh * ow).",
            changes=((PRODUCTS, PRODUCTS.replace("oh * ow", "-1")),),
        ),
        Mistake(
            "always_float64",
            "The values are right, the dtype is not: somewhere an array was made without the dtype of grad.",
            changes=((SUM, SUM + ".astype(float)"),),
        ),
        Mistake(
            "forgets_padding",
            "The columns are those of the bare picture, and do not fit grad: im2col needs the padding of the forward pass.",
            changes=((UNFOLD, "columns = im2col(x, kernel_size, stride)"),),
        ),
        Mistake(
            "reads_columns_as_rows",
            "A reshape to (N, oh*ow, C*kh*kw) is no transposing: it only re-reads the numbers. Swap the last two axes.",
            changes=(
                (PRODUCTS, PRODUCTS.replace("columns.swapaxes(1, 2)", "columns.reshape(N, oh * ow, C * kh * kw)")),
            ),
        ),
        Mistake(
            "sums_before_multiplying",
            "grad and the windows are summed before they are multiplied. Each window meets its own grad: first the products, then"
            " the sum.",
            changes=((PRODUCTS, "grad.sum(axis=(2, 3))[:, :, None] * columns.sum(axis=2)[:, None]"),),
            also=("pictures_summed_first", "everything_summed_first"),
        ),
        Mistake(
            "right_for_stride_1_only",
            "Taking grad for the kernel is right for stride 1 only. With a stride its numbers would have to be"
            " `stride` pixels apart.",
            answer="grad_as_the_kernel",
        ),
    ],
}
