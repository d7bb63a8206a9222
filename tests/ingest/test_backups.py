"""The centre's own backups: in time, tried again, told of; raw readings go only after one that is still whole."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import DAY, HOUR, MINUTE, ManualClock, from_iso, iso
from contracts.errors import BadConfig, Retry
from ingest.backups import BackupMetrics, Backups
from ingest.config import BackupSection, IngestSettings, check
from store.backup import back_up, notes
from store.backup.broken import sweep, writing
from store.embedded import EmbeddedStore
from store.records import audit
from store.records.engine import Records, open_records
from tests.store.conftest import NOON, delivery_of

pytestmark = pytest.mark.slow


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    opened = open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture
def backups(store: EmbeddedStore, records: Records, tmp_path: Path, clock: ManualClock) -> Backups:
    return Backups(store, records, tmp_path / "backups", BackupSection(), clock)


def arrive(store: EmbeddedStore, day: int) -> None:
    store.append([delivery_of(day, [(0, day * 86_400, day + 0.5, 0)], received=NOON + day * DAY)])


def made(tmp_path: Path) -> list[str]:
    return sorted(path.name[5:13] for path in (tmp_path / "backups").glob("*") if not path.name.endswith(".half"))


def days(backups: Backups, clock: ManualClock, number: int) -> None:
    """Each day's turn."""
    for _ in range(number):
        clock.advance(DAY)
        backups.turn()


def links(records: Records, kind: str) -> list[audit.Link]:
    with records.read() as db:
        every = audit.links(db, limit=100_000)
    audit.verify(every)
    return [link for link in every if link.kind == kind]


def test_one_is_made_after_a_day_and_then_every_90_days(backups: Backups, store: EmbeddedStore, tmp_path: Path, clock: ManualClock) -> None:
    arrive(store, 0)
    backups.turn()
    assert not (tmp_path / "backups").exists()
    days(backups, clock, 185)
    assert made(tmp_path) == ["20261120", "20270218", "20270518"]  # three months are 89 days there
    assert backups.state.due - clock.now() <= 90 * DAY
    assert backups.state.warnings(clock.now()) == ()


def test_a_restart_changes_nothing_of_the_time(
    backups: Backups, store: EmbeddedStore, records: Records, tmp_path: Path, clock: ManualClock
) -> None:
    for _ in range(4):
        again = Backups(store, records, tmp_path / "backups", BackupSection(), clock)
        again.turn()
        clock.advance(8 * HOUR)
    assert len(made(tmp_path)) == 1


def test_what_fails_is_told_and_tried_again_until_it_is_done(
    store: EmbeddedStore, records: Records, tmp_path: Path, clock: ManualClock
) -> None:
    tried: list[int] = []

    def make(*arguments: Any) -> Any:
        tried.append(clock.now())
        if len(tried) < 4:
            raise Retry("no room")
        return back_up(*arguments)

    backups = Backups(store, records, tmp_path / "backups", BackupSection(), clock, make)
    backups.turn()
    clock.advance(DAY)
    for _ in range(15):
        backups.turn()
        if len(tried) < 4:
            assert backups.state.warnings(clock.now()) == ("backup failed: no room",)
        clock.advance(MINUTE)
    assert [at - tried[0] for at in tried] == [0, MINUTE, 3 * MINUTE, 7 * MINUTE]
    assert (backups.state.failed, backups.state.warnings(clock.now()), len(made(tmp_path))) == ("", (), 1)


def test_one_that_is_overdue_is_told_with_the_clause(store: EmbeddedStore, records: Records, tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "file").touch()
    backups = Backups(store, records, tmp_path / "file", BackupSection(), clock)
    backups.turn()
    days(backups, clock, 4)
    failed, overdue = backups.state.warnings(clock.now())
    assert ("file" in failed, "526" in overdue) == (True, True)
    told = {metric.name: [sample.value for sample in metric.samples] for metric in BackupMetrics(backups, clock).collect()}
    assert told["davy_backup_warnings"] == [2]
    assert told["davy_backup_age_seconds"] == []
    assert told["davy_backup_due_seconds"] == [-3 * 86_400]


def test_trouble_is_an_alarm_until_a_backup_is_made_and_a_restart_does_not_end_it(
    store: EmbeddedStore, records: Records, tmp_path: Path, clock: ManualClock
) -> None:
    (tmp_path / "file").touch()
    journal = Journal(load())

    def active() -> list[tuple[str, bool]]:
        with records.read() as db:
            return [(row.rule, row.active) for row in journal.active(db)]

    broken = Backups(store, records, tmp_path / "file", BackupSection(), clock, alarm=journal.backup)
    broken.turn()
    assert active() == []
    days(broken, clock, 1)
    assert active() == [("centre.backup", True)]
    Backups(store, records, tmp_path / "file", BackupSection(), clock, alarm=journal.backup).turn()
    assert active() == [("centre.backup", True)]
    well = Backups(store, records, tmp_path / "backups", BackupSection(), clock, alarm=journal.backup)
    clock.advance(MINUTE)
    well.turn()
    assert active() == [("centre.backup", False)]
    assert well.notes(clock.now())[0].startswith("backup: last verified ")


def test_a_last_backup_that_is_gone_is_an_alarm_and_old_readings_that_stay_are_none(
    store: EmbeddedStore, records: Records, tmp_path: Path, clock: ManualClock
) -> None:
    told: list[tuple[str, str]] = []
    arrive(store, 0)
    backups = Backups(
        store, records, tmp_path / "backups", BackupSection(), clock, alarm=lambda _db, what, why, _now: told.append((what, why))
    )
    days(backups, clock, 2)
    assert told[-1] == ("", "")
    assert backups.notes(clock.now())[0].startswith("backup: last verified 2026-11-2")
    shutil.rmtree(tmp_path / "backups")
    days(backups, clock, 1)
    assert told[-1][0] == "missing"
    assert any("not whole any more" in note for note in backups.notes(clock.now()))
    backups.state = replace(backups.state, missing="", raw="no backup has them")
    backups._tell_people(clock.now())
    assert told[-1] == ("", "")


def test_what_is_left_of_a_backup_that_was_broken_off_is_removed_but_not_one_that_is_being_made(
    backups: Backups, records: Records, tmp_path: Path
) -> None:
    mine, other = tmp_path / "backups" / "davy-20261101T000000Z.half", tmp_path / "backups" / "davy-20261102T000000Z.half"
    others = tmp_path / "backups" / "notes.half"
    for folder in (mine, other, others):
        (folder / "records").mkdir(parents=True)
    with writing(other):
        backups.turn()
        assert [path.name for path in sorted((tmp_path / "backups").iterdir())] == [other.name, others.name]
        back_up(None, records, tmp_path / "backups", ManualClock(NOON), "test")
        assert other.exists()
    back_up(None, records, tmp_path / "backups", ManualClock(NOON + MINUTE), "test")
    assert not other.exists()
    assert others.exists()
    assert len(made(tmp_path)) == 2


def test_a_process_that_is_killed_in_the_middle_leaves_a_half_that_can_be_removed(tmp_path: Path) -> None:
    half = tmp_path / "davy-20261101T000000Z.half"
    half.mkdir()
    imports = "import sys, time; from pathlib import Path; from store.backup.broken import writing"
    code = f"{imports}\nwith writing(Path(sys.argv[1])): print(1, flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code, str(half)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert child.stdout is not None
    child.stdout.readline()
    assert sweep(tmp_path) == []
    child.kill()
    child.wait()
    child.stdout.close()
    assert sweep(tmp_path) == [half]
    assert list(tmp_path.iterdir()) == []


def test_old_readings_go_when_a_backup_has_them_and_the_audit_chain_says_which(
    backups: Backups, store: EmbeddedStore, records: Records, clock: ManualClock
) -> None:
    for day in range(5):
        arrive(store, day)
        backups.turn()
        clock.advance(DAY)
    clock.wall = NOON + 91 * DAY
    backups.turn()
    assert store.count("north", 0, 1 << 60) == {"T00": 5}
    clock.wall = NOON + 96 * DAY
    backups.turn()
    assert store.count("north", 0, 1 << 60) == {"T00": 2}
    (link,) = links(records, "store.drop")
    with records.read() as db:
        covering = notes.every(db)[-1]
    assert b'"readings":3' in link.payload
    assert covering.place.encode() in link.payload
    assert covering.digest.encode() in link.payload
    assert backups.state.warnings(clock.now()) == ()


@pytest.mark.parametrize("what", ["deleted", "damaged", "rewritten"])
def test_without_its_backup_nothing_goes_and_it_says_why(
    backups: Backups, store: EmbeddedStore, records: Records, tmp_path: Path, clock: ManualClock, what: str
) -> None:
    for day in range(3):
        arrive(store, day)
    clock.wall = NOON + 95 * DAY
    backups._settings = BackupSection(every_days=0)
    backups.make("test")
    (place,) = (tmp_path / "backups").iterdir()
    (file,) = place.glob("store/000001-*")
    if what == "deleted":
        shutil.rmtree(place)
    elif what == "damaged":
        data = file.read_bytes()
        file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    else:
        (place / "manifest.blake2b").write_text("0" * 64 + "\n")
    backups.turn()
    assert store.count("north", 0, 1 << 60) == {"T00": 3}
    assert links(records, "store.drop") == []
    (*_, why) = backups.state.warnings(clock.now())
    assert why.startswith("old raw readings stay: ")
    assert str(place) in why


def test_what_was_kept_long_enough_goes_only_when_a_younger_one_was_verified(
    backups: Backups, records: Records, tmp_path: Path, clock: ManualClock
) -> None:
    backups.make("test")
    (first,) = (tmp_path / "backups").iterdir()
    (tmp_path / "backups" / "mine").mkdir()
    clock.wall = from_iso(iso(NOON).replace("2026", "2028")) - DAY
    backups.make("test")
    assert first.exists()
    clock.advance(2 * DAY)
    backups._back_up = lambda *_: (_ for _ in ()).throw(Retry("no room"))
    with pytest.raises(Retry):
        backups.make("test")
    assert first.exists()
    backups._back_up = back_up
    backups.make("test")
    assert not first.exists()
    assert (tmp_path / "backups" / "mine").exists()
    assert [link.subject for link in links(records, "store.backup.removed")] == [str(first)]
    with records.read() as db:
        assert len(notes.every(db)) == 2


def test_one_at_a_time(backups: Backups) -> None:
    with backups._busy, pytest.raises(Exception, match="already"):
        backups.make("test")


@pytest.mark.parametrize(
    ("section", "key"),
    [
        (BackupSection(every_days=91), "every_days"),
        (BackupSection(every_days=-1), "every_days"),
        (BackupSection(keep_years=1), "keep_years"),
        (BackupSection(raw_days=91), "raw_days"),
    ],
)
def test_less_than_the_clause_asks_is_refused(section: BackupSection, key: str, tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=key):
        check(IngestSettings(store="memory:", records="sqlite://", folder=str(tmp_path), backup=section))
