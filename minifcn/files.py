"""Write files so that nothing half-written is ever seen: the new file appears whole, or what was there before
stays.

Everything that this package saves (checkpoints, pictures, label maps) goes through `atomic_write`. Knows nothing of
the other files; read data/images.py next for its shortest use.
"""

import contextlib
import os
import secrets
from pathlib import Path


class FileError(OSError):
    """A file that cannot be written; the message is one sentence with the path and the reason."""


@contextlib.contextmanager
def atomic_write(path):
    """Give a temporary path beside `path`; when the block ends well, the temporary file takes the place of `path`.

        with atomic_write("runs/model.npz") as temporary:
            np.savez(temporary, **arrays)

    The temporary file has the suffix of `path`, so that writers which look at it choose the same format.
    On any error, Ctrl-C included, it is removed and `path` stays as it was.
    Raises FileError: the folder is missing or not writable, `path` is a folder, the disk is full, ...
    """
    target = Path(os.path.realpath(path))                                    # a link stays a link
    temporary = target.with_name(f".minifcn-{secrets.token_hex(6)}{target.suffix}")
    if target.is_dir():
        raise FileError(f"cannot write {path}: it is a folder; give the name of a file")
    try:
        open(temporary, "xb").close()                                        # an unwritable folder is told at once
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, target)
    except OSError as error:
        if error.filename not in (None, str(temporary)):                     # the block failed over some other file
            raise
        raise FileError(f"cannot write {path}: {_reason(error, target)}") from error
    finally:
        with contextlib.suppress(OSError):                                   # after the renaming there is none left
            temporary.unlink()


def make_folder(path):
    """Create a folder, and those above it, where they are missing; returns its Path. FileError when that fails."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot create the folder {path}: {error.strerror}; choose another") from error
    return Path(path)


def _flush_to_disk(path):
    """Wait until the disk has the bytes, so that a power cut after the renaming cannot leave an empty file."""
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def _reason(error, target):
    if isinstance(error, FileNotFoundError) and not target.parent.exists():
        return f"the folder {target.parent} does not exist; create it first"
    return error.strerror or str(error) or type(error).__name__
