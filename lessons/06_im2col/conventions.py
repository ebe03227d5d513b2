"""Another lesson 6 for a term of its own: `minifcn assignment 6 7 --variant channels-last`."""

from minifcn.course.conventions import Convention, Translation
from minifcn.course.exercise import Mistake


def reordered(columns, kernel_size, is_public):
    """Columns whose rows, one for each channel and tap, change from channels first (public) to channels last, or back."""
    kh, kw = kernel_size
    shape = getattr(columns, "shape", ())
    if len(shape) == 6:  # the axes are still apart
        return columns.transpose((0, 2, 3, 1, 4, 5) if is_public else (0, 3, 1, 2, 4, 5))
    if len(shape) != 3 or shape[1] % (kh * kw):
        return columns
    N, rows, places = shape
    sorted_rows = (rows // (kh * kw), kh * kw) if is_public else (kh * kw, rows // (kh * kw))
    return columns.reshape(N, *sorted_rows, places).swapaxes(1, 2).reshape(N, rows, places)


def im2col_channels_last(columns, x, kernel_size, stride=1, padding=0):
    return reordered(columns, kernel_size, True)


def im2col_channels_first(columns, x, kernel_size, stride=1, padding=0):
    return reordered(columns, kernel_size, False)


def col2im_channels_last(columns, size, kernel_size, *others, **options):
    return (reordered(columns, kernel_size, True), size, kernel_size, *others)


def col2im_channels_first(columns, size, kernel_size, *others, **options):
    return (reordered(columns, kernel_size, False), size, kernel_size, *others)


def product_channels_last(y, x, kernel_size, stride, padding):
    return reordered(y, kernel_size, True), x, kernel_size, stride, padding


# What lesson.py says, and what it says in this term -------------------------------------------------------------------

ORDER = """\
All of channel 0 comes first, then all of
# channel 1. This order is not a matter of taste: lesson 7 multiplies a column with a kernel, and `weight` has the
# shape `(K, C, kh, kw)`, so that a kernel in a row reads channel, row, column. The same order must come out here.
# A window of 1 x 2 in three channels:"""
THIS_ORDER = """\
All channels of the first pixel come
# first, then all channels of the second. This is the order of a picture that is stored with its channels last, as image
# files and TensorFlow have it. `weight` has the shape `(K, C, kh, kw)`, so lesson 7 will have to bring a kernel into
# this order, too. A window of 1 x 2 in three channels:"""
EXAMPLE = """\
# | | channel 0 | channel 1 | channel 2 | its column |
# |---|---|---|---|---|
# | pixels | $1, 2$ | $3, 4$ | $5, 6$ | $1, 2, 3, 4, 5, 6$ |"""
THIS_EXAMPLE = """\
# | | channel 0 | channel 1 | channel 2 | its column |
# |---|---|---|---|---|
# | pixels | $1, 2$ | $3, 4$ | $5, 6$ | $1, 3, 5, 2, 4, 6$ |"""
DOCSTRING = """\
Within a column the order is channel, row,
    column: pixel (i, j) of channel c is at (c*kh + i)*kw + j."""
THIS_DOCSTRING = """\
Within a column the order is row, column,
    channel: pixel (i, j) of channel c is at (i*kw + j)*C + c."""
RESHAPE = "return columns.reshape(N, kh * kw * C, oh * ow)"

CONVENTIONS = {
    "channels-last": Convention(
        says="The rows of `im2col`'s columns have the channels last: row, column, channel, so that pixel (i, j) of channel c"
        " is at (i\\*kw + j)\\*C + c. The columns are (N, kh\\*kw\\*C, oh\\*ow).",
        hint="These are columns with the channels first. This term they come last: row, column, channel."
        " The lesson's text and the docstring say it.",
        text=(
            (ORDER, THIS_ORDER),
            (EXAMPLE, THIS_EXAMPLE),
            (r"(c\,k_h + i)\,k_w + j,", r"(i\,k_w + j)\,C + c,"),
            ("with the axes `(N, C, kh, kw, oh, ow)`", "with the axes `(N, kh, kw, C, oh, ow)`"),
            (DOCSTRING, THIS_DOCSTRING),
            ("columns[n, (c*kh + i)*kw + j, u*ow + v]", "columns[n, (i*kw + j)*C + c, u*ow + v]"),
            ("(N, C*kh*kw, oh*ow)", "(N, kh*kw*C, oh*ow)"),
            ("columns = np.empty((N, C, kh, kw, oh, ow), x.dtype)", "columns = np.empty((N, kh, kw, C, oh, ow), x.dtype)"),
            ("columns[:, :, i, j] = padded[", "columns[:, i, j] = padded["),
            ("return columns.reshape(N, C * kh * kw, oh * ow)", RESHAPE),
            ("windows = columns.reshape(N, C, kh, kw, oh, ow)", "windows = columns.reshape(N, kh, kw, C, oh, ow)"),
            ("+= windows[:, :, i, j]", "+= windows[:, i, j]"),
            (", with the same order of rows and columns.", ". There the channels come first in each column, as in minifcn."),
        ),
        words=(
            ("(N, C, kh, kw, oh, ow)", "(N, kh, kw, C, oh, ow)"),
            ("C*kh*kw", "kh*kw*C"),
            ("C * kh * kw", "kh * kw * C"),
            ("A column holds the window in each channel, one after the other.", "A column holds all channels of each pixel."),
            ("im2col wrote all of channel 0 first, then channel 1.", "im2col wrote all channels of a pixel side by side."),
        ),
        translations={
            "im2col": Translation(tell=im2col_channels_last, untell=im2col_channels_first),
            "col2im": Translation(give=col2im_channels_last, take=col2im_channels_first,
                                  probes={"inner_product": product_channels_last}),
        },
        mistakes={
            "im2col": (
                Mistake(
                    "windows_as_rows",
                    "Rows and columns are exchanged: every window is a column here, from top to bottom.",
                    changes=((RESHAPE, f"{RESHAPE}.swapaxes(1, 2)"),),
                ),
            )
        },
        obsolete={"im2col": ("channels_last", "windows_as_rows"), "col2im": ("channels_last",)},
    )
}
