"""Wrong answers to lesson 13 that people really write, each with the hint that they should read."""

import numpy as np

from minifcn.course.exercise import Mistake

# --- Answers that are no small change of the solution ---------------------------------------------------------------


def cone(factor):
    k = 2 * factor - factor % 2
    at = abs(np.arange(k) - (k - 1) / 2) / factor
    return np.maximum(0, 1 - np.hypot(at[:, None], at))


def from_zero_to_zero(factor):
    k = 2 * factor - factor % 2
    heights = 1 - abs(np.linspace(-1, 1, k)) if k > 1 else np.ones(1)
    return np.outer(heights, heights)


def two_factors_on_a_pixel(factor):
    """The formula that is copied from net to net, with k = 2f throughout."""
    k, f = 2 * factor, np.ceil(2 * factor / 2.0)
    c = (2 * f - 1 - f % 2) / (2.0 * f)
    heights = 1 - abs(np.arange(k) / f - c)
    return np.outer(heights, heights)


def two_factors_around_the_factor(factor):
    heights = 1 - abs(np.arange(2 * factor) - factor) / factor
    return np.outer(heights, heights)


def centre_rounded_up(factor):
    k = 2 * factor - factor % 2
    heights = np.maximum(0, 1 - abs(np.arange(k) - k // 2) / factor)
    return np.outer(heights, heights)


def box(factor):
    return np.ones((factor, factor))


def mixes_the_channels(x, kernel, factor):
    C = x.shape[1]
    weight = np.broadcast_to(kernel.astype(x.dtype), (C, C, *kernel.shape))
    return conv_transpose2d(x, weight, stride=factor, padding=(len(kernel) - factor) // 2)  # noqa: F821


def adds_the_channels(x, kernel, factor):
    weight = np.broadcast_to(kernel.astype(x.dtype), (x.shape[1], 1, *kernel.shape))
    return conv_transpose2d(x, weight, stride=factor, padding=(len(kernel) - factor) // 2)  # noqa: F821


def repeats_then_convolves(x, kernel, factor):
    big = x.repeat(factor, axis=2).repeat(factor, axis=3)
    before = (len(kernel) - 1) // 2
    after = len(kernel) - 1 - before
    padded = np.pad(big, ((0, 0), (0, 0), (before, after), (before, after)))
    y = np.zeros_like(big)
    for i, j in np.ndindex(kernel.shape):
        y += kernel.astype(x.dtype)[i, j] * padded[:, :, i : i + big.shape[2], j : j + big.shape[3]]
    return y


def extrapolates(x, factor):
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        place = (np.arange(factor * n) + 0.5) / factor - 0.5
        left = np.floor(place).astype(int).clip(0, max(n - 2, 0))
        share = (place - left).astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
        x = (1 - share) * x.take(left, axis) + share * x.take(np.minimum(left + 1, n - 1), axis)
    return x


def fades_at_the_border(x, factor):
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        place = (np.arange(factor * n) + 0.5) / factor + 0.5
        left = np.floor(place).astype(int)
        share = (place - left).astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
        padded = np.pad(x, [(1, 1) if a == axis else (0, 0) for a in range(x.ndim)])
        x = (1 - share) * padded.take(left, axis) + share * padded.take(left + 1, axis)
    return x


def nearest(x, factor):
    for axis in range(2, x.ndim):
        x = x.repeat(factor, axis)
    return x


def steps_of_whole_pixels(factor):
    k = 2 * factor - factor % 2
    heights = np.minimum(np.arange(1, k + 1), np.arange(k, 0, -1)) / factor
    return np.outer(heights, heights)


def added_heights(factor):
    heights = 1 - abs(np.arange(2 * factor - factor % 2) - (2 * factor - factor % 2 - 1) / 2) / factor
    return np.add.outer(heights, heights)


def canvas_for(x, k, factor):
    return np.zeros((*x.shape[:2], *((n - 1) * factor + k for n in x.shape[2:])), x.dtype)


def stamped(x, kernel, factor, add=True, mean=False):
    """All stamps on a canvas, wrong on demand, and the border cut off."""
    canvas, k, f = canvas_for(x, len(kernel), factor), len(kernel), factor
    count = np.zeros(canvas.shape[2:], x.dtype)
    for i, j in np.ndindex(x.shape[2:]):
        place = np.s_[:, :, i * f : i * f + k, j * f : j * f + k]
        canvas[place] = add * canvas[place] + x[:, :, i : i + 1, j : j + 1] * kernel.astype(x.dtype)
        count[place[2:]] += 1
    return cut(canvas / np.maximum(count, 1) if mean else canvas, x, k, f)


def cut(canvas, x, k, factor):
    p = (k - factor) // 2
    return canvas[:, :, p : p + factor * x.shape[2], p : p + factor * x.shape[3]]


def last_stamp_wins(x, kernel, factor):
    return stamped(x, kernel, factor, add=False)


def last_tap_wins(x, kernel, factor):
    canvas, (H, W), f = canvas_for(x, len(kernel), factor), x.shape[2:], factor
    for i, j in np.ndindex(kernel.shape):
        canvas[:, :, i : i + f * H : f, j : j + f * W : f] = x * x.dtype.type(kernel[i, j])
    return cut(canvas, x, len(kernel), factor)


def mean_of_stamps(x, kernel, factor):
    return stamped(x, kernel, factor, mean=True)


def cut_with_minus(x, kernel, factor):
    p = (len(kernel) - factor) // 2
    weight = kernel[None, None].astype(x.dtype)
    y = conv_transpose2d(x.reshape(-1, 1, *x.shape[2:]), weight, stride=factor)  # noqa: F821
    return y.reshape(*x.shape[:2], *y.shape[2:])[:, :, p:-p, p:-p]


def blocks(x, kernel, factor):
    return np.kron(x, kernel.astype(x.dtype))


def middles_of_blocks(x, kernel, factor):
    p = (len(kernel) - factor) // 2
    return np.kron(x, kernel[p : p + factor, p : p + factor].astype(x.dtype))


def repeats(x, kernel, factor):
    return x.repeat(factor, axis=2).repeat(factor, axis=3)


def always_bilinear(x, kernel, factor):
    k = 2 * factor - factor % 2
    heights = 1 - abs(np.arange(k) - (k - 1) / 2) / factor
    return stamped(x, np.outer(heights, heights), factor)


def first_channel_for_all(x, kernel, factor):
    return stamped(0 * x + x[:, :1], kernel, factor)


def first_picture_for_all(x, kernel, factor):
    return stamped(0 * x + x[:1], kernel, factor)


def mixed_in_equal_parts(x, kernel, factor):
    return mixes_the_channels(x, kernel / x.shape[1], factor)


def sorted_by_channels(x, kernel, factor):
    N, C, H, W = x.shape
    y = stamped(x.swapaxes(0, 1).reshape(N * C, 1, H, W), kernel, factor)
    return y.reshape(N, C, factor * H, factor * W)


def into_a_fixed_size(x, kernel, factor, padding):
    """Fills an array of the right size; what comes out of the map must fit into it."""
    N, C, H, W = x.shape
    y = np.zeros((N, C, factor * H, factor * W), x.dtype)
    for c in range(C):
        weight = kernel[None, None].astype(x.dtype)
        y[:, c : c + 1] = conv_transpose2d(x[:, c : c + 1], weight, stride=factor, padding=padding)  # noqa: F821
    return y


def half_the_kernel_does_not_fit(x, kernel, factor):
    return into_a_fixed_size(x, kernel, factor, len(kernel) // 2)


def half_the_factor_does_not_fit(x, kernel, factor):
    return into_a_fixed_size(x, kernel, factor, factor // 2)


def all_at_every_side(x, kernel, factor):
    return into_a_fixed_size(x, kernel, factor, len(kernel) - factor)


def nothing_cut_does_not_fit(x, kernel, factor):
    return into_a_fixed_size(x, kernel, factor, 0)


def along(x, factor, places, neighbours, share=None):
    """Interpolates axis by axis; places(n) and neighbours(place, n) may be wrong."""
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        place = places(n)
        left, right = neighbours(place, n)
        part = (place - left if share is None else share + 0 * place).astype(x.dtype)
        part = part.reshape(-1, *[1] * (x.ndim - axis - 1))
        x = (1 - part) * x.take(left, axis) + part * x.take(right, axis)
    return x


def pairs(place, n):
    left = np.floor(place).astype(int)
    return left, np.minimum(left + 1, n - 1)


def halves_of_a_pixel(x, factor):
    return along(x, factor, lambda n: (np.arange(factor * n) / factor - 0.5).clip(0, n - 1), pairs)


def equal_shares(x, factor):
    def places(n):
        return ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0, n - 1)

    return along(x, factor, places, pairs, share=0.5)


def neighbours_wrap(x, factor):
    def cyclic(place, n):
        left = np.floor(place).astype(int) % n
        return left, (left + 1) % n

    return along(x, factor, lambda n: ((np.arange(factor * n) + 0.5) / factor - 0.5) % n, cyclic)


def truncates(x, factor):
    def towards_zero(place, n):
        left = place.astype(int)
        return left, np.minimum(left + 1, n - 1)

    return along(x, factor, lambda n: (np.arange(factor * n) + 0.5) / factor - 0.5, towards_zero)


def rows_and_columns_only(x, factor):
    for axis in (2, 3):
        n = x.shape[axis]
        place = ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0, n - 1)
        left, right = pairs(place, n)
        part = (place - left).astype(x.dtype).reshape(-1, *[1] * (x.ndim - axis - 1))
        x = (1 - part) * x.take(left, axis) + part * x.take(right, axis)
    return x


def shares_along_the_last_axis(x, factor):
    for axis in range(2, x.ndim):
        n = x.shape[axis]
        place = ((np.arange(factor * n) + 0.5) / factor - 0.5).clip(0, n - 1)
        left, right = pairs(place, n)
        part = (place - left).astype(x.dtype)
        x = (1 - part) * x.take(left, axis) + part * x.take(right, axis)
    return x


MISTAKES = {
    "bilinear_kernel": [
        Mistake(
            "always_two_factors",
            "Your kernel has 2f pixels a side for odd f, too. The tip must be on a pixel there, and the outermost"
            " heights would be 0: k = 2f - f % 2.",
            changes=(("k = 2 * factor - factor % 2", "k = 2 * factor"),),
            also=("two_factors_on_a_pixel",),
        ),
        Mistake(
            "always_odd",
            "Your kernel has 2f - 1 pixels a side for even f, too. With even f the tip lies between two pixels, and 2f of"
            " them are above zero.",
            changes=(("k = 2 * factor - factor % 2", "k = 2 * factor - 1"),),
        ),
        Mistake(
            "centre_half_a_pixel_late",
            "Your centre is half a pixel too far to the right. Pixels 0 to k - 1 have their middle at (k - 1) / 2.",
            changes=(("centre = (k - 1) / 2", "centre = k / 2"),),
        ),
        Mistake(
            "centre_on_a_pixel",
            "Your tip is always on a pixel. For an even factor the middle of the k pixels lies between two of them.",
            changes=(("centre = (k - 1) / 2", "centre = (k - 1) // 2"),),
        ),
        Mistake(
            "centre_on_the_next_pixel",
            "Your centre is the pixel k // 2, half a pixel too far to the right if k is even. Pixels 0 to k - 1 have their middle at"
            " (k - 1) / 2, which may lie between two of them.",
            changes=(("centre = (k - 1) / 2", "centre = k // 2"),),
            also=("centre_rounded_up",),
        ),
        Mistake(
            "centre_at_the_factor",
            "Your centre is at pixel f. Pixels 0 to k - 1 have their middle at (k - 1) / 2: f - 1/2 for even f, f - 1 for odd f.",
            changes=(("centre = (k - 1) / 2", "centre = factor"),),
            also=("two_factors_around_the_factor",),
        ),
        Mistake(
            "even_centre_for_all",
            "Your centre is f - 1/2, which is right for even factors only. In general it is (k - 1) / 2.",
            changes=(("centre = (k - 1) / 2", "centre = factor - 0.5 if factor > 1 else 0"),),
        ),
        Mistake(
            "falls_over_half_the_kernel",
            "Your triangle falls to 0 within k/2 pixels. It falls by 1 from one input pixel to the next, which is f"
            " pixels away.",
            changes=((" - centre) / factor", " - centre) / (k / 2)"),),
        ),
        Mistake(
            "from_zero_to_zero",
            "Your triangle begins and ends with 0. Those pixels are wasted; the height falls by 1/f a pixel.",
            answer="from_zero_to_zero",
        ),
        Mistake(
            "upside_down",
            "Your triangle is 0 at the centre and grows outwards. The height is 1 minus the distance over f.",
            changes=(("heights = 1 - abs", "heights = abs"),),
        ),
        Mistake(
            "sums_to_one",
            "Your kernel adds to 1. What must add to 1 are the stamps that meet at one output pixel; the whole kernel adds to"
            " f * f, and its triangle's tip has the height 1.",
            changes=(("return np.outer(heights, heights)", "return np.outer(heights, heights) / heights.sum() ** 2"),),
        ),
        Mistake(
            "a_line",
            "This is the triangle of one axis. The kernel is an outer product of two of them, (k, k).",
            changes=(("return np.outer(heights, heights)", "return heights"),),
        ),
        Mistake(
            "smaller_of_the_two",
            "You take the smaller of the two heights: a pyramid. Bilinear multiplies them.",
            changes=(("np.outer(heights", "np.minimum.outer(heights"),),
        ),
        Mistake(
            "mean_of_the_two",
            "You add the two heights. Linear in the rows and then in the columns multiplies them.",
            changes=(("return np.outer(heights, heights)", "return np.add.outer(heights, heights) / 2"),),
            also=("added_heights",),
        ),
        Mistake(
            "cone",
            "This kernel is round: a cone. Bilinear is a triangle along each axis, and the two are multiplied.",
            answer="cone",
        ),
        Mistake(
            "box",
            "This is the kernel of nearest neighbour: a box of f x f ones. Bilinear wants triangles, about twice as wide.",
            answer="box",
        ),
        Mistake(
            "falls_over_the_kernel",
            "Your triangle falls by 1/k a pixel, too slowly: at the next input pixel, f away, it must be 0. It falls by 1/f.",
            changes=((" - centre) / factor", " - centre) / k"),),
        ),
        Mistake(
            "zeros_beyond_the_kernel",
            "Your triangle falls to 0 one half pixel beyond the kernel, within (k + 1)/2. For even f that is too late: it falls by 1"
            " in f pixels.",
            changes=((" - centre) / factor", " - centre) / ((k + 1) / 2)"),),
        ),
        Mistake(
            "no_absolute_value",
            "Your heights fall all the way from left to right. The height falls on both sides of the centre: take the absolute"
            " distance.",
            changes=(("abs(np.arange(k) - centre)", "(np.arange(k) - centre)"),),
        ),
        Mistake(
            "divides_whole_numbers",
            "// drops the fraction of distance / f. Heights are fractions: divide with /.",
            changes=((" - centre) / factor", " - centre) // factor"),),
        ),
        Mistake(
            "tip_is_one",
            "You scale the kernel so that its largest number is 1. For even f the tip lies between pixels, and no pixel has the"
            " height 1.",
            changes=(("return np.outer(heights, heights)", "return np.outer(heights, heights) / heights.max() ** 2"),),
        ),
        Mistake(
            "steps_of_whole_pixels",
            "Your heights are 1/f, 2/f, ..., which is right for odd f. For even f the tip lies between two pixels, and all distances"
            " are half pixels: 1/(2f), 3/(2f), ...",
            answer="steps_of_whole_pixels",
        ),
        Mistake(
            "float32",
            "The heights are right, but float32. The kernel must be float64.",
            changes=(("return np.outer(heights, heights)", "return np.outer(heights, heights).astype(np.float32)"),),
        ),
        Mistake(
            "four_axes",
            "The numbers are right, but this is a weight with four axes. The kernel is (k, k); upsample adds the other two.",
            changes=(("return np.outer(heights, heights)", "return np.outer(heights, heights)[None, None]"),),
        ),
    ],
    "upsample": [
        Mistake(
            "nothing_cut_off",
            "Your result has (n - 1) f + k pixels a side. Cut (k - f) / 2 off on every side: that is what padding does.",
            changes=(
                ("padding=padding", "padding=0"),
                ("y.reshape(N, C, factor * H, factor * W)", "y.reshape(N, C, *y.shape[2:])"),
            ),
        ),
        Mistake(
            "cuts_half_the_factor",
            "You always cut off f // 2. That fits the bilinear kernel; in general (k - f) / 2 pixels are too many on a side.",
            changes=(
                ("(len(kernel) - factor) // 2", "factor // 2"),
                ("y.reshape(N, C, factor * H, factor * W)", "y.reshape(N, C, *y.shape[2:])"),
            ),
        ),
        Mistake(
            "cuts_half_the_kernel",
            "You cut off half the kernel, as for a convolution that keeps the size. Here (k - f) / 2 are too many on a side.",
            changes=(
                ("(len(kernel) - factor) // 2", "(len(kernel) - 1) // 2"),
                ("y.reshape(N, C, factor * H, factor * W)", "y.reshape(N, C, *y.shape[2:])"),
            ),
        ),
        Mistake(
            "cuts_at_the_end_only",
            "You cut off the right number of pixels, but only at the bottom and on the right: the picture is displaced.",
            changes=(
                ("padding=padding", "padding=0"),
                ("return y.", "y = y[:, :, : factor * H, : factor * W]\n    return y."),
            ),
        ),
        Mistake(
            "cuts_at_the_start_only",
            "You cut off the right number of pixels, but only at the top and on the left: the picture is displaced.",
            changes=(
                ("padding=padding", "padding=0"),
                ("return y.", "y = y[:, :, -factor * H :, -factor * W :]\n    return y."),
            ),
        ),
        Mistake(
            "mixes_the_channels",
            "Every channel of your result sees all channels. With all C x C slices filled the classes are mixed; only the"
            " diagonal may be.",
            answer="mixes_the_channels",
            also=("mixed_in_equal_parts",),
        ),
        Mistake(
            "adds_the_channels",
            "Your result has one channel, the sum of all. Every channel is enlarged by itself.",
            answer="adds_the_channels",
        ),
        Mistake(
            "kernel_turned_round",
            "Your kernel is turned by 180 degrees. A transposed convolution stamps it as it is.",
            changes=(("kernel[None, None]", "kernel[None, None, ::-1, ::-1]"),),
        ),
        Mistake(
            "kernel_transposed",
            "Your kernel has its rows and columns exchanged. Bilinear would not notice, another kernel does.",
            changes=(("kernel[None, None]", "kernel.T[None, None]"),),
        ),
        Mistake(
            "becomes_float64",
            "float32 pictures come out as float64, because the kernel is float64. Give it the dtype of x.",
            changes=(
                ("kernel[None, None].astype(x.dtype)", "kernel[None, None]"),
                ("x.reshape(N * C", "x.astype(weight.dtype).reshape(N * C"),
            ),
        ),
        Mistake(
            "pictures_and_channels_exchanged",
            "The order of pictures and channels is lost on the way back: N * C is split into N, then C.",
            changes=(
                ("y.reshape(N, C, factor * H, factor * W)", "y.reshape(C, N, factor * H, factor * W).swapaxes(0, 1)"),
            ),
            also=("sorted_by_channels",),
        ),
        Mistake(
            "normalizes_the_kernel",
            "You divide the kernel by its sum. It is used as it comes; a box of ones must repeat every pixel as it is.",
            changes=(("kernel[None, None].astype", "(kernel / kernel.sum())[None, None].astype"),),
        ),
        Mistake(
            "height_and_width_swapped",
            "The height of the result comes from the picture's height, the width from its width. You have exchanged them.",
            changes=(("factor * H, factor * W)", "factor * W, factor * H)"),),
        ),
        Mistake(
            "repeats_then_convolves",
            "You repeat the pixels and then convolve. That is another layer; here every pixel stamps the kernel once, one"
            " stride further.",
            answer="repeats_then_convolves",
        ),
        Mistake(
            "stamps_overwrite",
            "Where stamps overlap, the last one wins here. They must add (+=).",
            answer="last_stamp_wins",
            also=("last_tap_wins",),
        ),
        Mistake(
            "mean_of_stamps",
            "Where stamps overlap you take their mean. They add: a bilinear kernel is made so that what meets at a pixel adds to 1.",
            answer="mean_of_stamps",
        ),
        Mistake(
            "empty_without_cutting",
            "Where nothing is to be cut off (k = f) the result is empty: a slice [p:-p] with p = 0 is [0:0].",
            answer="cut_with_minus",
        ),
        Mistake(
            "blocks_side_by_side",
            "np.kron lays the kernels side by side. The stamps are f pixels apart, and a larger kernel overlaps its neighbours:"
            " they add.",
            answer="blocks",
            also=("middles_of_blocks",),
        ),
        Mistake(
            "ignores_the_kernel",
            "Your result does not depend on the kernel that is given. Every pixel stamps this kernel, times its value.",
            answer="repeats",
            also=("always_bilinear",),
        ),
        Mistake(
            "first_channel_for_all",
            "Every channel of your result is made from channel 0. Each channel is enlarged by itself.",
            answer="first_channel_for_all",
        ),
        Mistake(
            "first_picture_for_all",
            "Every picture of your result is made from picture 0. Each picture is enlarged by itself.",
            answer="first_picture_for_all",
        ),
        Mistake(
            "times_the_area",
            "Your result is f * f times too large. The kernel is used as it comes: the stamps that meet at a pixel already add to 1.",
            changes=(("return y.", "y = y * factor**2\n    return y."),),
        ),
        Mistake(
            "does_not_fit",
            "Another number of pixels must be cut off: (n - 1) f + k come out of the map, f n should remain, so (k - f) / 2 are too"
            " many on a side.",
            answer="half_the_kernel_does_not_fit",
            also=("half_the_factor_does_not_fit", "all_at_every_side", "nothing_cut_does_not_fit"),
        ),
        Mistake(
            "crashes_on_no_pictures",
            "With no pictures (N = 0) this crashes: reshape cannot work out -1. Name all sizes: (N, C, f * H, f * W).",
            changes=(("y.reshape(N, C, factor * H, factor * W)", "y.reshape(N, -1, factor * H, factor * W)"),),
        ),
    ],
    "interpolate": [
        Mistake(
            "places_without_halves",
            "You look at u / f. Pixels are squares with a centre: output u looks at (u + 1/2) / f - 1/2.",
            changes=(("(np.arange(factor * n) + 0.5) / factor - 0.5", "np.arange(factor * n) / factor"),),
        ),
        Mistake(
            "forgets_the_second_half",
            "(u + 1/2) / f is measured from the outer edge of pixel 0. From its centre it is 1/2 less.",
            changes=(("+ 0.5) / factor - 0.5", "+ 0.5) / factor"),),
        ),
        Mistake(
            "halves_with_the_wrong_sign",
            "Your halves have the wrong signs: it is (u + 1/2) / f - 1/2.",
            changes=(("+ 0.5) / factor - 0.5", "- 0.5) / factor + 0.5"),),
        ),
        Mistake(
            "aligns_the_corners",
            "You spread the places from 0 to n - 1, which is align_corners=True. Here output u looks at (u + 1/2) /"
            " f - 1/2.",
            changes=(("((np.arange(factor * n) + 0.5) / factor - 0.5)", "np.linspace(0, n - 1, factor * n)"),),
        ),
        Mistake(
            "extrapolates",
            "At the border your lines go on straight beyond the last pixel. Clip the place to 0 ... n - 1 first.",
            answer="extrapolates",
            also=("truncates",),
        ),
        Mistake(
            "wraps_around",
            "The neighbour left of pixel 0 is the last pixel in your answer: index -1. Clip the place to 0 ... n - 1 first.",
            changes=((".clip(0, n - 1)", ""),),
            also=("neighbours_wrap",),
        ),
        Mistake(
            "fades_at_the_border",
            "Beyond the border you mix with zeros. That is what the transposed convolution does; interpolation repeats the edge.",
            answer="fades_at_the_border",
        ),
        Mistake(
            "shares_exchanged",
            "The shares are exchanged: the nearer neighbour has the larger share.",
            changes=(("(1 - share) * x.take(left, axis) + share *", "share * x.take(left, axis) + (1 - share) *"),),
        ),
        Mistake(
            "nearest",
            "This repeats every pixel: nearest neighbour. Linear interpolation mixes the two neighbours of each place.",
            answer="nearest",
        ),
        Mistake(
            "left_neighbour_only",
            "You take the left neighbour, unmixed. Its share is 1 minus the distance to it, the right one gets the rest.",
            changes=(("x = (1 - share) * x.take(left, axis) + share * x.take(right, axis)", "x = x.take(left, axis)"),),
        ),
        Mistake(
            "last_axis_only",
            "Only the last axis is enlarged. Every axis but the first two is.",
            changes=(("range(2, x.ndim)", "range(x.ndim - 1, x.ndim)"),),
        ),
        Mistake(
            "two_axes_only",
            "Of a volume only two axes are enlarged. Every axis but the first two is: range(2, x.ndim).",
            changes=(("range(2, x.ndim)", "range(max(2, x.ndim - 2), x.ndim)"),),
        ),
        Mistake(
            "channels_too",
            "The channels are interpolated as well. The first two axes stay as they are.",
            changes=(("range(2, x.ndim)", "range(1, x.ndim)"),),
        ),
        Mistake(
            "beyond_the_last_pixel",
            "The last output asks for pixel n, which does not exist. The right neighbour is at most n - 1.",
            changes=(("np.minimum(left + 1, n - 1)", "left + 1"),),
        ),
        Mistake(
            "becomes_float64",
            "float32 pictures come out as float64, because the shares are float64. Give them the dtype of x.",
            changes=((".astype(x.dtype).reshape", ".reshape"),),
        ),
        Mistake(
            "squared_shares",
            "Your shares are not linear in the distance. The right neighbour's share is the place minus its whole part.",
            changes=(("share * x.take(right", "share**2 * x.take(right"), ("(1 - share) *", "(1 - share**2) *")),
        ),
        Mistake(
            "half_too_far_left",
            "You look at u / f - 1/2. The centre of output pixel u is at (u + 1/2) / f, so it is (u + 1/2) / f - 1/2.",
            answer="halves_of_a_pixel",
        ),
        Mistake(
            "equal_shares",
            "Both neighbours get the share 1/2 everywhere. The right one's share is the place minus its whole part.",
            answer="equal_shares",
        ),
        Mistake(
            "rows_and_columns_only",
            "This works for pictures only. There are signals (N, C, W) and volumes (N, C, D, H, W), too: range(2, x.ndim).",
            answer="rows_and_columns_only",
        ),
        Mistake(
            "shares_along_the_last_axis",
            "The shares lie along the last axis, whichever axis is enlarged. Reshape them to lie along the same axis.",
            answer="shares_along_the_last_axis",
        ),
        Mistake(
            "all_axes",
            "The pictures and channels are enlarged as well. The first two axes stay as they are: range(2, x.ndim).",
            changes=(("range(2, x.ndim)", "range(x.ndim)"),),
        ),
        Mistake(
            "too_few_places",
            "There are only f places along each axis. n pixels become factor * n.",
            changes=(("np.arange(factor * n)", "np.arange(factor)"),),
        ),
    ],
}
