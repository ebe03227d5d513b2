"""The answers of lessons 11 and 22 against the library, which has the same things in another form."""

import numpy as np
import pytest

from minifcn import functional as F
from minifcn import tensor
from minifcn.autograd import no_grad
from minifcn.course import ladder
from minifcn.course.answers.solutions import solution
from minifcn.kernels.cpu.convolution.transform import MATRICES
from minifcn.models.unet import UNet, crop_center, weight_map

POINTS = {2: (0, 1, -1), 4: (0, 1, -1, 2, -2)}


def answer(number, name):
    names = {"np": np}
    exec(solution(ladder.find_lesson(number), name).text, names)  # noqa: S102  (the course's own)
    return names[name]


def numbers(*shape):
    return np.random.default_rng(1).standard_normal(shape)


def test_joining_maps_is_the_librarys_crop_and_cat():
    skip, x, grad = numbers(2, 3, 7, 9), numbers(2, 4, 4, 6), numbers(2, 7, 4, 6)
    join, (s, t) = answer("22", "ConcatCrop")(), (tensor(a, requires_grad=True) for a in (skip, x))
    joined = F.cat([crop_center(s, (4, 6)), t], dim=1)
    np.testing.assert_array_equal(join.forward(skip, x), joined.numpy())
    (joined * tensor(grad)).sum().backward()
    for found, expected in zip(join.backward(grad), (s, t), strict=True):
        np.testing.assert_array_equal(found, expected.grad)


def test_the_weight_map_is_the_librarys():
    cells = np.zeros((9, 12), int)
    cells[1:4, 1:6], cells[5:8, 2:4], cells[2:7, 8:11] = 3, 1, 7
    for options in {}, {"w0": 4.0, "sigma": 2.0}:
        np.testing.assert_allclose(answer("22", "weight_map")(cells, **options), weight_map(cells, **options), rtol=1e-12)


def test_the_tiles_of_the_papers_unet_have_the_scores_of_the_whole_mirrored_image():
    net = UNet(2, widths=(4, 8), dropout=0, in_channels=1, generator=np.random.default_rng(0)).eval()
    image = numbers(1, 17, 14).astype(np.float32)

    def scores(x):
        with no_grad():
            return net(tensor(x[None])).numpy()[0]

    whole = scores(np.pad(image, ((0, 0), (8, 9), (8, 8)), mode="reflect"))[:, :17, :14]
    assert np.abs(answer("22", "overlap_tile")(scores, image, 6, 8) - whole).max() < 1e-5 * np.abs(whole).max()


@pytest.mark.parametrize("m", POINTS)
def test_the_matrices_are_the_librarys_up_to_factors(m):
    def parts(BT, G, AT):
        return np.einsum("if,fr,fq->firq", AT, G, BT)

    side = m + 2
    library = [MATRICES[name] for name in (f"image{side}", f"weight{side}x3", f"output{m}x{side}")]
    np.testing.assert_allclose(parts(*answer("11", "winograd_matrices")(m, POINTS[m])), parts(*library), atol=1e-12)


@pytest.mark.parametrize("m", POINTS)
def test_the_convolution_is_the_librarys(m):
    x, weight = numbers(2, 3, 7, 10), numbers(4, 3, 3, 3)
    found = answer("11", "winograd_conv2d")(x, weight, answer("11", "winograd_matrices")(m, POINTS[m]), padding=1)
    np.testing.assert_allclose(found, F.conv2d(tensor(x), tensor(weight), padding=1).numpy(), rtol=0, atol=1e-11)
