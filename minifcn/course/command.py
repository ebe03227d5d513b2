"""The commands `minifcn check`, `grade`, `lessons` and `assignment`: the last file to read."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path

from ..extras import INSTALL, require
from ..files import printable
from . import ladder, progress
from .grading.seeds import seed_of
from .grading.supervisor import Grader
from .languages import chosen, fill, translated
from .paths import MY_LESSONS, STUDENT, notebooks_folder, work_folder, work_folders
from .sandbox import walls
from .show.lines import fill_lines, in_colour, say
from .show.overview import ladder_text


def check_answers(which, answers=None, as_json=False, seed=0, seed_file=None):
    """Check exercise "06.im2col", or all of lesson "06", and print the reports. Returns 0 if all are right, else 1.

    answers: notebook or Python file; if None, the lesson's notebook in the first of paths.work_folders that has it
    """
    seed = seed_of(seed_file) if seed_file else seed
    with Grader(seed, form="colour" if in_colour() else "text") as grader:
        names = exercises_of(which)
        path = Path(answers) if answers else student_notebook(ladder.find_lesson(names[0].partition(".")[0]))
        reports = [grader.check(path, name) for name in names]
    complaints = [progress.record(one, path.parent) for one in reports]
    for complaint in dict.fromkeys(filter(None, complaints)):
        say(printable(complaint), sys.stderr)
    points, out_of = sum(r.points for r in reports), sum(r.out_of for r in reports)
    right = sum(r.right for r in reports)
    if as_json:
        summary = {"answers": str(path), "right": right, "of": len(reports), "points": points, "out_of": out_of}
        print(json.dumps(summary | {"reports": [r.data for r in reports]}, indent=1))
    else:
        say("\n\n".join(r.shown for r in reports))
        say("\n" + translated(f"{right} of {len(reports)} right, {points} of {out_of} points"))
    return 0 if right == len(reports) else 1


def grade_class(lessons, submissions, out, seed_file=None, jobs=None):
    """Grade all submissions in a folder. Returns 0 if every one was graded."""
    from .grading import classroom

    chosen = ladder.select(lessons)
    seed = {"seed": seed_of(seed_file)} if seed_file else {}
    return classroom.grade_class(chosen, submissions, out, jobs=jobs, **seed)


def show_hints(which, answers=None):
    """Print one more hint than last time for an exercise, or for each of a lesson; all where no progress is kept.

    answers: as for check_answers; the progress is kept in their folder
    """
    for name in exercises_of(which):
        lesson, exercise = ladder.find_exercise(name)
        folder = Path(answers).parent if answers else work_folder([lesson.name])
        most = len(exercise.hints)
        count, complaint = progress.count_hint(name, exercise, folder) if most and folder else (most, "")
        if complaint:
            say(printable(complaint), sys.stderr)
        for number, sentence in enumerate(exercise.hints[:count], 1):
            say("\n".join(fill_lines(translated(f"{name}, hint {number} of {most}: {sentence}"), 80)))
        if not most:
            say(translated(f"there is no hint for {name}; the text above the exercise has all you need"))
    return 0


def show_walls():
    """Print the walls of the sandbox, and which of them this system lacks."""
    missing = walls.missing()
    print(f"{'wall':12}{'here':9}what it denies the process that runs an answer\n")
    for name, stops in walls.STOPS.items():
        print(f"{name:12}{'missing' if name in missing else 'active':9}{stops}")
        if name in missing:
            print(f"{'':21}missing because {printable(missing[name])}")
    return 0


def list_lessons(folder=None):
    """Print the lessons in order, with what has been passed and what is next."""
    lessons = ladder.lessons()
    folder = Path(folder) if folder else work_folder([lesson.name for lesson in lessons])
    is_started = folder and folder != notebooks_folder() / STUDENT
    open_it = f"{jupyter()} {near(folder / '{}.ipynb')}" if is_started else f"{runnable('minifcn')} lessons start"
    say(ladder_text(lessons, progress.load(folder) if folder else {}, in_colour(), open_it))
    return 0


def start_lessons(folder=None):
    """Copy the notebooks, in the language chosen, into a folder of the student's, my-lessons if None; print what is next."""
    from .publish import start  # check does not need it

    folder = Path(folder or MY_LESSONS)
    outcomes = start.start(folder, chosen())
    for outcome, sentence in start.SENTENCES.items():
        if names := [path.name for path, found in outcomes.items() if found == outcome]:
            listed = ", ".join(names) if len(names) <= 3 else translated(f"{len(names)} notebooks")
            say(printable(fill(translated(sentence), {"names": listed, "folder": str(folder)})))
    first = next(lesson for lesson in ladder.lessons() if lesson.exercises)
    path = near(folder / f"{first.name}.ipynb")
    found = work_folder([first.name])
    is_found = found is not None and found.resolve() == folder.resolve()
    opening = f"{jupyter()} {path}"
    checking = f"{runnable('minifcn')} check {first.number}{'' if is_found else f' --answers {path}'}"
    say(printable(translated(f"open:  {opening}")))
    say(printable(translated(f"check: {checking}")))
    return 0


def jupyter():
    """The shell command that starts JupyterLab with this Python; where it is not installed, first what installs it."""
    if importlib.util.find_spec("jupyterlab") is None:
        return f"{INSTALL['lessons']} && jupyter lab"
    return runnable("jupyter lab", "jupyterlab")


def runnable(words, module=None):
    """The shell command for a program installed beside this Python: its name if that is on the PATH, else the module."""
    name = words.split()[0]
    beside = shutil.which(name, path=Path(sys.executable).parent)
    return words if beside and shutil.which(name) == beside else f"{near(sys.executable)} -m {module or name}"


def near(path):
    """A path as it is shortest from the current folder."""
    path = Path(path).absolute()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def build_lessons(names=(), only_check=False, force=False, language=None):
    """Build the notebooks, or only report what is wrong with the existing ones."""
    require("building the notebooks", "lessons", "jupytext", "nbclient", "ipykernel")
    from .publish import build  # the other commands do not need these

    chosen = [ladder.find_lesson(name).name for name in names]
    if not only_check:
        build.build(chosen, force=force, language=language)
        return 0
    problems = build.check(chosen, language=language)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def assemble_package(out, answers=None, title="", missing="refuse"):
    """Write the package of a student's own answers. Returns 0, or 1 if one is wrong or, without borrowing, missing.

    answers: folder of notebooks and Python files, or one of them; if None, the first of paths.work_folders that has any
    """
    from .assemble import package  # check does not need it

    folder = Path(answers) if answers else work_folder([lesson.name for lesson in ladder.lessons()])
    if folder is None or not folder.exists():
        raise ValueError(f"there are no answers in {folder or 'this folder'}; name your folder of notebooks with --answers FOLDER")
    return 0 if package.assemble(folder, out, title, missing == "borrow", say=say) else 1


def make_assignment(lessons, out, seed_file=None, quiz=0, variant=()):
    """Write an assignment: a folder to hand out and a folder to keep."""
    from .publish import assignment  # check does not need it

    for path in assignment.make(ladder.select(lessons), Path(out), seed_file, quiz, variant):
        print(printable(path))
    return 0


def exercises_of(which):
    """["06.im2col"] for "6.im2col"; for "06", all exercises of the lesson."""
    if "." in which:
        lesson, exercise = ladder.find_exercise(which)
        return [f"{lesson.number}.{exercise.name}"]
    lesson = ladder.find_lesson(which)
    if not lesson.exercises:
        raise ValueError(f"lesson {lesson.number} has no exercises; there is nothing to check")
    return [f"{lesson.number}.{name}" for name in lesson.exercises]


def student_notebook(lesson):
    """The default path of the student's notebook for a lesson. Raises ValueError if it does not exist."""
    name, folder = f"{lesson.name}.ipynb", work_folder([lesson.name])
    if folder is None:
        _, *places = map(str, map(near, work_folders()))
        raise ValueError(f"there is no {name} in this folder, {', '.join(places)}; run `minifcn lessons start`, or name your file with --answers FILE")
    return folder / name
