"""Two heads on one trunk: each pixel gets a class of one kind and a class of another, such as what it is and where it faces.

Long, Shelhamer and Darrell 2015, section 5 (SIFT Flow): an FCN that "learns both tasks jointly", semantic and geometric, as
well as two networks. The authors' siftflow nets give each head its own score layers, skips and upsampling, and add up the
losses. Read footprint.py next.
"""

import numpy as np

from ..autograd import no_grad
from ..functional import cross_entropy
from ..kernels import to_device
from ..metrics import ConfusionMatrix
from ..nn import evaluating
from ..tensor import Tensor
from .fcn import FCN
from .segmentation import SegmentationNet

IGNORED = 255


class TwoHeads(SegmentationNet):
    """Two FCNs over the same backbone, which computes its maps once. x (N, C, H, W) -> the first head's scores.

    first, second: FCNs over one Backbone object, of the same kind: both FCN-8s, say
    second_class:  for each class of the first kind its class of the second, a sequence of len first.num_classes; 255:
                   ignored. None: the labels of loss() are two maps
    Raises ValueError if the nets do not share their backbone, or the classes do not fit.
    """

    def __init__(self, first, second, second_class=None):
        if not isinstance(first, FCN) or type(first) is not type(second) or first.backbone is not second.backbone:
            raise ValueError(
                f"TwoHeads: found a {type(first).__name__} and a {type(second).__name__}, expected two FCNs of one kind over"
                " the same backbone; build the backbone once and pass it to both"
            )
        self.first, self.second = first, second
        self.second_class = None if second_class is None else table_of(second_class, first.num_classes, second.num_classes)

    def forward(self, x):
        return self.first(x)

    def forward_both(self, x):
        """The scores of both heads, from one pass through the backbone: (N, C1, H, W) and (N, C2, H, W)."""
        maps = self.first.features(x)
        return self.first.scores(maps, x), self.second.scores(maps, x)

    def labels_of_both(self, labels):
        """The label maps of the two heads, both (N, H, W), from labels as loss() takes them."""
        if self.second_class is None:
            if labels.ndim != 4 or labels.shape[1] != 2:
                raise ValueError(f"TwoHeads: labels have the shape {labels.shape}, expected (N, 2, H, W), a map for each head;"
                                 " or say second_class")  # fmt: skip
            return labels[:, 0], labels[:, 1]
        table = to_device(self.second_class, next(self.parameters()).device)
        return labels, table[labels]

    def loss(self, x, labels, criterion=cross_entropy, *, weight=None, **options):
        """The sum of the two heads' losses.

        labels: (N, H, W), classes of the first kind, from which second_class finds the others; without it (N, 2, H, W)
        weight: of the first head's classes, where the second head's count equally; or a pair, of both heads' classes
        """
        pair = weight if isinstance(weight, (tuple, list)) else (weight, None)
        losses = [
            criterion(scores, truth, weight=None if w is None else to_device(w, scores.device), **options)
            for scores, truth, w in zip(self.forward_both(x), self.labels_of_both(labels), pair, strict=True)
        ]
        return losses[0] + losses[1]

    def downsampling_path(self):
        return list(self.first.backbone.children())

    def layers_to_scores(self):
        return self.first.layers_to_scores()


@no_grad()
@evaluating()
def evaluate_heads(net, loader, *, ignore_index=255):
    """Score both heads of a TwoHeads in evaluation mode on every batch of `loader`: two ConfusionMatrices."""
    device = next(net.parameters()).device
    matrices = [ConfusionMatrix(head.num_classes, ignore_index) for head in (net.first, net.second)]
    for images, labels in loader:
        both = net.forward_both(Tensor(to_device(images, device)))
        for matrix, scores, truth in zip(matrices, both, net.labels_of_both(to_device(labels, device))):
            matrix.update(truth, scores.argmax(1).numpy())
    return matrices


def table_of(second_class, first_classes, second_classes):
    """The sequence as an int64 array that labels index, 255 included; ValueError if it does not fit the two heads."""
    given = np.asarray(second_class)
    if given.shape != (first_classes,) or given.dtype.kind not in "iu":
        raise ValueError(f"TwoHeads: second_class is {second_class!r}, expected {first_classes} whole numbers, one for each"
                         " class of the first head")  # fmt: skip
    if any(not 0 <= n < second_classes and n != IGNORED for n in given.tolist()):
        raise ValueError(f"TwoHeads: second_class is {second_class!r}, expected numbers from 0 to {second_classes - 1}, the second"
                         f" head's classes, or {IGNORED}")  # fmt: skip
    table = np.full(IGNORED + 1, IGNORED, np.int64)
    table[:first_classes] = given
    return table
