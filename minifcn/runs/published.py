"""`minifcn import`: published weights of whole segmentation networks become a checkpoint.

The checkpoint is like one that `minifcn train` wrote on PASCAL VOC, so that every command takes it: `predict`, `evaluate
--data voc:PATH`, `export`, `train --start`. Read objective.py next.
"""

from pathlib import Path

from ..checkpoint import save_checkpoint
from ..data.facts import DataFacts
from ..data.published.voc import VocData
from ..files import make_folder
from ..models.catalogue import Zeros
from ..pretrained import load_pretrained, read_weights, source_of, translate, unwrap
from .options import Options, as_config, make_model

CAFFE = {"backbone": "vgg16", "geometry": "caffe"}
PUBLISHED = {  # {name in pretrained.names.NAMES_OF: what build() makes the net from}
    "fcn32s": {"model": "fcn32s", **CAFFE},
    "fcn16s": {"model": "fcn16s", **CAFFE},
    "fcn8s": {"model": "fcn8s", **CAFFE},
    "fcn8s-atonce": {"model": "fcn8s-atonce", **CAFFE},
    "fcn-alexnet": {"model": "fcn32s", "backbone": "alexnet", "geometry": "caffe"},
    "fcn-torchvision": {"model": "fcn-torchvision", "backbone": "resnet50"},
    "deeplab-v3-torchvision": {"model": "deeplab-v3-torchvision", "backbone": "resnet50"},
}


def import_weights(file, name, out):
    """Read `file`, weights of the net `name`, and write `out`/checkpoint.npz; return its path and a note.

    name: one of PUBLISHED; torchvision's two may be over ResNet-50 or ResNet-101, which the file's layers tell
    note: what was stripped from the file's names and what was left out, or ''
    ValueError for a file that is unreadable or holds another net or other numbers of classes; FileError.
    """
    found = unwrap(read_weights(file), name)
    source = source_of(found, name)
    deep = {"backbone": "resnet101"} if source.source.endswith("resnet101") else {}
    facts = DataFacts("voc", VocData.classes, VocData.palette, source.scale["mean"], source.scale["std"])
    options = Options(**PUBLISHED[name] | deep, data="voc", size=0, batch=1, facts=facts.as_json())
    model = make_model(options, len(facts.classes), Zeros())
    load_pretrained(model, translate(found, name))
    path = make_folder(Path(out)) / "checkpoint.npz"
    save_checkpoint(path, model=model, config=as_config(options))
    return path, found.note
