"""Atomic writes: the new file appears complete, or the old one stays.

Everything this package saves (checkpoints, pictures, label maps) goes through `atomic_write`. `read_regular` reads
untrusted files, `read_text` those that a user names, and `printable` makes file names safe for messages. Read extras.py
next.
"""

import contextlib
import errno
import functools
import os
import re
import stat
import time
import unicodedata
from pathlib import Path

try:
    import fcntl
except ImportError:                                                          # Windows
    fcntl = None

TEMPORARY = re.compile(r"\.minifcn-[0-9a-f]{12}(\..*)?")
ABANDONED = 60                                                               # seconds without a change


class FileError(OSError):
    """A file cannot be written; the message is one sentence with the path and the reason."""


@contextlib.contextmanager
def atomic_write(path, follow=True):
    """Yield a temporary path next to `path`; if the block succeeds, the temporary file replaces `path`.

        with atomic_write("runs/model.npz") as temporary:
            np.savez(temporary, **arrays)

    The temporary file has the suffix of `path`, so that writers that go by the suffix choose the same format.
    On any error, including Ctrl-C, it is removed and `path` stays unchanged. Temporary files of killed processes are
    removed by the next process that writes into the folder.
    follow: if `path` is a link, write to its target; otherwise replace the link itself
    Raises FileError: the folder is missing or not writable, `path` is a folder, the disk is full, ...
    """
    target = Path(os.path.realpath(path)) if follow else Path(os.path.realpath(Path(path).parent), Path(path).name)
    temporary = target.with_name(f".minifcn-{os.urandom(6).hex()}{target.suffix}")
    if os.path.isdir(target):                                                # Path.is_dir raises for too long a name
        raise FileError(f"cannot write {path}: it is a folder; give the name of a file")
    try:
        with open(temporary, "xb") as held:                                  # in a bad folder, fails before any work
            _lock(held)
            remove_abandoned(target.parent)
            yield temporary
            _flush_to_disk(temporary)
            if fcntl is None:
                held.close()                                                 # Windows cannot rename an open file
            os.replace(temporary, target)
    except OSError as error:
        other = error.filename not in (None, str(temporary))
        if other or isinstance(error, FileError):                            # the block failed over some other file
            raise
        raise FileError(f"cannot write {path}: {_reason(error, target)}") from error
    finally:
        with contextlib.suppress(OSError):                                   # after the rename it no longer exists
            temporary.unlink()


@functools.cache                                                             # thousands of files may go into one folder
def remove_abandoned(folder):
    """Remove the temporary files that killed processes left in a folder; once per process and folder.

    A file is abandoned if no process holds its lock and it has not changed for a minute. The operating system releases
    a lock when its process dies, however it dies. A process id would not do: after a reboot, or in another container,
    the same id is a different process. The minute covers the moment between creating and locking a file, and hosts that
    share a folder but not its locks. Windows has no such locks, but refuses to remove an open file.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:        # cleaning up must not stop a save
        for entry in entries:
            if TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(OSError):                           # locked, just gone, or not ours
                    _remove_if_abandoned(entry)


def _remove_if_abandoned(entry):
    if is_abandoned(entry.path, entry.stat().st_mtime):
        os.unlink(entry.path)


def is_abandoned(path, changed):
    """Whether no process holds the lock of a file, and `changed`, a time, is a minute ago; see remove_abandoned."""
    if time.time() - changed < ABANDONED:
        return False
    try:
        if fcntl is not None:
            with open(path, "r+b") as file:                                  # NFS locks only files open for writing
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)             # OSError if another process holds it
    except FileNotFoundError:                                                # what is not there, nobody holds
        return True
    except OSError:
        return False
    return True


def hold(path):
    """Open a file that several processes may hold: it is in use until each has closed it or died."""
    file = open(path, "r+b")  # noqa: SIM115  (the caller closes it)
    _lock(file, alone=False)
    return file


def _lock(file, alone=True):
    """Mark an open file as in use until it is closed or its process dies."""
    if fcntl is not None:
        with contextlib.suppress(OSError):                                   # the file system has no locks
            fcntl.flock(file, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)


def require_regular(path):
    """Raise OSError for a pipe, a socket or a device, which could be read forever; open() reports everything else."""
    if os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path):
        raise OSError(errno.ENXIO, "it is a pipe or a device, expected a file", str(path))


def open_to_read(path):
    """Open a binary file. Raises OSError as require_regular() and open() do."""
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
    """The bytes of an untrusted file. Never blocks, follows no link, and reads at most `most` + 1 bytes.

    most: the largest size accepted, in bytes
    Raises Unsuitable, TooLarge, or OSError as open() does.
    """
    refuse_unsuitable(path, os.lstat(path))                                  # opening a device may have side effects
    try:
        with open(path, "rb", opener=_open_at_once) as file:
            status = os.fstat(file.fileno())                                 # it may be a different file by now
            refuse_unsuitable(path, status)
            content = file.read(most + 1)
    except OSError as error:
        found = {errno.ELOOP: "is a link", errno.EISDIR: "is a folder"}.get(error.errno)
        raise Unsuitable(path, found) if found else error from None
    if len(content) > most:
        raise TooLarge(path, f"has {-(-max(status.st_size, len(content)) // 10**6)} MB")
    return content


def read_text(path, most, wanted, advice):
    """The text of a file in UTF-8, without a byte-order mark; ValueError as from read_bytes, and for other text."""
    try:
        return read_bytes(path, most, wanted, advice).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{printable(path)}: byte {error.start} is not UTF-8; save the file as UTF-8") from None


def read_bytes(path, most, wanted, advice):
    """The bytes of a file that a user named, which may be a link; ValueError, one sentence with its name, if it is not fit.

    most:   the largest size accepted, in bytes
    wanted: the end of the sentence about a larger file: "expected a short list"
    advice: the end of the sentence about a file that cannot be read: "name another"
    """
    try:
        with open_to_read(path) as file:
            content = file.read(most + 1)
    except OSError as error:
        raise ValueError(f"cannot read {printable(path)}: {error.strerror}; {advice}") from None
    if len(content) > most:
        raise ValueError(f"{printable(path)}: it has more than {most:,} bytes, {wanted}")
    return content


def _open_at_once(path, flags):
    """os.open without following links or blocking on a pipe, where the system supports that."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def refuse_unsuitable(path, status):
    """Raise Unsuitable unless an os.stat_result is that of a regular file."""
    kinds = {stat.S_IFREG: "", stat.S_IFLNK: "is a link", stat.S_IFDIR: "is a folder"}
    if found := kinds.get(stat.S_IFMT(status.st_mode), "is a pipe or a device"):
        raise Unsuitable(path, found)


def make_folder(path):
    """Create a folder and its missing parents; returns its Path. Raises FileError."""
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"cannot create the folder {path}: {error.strerror}; choose another") from error
    return Path(path)


def user_cache_folder():
    """~/.cache/minifcn, or minifcn in the folder that XDG_CACHE_HOME names. Raises RuntimeError without either."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "minifcn"


def _flush_to_disk(path):
    """Wait until the bytes are on disk, so that a power cut after the rename cannot leave an empty file."""
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def _reason(error, target):
    if isinstance(error, FileNotFoundError) and not target.parent.exists():
        return f"the folder {target.parent} does not exist; create it first"
    return error.strerror or str(error) or type(error).__name__


def folded(name):
    """A name as file systems compare it that ignore case and the Unicode form."""
    return unicodedata.normalize("NFC", str(name)).casefold()


def printable(text):
    """`str(text)` with control and unprintable characters escaped: \\x1b, \\u202e.

    A file may have any name. Printed verbatim, it could recolour the terminal, break a line in two, or reverse text.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(text))
