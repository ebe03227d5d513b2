"""Batches of samples, in an order determined by the seed and the epoch, prepared by any number of threads.

The batches are bit-identical for any number of workers, and an epoch can start in the middle, so that training can
resume as if it had never stopped. Read dataset.py before this file, ../train.py after it. Read transforms.py next.
"""

from collections import deque
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from ..extras import MissingPackage
from .dataset import order_rng, sample_rng
from .images import ImageError


class DataLoader:
    """Iterate over (images (N, 3, H, W) float32, labels (N, H, W) int64); names and defaults are PyTorch's.

    shuffle      a new order for every epoch; False: 0, 1, 2, ...
    num_workers  threads that prepare batches ahead of time; 0: on demand
    drop_last    drop an incomplete last batch
    seed         determines the order and all randomness in the samples
    num_replicas how many ranks share each batch, of batch_size images in all
    rank         the rank whose part of each batch to give; batches without an image for it are left out

        loader = DataLoader(dataset, batch_size=8, shuffle=True, seed=1)
        for epoch in range(epochs):
            loader.set_epoch(epoch)                    # without it every pass repeats the same epoch
            for images, labels in loader: ...

    Raises ValueError for batch_size < 1, num_workers < 0, a negative seed, or samples of different shapes.
    Raises RuntimeError with the index of a sample that cannot be made, and the ImageError of one whose file cannot be read.
    """

    def __init__(self, dataset, batch_size=1, shuffle=False, *, num_workers=0, drop_last=False, seed=0,
                 rank=0, num_replicas=1):
        for name, value, least in (("batch_size", batch_size, 1), ("num_workers", num_workers, 0), ("seed", seed, 0),
                                   ("num_replicas", num_replicas, 1), ("rank", rank, 0)):
            if not isinstance(value, (int, np.integer)) or value < least:
                raise ValueError(f"DataLoader: {name} is {value!r} but must be a whole number of at least {least}")
        self.dataset, self.batch_size, self.shuffle = dataset, int(batch_size), shuffle
        self.num_workers, self.drop_last, self.seed = int(num_workers), drop_last, int(seed)
        self.rank, self.num_replicas = int(rank), int(num_replicas)
        if self.rank >= self.num_replicas:
            raise ValueError(f"DataLoader: rank is {rank} but must be below num_replicas, {num_replicas}")
        self.epoch = 0

    def __len__(self):
        """The number of batches in an epoch."""
        full, rest = divmod(len(self.dataset), self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def set_epoch(self, epoch):
        """Set the epoch of the next iteration."""
        self.epoch = epoch

    def __iter__(self):
        return self.batches(self.epoch)

    def batches(self, epoch, start=0):
        """The batches of one epoch from number `start` on, exactly as in a whole epoch."""
        if not 0 <= start <= len(self):
            raise ValueError(f"DataLoader: start is {start} but an epoch has {len(self)} batches; give at most that")
        order = self._order(epoch)
        wholes = (order[k * self.batch_size:(k + 1) * self.batch_size] for k in range(start, len(self)))
        jobs = (part for whole in wholes if len(part := self._part(whole)))
        if self.num_workers == 0:
            return (self._batch(epoch, indices) for indices in jobs)
        return self._prefetch(epoch, jobs)

    def samples(self, epoch):
        """The samples (image, label) of one epoch, one by one, in the order of its batches."""
        return (self._sample(epoch, int(index)) for index in self._order(epoch))

    def _order(self, epoch):
        n = len(self.dataset)
        return order_rng(self.seed, epoch).permutation(n) if self.shuffle else np.arange(n)

    def _part(self, indices):
        """Those of a batch that are this rank's: consecutive ones, as many as any other rank's, or one fewer."""
        first, last = (len(indices) * rank // self.num_replicas for rank in (self.rank, self.rank + 1))
        return indices[first:last]

    def _prefetch(self, epoch, jobs):
        """Prepare as many batches ahead as there are workers; leaving the loop early ends the threads."""
        pool = ThreadPoolExecutor(self.num_workers, thread_name_prefix="DataLoader")
        ahead = deque()
        try:
            for indices in jobs:
                ahead.append(pool.submit(self._batch, epoch, indices))
                if len(ahead) > self.num_workers:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)

    def _batch(self, epoch, indices):
        return collate([self._sample(epoch, int(index)) for index in indices], indices)

    def _sample(self, epoch, index):
        try:
            image, label = self.dataset.sample(index, sample_rng(self.seed, epoch, index))
        except (ImageError, MissingPackage):
            raise  # a sentence for the user, which names the file
        except Exception as error:
            raise RuntimeError(f"DataLoader: sample {index} of epoch {epoch} failed with "
                               f"{type(error).__name__}: {error}") from error
        return image, label


def collate(samples, indices):
    """A list of (image (3, H, W), label (H, W) or (2, H, W)) -> (images (N, 3, H, W), labels (N, H, W) or (N, 2, H, W)).

    Raises ValueError with the index of a sample whose shapes differ from the first one's.
    """
    first = samples[0][0].shape
    for index, (image, label) in zip(indices, samples, strict=True):
        if label.shape not in (image.shape[1:], (2, *image.shape[1:])):
            raise ValueError(f"DataLoader: sample {index} has an image of {image.shape} but a label of {label.shape}; "
                             + explain_shapes(image.shape, label.shape))
        if image.shape != first:
            raise ValueError(f"DataLoader: sample {index} has an image of {image.shape} but sample {indices[0]} has "
                             f"{first}; crop all samples to one size (RandomCrop, --size N) or use batches of one (batch_size=1, "
                             "--batch 1)")
    return np.stack([image for image, _ in samples]), np.stack([label for _, label in samples])


def explain_shapes(image, label):
    """The fix for an image and a label whose shapes do not match."""
    if image == label:
        return "give the image an axis for its channels: image[None]"
    if image[:-1] == label:
        return "the image has its channels last, so move them to the front: image.transpose(2, 0, 1)"
    return f"the label must be {image[1:]}"
