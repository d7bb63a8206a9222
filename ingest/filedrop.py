"""The folder the receiving side of a link without return path writes into: each batch file is taken in and put aside.

`NAME.davy` goes to `imported/` or `refused/`, with `NAME.davy.json` beside it that says what became of it. Nothing is deleted.
"""

import asyncio
import fcntl
from pathlib import Path
from typing import IO

import msgspec
import structlog

from contracts.batchfile import MOST_BYTES, SUFFIX
from contracts.clock import SECOND, Clock
from contracts.errors import BadPayload, GiveUp
from ingest.batchfiles import Filing, Imported, Work
from ingest.intake import Intake
from ingest.worker import UNWELL

log = structlog.get_logger("ingest.files")

EVERY_S = 1.0
SETTLED = 1 * SECOND
"""A file that was changed more recently may still be written."""
PATIENCE = 60 * SECOND
"""A file that cannot be believed is looked at again until it did not change for so long: a slow copy is no forgery."""
IMPORTED, REFUSED, OWNER = "imported", "refused", "watched"


class FileDrop:
    """The watched folder of a running centre."""

    def __init__(self, folder: Path, filing: Filing, intake: Intake, clock: Clock) -> None:
        self._folder, self._filing, self._intake, self._clock = folder, filing, intake, clock
        self._sizes: dict[Path, tuple[int, int]] = {}
        """Size of each file seen, and since when (monotonic µs)."""
        self._tried: dict[Path, int] = {}
        """The size at which a file was not to be believed."""

    async def run(self) -> None:
        """Until cancelled."""
        lock = None
        try:
            while True:
                try:
                    lock = lock or claimed(self._folder)
                    for path in self._ready():
                        await self._one(path)
                except UNWELL as error:
                    self._intake.counters.failures += 1
                    log.error("files not taken in", why=f"{type(error).__name__}: {error}")  # noqa: TRY400  # they stay, and are tried again
                await asyncio.sleep(EVERY_S)
        finally:
            if lock is not None:
                lock.close()

    def _ready(self) -> list[Path]:
        now, out = self._clock.monotonic(), []
        paths = sorted(self._folder.glob(f"*{SUFFIX}"))
        self._sizes = {path: seen for path, seen in self._sizes.items() if path in paths}
        for path in paths:
            size = path.stat().st_size
            if self._sizes.get(path, (-1, 0))[0] != size:
                self._sizes[path] = (size, now)
            elif now - self._sizes[path][1] >= (PATIENCE if self._tried.get(path) == size else SETTLED):
                out.append(path)
        return out

    async def _one(self, path: Path) -> None:
        work: Work | None = None
        try:
            work = await asyncio.to_thread(self._open, path)
        except GiveUp as error:
            size, since = self._sizes[path]
            if self._clock.monotonic() - since >= PATIENCE or (isinstance(error, BadPayload) and error.reason == "foreign"):
                put_aside(path, REFUSED, Imported(why=str(error)))
                self._tried.pop(path, None)
                log.warning("file refused", name=path.name, why=str(error))
            else:
                self._tried[path] = size
            return
        steps = self._filing.steps(work)
        while await self._intake.run_in_store(lambda: next(steps, True)) is None:
            self._tell(work)
        self._tell(work)
        if work.told.unheld:
            log.warning("file not taken in whole", name=path.name, unheld=work.told.unheld)
            self._sizes[path] = (self._sizes[path][0], self._clock.monotonic())  # once more, not at once
        else:
            put_aside(path, IMPORTED, work.told)

    def _open(self, path: Path) -> Work:
        return self._filing.open(content(path))

    def _tell(self, work: Work) -> None:
        """In the event loop: the live view knows the gateway (as silent: nothing came from it by itself) and the newest values."""
        live = self._intake.live
        if str(work.gateway) not in live.gateways:
            birth = work.birth
            live.change(work.gateway, registry=birth.registry, period=birth.period, agent=birth.agent, clock_state=birth.clock_state)
        for outcome in work.outcomes:
            self._intake.imported(outcome)
        work.outcomes.clear()


def content(path: Path) -> bytes:
    """A file's bytes; BadPayload for one that is too long to be a batch file."""
    if (size := path.stat().st_size) > MOST_BYTES:
        raise BadPayload("too-large", f"{size} bytes; the limit is {MOST_BYTES}")
    return path.read_bytes()


def put_aside(path: Path, where: str, told: Imported) -> None:
    """Move a file, with what became of it beside it. One of its name that came before stays what it is."""
    place = path.parent / where
    place.mkdir(exist_ok=True)
    name, at = path.name, 1
    while (place / name).exists():
        at += 1
        name = f"{path.name.removesuffix(SUFFIX)}~{at}{SUFFIX}"
    (place / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=1))
    path.rename(place / name)


def claimed(folder: Path) -> IO[bytes]:
    """The folder is watched by us while this file is open; BlockingIOError where another process does."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / OWNER).open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise
    return lock


def is_watched(folder: Path) -> bool:
    """Whether a running centre takes files out of the folder."""
    try:
        claimed(folder).close()
    except BlockingIOError:
        return True
    return False
