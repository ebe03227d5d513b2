"""Writes the lessons of a term that has conventions of its own: `minifcn assignment --variant channels-last`.

The graders, the notebooks and check() read lessons from the folder that MINIFCN_LESSONS names, so nothing else knows of
terms. Text and solutions are changed as a lesson's conventions.py says, and the cases of checks.py are translated when
they are asked. Planted mistakes and right variants are the public ones, wrapped in a translation. Read
packing.py next.
"""

import ast
import shutil
import textwrap

from .. import ladder
from ..answers.solutions import planted_sources, solution, variant
from ..conventions import Translation, as_it_is, as_they_are, conventions_in, in_other_words
from ..exercise import CHECK, Mistake
from .handout import plain
from .packing import packed

PUBLIC = "answer_of_the_public_course"
CHECKS = """

# --- this term -------------------------------------------------------------------------------------------------------

from minifcn.course.conventions import translated  # noqa: E402

EXERCISES = translated(EXERCISES, __file__, {name!r})
"""
BESIDE = """\
# This term's lessons and checks are in the folder beside this notebook.
import os

os.environ["MINIFCN_LESSONS"] = os.path.abspath("lessons")"""


def changed_lessons(lessons, variants):
    """{name of a lesson: (name of a convention, the Convention)} for some Lessons and those that they depend on.

    Raises ValueError for a convention that none of them has, and for two in one lesson.
    """
    found = [(lesson.name, name, convention) for lesson in ladder.with_dependencies(lessons)
             for name, convention in conventions_in(lesson.folder).items() if name in variants]  # fmt: skip
    for name in variants:
        if name not in [other for _, other, _ in found]:
            known = sorted({n for lesson in ladder.with_dependencies(lessons) for n in conventions_in(lesson.folder)})
            raise ValueError(f"these lessons have no convention {name}; they have {', '.join(known) or 'none'}")
    changed = {lesson: (name, convention) for lesson, name, convention in found}
    if len(changed) < len(found):
        raise ValueError(f"two of {', '.join(variants)} are about the same lesson; choose one of them")
    return changed


def sentences(lessons, variants):
    """A line for each convention, in Markdown, for the students."""
    lines = [f"- **{name}**: {convention.says}" for lesson in sorted(ladder.with_dependencies(lessons), key=number)
             for name, convention in conventions_in(lesson.folder).items() if name in variants and convention.says]  # fmt: skip
    return list(dict.fromkeys(lines))


def number(lesson):
    return lesson.number


def write_lessons(lessons, variants, folder):
    """Write the lessons of a term, and those that they depend on, into a folder."""
    changed = changed_lessons(lessons, variants)
    for lesson in map(whole, ladder.with_dependencies(lessons)):
        copy_lesson(lesson, folder / lesson.name)
        if lesson.name in changed:
            name, convention = changed[lesson.name]
            parts = {"lesson": lesson_text(lesson, name, convention), "checks": read(lesson, "checks") + CHECKS.format(name=name),
                     "mistakes": mistakes_text(lesson, convention, changed), "variants": variants_text(lesson, convention, changed)}  # fmt: skip
            for part, text in parts.items():
                (folder / lesson.name / f"{part}.py").write_text(text, encoding="utf-8")


def whole(lesson):
    """The Lesson with all its exercises."""
    return ladder.find_lesson(lesson.number)


def copy_lesson(lesson, folder):
    folder.mkdir(parents=True)
    for path in sorted(lesson.folder.glob("*.py")):
        shutil.copyfile(path, folder / path.name)


def read(lesson, part):
    """The text of a part of a lesson, "checks"; "" if there is none."""
    return (lesson.folder / f"{part}.py").read_text(encoding="utf-8") if lesson.has(part) else ""


def lesson_text(lesson, name, convention):
    """lesson.py with the text and the solutions of a convention. Raises ValueError if it lacks what they replace."""
    text = read(lesson, "lesson")
    for old, new in convention.text:
        if old not in text:
            raise ValueError(f"{lesson.name}/conventions.py, {name}: lesson.py has no {old!r}; update conventions.py")
        text = text.replace(old, new)
    return text


# Planted mistakes and variants ----------------------------------------------------------------------------------------


def mistakes_text(lesson, convention, changed):
    """mistakes.py: the public one, below it each mistake again, translated, and a table of those."""
    parts = [read(lesson, "mistakes"), helpers_text(lesson, changed)]
    for name in lesson.exercises:
        planted = [*convention.mistakes.get(name, ())]
        others = [one for one in lesson.mistakes.get(name, ()) if one.name not in convention.obsolete.get(name, ())]
        if is_translated(lesson, name, changed):
            parts.append(public_answer(lesson, name))
            called = next(iter(convention.obsolete.get(name, ())), PUBLIC)  # which a check of answers may name
            planted.append(Mistake(called, convention.hint, answer=f"{name}_as_in_public"))
            for mistake in others:
                sources = planted_sources(lesson, name, mistake)
                answers = [f"{name}_{mistake.name}_{i}" for i in range(len(sources))]
                parts += [wrapped(answer, source, lesson, name, changed) for answer, source in zip(answers, sources)]
                first, *also = answers
                planted.append(Mistake(mistake.name, mistake.hint, answer=first, also=tuple(also)))
        else:
            planted += others
        planted = [reworded(one, convention) for one in planted]
        lines = "".join(f"    {one!r},\n" for one in planted)
        parts.append(f"MISTAKES[{name!r}] = [\n{lines}]\n")
    return "\n\n".join(parts)


def reworded(mistake, convention):
    return Mistake(mistake.name, in_other_words(mistake.hint, convention), mistake.changes, mistake.answer, mistake.also)


def variants_text(lesson, convention, changed):
    """variants.py: the public one, below it each variant again, translated, and a table of those."""
    parts = [read(lesson, "variants") or "VARIANTS = {}\n", helpers_text(lesson, changed)]
    for name in lesson.exercises:
        if is_translated(lesson, name, changed):
            answers = lesson.variants.get(name, ())
            parts += [wrapped(f"{one}_{name}", variant(lesson, name, one), lesson, name, changed) for one in answers]
            parts.append(f"VARIANTS[{name!r}] = {[f'{one}_{name}' for one in answers]!r}\n")
    return "\n\n".join(parts)


def translation_of(name, changed):
    """The Translation of an exercise, "06.im2col", or None."""
    lesson, exercise = ladder.find_exercise(name)
    _, convention = changed.get(lesson.name, ("", None))
    return convention.translations.get(exercise.name) if convention else None


def translated_uses(lesson, name, changed):
    """{"im2col": its Translation} for the answers that an exercise may call."""
    used = {one.partition(".")[2]: translation_of(one, changed) for one in lesson.exercises[name].uses}
    return {one: translation for one, translation in used.items() if translation}


def is_translated(lesson, name, changed):
    """Whether the convention concerns an exercise: its own numbers, or those of the answers that it calls."""
    if is_check(name):
        return False
    return bool(translation_of(f"{lesson.number}.{name}", changed) or translated_uses(lesson, name, changed))


def is_check(name):
    """Whether an exercise is to write a check, which must hold in any term."""
    return name.startswith(CHECK)


def without_checks(lessons, changed):
    """The Lessons without the checks to write in changed ones: these need planted mistakes, which a term hands to nobody."""
    return [ladder.part_of(lesson, [name for name in lesson.exercises if not is_check(name)]) if lesson.name in changed else lesson
            for lesson in lessons]  # fmt: skip


def helpers_text(lesson, changed):
    """The functions of all Translations that a lesson needs, and the answers it calls in the public convention."""
    uses = {one: t for name in lesson.exercises for one, t in translated_uses(lesson, name, changed).items()}
    own = [translation_of(f"{lesson.number}.{name}", changed) for name in lesson.exercises]
    modules = {function.__code__.co_filename: None for t in [*own, *uses.values()] if t
               for function in (t.give, t.take, t.tell, t.untell) if function not in (as_they_are, as_it_is)}  # fmt: skip
    parts = ["# --- this term: the public answers, translated\nimport numpy as np  # noqa: E402, F811"]
    parts += [functions_text(path) for path in modules]
    parts += [f"def public_{one}(*args, **kwargs):\n    given = {call('give', t, '*args, **kwargs')}\n"
              f"    return {call('untell', t, f'{one}(*given, **kwargs), *args, **kwargs')}\n" for one, t in uses.items()]  # fmt: skip
    return "\n\n".join(parts)


def functions_text(path):
    """The top-level functions of a file."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return "\n\n".join(ast.get_source_segment(text, one) + "\n" for one in ast.parse(text).body if isinstance(one, ast.FunctionDef))


def call(part, translation, arguments):
    """The call of a Translation's function, as text."""
    function = getattr(translation, part)
    if function is as_they_are:
        return "args"
    return arguments.partition(", *args")[0] if function is as_it_is else f"{function.__name__}({arguments})"


def wrapped(answer, source, lesson, name, changed):
    """A function called `answer` that does in the term what a Source does in the public course."""
    uses = translated_uses(lesson, name, changed)
    translation = translation_of(f"{lesson.number}.{name}", changed) or Translation()
    return f"""\
def public_{answer}({', '.join(uses)}):
{textwrap.indent(source.text, '    ')}
    return {source.name}


{answer}_answer = public_{answer}({', '.join(f'public_{one}' for one in uses)})


def {answer}(*args, **kwargs):
    args = {call('take', translation, '*args, **kwargs')}
    return {call('tell', translation, f'{answer}_answer(*args, **kwargs), *args, **kwargs')}
"""


def public_answer(lesson, name):
    """The public solution as it is, in a function called NAME_as_in_public."""
    source = solution(lesson, name)
    return f"""\
def {name}_as_in_public(*args, **kwargs):
{textwrap.indent(source.text, '    ')}
    return {name}(*args, **kwargs)
"""


# Notebooks, and what is handed out ------------------------------------------------------------------------------------


def build_notebooks(lesson):
    """(with solutions, the student's) of a Lesson of the term, executed, as plain JSON."""
    from ...extras import require

    require("running the notebooks of a term", "lessons", "jupytext", "nbclient", "ipykernel")
    from . import build

    made = build.read(whole(lesson))
    build.execute(made, lesson)
    return plain(made), plain(build.make_student_notebook(made, lesson))


def with_lessons_beside(notebook):
    """A student's notebook that reads the lessons beside it."""
    cell = {"cell_type": "code", "execution_count": None, "id": "cell-term", "metadata": {}, "outputs": [], "source": BESIDE}
    first = next(i for i, one in enumerate(notebook["cells"]) if one["cell_type"] == "code")
    return {**notebook, "cells": [*notebook["cells"][:first], cell, *notebook["cells"][first:]]}


def write_handed_out(lessons, variants, source, folder):
    """Write the lessons that check() needs: no mistakes, no variants, and the assigned solutions packed.

    lessons: those of the term that are assigned;  source: the folder of the lessons of the term
    """
    assigned, changed = {lesson.name: lesson for lesson in lessons}, changed_lessons(lessons, variants)
    for path in sorted(source.iterdir()):
        parts = {part: (path / f"{part}.py").read_text(encoding="utf-8") for part in ("lesson", "checks") if (path / f"{part}.py").exists()}
        if path.name in assigned:
            parts["lesson"] = packed(parts["lesson"], assigned[path.name].exercises)
        if path.name in changed:
            parts["conventions"] = handed_out_convention(path / "conventions.py", *changed[path.name])
        (folder / path.name).mkdir(parents=True)
        for part, text in parts.items():
            (folder / path.name / f"{part}.py").write_text(text, encoding="utf-8")


def handed_out_convention(path, name, convention):
    """conventions.py with what translates questions only, since the rest has the solutions in it."""
    translations = []
    for exercise, one in convention.translations.items():
        functions = {part: getattr(one, part) for part in ("give", "take", "tell", "untell")}
        words = [f"{part}={function.__name__}" for part, function in functions.items() if function not in (as_they_are, as_it_is)]
        probes = ", ".join(f"{probe!r}: {function.__name__}" for probe, function in one.probes.items())
        translations.append(f"{exercise!r}: Translation({', '.join([*words, f'probes={{{probes}}}'])})")
    made = f"says={convention.says!r}, text=(), hint={convention.hint!r}, words={convention.words!r}"
    return f"""\
from minifcn.course.conventions import Convention, Translation

{functions_text(path)}

CONVENTIONS = {{{name!r}: Convention({made}, translations={{{', '.join(translations)}}})}}
"""
