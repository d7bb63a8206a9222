"""The files of a link without return path: every committed item in one of them, whatever kills or fills the gateway while it writes."""

import contextlib
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from contracts.batchfile import BatchFile, Kind, read_file
from contracts.codec import pack
from contracts.columns import Block
from contracts.keys import new_key, public_of
from contracts.payload import VERSION, Birth, Item, Lost, Poll, RegistryPart, decode
from contracts.points import Point, Registry
from edge_agent import batchfiles
from edge_agent.batchfiles import BatchFiles, Room
from edge_agent.outbox import Outbox, OutboxLimits

NOW = 1_795_000_000_000_000
REGISTRY = Registry("mine", "矿", "mine", (Point("T01", "methane", "face", "处", "place"),))
KEY = new_key()
SMALL = Room(file=3000, reserve=0)
LIMITS = OutboxLimits(segment_bytes=2000)


class Gate:
    """Two outboxes and their files; `start` is a start of the agent."""

    def __init__(self, folder: Path, room: Room = SMALL) -> None:
        self.folder, self.out, self.room = folder, folder / "out", room
        self.tick_at = NOW
        self.start()

    def start(self) -> None:
        self.data = Outbox(self.folder / "data", "data", LIMITS)
        self.events = Outbox(self.folder / "event", "event", LIMITS)
        self.data.append(RegistryPart(REGISTRY.name, 0, 1, REGISTRY.data), self.tick_at)
        boxes = (self.data, self.events)
        self.files = BatchFiles(self.out, self.folder, "mine/gate", boxes, self.birth, lambda: KEY, self.room)
        self.commit()

    def birth(self) -> Birth:
        catalogue = self.data.extents() + self.events.extents()
        return Birth(VERSION, "test", 0, self.tick_at, "trusted", REGISTRY.name, "", 1_000_000, "", catalogue)

    def tick(self, n: int) -> None:
        for _ in range(n):
            self.tick_at += 1_000_000
            self.data.append(pack(Block.of([0], self.tick_at, [0.5]), REGISTRY.name, (Poll("s", 1_000_000, self.tick_at),)), self.tick_at)
        self.events.append(Lost("data", "0" * 16, 0, 0, "test"), self.tick_at)
        self.commit()

    def commit(self) -> None:
        self.events.commit()
        self.data.commit()

    async def write(self) -> None:
        while await self.files.turn():
            pass

    def read(self) -> list[BatchFile]:
        return [read_file(path.read_bytes(), lambda _: public_of(KEY)) for path in sorted(self.out.glob("*.davy"))]

    def expect_all(self) -> Counter[bytes]:
        """Everything on the outbox's disk is in the files; how often each item."""
        kept = {data for box in (self.data, self.events) for epoch in box.epochs for _, data in box.items(epoch) if data}
        filed = Counter(data for file in self.read() for data in file.of(Kind.DATA, Kind.EVENT))
        assert filed.keys() == kept
        return filed


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path)


async def test_every_committed_item_is_in_one_file_byte_for_byte_and_the_files_are_chained(gate: Gate) -> None:
    for _ in range(4):
        gate.tick(30)
        await gate.write()

    assert set(gate.expect_all().values()) == {1}
    files = gate.read()
    assert [file.header.number for file in files] == list(range(1, len(files) + 1))
    assert [file.header.previous for file in files[1:]] == [file.digest for file in files[:-1]]
    assert len(files) > 4, "no file grows far beyond its room"
    assert all(sum(len(data) for _, data in file.frames) < 5000 for file in files)


async def test_each_file_is_understood_alone(gate: Gate) -> None:
    for _ in range(2):
        gate.tick(20)
        await gate.write()

    for file in gate.read()[1:]:
        [repeated] = file.of(Kind.REGISTRY)
        assert isinstance(decode(Item, repeated).body, RegistryPart)
        assert len(list(file.of(Kind.BIRTH))) == 1


async def test_what_is_not_committed_is_in_no_file_and_nothing_new_makes_none(gate: Gate) -> None:
    await gate.write()
    gate.data.append(Lost("data", "0" * 16, 0, 0, "not committed"), NOW)
    await gate.write()

    assert len(gate.read()) == 1


async def test_a_restart_goes_on_where_the_files_stand_though_they_were_carried_off(gate: Gate) -> None:
    gate.tick(10)
    await gate.write()
    carried = {path.name: path.read_bytes() for path in gate.out.glob("*.davy")}
    for path in gate.out.glob("*.davy"):
        path.unlink()
    gate.start()
    gate.tick(10)
    await gate.write()
    for name, data in carried.items():
        assert not (gate.out / name).exists(), "no name is used twice"
        (gate.out / name).write_bytes(data)

    assert set(gate.expect_all().values()) == {1}


class Killed(BaseException):
    """The process is gone at this very call."""


@pytest.mark.parametrize("seed", range(12))
async def test_a_kill_at_any_call_to_the_disk_neither_loses_nor_doubles_an_item(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance, gate = random.Random(seed), Gate(tmp_path)
    for _ in range(6):
        gate.tick(chance.randrange(1, 40))
        at = chance.randrange(12)
        with monkeypatch.context() as patch:
            _strike(patch, at)
            with contextlib.suppress(Killed):
                gate.files._turn(gate.birth(), gate.files.stretches)
        gate.start()
    await gate.write()

    assert set(gate.expect_all().values()) == {1}
    numbers = [(file.header.series, file.header.number) for file in gate.read()]
    assert len({series for series, _ in numbers}) == 1
    assert [number for _, number in numbers] == list(range(1, len(numbers) + 1))
    assert list(gate.out.glob("*.half")) == []


def _strike(patch: pytest.MonkeyPatch, at: int) -> None:
    """Of the calls that change the disk, the one of that number is the last, done or not done."""
    left = [at]

    def deadly(call: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        def called(*arguments: object) -> object:
            left[0] -= 1
            if left[0] < 0 and not after:
                raise Killed
            result = call(*arguments)
            if left[0] < 0:
                raise Killed
            return result

        return called

    patch.setattr(batchfiles.os, "fsync", deadly(batchfiles.os.fsync, after=False))
    patch.setattr(batchfiles, "sync_folder", deadly(batchfiles.sync_folder, after=True))
    patch.setattr(Path, "rename", deadly(Path.rename, after=at % 2 == 0))


async def test_a_disk_that_refuses_is_said_and_the_same_items_go_into_the_next_file(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    gate.tick(10)
    for where, name in ((batchfiles.os, "fsync"), (batchfiles, "sync_folder"), (Path, "rename"), (batchfiles, "FileWriter")):
        with monkeypatch.context() as full:
            full.setattr(where, name, refuse)
            assert await gate.files.turn() is False
            assert "No space left" in gate.files.error
    gate.tick(10)
    await gate.write()

    assert gate.files.error == ""
    assert set(gate.expect_all().values()) == {1}


async def test_no_file_is_begun_into_the_disk_s_last_room(tmp_path: Path) -> None:
    gate = Gate(tmp_path, Room(file=3000, reserve=1 << 60))
    gate.tick(10)
    await gate.write()

    assert "files wait in the outbox" in gate.files.error
    assert gate.read() == []


async def test_a_place_that_cannot_be_read_begins_a_new_series_with_everything(gate: Gate) -> None:
    gate.tick(10)
    await gate.write()
    (gate.folder / "files.json").write_bytes(b"{half")
    gate.start()
    await gate.write()

    assert len({file.header.series for file in gate.read()}) == 2
    assert set(gate.expect_all().values()) <= {1, 2}


async def test_a_disk_put_back_to_an_old_copy_overwrites_no_file(gate: Gate) -> None:
    old = {}
    for turn in range(3):
        gate.tick(5)
        await gate.write()
        if turn == 0:
            old = {"place": (gate.folder / "files.json").read_bytes()}
    before = {path.name: path.read_bytes() for path in gate.out.glob("*.davy")}
    (gate.folder / "files.json").write_bytes(old["place"])
    gate.start()
    await gate.write()

    assert {name: (gate.out / name).read_bytes() for name in before} == before
    gate.expect_all()


async def test_an_item_the_disk_cannot_read_is_told_lost_and_the_rest_goes_on(gate: Gate) -> None:
    gate.tick(5)
    [segment] = gate.data.current.segments
    data = bytearray(segment.path.read_bytes())
    data[segment.index.offsets[2] + 30] ^= 0xFF
    segment.path.write_bytes(bytes(data))
    await gate.write()

    assert [(loss.first, loss.last, loss.reason) for loss in gate.data.losses] == [(2, 2, "damaged on disk")]
    filed = [decode(Item, item).seq for file in gate.read() for item in file.of(Kind.DATA)]
    assert filed == [0, 1, 3, 4, 5]
