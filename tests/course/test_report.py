"""The report of a check: never long, never wide, harmless whatever a student writes, and all there when it matters."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from minifcn.course.checking.comparison import compare
from minifcn.course.checking.verdict import (
    CRASHED,
    NOT_WRITTEN,
    RIGHT,
    TIMED_OUT,
    WRONG,
    Difference,
    Failure,
    PropertyState,
    Report,
)
from minifcn.course.show.evidence import difference_sentence, distinct_numbers, error_slice
from minifcn.course.show.html import html
from minifcn.course.show.lines import clean, columns
from minifcn.course.show.text import LINES, as_json, text

EVIL = "\x1b[31mRED\x1b[0m <script>alert('x')</script>\r\n\x07\u202eabc\ud800\x00 \u2028 \"q\" & 漢字 e\u0301" + "\U0001f600"
PROPERTIES = (
    PropertyState("the worked example", 2, True),
    PropertyState("one window", 1, True),
    PropertyState("windows that overlap add", 2, False),
    PropertyState("odd shapes", 2, None),
    PropertyState("the adjoint identity", 1, None),
)
COLUMNS = np.array([[[1.0, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]]])
FOUND = np.array([[[[1.0, 2, 3], [4, 5, 6], [7, 8, 9]]]])
EXPECTED = np.array([[[[1.0, 4, 3], [8, 20, 12], [7, 16, 9]]]])


def failed(found=None, expected=None, says="windows that overlap add", question="f(x)", given=None, **parts):
    difference = None if found is expected is None else compare(found, expected)
    return Failure(says, question, given or {}, difference=difference, **parts)


def wrong(found, expected, **parts):
    return Report("06.col2im", WRONG, PROPERTIES, failed(found, expected, **parts), where="06_im2col.ipynb, cell 21")


OVERWRITES = replace(
    wrong(FOUND, EXPECTED, question="col2im(columns, (3, 3), (2, 2))", given={"columns": str(COLUMNS)}, note="1..9"),
    hint="Windows that overlap overwrite each other here; col2im must add (+=).",
    mistake="overwrites",
)
PROBE = "\n".join(["a = Value(x)", *[f"b{i} = a * {i}" for i in range(12)], "return {'grads': (a.grad, 1)}"])
BIG = np.random.default_rng(0).standard_normal((2, 3, 20, 30))
TWENTY = tuple(PropertyState(f"property {i}", 1, i < 13 or (False if i in (13, 15) else None)) for i in range(20))
CALL = {"question": "im2col(x, (2, 2))", "given": {"x": "1x1x5x5 array"}}
CRASH = failed(**CALL, error="IndexError: index 5 is out of bounds", line="line 7: y = x[i + 1]")
SOURCE = 'def im2col(x, kernel_size, stride=1):\n    """Doc."""\n    raise NotImplementedError("write im2col")\n'
CLASS = "class Value:\n    def a(self): return 1\n    def b(self):\n        raise NotImplementedError\n"
HOSTILE = failed(says=EVIL, question=f"f({EVIL})", given={EVIL: EVIL * 9}, note=EVIL, error=EVIL * 99, line=EVIL)
SAMPLES = {
    "small": OVERWRITES,
    "large": wrong(BIG * (1 + (BIG > 2)), BIG, given={"x": "2x3x20x30 array", "bias": "[1 2 3]"}),
    "tiny error": wrong(BIG + 1e-8, BIG),
    "vector": wrong(np.arange(40) * 1.5, np.arange(40.0)),
    "not finite": wrong(np.array([[np.nan, np.inf], [1, 2]]), np.array([[1, np.inf], [np.nan, 2]])),
    "whole numbers": wrong(np.array([[10**17, 2]]), np.array([[1, 2]])),
    "truth": wrong(np.array([[True, False]]), np.array([[True, True]])),
    "shape": wrong(np.zeros((1, 4, 9)), np.zeros((1, 4, 4))),
    "none": wrong(None, np.zeros((1, 4, 4))),
    "huge number": Report("a.b", WRONG, (), Failure("p", "f(x)", {}, "", Difference("", "", None, 10**400, 3, 1, 1))),
    "probe": wrong({"grads": (4.0, 1)}, {"grads": (15.0, 1)}, question=PROBE, given={"x": "3.0"}),
    "crash": Report("06.im2col", CRASHED, PROPERTIES, CRASH, printed="(4, 4)\n"),
    "timeout": Report("06.im2col", TIMED_OUT, PROPERTIES, failed(**CALL, error="no answer after 10 s")),
    "twenty": replace(OVERWRITES, properties=TWENTY, failure=failed(FOUND, EXPECTED, "property 13", given={"x": "1"})),
    "long hint": replace(OVERWRITES, hint="Think again of where windows meet. " * 30, printed="x" * 5000),
    "long given": wrong(FOUND, EXPECTED, given={name: str(np.eye(9)) for name in "xyz"}),
    "hostile": Report("06.im2col", CRASHED, (replace(PROPERTIES[2], says=EVIL),), HOSTILE, EVIL, EVIL, EVIL, EVIL, EVIL),
    "hostile text": wrong(EVIL, "ok"),
    "right": Report("06.im2col", RIGHT, tuple(replace(p, holds=True) for p in PROPERTIES), where="a.py, line 3"),
    "unwritten": Report("06.im2col", NOT_WRITTEN, tuple(replace(p, holds=None) for p in PROPERTIES), source=SOURCE),
    "unwritten class": Report("01.Value", NOT_WRITTEN, (), source=CLASS),
    "nothing found": Report("01.Value", NOT_WRITTEN, (), failed(says="", question="", error="nothing is called Value")),
    "syntax": Report("01.Value", CRASHED, (), failed(says="", question="", error="SyntaxError: bad", line="line 3: def")),
    "bare": Report("01.Value", WRONG),
}
every_sample = pytest.mark.parametrize("report", SAMPLES.values(), ids=SAMPLES)


@every_sample
@pytest.mark.parametrize("width", [20, 50, 80, 100, 150])
def test_never_long_and_never_wide(report, width):
    plain = text(report, width=width)
    lines = plain.split("\n")
    assert len(lines) <= LINES == 15
    assert max(map(columns, lines)) <= width
    coloured = text(report, colour=True, width=width)
    assert "\x1b[" in coloured
    assert [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).split("\n")] == lines


@every_sample
def test_the_verdict_the_answer_and_the_hint_are_always_there(report):
    lines = text(report).split("\n")
    assert report.verdict in lines[0]
    if report.failure and report.failure.difference:
        assert any("expected" in line for line in lines)
    if report.verdict not in (RIGHT, CRASHED):
        assert any("hint: " in line or "--hint" in line for line in lines)
    if report.failure and report.failure.error:
        assert clean(report.failure.error).split()[0] in text(report)


@every_sample
def test_a_terminal_gets_nothing_but_characters_to_show(report):
    assert all(c == "\n" or c.isprintable() for c in text(report))
    text(report).encode("utf-8")


@every_sample
def test_json_is_strict_and_small(report):
    data = json.loads(json.dumps(as_json(report), allow_nan=False))
    assert data["verdict"] == report.verdict
    assert (data["points"], data["out_of"]) == (report.points, report.out_of)
    assert len(data["properties"]) == len(report.properties)
    assert (data["failure"] is None) == (report.failure is None)


class Tags(HTMLParser):
    """Which tags and attributes a page has, and whether they close in order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.names, self.attributes, self.words = [], set(), set(), ""
        self.feed(page)

    def handle_starttag(self, name, attributes):
        self.open.append(name)
        self.names.add(name)
        self.attributes |= {key for key, _ in attributes}

    def handle_endtag(self, name):
        assert self.open.pop() == name

    def handle_data(self, words):
        self.words += words


@every_sample
def test_html_is_sound_self_contained_and_always_the_same(report):
    page = html(report)
    tags = Tags(page)
    assert not tags.open
    assert tags.names <= {"div", "span", "b", "pre", "code", "table", "tr", "td", "details", "summary"}
    assert tags.attributes <= {"style"}
    assert report.verdict in tags.words
    assert page == html(report)
    page.encode("utf-8")
    assert all(c == "\n" or c.isprintable() for c in page)


def test_a_wrong_answer_in_full():
    assert text(OVERWRITES) == """\
✗ 06.col2im is wrong: 3 of 8 points   06_im2col.ipynb, cell 21
  ✓ the worked example
  ✓ one window
  ✗ windows that overlap add   (2 not checked)
    col2im(columns, (3, 3), (2, 2))   # 1..9
    columns = [[[1. 2. 4. 5.]       found[0, 0]     expected[0, 0]
                [2. 3. 5. 6.]       1  [2]  3        1  [ 4]   3
                [4. 5. 7. 8.]      [4] [5] [6]     [ 8] [20] [12]
                [5. 6. 8. 9.]]]     7  [8]  9        7  [16]   9
    at [0, 0, 0, 1]: found 2, expected 4, ratio 0.5; 5 of 9 entries differ
  hint: Windows that overlap overwrite each other here; col2im must add (+=)."""


def test_the_same_in_html():
    words = Tags(html(OVERWRITES)).words
    for part in (OVERWRITES.hint, "found[0, 0]", "expected[0, 0]", "found − expected", "3 of 8 points", "-15", "ratio 0.5",
                 "windows that overlap add", "the adjoint identity"):  # fmt: skip
        assert part in words


def test_the_same_in_json():
    data = as_json(OVERWRITES)
    assert data["mistake"] == "overwrites"
    expected = {"property": "windows that overlap add", "index": [0, 0, 0, 1], "found": 2.0, "expected": 4.0, "ratio": 0.5,
                "wrong": 5, "size": 9, "found_array": FOUND.tolist(), "path": "", "error": ""}  # fmt: skip
    assert {name: data["failure"][name] for name in expected} == expected
    assert as_json(SAMPLES["large"])["failure"]["found_array"] is None
    assert as_json(SAMPLES["not finite"])["failure"]["found"] == "nan"


def test_many_properties_take_one_line():
    lines = text(SAMPLES["twenty"]).split("\n")
    assert lines[1] == "  ✓ 13 properties hold"
    assert lines[2] == "  ✗ property 13   (1 more fails, 5 not checked)"


def test_five_properties_take_one_line_even_where_there_is_room():
    held = tuple(replace(p, holds=True) for p in PROPERTIES)
    assert "  ✓ 5 properties hold" in text(Report("a.b", CRASHED, held, CRASH)).split("\n")
    assert "  ✓ the adjoint identity" in text(Report("a.b", CRASHED, held[1:], CRASH)).split("\n")


def test_a_note_that_does_not_fit_beside_the_question_stands_above_it():
    assert "    # 1..9\n    col2im(columns, (3, 3), (2, 2))\n" in text(OVERWRITES, width=40)


@pytest.mark.parametrize("note", ["", "a note"])
@pytest.mark.parametrize("focus", [0, 1, 7, 11, 12, 13])
def test_the_line_that_matters_is_never_cut(focus, note):
    failure = replace(SAMPLES["probe"].failure, focus=focus, note=note)
    shown = text(replace(SAMPLES["probe"], failure=failure), width=60)
    assert PROBE.split("\n")[focus] in shown and "…" in shown
    if focus > 8:
        assert PROBE.split("\n")[focus - 3] in shown, "with the lines that lead to it"


def test_columns_of_a_terminal():
    assert [columns(shown) for shown in ("abc", "漢字", "e\u0301", "")] == [3, 4, 1, 0]


def test_the_picture_goes_before_the_arguments():
    shown = text(SAMPLES["long given"])
    assert "x = [[1." in shown
    assert "found[0, 0]" not in shown
    assert "found 2, expected 4" in shown


def test_a_crash_tells_the_error_and_the_line():
    lines = text(SAMPLES["crash"]).split("\n")
    assert lines[-4:-1] == ["    IndexError: index 5 is out of bounds", "    line 7: y = x[i + 1]", "    it printed: (4, 4)"]


def test_what_is_still_to_write():
    assert "def im2col(x, kernel_size, stride=1)" in text(SAMPLES["unwritten"])
    assert 'minifcn check 06.im2col --hint' in text(SAMPLES["unwritten"])
    raised = failed(says="the worked example", error="NotImplementedError: write im2col")
    assert "NotImplementedError:" not in text(replace(SAMPLES["unwritten"], failure=raised))
    assert "class Value: still to write: b" in text(SAMPLES["unwritten class"])
    assert "nothing is called Value" in text(SAMPLES["nothing found"])


def test_hostile_text_is_shown_as_codes():
    shown = text(SAMPLES["hostile"])
    assert r"\x1b[31mRED\x1b[0m" in shown
    assert r"\u202eabc\ud800\x00" in shown
    page = html(SAMPLES["hostile"])
    assert "&lt;script&gt;" in page
    assert r"\x1b[31mRED" in page


def test_one_entry_far_out_is_in_the_picture_of_a_large_array():
    found = BIG.copy()
    found[1, 2, 17, 28] += 3
    part = error_slice(compare(found, BIG)).part(8, 12)
    assert part.place == "[1, 2, 12:20, 18:30]"
    assert part.found.shape == (8, 12)
    assert part.wrong.sum() == 1
    assert part.wrong[part.row, part.col]
    assert part.found[part.row, part.col] == found[1, 2, 17, 28]


def test_only_what_the_judge_calls_wrong_is_marked():
    found = EXPECTED + np.array([1e-13, 0.5, -1e-13])
    assert error_slice(compare(found, EXPECTED)).wrong.tolist() == [[False, True, False]] * 3


@pytest.mark.parametrize("ratio, shown", [(2, "ratio 2;"), (-1, "ratio -1;"), (1 + 3e-7, "ratio 1 + 3e-07;")])
def test_the_ratio(ratio, shown):
    assert shown in difference_sentence(compare(EXPECTED * ratio, EXPECTED))


@pytest.mark.parametrize("difference, sentence", [
    (Difference("returned None, expected 3"), "it returned None, expected 3"),
    (Difference("returned None, expected 3", "[1]"), "its result[1] is None, expected 3"),
    (Difference("", "['grad']", None, 4.0, 15.0, 1, 1), "at ['grad']: found 4, expected 15, ratio 0.2667"),
    (Difference("", "a.grad", None, 4.0, 15.0, 1, 1), "a.grad: found 4, expected 15, ratio 0.2667"),
    (Difference("", "a.grad", (1,), 4.0, 8.0, 1, 2), "a.grad[1]: found 4, expected 8, ratio 0.5; 1 of 2 entries differ"),
    (Difference("returned None, expected 3", "a.grad"), "a.grad is None, expected 3"),
    (Difference("has shape (2,), expected (3,)", "a.grad"), "a.grad has shape (2,), expected (3,)"),
    (Difference("", "", None, 4.0, 0, 1, 1), "found 4, expected 0"),
    (Difference("", "", (1, 2), True, False, 6, 6), "at [1, 2]: found True, expected False; all 6 entries differ"),
])  # fmt: skip
def test_the_sentence(difference, sentence):
    assert difference_sentence(difference) == sentence


def test_close_numbers_are_told_apart():
    assert distinct_numbers(0.1 + 0.2, 0.3) == ("0.30000000000000004", "0.29999999999999999")
    assert distinct_numbers(1.0, 2.0) == ("1", "2")
