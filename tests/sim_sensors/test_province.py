"""The simulated province: one seed, one province; honest people do nothing; the truth is told from the true state."""

from datetime import date

import numpy as np
import pytest

from sim_sensors.province import seen as seeing
from sim_sensors.province.below import MINUTES
from sim_sensors.province.living import Lived, lived, province
from sim_sensors.province.mines import CHEATS, Operator, mine
from sim_sensors.province.raw import five_minutes
from sim_sensors.province.truth import NO, NOBODY_KNOWS, YES

FIRST = date(2026, 1, 1)


@pytest.fixture(scope="module")
def lives() -> list[Lived]:
    return list(province(7, 25, 120, FIRST))


def _same(one: Lived, other: Lived, days: int) -> bool:
    """Whether the first days of both are the same, in every column."""
    columns = all(np.array_equal(values[:days], other.seen.facts[name][:days], equal_nan=True) for name, values in one.seen.facts.items())
    hours = np.array_equal(one.seen.hours[:, :days], other.seen.hours[:, :days], equal_nan=True)
    return columns and hours and np.array_equal(one.truth.fulfils[:days], other.truth.fulfils[:days])


def test_one_seed_is_one_province_and_another_seed_another() -> None:
    assert _same(lived(3, 4, 60, FIRST), lived(3, 4, 60, FIRST), 60)
    assert not _same(lived(3, 4, 60, FIRST), lived(4, 4, 60, FIRST), 60)


@pytest.mark.parametrize("number", range(0, 25, 3))
def test_a_longer_province_begins_like_a_shorter_one(number: int) -> None:
    assert _same(lived(3, number, 60, FIRST), lived(3, number, 150, FIRST), 60)


def test_of_25_mines_in_a_row_each_kind_of_cheat_is_one() -> None:
    for block in range(4):
        found = [mine(11, 25 * block + at).operator for at in range(25)]
        assert [found.count(kind) for kind in (Operator.GOOD, Operator.POOR, Operator.SLOPPY)] == [10, 8, 3]
        assert all(found.count(kind) == 1 for kind in CHEATS)


def test_honest_people_do_nothing_to_the_data(lives: list[Lived]) -> None:
    honest = [life for life in lives if not life.mine.operator.cheats]
    assert len(honest) == 21
    for life in honest:
        assert not life.done.campaigns
        assert not life.truth.cheated.any()
        assert np.isnan(life.done.cap).all()
        assert not life.done.held.any()
        assert len(life.done.flags.day) == len(life.done.stills.point) == 0


def test_every_cheat_leaves_its_mark_in_what_is_seen(lives: list[Lived]) -> None:
    by = {life.mine.operator: life for life in lives if life.mine.operator.cheats}
    assert len(by[Operator.BULK_FLAGS].done.flags.day) >= 4
    assert len(by[Operator.FROZEN_SENSORS].done.stills.point) >= 1
    cut, late = by[Operator.CUT_PEAKS], by[Operator.LATE_UPLOAD]
    capped = ~np.isnan(cut.done.cap)
    assert np.nanmax(cut.seen.hours[:, capped]) < seeing.LIMIT <= cut.true.hours[:, capped].max()
    held = late.done.held > 0
    assert held.any()
    assert np.nanmin(late.seen.facts["late_undeclared_share", ""][held] - late.done.held[held]) >= -1e-9


def test_a_link_that_was_down_is_declared_and_what_came_late_then_is_not_held_against_it(lives: list[Lived]) -> None:
    life = next(life for life in lives if life.mine.operator is Operator.GOOD and (life.true.offline > 60).any())
    day = int(np.argmax(life.true.offline))
    assert life.seen.facts["late_share", ""][day] > 0.04
    assert life.seen.facts["late_undeclared_share", ""][day] < 0.02


def test_too_little_data_is_no_evidence_and_never_a_zero(lives: list[Lived]) -> None:
    few = 0
    for life in lives:
        for day in np.flatnonzero(life.true.recorded < 0.9 * MINUTES).tolist():
            few += 1
            for (name, _), values in life.seen.facts.items():
                assert np.isnan(values[day]) or name in seeing.COMPLETE
    assert few >= 3


def test_the_truth_knows_three_answers_and_nobody_knows_the_first_month(lives: list[Lived]) -> None:
    answers = np.stack([life.truth.fulfils for life in lives])
    assert not (answers[:, :23] == YES).any()
    assert {int(one) for one in np.unique(answers)} == {int(YES), int(NOBODY_KNOWS), int(NO)}


def test_a_mine_where_nobody_calibrates_does_not_fulfil_whatever_its_calendar_says() -> None:
    idle = [life for number in range(200) if (life := _bulk(number)) is not None and life.done.idle.any()]
    assert idle
    life = idle[0]
    late = life.done.idle & (seeing.truly_overdue(life.true, life.done) > 0) & (life.true.overdue == 0)
    assert late.any()
    assert (life.seen.facts["calibration_on_time_rate", ""][late] == 1.0).all()
    assert (life.truth.each["calibrated"][late] == NO).all()


def _bulk(number: int) -> Lived | None:
    return lived(7, number, 150, date(2026, 3, 1)) if mine(7, number).operator is Operator.BULK_FLAGS else None


def test_five_minutes_hold_the_hours_they_were_made_from(lives: list[Lived]) -> None:
    life = lives[0]
    made = five_minutes(7, life.seen, 20)
    assert made.maximum.shape == (len(life.mine.points), 20 * 288)
    assert (made.minimum <= made.maximum + 1e-9).all()
    clean = np.where(made.flagged > 0, np.nan, made.maximum)
    for row, point in enumerate(life.mine.watched):
        hours = np.fmax.reduce(clean[point].reshape(20, 24, 12), axis=2)
        known = ~np.isnan(life.seen.hours[row, :20])
        assert np.mean(np.abs(hours - life.seen.hours[row, :20])[known] < 0.006) > 0.95
