"""What goes out together: nothing is dropped or sent twice, a new cause never waits, and of one alarm the order is kept."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.composing import CROWD, DIGEST_EVERY, MOST_PARTS, STORM_PER_MINUTE, Standing, Together, compose, spacing
from contracts.clock import BUILD_TIME, SECOND
from store.records.deliveries import Delivered, DeliveryRow

NOW = BUILD_TIME
CALM = Standing(sent=0, last=0, digest=0, slots=8, pace=0)
LATER = NOW + 10 * SECOND


def row(id_: int, alarm: int | None = None, cause: int | None = 1, *, lead: bool = True, due: int = NOW) -> DeliveryRow:
    return DeliveryRow(id_, alarm or id_, id_, "a", "webhook", Delivered.PENDING, 0, due, "", None, cause, lead)


def ids(planned) -> list[list[int]]:
    return [[one.id for one in message.rows] for message in planned]


def test_the_first_word_of_each_cause_goes_alone():
    assert ids(compose([row(1), row(2, cause=2)], [], CALM, NOW)) == [[1], [2]]


def test_followers_wait_and_go_as_one_message_a_cause():
    rest = [row(1, lead=False, due=LATER), row(2, lead=False, due=LATER + SECOND), row(3, cause=2, lead=False, due=LATER + SECOND)]
    assert compose([], rest, CALM, NOW) == []
    assert ids(compose([], rest, CALM, LATER)) == [[1, 2]]


def test_what_an_alarm_told_before_goes_along():
    rest = [row(1, alarm=7, cause=1, lead=False, due=LATER), row(2, alarm=7, cause=2, lead=False, due=NOW)]
    assert ids(compose([], rest, CALM, NOW)) == [[1, 2]]


def test_no_more_than_there_are_slots():
    leads = [row(number, cause=number) for number in range(1, 20)]
    assert len(compose(leads, [row(30, lead=False)], CALM, NOW)) == 8


def test_in_a_storm_new_causes_go_at_once_and_the_rest_as_a_digest_now_and_then():
    busy = Standing(STORM_PER_MINUTE, NOW - 1, NOW - DIGEST_EVERY, 8, 0)
    leads, rest = [row(1, cause=1), row(2, cause=2)], [row(number, cause=3, lead=False) for number in range(3, 60)]
    planned = compose(leads, rest, busy, NOW)
    assert [message.kind for message in planned] == [Together.SINGLE, Together.SINGLE, Together.DIGEST]
    assert len(planned[2].rows) == 57
    just_told = Standing(STORM_PER_MINUTE, NOW - 1, NOW - 1, 8, 0)
    assert ids(compose(leads, rest, just_told, NOW)) == [[1], [2]]


def test_a_full_digest_does_not_wait_else_more_would_come_than_goes():
    rest = [row(number, lead=False) for number in range(1, MOST_PARTS + 50)]
    just_told = Standing(STORM_PER_MINUTE, NOW - 1, NOW - 1, 8, 0)
    (digest,) = compose([], rest, just_told, NOW)
    assert len(digest.rows) == MOST_PARTS
    assert compose([], rest[: MOST_PARTS - 1], just_told, NOW) == []


def test_a_crowd_of_new_causes_goes_together_so_that_none_waits():
    leads = [row(number, cause=number) for number in range(1, CROWD + 20)]
    (only,) = compose(leads, [], Standing(STORM_PER_MINUTE, NOW, NOW, 8, 0), NOW)
    assert len(only.rows) == len(leads)


def test_on_a_channel_with_a_pace_a_storm_never_uses_it_up():
    leads, rest = [row(number, cause=number) for number in range(1, 9)], [row(9, lead=False)]
    busy = Standing(20, NOW - spacing(20), 0, 3, 20)
    assert ids(compose(leads, rest, busy, NOW)) == [list(range(1, 10))]
    assert compose(leads, rest, Standing(20, NOW - 1, 0, 3, 20), NOW) == []
    assert 60 * SECOND / spacing(20) < 20


def test_what_has_no_cause_is_never_told_together_with_others():
    leads = [row(number, cause=None) for number in range(1, CROWD + 20)]
    assert all(len(message.rows) == 1 for message in compose(leads, [], Standing(500, NOW, NOW, 8, 0), NOW))


@st.composite
def _waiting(draw) -> list[DeliveryRow]:
    numbers, rows = count(1), []
    for _ in range(draw(st.integers(0, 25))):
        cause, lead = draw(st.integers(1, 9)), draw(st.booleans())
        rows.append(row(next(numbers), draw(st.integers(1, 6)), cause, lead=lead, due=NOW + draw(st.integers(0, 20)) * SECOND))
    return rows


def _looked_at(rows: list[DeliveryRow], now: int) -> tuple[list[DeliveryRow], list[DeliveryRow]]:
    """As the records give them: of an alarm nothing before what comes first."""
    first: dict[int, DeliveryRow] = {}
    for one in rows:
        first.setdefault(one.alarm_id, one)
    leads = [one for one in rows if one.lead and one.next_try <= now and first[one.alarm_id] is one]
    at_once = {one.alarm_id: one.id for one in reversed(rows) if one.lead}
    rest = [one for one in rows if not one.lead and one.id < at_once.get(one.alarm_id, 1 << 60)]
    return leads, rest if any(one.next_try <= now for one in rest) else []


@given(_waiting(), st.sampled_from([0, 4, 20]), st.integers(1, 8))
def test_everything_goes_out_exactly_once_in_order_and_in_time(rows, pace, slots):
    """Whatever comes, whatever the pace: all of it is told, however it has to queue behind its own alarm."""
    left, told, sent, now = list(rows), [], [], NOW
    digest = last = 0
    end = NOW + 30 * SECOND + len(rows) * max(spacing(pace), DIGEST_EVERY)
    while left and now < end:
        standing = Standing(sum(at > now - 60 * SECOND for at in sent), last, digest, slots, pace)
        for message in compose(*_looked_at(left, now), standing, now):
            assert message.rows
            told += [one.id for one in message.rows]
            left = [one for one in left if one not in message.rows]
            last, digest = now, now if message.kind is Together.DIGEST else digest
            sent.append(now)
        now += SECOND
    assert sorted(told) == [one.id for one in rows]
    for alarm in {one.alarm_id for one in rows}:
        own = [one.id for one in rows if one.alarm_id == alarm]
        assert [number for number in told if number in own] == own


@pytest.mark.parametrize("waiting", [0, STORM_PER_MINUTE + 1])
@given(_waiting())
def test_nothing_is_put_into_two_messages(waiting, rows):
    planned = compose(*_looked_at(rows, NOW), Standing(waiting, 0, 0, 8, 0), NOW)
    taken = [one.id for message in planned for one in message.rows]
    assert len(taken) == len(set(taken))
