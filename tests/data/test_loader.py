"""DataLoader: the same batches for any number of threads, from any start, and no thread left behind."""

import threading
import time

import numpy as np
import pytest

from minifcn.data import DataLoader, Dataset, Shapes
from minifcn.data.images import ImageError
from minifcn.extras import MissingPackage


class Numbered(Dataset):
    """Sample i holds the number i and a random number; slow ones come in a shuffled order from several threads."""

    def __init__(self, length, broken=None, odd=None, wait=0.0):
        self.length, self.broken, self.odd, self.wait = length, broken, odd, wait

    def __len__(self):
        return self.length

    def sample(self, index, rng):
        time.sleep(self.wait * (index % 3))
        if index == self.broken:
            raise KeyError("no such file")
        size = 5 if index == self.odd else 4
        label = np.full((size, size), index)
        return np.full((3, size, size), index + rng.random(), np.float32), label


def batches(loader, epoch=0, start=0):
    return list(loader.batches(epoch, start))


def same(first, second):
    return len(first) == len(second) and all(
        (a == c).all() and (b == d).all() for (a, b), (c, d) in zip(first, second, strict=True))


def numbers(batch_list):
    return [int(n) for _, labels in batch_list for n in labels[:, 0, 0]]


def loader_threads():
    return [t for t in threading.enumerate() if t.name.startswith("DataLoader")]


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_any_number_of_workers_gives_the_same_batches(workers):
    dataset = Numbered(25, wait=0.002)
    def make(n):
        return DataLoader(dataset, 4, shuffle=True, num_workers=n, seed=3)
    for epoch in 0, 1:
        assert same(batches(make(0), epoch), batches(make(workers), epoch))


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("ranks", [1, 2, 3, 5])
def test_ranks_share_each_batch_as_evenly_as_possible(ranks, workers):
    whole = DataLoader(Numbered(19), 5, shuffle=True, seed=3)
    parts = [DataLoader(Numbered(19), 5, shuffle=True, seed=3, num_workers=workers, rank=rank, num_replicas=ranks)
             for rank in range(ranks)]
    assert all(len(part) == 4 for part in parts)
    for start in range(3):                                               # the last batch, of 4, leaves one of 5 ranks out
        batch, given = batches(whole, 1, start)[0], [batches(part, 1, start)[0] for part in parts]
        assert same([batch], [tuple(map(np.concatenate, zip(*given)))])
        assert max(len(images) for images, _ in given) - min(len(images) for images, _ in given) <= 1
    assert sorted(numbers(part for loader in parts for part in batches(loader))) == list(range(19))


def test_samples_come_one_by_one_in_the_order_of_the_batches():
    loader = DataLoader(Numbered(7), 7, shuffle=True, seed=2)
    (images, labels), = batches(loader, 3)
    assert all((a == b).all() and (c == d).all() for (a, c), b, d in zip(loader.samples(3), images, labels, strict=True))


@pytest.mark.parametrize("workers", [0, 3])
@pytest.mark.parametrize("start", [0, 1, 4, 7])
def test_an_epoch_resumed_in_its_middle_goes_on_as_it_would_have(workers, start):
    loader = DataLoader(Numbered(25), 4, shuffle=True, num_workers=workers)
    assert same(batches(loader, 5)[start:], batches(loader, 5, start))


def test_epochs_differ_and_each_holds_every_sample_once():
    loader = DataLoader(Numbered(25), 4, shuffle=True)
    first, second = batches(loader, 0), batches(loader, 1)
    assert numbers(first) != numbers(second)
    assert sorted(numbers(first)) == sorted(numbers(second)) == list(range(25))


def test_a_sample_depends_on_seed_epoch_and_index_alone():
    drawn = {}
    for shuffle, size in (False, 1), (True, 4), (True, 25):
        for images, labels in DataLoader(Numbered(25), size, shuffle=shuffle, seed=1).batches(2):
            for image, label in zip(images, labels, strict=True):
                drawn.setdefault(int(label[0, 0]), set()).add(float(image[0, 0, 0]))
    assert len(drawn) == 25 and all(len(values) == 1 for values in drawn.values())
    others = [DataLoader(Numbered(25), 25, seed=s).batches(e) for s, e in ((2, 2), (1, 3))]
    assert all(float(images[0, 0, 0, 0]) not in drawn[0] for other in others for images, _ in other)


def test_set_epoch_chooses_what_iteration_draws():
    loader = DataLoader(Numbered(9), 2, shuffle=True)
    assert same(list(loader), batches(loader, 0)) and same(list(loader), batches(loader, 0))
    loader.set_epoch(4)
    assert same(list(loader), batches(loader, 4))


def test_without_shuffle_the_order_is_that_of_the_data_set():
    assert numbers(batches(DataLoader(Numbered(7), 3), 2)) == list(range(7))


@pytest.mark.parametrize("length, drop_last, sizes", [
    (7, False, [3, 3, 1]), (7, True, [3, 3]), (6, True, [3, 3]), (2, True, []), (0, False, []),
])
def test_length_and_last_batch(length, drop_last, sizes):
    loader = DataLoader(Numbered(length), 3, drop_last=drop_last)
    assert len(loader) == len(sizes) and [len(labels) for _, labels in loader] == sizes


def test_shapes_and_types_of_a_batch():
    images, labels = next(iter(DataLoader(Shapes(5, size=32), batch_size=5)))
    assert images.shape == (5, 3, 32, 32) and images.dtype == np.float32 and images.flags.c_contiguous
    assert labels.shape == (5, 32, 32) and labels.dtype == np.int64 and labels.flags.c_contiguous


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_reaches_the_caller_with_the_number_of_the_sample(workers):
    loader = DataLoader(Numbered(25, broken=17), 4, num_workers=workers)
    sentence = "^DataLoader: sample 17 of epoch 0 failed with KeyError: 'no such file'"
    with pytest.raises(RuntimeError, match=sentence) as caught:
        list(loader)
    assert isinstance(caught.value.__cause__, KeyError)
    assert not loader_threads()


@pytest.mark.parametrize("workers", [0, 2])
def test_a_sample_of_another_shape_is_named(workers):
    with pytest.raises(ValueError, match=r"sample 6 has an image of \(3, 5, 5\) but sample 4 has \(3, 4, 4\)"):
        list(DataLoader(Numbered(9, odd=6), 4, num_workers=workers))


def test_a_label_that_does_not_fit_its_image_is_named():
    class Wrong(Numbered):
        def sample(self, index, rng):
            return np.zeros((3, 4, 4), np.float32), np.zeros((4, 5), int)
    with pytest.raises(ValueError, match=r"sample 0 has an image of \(3, 4, 4\) but a label of \(4, 5\)"):
        list(DataLoader(Wrong(3)))


@pytest.mark.parametrize("shape, told", [
    ((4, 5, 3), "the image has its channels last, so move them to the front: image.transpose(2, 0, 1)"),
    ((4, 5),    "give the image an axis for its channels: image[None]"),
    ((3, 5, 4), "the label must be (5, 4)"),
])
def test_an_image_that_does_not_match_its_label_is_reported_with_the_likely_reason(shape, told):
    class Wrong(Numbered):
        def sample(self, index, rng):
            return np.zeros(shape, np.float32), np.zeros((4, 5), int)
    with pytest.raises(ValueError) as error:
        list(DataLoader(Wrong(3)))
    assert str(error.value) == f"DataLoader: sample 0 has an image of {shape} but a label of (4, 5); {told}"


def test_leaving_the_loop_early_ends_the_threads():
    for _ in DataLoader(Numbered(100), 2, num_workers=3):
        assert loader_threads()
        break
    assert not loader_threads()


def test_workers_run_only_a_few_batches_ahead():
    made = []
    class Counted(Numbered):
        def sample(self, index, rng):
            made.append(index)
            return super().sample(index, rng)
    iterator = iter(DataLoader(Counted(100), 1, num_workers=2))
    next(iterator)
    time.sleep(0.1)                                                      # time enough to make all hundred
    iterator.close()
    assert len(made) <= 3


@pytest.mark.parametrize("options, sentence", [
    ({"batch_size": 0},     "batch_size is 0"),
    ({"batch_size": 2.5},   "batch_size is 2.5"),
    ({"num_workers": -1},   "num_workers is -1"),
    ({"seed": -1},          "seed is -1"),
    ({"num_replicas": 0},   "num_replicas is 0"),
    ({"rank": 2, "num_replicas": 2}, "rank is 2 but must be below num_replicas, 2"),
])
def test_wrong_arguments_are_told(options, sentence):
    with pytest.raises(ValueError, match="^DataLoader: " + sentence):
        DataLoader(Numbered(3), **options)


def test_a_start_beyond_the_epoch_is_told():
    with pytest.raises(ValueError, match="start is 4 but an epoch has 3 batches"):
        DataLoader(Numbered(9), 3).batches(0, start=4)


def test_a_data_set_is_indexed_like_a_sequence():
    dataset = Shapes(3, size=16)
    assert (dataset[-1][1] == dataset[2][1]).all() and len(list(dataset)) == 3
    with pytest.raises(IndexError, match="Shapes: index 3 is out of range for 3 samples"):
        dataset[3]


def test_what_is_wrong_with_a_file_or_not_installed_is_said_in_its_own_words():
    class Failing(Shapes):
        def sample(self, index, rng):
            raise error

    for error in ImageError("a.png is empty"), MissingPackage("reading it needs tifffile"):
        for workers in 0, 2:
            with pytest.raises(type(error), match=f"^{error}$"):
                list(DataLoader(Failing(4, 32), 2, num_workers=workers))
