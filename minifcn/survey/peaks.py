"""Finds the values that masks had before JPEG compression or smooth resizing invented others. Read colours.py next.

A peak is a frequent value without a more frequent one nearby.
"""

RARE = 0.005  # a peak has at least this share of the pixels
SHARP = 2  # and this many times those of any value near it, which tells a drawn class from a photograph's greys
APART = 12  # of grey levels
COLOURS_APART = 40  # of colours, in each channel
COVERED = 0.9  # at least this share of the pixels has exactly the value of a peak
BLURRED = 0.7  # the same of JPEG colours, whose resolution is often halved
CROWD = 20  # at least so many values lie between the peaks, unless the files are JPEG


def peaks_of(values, near):
    """The peaks of some Values, in increasing order; near(a, b): whether two values could be one."""
    ranked = sorted(values.tallies, key=lambda value: -values.tallies[value].pixels)
    peaks, passed = [], []
    for value in ranked:
        pixels = values.tallies[value].pixels
        if values.share([value]) < RARE:
            break
        if not any(near(value, other) for other in passed):
            second = max((values.tallies[other].pixels for other in ranked if other != value and near(value, other)), default=0)
            peaks += [value] if pixels >= SHARP * second else []
        passed.append(value)
    return sorted(peaks)


def near_levels(a, b):
    """Whether two grey levels could be one."""
    return abs(a - b) <= APART


def near_colours(a, b):
    """Whether two colours could be one."""
    return all(abs((a >> shift & 255) - (b >> shift & 255)) <= COLOURS_APART for shift in (0, 8, 16))


def smeared(values, near, lossy, covered=COVERED):
    """The peaks of masks that hold values between them, and those values' share; None of other masks.

    lossy: the number of JPEG files. In other files, many values must lie between the peaks.
    """
    peaks = peaks_of(values, near)
    beside = len(values.tallies) - len(peaks)
    between = 1 - values.share(peaks)
    if len(peaks) < 2 or between > 1 - covered:
        return None
    return (peaks, between) if lossy or beside >= CROWD else None


def groups(values, near, peaks, most=3):
    """[(value, share)] of the largest groups of values that are near each other but not near a peak."""
    found, passed = [], list(peaks)
    for value in sorted(values.tallies, key=lambda value: -values.tallies[value].pixels):
        if not any(near(value, other) for other in passed):
            share = values.share([other for other in values.tallies if near(value, other)])
            found += [(value, share)] if share >= RARE else []
            passed.append(value)
    return sorted(found, key=lambda item: -item[1])[:most]
