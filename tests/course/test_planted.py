"""What the planted mistakes do is asked as far as needed, once, and kept on disk, where a bad file does no harm."""

import dataclasses
import os

import numpy as np
import pytest

from minifcn.course import ladder
from minifcn.course.answers.source import Chunk
from minifcn.course.checking import planted
from minifcn.course.checking.check import check_chunks
from minifcn.course.checking.hints import same_behaviour
from minifcn.course.checking.planted import start_helpers
from minifcn.course.sandbox import wire
from minifcn.course.sandbox.process import AnswerProcess, Outcome, process_for
from minifcn.course.show.text import text


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv(planted.FOLDER, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def asked(monkeypatch):
    """The exercises whose mistakes have been asked."""
    real, names = planted.ask_all, []

    def ask_all(exercise, *about):
        names.append(exercise.name)
        return real(exercise, *about)

    monkeypatch.setattr(planted, "ask_all", ask_all)
    return names


def anew():
    """Forget what this process knows, as another one would."""
    planted.known.cache_clear()
    planted._helped.clear()
    planted.ways.cache_clear()
    ladder.lessons_in.cache_clear()
    return ladder.find_lesson("06")


def wrong_answer():
    return check_chunks("06.scale", [Chunk("def scale(x, factor=2.0):\n    return x + x.dtype.type(factor) * x\n", "a.py")])


def test_the_second_process_reads_what_the_first_has_asked(tiny_course, cache, asked):
    first = wrong_answer()
    assert first.mistake == "once_too_often" and asked == ["scale"]
    anew()
    assert text(wrong_answer()) == text(first) and asked == ["scale"]
    fresh = planted.behaviours(ladder.find_lesson("06"), "scale")
    anew()
    kept = planted.behaviours(ladder.find_lesson("06"), "scale")
    assert asked == ["scale"] * 2 and all(trial.whole for _, trial in kept) and [one.name for one, _ in kept] == [one.name for one, _ in fresh]
    for (_, a), (_, b) in zip(kept, fresh):
        assert same_behaviour(a, b) and same_behaviour(b, a)
        assert [a.wrong(i) for i in range(len(a.outcomes))] == [b.wrong(i) for i in range(len(b.outcomes))]
        assert [(o.kind, o.type, o.message, o.changed) for o in a.outcomes] == [
            (o.kind, o.type, o.message, o.changed) for o in b.outcomes]  # fmt: skip


def test_helpers_get_ready_once_when_an_answer_is_wrong_and_end_with_its_check(tiny_course, cache, monkeypatch):
    made, questions, ask = [], [], AnswerProcess.ask

    def helper(exercise):
        made.append((len(questions), process_for(exercise)))
        return made[-1][1]

    monkeypatch.setattr(AnswerProcess, "ask", lambda *about: questions.append(1) or ask(*about))
    monkeypatch.setattr(planted, "start_helpers", start_helpers)
    monkeypatch.setattr(planted, "process_for", helper)
    monkeypatch.setattr(planted, "AnswerProcess", None)  # no others are needed
    for body in "return factor * x", "raise NotImplementedError":
        check_chunks("06.scale", [Chunk(f"def scale(x, factor=2.0):\n    {body}\n", "a.py")])
    assert not made
    questions.clear()
    assert wrong_answer().mistake == "once_too_often"
    assert [number for number, _ in made] == [2, 2] and len(questions) > 8  # the first question is about no rows at all
    assert all(process.child is None and process.imports is not None for _, process in made)
    for folder in str(cache), "":  # what is asked is kept on disk, and in this process
        monkeypatch.setenv(planted.FOLDER, folder)
        wrong_answer()
    assert len(made) == 2


def test_a_mistake_that_differs_at_the_question_shown_is_asked_no_more(tiny_course, cache, asked):
    wrong_answer()
    found = {mistake.name: trial for mistake, trial in planted.known(tiny_course, "scale", 0)[1]}
    assert found["once_too_often"].whole
    cut = {name: len(trial.outcomes) for name, trial in found.items() if not trial.whole}
    assert cut and max(cut.values()) < len(found["once_too_often"].outcomes)
    assert all(trial.whole for _, trial in planted.behaviours(tiny_course, "scale")) and asked == ["scale"] * 2


def test_a_mistake_is_first_asked_the_question_shown_alone(tiny_course, cache):
    wrong_answer()
    asked_alone = {mistake.name: (len(trial.outcomes), list(trial.alone)) for mistake, trial in planted.known(tiny_course, "scale", 0)[1]}
    assert asked_alone.pop("once_too_often") == (6, [1]) and set(map(str, asked_alone.values())) == {"(0, [1])"}
    kept = planted.known(anew(), "scale", 0)[1]
    assert all(list(trial.alone) == [1] and trial.alone[1].outcomes for _, trial in kept)


def test_none_is_asked_alone_if_the_answer_depends_on_earlier_questions(tiny_course):
    check_chunks("06.scale", [Chunk("seen = []\ndef scale(x, factor=2.0):\n    seen.append(x)\n    return len(seen) * x\n", "a.py")])
    assert not any(trial.alone for _, trial in planted.known(tiny_course, "scale", 0)[1])


@pytest.mark.parametrize(
    "body",
    [
        "x * 2",  # the dtype
        "x[7]",  # an exception
        "x * x.dtype.type(factor) + (x.size > 4)",  # wrong only later
        "x * x.dtype.type(2)",
        "x.__imul__(x.dtype.type(factor))",  # right, but changes its argument
        "x + x.dtype.type(factor) * x + (x.size > 7)",  # mostly a known mistake
    ],
)
def test_what_is_asked_no_more_changes_no_report(tiny_course, body):
    answer = [Chunk(f"def scale(x, factor=2.0):\n    return {body}\n", "a.py")]
    anew()
    brief = text(check_chunks("06.scale", answer))
    anew()
    planted.behaviours(ladder.find_lesson("06"), "scale")
    assert text(check_chunks("06.scale", answer)) == brief


@pytest.mark.parametrize("part", ["lesson", "checks", "mistakes"])
def test_a_lesson_that_changed_is_asked_again(tiny_course, cache, asked, part):
    wrong_answer()
    with (tiny_course.folder / f"{part}.py").open("a") as file:
        file.write("\n# more\n")
    anew()
    assert wrong_answer().mistake == "once_too_often" and asked == ["scale", "scale"]


def test_a_seed_and_an_exercise_have_their_own_files(tiny_course, cache):
    paths = {planted.path_of(tiny_course, name, seed) for name in ("scale", "Counter") for seed in (0, 5)}
    assert len(paths) == 3, "the questions about Counter are the same for every seed"
    assert {path.parent for path in paths} == {cache}


def test_another_numpy_or_another_expected_result_has_its_own_file(tiny_course, cache, monkeypatch):
    before = planted.path_of(tiny_course, "scale", 0)
    questions = planted.questions(tiny_course.exercises["scale"], 0)
    case = dataclasses.replace(questions[0].case, expected=3)
    monkeypatch.setattr(planted, "questions", lambda *about: (dataclasses.replace(questions[0], case=case), *questions[1:]))
    other = planted.path_of(tiny_course, "scale", 0)
    monkeypatch.setattr(planted.np, "__version__", "9")
    assert len({before, other, planted.path_of(tiny_course, "scale", 0)}) == 3


def test_another_numba_has_its_own_file_where_answers_are_compiled(cache, monkeypatch):
    versions = iter("12")
    monkeypatch.setattr("importlib.metadata.version", lambda name: next(versions))
    assert len({planted.path_of(ladder.find_lesson("08"), "tiled_conv2d", 0) for _ in range(2)}) == 2


@pytest.mark.parametrize("damage", [b"", b"\0" * 40, b"half", b"long", b"other", b"folder"])
def test_a_damaged_file_is_asked_again_and_replaced(tiny_course, cache, asked, damage):
    wrong_answer()
    (path,) = cache.iterdir()
    whole = path.read_bytes()
    contents = {b"half": whole[: len(whole) // 2], b"long": b"\xff" * 9, b"other": wire.encode(1) + wire.encode({"mistake": 1})}
    path.unlink()
    if damage == b"folder":
        path.mkdir()
    else:
        path.write_bytes(contents.get(damage, damage))
    anew()
    assert wrong_answer().mistake == "once_too_often" and asked == ["scale", "scale"]
    assert damage == b"folder" or path.read_bytes() == whole


def test_a_folder_that_cannot_be_written_stops_nothing(tiny_course, tmp_path, monkeypatch, asked):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(planted.FOLDER, str(tmp_path / "file" / "cache"))
    assert wrong_answer().mistake == "once_too_often" and asked == ["scale"]


def test_nothing_is_kept_of_a_process_that_died_nor_without_a_folder(tiny_course, cache, monkeypatch):
    kept = planted.behaviours(tiny_course, "scale")
    (path,) = cache.iterdir()
    path.unlink()
    mistake, trial = kept[0]
    planted.save(path, [(mistake, dataclasses.replace(trial, outcomes=(Outcome("died"),)))])
    assert not path.exists()
    monkeypatch.setenv(planted.FOLDER, "")
    assert planted.cache_folder() is None and planted.path_of(tiny_course, "scale", 0) is None


def test_only_the_newest_files_of_an_exercise_are_kept(tiny_course, cache):
    cache.mkdir()
    for number in range(9):
        old = cache / f"06.scale-{number}"
        old.write_bytes(b"")
        os.utime(old, (number, number))
    (cache / "06.scale_more-1").write_bytes(b"")
    planted.behaviours(tiny_course, "scale")
    names = sorted(path.name for path in cache.iterdir())
    assert "06.scale-5" not in names and "06.scale-6" in names and "06.scale_more-1" in names
    assert len(names) == planted.MAX_FILES + 1


def test_the_users_cache_folder(monkeypatch):
    monkeypatch.delenv(planted.FOLDER)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert planted.cache_folder().as_posix() == "/somewhere/minifcn/mistakes"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert planted.cache_folder().name == "mistakes"


def test_nothing_is_kept_for_a_user_without_a_home_folder(tiny_course, monkeypatch):
    def home():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv(planted.FOLDER)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(planted.Path, "home", home)
    assert planted.cache_folder() is None and planted.behaviours(tiny_course, "scale")


def test_an_outcome_that_is_no_plain_data_keeps_its_kind():
    values = [wire.Other("Tensor"), (1, wire.Other("function")), np.arange(3)]
    for value in values:
        assert repr(wire.decode(wire.encode(value)[8:])) == repr(value)
