"""Polling a folder of files: in a thread of its own, in bounded slices, each answer remembered before it is given.

A poll is answered while new readings came within the last `absent_after` periods; a folder that shows nothing new is silent, never normal.
"""

import asyncio
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import structlog

from contracts.clock import SECOND
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Registry
from edge_agent.sources.drop_folder import MOST_BYTES, DropFolder, Seen
from edge_agent.sources.file_memory import FileMemory, digest_of
from edge_agent.sources.kj_records import Row
from edge_agent.sources.kj_text import Contents, Fault
from edge_agent.sources.settings import DropFolderSettings
from edge_agent.sources.source import Answer

log = structlog.get_logger("edge.files")

MOST_ROWS, MOST_MICROS = 20_000, SECOND // 2
"""Readings of one answer, and time a slice may take; the rest follows at the next poll."""
MOST_WHY = 300


@dataclass(slots=True)
class Taken:
    """What one file held. `counts`: its readings show that the folder is alive. `why`: what else the answer has to say of it."""

    rows: list[Row]
    faults: list[Fault]
    counts: bool = False
    why: str = ""


@dataclass(slots=True)
class _Slice:
    """What one poll took; `done`: files with the digest of their content; `fresh`: one of them was not known; `number`: of the answer."""

    rows: list[Row] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)
    alive: bool = False
    fresh: bool = False
    number: int = 0
    done: list[tuple[Seen, bytes]] = field(default_factory=list)


class FilePoll(ABC):
    """One folder. `counts`: files, repeated_files, damaged_files (with something refused or doubted), readings, repeated_readings, refused,
    and what a kind adds."""

    def __init__(
        self,
        settings: DropFolderSettings,
        folder: DropFolder,
        memory: FileMemory,
        registry: Registry,
        monotonic: Callable[[], int],
        first: Collection[str] = (),
    ) -> None:
        self.name, self.period = settings.name, round(settings.period_s * SECOND)
        self.folder, self.memory, self.counts = folder, memory, Counter[str]()
        self._ids = [point.id for point in registry.points]
        self._timeout, self._absent = settings.timeout_s, settings.absent_after * self.period
        self._monotonic, self._goes_first = monotonic, first
        self._thread = ThreadPoolExecutor(1, f"files-{settings.name}")
        self._job: Future[_Slice] | None = None
        self._back: int | None = 0
        """Where to go back to before the next slice; None: nowhere."""
        self._told_number = 0
        """Of the newest answer that was given."""
        self._cursor, self._from, self._resumed, self._closed = 0, 0, False, False
        """The thread's: the newest number it gave, the one it went back to, whether the memory did."""
        self._newest_due: int | None = None

    @abstractmethod
    def resumed(self, due: int) -> None:
        """The memory is at its place; take from it what is needed."""

    @abstractmethod
    def contents(self, data: bytes, one: Seen) -> Contents:
        """A file's bytes taken apart."""

    @abstractmethod
    def take(self, contents: Contents, one: Seen, due: int) -> Taken:
        """What it held."""

    @abstractmethod
    def note(self, one: Seen, faults: list[Fault], due: int) -> None:
        """Write down what was refused."""

    def resume(self, cursor: int) -> None:
        """Also while it runs: what went out with a greater number is read again, and a slice under way is thrown away."""
        self._back = self._told_number = cursor
        self._job = None

    async def poll(self, due: int) -> Answer:
        """What is new. A folder that does not answer within the patience costs this poll, and what it gives comes with a later one."""
        if self._job is None:
            self._job, self._back = self._thread.submit(self._work, due, self._back), None
        waiting = asyncio.wrap_future(self._job)
        done, _ = await asyncio.wait({waiting}, timeout=self._timeout)
        if not done:
            return self._answer(due, _Slice(whys=["the folder does not answer"]))
        self._job = None
        taken = waiting.result()
        self._told_number = taken.number
        return self._answer(due, taken)

    def _answer(self, due: int, taken: _Slice) -> Answer:
        if taken.alive:
            self._newest_due = due
        answered = self._newest_due is not None and 0 <= due - self._newest_due < self._absent
        if not answered:
            taken.whys.append("no new readings")
        poll = Poll(self.name, self.period, due, 1, int(answered), self._told_number)
        return Answer(_block(taken.rows) if taken.rows else None, (poll,), "; ".join(taken.whys)[:MOST_WHY])

    async def close(self) -> None:
        """What a thread that still hangs brings later is not remembered: nobody would take it."""
        self._closed = True
        self._thread.submit(self.memory.close)
        self._thread.shutdown(wait=False)

    # ------------------------------------------------------------ in the thread

    def _work(self, due: int, back: int | None) -> _Slice:
        taken = _Slice()
        if back is not None:
            self._cursor, self._from, self._resumed = back, back, False
            self.folder.forget()
            self.memory.forget_spare()
        try:
            self._ready(due)
        except sqlite3.Error as error:
            taken.whys.append(f"memory: {error}")
        try:
            self._take_files(taken, due)
        except OSError as error:
            taken.whys.append(f"folder: {error.strerror}")
        self._keep(taken)
        return taken

    def _ready(self, due: int) -> None:
        if not self._resumed:
            self.memory.resume(self._from)
        self.memory.n = self._cursor + 1
        self.memory.begin()
        if not self._resumed:
            self._resumed = True
            self.resumed(due)

    def _keep(self, taken: _Slice) -> None:
        """The answer gets its number, and the files are done, once all that is in it is remembered (or cannot be)."""
        if taken.fresh and not self._closed:
            self._cursor += 1
            try:
                self.memory.commit()
            except sqlite3.Error as error:
                taken.whys.append(f"memory: {error}")
                self.memory.spare(digest for _, digest in taken.done)
        taken.number = self._cursor
        self.memory.rollback()
        for one, _ in taken.done:
            self.folder.taken(one)

    def _take_files(self, taken: _Slice, due: int) -> None:
        """Files until the slice is full. The newest goes first, so that a backlog does not hold up what is happening now."""
        end = self._monotonic() + MOST_MICROS
        for one in self._ordered(self.folder.look()):
            try:
                data = self.folder.read(one)
            except OSError as error:
                taken.whys.append(f"{one.shown}: {error.strerror}")
                continue
            self._file(one, data, taken, due)
            if len(taken.rows) >= MOST_ROWS or self._monotonic() > end:
                break

    def _ordered(self, files: list[Seen]) -> list[Seen]:
        newest = {one.kind: one for one in files if not one.read}

        def rank(one: Seen) -> int:
            if one.read:
                return 3  # only looked at once more
            return 0 if one.kind in self._goes_first else 1 if one is newest[one.kind] else 2

        return sorted(files, key=rank)

    def _file(self, one: Seen, data: bytes | None, taken: _Slice, due: int) -> None:
        if data is None:
            fault = Fault(0, "size", str(one.size), f"at most {MOST_BYTES} bytes")
            self._told(one, [fault], taken, due)
            taken.fresh = True
            taken.done.append((one, digest_of(one.kind, str(one.size))))
            return
        digest = digest_of(one.kind, data)
        if self.memory.knows_file(digest):
            self.counts["repeated_files"] += not one.read
            taken.done.append((one, digest))
            return
        contents = self.contents(data, one)
        if not contents.complete:
            if not self.folder.patience_is_over(one):
                return
            rest = contents.rest[:60]
            contents.faults.append(Fault(0, "file_end", rest, "the mark of the file's end (its whole records are taken)", contents.rest))
        found = self.take(contents, one, due)
        fresh = self.memory.fresh(found.rows, self._ids)
        self.memory.note_file(digest)
        self.counts.update(files=1, readings=len(fresh), repeated_readings=len(found.rows) - len(fresh), refused=len(found.faults))
        taken.rows += fresh
        taken.fresh = True
        taken.whys += [found.why] if found.why else []
        taken.alive |= found.counts and bool(fresh)
        taken.done.append((one, digest))
        self._told(one, found.faults, taken, due)

    def _told(self, one: Seen, faults: list[Fault], taken: _Slice, due: int) -> None:
        if not faults:
            return
        self.counts["damaged_files"] += 1
        taken.whys.append(f"{one.shown}: {len(faults)} refused or doubted, first {faults[0]}")
        log.warning("refused or doubted", source=self.name, file=one.shown, count=len(faults), first=str(faults[0]))
        self.note(one, faults, due)


def _block(rows: list[Row]) -> Block:
    point, time, value, quality = zip(*rows, strict=True)
    return Block(np.array(point, np.int32), np.array(time, np.int64), np.array(value, np.float64), np.array(quality, np.uint16))
