"""The judge process: it reads submissions and has their answers checked.

It is a separate process because even reading is dangerous: a file may be crafted so that Python's parser runs for
hours, exhausts memory or crashes. Then only this process is lost, and supervisor.py starts another. Students' code
never runs here, only in the processes of sandbox/. Read gradescope.py next.
"""

import _thread
import contextlib
import gc
import json
import os
import queue
import signal
import sys
import threading
import traceback

from ...files import printable
from .. import ladder
from ..sandbox import walls
from ..sandbox.process import launch, process_for

BETWEEN = 100_000  # objects made between two searches for garbage: a syntax tree is many, and none is garbage
MEMORY = 4 * 2**30  # bytes for reading; a student's process has its own limit

_launched = []  # what launch() returned for the first answer, until it is checked
_opened = {}  # {path of the last submission: (its files, each a SubmittedFile; a line for each file passed over)}


def main(parent):
    """Answer requests until the other side closes the pipe. parent: the process id of the supervisor."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background shell ignores SIGINT, which is inherited
    walls.die_with(parent)
    limit_memory()
    _launched.append(launch())
    gc.set_threshold(BETWEEN)
    from ..checking import check  # noqa: F401  (with it comes NumPy, which the other process imports meanwhile)
    from ..sandbox import wire

    questions, answers = wire.detach_stream(0, "rb"), wire.detach_stream(1, "wb")
    requests = queue.SimpleQueue()
    threading.Thread(target=listen, args=(lambda: wire.receive(questions), requests), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        while (request := requests.get()) is not None:
            wire.send(answers, answer(request) | {"number": request["number"]})


def listen(receive, requests):
    """Queue the requests; when the pipe closes, interrupt the main thread, whatever it is doing."""
    with contextlib.suppress(EOFError):
        while True:
            requests.put(receive())
    requests.put(None)
    _thread.interrupt_main()  # so that the student's process is closed on exit


# Requests -------------------------------------------------------------------------------------------------------------


def answer(request):
    """The reply to a request, both dicts of plain data.

    refused: a sentence on what is wrong with a file;  failed, traceback: a bug in the grader
    """
    reply = {}
    try:
        DO[request["do"]](request, reply)
    except Exception as error:  # noqa: BLE001  (a bug in the grader must not cost the other exercises)
        if type(error) is ValueError or isinstance(error, OSError):
            return reply | {"refused": refusal(error)}
        reply |= {"failed": f"{type(error).__name__}: {error}"[:1000], "traceback": traceback.format_exc()[-20_000:]}
    return reply


def refusal(error):
    """What is wrong with a file, in a sentence; that of the system has a number and the path at its end."""
    is_systems = isinstance(error, OSError) and error.strerror and error.filename is not None
    return f"cannot read {printable(error.filename)}: {error.strerror}" if is_systems else str(error)


def greet(request, reply):
    """Just reply: the judge has started."""


def list_files(request, reply):
    """names: the notebooks and Python files of a submission;  passed_over: a line for each other file."""
    _opened.clear()
    files, passed_over = opened(request["submission"])
    reply |= {"names": [file.name for file in files], "passed_over": passed_over}


def read(request, reply):
    """Read a file as grading will, which refuses an unreadable one."""
    from ..answers.source import read_chunks

    (file,) = [one for one in opened(request["submission"])[0] if one.name == request["file"]]
    if not file.chunks:
        read_chunks(file.path)  # raises the reason
    for name in request["exercises"]:
        lesson, exercise = ladder.find_exercise(name)
        file.state(lesson, exercise)


def grade(request, reply):
    """Grade one exercise of a submission, in the file that has the answer.

    without: names of files that must not be read;  unread: lines on everything not read, for the message
    """
    from ..answers.submission import find_answer

    lesson, exercise = ladder.find_exercise(request["exercise"])
    files = [file for file in opened(request["submission"])[0] if file.name not in request["without"]]
    file = find_answer(lesson, exercise, files, request["unread"])
    reply |= {"file": file.name, "others": [other.name for other in files if other is not file]}
    check(request | {"path": str(file.path)}, reply)


def check(request, reply):
    """Check one exercise in one file.

    form: of the report in `shown`, "text", "colour" or "html";  given: what its answers may call, if that is known
    """
    with first_process(request["exercise"]) as process:
        from ..answers.solutions import remember_dependencies  # these take as long as that process needs to get ready
        from ..checking.check import check_file
        from ..show.html import html
        from ..show.text import as_json, text

        if "given" in request:
            remember_dependencies(ladder.find_exercise(request["exercise"])[1], request["given"])
        report = check_file(request["exercise"], request["path"], request["seed"], process)
    form = request["form"]
    reply["shown"] = html(report) if form == "html" else text(report, colour=form == "colour")
    reply |= {"verdict": report.verdict, "holds": [state.holds for state in report.properties]}
    reply["json"] = json.dumps(as_json(report))


def first_process(name):
    """The process launched for the first answer, told what exercise "06.im2col" needs; for any other answer, none as yet."""
    _, exercise = ladder.find_exercise(name)
    if not _launched:
        return contextlib.nullcontext()
    return process_for(exercise, _launched.pop())


DO = {"greet": greet, "files": list_files, "read": read, "grade": grade, "check": check}


def opened(path):
    """(files, lines on what is passed over) of a submission; the last submission is cached, with its parsed files."""
    from ..answers.submission import scan_submission

    if path not in _opened:
        _opened.clear()
        found = scan_submission(path)
        _opened[path] = found.files, found.unread
    return _opened[path]


# The process ----------------------------------------------------------------------------------------------------------


def limit_memory():
    """If possible, limit memory, for a MemoryError before the machine swaps, and disable core dumps."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most), most))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else os.getppid())
    os._exit(0)  # everything is closed; a regular exit would only take longer
