"""Checks answers: one engine behind the notebook's check(), `minifcn check` and pytest.

An answer is extracted from its file (answers/source.py) and asked all questions in a sandboxed process (trial.py); the
report shows the first thing that went wrong, with a hint (hints.py). Read trial.py next.
"""

import ast
import contextlib
import dataclasses
import itertools
import re

import numpy as np

from .. import ladder
from ..answers.cells import split_lines
from ..answers.solutions import dependency_names, solution
from ..answers.source import BrokenAnswer, NoAnswer, foreign_imports, is_borrowed, read_chunks, readings
from ..exercise import AGAIN, UNCHANGED
from ..sandbox.process import AnswerProcess
from .comparison import same_outcome
from .trial import first_questions, imports_for, probe_of, run_trial
from .verdict import BORROWED, CRASHED, NOT_WRITTEN, RIGHT, TIMED_OUT, WRONG, Difference, Failure, PropertyState, Report

SMALL = 16  # entries of the largest array that is shown in full


def check_file(name, path, seed=0, process=None):
    """The Report of exercise "06.im2col" for the answer in a notebook or Python file. process: as for check_source."""
    return check_chunks(name, read_chunks(path), seed=seed, process=process)


def check_chunks(name, chunks, called=None, seed=0, process=None):
    """The Report of an exercise for the answer in some cells, named `called`, by default as in the lesson.

    If the cells allow several readings, the one with the most points counts. process: for the first, as for check_source
    """
    lesson, exercise = ladder.find_exercise(name)
    name, called = f"{lesson.number}.{exercise.name}", called or exercise.name
    if is_borrowed(chunks, called):
        return borrowed_report(name, exercise)
    try:
        sources = readings(chunks, called, dependency_names(exercise))
        first = next(sources)
    except NoAnswer:
        return unchecked_report(name, exercise, NOT_WRITTEN, f"nothing here is called {called}")
    except BrokenAnswer as error:
        return unchecked_report(name, exercise, CRASHED, f"SyntaxError: {error.msg}")
    reports = []
    for source in itertools.chain([first], sources):
        reports.append(check_source(lesson, exercise, source, seed, process))
        process = None
        if reports[-1].verdict == RIGHT:
            break
    return max(reports, key=lambda report: report.points)


def borrowed_report(name, exercise):
    """The Report of an answer that a student has taken from the course."""
    sentence = f"This {exercise.name} is the course's own: go on with it, and write yours when you are ready."
    return unchecked_report(name, exercise, BORROWED, f'{sentence} hint("{name}") helps.')


def unchecked_report(name, exercise, verdict, sentence, line="", **about):
    """The Report of an answer that was never run."""
    states = tuple(PropertyState(says, points, None) for says, points in exercise.graded_properties())
    return Report(name, verdict, states, Failure("", "", {}, error=sentence, line=line), **about)


def check_source(lesson, exercise, source, seed=0, process=None):
    """The Report of a Source, run in a sandboxed process. process: an AnswerProcess for this exercise; a new one if None."""
    if foreign := foreign_imports(source, exercise.imports):
        sentence = f"it imports {', '.join(foreign)}; use only NumPy and what the lesson provides"
        return unchecked_report(f"{lesson.number}.{exercise.name}", exercise, WRONG, sentence)
    imports, helpers = imports_for(exercise, [source]), []

    def call_helpers(trial):  # they get ready while the answer is asked the other questions
        if not helpers and is_worth_a_hint(trial):
            from .planted import start_helpers  # rarely needed, and slow to import

            helpers.extend(map(stack.enter_context, start_helpers(lesson, exercise, seed)))

    with contextlib.ExitStack() as stack:
        with process or AnswerProcess(imports, needs=exercise.needs) as running:
            running.admit(imports)
            trial = run_trial(running, exercise, source, seed, enough=call_helpers)
        return report_of(lesson, exercise, source, trial, seed, helpers)


def is_worth_a_hint(trial):
    """Whether the last outcome of a Trial is wrong, and of an answer that somebody has written."""
    return trial.wrong(len(trial.outcomes) - 1) and not trial.outcomes[-1].not_written


def report_of(lesson, exercise, source, trial, seed=0, helpers=()):
    """The Report of a Source, from its Trial. helpers: as for planted.behaviours"""
    name = f"{lesson.number}.{exercise.name}"
    if trial.loaded.kind != "value":
        line, about = source.place_of(trial.loaded.line), {"where": source.place, "source": source.text}
        return unchecked_report(name, exercise, verdict_of(trial.loaded), error_text(trial.loaded), line, **about)
    states = property_states(exercise, trial)
    printed = trial.outcomes[0].printed
    about = {"where": source.place, "source": source.text, "printed": printed}
    if all(state.holds for state in states):
        return Report(name, RIGHT, states, **about)
    number, says = first_failure(trial, states)
    failure = describe_failure(lesson, exercise, trial, number, says, source)
    verdict = verdict_of(trial.outcomes[number])
    from .hints import hint_for  # rarely needed, and slow to import

    mistake, hint = ("", "") if verdict == NOT_WRITTEN else hint_for(lesson, exercise, trial, number, seed, helpers)
    return Report(name, verdict, states, failure, hint or hint_for_rule(says), mistake, **about)


def verdict_of(outcome):
    """The verdict for a wrong outcome."""
    if outcome.not_written:
        return NOT_WRITTEN
    return {"value": WRONG, "raised": CRASHED, "timed out": TIMED_OUT, "died": CRASHED}[outcome.kind]


def property_states(exercise, trial):
    """Which properties hold: the exercise's own, then the two required of every answer."""
    states = []
    for prop in exercise.properties:
        wrong = [trial.wrong(i) for i, q in enumerate(trial.questions) if q.property is prop]
        holds = False if any(wrong) else None if None in wrong else bool(wrong)
        states.append(PropertyState(prop.says, prop.points, holds))
    earned = all(state.holds for state in states)  # an answer that does nothing changes nothing: no points for that
    for says, points in exercise.graded_properties()[len(exercise.properties) :]:
        kept = not (changed_arguments(trial) if says == UNCHANGED else changed_answers(trial))
        states.append(PropertyState(says, points, kept if earned else None))
    return tuple(states)


def changed_arguments(trial):
    """The indices of the questions whose arguments were modified."""
    return [i for i, outcome in enumerate(trial.outcomes) if outcome.changed]


def changed_answers(trial):
    """The indices of the questions answered right at first, and differently when repeated."""
    pairs = zip(first_questions(trial.questions), trial.again)
    return [i for i, second in pairs if not trial.wrong(i) and not same_outcome(trial.outcomes[i], second)]


def first_failure(trial, states):
    """(index of the question to show, its property in words): the smallest case of the first property that failed.

    One that the student could type goes first.
    """
    says = next(state.says for state in states if state.holds is False)
    if says == UNCHANGED:
        numbers = changed_arguments(trial)
    elif says == AGAIN:
        numbers = changed_answers(trial)
    else:
        numbers = [i for i, q in enumerate(trial.questions) if q.property.says == says and trial.wrong(i)]
    cases = {i: trial.questions[i].case for i in numbers}
    return min(numbers, key=lambda i: (not cases[i].typed, size_of(cases[i]))), says


def size_of(case):
    """A sort key: the number of entries in a case's arrays; empty arrays tell little, so they come last."""
    sizes = [value.size for value in (*case.args, *case.kwargs.values()) if is_array(value)]
    return (0 in sizes, sum(sizes))


def describe_failure(lesson, exercise, trial, number, says, source):
    """The Failure at one question."""
    question, outcome = trial.questions[number], trial.outcomes[number]
    text, given = question_text(exercise, question, parameter_names(lesson, exercise))
    error = "" if outcome.kind == "value" else error_text(outcome)
    difference, path = trial.differences[number], ""
    if difference:
        path = difference.path
        difference = dataclasses.replace(difference, path=typed_path(path)) if question.case.typed else difference
    if says == UNCHANGED and outcome.changed:
        names = [*given, *map(str, outcome.changed)]
        difference = Difference(
            f"writes into its argument {names[outcome.changed[0]] if given else outcome.changed[0]}"
        )
    elif says == AGAIN:
        difference = Difference("gives a different answer when asked the same question again")
    focus = line_that_matters(text, path) if question.property.probe and not question.case.typed else None
    return Failure(says, text, given, question.case.note, difference, error, source.place_of(outcome.line), focus)


def hint_for_rule(says):
    """The hint for one of the two properties required of every answer, else ""."""
    return {
        UNCHANGED: "The caller still needs its arrays; work on a copy, or build a new array.",
        AGAIN: "State survives from one call to the next: a global, a mutated default argument, or a random generator.",
    }.get(says, "")


def error_text(outcome):
    """An exception, a timeout or a death in one line."""
    if outcome.kind == "raised":
        return f"{outcome.type}: {outcome.message}" if outcome.message else outcome.type
    return outcome.message


# Questions as text ----------------------------------------------------------------------------------------------------


def parameter_names(lesson, exercise):
    """The parameter names of the function to write."""
    for node in ast.walk(ast.parse(solution(lesson, exercise.name).text)):
        if isinstance(node, ast.FunctionDef) and node.name == exercise.name:
            return [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
    return []


def question_text(exercise, question, names):
    """(the lines to type, the call or the body of the probe, {name: argument as text}) of a question."""
    case, (probe, text) = question.case, probe_of(question.property)
    if case.typed:
        return case.typed, {}
    if probe:
        tree = ast.parse(text).body[0]
        names = [argument.arg for argument in tree.args.args][1:]
        body = [node for node in tree.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
        text = "\n".join(line[4:] for line in split_lines(text)[body[0].lineno - 1 :]).rstrip()
    named = dict(zip(names, case.args)) | case.kwargs
    given = {name: argument_text(value) for name, value in named.items() if probe or is_array(value)}
    if not probe:
        written = [name if is_array(value) else repr(value) for name, value in zip(names, case.args)]
        written += [f"{name}={name if is_array(value) else repr(value)}" for name, value in case.kwargs.items()]
        text = f"{exercise.name}({', '.join(written)})"
    return text, given


def typed_path(path):
    """A path into a result by expressions, such as ['a.grad'][1], as the student could type it: a.grad[1]."""
    return re.sub(r"^\['(.*?)'\]", r"\1", path)


def line_that_matters(text, path):
    """The number of the line of a probe that gives what lies at a path, else of its last return."""
    lines, key = split_lines(text), re.match(r"\['(.*?)'\]", path)
    wanted = (f'"{key[1]}"', f"'{key[1]}'") if key else ()
    found = [i for i, line in enumerate(lines) if any(name in line for name in wanted)]
    return max(found or [i for i, line in enumerate(lines) if "return" in line], default=None)


def is_array(value):
    return isinstance(value, np.ndarray)


def argument_text(value):
    """An argument as text: small arrays in full, larger ones by dtype and shape."""
    if not is_array(value):
        return repr(value)
    if value.size > SMALL or not value.size:
        return f"{value.dtype} array of shape {value.shape}"
    numbers = np.array2string(value, precision=4, separator=", ", max_line_width=10**6)
    return numbers + (f"  ({value.dtype})" if value.dtype != np.float64 else "")
