"""The quiz on paper: its answers are those of the library, and no version gives them away."""

import re

import numpy as np
import pytest

from minifcn import functional as F
from minifcn import tensor
from minifcn.course.publish import quiz


def numbers(text):
    """The vectors in a text, as arrays."""
    return [np.array(found.split(","), float) for found in re.findall(r"\(((?:-?\d+, )+-?\d+)\)", text)]


def row(vector):
    """A vector as a picture of one row."""
    return tensor(vector[None, None, None, :], requires_grad=True)


@pytest.mark.parametrize("seed", range(10))
def test_the_answers_are_the_librarys(seed):
    text, answer, _ = quiz.convolution(np.random.default_rng(seed))
    (x, w, g), (y, by_weight, by_picture) = numbers(text), numbers(answer)
    picture, kernel = row(x), row(w)
    result = F.conv2d(picture, kernel)
    result.backward(g[None, None, None, :])
    for found, expected in (y, result.data), (by_weight, kernel.grad), (by_picture, picture.grad):
        np.testing.assert_allclose(found, expected.ravel())

    text, answer, _ = quiz.transposed_convolution(np.random.default_rng(seed))
    (w, x), (y, cut) = numbers(text), numbers(answer)
    for padding, found in enumerate((y, cut)):
        wide = F.conv_transpose2d(row(x), row(w), stride=(1, 2), padding=(0, padding))
        np.testing.assert_allclose(found, wide.data.ravel())

    text, answer, _ = quiz.sizes(np.random.default_rng(seed))
    kernel, stride, padding, n = (int(one) for one in re.findall(r"\d+", text))
    count, others = int(re.search(r"= (\d+)\$", answer)[1]), {int(one) for one in re.findall(r"\d+", answer.split(";")[1])}
    alike = {m for m in range(1, 100) if m + 2 * padding >= kernel and (m + 2 * padding - kernel) // stride + 1 == count}
    assert others | {n} == alike


def test_versions_differ_and_a_seed_repeats_them(tmp_path):
    for folder, seed in ("one", 1), ("again", 1), ("other", 2):
        quiz.write_quiz(tmp_path / folder, 2, seed)
    one, again, other = ({path.name: path.read_text() for path in (tmp_path / name).iterdir()} for name in ("one", "again", "other"))
    assert sorted(one) == ["answers.md", "quiz-A.md", "quiz-B.md"] and one == again and one != other
    assert one["quiz-A.md"] != one["quiz-B.md"].replace("version B", "version A")
    answers = re.findall(r"\*\*\d\.\*\* (.+)", one["answers.md"])
    assert len(answers) == 2 * len(quiz.QUESTIONS) and not any(answer in one["quiz-A.md"] for answer in answers)


def test_an_assignment_keeps_its_quiz(tmp_path):
    from minifcn.__main__ import main

    assert main(["assignment", "06", "--out", str(tmp_path / "hw"), "--quiz", "2"]) == 0
    assert len(list((tmp_path / "hw" / "keep" / "quiz").iterdir())) == 3
    assert not list((tmp_path / "hw" / "handout").rglob("*quiz*"))
