"""Makes an assignment from some lessons: a folder to hand out, and a folder to keep, with solutions and graders.

The graders are those in grading/, for Gradescope, nbgrader and the shell. Read handout.py next.
"""

import contextlib
import os
import zipfile
from pathlib import Path

from ...extras import require
from .. import ladder
from ..grading import seeds
from ..paths import COURSE, INSTALLED, ROOT, SOLUTIONS, STUDENT, is_installed, notebook_path
from . import handout, ta, terms
from .quiz import write_quiz

HANDOUT = """\
# {title}

{lessons}
{term}
{where}
{jupyter} lab {notebook}
```

Replace each `raise NotImplementedError(...)` with your code. The cell below each exercise checks your answer and says
what is wrong with it; `hint("{exercise}")` gives a hint. The same check at the shell, without Jupyter:

```
{minifcn} check {number} --answers {notebook}
```

| exercise | points |
|---|---|
{points}
{written}
Hand in the notebooks under their original names. A Python file with the same functions and classes is fine, too
(`{module}.py`). Hand in one file per lesson; if there are several, the one with the answer is graded, and the report
names it. Your code is extracted from your file and run on its own, with only NumPy and what the lesson provides.
"""

CHECKOUT = """\
In a checkout of minifcn (its README says how to install it):

```
make .venv/installed                        # once: sets up .venv"""

TERM = """
This term has conventions of its own:

{conventions}

So have the notebooks here, and the checks in `lessons/`: keep that folder beside the notebooks. An answer to the public
course's exercise is graded as wrong.
"""

BESIDE = """\
In this folder, with an environment in which minifcn is installed (its README says how) and the checks of this term:

```
export MINIFCN_LESSONS="$PWD/lessons"       # in every new shell"""

WRITTEN = """
The written questions at the end of each notebook are graded by hand, {each} points each. Write your answer into the cell
below the question. The open problems have no single answer: the cell is there if you tried one.
"""

KEEP = """\
# {title}: for the instructor

Do not hand out this folder: it contains the solutions.

- `solutions/`: the notebooks, completed, and executed unless this was made without a checkout.
- `TA.md`: for office hours: each mistake that the checks know, its hint, and a question to ask about it.
- `QUESTIONS.md`: the written questions, with answers where there is one. The notebooks handed out have none of these.
- `lessons/`: the source of the lessons, with the questions of the checks (`checks.py`) and the mistakes they recognise
  (`mistakes.py`).
- `seed.txt`: the seed of the random questions, unique to this assignment. Anyone who has it can compute all questions in
  advance, so keep it secret. This makes the same assignment again: `{again} --seed-file seed.txt`.
- `autograder.zip`: upload it to Gradescope as it is; it contains the seed. To try it here, on a folder with one
  student's files:

```
{lessons_here}python -m minifcn.course.grading.gradescope {numbers} --submission FOLDER --out results.json --seed-file seed.txt
```

- A whole class at the shell: FOLDER has a folder, a notebook or a Python file for each student. If interrupted, the same
  command resumes where it stopped. It writes `RESULTS/NAME.json` for every submission, `RESULTS/grades.csv`, and
  `RESULTS/index.html`, a page on who made which mistake:

```
{lessons_here}minifcn grade {numbers} --submissions FOLDER --out RESULTS --seed-file seed.txt
```

- `nbgrader/`: a course folder for nbgrader. In it, run `nbgrader generate_assignment {name}` and hand out
  `release/{name}/`; put submissions into `submitted/STUDENT/{name}/` and run `nbgrader autograde {name}`. nbgrader's
  environment needs minifcn installed (`pip install -e CHECKOUT`). Leave `nbgrader/` in this folder, next to `lessons/`
  and `seed.txt`. The written questions wait in nbgrader's formgrader to be graded by hand.

With the `nbgrader_config.py` in it, points come from the same grader as everywhere else, which extracts the answers
from the notebook's source: no cell of a student's notebook runs in a kernel, every property earns its points, and
tampering with the check cells (changing, deleting or copying them, editing the points in their metadata, writing
outputs by hand) has no effect. **Without it**, or with another `autograde_preprocessors`, nbgrader runs the notebook
and trusts what its check cells show: `check = print` in an answer then earns full points.
"""

SETUP = """\
#!/usr/bin/env bash
set -e
apt-get install -y python3 python3-venv
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install -r /autograder/source/requirements.txt
"""

RUN = """\
#!/usr/bin/env bash
cd /autograder/source
export MINIFCN_LESSONS=/autograder/source/lessons
/autograder/venv/bin/python -m minifcn.course.grading.gradescope {numbers} \\
    --submission /autograder/submission --out /autograder/results/results.json --seed-file /autograder/source/seed.txt
"""

NBGRADER = """\
import os
from pathlib import Path

keep = Path(__file__).resolve().parent.parent
os.environ["MINIFCN_LESSONS"], os.environ["MINIFCN_SEED_FILE"] = str(keep / "lessons"), str(keep / "seed.txt")

c = get_config()
c.CourseDirectory.course_id = {name!r}

# Replaces nbgrader's Execute, which runs a notebook and trusts what its check cells show: the answers are graded from
# their source, in a separate process, and each check cell shows the outcome.
ours, theirs = "minifcn.course.grading.nbgrader", "nbgrader.preprocessors"
sanitizing = "ClearOutput", "DeduplicateIds", "OverwriteKernelspec", "OverwriteCells", "CheckCellMetadata"
saving = "LimitOutput", "SaveAutoGrades", "AssignLatePenalties", "CheckCellMetadata"
c.Autograde.sanitize_preprocessors = [f"{{ours}}.restore", *(f"{{theirs}}.{{one}}" for one in sanitizing)]
c.Autograde.autograde_preprocessors = [f"{{ours}}.grade", *(f"{{theirs}}.{{one}}" for one in saving)]
"""


def make(lessons, out, seed_file=None, quiz=0, variant=()):
    """Write an assignment from some Lessons into a new folder; returns the paths of its two folders.

    lessons:   as ladder.select returns them
    seed_file: from another assignment, for the same random questions; None for a new seed
    quiz:      how many versions of a quiz on paper to write into the folder to keep
    variant:   names of the conventions of the term
    Raises ValueError if the folder is not empty, a lesson has no exercises, its notebooks are not built, or no lesson
    has such a convention.
    """
    out = Path(out)
    seed = read_seed(seed_file) if seed_file else seeds.new_seed().encode()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ValueError(f"{out} already exists and is not empty; choose a new folder")
    for lesson in lessons:
        if not lesson.exercises:
            raise ValueError(f"lesson {lesson.number} has no exercises; leave it out")
    changed = terms.changed_lessons(lessons, variant)
    lessons = terms.without_checks(lessons, changed)
    built = {lesson.name: built_notebooks(lesson) for lesson in lessons if lesson.name not in changed}
    keep, given = out / "keep", out / "handout"
    terms.write_lessons(lessons, variant, keep / "lessons")
    with lessons_of(keep / "lessons" if variant else None):
        lessons = ladder.select(ladder.words_of(lessons))
        books = {lesson: built.get(lesson.name) or terms.build_notebooks(lesson) for lesson in lessons}
        write_handout(lessons, books, given, out.name, terms.sentences(lessons, variant))
        write_keep(lessons, books, keep, out.name, seed, variant)
        if variant:
            terms.write_handed_out(lessons, variant, keep / "lessons", given / "lessons")
    if quiz:
        write_quiz(keep / "quiz", quiz, seeds.seed_of(keep / "seed.txt"))
    return [given, keep]


@contextlib.contextmanager
def lessons_of(folder):
    """Context in which the course's lessons are those in a folder, if there is one."""
    before = os.environ.get("MINIFCN_LESSONS")
    if folder:
        os.environ["MINIFCN_LESSONS"] = str(folder.resolve())
    try:
        yield
    finally:
        if folder and before is None:
            del os.environ["MINIFCN_LESSONS"]
        elif folder:
            os.environ["MINIFCN_LESSONS"] = before


def built_notebooks(lesson):
    """(with solutions, the student's) of a lesson, as plain JSON; in a wheel the first is made now, and not executed."""
    student = handout.load(notebook(lesson, STUDENT))
    if not is_installed():
        return handout.load(notebook(lesson, SOLUTIONS)), student
    require("making an assignment without a checkout", "lessons", "jupytext", "nbclient")
    from . import build

    return handout.plain(build.read(lesson)), student


def write_handout(lessons, books, folder, name, conventions):
    """Write what students get: notebooks and a README."""
    for lesson, (_, student) in books.items():
        book = handout.assigned(student, lesson)
        handout.write(terms.with_lessons_beside(book) if conventions else book, folder / f"{lesson.name}.ipynb")
    count = sum(bool(one.points) for _, student in books.values() for one in handout.questions(student))
    words = template_fields(lessons, name) | {
        "where": BESIDE if conventions else CHECKOUT,
        "jupyter": "jupyter" if conventions else ".venv/bin/jupyter",
        "minifcn": "minifcn" if conventions else ".venv/bin/python -m minifcn",
        "term": TERM.format(conventions="\n".join(conventions)) if conventions else "",
        "written": WRITTEN.format(each=handout.POINTS) if count else "",
    }
    write(folder / "README.md", HANDOUT.format(**words))


def write_keep(lessons, books, folder, name, seed, variant=()):
    """Write what the instructor keeps, besides `lessons/`: solutions, TA.md, QUESTIONS.md, the seed and three graders."""
    words = template_fields(lessons, name)
    words["again"] = " ".join(["minifcn assignment", words["numbers"], *(f"--variant {one}" for one in variant)])
    words["lessons_here"] = "MINIFCN_LESSONS=lessons " if variant else ""
    for lesson, (solution, _) in books.items():
        handout.write(solution, folder / "solutions" / f"{lesson.name}.ipynb")
        book = handout.assigned(solution, lesson, answered=True)
        handout.write(book, folder / "nbgrader" / "source" / name / f"{lesson.name}.ipynb")
    write(folder / "nbgrader" / "nbgrader_config.py", NBGRADER.format(**words))
    write(folder / "QUESTIONS.md", handout.questions_text(words["title"], books))
    ta.write(folder / "TA.md", words["title"], lessons, terms.sentences(lessons, variant))
    write(folder / "README.md", KEEP.format(**words))
    (folder / "seed.txt").write_bytes(seed)
    pack_autograder(folder / "autograder.zip", lessons, words, seed)


def read_seed(path):
    """The bytes of a seed file. Raises ValueError and OSError as `seed_of` does."""
    seeds.seed_of(path)
    return Path(path).read_bytes()


def notebook(lesson, kind):
    """The path of a lesson's notebook, which must have been built."""
    path = notebook_path(lesson.name, kind)
    if not path.exists():
        raise ValueError(f"{path.name} is not in notebooks/{kind}; run `minifcn lessons build` first")
    return path


def template_fields(lessons, name):
    """The fields of the templates above."""
    first = lessons[0]
    rows = [f"| {lesson.number}.{e.name} | {e.points} |" for lesson in lessons for e in lesson.exercises.values()]
    total = sum(e.points for lesson in lessons for e in lesson.exercises.values())
    return {
        "name": name,
        "title": f"Assignment {name}",
        "lessons": "\n".join(f"- Lesson {lesson.number}: {lesson.title} (`{lesson.name}.ipynb`)" for lesson in lessons),
        "notebook": f"{first.name}.ipynb",
        "module": first.name,
        "number": ladder.words_of([first])[0],
        "exercise": f"{first.number}.{next(iter(first.exercises))}",
        "numbers": " ".join(ladder.words_of(lessons)),
        "points": "\n".join([*rows, f"| total | {total} |"]),
    }


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def pack_autograder(path, lessons, words, seed):
    """Write Gradescope's zip: two scripts, the package, the lessons and the seed; reproducible byte for byte."""
    package = ROOT / "minifcn"
    files = {"setup.sh": SETUP.encode(), "run_autograder": RUN.format(**words).encode()}
    files["seed.txt"] = seed
    files["requirements.txt"] = (COURSE / "requirements.txt").read_bytes()
    for source in sorted(package.rglob("*")):
        if source.suffix in (".py", ".cu", ".cuh") and INSTALLED not in source.parents:
            files[f"minifcn/{source.relative_to(package).as_posix()}"] = source.read_bytes()
    for lesson in ladder.with_dependencies(lessons):
        for source in sorted(lesson.folder.glob("*.py")):
            files[f"lessons/{lesson.name}/{source.name}"] = source.read_bytes()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o755 if name in ("setup.sh", "run_autograder") else 0o644) << 16
            archive.writestr(entry, data, zipfile.ZIP_DEFLATED)
