"""The fully connected CRF of Krähenbühl and Koltun (2011), DeepLab's last step: every pixel is a neighbour of every other.

A net's scores are smooth, so its outlines are round and a few pixels off. A labelling x of the picture costs

    E(x) = sum_i -log P(x_i)  +  sum_{i<j} [x_i != x_j] k(i, j)

the scores of the net, plus a penalty for each pair of pixels that are labelled differently although they look alike or
are close to each other:

    k(i, j) = w1 exp(-|p_i - p_j|^2 / 2 alpha^2 - |I_i - I_j|^2 / 2 beta^2)  +  w2 exp(-|p_i - p_j|^2 / 2 gamma^2)
              appearance: position p and colour I                               smoothness: position only

The cheapest labelling cannot be found among so many. Mean field looks for the distribution Q that is closest to exp(-E)
among those in which pixels are independent. There each pixel only sees the mean of all others (section 3 of the paper):

    Q_i(l)  <-  P_i(l) exp( sum_j k(i, j) Q_j(l) ),  divided by its sum over the labels l

All the work is in the sum over j, a Gaussian filter of Q. Read filters.py next.
"""

from dataclasses import dataclass

import numpy as np

from .filters import ExactFilter, PositionFilter, SymmetricFilter
from .lattice import LatticeFilter

FILTERS = {"lattice": LatticeFilter, "exact": ExactFilter}


@dataclass(frozen=True)
class Kernels:
    """The weights and widths of the two kernels. The defaults are those of DeepLab-LargeFOV's run_densecrf.sh.

    They were chosen on VOC's photos, of about 500 x 375 pixels. DeepLab's authors left w2 and gamma at 3, and looked for
    the others on a hundred images: w1 from 3 to 6, alpha from 30 to 100, beta from 3 to 6 (Chen et al. 2016, section 4.1).
    """

    w1: float = 4.0
    alpha: float = 49.0  # pixels
    beta: float = 5.0  # of the picture's values, from 0 to 255
    w2: float = 3.0
    gamma: float = 3.0  # pixels

    def __post_init__(self):
        if not (self.w1 >= 0 and self.w2 >= 0 and self.alpha > 0 and self.beta > 0 and self.gamma > 0):
            raise ValueError(f"dense_crf: found {self}, expected weights of at least 0 and widths above 0")

    @classmethod
    def from_text(cls, text):
        """The Kernels of five numbers such as "4,49,5,3,3": w1, alpha, beta, w2, gamma. ValueError for another text."""
        try:
            w1, alpha, beta, w2, gamma = map(float, text.split(","))
            return cls(w1, alpha, beta, w2, gamma)
        except ValueError:
            raise ValueError(
                f"dense_crf: the kernels are {text!r}, expected five numbers w1,alpha,beta,w2,gamma such as 4,49,5,3,3, the"
                " weights at least 0 and the widths above 0"
            ) from None


def dense_crf(scores, picture, kernels=Kernels(), iterations=10, filter="lattice"):
    """The marginals Q after some iterations of mean field: probabilities (classes, H, W), of the scores' dtype.

    scores:  (classes, H, W), as `class_scores` returns them, or logarithms of probabilities; their softmax is P
    picture: uint8 (H, W, 3)
    filter:  of the appearance kernel: "lattice", an approximation in time proportional to the pixels (lattice.py); or
             "exact", the sum over all pairs of pixels, for small pictures
    Both kernels are normalised symmetrically, as in the authors' code (filters.py), and as there the sum over j includes
    i itself, which the paper leaves out: at a usual width, one of hundreds. The result does not depend on the number of threads.
    Raises ValueError for arrays of other shapes or dtypes, scores that are not finite, and an unknown filter.
    """
    check(scores, picture, filter)
    dtype, size = scores.dtype, scores.shape[1:]
    log_p = np.ascontiguousarray(scores.reshape(len(scores), -1).T)                    # (pixels, classes)
    position = np.stack(np.indices(size), axis=-1).reshape(-1, 2)
    colour = picture.reshape(-1, 3)
    like = np.concatenate([position / kernels.alpha, colour / kernels.beta], axis=1)   # (pixels, 5)
    appearance = SymmetricFilter(FILTERS[filter](like, dtype))
    smoothness = SymmetricFilter(PositionFilter(size, kernels.gamma, dtype))
    w1, w2 = dtype.type(kernels.w1), dtype.type(kernels.w2)
    Q = softmax(log_p)
    for _ in range(iterations):
        Q = softmax(log_p + w1 * appearance(Q) + w2 * smoothness(Q))
    return np.ascontiguousarray(Q.T).reshape(scores.shape)


def softmax(x):
    """exp(x) divided by its sum, over the last axis."""
    powers = np.exp(x - x.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def check(scores, picture, filter):
    """ValueError unless dense_crf can work with these."""
    if scores.ndim != 3 or scores.dtype.kind != "f" or not scores.size:
        raise ValueError(f"dense_crf: the scores are {scores.dtype} of shape {scores.shape}, expected float (classes, H, W)")
    if picture.dtype != np.uint8 or picture.shape != (*scores.shape[1:], 3):
        raise ValueError(
            f"dense_crf: the picture is {picture.dtype} of shape {picture.shape}, expected uint8"
            f" {(*scores.shape[1:], 3)}, as large as the scores"
        )
    if not np.isfinite(scores).all():
        raise ValueError("dense_crf: the scores have NaN or infinite values, expected finite ones; clip probabilities before their log")
    if filter not in FILTERS:
        raise ValueError(f"dense_crf: filter is {filter!r}, expected one of {', '.join(FILTERS)}")
