"""Finders: one bad day accuses nobody, a declared outage is none, weeks of it are; and an accusation can be followed."""

from datetime import date, timedelta

import numpy as np
import pytest

from contracts.facts import Fact, FactSet
from fleet.suspect.accusing import Logged, accusation
from fleet.suspect.finding import find
from fleet.suspect.kinds import FINDERS, WINDOW_DAYS, Cheat
from fleet.suspect.usual import BEFORE_DAYS
from fleet.table import FactTable

FIRST = date(2026, 1, 1)
DAYS, MINES = 200, 40
HONEST = {
    "calibrations_at_once": 2.0,
    "calibration_without_gas": 0.0,
    "points_frozen": 0.0,
    "peaks_cut": 0.0,
    "late_undeclared_share": 0.001,
}
Changes = dict[str, dict[int, float]]


def province(changes: Changes, mines: int = MINES, days: int = DAYS) -> FactTable:
    """A quiet province; mine 0 is as `changes` says: fact to day to value."""
    rows = tuple((f"m{at:02d}", "") for at in range(mines))
    values = {name: np.full((mines, days), usual) for name, usual in HONEST.items()}
    for name, of in changes.items():
        for day, value in of.items():
            values[name][0, day] = value
    ones = {name: np.ones((mines, days)) for name in HONEST}
    stated = {name: np.ones((mines, days), np.bool_) for name in HONEST}
    names = tuple(mine for mine, _ in rows)
    return FactTable(
        rows, FIRST, days, values, ones, stated, names, np.ones((mines, days), np.bool_), {row: at for at, row in enumerate(rows)}
    )


def accused(changes: Changes) -> dict[Cheat, bool]:
    """Of which kinds mine 0 is accused on any day; nobody else ever is."""
    found = find(province(changes))
    assert not any(one.accused[1:].any() for one in found.values())
    return {kind: bool(one.accused[0].any()) for kind, one in found.items()}


WEEKS = {
    Cheat.BULK_FLAGS: {
        "calibrations_at_once": dict.fromkeys((100, 107, 114, 121), 12.0),
        "calibration_without_gas": dict.fromkeys((100, 107, 114, 121), 12.0),
    },
    Cheat.FROZEN_SENSORS: {"points_frozen": dict.fromkeys((100, 104, 108, 112), 3.0)},
    Cheat.CUT_PEAKS: {"peaks_cut": dict.fromkeys(range(100, 110), 1.0)},
    Cheat.LATE_UPLOAD: {"late_undeclared_share": dict.fromkeys((100, 104, 108, 112), 0.12)},
}


@pytest.mark.parametrize("kind", list(Cheat))
def test_weeks_of_it_are_found_and_for_what_it_is(kind: Cheat) -> None:
    assert accused(WEEKS[kind]) == {one: one is kind for one in Cheat}


@pytest.mark.parametrize("kind", list(Cheat))
def test_one_day_however_bad_accuses_nobody(kind: Cheat) -> None:
    one_day = {name: {100: max(of.values()) * 5} for name, of in WEEKS[kind].items()}
    assert not any(accused(one_day).values())


def test_no_day_counts_for_more_than_three() -> None:
    """Three days on which everything was late are not yet weeks of it; four are."""
    assert not accused({"late_undeclared_share": dict.fromkeys((100, 104, 108), 1.0)})[Cheat.LATE_UPLOAD]
    assert accused({"late_undeclared_share": dict.fromkeys((100, 104, 108, 112), 1.0)})[Cheat.LATE_UPLOAD]


def test_a_quiet_province_has_no_suspects() -> None:
    assert not any(accused({}).values())


def test_late_data_that_the_ledger_explains_is_no_late_upload() -> None:
    """An outage of a day makes everything late; none of it came late over a link that was up."""
    table = province({})
    table.values["late_share"] = np.full((MINES, DAYS), 0.9)
    assert not any(one.accused.any() for one in find(table).values())


def test_flags_at_once_with_test_gas_are_calibrations() -> None:
    assert not any(accused({"calibrations_at_once": dict.fromkeys(range(100, 130), 12.0)}).values())


def test_a_sensor_that_stays_broken_for_weeks_is_one_sensor() -> None:
    assert not any(accused({"points_frozen": dict.fromkeys(range(60, 120), 1.0)}).values())
    assert not any(accused({"points_frozen": dict.fromkeys(range(60, 120), 2.0)}).values())


def test_many_sensors_that_stand_on_are_not_just_broken() -> None:
    assert accused({"points_frozen": dict.fromkeys(range(60, 120), 4.0)})[Cheat.FROZEN_SENSORS]


def test_days_without_evidence_accuse_nobody() -> None:
    silent = {name: dict.fromkeys(range(50, 150), float("nan")) for name in HONEST}
    assert not any(accused(silent).values())


def test_a_gap_in_what_is_known_does_not_make_standing_sensors_new() -> None:
    seen = dict.fromkeys(range(60, 120), 2.0) | dict.fromkeys(range(61, 120, 2), float("nan"))
    assert not any(accused({"points_frozen": seen}).values())


def test_what_the_whole_province_does_is_usual() -> None:
    table = province({})
    table.values["late_undeclared_share"][:] = 0.08
    assert not find(table)[Cheat.LATE_UPLOAD].accused.any()


def test_what_a_mine_always_did_a_little_is_its_own_past() -> None:
    accused_on = find(province({"late_undeclared_share": dict.fromkeys(range(DAYS), 0.019)}))[Cheat.LATE_UPLOAD].accused[0]
    assert accused_on[60], "while nothing is known of its past"
    assert not accused_on[160:].any()


def test_a_cheat_from_the_first_day_on_is_not_excused_by_its_past() -> None:
    assert find(province({"late_undeclared_share": dict.fromkeys(range(0, DAYS, 3), 0.15)}))[Cheat.LATE_UPLOAD].accused[0, 160:].all()


def test_it_is_over_when_the_days_are_over() -> None:
    found = find(province(WEEKS[Cheat.LATE_UPLOAD]))[Cheat.LATE_UPLOAD]
    assert found.accused[0].any()
    assert not found.accused[0, 112 + WINDOW_DAYS :].any()


@pytest.mark.parametrize("later", [5, 33])
def test_the_same_days_score_the_same_whatever_the_table_begins_with(later: int) -> None:
    rng = np.random.default_rng(4)
    whole = province({}, days=320)
    for name, values in whole.values.items():
        np.add(values, rng.integers(0, 4, values.shape) * HONEST[name], out=values)
    part = {name: values[:, later:] for name, values in whole.values.items()}
    shorter = FactTable(
        whole.rows, FIRST + timedelta(days=later), 320 - later, part, part, {}, whole.mines, whole.present[:, later:], whole.index
    )
    full, less = find(whole), find(shorter)
    for kind, one in full.items():
        assert np.allclose(one.score[:, BEFORE_DAYS + later :], less[kind].score[:, BEFORE_DAYS:])


def test_taking_a_day_away_never_raises_a_score() -> None:
    full = find(province(WEEKS[Cheat.LATE_UPLOAD]))[Cheat.LATE_UPLOAD].score[0]
    less = dict(WEEKS[Cheat.LATE_UPLOAD]["late_undeclared_share"]) | {104: float("nan")}
    assert (find(province({"late_undeclared_share": less}))[Cheat.LATE_UPLOAD].score[0] <= full + 1e-9).all()


@pytest.mark.parametrize("late", ["", "gw2"])
def test_the_highest_subject_speaks_for_the_mine(late: str) -> None:
    table = province({})
    rows = (*table.rows, ("m00", "gw2"))
    values = {name: np.vstack([of, np.zeros((1, DAYS))]) for name, of in table.values.items()}
    values["late_undeclared_share"][rows.index(("m00", late)), [100, 104, 108, 112]] = 0.3
    more = FactTable(rows, FIRST, DAYS, values, values, {}, table.mines, table.present, {row: at for at, row in enumerate(rows)})
    assert find(more)[Cheat.LATE_UPLOAD].accused[0].any()


def _held(day: int, n: int) -> Logged:
    facts = (
        Fact("calibration_without_gas", 12.0, 1.0, 0, 1, "x@1", evidence=("point:T03", "point:T04")),
        Fact("peaks_cut", 1.0, 1.0, 0, 1, "x@1", evidence=("point:T99",)),
    )
    return Logged(n, FactSet("m00", (FIRST + timedelta(days=day)).isoformat(), facts))


def test_an_accusation_names_its_days_entries_points_numbers_and_threshold() -> None:
    found = find(province(WEEKS[Cheat.BULK_FLAGS]))[Cheat.BULK_FLAGS]
    held = {one.facts.day: one for one in (_held(day, 500 + day) for day in (100, 107, 114, 121))}
    body = accusation(found, 0, 121, held)
    assert (body.mine, body.day, body.kind) == ("m00", "2026-05-02", "bulk_flags")
    assert body.evidence == ("log:600", "log:607", "log:614", "log:621", "point:T03", "point:T04")
    assert body.score >= body.threshold == FINDERS[Cheat.BULK_FLAGS].threshold
    assert not body.withdrawn
    assert (body.numbers["days"], body.numbers["highest"], body.numbers["usual"]) == (4.0, 12.0, 2.0)
    for text in (body.why_zh, body.why_en):
        assert "2026-04-11" in text
        assert "12" in text


def test_a_score_below_its_threshold_is_a_withdrawn_accusation() -> None:
    found = find(province(WEEKS[Cheat.BULK_FLAGS]))[Cheat.BULK_FLAGS]
    assert accusation(found, 0, 99, {}).withdrawn
