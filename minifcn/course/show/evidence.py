"""The evidence for a wrong answer: a sentence with found, expected and ratio, and the part of the arrays worth showing.

Both reports, text.py's lines and html.py's tables, are built from these. Read lines.py next.
"""

from dataclasses import dataclass

import numpy as np

from ..languages import translated
from .lines import one_line


def format_number(value, digits=6):
    """A number in few characters: 3.0 as "3"; text as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return one_line(value)
    if isinstance(value, int) and abs(value) < 10**12:
        return str(value)
    if isinstance(value, int) and abs(value) > 10**300:
        return f"about {'-' * (value < 0)}2^{abs(value).bit_length()}"
    return f"{value:.{digits}g}" if value else "0"


def distinct_numbers(found, expected):
    """Both values as text, with enough digits to tell them apart."""
    for digits in (6, 9, 12, 17):
        if format_number(found, digits) != format_number(expected, digits):
            break
    return format_number(found, digits), format_number(expected, digits)


def ratio_of(difference):
    """found / expected if it is a finite number, else None."""
    if isinstance(difference.found, bool) or isinstance(difference.expected, bool):
        return None
    try:
        ratio = difference.ratio
    except OverflowError:
        return None
    return ratio if ratio is not None and np.isfinite(ratio) else None


def difference_sentence(difference):
    """What was found and what was expected, in one sentence."""
    path = one_line(difference.path)
    is_typed = path and not path.startswith("[")  # an expression such as a.grad, rather than a place in the result
    if difference.sentence:
        sentence = one_line(difference.sentence)
        if is_typed:
            return f"{path} {translated(sentence.replace('returned None', 'is None', 1))}"
        if not path:
            return translated("it {sentence}").format(sentence=translated(sentence))
        inside = translated(sentence.replace("returned None", "is None", 1))
        return translated("its result{path} {sentence}").format(path=path, sentence=inside)
    found, expected = distinct_numbers(difference.found, difference.expected)
    place = path + (str(list(difference.index)) if difference.index else "")
    sentence = translated(f"at {place}:") + " " if place and not is_typed else f"{place}: " if place else ""
    sentence += translated(f"found {found}, expected {expected}")
    ratio = ratio_of(difference)
    if ratio is not None:
        off = ratio - 1
        shown = f"{ratio:.4g}" if abs(off) > 1e-4 else f"1 {'-' if off < 0 else '+'} {abs(off):.1g}"
        sentence += ", " + translated(f"ratio {shown}")
    if difference.size > 1:
        count = "all" if difference.wrong == difference.size else f"{difference.wrong} of"
        sentence += "; " + translated(f"{count} {difference.size} entries differ")
    return sentence


# The part of an array worth showing -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slice:
    """Two matrices, a mask of where they differ, and which part of the whole arrays they are.

    front:    the index of the matrix in an array of more than two axes: (0, 2); None for a vector, shown as one row
    row, col: of the entry named in the report
    place:    the part as an index expression: "[0, 2, 4:12, :]"; "" for the whole array
    """

    front: tuple | None
    row: int
    col: int
    found: np.ndarray
    expected: np.ndarray
    wrong: np.ndarray
    place: str = ""

    def part(self, rows, cols):
        """At most rows x cols of it, around the entry named in the report."""
        height, width = self.found.shape
        down, across = window_around(self.row, height, rows), window_around(self.col, width, cols)
        cuts = [range_text(across, width)] if self.front is None else [range_text(down, height), range_text(across, width)]
        names = [str(i) for i in self.front or ()] + (cuts if set(cuts) != {":"} else [])
        parts = [array[down, across] for array in (self.found, self.expected, self.wrong)]
        return Slice(self.front, self.row - down.start, self.col - across.start, *parts, f"[{', '.join(names)}]" * bool(names))


def error_slice(difference):
    """The Slice that contains the entry named in the report; None if there is nothing to show."""
    found, expected = (np.asarray(array) for array in (difference.found_array, difference.expected_array))
    kinds = found.dtype.kind + expected.dtype.kind
    if found.shape != expected.shape or found.size < 2 or kinds.strip("biuf"):
        return None
    error = distance(found, expected)
    count = min(max(difference.wrong, 1), error.size)
    wrong = (error >= np.partition(error.ravel(), -count)[-count]) & (error > 0)  # all entries share one tolerance
    index = difference.index or np.unravel_index(error.argmax(), error.shape)
    if found.ndim == 1:
        return Slice(None, 0, index[0], found[None], expected[None], wrong[None])
    front, matrix = tuple(int(i) for i in index[:-2]), index[:-2]
    return Slice(front, *index[-2:], found[matrix], expected[matrix], wrong[matrix])


def distance(found, expected):
    """|found - expected| entry by entry; 0 where both are nan, inf where only one is."""
    with np.errstate(all="ignore"):
        found, expected = found.astype(np.float64), expected.astype(np.float64)
        error = np.abs(found - expected)
    error[(found == expected) | (np.isnan(found) & np.isnan(expected))] = 0
    error[np.isnan(error)] = np.inf
    return error


def window_around(index, length, most):
    """The slice of at most `most` out of `length`, centred on `index` as far as possible."""
    start = max(0, min(index - most // 2, length - most))
    return slice(int(start), int(min(length, start + most)))


def range_text(cut, length):
    return ":" if cut == slice(0, length) else f"{cut.start}:{cut.stop}"


def format_entries(part):
    """(found, expected) as rows of text in one format, with enough digits to tell wrong entries from right ones."""
    for form in formats(np.concatenate([part.found.ravel(), part.expected.ravel()])):
        found, expected = ([[format_entry(value, form) for value in row] for row in array.tolist()]
                           for array in (part.found, part.expected))  # fmt: skip
        if all(found[i][j] != expected[i][j] for i, j in np.argwhere(part.wrong)):
            break
    return found, expected


def formats(values):
    """Format specs to try, shortest first: integers, fixed decimals, or significant digits for wide ranges."""
    with np.errstate(all="ignore"):
        sizes = np.abs(values[np.isfinite(values)].astype(np.float64))
    largest = sizes.max(initial=0)
    if largest < 1e6 and (sizes == np.round(sizes)).all():
        return [".0f"]
    return [".2f", ".3f", ".4f", ".6f", ".9f", ".4g", ".12g"] if 0.1 <= largest < 1e4 else [".3g", ".6g", ".9g", ".12g"]


def format_entry(value, form):
    return str(value) if isinstance(value, bool) else format(value or 0, form)
