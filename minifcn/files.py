"""Write files so that nothing half-written is ever seen: the new file appears whole, or what was there before
stays.

Everything that this package saves (checkpoints, pictures, label maps) goes through `atomic_write`. `read_regular` reads
what somebody else has handed in, and `printable` is for the names of files in messages. Knows nothing of the other files; read data/images.py next for its shortest use.
"""

import contextlib
import errno
import functools
import os
import re
import secrets
import stat
import time
from pathlib import Path

try:
    import fcntl
except ImportError:                                                          # Windows
    fcntl = None

TEMPORARY = re.compile(r"\.minifcn-[0-9a-f]{12}(\..*)?")
ABANDONED = 60                                                               # seconds without a change


class FileError(OSError):
    """A file that cannot be written; the message is one sentence with the path and the reason."""


@contextlib.contextmanager
def atomic_write(path, follow=True):
    """Give a temporary path beside `path`; when the block ends well, the temporary file takes the place of `path`.

        with atomic_write("runs/model.npz") as temporary:
            np.savez(temporary, **arrays)

    The temporary file has the suffix of `path`, so that writers which look at it choose the same format.
    On any error, Ctrl-C included, it is removed and `path` stays as it was. What a killed process left in the folder is
    removed by a later process when it first writes there.
    follow: whether a link stays a link and its target is written; else the new file takes the place of the link itself
    Raises FileError: the folder is missing or not writable, `path` is a folder, the disk is full, ...
    """
    target = Path(os.path.realpath(path)) if follow else Path(os.path.realpath(Path(path).parent), Path(path).name)
    temporary = target.with_name(f".minifcn-{secrets.token_hex(6)}{target.suffix}")
    if os.path.isdir(target):                                                # Path.is_dir raises for a name too long
        raise FileError(f"cannot write {path}: it is a folder; give the name of a file")
    try:
        with open(temporary, "xb") as held:                                  # fails before any work in a bad folder
            _lock(held)
            remove_abandoned(target.parent)
            yield temporary
            _flush_to_disk(temporary)
            if fcntl is None:
                held.close()                                                 # Windows renames no file that is open
            os.replace(temporary, target)
    except OSError as error:
        if error.filename not in (None, str(temporary)):                     # the block failed over some other file
            raise
        raise FileError(f"cannot write {path}: {_reason(error, target)}") from error
    finally:
        with contextlib.suppress(OSError):                                   # after the renaming there is none left
            temporary.unlink()


@functools.cache                                                             # thousands of files may go into one folder
def remove_abandoned(folder):
    """Remove the temporary files that killed processes left in a folder; once a process.

    A file is abandoned if no process holds its lock and it has not changed for a minute. The operating system releases
    a lock when its process dies, however it dies. A process id would not do: after a restart, or in another container,
    the same number is another process. The minute covers the moment between creating a file and locking it, and hosts
    that share a folder but not its locks. Windows has no such locks, but refuses to remove a file that is open.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:        # tidying must not stop a save
        for entry in entries:
            if TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):                           # locked, just gone, or not ours
                    _remove_if_abandoned(entry)


def _remove_if_abandoned(entry):
    if time.time() - entry.stat().st_mtime < ABANDONED:
        return
    if fcntl is not None:
        with open(entry.path, "r+b") as file:                                # NFS locks only what may be written
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)                 # OSError while another holds it
    os.unlink(entry.path)


def _lock(file):
    """Mark an open file as in use until it is closed or its process dies."""
    if fcntl is not None:
        with contextlib.suppress(OSError):                                   # a file system without locks
            fcntl.flock(file, fcntl.LOCK_EX)


def require_regular(path):
    """OSError for a pipe, a socket or a device: reading one may never end. open() reports the rest."""
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise OSError(errno.ENXIO, "it is a pipe or a device, expected a file", str(path))


def open_to_read(path):
    """An open binary file; OSError as require_regular() and open() raise it."""
    require_regular(path)
    return open(path, "rb")


class Unsuitable(OSError):
    """A link, a folder, a pipe or a device where a file was expected. `found` says which: "is a link"."""

    def __init__(self, path, found):
        super().__init__(f"{printable(path)} {found}, expected a file")
        self.found = found


class TooLarge(Unsuitable):
    """A file with more bytes than expected. `found` says how many: "has 23 MB"."""


def read_regular(path, most):
    """The bytes of a file that somebody else has made. Never waits, follows no link, and reads no more than needed.

    most: how many bytes it may have
    Raises Unsuitable, TooLarge, or OSError as open() does.
    """
    refuse_unsuitable(path, os.lstat(path))                                  # opening a device may start something
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())                                 # it may be another file by now
            refuse_unsuitable(path, status)
            content = file.read(most + 1)
    except OSError as error:
        found = {errno.ELOOP: "is a link", errno.EISDIR: "is a folder"}.get(error.errno)
        raise Unsuitable(path, found) if found else error from None
    if len(content) > most:
        raise TooLarge(path, f"has {-(-max(status.st_size, len(content)) // 10**6)} MB")
    return content


def _open_at_once(path, flags):
    """os.open without following a link or waiting for the other end of a pipe, where the system can do so."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def refuse_unsuitable(path, status):
    """Raise Unsuitable unless a status, as os.lstat gives it, is that of a regular file."""
    kinds = {stat.S_IFREG: "", stat.S_IFLNK: "is a link", stat.S_IFDIR: "is a folder"}
    if found := kinds.get(stat.S_IFMT(status.st_mode), "is a pipe or a device"):
        raise Unsuitable(path, found)


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


def printable(text):
    """The text of `str(text)`, with what a terminal would act on, or cannot show, written as an escape: \\x1b, \\u202e.

    A file may have any name. Printed as it is, it could recolour the terminal, break a line in two, or reverse the
    order of the letters.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
