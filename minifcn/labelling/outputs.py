"""The files that prediction writes for an image, row by row: its label map, an overlay, the probabilities.

Each output has put(rows, label, probabilities), called from the top of the image to its bottom, and finish(). Read
geotiff.py next.
"""

import json
import re

import numpy as np

from ..data.folders import PREDICT
from ..data.images import check_colours, overlay
from ..data.palette import hex_colours
from ..data.png import PngWriter
from ..data.rasters import to_display

AT_A_TIME = 2**20                                          # pixels of an overlay
WHITE = 65535                                              # the probability 1 in a PNG of 16 bits


def class_list(facts):
    """The classes of some DataFacts, for JSON: [{"label": 0, "name": "water", "colour": "#0000ff"}, ...]."""
    return [{"label": k, "name": name, "colour": colour} for k, (name, colour) in enumerate(zip(facts.classes, hex_colours(facts.palette)))]


class PngOutput:
    """An output that is a PNG, whose text names the program and the classes."""

    def __init__(self, file, size, facts, palette=None):
        text = {"Software": PREDICT, "Classes": json.dumps(class_list(facts), ensure_ascii=False)}
        self.png, self.facts = PngWriter(file, size[1], size[0], palette, text), facts

    def finish(self):
        self.png.finish()


class LabelOutput(PngOutput):
    """The label map: the classes, in their colours."""

    def __init__(self, file, size, facts):
        super().__init__(file, size, facts, facts.palette)

    def put(self, rows, label, probabilities):
        check_colours(label, self.facts.palette)
        self.png.rows(label)


class OverlayOutput(PngOutput):
    """The image, tinted by its label map. image: as open_windows yields it."""

    def __init__(self, file, size, facts, image):
        super().__init__(file, size, facts)
        self.image = image

    def put(self, rows, label, probabilities):
        step, width = max(1, AT_A_TIME // label.shape[1]), label.shape[1]
        for top in range(rows.start, rows.stop, step):
            some = slice(top, min(top + step, rows.stop))
            picture = to_display(self.image.read(some, slice(0, width)), self.facts.value_range)
            self.png.rows(overlay(picture, label[some.start - rows.start : some.stop - rows.start], self.facts.palette))


class ProbabilityPng(PngOutput):
    """The probability of one class, in 16 bits: 0 is 0 and 65535 is 1."""

    def __init__(self, file, size, facts, k):
        super().__init__(file, size, facts)
        self.k = k

    def put(self, rows, label, probabilities):
        self.png.rows(np.rint(WHITE * probabilities[self.k]).astype(np.uint16))


class ProbabilityArray:
    """The probabilities of all classes, a .npy file, float32 (classes, H, W). Each class's rows are written where they belong."""

    def __init__(self, file, size, facts):
        self.file, self.size, self.shape = file, size, (len(facts.classes), *size)
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": self.shape})
        self.start = file.tell()

    def put(self, rows, label, probabilities):
        height, width = self.size
        for k, share in enumerate(probabilities):
            self.file.seek(self.start + 4 * (k * height + rows.start) * width)
            self.file.write(np.ascontiguousarray(share, "<f4"))

    def finish(self):
        pass


def outputs_of(facts, kind):
    """{the end of a file's name: a function of (file, size, facts, image) that makes the output}.

    kind: of the probabilities, "png", "npy", or None for none
    """
    outputs = {
        "_label.png": lambda file, size, facts, image: LabelOutput(file, size, facts),
        "_overlay.png": OverlayOutput,
    }
    if kind == "npy":
        outputs["_probabilities.npy"] = lambda file, size, facts, image: ProbabilityArray(file, size, facts)
    elif kind == "png":
        for k, name in enumerate(facts.classes):
            plain = re.sub(r"[^\w-]+", "_", name)[:40]
            outputs[f"_prob_{k}_{plain}.png"] = lambda file, size, facts, image, k=k: ProbabilityPng(file, size, facts, k)
    return outputs
