"""What a gateway measures of its own link: medians of ten seconds, what was sent again, and nothing for what did not happen."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from contracts.clock import SECOND
from contracts.columns import Block
from contracts.links import linked
from contracts.points import Point, Registry
from contracts.topics import Gateway
from contracts.units import SCORED_EVERY
from edge_agent.lanes import Lanes
from edge_agent.linkmeter import MOST, LinkMeter, tell_link
from edge_agent.outbox import Outbox
from tests.edge_agent.test_lanes import make, receipt, send
from wire.client import Link, _Client

PLAIN = Registry("pit", "矿", "pit", (Point("T1", "methane", "face", "面", "face"),))
GATEWAY = Gateway("pit", "g1")


def test_medians_are_told_and_forgotten() -> None:
    meter = LinkMeter()
    for seconds in (0.01, 0.5, 0.02):
        meter.answered(seconds)
    for waited in (SECOND, 3 * SECOND):
        meter.receipted(waited)
    for again in (False, True, False, False):
        meter.sends(again)

    assert meter.take(True) == {"link_up": 1.0, "link_round_trip": 20.0, "link_receipt_delay": 2000.0, "link_repeated": 25.0}
    assert meter.take(False) == {"link_up": 0.0}


def test_what_is_kept_of_ten_seconds_has_a_bound() -> None:
    meter = LinkMeter()
    for _ in range(MOST + 5):
        meter.answered(0.0)
        meter.receipted(0)
    assert (len(meter._round_trips), len(meter._receipts)) == (MOST, MOST)


@pytest.fixture
def lanes(tmp_path: Path) -> Lanes:
    return Lanes(Outbox(tmp_path / "data", "data"), Outbox(tmp_path / "event", "event"))


def test_what_is_sent_once_and_received_is_no_repeat(lanes: Lanes) -> None:
    make(lanes.data, 5)
    send(lanes)
    lanes.told(receipt(lanes.data, 0, 4), 3 * SECOND)

    assert lanes.meter.take(True) == {"link_up": 1.0, "link_receipt_delay": 2000.0, "link_repeated": 0.0}


def test_after_a_lost_connection_what_had_no_receipt_is_sent_again(lanes: Lanes) -> None:
    make(lanes.data, 4)
    send(lanes)
    lanes.told(receipt(lanes.data, 0, 1), 2 * SECOND)
    lanes.restart()
    make(lanes.data, 2)
    send(lanes)

    assert (lanes.meter.sent, lanes.meter.repeated) == (8, 2)


def test_what_an_overdue_receipt_does_not_name_is_sent_again_on_the_same_connection(lanes: Lanes) -> None:
    make(lanes.data, 3)
    send(lanes)
    lanes.resend(2 * SECOND)
    lanes.told(receipt(lanes.data, 0, 0), 3 * SECOND)
    send(lanes)

    assert (lanes.meter.sent, lanes.meter.repeated) == (5, 2)


def test_a_receipt_that_comes_late_spares_the_repeat(lanes: Lanes) -> None:
    make(lanes.data, 2)
    send(lanes)
    lanes.resend(2 * SECOND)
    lanes.told(receipt(lanes.data, 0, 1), 3 * SECOND)
    make(lanes.data, 1)
    send(lanes)

    assert (lanes.meter.sent, lanes.meter.repeated, lanes._given_up) == (3, 0, set())


async def test_the_round_trip_ends_with_the_brokers_acknowledgement(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a broker beside us too: the loop's own clock knows whole ms only."""
    monkeypatch.setattr("wire.client.monotonic", lambda: 1.5 + 1 / 4096)
    client: Any = object.__new__(_Client)
    client.unanswered, client._roomy = {7: 1.5}, asyncio.Event()
    told: list[float] = []
    Link(client).on_answer(told.append)

    assert client._is_answered(7)
    assert not client._is_answered(7)
    assert told == [1 / 4096]


class Told(Exception):
    """The readings came."""


async def test_readings_stand_at_multiples_of_ten_seconds_behind_the_registrys_points() -> None:
    registry, blocks, meter = linked(PLAIN, GATEWAY, "5g"), list[Block](), LinkMeter()
    meter.sends(again=True)

    def add(block: Block) -> None:
        blocks.append(block)
        raise Told

    with pytest.raises(Told):
        await tell_link(meter, registry, GATEWAY, lambda: True, lambda: 5 * SCORED_EVERY - 1, add)
    [block] = blocks
    found = {registry.points[row].quantity: value for row, value in zip(block.point.tolist(), block.value.tolist(), strict=True)}
    assert found == {"link_up": 1.0, "link_repeated": 100.0}
    assert set(block.time.tolist()) == {5 * SCORED_EVERY}


async def test_without_a_kind_nothing_is_told() -> None:
    await tell_link(LinkMeter(), linked(PLAIN, GATEWAY, ""), GATEWAY, lambda: True, lambda: 0, pytest.fail)
