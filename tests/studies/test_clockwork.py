"""The study of clockwork: where a video ends, and what a schedule costs."""

import numpy as np
import pytest

from minifcn.data import Dataset
from minifcn.studies.clockwork import WINDOW, globe_video, relative_time, street_videos


class Frames(Dataset):
    names = ("0006R0_f00930", "0006R0_f00960", "0006R0_f01020", "Seq05VD_f01050", "Seq05VD_f01080")

    def __len__(self):
        return len(self.names)

    def name(self, index):
        return self.names[index] + ".png"

    def __getitem__(self, index):
        return index, index


def test_a_video_ends_where_a_frame_is_missing_or_another_sequence_begins():
    assert street_videos(Frames(), 30) == [[(0, 0), (1, 1)], [(2, 2)], [(3, 3), (4, 4)]]
    assert len(street_videos(Frames(), 2)) == 5


def test_the_window_moves_over_the_globe():
    (first, _), (second, truth) = globe_video(8, 2)
    np.testing.assert_array_equal(first[:, 8:], second[:, :-8])
    assert truth.shape == (WINDOW, 300)


def test_the_time_of_a_frame_is_that_of_the_stages_that_are_computed():
    seconds = {"pool4": 2.0, "pool5": 1.0, "head": 1.0, "": 1.0}
    assert relative_time(seconds, {"pool4": 1, "pool5": 1, "head": 1}) == 1
    assert relative_time(seconds, {"pool4": 0.5, "pool5": 0.25, "head": 0.25}) == pytest.approx(2.5 / 5)
