"""No loss with InfluxDB as the store: it too is killed with -9 and restarted at random, and stopped for longer than anything buffers.

Held against disks, file and ledger exactly as in test_no_loss.
"""

import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.test_no_loss import build, chaos, expect_equal, expect_nothing_lost, tell
from tests.store.influx_server import TOKEN, Influxd, started


@pytest.fixture
def influxd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Influxd]:
    server = started(tmp_path / "influx")
    server.server().close()
    monkeypatch.setenv("DAVY_INFLUX_TOKEN", TOKEN)
    yield server
    server.kill()


def run(folder: Path, influxd: Influxd, seconds: float, seed: int, pause: tuple[float, float], stopped_s: float) -> Counter[str]:
    plant, registries, start = build(folder / "plant", influxd.address())
    try:
        plant.start()
        plant.wait_for_receipts()
        done = chaos(plant, seconds, seed, pause, {"influxd": influxd})
        influxd.kill()
        time.sleep(stopped_s)  # the outage is the point
        influxd.start()
        done["stopped"] += 1
        influxd.wait()
        plant.wait_for_receipts()
        plant.settle()
        figures = expect_equal(plant, registries, start)
    finally:
        plant.stop()
    tell(figures, done)
    expect_nothing_lost(figures)
    return done


@pytest.mark.servers
def test_nothing_is_lost_while_influxd_too_is_killed_for_a_short_while_and_stopped(tmp_path: Path, influxd: Influxd) -> None:
    assert run(tmp_path, influxd, seconds=15.0, seed=3, pause=(0.5, 1.2), stopped_s=8.0)["influxd"] >= 1


@pytest.mark.long
@pytest.mark.servers
@pytest.mark.timeout(500)
@pytest.mark.parametrize("seed", [21, 22])
def test_nothing_is_lost_in_a_minute_and_more_of_killing_influxd_and_half_a_minute_without_it(
    tmp_path: Path, influxd: Influxd, seed: int
) -> None:
    assert run(tmp_path, influxd, seconds=75.0, seed=seed, pause=(0.8, 3.0), stopped_s=30.0)["influxd"] >= 3
