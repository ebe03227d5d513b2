"""The commands that train: `data`, `demo`, `train`, `compare`. Read using.py next."""

from pathlib import Path

from ..files import printable
from .errors import complain


def data(options):
    """`minifcn data check` or `convert`; each part sets `part` to its function, of the parsed options."""
    return options.part(options)


def demo(options):
    from ..runs.demo import run_demo
    from ..train import TrainingStopped

    try:
        run_demo(options.out, options.seed, quiet=options.quiet)
    except TrainingStopped as stop:
        complain(f"{stop}; start the demo again to finish it")
        return 130
    print(f"pictures, scores.json and checkpoints are in {printable(options.out)}")
    return 0


def train(options):
    from ..distributed import get_rank, get_world_size
    from ..files import make_folder
    from ..runs.options import Options
    from ..runs.paper import rehearse
    from ..runs.plan import describe_recipe, plan
    from ..runs.run import run
    from ..runs.stages import run_stages
    from ..train import TrainingStopped

    options.quiet = options.quiet or get_rank() > 0
    given = {name: value for name, value in vars(options).items() if name in Options.__dataclass_fields__}
    scale = get_world_size() if options.lr_scale else 1
    stages, out = plan(given, options.recipe, options.stages, scale), Path(options.out)
    if options.plan:
        print("\n".join(map(printable, rehearse(stages, options.recipe, options.start))))
        return 0
    folders = [out] if options.stages is None else [out / stage.model for stage in stages]
    first, last = folders[0] / "checkpoint.npz", folders[-1] / "checkpoint.npz"
    if first.exists() and not options.resume:
        raise ValueError(f"{first} already exists; continue with --resume, or choose another --out")
    if options.resume and not first.exists():
        raise ValueError(f"{first} does not exist, so there is nothing to resume; leave out --resume, or correct --out")
    for stage in stages if options.recipe and not options.quiet else ():
        print(describe_recipe(options.recipe, stage))
    how = {name: getattr(options, name) for name in ("start", "resume", "patience", "device", "workers", "recompute", "quiet")}
    try:
        if options.stages is None:
            run(stages[0], out, curves=True, **how)
        else:
            run_stages(stages, make_folder(out), curves=True, **how)
    except TrainingStopped as stop:
        if get_rank() == 0:
            complain(f"{stop}; saved in {first if first == last else out}; continue with the same command and --resume")
        return 130
    if get_rank() == 0:
        print(f"saved {printable(last)}")
    return 0


def compare(options):
    from ..data.catalogue import kind_of_data
    from ..runs.compare import Conditions, run_comparison

    options.size = kind_of_data(options.data).crop if options.size is None else options.size
    conditions = Conditions(**{name: getattr(options, name) for name in Conditions.__dataclass_fields__})
    how = {name: getattr(options, name) for name in ("seeds", "resume", "quiet")}
    run_comparison(options.models.split(","), conditions, options.out, **how)
    print(f"panel.png and scores.json are in {printable(options.out)}")
    return 0
