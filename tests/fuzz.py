"""Mutated files of every format that is read, and what the readers make of them (`python fuzz.py FORMAT SEED COUNT`).

A reader gives a result or one sentence. As a program it runs in a process of its own, so that its memory can be measured,
and prints one line of JSON for each file that broke the rule.
"""

import faulthandler
import io
import json
import pickle
import struct
import sys
import tempfile
import time
import warnings
import zipfile
from dataclasses import asdict
from pathlib import Path

import numpy as np
import safetensors.numpy
from PIL import Image
from pretrained.protobuf import caffemodel

from minifcn.checkpoint import (
    METADATA,
    CheckpointError,
    checksum,
    extract_arrays,
    load_checkpoint,
    load_weights,
    save_checkpoint,
    write_arrays,
)
from minifcn.course.answers.source import read_chunks
from minifcn.course.progress import load as load_progress
from minifcn.data.images import ImageError, read_image
from minifcn.files import FileError
from minifcn.optim import Adam
from minifcn.optim.lr_scheduler import PolyLR
from minifcn.pretrained import read_weights, translate
from minifcn.runs.options import Options, as_config, make_model
from minifcn.runs.start import load_model
from minifcn.train import Progress, resume_run

SECONDS, BYTES = 2, 300_000_000
SENTENCES = (ValueError, CheckpointError, FileError, ImageError)
INTERESTING = (0, 1, 2, 127, 128, 255, 256, 32767, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1, 2**62, 2**63 - 1, 2**64 - 1)
VALUES = (None, True, 0, -1, 1.5, 2**31, 10**30, float("nan"), float("inf"), "", "x", [], [1], ["x"], {}, {"array": "x"}, {"a": 1})
TOKENS = (b"null", b"true", b"-1", b"0", b"1e999", b"NaN", b"[]", b"{}", b'""', b"99999999999999999999", b'"x"', b"[[[[[[")


# Good files -----------------------------------------------------------------------------------------------------------


def small_run():
    """(a net, its optimizer and its schedule after a step, a generator, the configuration of the net)."""
    options = Options(model="pixelwise", data="shapes")
    net = make_model(options, 4)
    optimizer = Adam(net.parameters())
    for p in net.parameters():
        p.grad = np.ones(p.shape, np.float32)
    optimizer.step()
    parts = {"model": net, "optimizer": optimizer, "scheduler": PolyLR(optimizer, 20), "rng": np.random.default_rng(0)}
    return parts, as_config(options)


def checkpoint(suffix):
    parts, config = small_run()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        save_checkpoint(path, **parts, config=config, progress=asdict(Progress()))
        return path.read_bytes()


def metadata():
    """The JSON text of a checkpoint."""
    with zipfile.ZipFile(io.BytesIO(checkpoint(".npz"))) as archive, archive.open(f"{METADATA}.npy") as entry:
        return np.lib.format.read_array(entry).item().encode()


def arrays():
    rng = np.random.default_rng(0)
    return {f"conv{i}.{name}": rng.random(shape).astype("f4") for i in (1, 2) for name, shape in (("weight", (4, 3, 3, 3)), ("bias", 4))}


def npz(save):
    buffer = io.BytesIO()
    save(buffer, **arrays())
    return buffer.getvalue()


def pth():
    """A .pth file as torch.save() writes it, made without PyTorch."""
    program, buffer = b"\x80\x02}q\x00(X\x05\x00\x00\x00modelq\x01}q\x02(", io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i, (name, array) in enumerate(arrays().items()):
            sizes = [b"(" + b"".join(b"K%c" % n for n in numbers) + b"t" for numbers in (array.shape, np.array(array.strides) // 4)]
            text = b"X" + struct.pack("<I", len(name)) + name.encode()
            storage = b"(X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x00%dX\x03\x00\x00\x00cpuK%ctQ" % (i, array.size)
            program += (text + b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + b"K\x00" + sizes[0] + sizes[1]
                        + b"\x89ccollections\nOrderedDict\n)RtR")  # fmt: skip
            archive.writestr(f"x/data/{i}", array.tobytes())
        program += b"uX\x04\x00\x00\x00argscargparse\nNamespace\n)\x81}(X\x02\x00\x00\x00lrK\x01ubu."
        archive.writestr("x/data.pkl", program)
    return buffer.getvalue()


def picture(kind, mode="RGB", **options):
    buffer = io.BytesIO()
    pixels = np.random.default_rng(0).integers(0, 256, (17, 23, 3), np.uint8)
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def notebook():
    cells = [{"cell_type": "code", "source": ["def relu(x):\n", "    return x\n"]}, {"cell_type": "markdown", "source": "a"}]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def progress():
    return json.dumps({"06.im2col": {"verdict": "right", "points": 4, "out_of": 4, "when": "2026-11-21"}}).encode()


def both(path):
    """A checkpoint as its three readers read it, each of which may refuse it by itself."""
    refusals = []
    for read in (load_checkpoint, load_weights, load_model):
        try:
            read(path)
        except SENTENCES as error:
            refusals.append(error)
    if refusals:
        raise refusals[0]


def forged(path):
    """The text of a checkpoint's metadata, read in a checkpoint whose checksum is right."""
    parts, _ = small_run()
    model = {f"model.{name}": array for name, array in parts["model"].state_dict().items()}
    extract_arrays(parts["optimizer"].state_dict(), "optimizer", model)
    try:
        rest = json.loads(path.read_bytes())
        if isinstance(rest, dict):
            rest["checksum"] = checksum(model, {key: value for key, value in rest.items() if key != "checksum"})
    except (ValueError, RecursionError):
        return
    path = path.with_suffix(".npz")
    write_arrays(path, model, rest)
    resume_run(True, path, parts)
    both(path)


def weights(path):
    translate(read_weights(path), "alexnet")


FORMATS = {  # {name: (suffix, reader, the good files)}
    "npz-checkpoint": (".npz", both, lambda: [checkpoint(".npz")]),
    "safetensors-checkpoint": (".safetensors", both, lambda: [checkpoint(".safetensors")]),
    "metadata": (".json", forged, lambda: [metadata()]),
    "npz": (".npz", weights, lambda: [npz(np.savez), npz(np.savez_compressed)]),
    "safetensors": (".safetensors", weights, lambda: [safetensors.numpy.save(arrays())]),
    "pth": (".pth", weights, lambda: [pth()]),
    "pickle": (".pkl", weights, lambda: [pickle.dumps({"a": [arrays()], "b": {1, 2}}, protocol=p) for p in (2, 4, 5)]),
    "caffemodel": (".caffemodel", weights, lambda: [caffemodel(arrays())]),
    "png": (".png", read_image, lambda: [picture("PNG"), picture("PNG", "P"), picture("PNG", "LA")]),
    "jpeg": (".jpg", read_image, lambda: [picture("JPEG"), picture("JPEG", "CMYK"), picture("JPEG", progressive=True)]),
    "tiff": (".tif", read_image, lambda: [picture("TIFF"), *(picture("TIFF", compression=c) for c in ("tiff_lzw", "jpeg"))]),
    "webp": (".webp", read_image, lambda: [picture("WEBP"), picture("WEBP", lossless=True)]),
    "bmp": (".bmp", read_image, lambda: [picture("BMP"), picture("BMP", "P")]),
    "gif": (".gif", read_image, lambda: [picture("GIF", "P")]),
    "notebook": (".ipynb", read_chunks, lambda: [notebook()]),
    "progress": (".minifcn-progress.json", lambda path: load_progress(path.parent), lambda: [progress()]),
}


# Mutations ------------------------------------------------------------------------------------------------------------


def mutated(content, others, rng):
    """`content` with one to four changes; `others` are good files to splice with."""
    for _ in range(rng.integers(1, 5)):
        change = CHANGES[rng.integers(len(CHANGES))]
        content = change(content, others, rng) or content
    return content


def flip(content, others, rng):
    changed = bytearray(content)
    changed[rng.integers(len(changed))] ^= 1 << rng.integers(8)
    return bytes(changed)


def cut(content, others, rng):
    return content[: rng.integers(1, len(content) + 1)]


def double(content, others, rng):
    start, stop = sorted(rng.integers(0, len(content) + 1, 2))
    return content[:stop] + content[start:stop] * int(rng.integers(1, 4)) + content[stop:]


def drop(content, others, rng):
    start = rng.integers(len(content))
    return content[:start] + content[start + rng.integers(1, 64) :]


def splice(content, others, rng):
    other = others[rng.integers(len(others))]
    return content[: rng.integers(len(content))] + other[rng.integers(len(other)) :]


def number(content, others, rng):
    """Lengths are numbers of one to eight bytes somewhere near the beginning, or anywhere."""
    size, order = (1, 2, 4, 8)[rng.integers(4)], ("little", "big")[rng.integers(2)]
    value = INTERESTING[rng.integers(len(INTERESTING))] % (1 << 8 * size)
    start = rng.integers(min(len(content), (64, 512, len(content))[rng.integers(3)]))
    return content[:start] + value.to_bytes(size, order) + content[start + size :]


def token(content, others, rng):
    """Where there is JSON, another value in place of a number."""
    digits = [i for i, byte in enumerate(content[:4096]) if 48 <= byte < 58]
    if not digits:
        return content
    start = digits[rng.integers(len(digits))]
    return content[:start] + TOKENS[rng.integers(len(TOKENS))] + content[start + 1 :]


def value(content, others, rng):
    """In a JSON text, anything in place of any value."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError):
        return content
    at = tree
    while isinstance(at, dict | list) and at:
        keys = list(at) if isinstance(at, dict) else range(len(at))
        key = keys[rng.integers(len(keys))]
        if not isinstance(at[key], dict | list) or rng.random() < 0.3:
            at[key] = VALUES[rng.integers(len(VALUES))]
            break
        at = at[key]
    return json.dumps(tree).encode()


CHANGES = (flip, flip, cut, double, drop, splice, number, number, token, value, value)


def inside(content, rng):
    """A zip with one entry mutated and every checksum right again, or a JSON text with other values; None for others."""
    if content.startswith(b"{"):
        return value(content, [], rng)
    if not content.startswith(b"PK"):
        return None
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(entries, key=lambda name: (not name.endswith(".pkl"), name))
    name = names[0] if names[0].endswith(".pkl") and rng.random() < 0.7 else names[rng.integers(len(names))]
    entries[name] = mutated(entries[name], list(entries.values()), rng)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[rng.integers(2)]) as archive:
        for name, entry in entries.items():
            archive.writestr(name, entry)
    return buffer.getvalue()


# The rule -------------------------------------------------------------------------------------------------------------


def broken_rule(read, path):
    """What is wrong with the way a reader takes a file, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read(path)
    except SENTENCES as error:
        told = str(error)
        if type(error) not in SENTENCES:
            return f"{type(error).__name__}: {told}"
        return None if "\n" not in told and 15 < len(told) < 1_500 else f"no sentence: {told}"
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    return None


def files(kind, seed, count):
    """`count` mutated files of a format."""
    good, rng = FORMATS[kind][2](), np.random.default_rng([seed, *kind.encode()])
    for _ in range(count):
        content = good[rng.integers(len(good))]
        yield (inside(content, rng) if rng.random() < 0.6 else None) or mutated(content, good, rng)


def run(kind, seed, count, folder, measure=lambda: 0):
    """Every [number of the file, what is wrong]; measure: the process's largest memory until now, in bytes."""
    suffix, read, good = FORMATS[kind]
    path = Path(folder) / (suffix if "." in suffix[1:] else f"x{suffix}")
    for content in good():
        path.write_bytes(content)
        read_or_refuse(read, path)                                # loads what is loaded once
    before = measure()
    for i, content in enumerate(files(kind, seed, count)):
        path.write_bytes(content)
        start = time.perf_counter()
        wrong = broken_rule(read, path)
        seconds, grown = time.perf_counter() - start, measure() - before
        if wrong is None and measure() and (seconds > SECONDS or grown > BYTES):
            wrong = f"took {seconds:.1f} s and {grown / 1e6:.0f} MB"
            before += max(0, grown)
        if wrong is not None:
            yield i, wrong


def read_or_refuse(read, path):
    try:
        read(path)
    except ValueError:
        pass


if __name__ == "__main__":
    import resource

    faulthandler.dump_traceback_later(600, exit=True)
    scale = 1 if sys.platform == "darwin" else 1024
    with tempfile.TemporaryDirectory() as place:
        for found in run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), place,
                         lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale):
            print(json.dumps(found))
