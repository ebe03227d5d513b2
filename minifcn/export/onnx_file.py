"""From a network to an ONNX file, which other programs run: traced, translated, checked, then written.

If onnxruntime is installed, it computes the scores of images of other sizes than those traced, and nothing is written
unless they agree. Read weights.py next.
"""

import contextlib
from importlib.util import find_spec

import numpy as np

from ..autograd import no_grad
from ..extras import require
from ..files import atomic_write
from ..nn import evaluating
from ..tensor import tensor
from .operators import OPSET, translate
from .trace import CannotExport, record_several

IR_VERSION = 8  # of onnx 1.13, as OPSET; programs refuse files of a newer one than theirs
CHECKED = ((1, 64, 96), (2, 41, 97), (1, 1, 3))  # (N, H, W) of the images on which a net of any size is checked
TOLERANCE = 1e-4  # of the largest score; rounding gives 1e-6 to 1e-5


def export_onnx(net, path, *, channels=3, size=None, softmax=False, metadata=None):
    """Write a network in evaluation mode as the ONNX model  image (N, channels, H, W) -> scores (N, classes, h, w).

    size:     (H, W), the only size that the model will take; None for any, which a few networks cannot do; a network
              for volumes needs it, as (D, H, W)
    softmax:  return `probabilities`, the scores after a softmax over the classes
    metadata: {str: str} to store in the file
    Returns the largest difference between onnxruntime's scores and the network's, as a fraction of the largest score
    (if that is above 1), or None without onnxruntime.
    Raises CannotExport (a ValueError) if the network cannot be written or onnxruntime disagrees, RuntimeError without
    the package onnx, FileError if the file cannot be written. The network is not changed, and is in float32 on the CPU.
    """
    require("export to ONNX", "onnx", "onnx")
    for name, parameter in net.named_parameters():
        if parameter.dtype != np.float32 or parameter.device != "cpu":
            raise CannotExport(
                f"export: {name} is {parameter.dtype} on {parameter.device!r}, expected float32 on 'cpu'; convert the"
                " network with .to()"
            )
    content = model_of(translate(record_several(net, channels, size)), softmax, metadata or {}, size).SerializeToString()
    difference = None
    if find_spec("onnxruntime"):
        shapes = CHECKED if size is None else ((1, *size), (2, *size))
        difference = largest_difference(net, content, [(n, channels, *image) for n, *image in shapes], softmax)
    with atomic_write(path) as temporary:
        temporary.write_bytes(content)
    return difference


# Writing --------------------------------------------------------------------------------------------------------------


def model_of(graph, softmax, metadata, size):
    """The onnx.ModelProto of a Graph, checked by the package."""
    import onnx
    from onnx import helper, numpy_helper

    last = graph.steps[-1].output
    result = "probabilities" if softmax else "scores"
    if softmax:
        graph.add("Softmax", graph.names[last], axis=1)
    else:
        graph.add("Identity", graph.names[last])
    graph.nodes[-1].output = result
    nodes, used = needed(graph.nodes)
    shape = graph.shapes(0)[0]
    sides = ("H", "W") if size is None else size
    image = helper.make_tensor_value_info("image", onnx.TensorProto.FLOAT, ["N", int(shape[1]), *sides])
    scores = helper.make_tensor_value_info(result, onnx.TensorProto.FLOAT, dimensions(graph, last, sides))
    proto = helper.make_graph(
        [helper.make_node(node.operator, node.inputs, [node.output], node.output, **node.attributes) for node in nodes],
        "minifcn",
        [image],
        [scores],
        [numpy_helper.from_array(np.ascontiguousarray(a), name) for name, a in graph.constants.items() if name in used],
    )
    model = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="minifcn"
    )
    helper.set_model_props(model, metadata)
    onnx.checker.check_model(model, full_check=True)
    return model


def dimensions(graph, value, sides):
    """The sizes of the scores: numbers, or names of those that differ from image to image."""
    shapes, images = graph.shapes(value), graph.shapes(0)
    names = ["N", None, "h", "w"]
    for axis, side in zip((2, 3), sides):
        if shapes.shape[1] == 4 and (shapes[:, axis] == images[:, axis]).all():
            names[axis] = side
    return [
        names[axis] if axis == 0 or (shapes[:, axis] != shapes[0, axis]).any() else int(shapes[0, axis])
        for axis in range(shapes.shape[1])
    ]


def needed(nodes):
    """The nodes on which the last one depends, in order, and the names of everything that they take."""
    kept, used = [], {nodes[-1].output}
    for node in reversed(nodes):
        if node.output in used:
            kept.append(node)
            used.update(node.inputs)
    return kept[::-1], used


# Checking -------------------------------------------------------------------------------------------------------------


def largest_difference(net, content, shapes, softmax=False):
    """The largest difference between onnxruntime's scores and the network's, over random images of `shapes`.

    It is a fraction of an image's largest score, if that is above 1. Images that the network refuses are left out.
    CannotExport for a difference above the TOLERANCE.
    """
    run, largest = session_of(content), 0.0
    for seed, shape in enumerate(shapes):
        image = np.random.default_rng(seed).standard_normal(shape, np.float32)
        try:
            with no_grad(), evaluating():
                ours = net(tensor(image)).numpy()
        except ValueError:
            continue
        difference = relative_difference(softmax_of(ours) if softmax else ours, run(image))
        if not difference <= TOLERANCE:
            raise CannotExport(
                f"export: for an image of {' x '.join(map(str, shape[2:]))} pixels, onnxruntime's scores differ from the network's"
                f" by {difference:.1g} of the largest, so nothing was written; choose one size with --size"
            )
        largest = max(largest, difference)
    return largest


def relative_difference(ours, theirs):
    """The largest difference between two arrays, as a fraction of the largest of ours; infinite if the shapes differ."""
    if ours.shape != theirs.shape:
        return np.inf
    return float(np.abs(theirs - ours).max()) / max(1.0, float(np.abs(ours).max()))


def session_of(content):
    """A function from an image to onnxruntime's scores; CannotExport, with its reason, where it fails."""
    import onnxruntime

    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 4  # only what ends the program
    with failures_explained():
        session = onnxruntime.InferenceSession(content, quiet, providers=["CPUExecutionProvider"])

    def run(image):
        with failures_explained():
            return session.run(None, {"image": image})[0]

    return run


@contextlib.contextmanager
def failures_explained():
    """Turn onnxruntime's errors, which share no class of their own, into a CannotExport."""
    try:
        yield
    except Exception as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise CannotExport(f"export: onnxruntime fails, so nothing was written: {reason}") from error


def softmax_of(scores):
    """The probabilities of scores (N, classes, ...)."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)
