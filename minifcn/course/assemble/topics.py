"""The modules of an assembled package: what each is about, and which lessons' answers it holds.

Read modules.py next.
"""

from dataclasses import dataclass

from ..exercise import CHECK


@dataclass(frozen=True)
class Topic:
    """A module of the package: its name, its first line, and the lessons whose answers it holds."""

    name: str
    says: str
    lessons: tuple


TOPICS = (
    Topic("value", "Numbers that remember how they were computed, and the chain rule through them.", ("01",)),
    Topic("gradcheck", "Finite differences: what every derivative here is checked against.", ("02",)),
    Topic("tensor", "Arrays that remember how they were computed; backward walks their graph.", ("03",)),
    Topic("network", "Modules, their parameters, and one step of gradient descent.", ("04",)),
    Topic(
        "convolution", "Convolution: im2col, and the three linear maps that are matrix products.", ("05", "06", "07")
    ),
    Topic("pooling", "Pooling, whose gradient goes to the pixel that won.", ("10",)),
    Topic("transposed", "Transposed convolution: a convolution's backward pass, used forward.", ("12", "12b")),
    Topic("interpolation", "Bilinear interpolation, as a transposed convolution with a fixed kernel.", ("13",)),
    Topic("loss", "Cross-entropy, over rows and over pixels, some of them ignored.", ()),
    Topic("scores", "The confusion matrix and the paper's four scores.", ("14",)),
    Topic("layers", "The operations of a network's layers, and the layers as modules.", ("15",)),
    Topic("heatmap", "From a classifier to a heat map: fully connected layers as convolutions.", ("16",)),
    Topic("alignment", "Where pixels go: receptive fields, maps and crops.", ("17",)),
    Topic("fcn", "FCN-32s and FCN-8s: coarse scores, upsampled, with skips.", ("18",)),
    Topic("checks", "Checks that wrong answers fail: each is called with the function that it is to judge.", ("19",)),
    Topic("training", "Training on images: crops, learning rates, the loop.", ("20",)),
    Topic("analysis", "Where a segmentation fails: accuracy near edges, and what a stride can reach.", ("21",)),
)
ELSEWHERE = {  # answers that belong to another topic than their lesson's
    "04.ReLU": "layers",
    "04.LogSoftmax": "loss",
    "04.CrossEntropy": "loss",
    "14.cross_entropy": "loss",
    "14.cross_entropy_backward": "loss",
}
HOME = "21"  # the lesson whose folder package/ holds the files that surround the modules
GIVEN = {  # code that lessons give and the nets need
    "15": ("Conv", "BatchNorm", "Dropout", "Activation", "Sequential", "set_training"),
    "18": ("Pad", "Crop", "Upscore", "pad", "crop", "upscore", "score_layer", "Trunk"),
}


def topic_of(exercise):
    """The name of the module for "06.im2col"; a lesson that no topic names gets one of its own: "lesson22"."""
    number, _, name = exercise.partition(".")
    if name.startswith(CHECK):
        return "checks"
    named = (topic.name for topic in TOPICS if number in topic.lessons)
    return ELSEWHERE.get(exercise) or next(named, f"lesson{number}")


def first_line(module):
    """What a module is about, in one line."""
    named = {topic.name: topic.says for topic in TOPICS}
    topic = next((name for name in named if module == name or module.startswith(f"{name}_")), "")
    return named.get(topic, f"Answers of {module}.")
