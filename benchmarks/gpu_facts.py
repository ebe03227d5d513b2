"""What a measurement on a GPU has to name: the card, and the versions of its driver and of the libraries, in one line.

Run `python benchmarks/gpu_facts.py`. Without a GPU it says in one line what is missing, and exits with 1.
"""

import importlib.util
import shutil
import subprocess
import sys
from datetime import date


def missing():
    """Why nothing can run here, in one sentence; None if it can."""
    if importlib.util.find_spec("cupy") is None:
        return 'no GPU was used: CuPy is not installed; run: pip install "minifcn[gpu]"'
    try:
        import cupy

        found = cupy.cuda.is_available()
    except (ImportError, RuntimeError) as error:  # the driver or the CUDA libraries do not fit; CUDA's errors are RuntimeErrors
        return f"no GPU was used: CuPy does not work here ({error})"
    return None if found else "no GPU was used: CuPy finds no NVIDIA GPU here"


def facts():
    """'2026-12-01, NAME OF THE CARD, driver ..., CUDA ..., CuPy ..., PyTorch ...'."""
    import cupy

    runtime = cupy.cuda.runtime
    version = runtime.runtimeGetVersion()
    card = runtime.getDeviceProperties(0)["name"].decode()
    torch = "not installed"
    if importlib.util.find_spec("torch"):
        import torch as library

        torch = library.__version__
    cuda = f"{version // 1000}.{version % 1000 // 10}"
    return f"{date.today()}, {card}, driver {driver()}, CUDA {cuda}, CuPy {cupy.__version__}, PyTorch {torch}"


def driver():
    """The version of NVIDIA's driver, or 'unknown'."""
    if shutil.which("nvidia-smi") is None:
        return "unknown"
    query = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    lines = subprocess.run(query, capture_output=True, text=True, check=False).stdout.split()
    return lines[0] if lines else "unknown"


def main():
    if reason := missing():
        sys.exit(reason)
    print(facts())


if __name__ == "__main__":
    main()
