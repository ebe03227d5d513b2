"""Mean, deviation, range and percentiles of the pixels of many images, in one pass and bounded memory. Read scan.py next."""

import numpy as np

STRIP = 2**20  # numbers converted to float64 at a time
SAMPLE = 2**16  # numbers kept for the percentiles
EVERY = 97  # pixels, at first: a prime, so that columns of an image are not sampled alone


class Moments:
    """Statistics of images with one number of channels: mean and sum of squared deviations of each, float64 (C,).

    Those of parts are merged by the formula of Chan, Golub and LeVeque (1979), which never subtracts large numbers from
    each other.
    """

    def __init__(self, channels):
        self.count, self.mean, self.squares = 0, np.zeros(channels), np.zeros(channels)
        self.low, self.high = np.inf, -np.inf
        self.sample, self.step, self.seen = [], EVERY, 0

    def add(self, image):
        """Count an image (H, W, C)."""
        pixels = image.reshape(-1, image.shape[-1])
        rows = max(1, STRIP // pixels.shape[1])
        for start in range(0, len(pixels), rows):
            part = pixels[start : start + rows].astype(np.float64)
            mean = part.mean(axis=0)
            self._merge(len(part), mean, ((part - mean) ** 2).sum(axis=0))
            self.low, self.high = min(self.low, float(part.min())), max(self.high, float(part.max()))
            self._keep(part)

    def _merge(self, count, mean, squares):
        total, apart = self.count + count, mean - self.mean
        self.squares = self.squares + squares + apart**2 * (self.count * count / total)
        self.mean = self.mean + apart * (count / total)
        self.count = total

    def _keep(self, part):
        """Keep every `step`-th pixel of all images; when there are too many, every second one of those."""
        self.sample.append(part[-self.seen % self.step :: self.step].ravel())
        self.seen += len(part)
        while sum(map(len, self.sample)) > SAMPLE:
            self.sample, self.step = [np.concatenate(self.sample)[::2]], 2 * self.step

    def join(self, other):
        """Add the Moments of images with one channel, as if it were repeated for each channel here."""
        self._merge(other.count, other.mean, other.squares)
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.sample += other.sample

    @property
    def deviation(self):
        """The standard deviation of each channel."""
        return np.sqrt(self.squares / max(1, self.count))

    def percentiles(self, *which):
        """Percentiles of a sample of the values of all channels."""
        return np.percentile(np.concatenate(self.sample), which).tolist()
