"""Silence of a source is one alarm; so are points it leaves out."""

from alerts.rules import assess, tick
from contracts import quality as q
from contracts.clock import SECOND
from contracts.payload import Poll
from tests.alerts.pit import CALM, RULES, Pit, block_of

SILENT, HEARD = ("kj", "source.stale", "raise"), ("kj", "source.stale", "return")
SOME, ALL = ("kj", "source.points", "raise"), ("kj", "source.points", "return")


def test_a_source_that_does_not_answer_is_one_alarm_after_a_minute_and_fresh_values_end_it():
    pit = Pit(sources=True)
    assert pit.wait(60) == []
    assert pit.wait(2) == [SILENT]
    assert pit.told[-1].numbers["points"] == len(CALM)
    assert pit.wait(120) == []
    assert pit.run(11) == [HEARD]


def test_old_readings_in_an_answer_do_not_end_the_silence():
    pit = Pit(sources=True)
    pit.wait(62)
    for _ in range(20):
        pit.now += SECOND
        assert pit.feed(block_of(CALM, pit.now - 600 * SECOND)) == []
        pit.take(tick(RULES, pit.state, pit.now))
    assert HEARD not in pit.since(0)


def test_a_slow_source_has_three_periods():
    pit = Pit(sources=True)
    for at in range(90):
        pit.now += SECOND
        pit.take(assess(RULES, pit.state, block_of({}, 0), pit.now, [Poll("slow", 30 * SECOND, pit.now, 1, int(at == 0))]))
        pit.take(tick(RULES, pit.state, pit.now))
    assert [told for told in pit.since(0) if told[0] == "slow"] == []


def test_who_is_not_polled_is_not_silent():
    pit = Pit(sources=True)
    for _ in range(200):
        pit.now += SECOND
        pit.take(tick(RULES, pit.state, pit.now))
    assert SILENT not in pit.since(0)


def test_points_without_value_in_a_source_that_answers_are_one_alarm_with_their_number():
    pit = Pit(sources=True)
    bits = {"TE": q.NOT_POLLED, "WS": q.SENSOR_FAULT, "FAN2": q.NOT_POLLED}
    assert pit.run(60, bits) == []
    assert pit.run(5, bits) == [SOME]
    assert pit.told[-1].numbers["without_value"] == 3
    assert pit.run(20, {"TE": q.NOT_POLLED}) == []
    assert pit.run(11, {}) == [ALL]


def test_a_silent_source_does_not_tell_of_its_points_too():
    pit = Pit(sources=True)
    assert pit.wait(300) == [SILENT]
