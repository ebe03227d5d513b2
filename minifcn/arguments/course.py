"""The options of the course's commands, for students and for instructors. Read shell.py next."""

from ..parsing import at_least
from .shared import seed_option


def lessons(command):
    command.set_defaults(build=False, start=False)
    command.epilog = "examples: minifcn lessons, minifcn lessons start, minifcn lessons build 06"
    command.add_argument("--notebooks", metavar="FOLDER", help="folder of your notebooks (default: this one, or my-lessons)")
    language_option(command.add_argument, "language of the list (default: MINIFCN_LANGUAGE, else en)")
    parts = command.add_subparsers(metavar="[start | build]")
    text = "copy the notebooks into a folder of yours; what you have written is never overwritten"
    start = parts.add_parser("start", help=text, description=text, epilog="example: minifcn lessons start my-lessons")
    start.set_defaults(start=True)
    start.add_argument("folder", nargs="?", metavar="FOLDER", help="folder to create or bring up to date (default: my-lessons)")
    language_option(start.add_argument, "the notebooks' language, where they are translated (default: MINIFCN_LANGUAGE, else en)")
    text = "build the notebooks from the lessons"
    example = "example: minifcn lessons build 06 --force"
    build = parts.add_parser("build", help=text, description=text, epilog=example)
    build.set_defaults(build=True)
    build.add_argument("lessons", nargs="*", metavar="LESSON", help="number of a lesson: 06 (default: all)")
    build.add_argument("--check", action="store_true", help="change nothing; list the notebooks that are out of date")
    build.add_argument("--force", action="store_true", help="run every lesson again, and overwrite answers")
    language_option(build.add_argument, "build only the notebooks of this language (default: all)")


def check(command):
    command.epilog = "example: minifcn check 06.im2col --answers answers.py"
    add = command.add_argument
    add("exercise", nargs="?", metavar="EXERCISE", help="a lesson, 06, or one of its exercises, 06.im2col")
    add("--answers", metavar="FILE", help="your notebook or Python file (default: the lesson's, in this folder or my-lessons)")
    add("--json", action="store_true", help="print the reports as JSON")
    add("--hint", action="store_true", help="print a hint, and one more each time")
    language_option(add, "language of the report and the hints (default: MINIFCN_LANGUAGE, else en)")
    add("--sandbox", action="store_true", help="list the walls around an answer, and those this system lacks")
    seed = command.add_mutually_exclusive_group().add_argument
    seed_option(seed, "random seed of the questions")
    seed("--seed-file", metavar="FILE", help="file of random text to use as the seed")


def assemble(command):
    command.epilog = "example: minifcn assemble --answers my-lessons --out myfcn --missing borrow"
    add = command.add_argument
    add("--answers", metavar="FOLDER", help="your notebooks or Python files (default: this folder, or my-lessons)")
    add("--out", required=True, metavar="FOLDER", help="folder of the package; its name is what you import: myfcn")
    add("--name", default="", metavar="NAME", help="your name for it, for its README and report")
    add("--missing", choices=("refuse", "borrow"), default="refuse",
        help="what to do if an answer is not written: stop, or take the course's")  # fmt: skip


def explore(command):
    command.epilog = "example: minifcn explore --no-open"
    command.add_argument("--no-open", action="store_true", help="print the page's address only")


def grade(command):
    command.epilog = "example: minifcn grade 06 07 --submissions handed-in --out results --jobs 2"
    add = command.add_argument
    lessons_argument(add)
    add("--submissions", required=True, metavar="FOLDER",
        help="what was handed in: a folder, a notebook or a Python file per student")
    add("--out", required=True, metavar="FOLDER",
        help="folder for grades.csv, index.html and NAME.json of each submission; run again, the same command grades only what is"
        " missing or has changed")
    add("--seed-file", metavar="FILE", help="file of random text to use as the seed of the questions, such as `minifcn"
        " assignment` writes; without it, the questions can be known in advance")  # fmt: skip
    add("--jobs", type=at_least(1), metavar="N", help="number of submissions graded at a time (default: all cores)")


def assignment(command):
    command.epilog = "examples: minifcn assignment 06 07 --out hw2, minifcn assignment 10.max_pool2d 12 --out hw3"
    add = command.add_argument
    lessons_argument(add)
    add("--out", required=True, metavar="FOLDER", help="new folder for the assignment")
    add("--seed-file", metavar="FILE", help="seed of another assignment, for the same questions (default: a new seed)")
    add("--variant", action="append", default=[], metavar="NAME",
        help="a convention of this term, such as channels-last for lessons 6 and 7: public solutions then fail")
    add("--quiz", type=at_least(1), default=0, metavar="N", help="also write N versions of a quiz on paper, with answers, to keep")


def language_option(add, text):
    from ..course.paths import LANGUAGES

    add("--language", choices=("en", *LANGUAGES), help=text)


def lessons_argument(add):
    add("lessons", nargs="+", metavar="LESSON", help="number of a lesson, 06, or one of its exercises, 10.max_pool2d")
