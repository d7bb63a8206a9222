"""`agent.json`: small facts that make a restart gentler. Nothing in it is needed for correctness; all can be lost."""

from contextlib import suppress
from pathlib import Path

import msgspec

from edge_agent.advice.word import ModelsWord
from edge_agent.batchfiles import FilesWord
from edge_agent.places import Mark
from edge_agent.polling import Word

PAGE, SPARE = 4096, 1024
"""The file is whole pages long, with so many bytes to spare at least: more may have to be said on a full disk."""


class Status(msgspec.Struct):
    """What the agent says of itself, for `davy edge status`. Counts are since its start.

    `unwritten_items` wait in memory for the disk; `skipped` instants passed while it was busy; `damaged_files` were set aside;
    `receipt_age_s` is None before the first receipt; `link_ended` says why the last of the `connections` ended, or was none.
    `sources`: each one's last word; `counts`: by source, what it counts; `files` is None where no batch files are wanted, `models` where
    an agent of before ran.
    """

    at: int
    gateway: str
    epoch: str
    connected: bool
    link: str
    waiting_items: int
    outbox_bytes: int
    in_flight_bytes: int
    credit_bytes: int
    receipts: int
    sent_items: int
    polled: int
    answered: int
    unkept: int
    clock: str
    disk: str
    started: int = 0
    unwritten_items: int = 0
    lost_items: int = 0
    damaged_files: int = 0
    conflicts: int = 0
    predecessor: str = ""
    set_back: bool = False
    points: int = 0
    skipped: int = 0
    receipt_age_s: float | None = None
    resident_mb: float = 0.0
    connections: int = 0
    link_ended: str = ""
    sources: list[Word] = []
    counts: dict[str, dict[str, int]] = {}
    files: FilesWord | None = None
    models: ModelsWord | None = None


class Facts(msgspec.Struct):
    """Generation last heard of, newest wall time seen, and each source's place by all items before `kept`. `registry`: name of the last one
    that the centre told to hold."""

    generation: str = ""
    clock_floor: int = 0
    cursors: dict[str, int] = {}
    status: Status | None = None
    kept: Mark = Mark()
    registry: str = ""


def _text(facts: Facts) -> bytes:
    return msgspec.json.format(msgspec.json.encode(facts), indent=1)


class Diary:
    """Reads and writes the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> Facts:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Facts)
        except (FileNotFoundError, msgspec.DecodeError):
            return Facts()

    def write(self, facts: Facts, status: Status) -> None:
        """Write both. On a disk without room the file is written over where it stands, without the sources where it cannot hold them."""
        facts.status = status
        data, fresh = _text(facts), self._path.with_suffix(".new")
        try:
            fresh.write_bytes(data.ljust((len(data) + SPARE) // PAGE * PAGE + PAGE, b"\n"))
        except OSError:
            with suppress(OSError):
                fresh.unlink(missing_ok=True)
            brief = msgspec.structs.replace(facts, status=msgspec.structs.replace(status, sources=[], counts={}))
            if not self._over(data) and not self._over(_text(brief)):
                raise
        else:
            fresh.rename(self._path)

    def _over(self, data: bytes) -> bool:
        """Whether the file holds as much. It keeps its length: what was given back to a full disk would be gone."""
        if not self._path.exists() or (size := self._path.stat().st_size) < len(data):
            return False
        with self._path.open("r+b") as file:
            file.write(data.ljust(size, b"\n"))
        return True
