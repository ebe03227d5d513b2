"""Wrong answers of lesson 12 that people really write, each with the hint that they need. checks.py rejects them."""
# ruff: noqa: F821  (conv_forward, which a check may call, is given, as in the lesson)

import numpy as np

from minifcn.course.exercise import Mistake

LENGTHS_BEFORE = [
    Mistake(
        "only the smallest",
        "This gives the smallest length only. The picture may grow by stride - 1 pixels before one more window "
        "fits: there are `stride` such lengths.",
        changes=(("[n for n in range(smallest, smallest + stride) if n >= 1]", "[smallest] if smallest >= 1 else []"),),
        also=("only_the_smallest",),
    ),
    Mistake(
        "one too many",
        "The last length of this list is one too long: one more window fits into it. A range leaves out its end; "
        "there are `stride` lengths, not stride + 1.",
        changes=(("smallest + stride)", "smallest + stride + 1)"),),
    ),
    Mistake(
        "length instead of length - 1",
        "All lengths are one stride too long. Between the first and the last of n windows there are n - 1 steps, "
        "not n.",
        changes=(("(length - 1)", "length"),),
    ),
    Mistake(
        "padding at one side",
        "The padding was taken off once. It is at both ends of the picture.",
        changes=(("2 * padding", "padding"),),
    ),
    Mistake(
        "padding added",
        "The padding has the wrong sign. It makes the picture larger before the windows are counted; on the way "
        "back it must be taken off.",
        changes=(("- 2 * padding", "+ 2 * padding"),),
    ),
    Mistake(
        "padding forgotten",
        "The padding does not enter. n pixels with padding p are n + 2p pixels for the windows.",
        changes=((" - 2 * padding", ""),),
    ),
    Mistake(
        "rounds up",
        "The rounding goes the wrong way. Convolution rounds down: pixels that are too few for another window are"
        " left over. So the formula gives the smallest length, not the largest.",
        changes=(("range(smallest, smallest + stride)", "range(smallest - stride + 1, smallest + 1)"),),
    ),
    Mistake(
        "lengths below 1",
        "The list holds lengths below 1. With wide padding the formula begins at 0 or below, but a picture has at"
        " least one pixel.",
        changes=((" if n >= 1]", "]"),),
    ),
    Mistake(
        "kernel forgotten",
        "The lengths do not depend on the kernel as they should: the last window reaches k - 1 pixels beyond its "
        "start.",
        changes=(("+ kernel", "+ 1"),),
    ),
    Mistake(
        "the way forward",
        "This is the way forward: how many windows fit into `length` pixels. Asked is the way back: `length` is "
        "the number of windows.",
        answer="lengths_after",
    ),
    Mistake(
        "strides for kernel and steps",
        "The kernel is missing: from the start of the first window to the end of the last there are s(n - 1) + k pixels.",
        changes=(("stride * (length - 1) + kernel", "stride * length"),),
    ),
    Mistake(
        "largest first",
        "The right lengths, but in descending order. The list is asked for in ascending order.",
        changes=(("if n >= 1]", "if n >= 1][::-1]"),),
    ),
    Mistake(
        "first and last",
        "Only the smallest and the largest length are here. All lengths between them give the same number of windows: list"
        " them all.",
        answer="first_and_last",
    ),
    Mistake(
        "stops at 100",
        "Trying all lengths works, but you stop too early: upsampling by 32 has lengths above 500. The formula needs no limit.",
        answer="stops_at_100",
        also=("stops_at_500",),
    ),
    Mistake(
        "starts at the kernel",
        "Pictures smaller than the kernel are left out. With padding they have windows, too: only the padded picture must be as"
        " large as the kernel.",
        changes=(("if n >= 1]", "if n >= kernel]"),),
    ),
    Mistake(
        "starts at 1",
        "Where the formula begins below 1, the lengths below 1 drop out; they are not replaced by larger ones. The last length"
        " stays where it is.",
        changes=(("kernel - 2 * padding\n", "kernel - 2 * padding\n    smallest = max(1, smallest)\n"),),
    ),
    Mistake(
        "zero is a length",
        "The list holds 0. A picture has at least one pixel.",
        changes=(("if n >= 1]", "if n >= 0]"),),
    ),
    Mistake(
        "no list",
        "The lengths are right, but this is no list. Return a list of ints.",
        changes=(("return [n for n in range(smallest, smallest + stride) if n >= 1]",
                  "return range(max(1, smallest), smallest + stride)"),),
        also=("a_generator", "an_array", "a_set"),
    ),
]


def lengths_after(length, kernel, stride=1, padding=0):
    return [(length + 2 * padding - kernel) // stride + 1]


def only_the_smallest(length, kernel, stride=1, padding=0):
    return [stride * (length - 1) + kernel - 2 * padding]


def first_and_last(length, kernel, stride=1, padding=0):
    smallest = stride * (length - 1) + kernel - 2 * padding
    return smallest, smallest + stride - 1


def tried(length, kernel, stride, padding, end):
    return (n for n in range(1, end) if (n + 2 * padding - kernel) // stride + 1 == length)


def stops_at_100(length, kernel, stride=1, padding=0):
    return list(tried(length, kernel, stride, padding, 100))


def stops_at_500(length, kernel, stride=1, padding=0):
    return list(tried(length, kernel, stride, padding, 500))


def a_generator(length, kernel, stride=1, padding=0):
    return tried(length, kernel, stride, padding, 1000)


def an_array(length, kernel, stride=1, padding=0):
    return np.array(list(tried(length, kernel, stride, padding, 1000)))


def a_set(length, kernel, stride=1, padding=0):
    return set(tried(length, kernel, stride, padding, 1000))


CONV_TRANSPOSE2D = [
    Mistake(
        "output_padding forgotten",
        "The result has the smallest of the possible sizes: output_padding does not enter. It is added to the "
        "height and to the width.",
        changes=((" - 2 * padding + output_padding", " - 2 * padding"),),
    ),
    Mistake(
        "output_padding for rows only",
        "output_padding is added to the height only. It is for both sides.",
        changes=(("width = stride * (w - 1) + kw - 2 * padding + output_padding",
                  "width = stride * (w - 1) + kw - 2 * padding"),),
    ),
    Mistake(
        "a border of zeros",
        "output_padding is not a border of zeros. The size grows by it, and stamps that padding would have cut "
        "off are seen there: pass the larger size on to the map.",
        answer="border_of_zeros",
    ),
    Mistake(
        "output_padding at the top",
        "The rows and columns of output_padding come at the lower and right edge. Here everything is shifted down"
        " and right.",
        answer="output_padding_at_the_top",
    ),
    Mistake(
        "padding at one side",
        "The size is too large: padding is cut off at both ends, so 2p in all.",
        changes=(("- 2 * padding", "- padding"),),
        also=("padding_cut_off_before",),
    ),
    Mistake(
        "padding makes it larger",
        "The size has the wrong sign before 2p. Padding made the convolution's picture larger; the transposed map"
        " cuts that border off.",
        changes=(("- 2 * padding", "+ 2 * padding"),),
        also=("padding_added",),
    ),
    Mistake(
        "cuts off at one end",
        "The size is right, but all of the padding was cut off at the lower and right edge. Cut p rows at each "
        "end.",
        answer="cuts_off_at_one_end",
    ),
    Mistake(
        "size of the convolution",
        "This is the size of a convolution. Transposed convolution goes the other way: from the results to the "
        "picture, s(n-1) + k - 2p.",
        changes=(("stride * (h - 1) + kh - 2 * padding", "(h + 2 * padding - kh) // stride + 1"),
                 ("stride * (w - 1) + kw - 2 * padding", "(w + 2 * padding - kw) // stride + 1")),
    ),
    Mistake(
        "n strides for n - 1",
        "The result is one stride too large: from the first to the last of n stamps there are n - 1 steps.",
        changes=(("(h - 1)", "h"), ("(w - 1)", "w")),
        also=("canvas_too_large",),
    ),
    Mistake(
        "height and width exchanged",
        "Height and width are mixed up: size is (height, width), and kh belongs to the height. A square picture "
        "hides this.",
        changes=(("(height, width)", "(width, height)"),),
    ),
    Mistake(
        "stride not passed on",
        "The stride is in the size, but the stamps are laid one pixel apart. The map needs the stride, too.",
        answer="stride_not_passed_on",
    ),
    Mistake(
        "stride not passed to the map",
        "The size is made with the stride, but the map does not get it: it lays the stamps one pixel apart, and "
        "more of them would fit into this size.",
        changes=(("(height, width), stride, padding)", "(height, width), 1, padding)"),),
    ),
    Mistake(
        "padding not passed to the map",
        "The size is made with the padding, but the map does not get it. It has to know that p rows and columns "
        "at each side are cut off.",
        changes=(("(height, width), stride, padding)", "(height, width), stride)"),),
    ),
    Mistake(
        "kernel turned",
        "The kernel comes out turned by 180 degrees. A single 1 must give the kernel as it is; the turning "
        "belongs to the other way of writing it, with inserted zeros.",
        changes=(("conv_backward_input(x, weight,", "conv_backward_input(x, weight[:, :, ::-1, ::-1],"),),
    ),
    Mistake(
        "kernel's axes exchanged",
        "The rows and columns of the kernel are exchanged. Transposing the map C is not transposing each kernel: "
        "that one goes in as it is.",
        changes=(("conv_backward_input(x, weight,", "conv_backward_input(x, weight.swapaxes(2, 3),"),),
        also=("stamps_transposed",),
    ),
    Mistake(
        "conv2d's layout of the weight",
        "The first two axes of the weight are exchanged. For conv_transpose2d it is (in, out, kh, kw): exactly "
        "the weight of the convolution whose transpose it is.",
        changes=(("conv_backward_input(x, weight,", "conv_backward_input(x, weight.swapaxes(0, 1),"),),
        also=("stamps_of_conv2d",),
    ),
    Mistake(
        "stamps overwrite each other",
        "Where stamps overlap, the last one wins here. They must add (+=).",
        answer="stamps_overwrite",
        also=("stamps_of_one_channel_overwrite", "last_tap_wins"),
    ),
    Mistake(
        "bias forgotten",
        "The bias is not added.",
        changes=(("return y if bias is None else y + bias[:, None, None]", "return y"),),
    ),
    Mistake(
        "bias with every stamp",
        "The bias was added once for every stamp. Add it once to every pixel, after all stamps are laid: even "
        "where no stamp lies.",
        answer="bias_with_every_stamp",
    ),
    Mistake(
        "one bias for all channels",
        "Every channel gets the same bias. It has one number a channel, for axis 1 of the result.",
        changes=(("y + bias[:, None, None]", "y + bias[0]"),),
    ),
    Mistake(
        "bias along the columns",
        "The bias goes along the wrong axis: `y + bias` lines it up with the width. It has one number a channel, "
        "which is axis 1.",
        changes=(("y + bias[:, None, None]", "y + bias"),),
    ),
    Mistake(
        "always float64",
        "The values are right, but float32 has become float64. Make the canvas with the dtype of x.",
        changes=(("return y if bias is None else", "y = y.astype('float64')\n    return y if bias is None else"),),
    ),
    Mistake(
        "output_padding at both ends",
        "output_padding is added twice. It makes the result larger at the lower and right edge only.",
        changes=(("+ output_padding", "+ 2 * output_padding"),),
        also=("output_padding_at_both_ends",),
    ),
    Mistake(
        "empty without padding",
        "Without padding the result is empty: a slice [p:-p] with p = 0 is [0:0]. Name the end: [p : height - p].",
        answer="cut_with_minus",
    ),
    Mistake(
        "one channel for all",
        "Only one channel of x leaves stamps. Every pixel of every channel stamps its own slice of the kernel, weight[k], and all"
        " add up.",
        answer="last_channel_only",
        also=("first_channel_only",),
    ),
    Mistake(
        "bias where stamps lie",
        "The bias is added only where a stamp lies. It belongs to every pixel of its channel, even where no stamp lies.",
        answer="bias_where_stamps_lie",
    ),
    Mistake(
        "truth of an array",
        "`if bias` asks for the truth of an array, and that has none if it holds several numbers. Ask `if bias is not None`.",
        changes=(("return y if bias is None else", "return y if not bias else"),),
    ),
    Mistake(
        "bias always there",
        "The bias may be None: that is its default. Then nothing is added.",
        changes=(("y if bias is None else ", ""),),
    ),
    Mistake(
        "mean of the stamps",
        "Where stamps overlap you take their mean. They add: the map must stay the transpose of a convolution.",
        answer="mean_of_stamps",
    ),
    Mistake(
        "size times stride",
        "The size is not n * s in general: from the first to the last stamp there are n - 1 steps, and the kernel reaches k"
        " further: s(n - 1) + k - 2p.",
        changes=(("stride * (h - 1) + kh - 2 * padding + output_padding", "stride * h"),
                 ("stride * (w - 1) + kw - 2 * padding + output_padding", "stride * w")),
    ),
    Mistake(
        "a convolution",
        "This is the convolution itself. Its transpose goes the other way, from the results to the picture:"
        " conv_backward_input.",
        changes=(("conv_backward_input(x, weight, (height, width), stride, padding)",
                  "conv_forward(x, weight.swapaxes(0, 1), stride, padding)"),),
    ),
    Mistake(
        "sides exchanged at the cut",
        "The border is cut off with height and width exchanged. Axis 2 is the height, axis 3 the width; a square picture hides"
        " this.",
        answer="cut_sides_exchanged",
    ),
]


def canvas_for(x, weight, stride):
    sides = [stride * (n - 1) + k for n, k in zip(x.shape[2:], weight.shape[2:])]
    return np.zeros((len(x), weight.shape[1], *sides), x.dtype)


def lay_stamps(x, weight, stride, add=True, bias=0, step=None):
    """All stamps on a canvas, nothing cut off. Wrong on demand: overwriting, with bias in each, at another step."""
    canvas, (kh, kw) = canvas_for(x, weight, stride), weight.shape[2:]
    step = stride if step is None else step
    for i, j in np.ndindex(x.shape[2:]):
        stamp = np.einsum("nk,kchw->nchw", x[:, :, i, j], weight) + bias
        place = canvas[:, :, i * step : i * step + kh, j * step : j * step + kw]
        place[...] = place + stamp if add else stamp
    return canvas


def cut_to_size(canvas, bias, padding, output_padding):
    extra = [(0, 0), (0, 0), (0, output_padding), (0, output_padding)]
    canvas = np.pad(canvas, extra)
    y = canvas[:, :, padding : canvas.shape[2] - padding, padding : canvas.shape[3] - padding].copy()
    return y if bias is None else y + bias[:, None, None]


def border_of_zeros(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    y = cut_to_size(lay_stamps(x, weight, stride), None, padding, 0)
    y = np.pad(y, [(0, 0), (0, 0), (0, output_padding), (0, output_padding)])
    return y if bias is None else y + bias[:, None, None]


def output_padding_at_the_top(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    canvas = np.pad(lay_stamps(x, weight, stride), [(0, 0), (0, 0), (output_padding, 0), (output_padding, 0)])
    return cut_to_size(canvas, bias, padding, 0)


def stamps_of_one_channel_overwrite(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    canvas, (kh, kw) = canvas_for(x, weight, stride), weight.shape[2:]
    for n, i, j, k in np.ndindex(len(x), *x.shape[2:], len(weight)):
        stamp = x[n, k, i, j] * weight[k]
        canvas[n, :, i * stride : i * stride + kh, j * stride : j * stride + kw] = stamp
    return cut_to_size(canvas, bias, padding, output_padding)


def last_tap_wins(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    canvas, (h, w) = canvas_for(x, weight, stride), x.shape[2:]
    for i, j in np.ndindex(weight.shape[2:]):
        part = np.einsum("nkhw,kc->nchw", x, weight[:, :, i, j])
        canvas[:, :, i : i + stride * h : stride, j : j + stride * w : stride] = part
    return cut_to_size(canvas, bias, padding, output_padding)


def canvas_too_large(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x, weight, stride), bias, padding, output_padding + stride)


def stamps_transposed(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    turned = weight.swapaxes(2, 3).reshape(weight.shape)
    return cut_to_size(lay_stamps(x, turned, stride), bias, padding, output_padding)


def stamps_of_conv2d(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x, weight.swapaxes(0, 1), stride), bias, padding, output_padding)


def padding_added(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    y = cut_to_size(lay_stamps(x, weight, stride), None, 0, output_padding)
    y = np.pad(y, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    return y if bias is None else y + bias[:, None, None]


def padding_cut_off_before(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x, weight, stride), bias, 0, output_padding)[:, :, padding:, padding:]


def cut_with_minus(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x, weight, stride), bias, 0, output_padding)[:, :, padding:-padding, padding:-padding]


def output_padding_at_both_ends(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x, weight, stride), bias, padding, 2 * output_padding)


def last_channel_only(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x[:, -1:], weight[-1:], stride), bias, padding, output_padding)


def first_channel_only(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x[:, :1], weight[:1], stride), bias, padding, output_padding)


def bias_where_stamps_lie(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    y = cut_to_size(lay_stamps(x, weight, stride), None, padding, output_padding)
    return y if bias is None else y + bias[:, None, None] * (y != 0)


def mean_of_stamps(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    ones = lay_stamps(np.ones((1, 1, *x.shape[2:]), x.dtype), np.ones((1, 1, *weight.shape[2:]), x.dtype), stride)
    canvas = lay_stamps(x, weight, stride) / np.maximum(ones, 1)
    return cut_to_size(canvas, bias, padding, output_padding)


def cut_sides_exchanged(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    y = np.pad(lay_stamps(x, weight, stride), [(0, 0), (0, 0), (0, output_padding), (0, output_padding)])
    y = y[:, :, padding : y.shape[3] - padding, padding : y.shape[2] - padding].copy()
    return y if bias is None else y + bias[:, None, None]


def cuts_off_at_one_end(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    canvas = cut_to_size(lay_stamps(x, weight, stride), bias, 0, output_padding)
    return canvas[:, :, : canvas.shape[2] - 2 * padding, : canvas.shape[3] - 2 * padding].copy()


def stride_not_passed_on(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x, weight, stride, step=1), bias, padding, output_padding)


def stamps_overwrite(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    return cut_to_size(lay_stamps(x, weight, stride, add=False), bias, padding, output_padding)


def bias_with_every_stamp(x, weight, bias=None, stride=1, padding=0, output_padding=0):
    inside = 0 if bias is None else bias[:, None, None]
    return cut_to_size(lay_stamps(x, weight, stride, bias=inside), None, padding, output_padding)


CONV_TRANSPOSE2D_BACKWARD = [
    Mistake(
        "not swapped back",
        "grad_x uses the same map as the forward pass. The transpose of C^T is C: the gradient comes back through"
        " a convolution.",
        changes=(("grad_x = conv_forward(grad, weight, stride, padding)",
                  "grad_x = conv_backward_input(grad, weight.swapaxes(0, 1), x.shape[2:], stride, padding)"),),
    ),
    Mistake(
        "kernel turned in grad_x",
        "grad_x was made with the kernel turned by 180 degrees. conv_forward is a cross-correlation already: the "
        "weight goes in as it is.",
        changes=(("conv_forward(grad, weight,", "conv_forward(grad, weight[:, :, ::-1, ::-1],"),),
    ),
    Mistake(
        "kernel turned in grad_weight",
        "grad_weight comes out turned by 180 degrees. Weight (i, j) meets pixel (y, x) at row s*y - p + i: no "
        "flip.",
        changes=(("return grad_x, grad_weight,", "return grad_x, grad_weight[:, :, ::-1, ::-1],"),),
    ),
    Mistake(
        "roles not exchanged",
        "In grad_weight, x and grad are exchanged. In <C grad, x> the large array, grad, is the "
        "picture, and x takes the place that the gradient had in lesson 7.",
        changes=(("conv_backward_weight(grad, x,", "conv_backward_weight(x, grad,"),),
    ),
    Mistake(
        "windows of x",
        "grad_weight multiplies windows of x with grad. It is the other way round: x has stamped, so each of its "
        "numbers meets a window of grad.",
        answer="windows_of_x",
    ),
    Mistake(
        "stride and padding not passed for grad_x",
        "grad_x is made without stride or padding. It is the convolution whose transpose the forward pass is: "
        "the same weight, the same stride, the same padding.",
        changes=(("conv_forward(grad, weight, stride, padding)", "conv_forward(grad, weight)"),),
        also=("x_without_stride",),
    ),
    Mistake(
        "padding not passed for grad_x",
        "grad_x is made without the padding: the rows that the forward pass has cut off are missing in its picture.",
        changes=(("conv_forward(grad, weight, stride, padding)", "conv_forward(grad, weight, stride)"),),
    ),
    Mistake(
        "stride and padding not passed for grad_weight",
        "grad_weight is made without stride or padding. The third map has to know which window of grad belongs "
        "to which number of x.",
        changes=(("weight.shape[2:], stride, padding)", "weight.shape[2:])"),),
        also=("weight_without_stride", "weight_without_padding"),
    ),
    Mistake(
        "channels of grad_weight exchanged",
        "The first two axes of grad_weight are exchanged. It has the shape of weight: (in, out, kh, kw). Equal "
        "numbers of channels hide this.",
        changes=(("return grad_x, grad_weight,", "return grad_x, grad_weight.swapaxes(0, 1),"),),
    ),
    Mistake(
        "stride dropped in grad_x",
        "grad_x reads grad at neighbouring pixels. The stamps were laid one stride apart, so it must look one "
        "stride apart as well.",
        answer="stride_dropped_in_grad_x",
    ),
    Mistake(
        "stride dropped in grad_weight",
        "grad_weight forgets the stride: pixel (y, x) has stamped at row s*y, not at row y.",
        answer="stride_dropped_in_grad_weight",
    ),
    Mistake(
        "padding dropped in grad_x",
        "grad_x forgets the padding: row 0 of grad is row p of the stamps, since p rows were cut off.",
        answer="padding_dropped_in_grad_x",
    ),
    Mistake(
        "padding dropped in grad_weight",
        "grad_weight forgets the padding: row 0 of grad is row p of the stamps, since p rows were cut off.",
        answer="padding_dropped_in_grad_weight",
    ),
    Mistake(
        "rows of output_padding ignored",
        "The gradient in the rows and columns that output_padding had added is lost. With padding, stamps reach "
        "there: use all of grad.",
        answer="rows_of_output_padding_ignored",
    ),
    Mistake(
        "bias over the wrong axes",
        "The bias is one number for each channel of the result, and channels are axis 1: sum grad over the "
        "images, rows and columns, axes 0, 2 and 3.",
        changes=(("axis=(0, 2, 3)", "axis=(0, 1, 2)"),),
    ),
    Mistake(
        "bias not summed over the images",
        "grad_bias has a row for each image. The same bias serves all images, so their gradients add.",
        changes=(("axis=(0, 2, 3)", "axis=(2, 3)"),),
    ),
    Mistake(
        "bias of another shape",
        "grad_bias has not the shape of the bias. It is (C,): sum over the images, rows and columns, axes 0, 2 and 3, and"
        " nothing else.",
        changes=(("axis=(0, 2, 3)", "axis=(0, 2, 3), keepdims=True"),),
        also=("bias_a_number",),
    ),
    Mistake(
        "bias from x",
        "grad_bias is summed from x. The bias was added to the result, so it is the gradient of the result that adds up.",
        changes=(("grad.sum(", "x.sum("),),
    ),
    Mistake(
        "one share overwrites the others",
        "Every number of x meets a window of grad, and all these shares add up in grad_weight. Here the last one overwrites"
        " the others.",
        answer="last_share_of_weight",
    ),
    Mistake(
        "x not in grad_weight",
        "grad_weight does not depend on x. What a stamp's entry did to the result was scaled by x: multiply the window of"
        " grad by it.",
        answer="weight_without_x",
    ),
    Mistake(
        "images summed before multiplying",
        "grad and x are summed over the images before they are multiplied. Each image meets its own gradient: first the"
        " products, then the sum.",
        answer="images_summed_first",
    ),
    Mistake(
        "padding of the kernel",
        "grad is padded by k - 1 - p, as for a transposed convolution by hand. Here p rows were cut off at each side, so p"
        " rows of zeros come back.",
        answer="pads_by_the_kernel",
    ),
    Mistake(
        "padding dropped in both",
        "grad_x and grad_weight forget the padding: row 0 of grad is row p of the stamps, since p rows were cut off.",
        answer="padding_dropped_in_both",
    ),
    Mistake(
        "stride dropped in both",
        "grad_x and grad_weight forget the stride: pixel (y, x) has stamped at row s*y, not at row y.",
        answer="stride_dropped_in_both",
    ),
    Mistake(
        "kernel's axes exchanged in grad_x",
        "In grad_x the rows and columns of the kernel are exchanged. Transposing the map is not transposing each kernel.",
        answer="kernel_transposed_in_grad_x",
    ),
    Mistake(
        "first channel only",
        "grad_x uses channel 0 of grad only. A number of x has stamped into every channel of the result: each gives a share.",
        answer="first_channel_of_grad",
    ),
    Mistake(
        "without row 0",
        "Row 0 and column 0 of grad are taken for padding. An index is inside if 0 <= index < size.",
        answer="without_row_0",
    ),
    Mistake(
        "wraps around",
        "A negative index is no error in Python: it counts from the end. What padding has cut off gives nothing back, so"
        " test 0 <= index, too.",
        answer="wraps_around",
    ),
    Mistake(
        "bias by the mean",
        "grad_bias is a mean. The bias is added to every pixel, and each use adds its gradient: it is a sum.",
        changes=(("grad.sum(", "grad.mean("),),
    ),
    Mistake(
        "mean over the images",
        "grad_weight is divided by the number of images. The gradients of all images add; a mean, if there is "
        "one, belongs to the loss and is in grad already.",
        changes=(("return grad_x, grad_weight,", "return grad_x, grad_weight / max(1, len(x)),"),),
    ),
    Mistake(
        "first image only",
        "grad_weight sees the first image only. The same weight serves all images, so their gradients add.",
        changes=(("conv_backward_weight(grad, x,", "conv_backward_weight(grad[:1], x[:1],"),),
    ),
    Mistake(
        "grad ignored",
        "grad does not enter: this is the derivative of the sum of the results, as if grad were all ones. Start "
        "with the gradient that comes from above.",
        changes=(("grad_x = conv_forward(", "grad = 0 * grad + 1\n    grad_x = conv_forward("),),
    ),
    Mistake(
        "kernel size exchanged",
        "The height and width of the kernel are exchanged in grad_weight. A square kernel hides this.",
        changes=(("weight.shape[2:]", "weight.shape[:1:-1]"),),
    ),
    Mistake(
        "wrong order",
        "The gradients are right but come in the wrong order: grad_x, grad_weight, grad_bias, as the arguments of"
        " conv_transpose2d do.",
        changes=(("return grad_x, grad_weight,", "return grad_weight, grad_x,"),),
    ),
    Mistake(
        "always float64",
        "The values are right, but float32 has become float64. The gradients have the dtype of grad.",
        changes=(("grad_x = conv_forward(", "grad = grad.astype('float64')\n    grad_x = conv_forward("),),
    ),
]


def gradients(grad, x, weight, for_x, for_weight):
    """All three, tap by tap; for_x and for_weight are the (stride, padding) that each of the first two believes in."""
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    for i, j in np.ndindex(weight.shape[2:]):
        grad_x += np.einsum("nchw,kc->nkhw", seen(grad, x, weight, i, j, *for_x), weight[:, :, i, j])
        grad_weight[:, :, i, j] = np.einsum("nchw,nkhw->kc", seen(grad, x, weight, i, j, *for_weight), x)
    return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))


def seen(grad, x, weight, i, j, stride, padding):
    """What tap (i, j) of every stamp sees of grad; zeros beyond the border."""
    spans = [stride * (n - 1) + k for n, k in zip(x.shape[2:], weight.shape[2:])]
    below = [max(0, span - g - padding) for span, g in zip(spans, grad.shape[2:])]
    full = np.pad(grad, [(0, 0), (0, 0), (padding, below[0]), (padding, below[1])])
    h, w = x.shape[2:]
    return full[:, :, i : i + stride * (h - 1) + 1 : stride, j : j + stride * (w - 1) + 1 : stride]


def stride_dropped_in_grad_x(grad, x, weight, stride=1, padding=0):
    return gradients(grad, x, weight, (1, padding), (stride, padding))


def stride_dropped_in_grad_weight(grad, x, weight, stride=1, padding=0):
    return gradients(grad, x, weight, (stride, padding), (1, padding))


def padding_dropped_in_grad_x(grad, x, weight, stride=1, padding=0):
    return gradients(grad, x, weight, (stride, 0), (stride, padding))


def padding_dropped_in_grad_weight(grad, x, weight, stride=1, padding=0):
    return gradients(grad, x, weight, (stride, padding), (stride, 0))


def padding_dropped_in_both(grad, x, weight, stride=1, padding=0):
    return gradients(grad, x, weight, (stride, 0), (stride, 0))


def stride_dropped_in_both(grad, x, weight, stride=1, padding=0):
    return gradients(grad, x, weight, (1, padding), (1, padding))


def by_maps(grad, x, weight, for_x, for_weight):
    """With the maps of lesson 7, where a stride or a padding may be missing."""
    grad_weight = conv_backward_weight(grad, x, weight.shape[2:], *for_weight)
    return conv_forward(grad, weight, *for_x), grad_weight, grad.sum(axis=(0, 2, 3))


def x_without_stride(grad, x, weight, stride=1, padding=0):
    return by_maps(grad, x, weight, (1, padding), (stride, padding))


def weight_without_stride(grad, x, weight, stride=1, padding=0):
    return by_maps(grad, x, weight, (stride, padding), (1, padding))


def weight_without_padding(grad, x, weight, stride=1, padding=0):
    return by_maps(grad, x, weight, (stride, padding), (stride, 0))


def with_other(grad, x, weight, stride, padding, **other):
    """The right three, of which some are replaced."""
    settings = (stride, padding), (stride, padding)
    three = dict(zip(("grad_x", "grad_weight", "grad_bias"), gradients(grad, x, weight, *settings)))
    return tuple((three | other).values())


def bias_a_number(grad, x, weight, stride=1, padding=0):
    return with_other(grad, x, weight, stride, padding, grad_bias=grad.sum())


def shares_of_weight(grad, x, weight, stride, padding):
    """For each number of x, in reading order: what it gives to grad_weight."""
    g, (kh, kw) = np.pad(grad, [(0, 0), (0, 0), (padding, padding), (padding, padding)]), weight.shape[2:]
    for i, j in np.ndindex(x.shape[2:]):
        window = g[:, :, i * stride : i * stride + kh, j * stride : j * stride + kw]
        yield np.einsum("nchw,nk->kchw", window, x[:, :, i, j]), window


def last_share_of_weight(grad, x, weight, stride=1, padding=0):
    *_, (share, _) = shares_of_weight(grad, x, weight, stride, padding)
    return with_other(grad, x, weight, stride, padding, grad_weight=share)


def weight_without_x(grad, x, weight, stride=1, padding=0):
    windows = sum(window.sum(axis=0) for _, window in shares_of_weight(grad, x, weight, stride, padding))
    return with_other(grad, x, weight, stride, padding, grad_weight=np.zeros_like(weight) + windows)


def images_summed_first(grad, x, weight, stride=1, padding=0):
    sums = grad.sum(axis=0, keepdims=True), x.sum(axis=0, keepdims=True)
    wrong = gradients(*sums, weight, (stride, padding), (stride, padding))[1]
    return with_other(grad, x, weight, stride, padding, grad_weight=wrong)


def kernel_transposed_in_grad_x(grad, x, weight, stride=1, padding=0):
    wrong = gradients(grad, x, weight.swapaxes(2, 3), (stride, padding), (stride, padding))[0]
    return with_other(grad, x, weight, stride, padding, grad_x=wrong)


def first_channel_of_grad(grad, x, weight, stride=1, padding=0):
    wrong = gradients(grad[:, :1], x, weight[:, :1], (stride, padding), (stride, padding))[0]
    return with_other(grad, x, weight, stride, padding, grad_x=wrong)


def pads_by_the_kernel(grad, x, weight, stride=1, padding=0):
    p, q = (k - 1 - padding for k in weight.shape[2:])
    g, grad_x, grad_weight = np.pad(grad, [(0, 0), (0, 0), (p, p), (q, q)]), np.zeros_like(x), np.zeros_like(weight)
    for i, j in np.ndindex(x.shape[2:]):
        window = g[:, :, i * stride : i * stride + weight.shape[2], j * stride : j * stride + weight.shape[3]]
        grad_x[:, :, i, j] = np.einsum("nchw,kchw->nk", window, weight)
        grad_weight += np.einsum("nchw,nk->kchw", window, x[:, :, i, j])
    return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))


def by_pixels(grad, x, weight, stride, padding, inside):
    """An index is left out unless `inside` says that it is in grad."""
    grad_x, grad_weight = np.zeros_like(x), np.zeros_like(weight)
    for u, v, i, j in np.ndindex(*x.shape[2:], *weight.shape[2:]):
        row, column = stride * u - padding + i, stride * v - padding + j
        if inside(row, grad.shape[2]) and inside(column, grad.shape[3]):
            grad_x[:, :, u, v] += grad[:, :, row, column] @ weight[:, :, i, j].T
            grad_weight[:, :, i, j] += x[:, :, u, v].T @ grad[:, :, row, column]
    return grad_x, grad_weight, grad.sum(axis=(0, 2, 3))


def without_row_0(grad, x, weight, stride=1, padding=0):
    return by_pixels(grad, x, weight, stride, padding, lambda i, n: 0 < i < n)


def wraps_around(grad, x, weight, stride=1, padding=0):
    return by_pixels(grad, x, weight, stride, padding, lambda i, n: i < n)


def rows_of_output_padding_ignored(grad, x, weight, stride=1, padding=0):
    smallest = [stride * (n - 1) + k - 2 * padding for n, k in zip(x.shape[2:], weight.shape[2:])]
    part = grad[:, :, : smallest[0], : smallest[1]]
    return (*gradients(part, x, weight, (stride, padding), (stride, padding))[:2], grad.sum(axis=(0, 2, 3)))


def windows_of_x(grad, x, weight, stride=1, padding=0):
    """The windows of x where those of grad belong, cut to the shape of the weight."""
    grad_x, _, grad_bias = gradients(grad, x, weight, (stride, padding), (stride, padding))
    grad_weight = np.zeros_like(weight)
    for i, j in np.ndindex(weight.shape[2:]):
        part = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])[:, :, i::stride, j::stride]
        h, w = min(part.shape[2], grad.shape[2]), min(part.shape[3], grad.shape[3])
        grad_weight[:, :, i, j] = np.einsum("nkhw,nchw->kc", part[:, :, :h, :w], grad[:, :, :h, :w])
    return grad_x, grad_weight, grad_bias


MISTAKES = {
    "lengths_before": LENGTHS_BEFORE,
    "conv_transpose2d": CONV_TRANSPOSE2D,
    "conv_transpose2d_backward": CONV_TRANSPOSE2D_BACKWARD,
}


# --- Checks that let wrong answers through, or reject right ones ---------------------------------------------------

ADJOINT = "assert np.isclose(np.vdot(conv_forward(z, weight, stride, padding), x), np.vdot(z, y))"
BIAS = "        assert np.allclose(conv_transpose2d(x, weight, bias, stride, padding, extra) - y, bias[:, None, None])\n"
DTYPE = "        assert conv_transpose2d(np.float32(x), np.float32(weight), np.float32(bias)).dtype == np.float32\n"
DRAW = "x, weight, bias ="
SHAPE = "        assert y.shape == (N, C, *size)\n"


def check_nothing(conv_transpose2d):
    conv_transpose2d(np.ones((1, 1, 1, 2)), np.ones((1, 1, 1, 3)), stride=2)


def check_with_parentheses(conv_transpose2d):
    """assert (condition, message) asks for the truth of a pair, which is always true."""
    y = conv_transpose2d(np.array([[[[1.0, 10]]]]), np.array([[[[1.0, 2, 3]]]]), stride=2)
    pair = y.tolist() == [[[[1, 2, 13, 20, 30]]]], "not the worked example"
    assert pair


def check_by_printing(conv_transpose2d):
    y = conv_transpose2d(np.array([[[[1.0, 10]]]]), np.array([[[[1.0, 2, 3]]]]), stride=2)
    if y.tolist() != [[[[1, 2, 13, 20, 30]]]]:
        print("wrong")


def check_that_catches(conv_transpose2d):
    try:
        y = conv_transpose2d(np.array([[[[1.0, 10]]]]), np.array([[[[1.0, 2, 3]]]]), stride=2)
        assert y.tolist() == [[[[1, 2, 13, 20, 30]]]]
    except Exception:  # noqa: BLE001
        print("wrong")


def check_by_returning(conv_transpose2d):
    y = conv_transpose2d(np.array([[[[1.0, 10]]]]), np.array([[[[1.0, 2, 3]]]]), stride=2)
    return y.tolist() == [[[[1, 2, 13, 20, 30]]]]


def check_the_inverse(conv_transpose2d):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((2, 3, 5, 4)), rng.standard_normal((2, 3, 2, 2))
    assert np.allclose(conv_transpose2d(conv_forward(x, weight), weight), x)


def check_to_the_last_bit(conv_transpose2d):
    rng = np.random.default_rng(0)
    x, weight, z = rng.standard_normal((2, 2, 5, 4)), rng.standard_normal((2, 3, 3, 2)), rng.standard_normal((2, 3, 7, 5))
    assert np.vdot(conv_forward(z, weight), x) == np.vdot(z, conv_transpose2d(x, weight))


def check_the_size_of_the_input(conv_transpose2d):
    x, weight = np.ones((2, 3, 5, 4)), np.ones((3, 2, 3, 3))
    assert conv_transpose2d(x, weight).shape == (2, 2, 5, 4)


def check_the_worked_example(conv_transpose2d):
    y = conv_transpose2d(np.array([[[[1.0, 10]]]]), np.array([[[[1.0, 2, 3]]]]), stride=2)
    assert y.tolist() == [[[[1, 2, 13, 20, 30]]]]


def check_single_ones(conv_transpose2d):
    """Each stamp alone: nothing overlaps."""
    kernel = np.arange(1.0, 10).reshape(1, 1, 3, 3)
    x = np.ones((1, 1, 1, 1))
    for stride in 1, 2, 3:
        assert np.array_equal(conv_transpose2d(x, kernel, stride=stride), kernel)
    assert conv_transpose2d(x, kernel, stride=2, padding=1).tolist() == [[[[5]]]]
    assert conv_transpose2d(x, kernel, stride=2, padding=1, output_padding=1).tolist() == [[[[5, 6], [8, 9]]]]


def check_sums(conv_transpose2d):
    rng = np.random.default_rng(0)
    x, weight = rng.standard_normal((2, 3, 4, 3)), rng.standard_normal((3, 2, 2, 3))
    for stride in 1, 2:
        y = conv_transpose2d(x, weight, stride=stride)
        assert np.isclose(y.sum(), (x.sum(axis=(0, 2, 3)) * weight.sum(axis=(1, 2, 3))).sum())


MISTAKES["check_conv_transpose2d"] = [
    Mistake(
        "raises nothing",
        "Your check raises nothing by itself, so only crashes are noticed. Use assert condition, \"message\", without"
        " parentheses around the two, and without try or print.",
        answer="check_with_parentheses",
        also=("check_by_printing", "check_that_catches", "check_nothing"),
    ),
    Mistake(
        "returns its verdict",
        "Your check returns its verdict, and nobody looks at it. It must raise an error: assert, where you return now.",
        answer="check_by_returning",
    ),
    Mistake(
        "rejects everything",
        "Your check rejects right answers. Do you compare floats with ==, ask for an inverse, or for the size of x? Run it on"
        " your own conv_transpose2d.",
        answer="check_the_inverse",
        also=("check_to_the_last_bit", "check_the_size_of_the_input"),
    ),
    Mistake(
        "only shapes",
        "Your check compares shapes, but no numbers.",
        changes=((f"        {ADJOINT}\n", ""), (BIAS, "")),
    ),
    Mistake(
        "only the worked example",
        "One worked example has one channel, one picture, no padding and no bias. Try random numbers, and sizes that all differ.",
        answer="check_the_worked_example",
    ),
    Mistake(
        "stamps that do not overlap",
        "You let one pixel stamp alone, or keep the stamps apart. Where none overlap, nobody has to add.",
        answer="check_single_ones",
    ),
    Mistake(
        "sums",
        "Your check compares sums. Numbers in the wrong places have the same sum.",
        answer="check_sums",
    ),
    Mistake(
        "kernels of ones",
        "All weights are 1, so it makes no difference which of them goes where. Take random numbers.",
        changes=(("rng.standard_normal((K, C, kh, kw))", "np.ones((K, C, kh, kw))"),),
    ),
    Mistake(
        "one channel",
        "You test with one channel in and one out, K = C = 1. Those who mix up the channels are not noticed.",
        changes=((DRAW, "K = C = 1\n        " + DRAW),),
    ),
    Mistake(
        "square only",
        "Your pictures and kernels are square. Those who exchange height and width are not noticed.",
        changes=((DRAW, "w, kw = h, kh\n        " + DRAW),),
    ),
    Mistake(
        "stride 1 only",
        "Your stride is always 1. Then the stamps lie one pixel apart for everybody.",
        changes=((DRAW, "stride, extra = 1, 0\n        " + DRAW),),
    ),
    Mistake(
        "no padding",
        "You never use padding. It cuts off p pixels on each side, and people do that in many ways.",
        changes=((DRAW, "padding = 0\n        " + DRAW),),
    ),
    Mistake(
        "no output_padding",
        "You never use output_padding. With it, the stamps' own numbers show where they were cut off before.",
        changes=((DRAW, "extra = 0\n        " + DRAW),),
    ),
    Mistake(
        "no bias",
        "You never give a bias. It goes to every pixel once, even where no stamp lies, and each channel has its own.",
        changes=((BIAS, ""), (", np.float32(bias))", ")")),
    ),
    Mistake(
        "always a bias",
        "You always give a bias. It may be None, which is its default, and some answers crash there.",
        changes=(
            ("conv_transpose2d(x, weight, None, stride, padding, extra)",
             "conv_transpose2d(x, weight, 0 * bias, stride, padding, extra)"),
        ),
    ),
    Mistake(
        "no float32",
        "You never look at the dtype. float32 in should give float32.",
        changes=((DTYPE, ""),),
    ),
    Mistake(
        "too loose",
        "Your tolerance lets wrong numbers pass. Right answers differ by rounding only, about 1e-15.",
        changes=((ADJOINT, ADJOINT.replace("np.vdot(z, y))", "np.vdot(z, y), atol=20)")), ("- y, bias", "- y, atol=20, b=bias")),
    ),
    Mistake(
        "ends after the first case",
        "Your check ends after its first case. Look at the indentation of `return`, or whether a later case is ever reached.",
        changes=((DTYPE, DTYPE + "        return\n"),),
    ),
]
