"""The API reference: a page for each module that people import from, with every public name, by Sphinx's autodoc.

A name is public if the module's `__all__` has it, or, in a module without one, if it is defined there and does not
start with an underscore. Read source.py next.
"""

import importlib
import inspect
from pathlib import Path

from .docstrings import as_rst

MODULES = {
    "minifcn": "tensors, derivatives, the operations that one needs most",
    "minifcn.functional": "operations, under the names of torch.nn.functional",
    "minifcn.nn": "layers and networks",
    "minifcn.nn.init": "initial weights",
    "minifcn.optim": "optimizers",
    "minifcn.optim.lr_scheduler": "learning rates that change",
    "minifcn.models": "the networks",
    "minifcn.models.receptive_field": "what a unit sees, and where",
    "minifcn.models.crops": "where to cut feature maps so that they lie over each other",
    "minifcn.models.unet": "U-Net, its tiles and its weights of pixels",
    "minifcn.models.two_heads": "two label maps of one trunk",
    "minifcn.data": "data sets, batches, augmentation, image files",
    "minifcn.data.module": "what a data set answers",
    "minifcn.data.landcover": "satellite images and land cover",
    "minifcn.data.globe": "the whole Earth, as one image",
    "minifcn.data.convert": "annotations of other tools",
    "minifcn.data.published.siftflow": "two label maps of each image",
    "minifcn.metrics": "scores of a segmentation",
    "minifcn.step": "one training step, and evaluation",
    "minifcn.train": "epochs",
    "minifcn.predict": "labels of large images, by tiles",
    "minifcn.checkpoint": "files that a run is resumed from",
    "minifcn.gradcheck": "derivatives against finite differences",
    "minifcn.gradcheck.catalogue": "the operations whose derivatives are checked",
    "minifcn.plot": "figures",
    "minifcn.crf": "sharper outlines",
    "minifcn.distributed": "several processes",
    "minifcn.pretrained": "other people's weights",
    "minifcn.classify": "what is in a photograph, and where",
    "minifcn.edges": "edges, by HED",
    "minifcn.export": "networks for other programs",
    "minifcn.labelling": "label maps of image files",
    "minifcn.random": "random numbers",
    "minifcn.extras": "packages that not everybody needs",
    "minifcn.utils.checkpoint": "less memory, for time",
    "minifcn.studies.study": "a question that a few runs answer",
    "minifcn.course": "what a lesson's notebook calls",
    "minifcn.course.exercise": "what a lesson's checks are made of",
    "minifcn.course.check_writing": "exercises whose answer is a check",
    "minifcn.course.expect": "numbers that checks compare with",
    "minifcn.course.simulators.loops": "parallel loops that see every race",
    "minifcn.course.simulators.card": "a simulated graphics card",
    "minifcn.bench.machine": "what the benchmarks say of a computer",
    "minifcn.bench.ranks": "a step on several processes",
    "minifcn.kernels.algorithms": "the ways to compute a convolution",
    "minifcn.kernels.geometry": "how a window slides over an image",
    "minifcn.kernels.reference": "convolution and pooling as loops: the specification",
}


def public_names(module):
    """The public names of a module, modules left out, in the order of the alphabet."""
    names = getattr(module, "__all__", None)
    if names is None:
        names = [name for name, value in vars(module).items() if is_own(module, name, value)]
    modules = {name for name in names if inspect.ismodule(getattr(module, name))}
    return sorted(set(names) - modules, key=str.lower)


def is_own(module, name, value):
    return not name.startswith("_") and callable(value) and getattr(value, "__module__", "") == module.__name__


def page(module):
    """A page's name within api/: "minifcn.nn.init" -> "nn.init", and "minifcn" itself."""
    return module.removeprefix("minifcn.")


def text_of(name, about):
    """The page of a module, in reStructuredText."""
    module = importlib.import_module(name)
    lines = [name, "=" * len(name), "", *as_rst(module.__doc__ or about), ""]
    for public in public_names(module):
        value = getattr(module, public)
        kind = "class" if inspect.isclass(value) else "function" if callable(value) else "data"
        lines += [f".. auto{kind}:: {name}.{public}", *(["   :members:"] if kind == "class" else []), ""]
    return "\n".join(lines)


def write(target):
    """Write api/index.md and a page for each module into `target`."""
    folder = Path(target) / "api"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"| [{name}]({page(name)}.rst) | {about} |" for name, about in MODULES.items()]
    pages = "\n".join(map(page, MODULES))
    text = "# API reference\n\n| module | |\n|---|---|\n" + "\n".join(rows)
    (folder / "index.md").write_text(f"{text}\n\n```{{toctree}}\n:hidden:\n\n{pages}\n```\n", encoding="utf-8")
    for name, about in MODULES.items():
        (folder / f"{page(name)}.rst").write_text(text_of(name, about), encoding="utf-8")
