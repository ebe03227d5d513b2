"""What lessons call: check("06.im2col", im2col), hint("06.im2col"), and earlier("06.im2col") for other answers.

Whoever is stuck goes on with im2col = borrow("06.im2col"). accepted_by(my_check, "06.im2col") names the wrong answers that
a check of one's own lets through.

In a notebook, an answer's source comes from the cells that have run; in a script, from the file. Read
grading/supervisor.py next.
"""

import inspect
import re
import sys
from pathlib import Path

import numpy as np

from . import ladder
from .answers.cells import normalize_newlines
from .answers.solutions import dependencies_of, dependency_names, planted_sources, solution
from .answers.source import Chunk, extract, is_borrowed, read_chunks
from .answers.statements import parse
from .checking.check import borrowed_report, check_chunks
from .checking.verdict import BORROWED, NOT_WRITTEN, RIGHT
from .languages import translated
from .progress import record
from .show.html import hints_box, html
from .show.lines import fill_lines, in_colour, say
from .show.text import text, way_out

_shown = {}  # {exercise: number of its hints shown so far}
_cells = {}  # {execution number, the 5 of In [5]: id of its cell}
_borrowed = {}  # {"06.im2col": the course's own answer that borrow() has returned}
_answers = {}  # {(name, source) of an answer to an earlier exercise: the answer}
_unset = {}  # {name that a cell would have set: the unwritten exercise at which the cell stopped}


class NotYetWritten(NotImplementedError):
    """The exercise is not written yet. The report above says more; Jupyter shows three words, no traceback."""

    def _render_traceback_(self):
        return [translated("not written yet")]


class NotRight(AssertionError):
    """The answer is not right yet. The report above says more; Jupyter shows three words, no traceback."""

    def _render_traceback_(self):
        return [translated("not right yet")]


class NotReadable(ValueError):
    """The source of the answer cannot be read. Jupyter shows this one line, no traceback."""

    def _render_traceback_(self):
        return [f"{type(self).__name__}: {self}"]


def check(exercise, answer):
    """Check an answer and show the report.

    exercise: "06.im2col"
    answer:   the function or class, as defined in this notebook or script

    Raises NotYetWritten or NotRight unless the answer is right or borrowed, so that "Run all" stops here, and NotReadable
    if its source cannot be read.
    """
    report = report_of(exercise, answer, inspect.currentframe().f_back.f_globals)
    show(text(report, colour=in_colour()), html(report), in_notebook=ipython_shell() is not None)
    if complaint := record(report, Path.cwd()):
        say(complaint)
    if report.verdict == NOT_WRITTEN:
        raise NotYetWritten(f"{report.exercise} is not written yet; hint({report.exercise!r}) gives a hint")
    if report.verdict not in (RIGHT, BORROWED):
        raise NotRight(f"{report.exercise} is not right yet: {report.verdict}; see the report above")


def report_of(exercise, answer, names):
    """The Report of an answer; `names` are the globals of the notebook or script."""
    called = name_of_answer(answer, exercise.rpartition(".")[2], names)
    lesson, wanted = ladder.find_exercise(exercise)
    if answer is _borrowed.get(name := f"{lesson.number}.{wanted.name}"):
        return borrowed_report(name, wanted)
    cells = executed_cells()
    chunks = cells if cells is not None else chunks_of_file(answer, names)
    try:
        return check_chunks(exercise, chunks, called=called)
    except (RecursionError, MemoryError) as error:
        why = f"{type(error).__name__}; does a cell contain a very long or deeply nested expression?"
        raise NotReadable(f"check: the source of {called} cannot be read ({why})") from None


def hint(exercise):
    """Show the next hint for an exercise: the first is a nudge, the last nearly the code."""
    lesson, wanted = ladder.find_exercise(exercise)
    name = f"{lesson.number}.{wanted.name}"
    count = _shown[name] = min(_shown.get(name, 0) + 1, len(wanted.hints))
    sentences = [f"{number} of {len(wanted.hints)}: {says}" for number, says in enumerate(wanted.hints[:count], 1)]
    sentences = sentences or [f"there is no hint for {name}; the text above the exercise has all you need"]
    sentences = [translated(says) for says in sentences] + [way_out(name)] * (count == len(wanted.hints) > 0)
    show("\n".join(line for says in sentences for line in fill_lines(says, 95)), hints_box(sentences), ipython_shell() is not None)


def earlier(*exercises, answers=None):
    """Answers to earlier exercises: the course's own or, with answers="06_im2col.ipynb", the student's.

    exercises: "06.im2col", ...; returns one function or class, or a tuple of them
    """
    chunks = read_chunks(answers) if answers else None
    found = tuple(load(name, chunks) for name in exercises)
    return found[0] if len(found) == 1 else found


def borrow(*exercises):
    """The course's own answers, for a student who is stuck: im2col = borrow("06.im2col") in place of a definition.

    They earn no points, and `minifcn lessons` lists them as borrowed until the student's own are right.
    exercises: "06.im2col", ...; returns one function or class, or a tuple of them
    """
    found = [(f"{lesson.number}.{exercise.name}", exercise) for lesson, exercise in map(ladder.find_exercise, exercises)]
    complaints = [record(borrowed_report(name, exercise), Path.cwd()) for name, exercise in found]
    _borrowed.update((name, load(name, None)) for name, _ in found)
    say(translated(f"borrowed from the course: {', '.join(name for name, _ in found)}; no points, but you can go on"))
    for complaint in dict.fromkeys(filter(None, complaints)):
        say(complaint)
    answers = tuple(_borrowed[name] for name, _ in found)
    return answers[0] if len(answers) == 1 else answers


def load(name, chunks):
    """One answer as a callable function or class; the course's own if there are no chunks, or it is borrowed there."""
    lesson, exercise = ladder.find_exercise(name)
    if chunks is None or is_borrowed(chunks, exercise.name):
        source = solution(lesson, exercise.name)
    else:
        source = extract(chunks, exercise.name, dependency_names(exercise))
    return run(exercise.name, source.text, dependencies_of(exercise))


def run(name, text, given):
    """Execute a source, after the sources it depends on, and return what it calls `name`.

    The same source runs once in a session, so that a class which two answers share is one class.
    """
    if (name, text) not in _answers:
        names = {"__name__": f"minifcn_lesson_{name}"}
        names |= {other["name"]: run(other["name"], other["source"], other["given"]) for other in given}
        exec(compile(text, f"<{name}>", "exec"), names)  # noqa: S102  (as a cell would)
        _answers[name, text] = names[name]
    return _answers[name, text]


def accepted_by(check, exercise):
    """The names of the planted mistakes of an exercise that a check accepts: with a good one, an empty list.

    check: a function that gets an answer to the exercise and raises an error if it is wrong
    """
    number, _, name = exercise.partition(".")
    lesson = ladder.find_lesson(number)
    given = dependencies_of(lesson.exercises[name]) if name in lesson.exercises else []
    wrong = [(m.name, source) for m in lesson.mistakes[name] for source in planted_sources(lesson, name, m)]
    accepted = []
    for mistake, source in wrong:
        answer = run(source.name, source.text, given)
        if accepts(check, answer):
            accepted.append(mistake.replace("_", " "))
    return list(dict.fromkeys(accepted))


def accepts(check, answer):
    """Whether a check accepts an answer: it raises nothing. NotImplementedError says that the check is not written yet."""
    try:
        with np.errstate(all="ignore"):
            check(answer)
    except NotImplementedError:
        raise
    except Exception:  # noqa: BLE001  (a wrong answer may raise anything, and then the check has noticed)
        return False
    return True


def show(plain, markup, in_notebook):
    """Show the HTML in a notebook, whose lines are as wide as its window, else the text."""
    if in_notebook:
        from IPython.display import HTML, display

        display(HTML(markup))
    else:
        say(plain)


def ipython_shell():
    """The IPython shell this runs in, or None."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def executed_cells():
    """The cells that have run in this notebook, as typed, each in its latest version; None outside a notebook."""
    shell = ipython_shell()
    if shell is None:
        return None
    last = {cell: number for number, cell in sorted(_cells.items())}
    texts = enumerate(shell.history_manager.input_hist_raw)
    latest = [(n, text) for n, text in texts if text and last.get(_cells.get(n), n) == n]
    return [Chunk(normalize_newlines(text), f"In [{n}]") for n, text in latest]


def remember_cell(result):
    """Record which cell of the notebook was executed, if the front end tells, as JupyterLab does."""
    if getattr(result.info, "cell_id", None) and result.execution_count:
        _cells[result.execution_count] = result.info.cell_id


def show_error(shell, kind, error, trace, tb_offset=None):
    """Show the error that ended a cell: one line if the cause is an unwritten exercise, else the traceback."""
    if stub := re.fullmatch(r"write ([\w.]+)", str(error)):
        for statement in parse(executed_cells()[-1]):
            _unset.update(dict.fromkeys(statement.binds, stub[1]))
        error._render_traceback_ = lambda: [translated(f"{stub[1]} is still to be written")]
    elif isinstance(error, NameError) and error.name in _unset:
        why = f"{error.name} is not set, because {_unset[error.name]} is still to be written"
        error._render_traceback_ = lambda: [translated(why)]
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


def watch_cells():
    """Under IPython, call remember_cell after every cell, and show_error if it raises one of the two errors."""
    if shell := ipython_shell():
        shell.events.register("post_run_cell", remember_cell)
        shell.set_custom_exc((NotImplementedError, NameError), show_error)


watch_cells()


def chunks_of_file(answer, names):
    """The chunks of the file that defines an answer; `names` are the caller's globals."""
    try:
        path = inspect.getsourcefile(inspect.unwrap(answer))
    except TypeError:  # an object with __call__, such as np.vectorize returns
        path = names.get("__file__")
    if not path or not Path(path).exists():
        raise ValueError(f"check: the source of {answer!r} is not in a file; check a file with `minifcn check`")
    return read_chunks(path)


def name_of_answer(answer, wanted, names):
    """The name of an answer: `wanted`, the exercise's, if the caller defines it under that name, else its own."""
    if not callable(answer):
        found = type(answer).__name__
        raise TypeError(f"check: found {found}, expected the function or class you wrote, without ()")
    return wanted if names.get(wanted) is answer else getattr(answer, "__name__", wanted)
