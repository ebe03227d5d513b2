"""What `minifcn export` does with a trained network: checks what was asked for, writes it, and says what it wrote.

Read ../runs/options.py next.
"""

import os
from pathlib import Path

from ..files import printable
from .onnx_file import export_onnx
from .weights import describe, export_safetensors


def export_files(model, facts, options, *, checkpoint, onnx=None, safetensors=None, size=None, softmax=False):
    """Write the network to `onnx`, to `safetensors`, or to both, and print a line for each.

    facts, options: the DataFacts and the Options of its run; checkpoint: its file, which is not overwritten
    size, softmax:  as for export_onnx
    Raises ValueError for options that contradict each other, and as export_onnx and export_safetensors do.
    """
    check_targets(onnx, safetensors, checkpoint)
    if onnx is None and (size or softmax):
        raise ValueError("export: --size and --softmax are for the ONNX file, found no --onnx; add --onnx FILE")
    metadata = describe(facts, options)
    if onnx is not None:
        wanted = {"channels": facts.channels, "size": size, "softmax": softmax, "metadata": metadata}
        difference = export_onnx(model, onnx, **wanted)
        sides = "H, W" if size is None else f"{size[0]}, {size[1]}"
        result = "probabilities" if softmax else "scores"
        print(f"saved {printable(onnx)}: image (N, {facts.channels}, {sides}) -> {result} of {len(facts.classes)} classes")
        print("not checked, because onnxruntime is not installed; run: pip install onnxruntime" if difference is None
              else f"onnxruntime's {result} differ from this network's by {difference:.1g} of the largest")
    if safetensors is not None:
        names = export_safetensors(model, safetensors, backbone=options.backbone, metadata=metadata)
        renamed = sum(ours != theirs for ours, theirs in names.items())
        note = f", {renamed} of them with torchvision's names" if renamed else ""
        print(f"saved {printable(safetensors)}: {len(names)} arrays{note}")


def check_targets(onnx, safetensors, checkpoint):
    """ValueError unless there is a file to write, each with its suffix, and none is the checkpoint."""
    targets = {".onnx": onnx, ".safetensors": safetensors}
    if onnx is safetensors is None:
        raise ValueError("export: found nothing to write; add --onnx FILE, --safetensors FILE, or both")
    for suffix, path in targets.items():
        if path is None:
            continue
        if Path(path).suffix != suffix:
            raise ValueError(f"export: --{suffix[1:]} is {path}, expected a name that ends in {suffix}; choose one")
        if os.path.realpath(path) == os.path.realpath(checkpoint):
            raise ValueError(f"export: {path} is the checkpoint itself; choose another name, so that it is kept")
