"""One tensor's gradient from backward() next to its finite differences, entry by entry or along directions.

check.py fills Comparisons and draws conclusions; diagnose.py explains failures. Read properties.py next.
"""

import numpy as np

from ..kernels import to_device
from .diagnose import likely_cause, likely_cause_along
from .differences import dot, norm

DIRECTIONS = 6  # random directions for a tensor too large to be checked entry by entry
FLOOR = 1e-3  # the smallest denominator of a relative error, as a fraction of the tensor's typical gradient


class Comparison:
    """The slopes of one leaf: rows are cotangents (the first two random), columns directions.

    analytic, numeric, error: (cotangents, directions); error is relative, and 0 where no slope could be measured.
    reliable: where it could; kinked: (directions,), whether any cotangent's slope could not.
    """

    def __init__(self, name, leaf, rng, max_entries, rtol):
        self.name, self.leaf, self.rtol = name, leaf, rtol
        self.every_entry = leaf.size <= max(max_entries, DIRECTIONS)
        if self.every_entry:
            self.directions = list(np.ndindex(leaf.shape))
        else:
            signed = random_signed(rng, (DIRECTIONS, *leaf.shape))
            self.directions = [d / norm(d.ravel()) for d in signed]
        self.slopes, self.along = [], []

    def size_at(self, direction):
        """The size of x along `direction`, at least 1, by which steps are scaled."""
        x = to_device(self.leaf.data, "cpu")
        return max(1.0, float(np.abs(x[direction] if self.every_entry else x).mean()))

    def add(self, slopes, gradients, direction):
        """Record the slopes measured along one direction and those that the gradients (one per cotangent) predict."""
        self.slopes.append(slopes)
        self.along.append([g[direction] if self.every_entry else dot(g.ravel(), direction.ravel()) for g in gradients])

    def close(self, gradients):
        """After the last direction, compute the errors."""
        k = len(gradients)
        self.numeric, doubt, noise = (
            np.array([getattr(s, field) for s in self.slopes]).reshape(-1, k).T for field in ("value", "doubt", "noise")
        )
        self.analytic = np.array(self.along).reshape(-1, k).T
        measured = doubt <= 1e-3 * np.abs(self.numeric)
        count = np.maximum(measured.sum(axis=1, keepdims=True), 1)
        typical = np.sqrt(np.where(measured, self.numeric**2, 0).sum(axis=1, keepdims=True) / count)
        floor = np.maximum(FLOOR * typical, noise / self.rtol)
        self.reliable = doubt <= self.rtol * np.maximum(np.abs(self.numeric), floor)
        self.kinked = ~self.reliable.all(axis=0)
        finite = np.isfinite(self.analytic)
        difference = np.where(finite, self.analytic, 0) - self.numeric
        size = np.maximum(np.maximum(np.abs(self.analytic), np.abs(self.numeric)), floor)
        relative = np.divide(np.abs(difference), size, out=np.zeros_like(size), where=finite & (difference != 0))
        self.error = np.where(finite, np.where(self.reliable, relative, 0), np.inf)
        return self

    @property
    def worst_error(self):
        return float(self.error.max(initial=0))

    def worst_place(self):
        """(name, index or None, analytic, numeric) where the error is largest; name '' if nothing was compared."""
        if not self.error.size:
            return "", None, 0.0, 0.0
        k, i = np.unravel_index(self.error.argmax(), self.error.shape)
        index = self.directions[i] if self.every_entry else None
        return self.name, index, float(self.analytic[k, i]), float(self.numeric[k, i])

    def first_kink(self):
        """The place of the first unmeasured slope, '' if there is none."""
        if not self.kinked.any():
            return ""
        return f"{self.name} at {self.directions[self.kinked.argmax()]}" if self.every_entry else self.name

    def nudge(self, rng):
        """Move the entries on a kink (all entries, for a direction) by about 0.001; return how many were moved."""
        places = [d for d, kinked in zip(self.directions, self.kinked) if kinked]
        if places and not self.every_entry:
            places = list(np.ndindex(self.leaf.shape))
        for place in places:
            x = self.leaf.data[place]
            self.leaf.data[place] = x + 1e-3 * max(1.0, abs(float(x))) * random_signed(rng, ())
        return len(places)

    def cause(self):
        """The likely cause of the error, from the first cotangent that shows it."""
        wrong = (self.error > self.rtol).any(axis=1)
        first = int(wrong.argmax())
        other = 0 if first else 1
        known = np.where(self.reliable[first], self.numeric[first], self.analytic[first])
        if not self.every_entry:
            return likely_cause_along(self.directions, self.analytic[first], known, self.analytic[other])
        shape = self.leaf.shape
        return likely_cause(*(x.reshape(shape) for x in (self.analytic[first], known, self.analytic[other])))


def random_signed(rng, shape):
    """Random numbers of either sign and magnitude 0.5 to 1.5: none near zero, which would hide what it multiplies."""
    return rng.uniform(0.5, 1.5, shape) * rng.choice([-1.0, 1.0], shape)
