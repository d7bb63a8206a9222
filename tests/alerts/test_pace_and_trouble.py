"""A pace drops nothing, and a recipient who cannot be reached is told to others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.addresses import HIDDEN, addressed, masked, scrubbed
from alerts.config import AlertsSection, Recipient
from alerts.deliver import Deliver
from alerts.pace import Pace
from alerts.text import body
from alerts.trouble import RULE, TRIES, Trouble, told_of
from contracts.clock import BUILD_TIME, MINUTE, SECOND, ManualClock
from contracts.errors import BadConfig, GiveUp, Retry
from store.records import alarms as table
from store.records.deliveries import deliveries
from tests.alerts.test_deliver import Line, raise_and_return

NOW = BUILD_TIME
SLOW = Recipient(name="slow", address="http://slow.example/", per_minute=3)
ADMIN = Recipient(name="admin", address="mqtt://admin.example/a", channel="mqtt", admin=True)


@given(st.integers(1, 20), st.lists(st.integers(0, 40 * SECOND), max_size=60))
def test_never_more_than_the_pace_within_any_minute(most, steps):
    pace, now, sent = Pace(most), NOW, []
    for step in steps:
        now += step
        count = pace.room(now, 8)
        pace.take(now, count)
        sent += [now] * count
        assert sum(now - MINUTE < moment <= now for moment in sent) <= most


def deliver_of(records, pack, clock, line, *recipients, whole=None) -> Deliver:
    trouble = Trouble(pack.documents, recipients)
    return Deliver(
        records, recipients, {"webhook": line, "mqtt": line}, clock, chance=lambda: 1.0, trouble=trouble, channel_per_minute=whole
    )


async def drain(deliver: Deliver, *names: str) -> None:
    while sum([await deliver.round(name) for name in names]):
        pass


@pytest.mark.parametrize(("recipient", "whole"), [(SLOW, {}), (Recipient(name="slow", address=SLOW.address), {"webhook": 3})])
async def test_what_the_pace_has_no_room_for_waits_in_order_and_is_told_with_the_state_of_now(records, pack, recipient, whole):
    raise_and_return(records, pack, [recipient], points=4)
    clock, line = ManualClock(NOW), Line()
    deliver = deliver_of(records, pack, clock, line, recipient, whole=whole)
    counts = []
    for _ in range(3):
        await drain(deliver, "slow")
        counts.append(len(line.accepted[SLOW.address]))
        clock.advance(MINUTE)
    assert counts == [3, 6, 8]
    told = line.accepted[SLOW.address]
    for alarm_id in range(1, 5):
        assert [message.transition["change"] for message in told if message.alarm["id"] == alarm_id] == ["raise", "return"]
    assert "现在：已返回，未确认" in body(told[0])
    assert "现在" not in body(told[-1])


async def test_a_refusal_for_good_is_an_alarm_told_to_the_admin_and_returns_when_a_message_gets_through(records, pack):
    raise_and_return(records, pack, [SLOW])
    clock, line = ManualClock(NOW), Line()
    line.trouble[SLOW.address] = [GiveUp("HTTP 404 http://slow.example/")]
    deliver = deliver_of(records, pack, clock, line, SLOW, ADMIN)
    await deliver.round("slow")
    await drain(deliver, "admin")
    (told,) = line.accepted[ADMIN.address]
    assert (told.alarm["rule"], told.transition["change"]) == (RULE, "raise")
    assert "slow" in told.text["zh"]
    assert f"HTTP 404 {HIDDEN}" in told.text["zh"]
    clock.advance(SECOND)
    await drain(deliver, "slow", "admin")
    assert [message.transition["change"] for message in line.accepted[ADMIN.address]] == ["raise", "return"]


async def test_a_recipient_that_only_waits_is_told_of_after_some_tries_and_once(records, pack):
    raise_and_return(records, pack, [SLOW])
    clock, line = ManualClock(NOW), Line()
    line.trouble[SLOW.address] = [Retry("password refused", 0.0) for _ in range(TRIES + 3)]
    deliver = deliver_of(records, pack, clock, line, SLOW, ADMIN)
    for tried in range(1, TRIES + 4):
        await deliver.round("slow")
        await drain(deliver, "admin")
        assert len(line.accepted[ADMIN.address]) == (tried >= TRIES)
        clock.advance(10 * MINUTE)


async def test_two_who_cannot_be_reached_do_not_tell_of_each_other_for_ever(records, pack):
    raise_and_return(records, pack, [SLOW, ADMIN])
    clock, line = ManualClock(NOW), Line()
    for one in (SLOW, ADMIN):
        line.trouble[one.address] = [GiveUp("HTTP 404") for _ in range(50)]
    deliver = deliver_of(records, pack, clock, line, SLOW, ADMIN)
    for _ in range(10):
        await drain(deliver, "slow", "admin")
        clock.advance(MINUTE)
    with records.read() as db:
        found = [row for row in table.alarms(db) if row.rule == RULE]
        assert len(found) == 2
        assert sum(len(deliveries(db, row.id)) for row in found) <= 2


def test_others_on_another_channel_hear_of_it_first_and_never_the_recipient_itself():
    same = Recipient(name="same", address="http://same.example/", admin=True)
    mine_only = Recipient(name="mine", address="http://mine.example/", mines=("m1",))
    assert told_of(SLOW, (SLOW, same, ADMIN)) == [ADMIN]
    assert told_of(SLOW, (SLOW, same)) == [same]
    assert told_of(SLOW, (SLOW, mine_only)) == []
    assert told_of(ADMIN, (ADMIN, SLOW, mine_only)) == [SLOW]


def test_an_address_comes_from_the_environment_or_from_a_file():
    section = AlertsSection(recipients=(Recipient(name="a", address_from="DAVY_A"),))
    assert addressed(section, {"DAVY_A": "http://a.example/ "}).recipients[0].address == "http://a.example/"
    assert addressed(section, {"DAVY_A_FILE": "f"}, {"f": "http://b.example/\n"}.__getitem__).recipients[0].address == "http://b.example/"
    with pytest.raises(BadConfig, match="DAVY_A"):
        addressed(section, {})


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("dingtalk://5ecret5ecret@t0kent0ken/", "dingtalk://***"),
        ("mailtos://me:s3cret99@mail.example:587?to=a@b.example", "mailtos://mail.example:587/***"),
        ("https://hook.example/v1/t0kent0ken", "https://hook.example/***"),
    ],
)
def test_what_is_shown_of_an_address_holds_no_secret(address, shown):
    assert masked(address) == shown
    told = scrubbed(f"no route to {address} with t0kent0ken, 5ecret5ecret or s3cret99", address)
    assert all(secret not in told for secret in ("t0kent0ken", "5ecret5ecret", "s3cret99") if secret in address)
