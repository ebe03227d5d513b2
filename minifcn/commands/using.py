"""The commands that use a trained network: `evaluate`, `predict`, `classify`, `edges`, `import`, `export`. Read measuring.py next."""

from ..files import printable
from .errors import complain


def evaluate(options):
    from ..runs.evaluation import run_evaluation

    names = ("checkpoint", "data", "split", "out", "tile", "quiet")
    run_evaluation(**{name: getattr(options, name) for name in names} | {"crf": kernels_of(options)})
    print(f"scores.json, confusion.csv and pictures are in {printable(options.out)}")
    return 0


def predict(options):
    from ..labelling import predict_files
    from ..runs.options import load_facts
    from ..runs.start import load_model

    model, trained = load_model(options.checkpoint)
    names = ("tile", "margin", "max_pixels", "probabilities", "clockwork", "quiet")
    how = {name: getattr(options, name) for name in names} | {"crf": kernels_of(options)}
    outcome = predict_files(model.fuse(), options.images, options.out, load_facts(trained), **how)
    if outcome.failures:
        complain(outcome)
        return 1
    print(printable(f"{outcome}; written to {options.out}"))
    return 0


def kernels_of(options):
    """The CRF's Kernels that --crf and --crf-kernels ask for; None for no CRF."""
    from ..crf import Kernels

    return Kernels.from_text(options.crf) if options.crf else None


def classify(options):
    from ..classify import classify_photos

    folder = options.out if options.heatmap else None
    classify_photos(options.photos, options.top, folder, options.model, options.weights, options.max_pixels)
    return 0


def edges(options):
    from ..edges import draw_edges

    draw_edges(options.photos, options.out, options.side, options.max_pixels)
    return 0


def import_(options):
    from ..runs.published import import_weights

    path, note = import_weights(options.file, options.model, options.out)
    print(printable(f"{options.file}: {note}") if note else "", end="\n" if note else "")
    print(f"saved {printable(path)}")
    return 0


def export(options):
    from ..checkpoint import find_checkpoint
    from ..export.command import export_files
    from ..runs.options import load_facts
    from ..runs.start import load_model

    checkpoint = find_checkpoint(options.checkpoint)
    model, trained = load_model(checkpoint)
    wanted = {name: getattr(options, name) for name in ("onnx", "safetensors", "size", "softmax")}
    export_files(model, load_facts(trained), trained, checkpoint=checkpoint, **wanted)
    return 0
