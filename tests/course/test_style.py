"""The house style of lessons: one header, one contents list, honest minutes, predictions, open problems, plain English.

Each rule is a function that returns what is wrong with a lesson, one sentence each; every lesson with exercises must
satisfy every rule, and a lesson that breaks them all shows that each rule can fail.
"""

import re
from functools import lru_cache

import pytest

jupytext = pytest.importorskip("jupytext")

from minifcn.course import ladder
from minifcn.course.publish.minutes import STEP, count_words, minutes_of
from minifcn.course.publish.stubs import is_exercise

FORBIDDEN = ("shall", "mend", "is told", "so many", "hands on", "lay on each other", "Left stands", "Asked for is",
             "the picture of the beginning")  # fmt: skip
HEADER = re.compile(r"\*[^*]+ ·\s(\d+) minutes\*")
ENTRY = re.compile(r"^\d+\. \[(.+)\]\(#(.+)\)$", re.MULTILINE)
CLOSING = ("Where this stands in minifcn", "Three questions", "Two open problems", "The paper")


class Text:
    """A lesson as its cells, its prose, and its headings."""

    def __init__(self, lesson_py, others=(), name="lesson.py"):
        self.notebook = jupytext.reads(lesson_py, fmt="py:percent")
        self.name, self.others = name, {"lesson.py": lesson_py} | dict(others)
        self.cells = self.notebook.cells
        self.first = self.cells[0].source
        self.prose = "\n\n".join(cell.source for cell in self.cells if cell.cell_type == "markdown")
        self.headings = re.findall(r"^##+ (.+)$", self.prose, re.MULTILINE)
        self.exercises = sum(is_exercise(cell) for cell in self.cells)

    def section(self, title):
        """The prose of a section, without its heading; None if there is none of that title."""
        found = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", self.prose, re.MULTILINE | re.DOTALL)
        return found and found[1]


def begins_with_a_question(text):
    title, *paragraphs = text.first.split("\n\n")
    if not re.fullmatch(r"# Lesson \d+b?: .+", title):
        yield f"its first line is {title!r}, expected '# Lesson N: title'"
    first = paragraphs[0].replace("\n", " ") if paragraphs else ""
    if "?" not in first:
        yield f"its first paragraph asks nothing: {first[:60]!r}"


def says_how_long_it_takes(text):
    found, expected = HEADER.search(text.first), minutes_of(text.notebook)
    if not found:
        yield f"its first cell has no line '*Sections ... · builds on lessons ... · {expected} minutes*'"
    elif abs(int(found[1]) - expected) > STEP or int(found[1]) % STEP:  # a few words more need no new header
        yield f"it says {found[1]} minutes, expected {expected}"


def has_a_contents_list(text):
    entries, anchors = ENTRY.findall(text.first), {heading.replace(" ", "-") for heading in text.headings}
    if len(entries) < 3:
        yield "its first cell has no list of contents with lines like '1. [Title](#1.-Title)'"
    for title, target in entries:
        if target not in anchors:
            yield f"no heading has the anchor #{target}; in JupyterLab it is the heading with '-' for each space"
        elif not target.endswith(title.replace(" ", "-")):
            yield f"the entry {title!r} of the contents leads to {target!r}"
    numbered = [heading for heading in text.headings if re.match(r"\d+\. ", heading)]
    listed = {target for _, target in entries}
    for heading in numbered:
        if heading.replace(" ", "-") not in listed:
            yield f"its contents lack the section {heading!r}"


def numbers_its_exercises(text):
    found = re.findall(r"^(#+) Exercise (\d+): (.+)$", text.prose, re.MULTILINE)
    if [int(number) for _, number, _ in found] != list(range(1, text.exercises + 1)):
        numbers = ", ".join(number for _, number, _ in found) or "none"
        yield f"its headings are Exercise {numbers}, expected '### Exercise n: name in words' for 1 to {text.exercises}"
    heads = [marks for marks, _, _ in found]
    if set(heads) - {"###"}:
        yield "an exercise's heading begins with other marks than ###"


def spoils_no_hint(text):
    for cell in text.cells:
        if cell.cell_type == "code" and re.search(r"(?<!def )\bhint\(", cell.source):
            yield f"a cell gives away a hint: {cell.source[:40]!r}; mention it in the text"
    if text.exercises and not re.search(r'hint\("\d\db?\.\w+"\)', text.prose):
        yield "its text does not mention hint(...)"


def asks_before_it_shows(text):
    if "**What do you expect?**" not in text.prose:
        yield "no paragraph begins '**What do you expect?**'"


def names_the_standard_words(text):
    if not re.search(r"\bOthers call\b", text.prose):
        yield "no line says what others call it: 'Others call it ...'"


def ends_as_all_do(text):
    places = [text.headings.index(title) if title in text.headings else -1 for title in CLOSING]
    for title, place in zip(CLOSING, places):
        if place < 0:
            yield f"it has no section '## {title}'"
    if -1 not in places and places != sorted(places):
        yield f"its last sections are in another order than {', '.join(CLOSING)}"


def leaves_two_problems_open(text):
    problems = text.section("Two open problems")
    if problems and "<details" in problems:
        yield "an open problem has an answer below it"
    if problems and len(re.findall(r"^\s*(?:\d\.|[-*]|\*\*\d)", problems, re.MULTILINE)) < 2:
        yield "'Two open problems' is no list of two"


def is_in_plain_english(text):
    for name, source in text.others.items():
        words = re.sub(r"[\s#]+", " ", source)
        for phrase in FORBIDDEN:
            ignored = re.IGNORECASE if phrase.islower() else 0
            if found := re.search(rf"\b{phrase}\b", words, ignored):
                around = words[max(found.start() - 30, 0) : found.end() + 30]
                yield f"{name}: {phrase!r} in '...{around}...'"


RULES = (begins_with_a_question, says_how_long_it_takes, has_a_contents_list, numbers_its_exercises, spoils_no_hint,
         asks_before_it_shows, names_the_standard_words, ends_as_all_do, leaves_two_problems_open, is_in_plain_english)  # fmt: skip
LESSONS = [lesson for lesson in ladder.lessons() if lesson.exercises]


@lru_cache
def text_of(lesson):
    parts = {f"{part}.py": lesson.folder / f"{part}.py" for part in ("lesson", "checks", "mistakes")}
    texts = {name: path.read_text(encoding="utf-8") for name, path in parts.items() if path.exists()}
    return Text(texts["lesson.py"], texts)


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_lesson_is_in_the_house_style(rule, lesson):
    assert list(rule(text_of(lesson))) == []


GOOD = '''\
# %% [markdown]
# # Lesson 6: Twice
#
# How much is twice x? This lesson says it. Others call it *doubling*.
#
# *Section 3 of the paper · builds on lesson 1 · 10 minutes*
#
# 1. [Why?](#1.-Why?)
# 2. [Two times](#2.-Two-times)
# 3. [The rest](#3.-The-rest)

# %% [markdown]
# ## 1. Why?
#
# **What do you expect?** `hint("06.double")` helps.
#
# ## 2. Two times
#
# ### Exercise 1: twice a number

# %%
def double(x):
    ### BEGIN SOLUTION
    # twice
    return 2 * x
    ### END SOLUTION

# %% [markdown]
# ## 3. The rest
#
# ## Where this stands in minifcn
#
# ## Three questions
#
# <details>Yes.</details>
#
# ## Two open problems
#
# 1. One.
# 2. Another.
#
# ## The paper
'''


def test_a_lesson_in_the_house_style_has_no_fault():
    assert [list(rule(Text(GOOD))) for rule in RULES] == [[]] * len(RULES)


@pytest.mark.parametrize("rule, old, new, fault", [
    (begins_with_a_question, "How much is twice x? This", "Twice x is not much. This", "asks nothing"),
    (begins_with_a_question, "# # Lesson 6: Twice", "# # Twice", "expected '# Lesson N: title'"),
    (says_how_long_it_takes, "10 minutes", "25 minutes", "it says 25 minutes, expected 10"),
    (says_how_long_it_takes, "10 minutes", "12 minutes", "it says 12 minutes, expected 10"),
    (says_how_long_it_takes, " · 10 minutes*", "*", "no line"),
    (has_a_contents_list, "# 1. [Why?](#1.-Why?)\n", "", "contents lack the section '1. Why?'"),
    (has_a_contents_list, "(#2.-Two-times)", "(#2-two-times)", "no heading has the anchor #2-two-times"),
    (has_a_contents_list, "[Two times](#2.-Two", "[Thrice](#2.-Two", "'Thrice' of the contents leads to"),
    (has_a_contents_list, "# 2. [Two times](#2.-Two-times)\n", "", "no list of contents"),
    (numbers_its_exercises, "### Exercise 1: twice", "### Exercise 2: twice", "Exercise 2, expected"),
    (numbers_its_exercises, "### Exercise 1: twice a number", "### `double`", "Exercise none, expected"),
    (numbers_its_exercises, "### Exercise 1", "## Exercise 1", "other marks"),
    (spoils_no_hint, "# %%\\ndef double", '# %%\\nhint("06.double")\\n\\n# %%\\ndef double', "gives away a hint"),
    (spoils_no_hint, '`hint("06.double")` helps', "Think", "does not mention"),
    (asks_before_it_shows, "**What do you expect?**", "Guess.", "no paragraph begins"),
    (names_the_standard_words, "Others call it", "It is", "Others call it"),
    (ends_as_all_do, "## Three questions", "## Questions", "no section '## Three questions'"),
    (ends_as_all_do, "# ## The paper\\n", "", "no section '## The paper'"),
    (ends_as_all_do, "# ## 3. The rest", "# ## The paper", "another order"),
    (leaves_two_problems_open, "# 2. Another.", "#", "no list of two"),
    (leaves_two_problems_open, "# 2. Another.", "# 2. Another. <details>This.</details>", "has an answer"),
    (is_in_plain_english, "This lesson says it", "You shall say it", "'shall'"),
    (is_in_plain_english, "This lesson says it", "There are so\\n# many", "'so many'"),
])  # fmt: skip
def test_each_rule_can_fail(rule, old, new, fault):
    old, new = old.replace("\\n", "\n"), new.replace("\\n", "\n")
    assert old in GOOD
    faults = list(rule(Text(GOOD.replace(old, new, 1))))
    assert faults and any(fault in sentence for sentence in faults), faults


def test_a_word_that_only_contains_a_forbidden_one_is_none():
    assert list(is_in_plain_english(Text(GOOD.replace("This lesson says it", "A recommendation for shallow nets")))) == []


def test_the_words_of_a_text():
    assert count_words("Two words, [three](https://a.b/c) <b>four</b> — `five`.") == 5
    assert count_words("<details><summary>one</summary>\n\n| two | three |\n|---|---|") == 3


def test_the_minutes_follow_from_what_is_read_and_written():
    def minutes(text):
        return minutes_of(jupytext.reads(text, fmt="py:percent"))

    def exercise(lines):
        body = "\n".join(f"    x{i} = {i}" for i in range(lines))
        return f"# %%\ndef f():\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION\n\n"

    assert minutes("# %% [markdown]\n" + "# word\n" * 1400) == 10
    assert minutes("# %%\n" + "x = 1\n\n" * 100) == 10
    assert minutes(exercise(6)) == 15  # 6 + 9 + 0.2
    assert minutes(2 * exercise(6)) == 30
