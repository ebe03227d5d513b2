"""Checkpoints: everything needed to resume a run, in one .npz or .safetensors file, written atomically.

A file consists of named arrays ("model.<name>", "optimizer.state.<i>.<name>") and one JSON text for the rest; nothing
in it is ever executed (no pickle). save_weights and load_weights exchange weights with PyTorch. Read predict.py next.
"""

import json
import math
import reprlib
import zipfile
import zlib
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import safetensors
import safetensors.numpy

from .files import atomic_write, open_to_read, printable
from .pretrained import read
from .pretrained.archive import read_npz
from .pretrained.elements import Unreadable, check_names, is_about_path
from .suggest import list_some

METADATA = "__minifcn__"  # the name of the JSON text among the arrays of an .npz, and in the header of a .safetensors
SUFFIXES = (".npz", ".safetensors")
VERSION = 1
PARTS = {  # the contents of the JSON text; arrays in these parts are {"array": name}
    "optimizer": dict | None,
    "scheduler": dict | None,
    "rng": dict | None,
    "config": dict,
    "progress": dict,
}


class CheckpointError(ValueError):
    """A file that is not a checkpoint, is damaged, or belongs to another model; one sentence, with the path."""


@dataclass
class Checkpoint:
    """The contents of a checkpoint file, as load_checkpoint() returns them.

    model, optimizer, scheduler: their state_dict()s; the last two None if not saved
    rng:      the state of a NumPy generator, or None
    config:   the options of the run, a dict
    progress: the progress of the run (epoch, step, history, ...), a dict
    """

    path: Path
    model: dict
    optimizer: dict | None
    scheduler: dict | None
    rng: dict | None
    config: dict
    progress: dict

    def restore(self, *, model, optimizer=None, scheduler=None, rng=None, config=None):
        """Load the states into these objects, and return `progress`.

        rng: a NumPy generator, set to the saved state. config: must equal the saved one, if given.
        Raises CheckpointError, naming everything that does not match, before anything is changed.
        """
        self.check_config(config)
        parts = {"model": model, "optimizer": optimizer, "scheduler": scheduler}
        wanted = {name: part for name, part in parts.items() if part is not None}
        for name, part in wanted.items():
            if getattr(self, name) is None:
                raise CheckpointError(f"checkpoint {self.path} holds no {name}; it was saved without one")
            try:
                part.check_state_dict(getattr(self, name))
            except ValueError as error:
                raise CheckpointError(f"checkpoint {self.path} does not fit: {error}") from error
            except (KeyError, TypeError, AttributeError, IndexError) as error:
                kind = type(part).__name__
                raise CheckpointError(
                    f"checkpoint {self.path} does not fit: its {name} is not what {kind}.state_dict() returns; use the"
                    " checkpoint of the same run"
                ) from error
        if rng is not None:
            self._set_generator(rng)
        for name, part in wanted.items():
            part.load_state_dict(getattr(self, name))
        return self.progress

    def check_config(self, config):
        """CheckpointError, naming the differences, if `config` is not the saved one; None is not compared."""
        config = self.config if config is None else through_json(self.path, config)
        if differ := list(islice(differences(self.config, config), 6)):
            shown = ((name, reprlib.repr(saved), reprlib.repr(given)) for name, saved, given in differ)
            changes = printable(", ".join(f"{name[:60]} is {saved}, now {given}" for name, saved, given in shown))
            raise CheckpointError(f"checkpoint {self.path} is of another configuration: {changes}; use the saved one")

    def _set_generator(self, rng):
        before = rng.bit_generator.state
        try:
            rng.bit_generator.state = self.rng
            if rng.bit_generator.state != self.rng:
                raise ValueError("a part of the state was ignored")
        except Exception as error:  # NumPy raises many kinds for an invalid state, which it may have set in part
            rng.bit_generator.state = before
            kind = before["bit_generator"]
            raise CheckpointError(
                f"checkpoint {self.path} holds no state of a {kind} generator; use the checkpoint of the same run"
            ) from error


def save_checkpoint(path, *, model, optimizer=None, scheduler=None, rng=None, config=None, progress=None):
    """Write everything to `path`, whose suffix (.npz or .safetensors) determines the format.

    rng: a NumPy generator such as np.random.default_rng(). config and progress: dicts of JSON values.
    Raises CheckpointError for another suffix, TypeError for values that JSON cannot represent, FileError (an OSError)
    if the file cannot be written; an existing file is then left unchanged.
    """
    arrays = {f"model.{name}": array for name, array in model.state_dict().items()}
    rest = {
        "optimizer": None if optimizer is None else extract_arrays(optimizer.state_dict(), "optimizer", arrays),
        "scheduler": None if scheduler is None else scheduler.state_dict(),
        "rng": None if rng is None else rng.bit_generator.state,
        "config": config or {},
        "progress": progress or {},
    }
    rest = through_json(path, rest | {"version": VERSION})
    write_arrays(path, arrays, rest | {"checksum": checksum(arrays, rest)})


def load_checkpoint(path):
    """Read a whole file written by save_checkpoint(); return a Checkpoint. Nothing is loaded into a model.

    path: the file, or a folder that contains either checkpoint.npz or checkpoint.safetensors
    Raises CheckpointError for a missing file, another suffix, a truncated or damaged file, more bytes than a file of
    its size may hold (pretrained/archive.py), or metadata that save_checkpoint() does not write.
    """
    path = find_checkpoint(path)
    arrays, rest = read_arrays(path)
    if rest is None:
        raise CheckpointError(f"{path} is not a minifcn checkpoint, it has no metadata; for bare weights use load_weights")
    try:
        check_metadata(rest, arrays)
        optimizer = insert_arrays(rest["optimizer"], arrays)
    except Unreadable as error:
        raise CheckpointError(f"{path} {error}") from error
    except RecursionError as error:
        raise CheckpointError(f"{path} is damaged, its metadata is nested too deeply; use another copy") from error
    others = {name: rest[name] for name in PARTS if name != "optimizer"}
    return Checkpoint(path=Path(path), model=model_arrays(arrays), optimizer=optimizer, **others)


def save_weights(path, state):
    """Write only a state_dict (this library's or PyTorch's), for PyTorch or load_weights() to read.

    path: .npz or .safetensors. Raises as save_checkpoint() does.
    """
    write_arrays(path, {name: np.asarray(array) for name, array in state.items()}, None)


def load_weights(path):
    """{name: array} from an .npz or .safetensors file of bare weights, PyTorch's included, or from a checkpoint.

    path: as for load_checkpoint(). Raises CheckpointError likewise.
    """
    arrays, rest = read_arrays(find_checkpoint(path))
    return arrays if rest is None else model_arrays(arrays)


# Files ----------------------------------------------------------------------------------------------------------------


def find_checkpoint(path):
    """`path` or, if it is a folder, the checkpoint in it. CheckpointError unless there is exactly one."""
    if not Path(path).suffix and not Path(path).exists():
        raise CheckpointError(f"cannot read {path}: no such file or folder; check the path")
    if not Path(path).is_dir():
        return path
    found = [file for suffix in SUFFIXES if (file := Path(path) / f"checkpoint{suffix}").exists()]
    if not found:
        below = ", ".join(str(file) for suffix in SUFFIXES for file in sorted(Path(path).glob(f"*/checkpoint{suffix}")))
        fix = f"name one below it: {below}" if below else "name the file"
        raise CheckpointError(f"cannot read {path}: this folder holds no checkpoint; {fix}")
    if len(found) > 1:
        names = " and ".join(file.name for file in found)
        raise CheckpointError(f"cannot read {path}: it holds {names}; name one of them")
    return found[0]


def write_arrays(path, arrays, rest):
    """Write named arrays and the JSON value `rest` (None: no metadata) in the format given by the suffix."""
    suffix = check_suffix(path)
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    metadata = {} if rest is None else {METADATA: json.dumps(rest)}
    with atomic_write(path) as temporary:
        if suffix == ".npz":
            write_npz(temporary, arrays | metadata)
        else:
            temporary.write_bytes(safetensors.numpy.save(arrays, metadata or None))


def write_npz(path, arrays):
    """np.savez for arrays of any name; np.savez itself accepts none called `file`, its own argument."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array), allow_pickle=False)


def read_arrays(path):
    """(named arrays, JSON value or None) from a file written by write_arrays() or another program."""
    suffix = check_suffix(path)
    try:
        arrays, text = read_npz_checkpoint(path) if suffix == ".npz" else read_safetensors(path)
        check_names(arrays)
        return arrays, None if text is None else json.loads(text)
    except Unreadable as error:
        raise CheckpointError(f"{path} {printable(str(error)[:500])}") from error
    except Exception as error:  # whatever a reader raises on bytes that are not in the format of the suffix
        if is_about_path(error):
            raise CheckpointError(f"cannot read {path}: {error.strerror or error}; check the path") from error
        raise CheckpointError(f"{path} is cut, damaged, or no {suffix} file; use another copy") from error


def read_npz_checkpoint(path):
    with open_to_read(path) as file:
        arrays = read_npz(file)
    text = arrays.pop(METADATA, None)
    return arrays, None if text is None else text.item()


def read_safetensors(path):
    with open_to_read(path):  # raises Python's OSError, with its reason, for a missing or unreadable file
        pass
    with safetensors.safe_open(path, framework="np") as file:
        names, text = file.keys(), (file.metadata() or {}).get(METADATA)
        try:
            arrays = {name: file.get_tensor(name) for name in names}
        except (TypeError, AttributeError):  # dtypes that NumPy lacks, such as bfloat16
            arrays = None
    if arrays is None or any(array.dtype.kind == "V" for array in arrays.values()):  # "V": ml_dtypes' own, if it is installed
        with open_to_read(path) as same:
            arrays = read.read_safetensors(same)
    return arrays, text


def check_suffix(path):
    suffix = Path(path).suffix
    if suffix not in SUFFIXES:
        raise CheckpointError(f"checkpoint {path} has the suffix {suffix!r}, expected .npz or .safetensors")
    return suffix


# Metadata -------------------------------------------------------------------------------------------------------------


def check_metadata(rest, arrays):
    """Raise Unreadable unless the JSON value `rest` is what save_checkpoint() wrote with these arrays."""
    if type(rest) is not dict:
        raise Unreadable(f"is not a minifcn checkpoint, its metadata is a {type(rest).__name__}, expected a dict")
    version = rest.get("version")
    if type(version) is not int or version != VERSION:
        raise Unreadable(f"is a checkpoint of version {reprlib.repr(version)}, expected {VERSION}", "save it again")
    if rest.pop("checksum", None) != checksum(arrays, rest):
        raise Unreadable("is damaged, its checksum is not the one saved in it")
    for name, kind in PARTS.items():
        if name not in rest or not isinstance(rest[name], kind):
            found = f"a {type(rest[name]).__name__}" if name in rest else "missing"
            raise Unreadable(f"is damaged, its {name} is {found}, expected a dict")


def differences(saved, given, above=""):
    """(name, saved, given) of each value that differs between two dicts; inside dicts that both have, "facts.classes"."""
    for name in sorted(saved.keys() | given.keys()):
        old, new = saved.get(name, "nothing"), given.get(name, "nothing")
        if isinstance(old, dict) and isinstance(new, dict):
            yield from differences(old, new, f"{above}{name}.")
        elif old != new:
            yield above + name, old, new


def from_json(kind, values):
    """kind(**values), a dataclass from a JSON object; TypeError names an unknown field or one of the wrong type.

    Every number must be finite and at least 0.
    """
    hints = get_type_hints(kind)
    for name, value in values.items():
        if name not in hints:
            raise TypeError(f"{reprlib.repr(name)} is not one of {list_some([*hints])}")
        if not matches_type(value, hints[name]):
            wanted = getattr(hints[name], "__name__", hints[name])
            raise TypeError(f"{name} is {reprlib.repr(value)}, expected {wanted}")
    return kind(**values)


def matches_type(value, hint):
    """Whether a JSON value has a type such as float, which includes integers, `int | None` or `bool | str`."""
    if isinstance(value, bool):
        return bool in (hint, *get_args(hint))
    if isinstance(value, int | float) and not 0 <= value < math.inf:
        return False
    return isinstance(value, int | float if hint is float else hint)


# Arrays inside states -------------------------------------------------------------------------------------------------


def extract_arrays(tree, name, arrays):
    """`tree` (nested dicts and lists) with each array moved into `arrays` and replaced by its name there."""
    if isinstance(tree, dict):
        return {key: extract_arrays(value, f"{name}.{key}", arrays) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [extract_arrays(value, f"{name}.{i}", arrays) for i, value in enumerate(tree)]
    if isinstance(tree, np.ndarray):
        arrays[name] = tree
        return {"array": name}
    return tree


def insert_arrays(tree, arrays):
    """The inverse of extract_arrays(); Unreadable for the name of a missing array."""
    if isinstance(tree, list):
        return [insert_arrays(value, arrays) for value in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.keys() != {"array"}:
        return {key: insert_arrays(value, arrays) for key, value in tree.items()}
    name = tree["array"]
    if not isinstance(name, str) or name not in arrays:
        raise Unreadable(f"is damaged, it lacks the array {reprlib.repr(name)} of its optimizer")
    return arrays[name]


def model_arrays(arrays):
    """The arrays of the model, under their state_dict() names."""
    return {name.removeprefix("model."): array for name, array in arrays.items() if name.startswith("model.")}


def checksum(arrays, rest):
    """The CRC-32 of the JSON value `rest` and of all arrays, by name; any flipped bit changes it."""
    crc = zlib.crc32(json.dumps(rest, sort_keys=True).encode())
    for name in sorted(arrays):
        crc = zlib.crc32(np.ascontiguousarray(arrays[name]).tobytes(), zlib.crc32(name.encode(), crc))
    return crc


def through_json(path, value):
    """`value` after a round trip through JSON: tuples become lists, NumPy numbers become Python's."""
    try:
        return json.loads(json.dumps(value, default=lambda number: number.item()))
    except (TypeError, ValueError, AttributeError) as error:
        raise TypeError(f"checkpoint {path}: config, progress or rng holds what JSON cannot: {error}") from error
