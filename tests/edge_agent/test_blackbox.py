"""The black box: what is frozen is what the gateway committed, whatever happens to the outbox, and any change to it is found."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contracts.clock import HOUR, MINUTE, SECOND
from contracts.codec import pack
from contracts.columns import Block
from contracts.keys import new_key, public_of
from contracts.payload import Event, Poll
from contracts.points import Point, Registry
from edge_agent.blackbox import Asked, BlackBox, Case, Keeper, Room, readings, verify
from edge_agent.blackbox.case import CASE, SIGNATURE
from edge_agent.blackbox.keeper import RUNNING
from edge_agent.blackbox.key import own_key
from edge_agent.outbox import Outbox, OutboxLimits

NOW = 1_790_000_000_000_000
REGISTRY = Registry("mine", "矿", "mine", (Point("T01", "methane", "face", "处", "place"),))
STEP = 10 * SECOND
KEY = new_key()
ROOM = Room(before=HOUR, after=MINUTE, most=1 << 30)


class Plant:
    """An outbox that got a reading every 10 s from `NOW - 2 h` on, and its black box."""

    def __init__(self, folder: Path, room: Room = ROOM) -> None:
        self.folder = folder
        self.data = Outbox(folder / "data", "data", OutboxLimits(segment_bytes=3_000, keep=0))
        self.events = Outbox(folder / "event", "event", OutboxLimits(segment_bytes=3_000, keep=0, droppable=False))
        self.box = BlackBox(folder / "blackbox", folder, "mine/gate", "davylamp test", lambda: KEY, room)
        self.expected: dict[int, float] = {}
        self.tick(NOW - 2 * HOUR, 2 * 3600)

    def tick(self, first: int, seconds: int) -> None:
        for at in range(first, first + seconds * SECOND, STEP):
            value = (at // STEP % 1000) / 1000
            self.data.append(pack(Block.of([0], at, [value]), REGISTRY.name, (Poll("s", STEP, at),)), at)
            self.expected[at] = value
            if at // STEP % 20 == 0:
                self.data.commit()
        self.data.commit()

    def ask(self, at: int, why: str = "CH4 1.2 %") -> str:
        first, last = self.box.span_of(at)
        return self.box.ask(Asked(at, first, last, why, "T01", "limit.alarm"), REGISTRY.data)

    def close(self, now: int) -> tuple[Path, Case]:
        [(name, case)] = self.box.close_due(now)
        return self.folder / "blackbox" / name, case


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path)
    yield made
    made.data.close()
    made.events.close()


def span(plant: Plant, first: int, last: int) -> dict[int, float]:
    return {at: value for at, value in plant.expected.items() if first <= at <= last}


def test_a_case_holds_every_reading_of_its_span_bit_for_bit(plant: Plant) -> None:
    plant.ask(NOW)
    plant.tick(NOW, 90)
    place, case = plant.close(NOW + 90 * SECOND)

    assert {one.time: one.value for one in readings(place, case)} == span(plant, NOW - HOUR, NOW + MINUTE)
    assert verify(place, public_of(KEY).hex()).wrong == []
    assert case.missing == []


def test_what_is_linked_stays_when_the_outbox_makes_room_before_the_case_is_over(plant: Plant) -> None:
    plant.ask(NOW)
    for path in sorted((plant.folder / "data").glob("*.seg"))[:-1]:
        path.unlink()
    plant.tick(NOW, 90)
    place, case = plant.close(NOW + 90 * SECOND)

    assert {one.time for one in readings(place, case)} == set(span(plant, NOW - HOUR, NOW + MINUTE))


def test_what_was_gone_before_is_named_as_missing(plant: Plant) -> None:
    segments = sorted((plant.folder / "data").glob("*.seg"))
    segments[-3].unlink()
    plant.ask(NOW)
    place, case = plant.close(NOW + 2 * MINUTE)

    [(stream, _, first, last)] = case.missing
    got = {one.time for one in readings(place, case)}
    assert stream == "data"
    assert last - first + 1 == len(span(plant, NOW - HOUR, NOW)) - len(got)


def test_an_alarm_inside_an_open_case_opens_no_other(plant: Plant) -> None:
    assert plant.ask(NOW) == plant.ask(NOW + 30 * SECOND)
    assert plant.ask(NOW + 2 * MINUTE) != plant.ask(NOW)


def test_a_case_that_is_open_at_a_kill_is_completed_after_the_restart(plant: Plant) -> None:
    plant.ask(NOW)
    plant.box = BlackBox(plant.folder / "blackbox", plant.folder, "mine/gate", "davylamp test", lambda: KEY, ROOM)
    place, case = plant.close(NOW + 2 * MINUTE)

    assert verify(place).wrong == []
    assert case.asked.why == "CH4 1.2 %"


@pytest.mark.parametrize("victim", ["case.json", "case.sig", "registry.json", "data"])
def test_any_changed_byte_is_found_and_named(plant: Plant, victim: str) -> None:
    plant.ask(NOW)
    place, _ = plant.close(NOW + 2 * MINUTE)
    path = next((place / "data").glob("*.seg")) if victim == "data" else place / victim
    data = bytearray(path.read_bytes())
    path.unlink()  # a link: the outbox's own file stays as it is
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    assert any(path.name in wrong or CASE in wrong for wrong in verify(place).wrong)


def test_a_file_too_many_or_too_few_is_found(plant: Plant) -> None:
    plant.ask(NOW)
    place, _ = plant.close(NOW + 2 * MINUTE)
    (place / "data" / "more.seg").write_bytes(b"x")
    next((place / "data").glob("*-*.seg")).unlink()

    assert len(verify(place).wrong) == 2


def test_a_case_signed_by_somebody_else_is_refused_where_the_key_is_known(plant: Plant) -> None:
    plant.ask(NOW)
    place, _ = plant.close(NOW + 2 * MINUTE)

    assert verify(place, public_of(new_key()).hex()).wrong != []


def test_the_oldest_case_goes_first_when_there_is_no_room_and_the_newest_never(tmp_path: Path) -> None:
    plant = Plant(tmp_path, Room(before=HOUR, after=MINUTE, most=1))
    names = []
    for at in (NOW, NOW + HOUR, NOW + 2 * HOUR):
        names.append(plant.ask(at))
        plant.close(at + 2 * MINUTE)

    assert [name for name, _ in plant.box.make_room()] == names[:2]
    assert (plant.folder / "blackbox" / names[2] / SIGNATURE).is_file()


def test_a_request_on_a_disk_that_refuses_is_kept_and_done_later(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    first, last = plant.box.span_of(NOW)
    asked = [Asked(NOW, first, last, "crash")]
    with monkeypatch.context() as full:
        full.setattr(Path, "mkdir", _refuse)
        with pytest.raises(OSError, match="no room"):
            plant.box.turn(asked, REGISTRY.data, NOW)
    assert len(asked) == 1

    plant.box.turn(asked, REGISTRY.data, NOW)

    assert asked == []
    assert plant.box.turn(asked, REGISTRY.data, NOW + HOUR).frozen[0][1].items > 0


def _refuse(*_: object, **__: object) -> None:
    raise OSError("no room")


def test_a_disk_without_links_gets_copies(plant: Plant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.link", _refuse)
    plant.ask(NOW)
    shutil.rmtree(plant.folder / "data")
    (plant.folder / "data").mkdir()
    place, _ = plant.close(NOW + 2 * MINUTE)

    assert len(list((place / "data").glob("*.seg"))) > 3
    assert verify(place).wrong == []


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    assert own_key(tmp_path) == own_key(tmp_path)
    assert (tmp_path / "gateway.key").stat().st_mode & 0o777 == 0o600


def test_the_manifest_is_json_a_person_can_read(plant: Plant) -> None:
    plant.ask(NOW)
    place, case = plant.close(NOW + 2 * MINUTE)

    assert msgspec.json.decode((place / CASE).read_bytes(), type=Case) == case
    assert b"\n" in (place / CASE).read_bytes()


async def test_a_run_that_was_killed_is_frozen_at_the_next_start_and_one_that_ended_is_not(plant: Plant) -> None:
    folder = plant.folder / "blackbox"

    def keeper(newest: int) -> Keeper:
        return Keeper(plant.box, REGISTRY, folder, newest, lambda: NOW + HOUR)

    first = keeper(NOW)
    first._turn()  # and then a kill: nothing is tidied
    assert plant.box.open == {}
    second = keeper(NOW)
    second._turn()
    assert second.frozen == 1
    running = asyncio.create_task(keeper(NOW).run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    await asyncio.get_running_loop().shutdown_default_executor()  # its last turn goes on in a thread
    third = keeper(NOW)
    third._turn()

    assert third.frozen == 0


async def test_a_turn_that_outlives_the_end_does_not_make_it_look_like_a_crash(plant: Plant) -> None:
    folder = plant.folder / "blackbox"
    keeper = Keeper(plant.box, REGISTRY, folder, NOW, lambda: NOW)
    running = asyncio.create_task(keeper.run())
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    await asyncio.get_running_loop().shutdown_default_executor()
    keeper._turn()  # the latest a thread can be

    assert not (folder / RUNNING).exists()


def test_a_raised_alarm_is_frozen_and_a_cleared_one_is_not(plant: Plant) -> None:
    keeper = Keeper(plant.box, REGISTRY, plant.folder / "blackbox", 0, lambda: NOW)
    for change in ("return", "raise"):
        keeper.notice(Event("T01", "limit.alarm", change, NOW, 1.2, 1.0, 0, "Art. 536", "CH4 1.2 %", NOW))
    keeper._turn()

    assert [asked.why for asked in plant.box.open.values()] == ["CH4 1.2 %"]
