"""What holds for all rules beside the limits, whatever comes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.rules import State, assess, tick
from contracts import quality as q
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.columns import Block, join
from contracts.payload import Poll
from tests.alerts.pit import CALM, NOW, REGISTRY, RULES, Pit, arrays, block_of

pytestmark = pytest.mark.slow

COUNT = len(REGISTRY.points)
VALUES = st.sampled_from([0.0, 0.2, 0.45, 0.8, 0.99, 1.0, 1.2, 1.5, 2.0, 4.0, 26.0])
BITS = st.sampled_from([0, 0, 0, 0, q.CALIBRATION, q.ALARM, q.NOT_POLLED, q.SENSOR_FAULT, q.OVER_RANGE, q.SUBSTATION_FAULT, q.FROZEN])
POLL = st.lists(st.tuples(st.integers(0, COUNT - 1), VALUES, BITS), min_size=1, max_size=COUNT, unique_by=lambda row: row[0])
STORY = st.lists(st.tuples(POLL, st.sampled_from([1, 1, 5, 20, 90])), min_size=1, max_size=25)


def block(rows: list[tuple[int, float, int]], time: int) -> Block:
    return Block.of([row[0] for row in rows], time, [row[1] for row in rows], [row[2] for row in rows])


def play(story, order=lambda rows: rows) -> tuple[State, list]:
    state, now, told = State.fresh(RULES), NOW, []
    for rows, seconds in story:
        now += seconds * SECOND
        state, first = assess(RULES, state, block(order(rows), now), now, [Poll("kj", SECOND, now)])
        state, second = tick(RULES, state, now)
        told += [first, second]
    return state, told


def key(told) -> list:
    return [sorted(map(repr, one)) for one in told]


@settings(max_examples=40, deadline=None)
@given(STORY, st.randoms())
def test_the_order_of_readings_within_a_poll_does_not_matter(story, random):
    state, told = play(story)
    other, again = play(story, lambda rows: random.sample(rows, len(rows)))
    assert key(told) == key(again)
    assert all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(arrays(state), arrays(other), strict=True))


@settings(max_examples=40, deadline=None)
@given(STORY, POLL, st.sampled_from([MINUTE + SECOND, HOUR, DAY]))
def test_a_late_reading_neither_raises_nor_clears_nor_changes_anything_beside_the_limits(story, late, age):
    state, _ = play(story)
    now = NOW + sum(seconds for _, seconds in story) * SECOND
    after, told = assess(RULES, state, block(late, now - age), now)
    assert [one.rule for one in told if not one.rule.startswith(("limit", "device", "*"))] == []
    assert all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(arrays(state), arrays(after), strict=True))


@settings(max_examples=40, deadline=None)
@given(STORY)
def test_the_state_given_is_left_as_it_was(story):
    state, _ = play(story)
    before = [array.copy() for array in arrays(state)]
    now = NOW + DAY
    assess(RULES, state, block_of(CALM, now), now, [Poll("kj", SECOND, now)])
    tick(RULES, state, now)
    assert all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(arrays(state), before, strict=True))


@settings(max_examples=40, deadline=None)
@given(STORY)
def test_a_supply_is_said_to_agree_only_where_every_point_it_rests_on_is_known(story):
    state, _ = play(story)
    shadow, seen = state.watch.shadow, state.watch.seen
    known = seen.known(NOW + sum(seconds for _, seconds in story) * SECOND)
    gas = [REGISTRY.number["T1"], REGISTRY.number["T2"]]
    doubtful = not known[gas].all() or bool((seen.quality[gas] & q.CALIBRATION).any())
    if doubtful and not shadow.must_be_off[0]:
        assert shadow.unknown[0]


@settings(max_examples=40, deadline=None)
@given(STORY)
def test_every_verdict_says_why(story):
    _, told = play(story)
    for one in (one for part in told for one in part if not one.rule.startswith(("limit", "device", "*"))):
        assert one.clause
        assert one.reason
        assert one.change != "raise" or "start" in one.numbers


@settings(max_examples=12, deadline=None)
@given(st.lists(st.tuples(VALUES, st.booleans(), st.booleans(), st.booleans()), min_size=60, max_size=60))
def test_under_noise_every_second_no_condition_is_told_more_than_twelve_times_a_minute(noise):
    pit = Pit()
    for gas, fan, door, feed in noise:
        pit.run(1, T1=gas, T2=gas / 2, FAN1=float(fan), DOOR1=float(door), DOOR2=1.0, FEED=float(feed))
    per_rule = [
        sum(one.rule == rule for one in pit.told) for rule in ("doors.open", "fan.gas", "feed.abnormal", "feed.unexplained", "gas.rise")
    ]
    assert max(per_rule) <= 12


def test_a_block_of_many_seconds_is_the_same_as_its_seconds_one_by_one():
    alone, together = Pit(), Pit()
    blocks = []
    for at in range(1, 31):
        values = CALM | {"DOOR1": float(at > 10), "DOOR2": float(at > 12), "T1": 0.2 + 0.02 * at}
        blocks.append(block_of(values, alone.now + SECOND))
        alone.now += SECOND
        alone.feed(blocks[-1])
    together.feed(join(blocks[::-1]), alone.now)
    assert [(t.rule, t.change, t.point) for t in alone.told] == [(t.rule, t.change, t.point) for t in together.told]
    assert any(t.rule == "doors.open" for t in together.told)


def test_after_the_clock_is_set_back_live_readings_decide_again():
    pit = Pit()
    pit.run(20, DOOR1=1.0, DOOR2=1.0)
    pit.now -= HOUR
    assert pit.run(20, DOOR1=0.0) == [("DOOR1", "doors.open", "return")]
    assert pit.run(2, DOOR1=1.0) == [("DOOR1", "doors.open", "raise")]


def test_the_state_does_not_grow():
    pit = Pit()
    size = sum(array.nbytes for array in arrays(pit.state))
    pit.run(1000, T1=1.6)
    assert sum(array.nbytes for array in arrays(pit.state)) == size
    assert size / COUNT < 1000


def test_sources_that_answer_at_one_instant_are_looked_at_together_and_no_reading_is_passed_over():
    pit = Pit()
    pit.now += SECOND
    told = pit.feed(block_of({"T1": 0.2, "DOOR1": 1.0}, pit.now)) + pit.feed(block_of({"DOOR2": 1.0}, pit.now))
    assert told == []
    pit.now += SECOND
    assert pit.feed(block_of({"DOOR2": 0.0}, pit.now)) == [("DOOR1", "doors.open", "raise")]
