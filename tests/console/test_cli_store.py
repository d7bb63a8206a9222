"""`davy store migrate|backup|verify|restore|drop`, on real folders and against the console's real application."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from console.cli.checks.backup import judge_backup, judge_raw, probe_backup
from console.cli.checks.site import site_of
from console.cli.checks.verdict import State
from console.cli.embedded import settings_in
from console.cli.store import command
from contracts.clock import DAY, SystemClock, iso
from contracts.errors import BadConfig, GiveUp
from store.backup import Damaged, Made, back_up, backup_due
from store.backup.notes import Note, newest
from store.embedded import EmbeddedStore
from store.influx import InfluxStore, buckets_of, init_buckets
from store.records import audit, marks
from store.records.engine import engine_of, open_records
from store.records.migrations import APPLIED
from tests.console.apps import app_of
from tests.console.cli_network import network_of
from tests.console.web_pit import Pit
from tests.store.conftest import NOON, delivery_of
from tests.store.influx_server import TOKEN, shared

pytestmark = pytest.mark.slow

NOW = SystemClock().now()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A centre that was stopped: readings of a year ago and of today."""
    settings = settings_in(tmp_path / "run", 18830)
    store, records = EmbeddedStore(settings.store), open_records(settings.records)
    for seq, back in ((0, 366), (1, 365), (2, 0)):
        received = NOW - back * DAY
        store.append([delivery_of(seq, [(0, (received - NOON) // 1_000_000, 0.5, 0)], received=received, made=received)])
    with records.begin() as db:
        marks.set(db, "a", "1")
    store.close()
    records.close()
    return tmp_path / "run"


def davy(*arguments: object, network: httpx.BaseTransport | None = None) -> Result:
    return CliRunner().invoke(command, [str(word) for word in arguments], obj=network, env={"DAVY_URL": None, "DAVY_HOME": None})


def the_backup(folder: Path) -> Path:
    (place,) = (folder / "ingest" / "backups").iterdir()
    return place


def test_backup_verify_restore_of_a_folder(folder: Path, tmp_path: Path) -> None:
    assert davy("backup", "--folder", folder).exit_code == 0
    place = the_backup(folder)
    verified = davy("verify", place)
    assert (verified.exit_code, str(place) in verified.output, "526" in verified.output) == (0, True, True)
    shutil.move(place, tmp_path / "kept")
    shutil.rmtree(folder)
    assert davy("restore", tmp_path / "kept", folder).exit_code == 0
    store = EmbeddedStore(folder / "store")
    assert store.count("north", 0, 1 << 60) == {"T00": 3}
    store.close()
    assert isinstance(davy("restore", tmp_path / "kept", folder).exception, BadConfig)
    (tmp_path / "kept" / "records" / "marks.jsonl").unlink()
    refused = davy("verify", tmp_path / "kept").exception
    assert isinstance(refused, Damaged)
    assert refused.name == "records/marks.jsonl"


def test_a_backup_may_go_elsewhere(folder: Path, tmp_path: Path) -> None:
    assert davy("backup", "--folder", folder, "--to", tmp_path / "usb").exit_code == 0
    assert len(list((tmp_path / "usb").iterdir())) == 1


@pytest.fixture
def running(folder: Path) -> Iterator[tuple[httpx.BaseTransport, EmbeddedStore]]:
    """The same centre, running: its console answers, its process owns the store."""
    settings, pit = settings_in(folder, 18830), Pit()
    store, records = EmbeddedStore(settings.store), open_records(settings.records)

    def make() -> Made:
        return back_up(store, records, settings.backups, pit.clock, "console")

    with network_of(replace(pit.plant, backup=make)) as network:
        yield network, store
    store.close()
    records.close()


def test_a_running_centre_is_asked(folder: Path, running: tuple[httpx.BaseTransport, EmbeddedStore]) -> None:
    network, store = running
    done = davy("backup", "--folder", folder, network=network)
    assert (done.exit_code, str(the_backup(folder)) in done.output) == (0, True)
    assert store.generation in davy("verify", the_backup(folder)).output
    elsewhere = davy("backup", "--folder", folder, "--to", folder, network=network)
    assert (elsewhere.exit_code, "--to" in elsewhere.output) == (2, True)


async def test_a_console_without_backups_says_so_and_another_site_cannot_ask() -> None:
    transport = httpx.ASGITransport(app_of(Pit().plant))
    async with httpx.AsyncClient(transport=transport, base_url="http://davy") as client:
        assert (await client.post("/api/v1/store/backup")).status_code == 409
        assert (await client.post("/api/v1/store/backup", headers={"origin": "http://elsewhere"})).status_code == 403


async def test_why_a_backup_failed_is_told() -> None:
    def full() -> Made:
        raise GiveUp("No space left on device")

    transport = httpx.ASGITransport(app_of(replace(Pit().plant, backup=full)))
    async with httpx.AsyncClient(transport=transport, base_url="http://davy") as client:
        for _ in range(2):  # the first did not leave the door shut
            answer = await client.post("/api/v1/store/backup")
            assert (answer.status_code, "No space left" in answer.text) == (409, True)


def test_old_readings_are_dropped_after_a_backup_only(folder: Path, tmp_path: Path) -> None:
    day = _day(NOW - 200 * DAY)
    assert isinstance(davy("drop", "--folder", folder, "--before", day, "--backup", tmp_path / "none").exception, Damaged)
    davy("backup", "--folder", folder)
    done = davy("drop", "--folder", folder, "--before", day, "--backup", the_backup(folder))
    assert (done.exit_code, done.output.strip()[-1]) == (0, "2")
    young = davy("drop", "--folder", folder, "--before", _day(NOW), "--backup", the_backup(folder)).exception
    assert isinstance(young, BadConfig)
    assert "3 months" in str(young)


def _day(time: int) -> str:
    return iso(time)[:10]


def test_a_folder_without_a_store_is_refused_and_none_is_made(tmp_path: Path) -> None:
    for arguments in (("backup",), ("migrate",), ("drop", "--before", "2020-01-01", "--backup", "x")):
        assert isinstance(davy(*arguments, "--folder", tmp_path / "none").exception, BadConfig)
    assert not (tmp_path / "none").exists()


def test_migrate_takes_what_is_missing_and_check_only_says_so(tmp_path: Path) -> None:
    (tmp_path / "records.sqlite").touch()
    looked = davy("migrate", "--folder", tmp_path, "--check")
    assert (looked.exit_code, "first" in looked.output) == (1, True)
    assert davy("migrate", "--folder", tmp_path).exit_code == 0
    again = davy("migrate", "--folder", tmp_path, "--check")
    assert (again.exit_code, "none" in again.output) == (0, True)
    engine = engine_of(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with engine.begin() as db:
        db.execute(APPLIED.insert().values(number=99, name="of the future", at=0))
    engine.dispose()
    assert "newer" in str(davy("migrate", "--folder", tmp_path).exception)


# davy doctor


@pytest.mark.parametrize(
    ("days", "state"), [(None, State.WARNING), (10, State.OK), (88, State.OK), (93, State.WARNING), (-1, State.WARNING)]
)
def test_a_backup_that_is_due_is_a_warning(days: int | None, state: State) -> None:
    verdict = judge_backup(None if days is None else Note("here", "0", NOW - days * DAY), NOW)
    assert verdict.state is state
    assert state is State.OK or ("526" in verdict.do_zh and "526" in verdict.do_en)


def test_the_doctor_says_when_the_last_backup_is_not_there_any_more(folder: Path) -> None:
    davy("backup", "--folder", folder)
    (the_backup(folder) / "records" / "marks.jsonl").unlink()
    (found,) = probe_backup(site_of(NOW + DAY, (), folder, "127.0.0.1", 8600, 18830, {}))
    assert (found.verdict.state, "marks.jsonl" in found.verdict.en) == (State.WARNING, True)


def test_a_bucket_that_deletes_by_itself_is_told() -> None:
    assert [judge_raw(days).state for days in (0, 100)] == [State.OK, State.WARNING]


@pytest.mark.servers
def test_a_centre_on_influxdb_is_backed_up_restored_and_dropped_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVY_INFLUX_TOKEN", TOKEN)
    name = f"c{abs(hash(str(tmp_path))):x}"
    first, second = shared().address(name), shared().address(f"{name}x")
    assert davy("init", first).exit_code == 0
    config = tmp_path / "centre.toml"
    config.write_text(f'store = "{first}"\nrecords = "sqlite:///{tmp_path}/r.sqlite"\nfolder = "{tmp_path}/ingest"\n')
    open_records(f"sqlite:///{tmp_path}/r.sqlite").close()
    store = InfluxStore(shared().server(name))
    for seq, back in ((0, 366), (1, 0)):
        store.append([delivery_of(seq, [(0, (NOW - back * DAY - NOON) // 1_000_000, 0.5, 0)])])
    assert davy("backup", "--config", config).exit_code == 0
    (place,) = (tmp_path / "ingest" / "backups").iterdir()
    assert davy("restore", place, tmp_path / "again", "--store", second).exit_code == 0
    restored = InfluxStore(shared().server(f"{name}x"))
    assert restored.count("north", 0, 1 << 60) == {"T00": 2}
    restored.close()
    dropped = davy("drop", "--config", config, "--before", iso(NOW - 200 * DAY)[:10], "--backup", place)
    assert (dropped.exit_code, "1" in dropped.output) == (0, True)
    assert store.count("north", 0, 1 << 60) == {"T00": 1}
    store.close()
    site = site_of(NOW + DAY, (str(config),), tmp_path, "127.0.0.1", 8600, 18830, {})
    backup, raw = probe_backup(site)
    assert (backup.verdict.state, raw.verdict.state, raw.about) == (State.OK, State.OK, f"{name}_raw")
    records = open_records(f"sqlite:///{tmp_path}/r.sqlite")
    with records.read() as db:
        assert [link.kind for link in audit.links(db)] == ["store.backup", "store.drop.asked", "store.drop"]
    records.close()


@pytest.mark.servers
def test_init_makes_raw_for_ever_and_tells_of_a_bucket_that_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVY_INFLUX_TOKEN", TOKEN)
    name = f"i{abs(hash(str(tmp_path))):x}"
    init_buckets(shared().server(f"{name}x", init=False), raw_days=100)
    assert "retention" not in davy("init", shared().address(name)).output
    assert buckets_of(shared().server(name, init=False))["raw"] == 0
    assert "100" in davy("init", shared().address(f"{name}x")).output


def test_the_doctor_finds_the_newest_backup_in_the_records(folder: Path) -> None:
    def probe() -> list[Any]:
        return probe_backup(site_of(NOW + DAY, (), folder, "127.0.0.1", 8600, 18830, {}))

    (never,) = probe()
    davy("backup", "--folder", folder)
    (found,) = probe()
    assert (never.verdict.state, found.verdict.state, found.about) == (State.WARNING, State.OK, str(the_backup(folder)))
    records = open_records(settings_in(folder, 18830).records)
    with records.read() as db:
        noted = newest(db)
    records.close()
    assert noted is not None
    assert not backup_due(noted.made, NOW + DAY).due
