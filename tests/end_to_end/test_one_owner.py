"""Two centres on one prefix and one database of records, with real processes: one commits and receipts, whatever happens to it."""

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from store.influx.reads import END, FIRST, text, within
from tests.end_to_end.harness import Plant, Proc, davy
from tests.store.influx_server import TOKEN, Influxd, started
from tests.waiting import LIMIT_S, wait_until

pytestmark = pytest.mark.servers
MINE, LEASE_S = "alpha", 3


@pytest.fixture
def influxd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Influxd]:
    server = started(tmp_path / "influx")
    server.server().close()
    monkeypatch.setenv("DAVY_INFLUX_TOKEN", TOKEN)
    yield server
    server.kill()


@pytest.fixture
def plant(tmp_path: Path, influxd: Influxd) -> Iterator[Plant]:
    plant = Plant(tmp_path / "plant", store=influxd.address())
    plant.add_agent(MINE, plant.add_sim([MINE])[MINE])
    one = plant.folder / "ingest.toml"
    one.write_text(f"lease_s = {LEASE_S}\n{one.read_text(encoding='utf-8')}", encoding="utf-8")
    plant.start()
    plant.wait_for_receipts()
    yield plant
    plant.stop()


@pytest.fixture
def second(plant: Plant) -> Iterator[Proc]:
    """Another centre: of its own name at the broker, with a folder of its own; the databases are the same."""
    of_first = (plant.folder / "ingest.toml").read_text(encoding="utf-8")
    path = plant.folder / "second.toml"
    path.write_text(
        'name = "davy-second"\n' + of_first.replace(f'"{plant.folder / "ingest"}"', f'"{plant.folder / "second"}"'), encoding="utf-8"
    )
    proc = Proc(davy("ingest", "--config", str(path)), plant.folder / "second.log")
    yield proc
    proc.kill()


def ended(proc: Proc) -> int:
    """Its exit code."""
    assert proc.process is not None
    return proc.process.wait(LIMIT_S)


def written(plant: Plant, influxd: Influxd) -> tuple[list[str], list[dict[str, str]]]:
    """Everything in both databases."""
    with sqlite3.connect(f"file:{plant.folder / 'records.sqlite'}?mode=ro", uri=True) as db:
        records = list(db.iterdump())
    server, rows = influxd.server(init=False), list[dict[str, str]]()
    for kind in ("raw", "ledger", "statistics"):
        rows += server.rows(f"from(bucket: {text(server.address.bucket(kind))}) |> {within(FIRST, END)}")
    server.close()
    return records, rows


def owner(plant: Plant) -> tuple[int, int]:
    """(pid, token)."""
    with sqlite3.connect(f"file:{plant.folder / 'records.sqlite'}?mode=ro", uri=True) as db:
        found: tuple[int, int] = db.execute("select pid, token from owners").fetchone()
    return found


def stopped(plant: Plant) -> None:
    """The first centre stands still, not in the middle of a transaction (which would keep everybody out until it is killed)."""
    assert plant.ingest.process is not None

    def free() -> bool:
        assert plant.ingest.process is not None
        plant.ingest.process.send_signal(signal.SIGSTOP)
        try:
            with sqlite3.connect(plant.folder / "records.sqlite", timeout=0.1, isolation_level=None) as db:
                db.execute("begin immediate")
                db.execute("rollback")
        except sqlite3.OperationalError:
            plant.ingest.process.send_signal(signal.SIGCONT)
            return False
        return True

    wait_until(free)


def test_a_second_centre_is_refused_by_name_and_takes_over_at_once_when_the_first_is_killed(plant: Plant, second: Proc) -> None:
    assert plant.ingest.process is not None
    first = plant.ingest.process.pid
    second.start()
    assert ended(second) == 2
    said = second.log.read_text(encoding="utf-8")
    assert f"pid {first}, since 20" in said
    assert f"已有中心在运行: {os.uname().nodename}, pid {first}" in said
    assert "Traceback" not in said

    plant.wait_for_more_receipts(MINE)
    plant.ingest.kill()
    second.start()
    began = time.monotonic()
    wait_until(lambda: owner(plant)[0] != first)
    assert time.monotonic() - began < 20
    assert second.process is not None
    assert owner(plant)[0] == second.process.pid
    plant.wait_for_more_receipts(MINE)


def test_an_owner_that_stood_still_and_wakes_after_the_take_over_commits_nothing_and_ends(
    plant: Plant, second: Proc, influxd: Influxd
) -> None:
    assert plant.ingest.process is not None
    first = plant.ingest.process
    stopped(plant)
    time.sleep(LEASE_S + 0.1)
    second.start()
    assert second.process is not None
    wait_until(lambda: owner(plant)[0] == second.process.pid)
    plant.wait_for_more_receipts(MINE)
    second.kill()
    taken_over = owner(plant)

    before = written(plant, influxd)
    first.send_signal(signal.SIGCONT)
    assert ended(plant.ingest) == 2
    assert "another centre took over" in plant.ingest.log.read_text(encoding="utf-8")
    assert written(plant, influxd) == before

    assert owner(plant) == taken_over
    plant.ingest.start()  # nobody lives now: at once
    plant.wait_for_more_receipts(MINE)
