"""Each bench as people run it: a process, one JSON line, nothing left behind. How fast this machine is, is not asserted."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest

from bench.figures import wanted
from bench.report import Report
from bench.servers import find_server
from contracts.clock import from_iso
from contracts.errors import GiveUp
from ingest.broker.mosquitto import NoBroker, find_mosquitto

ROOT = Path(__file__).parents[2]


@pytest.fixture
def broker():
    try:
        find_mosquitto()
    except NoBroker as error:
        pytest.skip(str(error))


def run(tmp_path: Path, *arguments: str) -> Report:
    """The report on the last line; its temp folders and children are gone."""
    done = subprocess.run(
        [sys.executable, "-m", "bench", *arguments, "--json"],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert list(tmp_path.iterdir()) == []
    assert [process.pid for process in psutil.process_iter(["cmdline"]) if str(tmp_path) in " ".join(process.info["cmdline"] or ())] == []
    said = msgspec.json.decode(done.stdout.splitlines()[-1], type=Report)
    assert said.bench == arguments[0]
    assert list(said.figures) == wanted(said.bench, said.figures)
    assert from_iso(said.at) > 0
    assert said.machine.cores >= 1
    return said


@pytest.mark.servers
def test_codec_says_rates_and_sizes_beside_a_row_per_reading(tmp_path):
    figures = run(tmp_path, "codec", "--seconds", "1").figures

    assert min(figures.values()) > 0
    assert 8 < figures["bytes_per_reading"] < figures["flagged_bytes_per_reading"] < figures["msgpack_rows_bytes_per_reading"]
    assert figures["msgpack_rows_bytes_per_reading"] < figures["json_rows_bytes_per_reading"]
    assert figures["encode_median_readings_per_s"] <= figures["encode_readings_per_s"]


@pytest.mark.servers
def test_outbox_says_durable_rates_beside_sqlite(tmp_path):
    figures = run(tmp_path, "outbox", "--seconds", "1").figures

    assert min(figures.values()) > 0
    assert figures["commit_p50_ms"] <= figures["commit_p99_ms"]
    assert 8 < figures["bytes_per_reading"] < 20
    assert 8 < figures["sqlite_bytes_per_reading"] < 40


@pytest.mark.servers
def test_ingest_loses_and_alters_nothing_of_what_it_was_offered(tmp_path, broker):
    figures = run(tmp_path, "ingest", "--seconds", "2", "--mines", "3", "--points", "400", "--window", "5").figures

    assert (figures["lost"], figures["duplicate"], figures["altered"]) == (0, 0, 0)
    assert figures["offered_readings"] >= 3 * 200
    assert figures["readings_per_s"] > 0
    assert 0 < figures["committed_p50_ms"] <= figures["committed_p99_ms"]
    assert figures["cpu_s_per_million"] > 0
    assert figures["rss_mb"] > 10


@pytest.mark.servers
def test_ingest_at_a_rate_is_offered_no_more_than_that(tmp_path, broker):
    figures = run(tmp_path, "ingest", "--seconds", "2", "--mines", "2", "--points", "200", "--rate", "4000").figures

    assert 200 <= figures["offered_readings"] <= 2 * 4000 + 2 * 200
    assert figures["lost"] == 0


@pytest.mark.servers
def test_path_says_when_decided_committed_and_on_the_page(tmp_path, broker):
    figures = run(tmp_path, "path", "--seconds", "3", "--points", "100").figures

    for stage in ("decision", "committed", "page"):
        assert 0 < figures[f"{stage}_p50_ms"] <= figures[f"{stage}_p99_ms"]
    assert 1 <= figures["polls"] <= figures["polls_due"]
    assert 3 <= figures["polls_due"] <= 30, "of 3 s, and of a busy machine's breath"
    assert figures["decisions"] >= 1
    assert figures["agent_rss_mb"] > 10
    assert 0 <= figures["agent_cpu_share"] < 2


@pytest.mark.servers
def test_edge_drains_what_was_read_without_a_link_and_loses_nothing(tmp_path, broker):
    figures = run(tmp_path, "edge", "--seconds", "4", "--points", "100", "--sources", "2", "--backlog", "900").figures

    assert figures["lost"] == 0
    assert figures["readings"] >= 100 * 900
    assert figures["backlog_drained_s"] == figures["backlog_s"] >= 900
    assert figures["backlog_x_realtime"] > 1
    for wait in ("decision_p99_ms", "event_p99_ms", "live_p99_ms", "drain_event_p99_ms"):
        assert 0 < figures[wait] < 60_000
    assert 0 < figures["start_to_first_reading_s"] < 60
    assert figures["rss_mb"] > 10
    assert 0 <= figures["cpu_share"] < 2


@pytest.mark.servers
def test_an_outage_is_kept_byte_for_byte_and_drained(tmp_path, broker):
    figures = run(tmp_path, "outage", "--seconds", "20", "--days", "0.02", "--points", "100").figures

    assert (figures["altered"], figures["losses_told"], figures["freed_bytes"]) == (0, 0, 0)
    assert figures["readings"] == 100 * 1728
    assert figures["items"] > 1728
    assert 8 < figures["bytes_per_reading"] < 12
    assert figures["backlog_drained_s"] > 0


@pytest.mark.servers
def test_models_are_scored_from_a_signed_bundle_without_what_trained_them(tmp_path):
    figures = run(tmp_path, "models", "--seconds", "3", "--points", "100").figures

    assert figures["sklearn_imported"] == 0
    assert (figures["rows"], figures["points"]) == (3, 100)
    assert 0.9 < figures["known"] <= 1
    assert 0 < figures["cpu_share"] < 2
    assert 0 < figures["latency_p50_ms"] <= figures["latency_p99_ms"]
    assert min(figures["rss_growth_mb"], figures["load_s"], figures["bundle_mb"]) > 0
    assert min(figures[f"{kind}_ms"] for kind in ("robust", "change", "forecast", "drift", "pca", "forest")) > 0


@pytest.mark.servers
def test_a_limit_crossed_is_at_the_webhook_and_the_timeline_agrees(tmp_path, broker):
    figures = run(tmp_path, "alarm", "--seconds", "12", "--mines", "3", "--points", "200").figures

    assert figures["raised"] >= 8
    assert figures["received"] == figures["raised"]
    assert (figures["unasked"], figures["lost"], figures["altered"], figures["timeline_missing"]) == (0, 0, 0, 0)
    assert 0 < figures["p50_ms"] <= figures["p99_ms"] <= figures["max_ms"] < 60_000
    assert figures["reading_p99_ms"] <= figures["p99_ms"] + figures["poll_ms"]
    assert figures["offered_readings_per_s"] > 0


@pytest.mark.servers
def test_fleet_judges_every_mine_and_day_from_the_log(tmp_path):
    figures = run(tmp_path, "fleet", "--mines", "4", "--days", "3", "--points", "0", "--no-page").figures

    assert (figures["verdict_sets"], figures["fact_sets"]) == (4 * 3, 4 * (3 + 29))
    assert 0 < figures["verdicts_s"] < 60
    assert 0 < figures["night_again_s"] < 60
    assert figures["fact_set_bytes"] > 5_000, "as large as real ones"


@pytest.mark.servers
def test_influx_writes_as_many_straight_as_it_received_and_loses_none(tmp_path, broker):
    for name in ("influxd", "telegraf"):
        try:
            find_server(name)
        except GiveUp as error:
            pytest.skip(str(error))

    figures = run(tmp_path, "influx", "--seconds", "2", "--mines", "2", "--points", "200", "--readings", "20000").figures

    assert (figures["lost"], figures["altered"]) == (0, 0)
    assert figures["offered_readings"] > 0
    assert figures["of_limit"] == pytest.approx(figures["readings_per_s"] / figures["limit_readings_per_s"], rel=1e-3)
    assert figures["limit_connections"] in (2, 4)
    assert min(figures["influxd_cpu_s_per_million"], figures["limit_influxd_cpu_s_per_million"]) > 0
