"""A point's history: raw or in buckets, and every gap by name."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from console.web.series import Columns, Hole, holes, named, read, width_for
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from ingest.ledger import Gap, Word
from tests.console.web_pit import NOON, Pit


@given(st.integers(1, 366 * DAY), st.integers(10, 5000))
def test_a_width_gives_no_more_buckets_than_asked_for(span, buckets):
    width = width_for(span, buckets)

    assert width * buckets >= span or width == 30 * DAY


def _read_each_second(seconds: range) -> Pit:
    pit = Pit()
    for second in seconds:
        pit.read({"T00": 0.4}, at=NOON + second * SECOND)
    return pit


def test_few_readings_come_raw_and_many_as_statistics():
    pit = _read_each_second(range(600))
    span = (NOON, NOON + 600 * SECOND)

    raw = read(pit.store, "north", "T00", span, 600, SECOND)
    wide = read(pit.store, "north", "T00", span, 60, SECOND)

    assert (raw.width_us, len(raw.time_us), raw.value[0]) == (0, 600, 0.4)
    assert (wide.width_us, sum(wide.count), wide.good[0]) == (10 * SECOND, 600, 10)


@given(st.sets(st.integers(0, 119)))
def test_holes_of_raw_readings_are_just_the_stretches_of_more_than_three_periods_without_one(seconds):
    columns = Columns(0, [NOON + second * SECOND for second in sorted(seconds)])
    found = holes(columns, (NOON, NOON + 120 * SECOND), SECOND)
    inside = [second for second in seconds if any(hole.start < NOON + second * SECOND < hole.end for hole in found)]

    assert inside == []
    assert all(hole.end - hole.start > 3 * SECOND for hole in found)
    times = [0, *sorted(seconds), 120]
    assert len(found) == sum(after - before > 3 for before, after in itertools.pairwise(times))


def test_an_empty_bucket_is_a_hole():
    columns = Columns(MINUTE, [NOON, NOON + 2 * MINUTE], count=[60, 60])

    assert holes(columns, (NOON, NOON + 3 * MINUTE), SECOND) == [Hole(NOON + MINUTE, NOON + 2 * MINUTE)]


def test_a_hole_carries_the_words_of_the_ledger():
    columns = Columns(0, [NOON, NOON + MINUTE])
    lost = Gap(Word.LOST, 1, 9, NOON + SECOND, NOON + 59 * SECOND, epoch="e1", reason="outbox full")
    found = named(holes(columns, (NOON, NOON + MINUTE), SECOND), [lost], columns, (NOON, NOON + MINUTE))

    assert [(hole.words, hole.reasons) for hole in found] == [(["lost"], ["outbox full"])]
    assert named([Hole(NOON, NOON + MINUTE)], [], columns, (NOON, NOON + MINUTE))[0].words == ["no_reading"]


def test_a_ledger_gap_inside_a_bucket_that_lacks_readings_is_told_and_one_that_took_none_is_not():
    columns = Columns(MINUTE, [NOON + minute * MINUTE for minute in range(5)], count=[60, 60, 40, 60, 60])
    gaps = [
        Gap(Word.NOT_SAMPLED, 0, 0, NOON + minute * MINUTE + SECOND, NOON + minute * MINUTE + 20 * SECOND, source="a") for minute in (1, 2)
    ]
    found = named([], gaps, columns, (NOON, NOON + HOUR))

    assert [(hole.start, hole.words) for hole in found] == [(NOON + 2 * MINUTE + SECOND, ["not_sampled"])]
