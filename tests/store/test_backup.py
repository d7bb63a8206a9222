"""Backup, wipe, restore: identical; a damaged backup is refused by the name of its file; nothing stored is overwritten."""

import json
import math
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.clock import DAY, SECOND, ManualClock
from contracts.errors import BadConfig, GiveUp
from contracts.payload import Poll
from store.backup import Damaged, back_up, restore, verify
from store.backup.manifest import MANIFEST, SUM
from store.backup.notes import newest
from store.backup.tables import export
from store.embedded import EmbeddedStore
from store.interface import Delivery
from store.memory import MemoryStore
from store.records import alarms, audit, counters, deadletters, items, marks, registry
from store.records.engine import Records, engine_of, open_records
from store.records.migrations import MIGRATIONS, ForeignSchema, migrate
from tests.store.conftest import NOON, delivery_of, registry_of
from tests.store.test_records_postgresql import an_alarm

pytestmark = pytest.mark.slow

EVER = (0, 1 << 60)


def fill(store: EmbeddedStore, records: Records) -> None:
    """Four days: one dropped, one sealed, one closed, one open; folds, NaN, polls, two mines; a row in most tables."""
    for n in range(40):
        day, gateway = n // 10, "south/gw2" if n % 5 == 4 else "north/gw1"
        received = NOON + day * DAY
        rows = [(point, day * 86_400 + n, math.nan if point == 3 else n + point / 7, point) for point in range(4)]
        poll = Poll("kj", SECOND, received + n, 5, 4, n)
        store.append([delivery_of(n, rows, gateway=gateway, received=received, made=received, polls=(poll,))])
        if n == 19:
            store.drop_before(NOON + DAY)
            assert store.seal() == 0
        if n == 25:
            assert store.seal() == 1
    store.append([delivery_of(99, [(0, 3 * 86_400 + 30, -1.0, 0)], received=NOON + 3 * DAY, doubt=True)])
    with records.begin() as db:
        number = alarms.new_alarm(db, an_alarm(subject="T01", text_zh="瓦斯超限", value=1.25, peak=math.inf))
        step = {c.name: "" for c in alarms.TRANSITIONS.c if c.type.python_type is str}
        step |= dict.fromkeys(("at", "time", "decided", "received", "quality"), 0)
        alarms.add_transition(db, {**step, "alarm_id": number, "unverified": True, "numbers": {"rise": math.nan, "peak": 1.5}})
        for n in range(3):
            audit.append(db, "permit", "T01", {"n": n, "为何": "标校"}, "person-7", n)
        counters.add(db, "north/gw1", 0, "duplicate", 5)
        letter = {"gateway": "north/gw1", "topic": "t", "payload": bytes(range(256)), "reason": "r", "detail": "坏\n", "received": 1}
        deadletters.put(db, **letter, epoch=None, seq=None, digest=(1 << 64) - 1)
        items.hold(db, "north/gw1", "e1", "event", 1, (1 << 63) + 1, 1, 1, False, "event")
        marks.set(db, "store_generation", store.generation)
        registry.put(db, "north/gw1", registry_of("north"), 1)


def told(store: EmbeddedStore) -> dict[str, Any]:
    """All a store answers."""
    answers: dict[str, Any] = {}
    for mine, gateway in (("north", "north/gw1"), ("south", "south/gw2")):
        answers |= {f"held {gateway}": store.held(gateway), f"items {gateway}": store.items(gateway, *EVER)}
        answers |= {f"polls {gateway}": store.polls(gateway, *EVER), f"spans {gateway}": store.spans(gateway)}
        answers |= {f"count {mine}": store.count(mine, *EVER), f"last {mine}": repr(store.last(mine))}
        for point in registry_of(mine).points:
            found = store.series(mine, point.id, *EVER)
            columns = (found.time, found.value.view("int64"), found.quality, found.fold)
            answers[f"{mine} {point.id}"] = [column.tolist() for column in columns]
    return answers


def lines(records: Records, folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True)
    with records.read() as db:
        export(db, folder)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled store and its records, closed."""
    folder = tmp_path_factory.mktemp("filled")
    store, records = EmbeddedStore(folder / "running" / "store"), open_records(f"sqlite:///{folder / 'records.sqlite'}")
    fill(store, records)
    records.close()
    store.close()
    return folder


@pytest.fixture
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where store and records are: filled (a copy) where the test asks for their backup, else empty."""
    if "backup" in request.fixturenames:
        shutil.copytree(request.getfixturevalue("filled"), tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.fixture
def store(home: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(home / "running" / "store")
    yield opened
    opened.close()


@pytest.fixture
def plain(home: Path) -> Iterator[Records]:
    opened = open_records(f"sqlite:///{home / 'records.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def backup(store: EmbeddedStore, plain: Records, tmp_path: Path, clock: ManualClock) -> Path:
    return back_up(store, plain, tmp_path / "backups", clock, "test").place


def test_backup_wipe_restore_is_identical(store: EmbeddedStore, database: str, tmp_path: Path, clock: ManualClock) -> None:
    records = open_records(database)
    fill(store, records)
    before, rows = told(store), lines(records, tmp_path / "before")
    made = back_up(store, records, tmp_path / "backups", clock, "test")
    generation = store.generation
    assert told(store) == before
    records.close()
    store.close()
    shutil.rmtree(tmp_path / "running")

    assert restore(made.place, tmp_path / "again", clock) == made.manifest
    again = EmbeddedStore(tmp_path / "again" / "store")
    assert told(again) == before
    assert again.generation != generation
    assert sum(len(again.series("north", f"T0{n}", *EVER).time) for n in range(4)) == sum(again.count("north", *EVER).values())
    found = open_records(f"sqlite:///{tmp_path / 'again' / 'records.sqlite'}")
    assert lines(found, tmp_path / "after") == rows
    assert {path: rows[Path(path).name].count("\n") - 1 for path in (file.path for file in made.manifest.files) if "jsonl" in path} == {
        file.path: file.rows[Path(file.path).stem] for file in made.manifest.files if "jsonl" in file.path
    }
    with found.read() as db:
        audit.verify(audit.links(db))
        assert marks.get(db, "store_generation") == generation  # the ingest sees that the two disagree, and says so to every gateway
    found.close()
    again.close()


@pytest.mark.servers
def test_records_go_from_one_database_to_the_other_and_go_on(backup: Path, database: str, tmp_path: Path, clock: ManualClock) -> None:
    if database.startswith("sqlite"):
        database = f"sqlite:///{tmp_path / 'other.sqlite'}"
    restore(backup, tmp_path / "again", clock, database)
    records = open_records(database)
    wanted = {path.name: path.read_text(encoding="utf-8") for path in (backup / "records").iterdir()}
    assert lines(records, tmp_path / "after") == wanted
    with records.begin() as db:
        assert alarms.new_alarm(db, an_alarm(subject="T02")) == 2
        assert audit.append(db, "permit", "T01", {}, "person-7", 9).n == 4
    records.close()


def test_a_backup_is_noted_in_the_records_and_their_audit_chain(
    backup: Path, plain: Records, store: EmbeddedStore, clock: ManualClock
) -> None:
    with plain.read() as db:
        noted, link = newest(db), audit.head(db)
    assert noted is not None
    assert link is not None
    assert (noted.place, noted.made, link.kind) == (str(backup), clock.now(), "store.backup")
    assert json.loads(link.payload)["manifest"] == noted.digest
    assert verify(backup, noted.digest).generation == store.generation
    with pytest.raises(Damaged, match="kept elsewhere"):
        verify(backup, "0" * 64)


def test_any_byte_that_changed_is_found_by_the_name_of_its_file(backup: Path) -> None:
    names = sorted(path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file())
    assert {"store/catalogue.duckdb", "records/alarms.jsonl", MANIFEST, SUM} < set(names)
    for name in names:
        path = backup / name
        whole = path.read_bytes()
        for damaged in (whole[:-1], whole + b"\n", bytes([whole[0] ^ 1]) + whole[1:], None):
            if damaged is None:
                path.unlink()
            else:
                path.write_bytes(damaged)
            with pytest.raises(Damaged) as found:
                verify(backup)
            assert found.value.name in ((name, MANIFEST) if name == SUM else (name,))
        path.write_bytes(whole)
    verify(backup)


def test_a_damaged_backup_is_not_restored_at_all(backup: Path, tmp_path: Path, clock: ManualClock) -> None:
    (backup / "records" / "audit.jsonl").write_text("[]\n")
    with pytest.raises(Damaged, match=r"records/audit\.jsonl"):
        restore(backup, tmp_path / "again", clock)
    assert not (tmp_path / "again").exists()


def test_nothing_stored_is_overwritten(backup: Path, plain: Records, tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(BadConfig, match="an empty folder"):
        restore(backup, tmp_path / "full", clock)
    with pytest.raises(BadConfig, match="an empty database"):
        restore(backup, tmp_path / "again", clock, f"sqlite:///{tmp_path / 'records.sqlite'}")
    assert not list(tmp_path.glob("again*"))
    (tmp_path / "empty").mkdir()
    restore(backup, tmp_path / "empty", clock)
    assert sorted(path.name for path in (tmp_path / "empty").iterdir()) == ["records.sqlite", "store"]


def test_a_backup_of_a_newer_program_is_refused(store: EmbeddedStore, tmp_path: Path, clock: ManualClock) -> None:
    engine = engine_of(f"sqlite:///{tmp_path / 'newer.sqlite'}")
    migrate(engine, 0, (*MIGRATIONS, ("further", lambda db: None)))
    made = back_up(store, Records(engine), tmp_path / "backups", clock, "test")
    engine.dispose()
    with pytest.raises(ForeignSchema, match=f"step {len(MIGRATIONS) + 1} "):
        restore(made.place, tmp_path / "again", clock)


def test_a_store_without_files_is_not_backed_up_as_if_it_had_been(plain: Records, tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(GiveUp, match="records-only"):
        back_up(MemoryStore(), plain, tmp_path, clock, "test")
    made = back_up(None, plain, tmp_path, clock, "test")
    assert made.manifest.generation == ""
    with plain.read() as db:
        assert newest(db) is None
    restore(made.place, tmp_path / "again", clock)
    assert [path.name for path in (tmp_path / "again").iterdir()] == ["records.sqlite"]


def test_a_backup_that_cannot_be_written_leaves_nothing_and_the_store_goes_on(
    store: EmbeddedStore, plain: Records, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, plain)
    before = told(store)

    def full(source: Path, target: Path) -> tuple[int, str]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("store.backup.telemetry.copy", full)
        with pytest.raises(GiveUp, match="No space left"):
            back_up(store, plain, tmp_path / "backups", clock, "test")
    assert list((tmp_path / "backups").iterdir()) == []
    assert told(store) == before
    store.append([delivery_of(100, received=NOON + 3 * DAY)])
    back_up(store, plain, tmp_path / "backups", clock, "test")


def test_items_are_compared_by_content(backup: Path, delivery: Callable[..., Delivery], tmp_path: Path, clock: ManualClock) -> None:
    """A restored store goes on: what it holds it takes for a duplicate, what it lacks it takes."""
    restore(backup, tmp_path / "again", clock)
    again = EmbeddedStore(tmp_path / "again" / "store")
    assert again.append([delivery(11, received=NOON + 4 * DAY), delivery(200, received=NOON + 4 * DAY)]).stored == [False, True]
    again.close()
