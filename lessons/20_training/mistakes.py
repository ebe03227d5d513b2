"""Wrong answers to lesson 20 that people really write, each with the hint that they should read."""

import copy

import numpy as np

from minifcn.course import earlier
from minifcn.course.exercise import Mistake

Module, SGD = earlier("04.Module", "04.SGD")

# --- random_crop -----------------------------------------------------------------------------------------------------


def filled(image, labels, size):
    """The first half of the solution, which most of the wrong answers share."""
    below, right = max(size[0] - labels.shape[0], 0), max(size[1] - labels.shape[1], 0)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    return image, np.pad(labels, ((0, below), (0, right)), constant_values=255)


def cut(image, labels, top, left, size):
    return image[:, top : top + size[0], left : left + size[1]], labels[top : top + size[0], left : left + size[1]]


def drawn_twice(image, labels, size, rng):
    image, labels = filled(image, labels, size)

    def corner():
        return rng.integers(labels.shape[0] - size[0] + 1), rng.integers(labels.shape[1] - size[1] + 1)

    return cut(image, labels, *corner(), size)[0], cut(image, labels, *corner(), size)[1]


def one_too_few(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    top = rng.integers(max(labels.shape[0] - size[0], 1))
    return cut(image, labels, top, rng.integers(max(labels.shape[1] - size[1], 1)), size)


def in_the_middle(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    return cut(image, labels, (labels.shape[0] - size[0]) // 2, (labels.shape[1] - size[1]) // 2, size)


def at_the_corner(image, labels, size, rng):
    return cut(*filled(image, labels, size), 0, 0, size)


def on_the_diagonal(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    place = rng.integers(min(labels.shape[0] - size[0], labels.shape[1] - size[1]) + 1)
    return cut(image, labels, place, place, size)


def one_share_for_both(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    share = rng.random()
    rows, columns = labels.shape[0] - size[0] + 1, labels.shape[1] - size[1] + 1
    return cut(image, labels, int(share * rows), int(share * columns), size)


def one_place_pushed_back(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    top = rng.integers(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, min(top, labels.shape[1] - size[1]), size)


def global_numpy(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    top = np.random.randint(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, np.random.randint(labels.shape[1] - size[1] + 1), size)


def global_python(image, labels, size, rng):
    import random

    image, labels = filled(image, labels, size)
    top = random.randint(0, labels.shape[0] - size[0])
    return cut(image, labels, top, random.randint(0, labels.shape[1] - size[1]), size)


def fresh_generator(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    rng = np.random.default_rng()
    top = rng.integers(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, rng.integers(labels.shape[1] - size[1] + 1), size)


def seeded_generator(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    rng = np.random.default_rng(0)
    top = rng.integers(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, rng.integers(labels.shape[1] - size[1] + 1), size)


def rounded(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    top = round(rng.random() * (labels.shape[0] - size[0]))
    return cut(image, labels, top, round(rng.random() * (labels.shape[1] - size[1])), size)


def pushed_back(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    top = min(rng.integers(labels.shape[0]), labels.shape[0] - size[0])
    return cut(image, labels, top, min(rng.integers(labels.shape[1]), labels.shape[1] - size[1]), size)


def mirrored(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    top = rng.integers(labels.shape[0] - size[0] + 1)
    image, labels = cut(image, labels, top, rng.integers(labels.shape[1] - size[1] + 1), size)
    return (image[:, :, ::-1], labels[:, ::-1]) if rng.random() < 0.5 else (image, labels)


def into_new_arrays(image, labels, size, rng):
    (C, H, W), (height, width) = image.shape, size
    whole, ignored = np.zeros((C, max(H, height), max(W, width))), np.full((max(H, height), max(W, width)), 255)
    whole[:, :H, :W], ignored[:H, :W] = image, labels
    top, left = (rng.integers(n - m + 1) for n, m in zip(ignored.shape, size))
    return cut(whole, ignored, top, left, size)


def not_filled(image, labels, size, rng):
    top = rng.integers(max(labels.shape[0] - size[0], 0) + 1)
    return cut(image, labels, top, rng.integers(max(labels.shape[1] - size[1], 0) + 1), size)


def padded_at_random(image, labels, size, rng):
    below, right = max(size[0] - labels.shape[0], 0), max(size[1] - labels.shape[1], 0)
    top, left = rng.integers(below + 1), rng.integers(right + 1)
    image = np.pad(image, ((0, 0), (top, below - top), (left, right - left)))
    labels = np.pad(labels, ((top, below - top), (left, right - left)), constant_values=255)
    top = rng.integers(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, rng.integers(labels.shape[1] - size[1] + 1), size)


def padded_around(image, labels, size, rng):
    below, right = max(size[0] - labels.shape[0], 0), max(size[1] - labels.shape[1], 0)
    rows, columns = (below // 2, below - below // 2), (right // 2, right - right // 2)
    image = np.pad(image, ((0, 0), rows, columns))
    labels = np.pad(labels, (rows, columns), constant_values=255)
    top = rng.integers(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, rng.integers(labels.shape[1] - size[1] + 1), size)


def always_padded(image, labels, size, rng):
    image = np.pad(image, ((0, 0), (0, size[0]), (0, size[1])))
    labels = np.pad(labels, ((0, size[0]), (0, size[1])), constant_values=255)
    top = rng.integers(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, rng.integers(labels.shape[1] - size[1] + 1), size)


def channels_last(image, labels, size, rng):
    image, labels = filled(image, labels, size)
    top, left = (rng.integers(n - m + 1) for n, m in zip(labels.shape, size))
    return image[top : top + size[0], left : left + size[1]], labels[top : top + size[0], left : left + size[1]]


def filled_if_both(image, labels, size, rng):
    below, right = size[0] - labels.shape[0], size[1] - labels.shape[1]
    if below > 0 and right > 0:
        image, labels = filled(image, labels, size)
    top = rng.integers(max(labels.shape[0] - size[0], 0) + 1)
    return cut(image, labels, top, rng.integers(max(labels.shape[1] - size[1], 0) + 1), size)


def filled_with_minus_1(image, labels, size, rng):
    (height, width), (H, W) = size, labels.shape
    image, whole = filled(image, labels, size)
    labels = np.full(whole.shape, -1).astype(labels.dtype)
    labels[:H, :W] = whole[:H, :W]
    top = rng.integers(labels.shape[0] - height + 1)
    return cut(image, labels, top, rng.integers(labels.shape[1] - width + 1), size)


def beyond_the_end(image, labels, size, rng):
    (H, W), image, labels = labels.shape, *always_padded_parts(image, labels, size)
    return cut(image, labels, rng.integers(H), rng.integers(W), size)


def always_padded_parts(image, labels, size):
    image = np.pad(image, ((0, 0), (0, size[0]), (0, size[1])))
    return image, np.pad(labels, ((0, size[0]), (0, size[1])), constant_values=255)


def channels_last_throughout(image, labels, size, rng):
    below, right = max(size[0] - labels.shape[0], 0), max(size[1] - labels.shape[1], 0)
    image = np.pad(image, ((0, below), (0, right), (0, 0)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    top, left = (rng.integers(n - m + 1) for n, m in zip(labels.shape, size))
    return image[top : top + size[0], left : left + size[1]], labels[top : top + size[0], left : left + size[1]]


def not_filled_at_all(image, labels, size, rng):
    top = rng.integers(labels.shape[0] - size[0] + 1)
    return cut(image, labels, top, rng.integers(labels.shape[1] - size[1] + 1), size)


def filled_if_both_crashes(image, labels, size, rng):
    if labels.shape[0] < size[0] and labels.shape[1] < size[1]:
        image, labels = filled(image, labels, size)
    return not_filled_at_all(image, labels, size, rng)


def resized(image, labels, size, rng):
    shape = tuple(np.maximum(labels.shape, size))
    return not_filled_at_all(np.resize(image, (len(image), *shape)), np.resize(labels, shape), size, rng)


def floats_throughout(image, labels, size, rng):
    image, labels = filled(image.astype(float), labels.astype(float), size)
    return not_filled_at_all(image, labels, size, rng)


def labels_as_int64(image, labels, size, rng):
    image, labels = filled(image, labels.astype(np.int64), size)
    return not_filled_at_all(image, labels, size, rng)


def no_choice_if_small(image, labels, size, rng):
    if labels.shape[0] >= size[0] and labels.shape[1] >= size[1]:
        return not_filled_at_all(image, labels, size, rng)
    return cut(*filled(image, labels, size), 0, 0, size)


def channels_last_in_the_shape(image, labels, size, rng):
    H, W, _ = image.shape
    below, right = max(size[0] - H, 0), max(size[1] - W, 0)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    return not_filled_at_all(image, labels, size, rng)


def channels_last_to_the_end(image, labels, size, rng):
    H, W, _ = image.shape
    below, right = max(size[0] - H, 0), max(size[1] - W, 0)
    image = np.pad(image, ((0, 0), (0, below), (0, right)))
    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)
    top = rng.integers(H + below - size[0] + 1)
    return cut(image, labels, top, rng.integers(W + right - size[1] + 1), size)


RANDOM_CROP = [
    Mistake("padding-of-the-size", "A fill of as many rows as the window has is too much: only what is missing, "
            "max(height - H, 0), and nothing if the image is large enough.", answer="always_padded"),
    Mistake("any-pixel-is-a-place", "The window sticks out of the image here, though that is large enough: top is one of "
            "H - height + 1 numbers, not of H. Only what is too small is filled up.", answer="beyond_the_end"),
    Mistake("drawn-twice", "Image and labels come from different places here. Draw top and left once, and cut both with "
            "them.", answer="drawn_twice"),
    Mistake("one-place-too-few", "The last row or column is never reached. A row of 5 has 5 - 3 + 1 places for a window of 3, "
            "and rng.integers(n) gives 0 to n - 1.",
            (("rng.integers(H + below - height + 1)", "rng.integers(H + below - height)"),
             ("rng.integers(W + right - width + 1)", "rng.integers(W + right - width)")), also=("one_too_few",)),
    Mistake("one-place-too-many", "The window sticks out of the image here: there are H - height + 1 places, and rng.integers(n) "
            "already leaves out n.",
            (("rng.integers(H + below - height + 1)", "rng.integers(H + below - height + 2)"),
             ("rng.integers(W + right - width + 1)", "rng.integers(W + right - width + 2)"))),
    Mistake("size-exchanged", "size is (height, width): the first number counts rows.",
            (("(height, width), (H, W) = size, labels.shape", "(width, height), (H, W) = size, labels.shape"),)),
    Mistake("labels-filled-with-0", "0 is a class. What was filled up must not count in the loss, so its label is 255.",
            ((", constant_values=255", ""),)),
    Mistake("image-filled-with-255", "Only the labels are filled with 255. The image gets 0, which is the mean colour after "
            "normalization.",
            (("((0, 0), (0, below), (0, right)))", "((0, 0), (0, below), (0, right)), constant_values=255)"),)),
    Mistake("filled-above", "The image is filled up below and to the right, so that it still begins at row 0, column 0. In "
            "np.pad, (0, n) adds n at the end.",
            (("((0, 0), (0, below), (0, right))", "((0, 0), (below, 0), (right, 0))"),
             ("((0, below), (0, right))", "((below, 0), (right, 0))"))),
    Mistake("filled-around", "All that is missing goes below and to the right, nothing above or to the left.",
            answer="padded_around", also=("padded_at_random",)),
    Mistake("filled-by-repeating", "Copies of the edge are not new pixels: fill the image with 0 and the labels with 255.",
            (("((0, 0), (0, below), (0, right)))", '((0, 0), (0, below), (0, right)), mode="edge")'),)),
    Mistake("filled-by-np-resize", "np.resize starts again from the first pixel, and moves the rows. Use np.pad: 0 for the image, "
            "255 for the labels.", answer="resized"),
    Mistake("not-filled", "An image smaller than the window gives a smaller window here, and crops of different sizes cannot "
            "be stacked. Fill it up first.", answer="not_filled"),
    Mistake("not-filled-at-all", "H - height + 1 is 0 or less if the image is smaller than the window, and rng.integers has nothing "
            "to choose from. Fill the image up first.", answer="not_filled_at_all"),
    Mistake("no-chance", "The window is always at the same place. Draw top and left from rng.",
            answer="at_the_corner", also=("in_the_middle",)),
    Mistake("one-draw-for-both", "Row and column depend on each other here: only some of the places are reached. Draw twice.",
            answer="on_the_diagonal", also=("one_share_for_both", "one_place_pushed_back")),
    Mistake("other-generator", "The chance comes from elsewhere: the same rng must give the same crops. Call rng.integers.",
            answer="global_numpy", also=("global_python", "fresh_generator")),
    Mistake("new-generator-each-time", "A generator that starts anew with the same seed in every call draws the same place "
            "every time. Use rng.", answer="seeded_generator"),
    Mistake("uneven", "Some places are drawn more often than others: rounding makes the first and last rarer, pushing back "
            "makes the last more frequent. rng.integers(number of places) is even.",
            answer="rounded", also=("pushed_back",)),
    Mistake("mirrored", "This flips some windows. Flipping may be a good idea, but it is not the task: a crop is only cut out.",
            answer="mirrored"),
    Mistake("another-dtype", "np.zeros and np.full make new dtypes. float32 must stay float32, and uint8 labels uint8; np.pad "
            "keeps them.", answer="into_new_arrays", also=("floats_throughout", "labels_as_int64")),
    Mistake("channels-last", "image is (C, H, W): its rows are the second axis. Write image[:, top : ..., left : ...].",
            answer="channels_last", also=("channels_last_throughout",)),
    Mistake("fractional-place", "A place is a whole number: rng.random() and rng.uniform() give fractions. Use rng.integers.",
            (("rng.integers(H + below - height + 1)", "rng.uniform(0, H + below - height)"),
             ("rng.integers(W + right - width + 1)", "rng.uniform(0, W + right - width)"))),
    Mistake("ends-at-the-size", "A slice is begin : end, and the window ends at top + height, not at height.",
            (("top : top + height, left : left + width", "top : height, left : width"),)),
    Mistake("labels-not-filled", "Only the image is filled up here. The labels need the same rows and columns, with 255.",
            (("    labels = np.pad(labels, ((0, below), (0, right)), constant_values=255)\n", ""),)),
    Mistake("filled-if-both-are-too-small", "An image can be too small in one direction only. Find what is missing for each by "
            "itself.", answer="filled_if_both", also=("filled_if_both_crashes",)),
    Mistake("labels-filled-with-minus-1", "The label that the loss ignores is 255 in this course. Others use -1, or 21.",
            (("constant_values=255", "constant_values=254"),), also=("filled_with_minus_1",)),
    Mistake("labels-not-returned", "Return both windows, that of the image and that of the labels.",
            (("return image[window], labels[window]", "return image[window]"),)),
    Mistake("returned-in-the-other-order", "Return the image first, then the labels.",
            (("return image[window], labels[window]", "return labels[window], image[window]"),)),
    Mistake("rows-and-columns-exchanged", "The row comes from the height, the column from the width; here a row is drawn with the "
            "image's width.",
            (("rng.integers(H + below - height + 1)", "rng.integers(max(W + right - height + 1, 1))"),
             ("rng.integers(W + right - width + 1)", "rng.integers(max(H + below - width + 1, 1))"))),
    Mistake("no-choice-if-small", "An image that is too small in one direction may be large in the other, and there every place "
            "counts. Fill up first, then draw as always.", answer="no_choice_if_small"),
    Mistake("shape-with-the-channels-last", "image.shape is (C, H, W), with the channels first: C, H, W = image.shape.",
            answer="channels_last_in_the_shape", also=("channels_last_to_the_end",)),
]  # fmt: skip

# --- schedule --------------------------------------------------------------------------------------------------------


def ramp_alone(step, steps, lr, warmup=0, power=0.9):
    if step < warmup:
        return lr * (step + 1) / warmup
    return lr * max(1 - step / steps, 0) ** power


def fall_after_the_ramp(step, steps, lr, warmup=0, power=0.9):
    if step < warmup:
        return lr * (step + 1) / warmup
    return lr * max(1 - (step - warmup) / max(steps - warmup, 1), 0) ** power


def both_but_late(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * ramp * min(max(1 - (step - warmup) / max(steps - warmup, 1), 0), 1) ** power


def ramp_to_the_power(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * (ramp * max(1 - step / steps, 0)) ** power


def in_whole_numbers(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * ramp * max(1 - step // steps, 0) ** power


def exponential(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * ramp * power**step if step < steps else 0.0


def always_a_ramp(step, steps, lr, warmup=0, power=0.9):
    return lr * min(1, (step + 1) / warmup) * max(1 - step / steps, 0) ** power


def ramp_divided_by_0(step, steps, lr, warmup=0, power=0.9):
    if step >= steps:
        return 0.0
    return lr * min(1, (step + 1) / warmup) * (1 - step / steps) ** power


def whole_throughout(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) // warmup) if warmup else 1
    return lr * ramp * max(1 - step // steps, 0) ** power


def whole_ramp(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) // warmup) if warmup else 1
    return lr * ramp * max(1 - step / steps, 0) ** power


def after_the_ramp_too(step, steps, lr, warmup=0, power=0.9):
    ramp = (step + 1) / warmup if warmup and step <= warmup else 1
    return lr * ramp * max(1 - step / steps, 0) ** power


def cosine(step, steps, lr, warmup=0, power=0.9):
    ramp = min(1, (step + 1) / warmup) if warmup else 1
    return lr * ramp * (1 + np.cos(np.pi * min(step / steps, 1))) / 2


SCHEDULE = [
    Mistake("no-end", "After the last step 1 - step/steps is negative, and a negative number to the power 0.9 is complex. From "
            "step = steps on, return 0.", (("if step >= steps:\n        return 0.0\n    ", ""),)),
    Mistake("stays-at-the-end", "From step = steps on the rate is 0, not lr.", (("return 0.0", "return lr"),)),
    Mistake("falls-a-step-early", "Steps count from 0: the first step has the whole rate, (1 - 0/steps) = 1. Only the ramp has "
            "step + 1.", (("(1 - step / steps)", "(1 - (step + 1) / steps)"),)),
    Mistake("reaches-0-in-the-last-step", "The last step would have rate 0 and do nothing. Divide by steps, not by steps - 1.",
            (("(1 - step / steps)", "(1 - step / max(steps - 1, 1))"),)),
    Mistake("ramp-from-0", "The first step of the ramp would have rate 0 and do nothing. Its factors are 1/warmup, 2/warmup, ...: "
            "step + 1 over warmup.", (("(step + 1) / warmup", "step / warmup"),)),
    Mistake("ramp-too-long", "With warmup 4, the factors are 1/4, 2/4, 3/4, 1: divide by warmup, not by warmup + 1.",
            (("(step + 1) / warmup", "(step + 1) / (warmup + 1)"),)),
    Mistake("ramp-without-end", "The ramp's factor grows beyond 1 here. Take min(1, ...).",
            (("min(1, (step + 1) / warmup)", "(step + 1) / warmup"),)),
    Mistake("ramp-one-step-too-many", "At step = warmup the ramp is over: its factor is 1 there, not (warmup + 1) / warmup. "
            "Compare with <, or take min(1, ...).", answer="after_the_ramp_too"),
    Mistake("division-by-0", "warmup is 0 unless given, and then there is no ramp: its factor is 1. Do not divide by it.",
            answer="always_a_ramp", also=("ramp_divided_by_0",)),
    Mistake("no-ramp", "The warmup is missing: in the first steps the rate is multiplied by 1/warmup, 2/warmup, ...",
            (("lr * ramp *", "lr *"),)),
    Mistake("ramp-alone", "The fall begins at step 0, during the ramp: both factors always multiply.", answer="ramp_alone"),
    Mistake("fall-counts-from-the-ramp", "Other schedules let the fall begin after the ramp. Here it begins at step 0 and its "
            "factor is (1 - step / steps) ** power throughout.", answer="fall_after_the_ramp", also=("both_but_late",)),
    Mistake("power-of-the-share-done", "The power belongs to what is left: (1 - step / steps) ** power, not "
            "1 - (step / steps) ** power.", (("(1 - step / steps) ** power", "(1 - (step / steps) ** power)"),)),
    Mistake("power-of-the-ramp", "Only the fall is taken to the power; the ramp is a straight line.", answer="ramp_to_the_power"),
    Mistake("power-ignored", "The fall has a power: 1 is a straight line, 0.9 lies a little above it.",
            ((" ** power", ""),)),
    Mistake("power-fixed", "This always has the power 0.9. Use the argument.", ((" ** power", " ** 0.9"),)),
    Mistake("whole-division", "step // steps is 0 until the end, so nothing falls. Write step / steps.",
            answer="in_whole_numbers"),
    Mistake("whole-division-in-both", "// drops the fraction, and fractions are all there is here: (step + 1) / warmup and "
            "step / steps.", answer="whole_throughout", also=("whole_ramp",)),
    Mistake("smaller-of-both", "The two factors are multiplied. This takes the smaller one, which is another curve.",
            (("ramp * (1 - step / steps) ** power", "min(ramp, (1 - step / steps) ** power)"),)),
    Mistake("lr-to-the-power", "Only the fall is taken to the power: lr and the ramp belong outside its parentheses.",
            (("lr * ramp * (1 - step / steps) ** power", "(lr * ramp * (1 - step / steps)) ** power"),)),
    Mistake("rises-after-the-end", "After the end 1 - step / steps is negative, and its absolute value rises again. From "
            "step = steps on, return 0.",
            (("if step >= steps:\n        return 0.0\n    ", ""), ("(1 - step / steps)", "abs(1 - step / steps)"))),
    Mistake("another-curve", "That is another schedule, an exponential or a cosine. Here the fall is (1 - step / steps) ** power.",
            answer="exponential", also=("cosine",)),
    Mistake("times-power", "power is an exponent: (1 - step / steps) ** power, with two stars.", (("** power", "* power"),)),
    Mistake("ramp-from-0-to-the-end", "The ramp's first factor is 1/warmup and its last 1, at step warmup - 1: (step + 1) / warmup.",
            (("(step + 1) / warmup", "max(step, 1) / warmup"),)),
    Mistake("lr-forgotten", "This returns the factors alone. Multiply them with lr.", (("lr * ramp *", "ramp *"),)),
    Mistake("rises", "The rate rises from 0 here. What is left of the training is 1 - step / steps.",
            (("(1 - step / steps)", "(step / steps)"),)),
]  # fmt: skip

# --- fit -------------------------------------------------------------------------------------------------------------


def state_of(model):
    """The lesson's."""
    found = {}

    def walk(value):
        if isinstance(value, np.ndarray):
            found[id(value)] = value
        elif getattr(value, "requires_grad", False):
            walk(value.data)
        elif isinstance(value, (Module, list, tuple)):
            for part in vars(value).values() if isinstance(value, Module) else value:
                walk(part)

    walk(model)
    return list(found.values())


def restore(model, kept):
    for array, best in zip(state_of(model), kept):
        array[...] = best


def train_epoch(model, loss_of, pairs, rates, optimizers, weights, decay, bias_rate):
    """The solution's inner loop; `rates` is an iterator."""
    losses = []
    for x, target in pairs:
        model.zero_grad()
        loss = loss_of(model(x), target)
        loss.backward()
        for p in weights:
            if p.grad is not None:
                p.grad = p.grad + decay * p.data
        rate = next(rates)
        for optimizer, factor in zip(optimizers, (1, bias_rate)):
            optimizer.lr = factor * rate
            optimizer.step()
        losses.append(float(loss.data))
    return losses


def groups(model):
    biases = [p for name, p in model.named_parameters() if name.split(".")[-1] == "bias"]
    return [p for p in model.parameters() if all(p is not b for b in biases)], biases


def numbered(rate):
    step = 0
    while True:
        yield rate(step)
        step += 1


def waits_for_the_previous(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0,
                           patience=None):  # fmt: skip
    """Counts epochs whose score is below that of the epoch before."""
    weights, biases = groups(model)
    optimizers, rates = (SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)), numbered(rate)
    history, best, bad = [], 0, 0
    for epoch in range(epochs):
        losses = train_epoch(model, loss_of, batches(epoch), rates, optimizers, weights, decay, bias_rate)
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if epoch == 0 or history[-1]["score"] > history[best]["score"]:
            best, kept = epoch, [array.copy() for array in state_of(model)]
        bad = bad + 1 if epoch and history[-1]["score"] <= history[-2]["score"] else 0
        if patience is not None and bad >= patience:
            break
    restore(model, kept)
    return history


def scored_before(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    weights, biases = groups(model)
    optimizers, rates = (SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)), numbered(rate)
    history, best = [], 0
    for epoch in range(epochs):
        score = float(score_of(model))
        losses = train_epoch(model, loss_of, batches(epoch), rates, optimizers, weights, decay, bias_rate)
        history.append({"loss": float(np.mean(losses)), "score": score})
        if epoch == 0 or score > history[best]["score"]:
            best, kept = epoch, [array.copy() for array in state_of(model)]
        if patience is not None and epoch - best >= patience:
            break
    restore(model, kept)
    return history


def plain_loop(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    optimizers, rates = (SGD(model.parameters(), 0.0, momentum),), numbered(rate)
    history = []
    for epoch in range(epochs):
        losses = train_epoch(model, loss_of, batches(epoch), rates, optimizers, [], 0.0, 1.0)
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
    return history


def restored_only_when_stopped(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0,
                               patience=None):  # fmt: skip
    weights, biases = groups(model)
    optimizers, rates = (SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)), numbered(rate)
    history, best = [], 0
    for epoch in range(epochs):
        losses = train_epoch(model, loss_of, batches(epoch), rates, optimizers, weights, decay, bias_rate)
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if epoch == 0 or history[-1]["score"] > history[best]["score"]:
            best, kept = epoch, [array.copy() for array in state_of(model)]
        if patience is not None and epoch - best >= patience:
            restore(model, kept)
            break
    return history


def fresh_optimizers(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0,
                     patience=None):  # fmt: skip
    weights, biases = groups(model)
    rates, history, best = numbered(rate), [], 0
    for epoch in range(epochs):
        optimizers = SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)
        losses = train_epoch(model, loss_of, batches(epoch), rates, optimizers, weights, decay, bias_rate)
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if epoch == 0 or history[-1]["score"] > history[best]["score"]:
            best, kept = epoch, [array.copy() for array in state_of(model)]
        if patience is not None and epoch - best >= patience:
            break
    restore(model, kept)
    return history


def returns_a_copy(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0, patience=None):
    """Keeps the best in a copy of the model, and makes the name `model` that copy: the caller's model stays the last."""
    weights, biases = groups(model)
    optimizers, rates = (SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)), numbered(rate)
    history, best = [], 0
    for epoch in range(epochs):
        losses = train_epoch(model, loss_of, batches(epoch), rates, optimizers, weights, decay, bias_rate)
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if epoch == 0 or history[-1]["score"] > history[best]["score"]:
            best, kept = epoch, copy.deepcopy(model)
        if patience is not None and epoch - best >= patience:
            break
    model = kept
    return history


DECAYED = "                if p.grad is not None:\n                    p.grad = p.grad + decay * p.data\n"
FIRST_OR_BETTER = 'if epoch == 0 or history[-1]["score"] > history[best]["score"]'

FIT = [
    Mistake("never-restored", "At the end the model is as after the last epoch. Either nothing is copied back into its arrays, "
            "or the kept arrays are its own, which training goes on changing: keep array.copy().",
            (("[array.copy() for array in state_of(model)]", "state_of(model)"),), also=("returns_a_copy",)),
    Mistake("restored-only-when-stopped", "The best epoch is restored only if patience runs out. Restore it after the loop, "
            "however the loop ended.", answer="restored_only_when_stopped"),
    Mistake("parameters-only", "The running mean is not restored: a plain array, and no parameter. state_of(model) has both.",
            (("kept = epoch, [array.copy() for array in state_of(model)]",
              "kept = epoch, [p.data.copy() for p in model.parameters()]"),
             ("zip(state_of(model), kept)", "zip([p.data for p in model.parameters()], kept)"))),
    Mistake("weights-only", "The biases are not restored. The checkpoint is everything that state_of(model) returns.",
            (("kept = epoch, [array.copy() for array in state_of(model)]", "kept = epoch, [p.data.copy() for p in weights]"),
             ("zip(state_of(model), kept)", "zip([p.data for p in weights], kept)"))),
    Mistake("smaller-is-better", "This keeps the epoch with the lowest score. A score is the better the larger; a loss would be "
            "the other way round.", (('["score"] > history', '["score"] < history'),)),
    Mistake("best-by-the-loss", "The best epoch is chosen by the score on validation images, not by the training loss, which "
            "keeps falling when a net overfits.", (('["score"] > history[best]["score"]', '["loss"] < history[best]["loss"]'),)),
    Mistake("best-starts-at-0", "If every score is negative, none is larger than 0, and nothing is kept. Start from the first "
            "epoch's score, or -inf.",
            (("history, best, step = [], 0, 0",
              "history, best, step, top, kept = [], 0, 0, 0.0, [array.copy() for array in state_of(model)]"),
             (FIRST_OR_BETTER, 'if history[-1]["score"] > top'),
             ("best, kept = epoch,", "top = history[-1][\"score\"]\n            best, kept = epoch,"))),
    Mistake("best-starts-at-0-and-keeps-nothing", "No score was above the 0 that the best began with, so nothing was kept. Start "
            "from -inf, or from the first epoch's score.",
            (("history, best, step = [], 0, 0", "history, best, step, top, kept = [], 0, 0, 0.0, []"),
             (FIRST_OR_BETTER, 'if history[-1]["score"] > top'),
             ("best, kept = epoch,", "top = history[-1][\"score\"]\n            best, kept = epoch,"))),
    Mistake("restores-one-array", "`return` is inside the loop that copies the arrays back: only the first is restored. Move it out.",
            (("        array[...] = best_array\n    return history", "        array[...] = best_array\n        return history"),)),
    Mistake("last-of-equals", "Of equal scores the first counts: compare with >, not >=.",
            (('["score"] > history', '["score"] >= history'),)),
    Mistake("better-than-the-epoch-before", "Compare with the best score so far, not with that of the epoch before.",
            (('> history[best]["score"]', '> history[-2]["score"]'),)),
    Mistake("gradients-added-up", "zero_grad is missing: the gradients of all steps add up, and those from before fit, too.",
            (("model.zero_grad()", "pass"),)),
    Mistake("zero-grad-once-an-epoch", "Forget the gradients before every batch, not once an epoch.",
            (("            model.zero_grad()\n", ""), ("        losses = []\n", "        losses = []\n        model.zero_grad()\n"))),
    Mistake("rate-of-the-epoch", "rate takes the number of the step, not of the epoch: it changes from batch to batch.",
            (("rate(step)", "rate(epoch)"),)),
    Mistake("steps-begin-anew", "The steps count through all epochs: step = 0 belongs before the loop over the epochs.",
            (("        losses = []\n", "        losses, step = [], 0\n"),)),
    Mistake("steps-from-1", "Steps count from 0: raise step after the optimizers' steps, not before.",
            (("            model.zero_grad()\n", "            step += 1\n            model.zero_grad()\n"),
             ("            losses.append(float(loss.data))\n            step += 1\n",
              "            losses.append(float(loss.data))\n"))),
    Mistake("rate-set-once", "The learning rate stays that of step 0. Set optimizer.lr before every step.",
            (("rate(step)", "rate(0)"),)),
    Mistake("decay-forgotten", "decay has no effect: add decay * p.data to the gradient of each weight before a step.",
            ((DECAYED, "                pass\n"),)),
    Mistake("biases-decay", "The biases shrink, too. Only the weights decay.", (("for p in weights:", "for p in weights + biases:"),)),
    Mistake("only-biases-decay", "The groups are exchanged: weights decay, and biases do not.",
            (("for p in weights:", "for p in biases:"),)),
    Mistake("decay-doubled", "Half the sum of squares has the slope decay * p; without the half it is twice that. Here it is "
            "decay * p.data, with no 2.", (("decay * p.data", "2 * decay * p.data"),)),
    Mistake("decay-with-the-wrong-sign", "The step goes against the gradient, so decay * p.data is added to it. Subtracted, it "
            "makes the weights grow.", (("p.grad + decay", "p.grad - decay"),)),
    Mistake("decay-by-sign", "decay * sign(p) is another penalty, of absolute values (L1). Here it is proportional to the weight.",
            (("decay * p.data", "decay * np.sign(p.data)"),)),
    Mistake("decay-beside-the-gradient", "The weights shrink by themselves here, past the momentum (AdamW does so). Add "
            "decay * p.data to the gradient, before the step.",
            (("p.grad = p.grad + decay * p.data", "p.data *= 1 - rate(step) * decay"),), also=("shrinks_without_rate", "shrinks_after_the_step")),
    Mistake("decay-past-the-rate", "The weights shrink by the whole decay here, past the learning rate and the momentum. Add "
            "decay * p.data to the gradient instead.", (("p.grad = p.grad + decay * p.data", "p.data *= 1 - decay"),)),
    Mistake("decay-times-the-rate", "The optimizer multiplies the whole gradient by the rate, decay and all. Add decay * p.data, "
            "without another rate.", (("decay * p.data", "rate(step) * decay * p.data"),)),
    Mistake("restored-in-every-epoch", "Training goes on from where it is. The best epoch is restored once, after the loop.",
            (("        if patience is not None",
              ("        for array, best_array in zip(state_of(model), kept):\n            array[...] = best_array\n"
               "        if patience is not None")),)),
    Mistake("epochs-from-1", "Epochs count from 0: batches(0) is the first.", (("batches(epoch)", "batches(epoch + 1)"),)),
    Mistake("always-the-first-epoch", "Every epoch has its own batches: batches(epoch), not batches(0).",
            (("batches(epoch)", "batches(0)"),)),
    Mistake("batches-as-a-list", "Something has the wrong type: batches is a function, to be called as batches(epoch); and a loss is "
            "a Tensor, whose number is float(loss.data).",
            (("batches(epoch)", "batches[epoch]"),)),
    Mistake("forgets-too-late", "Gradients from before fit count in the first step. Call zero_grad before each backward.",
            (("            model.zero_grad()\n", ""), ("            step += 1\n", "            step += 1\n            model.zero_grad()\n"))),
    Mistake("mean-over-images", "The mean of the batches' losses, each batch alike; here larger batches count more.",
            (("losses.append(float(loss.data))", "losses.extend([float(loss.data)] * len(target))"),)),
    Mistake("name-begins-with-bias", "The last part of the name decides, name.split(\".\")[-1] == \"bias\"; not how it begins.",
            (('name.split(".")[-1] == "bias"', 'name.startswith("bias")'),
             ('name.split(".")[-1] != "bias"', 'not name.startswith("bias")'))),
    Mistake("unused-weights-decay", "A parameter without a gradient must stay as it is. Skip it if p.grad is None.",
            ((DECAYED, "                p.grad = (0 if p.grad is None else p.grad) + decay * p.data\n"),)),
    Mistake("none-plus-number", "A parameter that the loss does not depend on has grad None, and None + number fails. Skip it.",
            ((DECAYED, "                p.grad = p.grad + decay * p.data\n"),)),
    Mistake("bias-rate-forgotten", "bias_rate has no effect: the biases learn with bias_rate * rate(step).",
            (("zip(optimizers, (1, bias_rate))", "zip(optimizers, (1, 1))"),)),
    Mistake("bias-rate-for-the-weights", "The rates are exchanged: bias_rate belongs to the biases.",
            (("(1, bias_rate)", "(bias_rate, 1)"),)),
    Mistake("bias-rate-for-all", "bias_rate multiplies the rate of all parameters here. The weights learn with rate(step).",
            (("(1, bias_rate)", "(bias_rate, bias_rate)"),)),
    Mistake("bias-rate-as-the-rate", "bias_rate is a factor: the biases learn with bias_rate * rate(step), not with bias_rate.",
            (("optimizer.lr = factor * rate(step)", "optimizer.lr = rate(step) if factor is not bias_rate else bias_rate"),)),
    Mistake("bias-anywhere-in-the-name", "biases.debias is a weight here: the last part of its name is debias. Compare that part "
            "as a whole with bias; neither the rest of the name counts, nor how many axes it has.", (('name.split(".")[-1] == "bias"', '"bias" in name'), ('name.split(".")[-1] != "bias"', '"bias" not in name'))),
    Mistake("bias-with-a-dot", "A bias of the model itself is named bias, without a dot before it. Compare the last part of the "
            "name.", (('name.split(".")[-1] == "bias"', 'name.endswith(".bias")'),
                      ('name.split(".")[-1] != "bias"', 'not name.endswith(".bias")'))),
    Mistake("whole-name", "layers.0.bias is a bias, too: compare the last part of the name, name.split(\".\")[-1].",
            (('name.split(".")[-1] == "bias"', 'name == "bias"'), ('name.split(".")[-1] != "bias"', 'name != "bias"'))),
    Mistake("biases-stay", "The biases never move: their optimizer needs a step, too.",
            (("zip(optimizers, (1, bias_rate))", "zip(optimizers[:1], (1, bias_rate))"),)),
    Mistake("no-momentum", "No velocity is left from one step to the next. Give both optimizers the momentum, and make them once, "
            "before the loops.",
            (("SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)", "SGD(weights, 0.0), SGD(biases, 0.0)"),)),
    Mistake("momentum-fixed", "This always has momentum 0.9. Use the argument.",
            (("SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)", "SGD(weights, 0.0, 0.9), SGD(biases, 0.0, 0.9)"),)),
    Mistake("momentum-lost", "New optimizers in every epoch begin with velocity 0. Make them once, before the loop.",
            answer="fresh_optimizers"),
    Mistake("loss-of-the-last-batch", "The history has the mean of the epoch's losses, not the last one.",
            (("float(np.mean(losses))", "losses[-1]"),)),
    Mistake("sum-of-losses", "The history has the mean of the epoch's losses: divide the sum by the number of batches.",
            (("float(np.mean(losses))", "float(np.sum(losses))"),)),
    Mistake("mean-since-the-beginning", "The losses of earlier epochs are still in the mean. Begin a new list in each epoch.",
            (("        losses = []\n", ""), ("history, best, step = [], 0, 0", "history, best, step, losses = [], 0, 0, []"))),
    Mistake("scored-before-training", "The score belongs after the epoch's last step. Here it is that of the epoch before.",
            answer="scored_before"),
    Mistake("scored-twice", "score_of is asked twice an epoch. It may take long: ask once, and keep the number.",
            (("if patience is not None", "score_of(model)\n        if patience is not None"),)),
    Mistake("impatient", "One epoch too early: stop when the best epoch is `patience` epochs ago, epoch - best >= patience.",
            (("epoch - best >= patience", "epoch - best >= patience - 1"),)),
    Mistake("too-patient", "One epoch too late: stop when the best epoch is `patience` epochs ago, epoch - best >= patience.",
            (("epoch - best >= patience", "epoch - best > patience"),)),
    Mistake("never-stops", "patience has no effect: leave the loop when the best epoch is that number of epochs ago.",
            (("            break\n", "            pass\n"),)),
    Mistake("patience-from-the-epoch-before", "Patience counts epochs since the best one, not epochs that are no better than the "
            "one before.", answer="waits_for_the_previous"),
    Mistake("patience-never-set-back", "The counter of bad epochs goes on through better ones. Set it back to 0 when a better epoch "
            "comes, or compare with epoch - best.",
            (("history, best, step = [], 0, 0", "history, best, step, bad = [], 0, 0, 0"),
             ("for array in state_of(model)]\n", "for array in state_of(model)]\n        else:\n            bad += 1\n"),
             ("epoch - best >= patience", "bad >= patience"))),
    Mistake("patience-compares-two-epochs", "This compares with the score `patience` epochs ago. Count from the best epoch instead: "
            "epoch - best >= patience.",
            (("epoch - best >= patience",
              'epoch >= patience and history[-1]["score"] <= history[-1 - patience]["score"]'),)),
    Mistake("plain-loop", "The plain loop works. Still missing: two groups of parameters (decay, bias_rate), the best epoch's arrays, "
            "and patience.", answer="plain_loop"),
    Mistake("returns-the-best", "The history has a dict for each epoch, not only the best one's.",
            (("return history", "return history[best]"),)),
    Mistake("returns-pairs", "Each epoch's entry is a dict with the keys \"loss\" and \"score\", not a pair.",
            (("return history", 'return [(h["loss"], h["score"]) for h in history]'),)),
    Mistake("returns-the-net", "The model is changed in place, and the caller has it already. Return the history.",
            (("return history", "return model"),)),
    Mistake("returns-the-scores", "The history is a list of dicts, one an epoch: {\"loss\": ..., \"score\": ...}.",
            (("return history", 'return [h["score"] for h in history]'),)),
    Mistake("returns-the-model", "fit changes the model itself, and returns the history.", (("return history", "return state_of(model)"),)),
    Mistake("rate-set-once-an-epoch", "The rate changes from step to step. Set each optimizer's lr before every step, not once "
            "an epoch.",
            (("        losses = []\n", "        losses, first = [], step\n"), ("rate(step)", "rate(first)"))),
    Mistake("not-restored-when-stopped", "If patience runs out, the model must be restored, too. Leave the loop with break, not "
            "with return.", (("            break\n", "            return history\n"),)),
    Mistake("momentum-for-the-weights-only", "The biases have no momentum here. Both optimizers need it.",
            (("SGD(biases, 0.0, momentum)", "SGD(biases, 0.0)"),)),
    Mistake("batches-asked-once", "Each epoch has its own batches. Call batches(epoch) inside the loop over the epochs.",
            (("history, best, step = [], 0, 0", "history, best, step, pairs = [], 0, 0, list(batches(0))"),
             ("batches(epoch)", "pairs"))),
    Mistake("decay-by-the-name-weight", "Everything that is not a bias decays, whatever its name is: biases.debias, too.",
            (("for p in weights:", 'for p in [p for name, p in named if name.split(".")[-1] == "weight"]:'),)),
    Mistake("zipped-with-the-parameters", "state_of(model) also has the running mean, so its arrays do not pair off with the "
            "parameters. Copy them back into the arrays of state_of(model).",
            (("for array, best_array in zip(state_of(model), kept):", "for p, best_array in zip(model.parameters(), kept):"),
             ("array[...] = best_array", "p.data = best_array"))),
    Mistake("returns-nothing", "fit returns the history.", (("    return history", "    pass"),)),
]  # fmt: skip


def shrinks_without_rate(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0,
                         patience=None):  # fmt: skip
    return shrinking(model, loss_of, batches, score_of, epochs, rate, momentum, decay, bias_rate, patience, lambda lr: 1)


def shrinks_after_the_step(model, loss_of, batches, score_of, epochs, rate, momentum=0.9, decay=0.0, bias_rate=1.0,
                           patience=None):  # fmt: skip
    return shrinking(model, loss_of, batches, score_of, epochs, rate, momentum, decay, bias_rate, patience, lambda lr: lr)


def shrinking(model, loss_of, batches, score_of, epochs, rate, momentum, decay, bias_rate, patience, factor):
    """After each step, the weights are multiplied by 1 - factor(lr) * decay."""
    weights, biases = groups(model)
    optimizers, rates = (SGD(weights, 0.0, momentum), SGD(biases, 0.0, momentum)), numbered(rate)
    history, best = [], 0
    for epoch in range(epochs):
        losses = []
        for pair in batches(epoch):
            losses += train_epoch(model, loss_of, [pair], rates, optimizers, weights, 0.0, bias_rate)
            for p in weights:
                if p.grad is not None:
                    p.data *= 1 - factor(optimizers[0].lr) * decay
        history.append({"loss": float(np.mean(losses)), "score": float(score_of(model))})
        if epoch == 0 or history[-1]["score"] > history[best]["score"]:
            best, kept = epoch, [array.copy() for array in state_of(model)]
        if patience is not None and epoch - best >= patience:
            break
    restore(model, kept)
    return history


MISTAKES = {"random_crop": RANDOM_CROP, "schedule": SCHEDULE, "fit": FIT}
