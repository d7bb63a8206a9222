"""The must-shows on a simulated province: the count is the truth, cheats are found, honest mines not accused. Seeds apart from tuning."""

from datetime import date

import pytest

from console.fleet.trial import PACK, Figures, trial
from fleet.packs import load
from fleet.suspect.kinds import Cheat
from sim_sensors.province import truth

pytestmark = pytest.mark.slow

JUDGING_SEEDS = (1_001, 1_002, 1_003)
"""Never looked at while the finders were tuned (those were 1 to 9)."""
FIRST = date(2024, 12, 1)


def _holds(found: Figures) -> None:
    assert found.mine_days_wrong == 0
    assert found.days_wrong == 0
    assert found.honest_accused <= 0.01 * found.honest
    for kind in Cheat:
        one = found.kinds[kind.value]
        assert one.cases > 0
        assert one.found >= 0.95 * one.cases, kind


def test_a_small_province_for_two_hundred_days() -> None:
    found = trial(1_000, 150, 200, date(2025, 10, 1))
    assert min(found.answers.values()) > 500, "all three answers are asked for"
    assert found.mine_days_wrong == found.days_wrong == 0
    assert found.honest_accused <= 0.01 * found.honest
    assert sum(one.found for one in found.kinds.values()) >= 0.9 * sum(one.cases for one in found.kinds.values())


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", JUDGING_SEEDS)
def test_900_mines_for_two_years(seed: int) -> None:
    _holds(trial(seed, 900, 730, FIRST))


def test_the_truth_is_told_by_the_numbers_of_the_pack() -> None:
    """It is told a second time there, from the true state; only what is asked has to be the same."""
    pack = {one.id: one for one in load(PACK).criteria}
    running, faces = pack["sx_system_run_1_month"], pack["ev_face_running_rate"]
    assert running.query is not None
    assert faces.query is not None
    assert (running.query.days, running.threshold, running.query.at) == (truth.MONTH, truth.MONTH, 0.9)
    assert (faces.query.days, faces.query.least, faces.threshold) == (truth.MONTH, truth.LEAST, 0.8)
    laws = ("ev_calibration_on_time", "ev_must_points", "ev_point_settings")
    assert {pack[name].valid_from for name in laws} == {truth.REGULATION.isoformat()}
    assert [pack[name].threshold for name in laws] == [1.0, 0, 0]
    counted = {one.id for one in pack.values() if one.counted}
    assert counted == {running.id, faces.id, "sx_upgrade_done", "sx_organisation", *laws}
