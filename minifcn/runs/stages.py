"""Training in stages, as in the FCN paper: FCN-32s first, then FCN-16s from it, then FCN-8s from that.

Read evaluation.py next.
"""

from pathlib import Path

from ..checkpoint import load_checkpoint
from ..distributed import get_rank
from .history import draw_curves
from .run import run


def run_stages(plan, out, *, start=None, resume=False, curves=False, quiet=False, **how):
    """Train each stage of plan(), a list of Options, in out/NET, from the last weights of the one before; return {net: history}.

    start:  the checkpoint from which the first stage starts
    resume: continue in the stage that is not finished. Its epochs may be more than before, those of a stage that a later
            one started from may not. The rest is as for run()
    """
    histories = {}
    folders = [Path(out) / options.model for options in plan]
    for options, folder, following in zip(plan, folders, [*folders[1:], None]):
        begun = resume and (options is plan[0] or (folder / "checkpoint.npz").exists())
        if begun and following is not None and (following / "checkpoint.npz").exists():
            check_finished(folder / "checkpoint.npz", options, following.name)
        _, history = run(options, folder, start=start, resume=begun, curves=curves, introduce=options is plan[0], quiet=quiet, **how)
        histories[options.model], start = history, folder / "checkpoint.npz"
        if curves and get_rank() == 0:
            draw_curves(out, histories, consecutive=True, loss=options.loss)
    return histories


def check_finished(path, options, following):
    """ValueError if the stage of this checkpoint would be trained further, although `following` started from it."""
    epochs = load_checkpoint(path).config.get("epochs")
    if epochs != options.epochs:
        raise ValueError(
            f"train: {path} has {epochs} epochs, now {options.epochs}, but {following} has started from it; use the same"
            " number, or choose another --out"
        )
