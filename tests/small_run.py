"""A training run of a second: an object for the tests, and a program to be killed (`python small_run.py CHECKPOINT [CALL]`).

As a program it goes on from the checkpoint if there is one, and prints a line an epoch. It kills itself at the call of that
number: any moment can be chosen, and is the same one on a slow or busy machine. On several ranks, each takes its part of
every batch.
"""

import os
import signal
import sys

import numpy as np

import minifcn
from minifcn import default_generator, distributed, manual_seed
from minifcn.data import Compose, DataLoader, RandomHorizontalFlip, RandomShift, Shapes
from minifcn.models import FCN8s, SmallVGG
from minifcn.nn import SyncBatchNorm
from minifcn.optim import AdamW, lr_scheduler
from minifcn.train import fit

EPOCHS, STEPS = 3, 4
CONFIG = {"widths": 4}
PACKAGE = os.path.dirname(minifcn.__file__)
KERNELS = os.path.join(PACKAGE, "kernels")  # whose calls depend on the processor, and on what is compiled already


class StoppedLoader(DataLoader):
    """Presses Ctrl-C while the step number `ctrl_c_at` of this process is under way."""

    ctrl_c_at = None
    given = 0

    def batches(self, epoch, start=0):
        for batch in super().batches(epoch, start):
            self.given += 1
            if self.given == self.ctrl_c_at:
                signal.raise_signal(signal.SIGINT)
            yield batch


class SmallRun:
    """An FCN-8s with dropout and batch norm on drawn shapes, EPOCHS epochs of STEPS steps."""

    def __init__(self, seed=0, workers=0, lr=1e-2, ctrl_c_at=None, transform=None):
        manual_seed(seed)
        self.model = FCN8s(SmallVGG(widths=(4, 4, 4, 4, 4), head=8), 4, "learned")
        SyncBatchNorm.convert_sync_batchnorm(self.model)
        part = {"rank": distributed.get_rank(), "num_replicas": distributed.get_world_size()}
        transform = transform or Compose([RandomHorizontalFlip(), RandomShift(4)])
        dataset = Shapes(4 * STEPS, 32, transform=transform)
        self.loader = StoppedLoader(dataset, 4, shuffle=True, num_workers=workers, seed=seed, **part)
        self.loader.ctrl_c_at = ctrl_c_at
        self.validation = DataLoader(Shapes(4, 32, seed=1), 2, **part)
        self.optimizer = AdamW(self.model.parameters(), lr)
        self.scheduler = lr_scheduler.PolyLR(self.optimizer, EPOCHS * STEPS)

    def fit(self, checkpoint=None, resume=False, epochs=EPOCHS, quiet=True):
        """Trains; returns self. The history is in self.history."""
        self.history = fit(
            self.model, self.loader, self.optimizer, epochs=epochs, scheduler=self.scheduler, config=CONFIG,
            validation=self.validation, checkpoint=checkpoint, resume=resume, quiet=quiet,
        )  # fmt: skip
        return self

    def bits(self):
        """Every number that training changes, as something that == compares bit for bit."""
        parts = self.model, self.optimizer, self.scheduler
        return plain([*(part.state_dict() for part in parts), default_generator().bit_generator.state, self.history])


def plain(tree):
    """Nested dicts and lists with each array as its dtype, shape and bytes, and each number by its repr (NaN too)."""
    if isinstance(tree, dict):
        return {key: plain(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [plain(value) for value in tree]
    return (tree.dtype.str, tree.shape, tree.tobytes()) if isinstance(tree, np.ndarray) else repr(tree)


class Calls:
    """Counts this thread's calls of the package's functions above the kernels, and kills the process at one of them."""

    def __init__(self, last=None):
        self.count, self.last = 0, last

    def __enter__(self):
        sys.setprofile(self.see)
        return self

    def __exit__(self, *exception):
        sys.setprofile(None)

    def see(self, frame, event, argument):
        file = frame.f_code.co_filename
        self.count += event == "call" and file.startswith(PACKAGE) and not file.startswith(KERNELS)
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    distributed.init_process_group()
    with Calls(*map(int, sys.argv[2:])) as calls:
        SmallRun().fit(sys.argv[1], resume=os.path.exists(sys.argv[1]), quiet=False)
    print(f"done in {calls.count} calls", flush=True)
