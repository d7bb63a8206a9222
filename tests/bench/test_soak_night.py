"""Short nights as people run them: everything is struck once at least, and nothing is lost, altered, doubled or untold."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from bench.figures import FIGURES, wanted
from bench.report import Report
from bench.servers import find_server
from bench.soak.plan import FILLS, Kind
from contracts.errors import GiveUp
from ingest.broker.mosquitto import NoBroker, find_mosquitto

pytestmark = pytest.mark.servers
ROOT = Path(__file__).parents[2]
NOTHING = (
    "lost",
    "altered",
    "duplicate",
    "dead_lettered",
    "ledger_wrong",
    "alarms_missing",
    "alarms_twice",
    "alarms_unsettled",
    "queues_left",
)


@pytest.fixture(autouse=True)
def broker():
    try:
        find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))


def night(tmp_path: Path, limit_s: float, *arguments: str) -> Report:
    """The report; temp folder, mounts and children are gone."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", "soak", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert list(tmp_path.iterdir()) == []
    assert str(tmp_path) not in Path("/proc/mounts").read_text(encoding="utf-8")
    assert [process.pid for process in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(process.info["cmdline"] or ())] == []
    said = msgspec.json.decode(done.stdout.splitlines()[-1], type=Report)
    assert list(said.figures) == wanted(said.bench, said.figures)
    print(f"\n{said.figures}")  # noqa: T201  # the closing note quotes it
    assert {key: said.figures[key] for key in NOTHING} == dict.fromkeys(NOTHING, 0), done.stderr[-6000:]
    return said


def expect_struck(said: Report, *spared: Kind) -> None:
    """Every kind of fault this machine can do."""
    unable = [*spared, *([] if os.getuid() == 0 and said.figures["fault_fill_centre_disk"] else FILLS)]
    struck = {kind: said.figures.get(f"fault_{kind}", 0) for kind in Kind if kind not in unable}
    assert min(struck.values()) >= 1, struck


@pytest.mark.timeout(700)
def test_a_minute_of_night_over_a_few_mines_loses_nothing(tmp_path):
    said = night(tmp_path, 690, "--minutes", "1", "--mines", "20", "--seed", "5")

    expect_struck(said, Kind.KILL_STORE)
    assert said.figures["offered_readings"] > 50 * 20 * 200
    assert said.figures["alarms_expected"] > 40
    assert said.bench == "soak"


@pytest.mark.long
@pytest.mark.timeout(2000)
def test_three_minutes_of_night_over_a_province_lose_nothing(tmp_path):
    said = night(tmp_path, 1980, "--minutes", "3", "--seed", "6")

    expect_struck(said, Kind.KILL_STORE)
    assert said.figures["offered_readings"] > 170 * 150 * 200
    assert said.figures["alarms_expected"] > 150


@pytest.mark.long
@pytest.mark.timeout(2000)
def test_three_minutes_of_night_into_influxdb_lose_nothing(tmp_path):
    try:
        find_server("influxd")
    except GiveUp as error:
        pytest.skip(str(error))
    said = night(tmp_path, 1980, "--minutes", "3", "--seed", "7", "--store", "influx", "--mines", "60")

    expect_struck(said)
    assert said.bench == "soak_influx"
    assert said.figures.keys() <= FIGURES["soak_influx"].keys()
