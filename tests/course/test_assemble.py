"""`minifcn assemble`: a student's answers become a package that runs by itself, and nothing is written unless all are right."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from minifcn.__main__ import main
from minifcn.checkpoint import save_checkpoint
from minifcn.course import ladder
from minifcn.course.answers.solutions import apply_mistake
from minifcn.course.assemble import package
from minifcn.course.assemble.collect import Part
from minifcn.course.assemble.modules import make_modules, module_text, without_marks
from minifcn.models.catalogue import build
from minifcn.runs.options import Options, as_config

WITH_MINIFCN = os.environ | {"PYTHONPATH": str(ladder.lessons()[0].folder.parents[1])}
UNBROADCAST = '''"""My answers."""
import math
import numpy as np


def axes_of(grad, shape):
    """My helper."""
    new = grad.ndim - len(shape)
    return tuple(range(new)) + tuple(new + i for i, n in enumerate(shape) if n == 1)


def unbroadcast(grad, shape):
    ### BEGIN SOLUTION
    return grad.sum(axis=axes_of(grad, shape)).reshape(shape)
    ### END SOLUTION


print("this does not belong into a package", math.pi)
'''
WRONG = """def unbroadcast(grad, shape):
    new = grad.ndim - len(shape)
    return grad.sum(axis=tuple(range(new)))
"""


def assemble(folder, source="", out="mine", **options):
    """(whether it was written, the lines it printed, the package's folder) for one file of answers."""
    answers = folder / "answers"
    answers.mkdir(exist_ok=True)
    if source:
        (answers / "03_tensors.py").write_text(source)
    said = []
    done = package.assemble(answers, folder / out, say=said.append, **options)
    return done, "\n".join(said), folder / out


def python(*arguments, folder, env=None):
    """Run Python in a folder."""
    command = [sys.executable, *map(str, arguments)]
    return subprocess.run(command, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=900)


def without_minifcn(code, folder):
    """Run code in a folder where minifcn cannot be imported."""
    return python("-c", f"import sys; sys.modules['minifcn'] = None\n{code}", folder=folder)


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """(what was printed, the package) of one answer of the student's own, the rest borrowed."""
    done, said, out = assemble(tmp_path_factory.mktemp("mine"), UNBROADCAST, title="Ada's FCN", borrowing=True)
    assert done
    return said, out


def test_an_optional_exercise_may_be_missing(mine):
    _, out = mine
    optional = [f"{lesson.number}.{name}" for lesson in ladder.lessons() for name, e in lesson.exercises.items() if e.optional]
    assert {"10.AvgPool2d", "12b.dense_matrix"} <= set(optional)
    assert not {part["exercise"] for part in json.loads((out / "parts.json").read_text())["parts"]} & set(optional)
    assert "class AvgPool2d" not in (out / "pooling.py").read_text()


def test_the_package_says_what_is_whose(mine):
    said, out = mine
    record = json.loads((out / "parts.json").read_text())
    own = [part for part in record["parts"] if not part["borrowed"]]
    assert own == [
        {"exercise": "03.unbroadcast", "module": "tensor", "lines": 6, "file": "03_tensors.py", "borrowed": False}
    ]
    assert len(record["parts"]) == sum(not e.optional for lesson in ladder.lessons() for e in lesson.exercises.values())
    assert "1 of" in said and "borrowed: 01.Value, " in said
    text = (out / "tensor.py").read_text()
    assert "# Borrowed from the course: 03.Mul\nclass Mul" in text
    assert "Written by the owner of this package: 03.unbroadcast." in text
    assert (out / "README.md").read_text().startswith("# Ada's FCN\n")


def test_modules_hold_answers_helpers_and_imports_once_and_nothing_else(mine):
    _, out = mine
    for path in out.glob("*.py"):
        text = path.read_text()
        assert "SOLUTION" not in text and 'check("' not in text and "raise NotImplementedError" not in text
        assert not re.search(r"^\s*(?:import|from) minifcn", text, re.MULTILINE) or path.name in (
            "data.py",
            "weights.py",
        )
        names = re.findall(r"^(?:def|class) (\w+)", text, re.MULTILINE)
        assert len(names) == len(set(names)), path
        lines = text.splitlines()
        assert len([line for line in lines if line.startswith("import")]) == len(
            {line for line in lines if line.startswith("import")}
        )
    text = (out / "tensor.py").read_text()
    assert text.count("def axes_of") == 1 and "math" not in text and "print" not in text
    assert "from .value import topological_order" in text


def test_the_package_runs_without_minifcn(mine):
    _, out = mine
    modules = [path.stem for path in out.glob("*.py") if path.stem not in ("__init__", "data", "train")]
    code = "\n".join(f"import mine.{name}" for name in modules)
    code += "\nimport numpy as np\nfrom mine.nets import *\nnet = make_net('fcn8s', np.random.default_rng(0), widths=(2, 2, 2, 2, 2), head=2)"
    code += "\nassert scores_of(net, np.ones((1, 3, 40, 33), np.float32)).shape == (1, 8, 40, 33)"
    done = without_minifcn(code, out.parent)
    assert done.returncode == 0, done.stderr


def test_a_report_is_written_before_any_training(mine):
    _, out = mine
    done = without_minifcn("import runpy; runpy.run_module('mine.report', run_name='__main__')", out.parent)
    assert done.returncode == 0, done.stderr
    page = (out / "report.html").read_text()
    assert "Ada&#x27;s FCN" in page and "Not trained yet" in page and "03_tensors.py" in page
    assert "http" not in page


def test_a_wrong_answer_is_named_with_its_hint_and_nothing_is_written(tmp_path):
    done, said, out = assemble(tmp_path, WRONG, borrowing=True)
    assert not done and not out.exists()
    assert "03.unbroadcast is wrong, in 03_tensors.py\n  hint: " in said
    assert "minifcn check 03.unbroadcast --answers " in said and "nothing was written" in said


def test_another_lessons_notebook_does_not_answer(tmp_path):
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "00_tour.py").write_text("max_pool2d = print\n")
    (tmp_path / "answers" / "10_pooling.py").write_text(
        "def max_pool2d(x, kernel_size, stride, padding=0, ceil_mode=False):\n    raise NotImplementedError\n"
    )
    done, said, _ = assemble(tmp_path, borrowing=True)
    assert done and "10.max_pool2d is not yet written" in said


def test_missing_answers_are_named_and_not_borrowed_without_being_asked(tmp_path):
    done, said, out = assemble(tmp_path, UNBROADCAST)
    assert not done and not out.exists()
    assert "not written yet: 01.Value, " in said and "03.unbroadcast," not in said and "--missing borrow" in said


def test_the_command_exits_with_1_unless_all_is_right(tmp_path, capsys):
    (tmp_path / "answers").mkdir()
    command = ["assemble", "--answers", str(tmp_path / "answers"), "--out", str(tmp_path / "mine")]
    assert main(command) == 1
    assert main([*command, "--missing", "borrow", "--name", "Grace"]) == 0
    assert (tmp_path / "mine" / "README.md").read_text().startswith("# Grace\n")
    assert "0 of" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["minifcn", "numpy", "my-fcn", "class", "8s"])
def test_a_name_that_cannot_be_imported_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="cannot be the name of a package"):
        assemble(tmp_path, out=name, borrowing=True)


def test_another_folder_is_not_written_over(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(ValueError, match="did not make it"):
        assemble(tmp_path, borrowing=True)


def test_assembled_again_it_keeps_what_the_student_wrote(tmp_path):
    _, _, out = assemble(tmp_path, borrowing=True, title="Ada's FCN")
    (out / "ablation.md").write_text("What I found")
    (out / "runs").mkdir()
    (out / "runs" / "mine.txt").write_text("hours")
    done, _, _ = assemble(tmp_path, UNBROADCAST, borrowing=True)
    assert done and "axes_of" in (out / "tensor.py").read_text()
    assert (out / "ablation.md").read_text() == "What I found" and (out / "runs" / "mine.txt").exists()
    assert (out / "README.md").read_text().startswith("# Ada's FCN\n")  # the name is remembered
    (out / "train.py").write_text("# mine\n")
    with pytest.raises(ValueError, match="train.py in .* you have edited"):
        assemble(tmp_path, borrowing=True)
    assert (out / "train.py").read_text() == "# mine\n"


# Modules --------------------------------------------------------------------------------------------------------------


def modules_of(*parts):
    """{name: text} of Parts given as (exercise, text, uses)."""
    modules, homes = make_modules([Part(name, text, "mine.py", uses) for name, text, uses in parts])
    return {name: module_text(module, homes) for name, module in modules.items()}


def test_a_helper_that_two_answers_share_is_written_once():
    helper = "import numpy as np\ndef half(x):\n    return np.asarray(x) / 2\n"
    texts = modules_of(
        ("06.im2col", helper + "def im2col(x):\n    return half(x)\n", ()),
        ("06.col2im", helper + "def col2im(x):\n    return im2col(half(x))\n", ("06.im2col",)),
    )
    assert texts.keys() == {"convolution"}
    assert texts["convolution"].count("def half") == texts["convolution"].count("import numpy") == 1


def test_helpers_of_one_name_that_differ_do_not_meet():
    texts = modules_of(
        ("06.im2col", "def half(x):\n    return x / 2\n\ndef im2col(x):\n    return half(x)\n", ()),
        ("06.col2im", "def half(x):\n    return x // 2\n\ndef col2im(x):\n    return half(x)\n", ()),
        ("07.conv_forward", "def conv_forward(x):\n    return col2im(x)\n", ("06.col2im",)),
    )
    assert texts.keys() == {"convolution", "convolution_col2im"}
    assert "x // 2" in texts["convolution_col2im"]
    assert "from .convolution_col2im import col2im" in texts["convolution"]


def test_an_answer_with_its_own_version_of_another_keeps_it():
    texts = modules_of(
        ("06.im2col", "def im2col(x):\n    return x\n", ()),
        (
            "07.conv_forward",
            "def im2col(x, y):\n    return y\n\ndef conv_forward(x):\n    return im2col(x, x)\n",
            ("06.im2col",),
        ),
    )
    assert "def im2col(x, y)" in texts["convolution_conv_forward"] and "import" not in texts["convolution_conv_forward"]


def test_code_that_a_lesson_gives_is_imported_where_an_answer_brings_a_copy():
    given = Part("15.Conv", "class Conv:\n    pass\n", "", (), given=True)
    answer = Part("18.FCN8s", "class Conv:\n    pass\n\nclass FCN8s:\n    layer = Conv()\n", "mine.py", ())
    modules, homes = make_modules([answer, given])
    assert "from .layers import Conv" in module_text(modules["fcn"], homes)
    assert "class Conv:" not in module_text(modules["fcn"], homes)


# All of it ------------------------------------------------------------------------------------------------------------


def all_answers(folder, mistakes=()):
    """A file for each lesson, with the course's solutions; some are replaced by a planted mistake, [(exercise, mistake)]."""
    for lesson in ladder.lessons():
        text = without_marks((lesson.folder / "lesson.py").read_text())
        for exercise, mistake in mistakes:
            if exercise.startswith(f"{lesson.number}."):
                text += "\n\n" + apply_mistake(lesson, exercise.partition(".")[2], mistake).text
        (folder / f"{lesson.name}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The package of all solutions, each of them checked."""
    folder, said = tmp_path_factory.mktemp("whole"), []
    (folder / "answers").mkdir()
    assert package.assemble(all_answers(folder / "answers"), folder / "mine", say=said.append), "\n".join(said)
    assert not any(part["borrowed"] for part in json.loads((folder / "mine" / "parts.json").read_text())["parts"])
    return folder


@pytest.mark.slow
def test_its_own_tests_pass(whole):
    done = python("-m", "pytest", "-q", "-p", "no:cacheprovider", "mine", folder=whole)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("name", ["fcn32s", "fcn16s", "fcn8s"])
def test_the_librarys_weights_give_the_librarys_scores(whole, name, tmp_path):
    rng, net = np.random.default_rng(0), build(name, 8)
    state = {name: array.copy() for name, array in net.state_dict().items()}
    for key, array in state.items():
        if "upscore" not in key and array.ndim:
            array += rng.uniform(0, 0.05, array.shape).astype(array.dtype) * rng.choice([-1, 1], array.shape).astype(
                array.dtype
            )
    net.load_state_dict(state)
    save_checkpoint(tmp_path / "checkpoint.npz", model=net, config=as_config(Options(model=name)))
    done = python("-m", "mine.weights", tmp_path / "checkpoint.npz", folder=whole, env=WITH_MINIFCN)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
def test_it_learns_and_an_interrupted_run_is_the_same_run(whole):
    code = f"""
import json, sys
sys.path.insert(0, {str(ladder.lessons()[0].folder.parents[1])!r})
import numpy as np
from mine import train
from mine.data import Satellite
train.EPOCH, data = 6, Satellite()
chosen = train.options(["--steps", "12", "--size", "64", "--name", sys.argv[1]])
if sys.argv[1] == "stopped":
    def stop(*arguments, original=train.train_epoch):
        if arguments[-2] == 1:
            raise KeyboardInterrupt
        return original(*arguments)
    original, train.train_epoch = train.train_epoch, stop
    try:
        train.train(chosen, data)
    except KeyboardInterrupt:
        train.train_epoch = original
train.train(chosen, data)
"""
    histories = []
    for name in "whole", "stopped":
        done = python("-c", code, name, folder=whole)
        assert done.returncode == 0, done.stderr
        (path,) = (whole / "mine" / "runs").glob(f"fcn8s-{name}-*/scores.json")
        histories.append([entry["loss"] for entry in json.loads(path.read_text())["history"]])
    assert histories[0] == histories[1]
    assert histories[0][1] < histories[0][0]
    done = python("-m", "mine.report", folder=whole, env=WITH_MINIFCN)
    assert done.returncode == 0, done.stderr
    assert "data:image/png;base64," in (whole / "mine" / "report.html").read_text()


@pytest.mark.slow
def test_of_ten_planted_mistakes_each_is_named_with_its_hint(tmp_path):
    chosen = []
    for lesson in ladder.lessons():
        for name, mistakes in lesson.mistakes.items():
            by_change = [mistake for mistake in mistakes if mistake.changes and not mistake.answer]
            if by_change and not any(exercise.startswith(lesson.number) for exercise, _ in chosen):
                chosen.append((f"{lesson.number}.{name}", by_change[0]))
    chosen, said = chosen[:10], []
    assert len(chosen) == 10
    assert not package.assemble(all_answers(tmp_path, chosen), tmp_path / "mine", say=said.append)
    said = "\n".join(said)
    for exercise, mistake in chosen:
        assert re.search(
            rf"^{re.escape(exercise)} (?:is wrong|crashed|timed out), in .*\n  hint: {re.escape(mistake.hint)}$",
            said,
            re.MULTILINE,
        ), exercise
    assert not (tmp_path / "mine").exists()
