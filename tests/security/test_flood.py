"""One gateway against all: what floods, lies or sends pieces without end holds up nobody else's alarm and fills no memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest
import structlog.testing
from hypothesis import given
from hypothesis import strategies as st

from alerts.packs import load
from contracts.clock import HOUR, MINUTE, SECOND, ManualClock
from contracts.config import BrokerAddress
from contracts.payload import MAX_BYTES, Birth, Event, RegistryPart
from contracts.points import Registry
from contracts.topics import Gateway, Lane
from ingest import assembly, worker
from ingest.complaints import EVERY, LINES, Complaints
from ingest.inbox import MOST_IN_GROUP, Entry, Inbox
from ingest.intake import Intake
from ingest.judge import Judge
from ingest.live import LONGEST_PERIOD, Live
from ingest.pipeline import Arrival
from store.records import deadletters
from tests.ingest.desk import GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item
from tests.waiting import until
from wire.client import Arrived, Link

FLOODS, OTHER = Gateway("loud", "gate-1"), Gateway("other", "gate-1")


def born(gateway: Gateway, period: int = SECOND) -> Entry:
    return gateway, Birth(1, "test", 1, NOW, "trusted", "", "", period, "", []), NOW


def filled(*entries: Entry, room: int = 64 << 20) -> Inbox:
    inbox = Inbox(room)
    for entry in entries:
        inbox.put(entry)
    return inbox


def taken(inbox: Inbox) -> list[Entry]:
    found: list[Entry] = []
    while len(inbox):
        found += inbox.take()
    return found


# ------------------------------------------------------------ turns


@pytest.mark.parametrize("lane", [Lane.LIVE, Lane.EVENT, Lane.REPLAY])
def test_an_alarm_is_in_the_next_group_however_much_another_gateway_sends(lane: Lane) -> None:
    flood = [Arrival(FLOODS, lane, b"%d" % at, NOW) for at in range(50_000)]
    alarm = Arrival(OTHER, Lane.EVENT, b"alarm", NOW)
    inbox = filled(*flood, alarm)

    group = inbox.take()
    assert alarm in group[:2]
    assert len(group) == MOST_IN_GROUP


def test_neither_does_a_flood_of_births_or_of_large_items_hold_it_up() -> None:
    alarm = Arrival(OTHER, Lane.EVENT, b"alarm", NOW)

    assert alarm in filled(*[born(FLOODS)] * 900, alarm).take()[:2]
    assert alarm in filled(*[Arrival(FLOODS, Lane.LIVE, bytes(MAX_BYTES), NOW)] * 900, alarm).take()[:2]


def test_a_gateway_with_a_birth_behind_its_backlog_holds_up_nobody() -> None:
    backlog: list[Entry] = [Arrival(FLOODS, Lane.REPLAY, b"r", NOW) for _ in range(5_000)]
    alarm = Arrival(OTHER, Lane.EVENT, b"alarm", NOW)

    assert filled(*backlog, born(FLOODS), alarm).take()[0] == alarm


def test_gateways_take_turns_over_groups_too() -> None:
    """More gateways than a group holds, all with much to send: none has its second before all had their first."""
    gateways = [Gateway(f"m{at}", "g") for at in range(3 * MOST_IN_GROUP)]
    inbox = filled(*(Arrival(gateway, Lane.LIVE, b"x", NOW) for _ in range(3) for gateway in gateways))
    first = [entry.gateway for _ in range(3) for entry in inbox.take() if isinstance(entry, Arrival)]

    assert len(set(first)) == len(gateways)


def test_what_does_not_fit_into_a_gateways_room_is_not_taken_in_and_others_have_their_own() -> None:
    inbox = Inbox(room=3 * MAX_BYTES)
    large = Arrival(FLOODS, Lane.LIVE, bytes(MAX_BYTES), NOW)

    assert [inbox.put(large) for _ in range(5)] == [True, True, True, False, False]
    assert [inbox.put(born(FLOODS)), inbox.put(Arrival(OTHER, Lane.EVENT, b"alarm", NOW))] == [False, True]
    taken(inbox)
    assert inbox.put(large)


KINDS = st.tuples(st.integers(0, 2), st.sampled_from([Lane.LIVE, Lane.EVENT, Lane.REPLAY, None]), st.integers(0, MAX_BYTES))


@given(st.lists(KINDS, max_size=60), st.integers(1, 8))
def test_everything_comes_out_once_each_gateways_in_its_order_and_nothing_before_a_birth(kinds: list[tuple], most: int) -> None:
    entries: list[Entry] = []
    for at, (which, lane, size) in enumerate(kinds):
        gateway = Gateway(f"m{which}", "g")
        entries.append(born(gateway, at) if lane is None else Arrival(gateway, lane, b"%d:" % at + bytes(size // 2), NOW))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ingest.inbox.MOST_IN_GROUP", most)
        inbox = filled(*entries)
        found = taken(inbox)

    assert sorted(map(number, found)) == list(range(len(entries)))
    assert (len(inbox), inbox._bytes, inbox._queues) == (0, 0, {})
    for which in range(3):
        mine = [entry for entry in found if (entry.gateway if isinstance(entry, Arrival) else entry[0]).mine == f"m{which}"]
        births = [at for at, entry in enumerate(mine) if not isinstance(entry, Arrival)]
        for at in births:
            assert all(number(one) < number(mine[at]) for one in mine[:at])
            assert all(number(one) > number(mine[at]) for one in mine[at + 1 :])
        for lanes in ((Lane.LIVE, Lane.EVENT), (Lane.REPLAY,)):
            numbers = [number(entry) for entry in mine if isinstance(entry, Arrival) and entry.lane in lanes]
            assert numbers == sorted(numbers)


def number(entry: Entry) -> int:
    return int(entry.payload.partition(b":")[0]) if isinstance(entry, Arrival) else entry[1].period


# ------------------------------------------------------------ the intake


@pytest.fixture
def intake(tmp_path: Path) -> Intake:
    desk, live = Desk(tmp_path), Live()
    return Intake(desk.worker, Judge(desk.records, desk.journal, load(), live), live, BrokerAddress(), "i", 1 << 20, ManualClock(NOW))


def test_what_is_not_taken_in_is_counted_and_complained_of_a_few_times_a_minute(intake: Intake) -> None:
    intake._inbox = Inbox(room=10)
    with structlog.testing.capture_logs() as logs:
        for _ in range(1000):
            intake._receive(FLOODS, Lane.LIVE, Arrived(FLOODS.topic(Lane.LIVE), b"a flood of words", False))
        intake._receive(OTHER, Lane.LIVE, Arrived(OTHER.topic(Lane.LIVE), b"short", False))
        intake._clock.advance(EVERY)  # type: ignore[attr-defined]
        intake._receive(FLOODS, Lane.LIVE, Arrived(FLOODS.topic(Lane.LIVE), b"a flood of words", False))

    assert (intake.counters.crowded, len(intake._inbox)) == (1001, 1)
    assert len(logs) == LINES + 1
    assert logs[-1]["and_unsaid"] == 1000 - LINES


def test_nonsense_is_complained_of_a_few_times_a_minute(intake: Intake) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(1000):
            intake._receive(FLOODS, Lane.BIRTH, Arrived(FLOODS.topic(Lane.BIRTH), b"\xc1", False))

    assert (intake.counters.refused, len(logs)) == (1000, LINES)


def test_complaints_of_one_do_not_use_up_those_of_another_and_are_forgotten_in_the_end() -> None:
    complaints = Complaints()

    assert [complaints.due("a", 0) for _ in range(LINES + 2)] == [0] * LINES + [None, None]
    assert [complaints.due("b", 0), complaints.due("a", MINUTE), complaints.due("a", MINUTE)] == [0, 2, 0]
    for at in range(20_001):
        complaints.due(f"g{at}", 0)
    assert len(complaints._of) <= 10_000


def test_whoever_claims_a_period_of_years_is_silent_after_hours_all_the_same(intake: Intake) -> None:
    """Silence is not safety: a gateway does not choose how long its silence goes unnoticed."""
    group: list[Entry] = [born(FLOODS, 1 << 60)]
    intake._see(group, intake._commit(group))
    gateway = intake.live.gateways[str(FLOODS)]

    assert gateway.period == LONGEST_PERIOD
    assert not gateway.silent(NOW + 3 * HOUR)
    assert gateway.silent(NOW + 3 * HOUR + 1)
    anew = Live()
    intake.worker.holdings.recall(anew)
    assert anew.gateways[str(FLOODS)].period == LONGEST_PERIOD


# ------------------------------------------------------------ registries


def part(name: str, seq: int, data: bytes = b"{", parts: int = 2, at: int = 0) -> bytes:
    return item(RegistryPart(name, at, parts, data), seq)


def held(desk: Desk) -> int:
    return sum(len(one.arrival.payload) for pool in desk.holdings.assembly.pools() for one in pool)


def test_pieces_of_registries_that_never_end_have_a_bound_and_a_whole_one_still_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "MOST_WAITING", 10_000)
    desk = Desk(tmp_path)
    for at in range(200):
        desk.take(part(f"{at:016x}", at, bytes(500)))
        assert held(desk) <= 10_000
    for at in range(200):
        desk.take(part("f" * 16, 200 + at, bytes(500)))
        assert held(desk) <= 10_000
    desk.take(registry_item(400), data_item(401))

    assert len(desk.values()) == 1


def test_items_that_wait_for_registries_that_never_come_have_a_bound_over_all_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembly, "MOST_WAITING", 2_000)
    desk = Desk(tmp_path)
    one = data_item(0).replace(REGISTRY.name.encode(), b"%016x" % 0)
    for at in range(100):
        desk.take(data_item(at).replace(REGISTRY.name.encode(), b"%016x" % at))

    assert 2_000 - len(one) < held(desk) <= 2_000
    desk.take(item(RegistryPart(REGISTRY.name, 0, 1, REGISTRY.data), 500), data_item(501))
    assert len(desk.values()) == 1


def test_room_is_given_back_when_the_registry_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "MOST_WAITING", len(registry_item(0)) + 10)
    desk = Desk(tmp_path)
    for at in range(3):
        made = Registry("mine", f"矿{at}", "mine", REGISTRY.points)
        waits = data_item(2 * at + 1, at=NOW - SECOND * (9 - at)).replace(REGISTRY.name.encode(), made.name.encode())
        desk.take(waits, waits)
        assert held(desk) == len(waits)
        desk.take(item(RegistryPart(made.name, 0, 1, made.data), 2 * at))

    assert (desk.holdings.assembly._items[str(GATEWAY)], desk.holdings.assembly._pieces[str(GATEWAY)], held(desk)) == (0, 0, 0)
    assert len(desk.values()) == 3


def test_a_name_that_is_none_is_refused_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for at, name in enumerate(("../../etc/passwd", "x" * 16, "", "0" * 17, "A" * 16)):
        assert desk.take(part(name, at)).refused == 1
    assert held(desk) == 0


def test_bad_pieces_under_the_name_of_anothers_registry_do_not_refuse_the_others_data(tmp_path: Path) -> None:
    desk, enemy = Desk(tmp_path), Gateway("mine", "gate-2")
    desk.take(part(REGISTRY.name, 0, b"nonsense", parts=1), gateway=enemy)
    desk.take(data_item(1))
    desk.take(registry_item(0))

    assert len(desk.values()) == 1


def test_a_registry_of_another_mine_cannot_be_borrowed(tmp_path: Path) -> None:
    desk, enemy = Desk(tmp_path), Gateway("elsewhere", "gate-1")
    desk.take(registry_item(0), data_item(1))
    outcome = desk.take(data_item(0, epoch="00000000000000bb"), gateway=enemy)

    assert (outcome.refused, dict(outcome.reasons), outcome.readings) == (1, {"registry-refused": 1}, 0)


def test_of_one_gateways_registries_only_the_newest_stay_at_hand_and_older_ones_are_read_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for at in range(40):
        made = Registry("mine", f"矿{at}", "mine", REGISTRY.points)
        desk.take(item(RegistryPart(made.name, 0, 1, made.data), at))
        if at == 0:
            first = made
    assert len(desk.holdings.assembly.known) == assembly.MOST_KNOWN
    assert first.name not in desk.holdings.assembly.known
    found = desk.holdings.known(first.name)
    assert found is not None
    assert found.registry == first


# ------------------------------------------------------------ dead letters


def test_nonsense_is_kept_to_a_bound_an_hour_then_counted_and_items_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "MOST_NAMELESS", 1_000)
    desk = Desk(tmp_path)
    outcome = desk.take(*(b"\xc1%098d" % at for at in range(50)))
    with desk.records.read() as db:
        kept = len(deadletters.listing(db, limit=500))
    desk.take(registry_item(0), data_item(1))
    later = desk.take(b"\xc1 an hour later", now=NOW + HOUR)

    assert (kept, outcome.refused, outcome.reasons["not-kept"]) == (10, 50, 40)
    assert len(desk.values()) == 1
    assert dict(later.reasons) == {"malformed": 1}


# ------------------------------------------------------------ all of it together


class Flooded:
    """A link that brings a flood of one gateway, then one alarm of another, then nothing."""

    def __init__(self, flood: int, alarm: bytes) -> None:
        self._flood, self._alarm = flood, alarm

    async def subscribe(self, *_: str) -> None: ...

    async def send_all(self, _messages: Sequence[tuple[str, bytes]]) -> None: ...

    async def messages(self) -> AsyncIterator[Arrived]:
        for at in range(self._flood):
            lane = (Lane.LIVE, Lane.EVENT, Lane.REPLAY)[at % 3]
            yield Arrived(FLOODS.topic(lane), b"\xc1%d" % at, False)
        yield Arrived(OTHER.topic(Lane.EVENT), self._alarm, False)
        await asyncio.Event().wait()

    def progress(self) -> None: ...


async def test_an_alarm_behind_a_flood_stands_in_the_journal_while_the_flood_still_waits(intake: Intake) -> None:
    raised = Event("T01", "limit.alarm", "raise", NOW, 1.2, 1.0, 0, "", "limit_reached", NOW)
    waits: list[int] = []

    def look(_seconds: float) -> None:
        with intake.worker.holdings.records.read() as db:
            if not waits and intake.worker.holdings.journal.listing(db, mine="other"):
                waits.append(len(intake._inbox))

    intake.on_group = look
    session = asyncio.create_task(intake._session(cast(Link, Flooded(6_000, item(raised, 0)))))
    await until(lambda: waits)
    session.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await session

    assert waits[0] >= 5_000
