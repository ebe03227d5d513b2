"""A list of work for one process or several ranks: each item is taken by one of them, and rank 0 hears of all.

Files to predict and submissions to grade take very different times, so a rank takes the next item when it is done with
one. The ranks agree through files in a folder that all of them see, not through MPI: a message needs two ranks that
live, and here the death of one must cost no more than what it was working on. Read lifelines.py next.
"""

import contextlib
import json
import os
import queue
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from . import distributed
from .files import atomic_write, hold, is_abandoned
from .guard import outlive, rank_here

PREFIX = ".work-"  # of the folder's name
PAUSE = 0.2  # seconds between two looks into the folder


@dataclass(frozen=True)
class Lost:
    """The result of an item whose rank died."""

    rank: int


def share(items, folder):
    """The WorkList of rank 0's `items`, which all ranks call for together. folder: where it may keep files, on several.

    MPI is left: there is no further communication between the ranks but this list. What earlier ranks left in `folder`
    when all of them were killed is removed.
    Raises ValueError, on all ranks, if some of them are on machines that do not see the folder.
    """
    if distributed.get_rank() == 0:
        remove_abandoned_work(folder)
    if distributed.get_world_size() == 1:
        return WorkList(items)
    rank, ranks = distributed.get_rank(), distributed.get_world_size()
    distributed.barrier()  # a rank that fails before this leaves nothing behind
    work = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder)) if rank == 0 else None
    if rank == 0:
        (work / "ranks").write_text(str(ranks))
    items, work = distributed.broadcast_object((items, work))
    if blind := [where for sees, where in distributed.collect(((work / "ranks").exists(), rank_here())) if not sees]:
        if rank == 0:
            shutil.rmtree(work)
        raise ValueError(
            f"{' and '.join(blind)} cannot see what rank 0 writes into {folder}; choose a folder that all machines share"
        )
    distributed.destroy_process_group()
    distributed.load_mpi().Finalize()  # now: later it would wait for ranks that died
    outlive(work)
    return SharedWorkList(items, work, rank)


def remove_abandoned_work(folder):
    """Remove the folders of killed ranks: no rank holds the file `ranks`, and nothing has changed for a minute."""
    with contextlib.suppress(OSError):  # cleaning up must not stop the work
        for work in Path(folder).glob(f"{PREFIX}*"):
            if work.is_dir() and not work.is_symlink() and is_abandoned(work / "ranks", work.stat().st_mtime):
                shutil.rmtree(work)


class WorkList:
    """The work of one process. Threads take() the numbers of items and finish() them; the main one reads outcomes()."""

    leads = True  # whether outcomes() has all results

    def __init__(self, items):
        self.items = items
        self.numbers, self.lock, self.news = iter(range(len(items))), threading.Lock(), queue.SimpleQueue()

    def take(self):
        """The number of an item that is now the caller's to work on; None if all are taken."""
        with self.lock:
            return next((number for number in self.numbers if self.claim(number)), None)

    def claim(self, number):
        """Whether nobody else has taken an item."""
        return True

    def finish(self, number, result):
        """Hand in the result of an item: what JSON can hold."""
        self.news.put((number, result))

    def fail(self, error):
        """Have outcomes() raise an exception."""
        self.news.put(error)

    def outcomes(self):
        """Yield (number, result) of every item, once, as it is finished."""
        for _ in self.items:
            while (news := self.wait()) is None:
                pass
            yield news

    def wait(self, seconds=0.5):
        """The next (number, result) of this process, or None after a while; Ctrl-C works meanwhile, even on Windows."""
        with contextlib.suppress(queue.Empty):
            news = self.news.get(timeout=seconds)
            if isinstance(news, BaseException):
                raise news
            return news


class SharedWorkList(WorkList):
    """The work of several ranks. In the folder are, of item 7: taken-7, a link to its rank's number; done-7, its result.

    gone-2 says that rank 2 does nothing any more (guard.py): what it has taken and not done is lost.
    """

    def __init__(self, items, folder, rank):
        super().__init__(items)
        self.folder, self.rank, self.leads = folder, rank, rank == 0
        self.held = hold(folder / "ranks")  # until this process ends, however it does
        self.taken, self.all_taken = 0, not items  # how many by this rank; whether none are left

    def claim(self, number):
        try:
            os.symlink(str(self.rank), self.folder / f"taken-{number}")  # only one rank can make it
        except FileExistsError:
            return False
        self.taken += 1
        return True

    def take(self):
        number = super().take()
        self.all_taken |= number is None
        return number

    def finish(self, number, result):
        with atomic_write(self.folder / f"done-{number}") as path:
            path.write_text(json.dumps(result))
        super().finish(number, result)

    def outcomes(self):
        """On rank 0, yield every (number, result), or (number, Lost(rank)); on others, what this rank has finished."""
        if not self.leads:
            yield from self.own_outcomes()
            return
        waiting = dict.fromkeys(range(len(self.items)))
        while waiting:
            self.wait(PAUSE)  # for an exception, or as a pause: results are read from the files
            gone = {int(path.name.removeprefix("gone-")) for path in self.folder.glob("gone-*")}
            for number in list(waiting):
                result = self.result_of(number, gone)
                if result is not None:
                    del waiting[number]
                    yield number, result

    def own_outcomes(self):
        yielded = 0
        while not self.all_taken or yielded < self.taken:
            if news := self.wait(PAUSE):
                yielded += 1
                yield news

    def result_of(self, number, gone):
        """The result of an item; Lost if its rank is `gone`; None if it is being worked on, or is still to be taken."""
        path = self.folder / f"done-{number}"
        with contextlib.suppress(FileNotFoundError):
            return json.loads(path.read_text())
        with contextlib.suppress(FileNotFoundError):
            rank = int(os.readlink(self.folder / f"taken-{number}"))
            return Lost(rank) if rank in gone and not path.exists() else None
