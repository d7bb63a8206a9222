"""Files for a link without return path: what was committed, in one signed file a period, each item once (twice does no harm).

The turn of a file is its place: `files.json` says how far each epoch stands and which file was made last. A file is written as `.half`
and fsynced, then `files.json`, and only then it gets its name. So a kill leaves either the old place and a `.half` nobody saw, or the new
place and a file that only wants its name.
"""

import asyncio
import errno
import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage

import msgspec
import structlog

from contracts.batchfile import FileWriter, Kind, file_name, header_for
from contracts.errors import BadConfig, BadPayload
from contracts.payload import DATA_STREAM, Birth, Item, RegistryPart, decode, encode
from edge_agent.outbox import Outbox
from edge_agent.outbox.segment import Segment, sync_folder

log = structlog.get_logger("edge.files")

MOST_EXTENTS = 200
"""Epochs of a stream in a file's birth, newest first: older ones stand in the births of older files."""


class Place(msgspec.Struct, frozen=True):
    """Up to which file, and which item of each epoch (`stream/epoch` → next number). `fresh`: a file that may still want its name."""

    series: str
    number: int = 0
    previous: str = ""
    at: dict[str, int] = msgspec.field(default_factory=dict)
    fresh: str = ""


class FilesWord(msgspec.Struct):
    """What the files say of themselves. Counts since the start; `waiting` items were committed and stand in no file yet; `last`: the
    newest file's name, made at `last_at` (µs UTC, 0: before the start); `error`: why none can be written now."""

    folder: str
    written: int = 0
    waiting: int = 0
    last: str = ""
    last_at: int = 0
    error: str = ""
    every_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Items `first` to `last` of a segment."""

    stream: str
    segment: Segment
    first: int
    last: int


@dataclass(slots=True)
class Turn:
    """What a turn did: the file (empty: none), items in it, whether more waits, and the items the disk no longer had."""

    name: str = ""
    items: int = 0
    more: bool = False
    gone: list[Stretch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Room:
    """A file has at most about `file` bytes; none is begun with fewer than `reserve` bytes of the disk free."""

    file: int = 16 << 20
    reserve: int = 64 << 20


class BatchFiles:
    """The files of one gateway. `home`: the agent's folder; `out`: where files go. `secret`: the gateway's own key."""

    def __init__(
        self,
        out: Path,
        home: Path,
        gateway: str,
        boxes: Sequence[Outbox],
        birth: Callable[[], Birth],
        secret: Callable[[], bytes],
        room: Room,
    ) -> None:
        self._out, self._path, self._gateway, self._boxes = out, home / "files.json", gateway, boxes
        self._birth, self._secret, self._room = birth, secret, room
        self._place: Place | None = None
        self.written, self.error = 0, ""
        self._last_at, self._every_s = 0, 60.0

    async def run(self, every_s: float) -> None:
        """Until cancelled."""
        self._every_s = every_s
        while True:
            if not await self.turn():
                await asyncio.sleep(every_s)

    async def turn(self) -> bool:
        """One file, if there is anything to write; whether more waits. A disk that refuses is tried again at the next turn."""
        birth = self._birth()  # before the items: what it tells of is in this file or in the next
        work = asyncio.ensure_future(asyncio.to_thread(self._turn, birth, self.stretches))
        try:
            turn = await asyncio.shield(work)
        except (OSError, BadConfig) as error:  # BadConfig: the key file is damaged; readings go on
            self.error = str(error)
            log.error("no file written", folder=str(self._out), why=self.error)  # noqa: TRY400  # it comes round again
            return False
        except asyncio.CancelledError:  # the next one to write must not begin beside this one
            await asyncio.wait([work])
            raise
        self.error = ""
        for lost in turn.gone:  # the outbox finds out that it is damaged, and says so by an item of its own
            box = next(box for box in self._boxes if box.stream == lost.stream)
            state = box.epochs.get(lost.segment.epoch)
            if state is not None and lost.first not in state.received:  # what was received may have been freed meanwhile
                box.read(lost.segment.epoch, lost.first)
        if turn.name:
            self.written, self._last_at = self.written + 1, birth.clock
            log.info("file written", name=turn.name, items=turn.items)
        return turn.more

    @property
    def word(self) -> FilesWord:
        """How they stand. Before the first turn nobody knows what waits, and the outbox stands for it."""
        place = self._place or Place("")
        waiting = sum(stretch.last - stretch.first + 1 for stretch in self.stretches(place.at))
        last = file_name(self._gateway, place.series, place.number) if place.number else ""
        return FilesWord(str(self._out), self.written, waiting, last, self._last_at, self.error, self._every_s)

    def stretches(self, at: dict[str, int]) -> list[Stretch]:
        """What was committed behind a place, events first, then data from the oldest on."""
        out = []
        for box in sorted(self._boxes, key=lambda box: box.stream == DATA_STREAM):
            states = list(box.epochs.values())  # the loop may forget one meanwhile
            for state in sorted(states, key=lambda state: (state is box.current, state.last_time)):
                begin = at.get(f"{box.stream}/{state.epoch}", 0)
                for segment in list(state.segments):
                    first, last = max(begin, segment.first), min(segment.last, state.made - 1)
                    if first <= last:
                        out.append(Stretch(box.stream, segment, first, last))
        return out

    # ------------------------------------------------------------ on disk, in a thread

    def _turn(self, birth: Birth, stretches: Callable[[dict[str, int]], list[Stretch]]) -> Turn:
        self._out.mkdir(parents=True, exist_ok=True)
        place = self._place = self._settled()
        todo = stretches(place.at)
        if not todo:
            return Turn()
        if (free := disk_usage(self._out).free) < self._room.reserve:
            raise OSError(errno.ENOSPC, f"{free >> 20} MB free; files wait in the outbox until there are {self._room.reserve >> 20}")
        if (self._out / file_name(self._gateway, place.series, place.number + 1)).exists():
            log.warning("the place on disk is older than the files", series=place.series, number=place.number)
            place = Place(secrets.token_hex(8), at=place.at)
        name = file_name(self._gateway, place.series, place.number + 1)
        half = self._out / f"{name}.half"
        try:
            turn, digest, at = self._write(half, place, birth, todo)
            self._keep(Place(place.series, place.number + 1, digest.hex(), at, name))
        except OSError:
            if self._place.fresh != name:
                half.unlink(missing_ok=True)
            raise
        self._place = self._settled()
        turn.name = name
        return turn

    def _write(self, half: Path, place: Place, birth: Birth, todo: list[Stretch]) -> tuple[Turn, bytes, dict[str, int]]:
        turn, secret = Turn(), self._secret()
        known = {f"{box.stream}/{epoch}" for box in self._boxes for epoch in list(box.epochs)}
        at = {key: seq for key, seq in place.at.items() if key in known}
        with half.open("wb") as file:
            previous = bytes.fromhex(place.previous)
            writer = FileWriter(file, header_for(secret, self._gateway, place.series, place.number + 1, previous, birth.clock))
            writer.add(Kind.BIRTH, encode(birth))
            self._fill(writer, todo, at, turn)
            digest = writer.finish(secret)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._out)
        return turn, digest, at

    def _fill(self, writer: FileWriter, todo: list[Stretch], at: dict[str, int], turn: Turn) -> None:
        told: set[str] = set()
        for stretch in todo:
            key, epoch = f"{stretch.stream}/{stretch.segment.epoch}", stretch.segment.epoch
            if stretch.stream == DATA_STREAM and epoch not in told:
                told.add(epoch)
                for data in self._registry(epoch) if stretch.first else ():
                    writer.add(Kind.REGISTRY, data)
            for seq in range(stretch.first, stretch.last + 1):
                data_or_none = stretch.segment.read(seq)
                if data_or_none is None:
                    turn.gone.append(Stretch(stretch.stream, stretch.segment, seq, seq))
                elif turn.items and writer.size + len(data_or_none) > self._room.file:
                    turn.more = True
                    return
                else:
                    writer.add(Kind.DATA if stretch.stream == DATA_STREAM else Kind.EVENT, data_or_none)
                    turn.items += 1
                at[key] = seq + 1
            stretch.segment.forget_index()

    def _registry(self, epoch: str) -> list[bytes]:
        """The items at the head of an epoch that the rest of it cannot be understood without."""
        box = next(box for box in self._boxes if box.stream == DATA_STREAM)
        out: list[bytes] = []
        for segment in [segment for segment in list(box.epochs[epoch].segments) if segment.first == len(out)]:
            for seq in range(segment.first, segment.last + 1):
                data = segment.read(seq)
                try:
                    if data is None or not isinstance(decode(Item, data).body, RegistryPart):
                        return out
                except BadPayload:
                    return out
                out.append(data)
        return out

    def _settled(self) -> Place:
        """The place, durable, with the file it speaks of under its name; nothing half written is left but by that."""
        place = self._place or self._read()
        if place.fresh:
            sync_folder(self._path.parent)
            half = self._out / f"{place.fresh}.half"
            if half.exists():
                half.rename(self._out / place.fresh)
                sync_folder(self._out)
            place = msgspec.structs.replace(place, fresh="")
        for half in self._out.glob(f"{self._gateway.replace('/', '_')}_*.half"):
            half.unlink()
        return place

    def _read(self) -> Place:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Place)
        except FileNotFoundError:
            pass
        except msgspec.DecodeError as error:
            log.error("place not read: a new series begins with everything that is here", why=str(error))  # noqa: TRY400
        return Place(secrets.token_hex(8))

    def _keep(self, place: Place) -> None:
        fresh = self._path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(msgspec.json.encode(place))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self._path)
        self._place = place  # from here on it counts, also where the next line fails
        sync_folder(self._path.parent)
