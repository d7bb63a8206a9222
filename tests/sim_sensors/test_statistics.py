"""The simulated longwall has the statistics of a real one (published figures with their source in sim_sensors/statistics.py)."""

from pathlib import Path

import pytest

from sim_sensors.statistics import PUBLISHED, Statistics, simulate

pytestmark = pytest.mark.slow

DOCUMENTS = [Path(__file__).parents[2] / "docs" / name for name in ("simulator.md", "simulator.zh.md")]


@pytest.fixture(scope="module")
def simulated() -> dict[str, Statistics]:
    """16 mines, one day each, every second."""
    return simulate()


@pytest.mark.parametrize("sensor", PUBLISHED)
def test_mean_within_25_percent_sd_within_35_median_within_one_step(simulated, sensor):
    there, here = PUBLISHED[sensor], simulated[sensor]

    assert here.mean == pytest.approx(there.mean, rel=0.25)
    assert here.sd == pytest.approx(there.sd, rel=0.35)
    if sensor != "BA1713":
        assert abs(here.median - there.median) < 0.1001


def test_the_barometer_s_mean_and_median_are_within_half_a_standard_deviation(simulated):
    there, here = PUBLISHED["BA1713"], simulated["BA1713"]

    assert abs(here.mean - there.mean) < there.sd / 2
    assert abs(here.median - there.median) < there.sd / 2


@pytest.mark.parametrize("sensor", ["MM263", "MM264", "MM256"])
def test_the_share_of_seconds_at_1_percent_or_more_is_within_a_factor_2(simulated, sensor):
    there, here = PUBLISHED[sensor].share, simulated[sensor].share

    assert there / 2 <= here <= there * 2


@pytest.mark.parametrize("sensor", ["MM264", "MM256"])
def test_exceedances_come_about_as_often_as_they_did_though_nothing_was_fitted_to_that(simulated, sensor):
    there, here = PUBLISHED[sensor].runs, simulated[sensor].runs

    assert there / 2 <= here <= there * 2


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_table_in_the_documentation_is_the_one_the_command_prints(simulated, document):
    rows = [
        line.split("|") for line in document.read_text("utf-8").splitlines() if line.startswith(tuple(f"| {name} |" for name in PUBLISHED))
    ]
    assert len(rows) == len(PUBLISHED)
    for _, name, mean, sd, *_ in rows:
        here = simulated[name.strip()]
        assert float(mean.split("/")[1]) == pytest.approx(here.mean, rel=0.01)
        assert float(sd.split("/")[1]) == pytest.approx(here.sd, rel=0.01)
