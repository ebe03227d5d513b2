"""What the checks of lesson 19 must find: the museum's exhibits, and other wrong answers beside them.

The four functions are given in the lesson, so they are no exercises; mistakes.py and variants.py have wrong and right ones.
Read mistakes.py next.
"""

from minifcn.course.check_writing import check_exercise
from minifcn.course.exercise import Exercise

SCORES = ("14.confusion_matrix", "14.scores")


def given(name):
    """A function that the lesson gives, and that nobody has to write."""
    return Exercise(name, ())


EXERCISES = [
    check_exercise(
        "19",
        given("upscore_weight"),
        {
            "exhibit 1, the kernel that leans": ("leans",),
            "exhibit 2, the kernel in all pairs of channels": ("all_pairs",),
            "other kernels that are not in the middle": ("on_a_pixel", "on_the_next_pixel"),
            "other kernels that are not bilinear": (),
        },
        hints=(
            "What has every bilinear kernel, whatever its size? And what is in the slices weight[a, b] with a != b?",
            "Turned by 180 degrees the kernel is the same. But so is a box: also compare with the formula, for sizes of all"
            + " four kinds, 4, 3, 6 and 5.",
            "heights = 1 - abs(np.arange(size) - (size - 1) / 2) / ((size + 1) // 2); the diagonal holds their outer product,"
            + " all else is 0.",
        ),
    ),
    check_exercise(
        "19",
        given("max_pool"),
        {
            "exhibit 3, the border of zeros": ("border_of_zeros",),
            "other borders": ("border_of_edges", "border_of_minus_one", "border_at_one_side"),
            "other windows": (),
        },
        hints=(
            "When does a zero in the padding win? Choose the picture so that it does.",
            "Subtract 3 from random numbers. Then compare each y[..., u, v] with the maximum of the part of the window that"
            + " lies in the picture.",
            "Window u sees rows max(u*stride - padding, 0) to u*stride - padding + k. Use stride 2 with k = 3, and padding 0"
            + " and 1.",
        ),
    ),
    check_exercise(
        "19",
        given("crop"),
        {
            "exhibit 4, the crop from the middle": ("from_the_middle",),
            "crops that begin in another wrong place": ("from_the_corner", "from_the_end", "one_pixel_late"),
            "other sizes": (),
        },
        hints=(
            "np.arange fills a map with numbers that all differ, so that each tells where it came from.",
            "Choose a size and an offset such that more is cut off at one end than at the other. And two different sides.",
            "Compare with scores[:, :, offset : offset + H, offset : offset + W], for several sizes; also for an offset of 0.",
        ),
    ),
    check_exercise(
        "19",
        given("mean_iou"),
        {
            "exhibit 5, the mean over pictures": ("mean_over_pictures",),
            "other means over pictures": ("mean_over_pictures_with_zeros", "weighted_by_size"),
            "classes that are left out, or should be": ("absent_is_zero", "without_background", "only_labelled_classes"),
            "other scores": (),
        },
        uses=SCORES,
        hints=(
            "You have a right answer: scores(confusion_matrix(...))[2], with all pixels of all pictures in one row.",
            "The pictures must differ: in size, in the classes that occur, in how good the answer is.",
            "np.concatenate([a.ravel() for a in labels]) makes one row. Leave one class out of everything, let another be"
            + " predicted only, and mark some pixels 255.",
        ),
    ),
]
