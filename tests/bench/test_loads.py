"""The loads do what a real gateway or device would do."""

import asyncio

import numpy as np
import pytest

from alerts.message import Message
from alerts.packs import load
from alerts.rules import compile_limits
from bench.alarm import Heard, arrivals, matched
from bench.gateway import SimulatedGateway
from bench.hook import Hook
from bench.listeners import Waits, Wire
from bench.sawtooth import PERIOD, TEETH, Sawtooth, sawtooth
from bench.supply import Supply
from bench.timeline import Raised
from contracts.clock import BUILD_TIME, SECOND, ManualClock
from contracts.codec import pack
from contracts.digest import MASK, item_digest
from contracts.payload import VERSION, Birth, Event, Item, Receipt, Told, decode, encode
from contracts.topics import Lane, parse_topic
from sim_sensors.config import DeviceSettings, build
from wire.client import Arrived

WINDOW = 4


class Centre:
    """A link whose other end receipts what it is told to."""

    def __init__(self) -> None:
        self.items: list[bytes] = []
        self.birth: Birth | None = None
        self._arrived: asyncio.Queue[Arrived] = asyncio.Queue()

    async def subscribe(self, *filters: str) -> None:
        pass

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if parse_topic(topic)[1] is Lane.BIRTH:
            self.birth = decode(Birth, payload)
            self.receipt()

    async def send(self, topic: str, payload: bytes) -> None:
        self.items.append(payload)

    def receipt(self, wrong: int = 0) -> None:
        digest = (sum(map(item_digest, self.items)) + wrong) & MASK
        held = [(0, len(self.items) - 1, digest)] if self.items else []
        told = Told(self.birth.catalogue[0].epoch, "data", len(self.items) - 1, held)
        self._arrived.put_nowait(Arrived("", encode(Receipt(VERSION, "g", self.birth.nonce, 1, 1 << 20, [told])), False))

    async def messages(self):
        while True:
            yield await self._arrived.get()


async def settled() -> None:
    """Everybody had a turn."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.fixture
async def sending():
    """A gateway under full load, the centre it speaks to, and the clock."""
    centre, clock = Centre(), ManualClock()
    gateway = SimulatedGateway("m1", Supply("m0"), "pack", WINDOW, clock)
    listening = asyncio.create_task(gateway.listen(centre))
    introduction = asyncio.create_task(gateway.introduce(centre))
    await settled()
    centre.receipt()
    await introduction
    loading = asyncio.create_task(gateway.load(centre, 10.0, 0.0, 0.0))
    await settled()
    yield gateway, centre, clock
    loading.cancel()
    listening.cancel()


async def test_the_registry_goes_first(sending):
    _, centre, _ = sending

    assert [type(decode(Item, data).body).__name__ for data in centre.items[:2]] == ["RegistryPart", "Batch"]


async def test_a_gateway_keeps_no_more_than_its_window_without_receipt(sending):
    gateway, centre, _ = sending
    before = len(centre.items)

    centre.receipt()
    await settled()

    assert gateway.readings == 2 * WINDOW * 200
    assert len(centre.items) == before + WINDOW


async def test_a_wait_is_counted_from_making_the_item_to_its_receipt(sending):
    gateway, centre, clock = sending

    clock.advance(SECOND)
    centre.receipt()
    await settled()

    assert gateway.waits == [SECOND] * WINDOW


async def test_a_range_with_another_digest_is_altered(sending):
    gateway, centre, _ = sending
    count = len(centre.items)

    centre.receipt(wrong=1)
    await settled()

    assert gateway.altered == count


def test_every_tooth_crosses_its_limit_once_in_a_period_and_nothing_else_is_touched():
    base = build(DeviceSettings(name="m1", kind="mine"), BUILD_TIME)
    device = Sawtooth(base)
    instants = [BUILD_TIME + at * SECOND for at in range(2 * PERIOD // SECOND)]

    shown, real = (np.stack([one.read(now)[0] for now in instants]) for one in (device, base))
    touched = (shown != real).any(axis=0)

    over = shown[:, touched] >= compile_limits(base.registry, load()).alarm_ge[touched]
    crossings = (over & ~np.roll(over, 1, axis=0)).sum(axis=0)
    assert crossings.tolist() == [2] * TEETH


def test_the_wire_listener_times_each_item_by_the_first_receipt_that_names_it():
    wire, block = Wire(), Supply("m1").batch(0, BUILD_TIME)
    receipt = encode(Receipt(VERSION, "g", 1, 1, 1, [Told("0" * 16, "data", 0, [(0, 0, 1)])]))

    wire.take(Lane.LIVE, encode(Item(VERSION, "0" * 16, 0, BUILD_TIME, pack(block, "r"))), BUILD_TIME + 1)
    wire.take(Lane.RECEIPT, receipt, BUILD_TIME + 5)
    wire.take(Lane.RECEIPT, receipt, BUILD_TIME + 9)

    assert wire.committed.of == {BUILD_TIME: 5}


def test_the_wire_listener_counts_an_event_that_comes_twice_once():
    wire = Wire()
    event = Event("T1", "limit.alarm", "raise", BUILD_TIME, 1.2, 1.0, 0, "", "", BUILD_TIME + 7)

    for _ in range(2):
        wire.take(Lane.EVENT, encode(Item(VERSION, "0" * 16, 0, BUILD_TIME, event)), BUILD_TIME + 20)

    assert wire.decided == [(BUILD_TIME, BUILD_TIME + 7)]


def test_waits_are_those_of_what_was_due_in_the_time_measured():
    waits = Waits()
    for due in (1, 2, 3):
        waits.note(due, due + 10)
    waits.note(2, 99)

    assert waits.between(2, 3) == [10]


def test_a_tooth_reaches_its_limit_when_it_says_and_not_before():
    """The register says so too: it cuts what it cannot say."""
    device = sawtooth(200, BUILD_TIME, 13, 60 * SECOND, 1)
    limits = compile_limits(device.registry, load())
    found = device.crossings(BUILD_TIME, BUILD_TIME + 120 * SECOND)

    assert len(found) == 2 * 13
    assert len({device.registry.points[device.registry.number[point]].area for point, _ in found}) == 13
    for point, time in found:
        at = device.registry.number[point]
        before, after = (float(device.read(time + shift)[0][at]) for shift in (-1000, 1000))
        assert before < limits.alarm_ge[at] <= after
    raised = [point for point in {point for point, _ in found} for second in range(120) if over(device, limits, point, second)]
    assert 13 * 2 * 2 <= len(raised) <= 13 * 2 * 4, "each is over its limit for some three seconds a minute"


def over(device, limits, point, second):
    at = device.registry.number[point]
    return device.read(BUILD_TIME + second * SECOND)[0][at] >= limits.alarm_ge[at]


def test_a_crossing_is_matched_with_the_first_raise_that_shows_it():
    def told(point: str, time: int, arrived: int = 0) -> Heard:
        return Heard(Raised(point, time, time, time, time), arrived or time)

    due = [("T1", 10 * SECOND), ("T2", 10 * SECOND), ("T1", 70 * SECOND)]
    first, second, early = told("T1", 10 * SECOND + 300_000), told("T1", 70 * SECOND - 100_000), told("T2", 9 * SECOND)
    assert matched(due, [second, early, first]) == [(10 * SECOND, first), (70 * SECOND, second)]


def test_arrivals_are_found_alone_and_as_a_part_and_count_once():
    hook = Hook()
    alone = Message("k", "r", "zh", {}, {"rule": "limit.alarm"}, {"change": "raise", "id": 5})
    parts = [{"rule": "limit.alarm", "change": "raise", "transition": number} for number in (5, 6)]
    parts += [{"rule": "gas.rise", "change": "raise", "transition": 7}, {"rule": "limit.alarm", "change": "return", "transition": 8}]
    together = Message("k2", "r", "zh", {}, {"rule": "gas.rise"}, {"change": "raise", "id": 7}, kind="group", parts=parts)
    hook.heard += [(10, alone), (20, together), (30, alone)]
    assert arrivals(hook) == {5: 10, 6: 20}
