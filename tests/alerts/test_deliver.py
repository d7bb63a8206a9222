"""Telling people: at least once, in order per alarm, and a dead channel holds up nobody else."""

import asyncio
from collections import defaultdict

import pytest

from alerts.config import AlertsSection, Recipient, check_alerts
from alerts.deliver import Deliver
from alerts.journal import Journal
from contracts.clock import BUILD_TIME, SECOND, ManualClock
from contracts.config import load
from contracts.errors import BadConfig, GiveUp, Retry
from contracts.payload import Event
from store.records.deliveries import Delivered, deliveries
from store.records.engine import Records
from tests.waiting import until

NOW = BUILD_TIME
ALIVE, DEAD = (Recipient(name=name, address=f"http://{name}.example/") for name in ("alive", "dead"))


class Line:
    """A channel in memory. `trouble`: what happens at an address instead of acceptance."""

    def __init__(self) -> None:
        self.accepted: dict[str, list] = defaultdict(list)
        self.trouble: dict[str, list[Exception]] = defaultdict(list)
        self.hangs: set[str] = set()

    def check(self, key: str, address: str) -> None:
        """All are addresses."""

    async def send(self, address: str, message) -> None:
        if address in self.hangs:
            await asyncio.Event().wait()
        if self.trouble[address]:
            raise self.trouble[address].pop(0)
        self.accepted[address].append(message)

    async def close(self) -> None:
        """Nothing to close."""


def raise_and_return(records: Records, pack, recipients, points: int = 1) -> None:
    journal = Journal(pack, recipients)
    with records.begin() as db:
        for number in range(points):
            for change, time in (("raise", NOW), ("return", NOW + SECOND)):
                event = Event(f"T{number}", "limit.alarm", change, time, 1.2, 1.0, 0, "", "limit_reached", time)
                journal.event(db, "m1", "m1/gw1", event, NOW, None)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def line() -> Line:
    return Line()


def deliver_of(records, clock, line, *recipients: Recipient) -> Deliver:
    return Deliver(records, recipients, {"webhook": line}, clock, chance=lambda: 1.0)


def rows(records: Records, alarm_id: int = 1) -> list:
    with records.begin() as db:
        return deliveries(db, alarm_id)


async def test_done_only_after_the_channel_accepted(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE])
    line.trouble[ALIVE.address] = [Retry("timeout")]
    deliver = deliver_of(records, clock, line, ALIVE)
    await deliver.round("alive")
    assert [(row.state, row.attempts, row.last_error) for row in rows(records)] == [("pending", 1, "timeout"), ("pending", 0, "")]
    clock.advance(SECOND)
    await deliver.round("alive")
    assert rows(records)[0].state == Delivered.DONE


async def test_order_is_kept_per_alarm_while_other_alarms_go_on(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE], points=2)
    line.trouble[ALIVE.address] = [Retry("busy")]
    deliver = deliver_of(records, clock, line, ALIVE)
    while await deliver.round("alive"):
        pass
    assert [(m.alarm["id"], m.transition["change"]) for m in line.accepted[ALIVE.address]] == [(2, "raise"), (2, "return")]
    clock.advance(2 * SECOND)
    while await deliver.round("alive"):
        pass
    assert [m.transition["change"] for m in line.accepted[ALIVE.address] if m.alarm["id"] == 1] == ["raise", "return"]


async def test_waits_grow_and_are_capped(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE])
    line.trouble[ALIVE.address] = [Retry("busy", 0.0) for _ in range(12)]
    deliver, waits = deliver_of(records, clock, line, ALIVE), []
    for _ in range(12):
        await deliver.round("alive")
        waits.append((rows(records)[0].next_try - clock.now()) // SECOND)
        clock.wall = rows(records)[0].next_try
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


async def test_a_wait_the_other_side_asks_for_is_kept(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE])
    line.trouble[ALIVE.address] = [Retry("too many", 30.0)]
    await deliver_of(records, clock, line, ALIVE).round("alive")
    assert rows(records)[0].next_try == NOW + 30 * SECOND


async def test_a_clock_set_back_does_not_hold_up_messages(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE])
    clock.step(-3600 * SECOND)
    assert await deliver_of(records, clock, line, ALIVE).round("alive") == 1


async def test_what_is_refused_for_good_is_failed_and_the_next_goes_on(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE])
    line.trouble[ALIVE.address] = [GiveUp("HTTP 404")]
    deliver = deliver_of(records, clock, line, ALIVE)
    while await deliver.round("alive"):
        pass
    assert [(row.state, row.last_error) for row in rows(records)] == [("failed", "HTTP 404"), ("done", "")]


async def test_a_dead_channel_holds_up_nobody_else(records, pack, clock, line):
    raise_and_return(records, pack, [DEAD, ALIVE], points=3)
    line.hangs.add(DEAD.address)
    task = asyncio.create_task(deliver_of(records, clock, line, DEAD, ALIVE).run())
    await until(lambda: len(line.accepted[ALIVE.address]) == 6)
    task.cancel()
    assert line.accepted[DEAD.address] == []


async def test_the_key_of_a_message_is_the_same_at_every_try_and_no_other_has_it(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE, DEAD], points=2)
    keys = set()
    for deliver in (deliver_of(records, clock, line, ALIVE, DEAD) for _ in range(2)):
        for name in ("alive", "dead"):
            while await deliver.round(name):
                pass
    for messages in line.accepted.values():
        keys |= {message.key for message in messages}
    assert len(keys) == 8


async def test_what_waits_for_somebody_not_configured_any_more_fails_and_says_so(records, pack, clock, line):
    raise_and_return(records, pack, [DEAD])
    await deliver_of(records, clock, line, ALIVE).give_up_on_strangers()
    assert {(row.state, row.last_error) for row in rows(records)} == {("failed", "recipient_not_configured")}


async def test_a_message_carries_both_languages_and_the_numbers(records, pack, clock, line):
    raise_and_return(records, pack, [ALIVE])
    await deliver_of(records, clock, line, ALIVE).round("alive")
    (message,) = line.accepted[ALIVE.address]
    assert message.text["zh"].startswith("【报警】")
    assert message.text["en"].startswith("[ALARM]")
    assert (message.alarm["point"], message.alarm["limit"], message.transition["value"]) == ("T0", 1.0, 1.2)
    assert message.transition["time"] == "2026-11-18T11:06:40.000000Z"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[[recipients]]\nname = "a"\naddress = "ftp://x"', "alerts.recipients[0].address"),
        ('[[recipients]]\nname = ""\naddress = "http://x"', "alerts.recipients[0].name"),
        ('[[recipients]]\nname = "a"\naddress = "http://x"\nchannel = "pigeon"', "alerts.recipients[0].channel"),
        ('[[recipients]]\nname = "a"\naddress = "http://x"\nlang = "fr"', "alerts.recipients[0].lang"),
        ("retry_at_most_s = 0", "alerts.retry_at_most_s"),
    ],
)
def test_a_wrong_recipient_is_refused_early(text, key):
    with pytest.raises(BadConfig) as refused:
        check_alerts(load(AlertsSection, text, {}))
    assert refused.value.key == key
