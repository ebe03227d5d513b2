"""Images that a data set of pairs cuts into windows can be had in one piece, as prediction by tiles wants them."""

from types import SimpleNamespace

import numpy as np

from minifcn.data.images import write_image
from minifcn.data.module import DataModule
from minifcn.data.paired import PairDataset


def test_whole_gives_each_image_in_one_piece_and_leaves_the_windows_as_they_are(tmp_path):
    picture = np.random.default_rng(0).integers(0, 256, (20, 30, 3), np.uint8)
    write_image(tmp_path / "a.png", picture)
    pair = SimpleNamespace(image=tmp_path / "a.png", mask=tmp_path / "a.png", name="a")
    cut = PairDataset([pair], DataModule(), lambda path: np.zeros((20, 30), np.uint8), window=16)
    whole = cut.whole()
    assert (len(cut), len(whole)) == (4, 1) and whole.name(0) == "a" and cut.name(1) == "a (2)"
    pieces = [cut[k][0] for k in range(4)]
    np.testing.assert_array_equal(whole[0][0], np.block([[pieces[0], pieces[1]], [pieces[2], pieces[3]]]))
