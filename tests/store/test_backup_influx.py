"""A backup of InfluxDB: exact, whole, restored into empty buckets only; raw readings go only where it has every one of them."""

import gzip
import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contracts.clock import DAY, SECOND, ManualClock
from contracts.errors import BadConfig, GiveUp
from contracts.payload import Poll
from store.backup import Damaged, Made, back_up, buckets, drop_before, restore, verify
from store.backup.drop import NotBackedUp
from store.influx import InfluxStore, Server, buckets_of, init_buckets
from store.influx.rows import measurements, parts
from store.records import audit, counters, marks
from store.records.engine import open_records
from tests.store.conftest import NOON, delivery_of, registry_of
from tests.store.influx_server import TOKEN, shared
from tests.store.test_backup import lines as table_lines

pytestmark = pytest.mark.servers
EVER = (0, 1 << 60)
ODD = (math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308, 0.1, 3.0)


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVY_INFLUX_TOKEN", TOKEN)


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    return f"b{abs(hash(str(tmp_path))):x}"


@pytest.fixture
def store(prefix: str) -> Iterator[InfluxStore]:
    opened = InfluxStore(shared().server(prefix))
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON + 4 * DAY)


def fill(store: InfluxStore) -> None:
    """Four days, two mines, every odd value, quality, a fold and a changed NaN, polls, a statistic and an event."""
    for n in range(40):
        gateway, received = "south/gw2" if n % 5 == 4 else "north/gw1", NOON + n // 10 * DAY
        rows = [(point, n // 10 * 86_400 + n, ODD[point], (0, 4, 65_535)[(point + n) % 3]) for point in range(len(ODD))]
        rows += [(9, n // 10 * 86_400 + n, n + 1 / 7, 0)]
        poll = Poll("kj", SECOND, received + n, 5, 4, n)
        store.append([delivery_of(n, rows, gateway=gateway, received=received, made=received + n, polls=(poll,))])
    store.append([delivery_of(99, [(0, 30 + 3 * 86_400, -1.0, 0), (9, 31 + 3 * 86_400, math.nan, 4)], doubt=True)])
    store.server.write("statistics", f"methane,mine=north,stat=mean T00=1.5,T01=-0.0 {NOON}\n".encode())
    text = 'x,mine=a\\ b,who="q text="line\n two, \\"quoted\\" \\\\ 瓦斯",flag=true,n=9007199254740993i 1795100000000001\n'
    store.server.write("events", text.encode())


def told(store: InfluxStore) -> dict[str, Any]:
    """All a store answers, values by their bits."""
    answers: dict[str, Any] = {}
    for mine, gateway in (("north", "north/gw1"), ("south", "south/gw2")):
        answers |= {f"held {gateway}": list(store.held(gateway).items()), f"items {gateway}": store.items(gateway, *EVER)}
        answers |= {f"polls {gateway}": store.polls(gateway, *EVER), f"spans {gateway}": store.spans(gateway)}
        answers |= {f"digests {gateway}": [store.digest_of(gateway, "e1", n) for n in range(100)]}
        answers |= {f"count {mine}": store.count(mine, *EVER), f"last {mine}": repr(store.last(mine))}
        for point in registry_of(mine).points:
            found = store.series(mine, point.id, *EVER)
            columns = (found.time, found.value.view("int64"), found.quality, found.fold)
            answers[f"{mine} {point.id}"] = [column.tolist() for column in columns]
    for kind in ("statistics", "events"):
        answers[kind] = content(store.server, kind)
    return answers


def content(server: Server, kind: str) -> list[tuple[Any, ...]]:
    ever = (-9_000_000_000_000_000_000, 9_000_000_000_000_000_000)
    found = [part for name in measurements(server, kind) for part in parts(server, kind, name, *ever)]
    return [(part.measurement, part.tags, part.fields, part.rows) for part in found]


def test_backup_wipe_restore_is_identical(store: InfluxStore, prefix: str, database: str, tmp_path: Path, clock: ManualClock) -> None:
    records = open_records(database)
    fill(store)
    with records.begin() as db:
        counters.add(db, "north/gw1", 0, "duplicate", 5)
        audit.append(db, "permit", "T01", {"为何": "标校"}, "person-7", 1)
        marks.set(db, "store_generation", store.generation)
    before, rows = told(store), table_lines(records, tmp_path / "before")
    assert sum(before["count north"].values()) + sum(before["count south"].values()) == 40 * 9 + 2
    made = back_up(store, records, tmp_path / "backups", clock, "test")
    generation, server = store.generation, shared().server(prefix)
    records.close()
    for kind in buckets_of(server):
        server.buckets.delete_bucket(server.buckets.find_bucket_by_name(server.address.bucket(kind)))
    server.close()

    restore(made.place, tmp_path / "again", clock, store=shared().address(prefix))
    again = InfluxStore(shared().server(prefix))
    assert told(again) == before
    assert again.generation != generation
    assert again.append([delivery_of(11, received=NOON), delivery_of(200, received=NOON)]).stored == [False, True]
    found = open_records(f"sqlite:///{tmp_path / 'again' / 'records.sqlite'}")
    assert table_lines(found, tmp_path / "after") == rows
    with found.read() as db:
        audit.verify(audit.links(db))
        assert marks.get(db, "store_generation") == generation
    found.close()
    again.close()


@pytest.fixture
def made(store: InfluxStore, tmp_path: Path, clock: ManualClock) -> Made:
    fill(store)
    records = open_records("sqlite://")
    done = back_up(store, records, tmp_path / "backups", clock, "test")
    records.close()
    return done


def test_its_files_are_line_protocol_that_any_influxdb_takes(made: Made) -> None:
    (day,) = (made.place / "influx" / "events").iterdir()
    assert gzip.decompress(day.read_bytes()).decode() == (
        'x,mine=a\\ b,who="q flag=true,n=9007199254740993i,text="line\n two, \\"quoted\\" \\\\ 瓦斯" 1795100000000001000\n'
    )
    (files,) = [file.rows for file in made.manifest.files if "/events/" in file.path]
    assert files == {"x": 1}


def test_any_byte_that_changed_is_found_by_the_name_of_its_file(made: Made) -> None:
    for file in made.manifest.files:
        path = made.place / file.path
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(Damaged) as found:
            verify(made.place)
        assert found.value.name == file.path
        path.write_bytes(whole)


def test_a_reading_altered_in_the_backup_is_not_restored(made: Made, prefix: str, tmp_path: Path, clock: ManualClock) -> None:
    path = sorted((made.place / "influx" / "raw").iterdir())[0]
    text = gzip.decompress(path.read_bytes())
    assert b"=0.1," in text
    path.write_bytes(gzip.compress(text.replace(b"=0.1,", b"=0.2,", 1)))
    with pytest.raises(Damaged, match=path.name):
        restore(made.place, tmp_path / "again", clock, store=shared().address(f"{prefix}y"))


def test_what_does_not_read_back_is_taken_out_again(
    made: Made, prefix: str, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if InfluxDB had altered one reading on its way."""
    pack = buckets.gzipped
    monkeypatch.setattr(buckets, "gzipped", lambda data: pack(data.replace(b"=0.1,", b"=0.2,", 1)))
    with pytest.raises(GiveUp, match="does not read back"):
        restore(made.place, tmp_path / "again", clock, store=shared().address(f"{prefix}y"))
    server = shared().server(f"{prefix}y")
    assert [content(server, kind) for kind in ("raw", "ledger", "events", "statistics")] == [[], [], [], []]
    assert not (tmp_path / "again").exists()
    server.close()


def test_nothing_stored_is_overwritten(made: Made, prefix: str, store: InfluxStore, tmp_path: Path, clock: ManualClock) -> None:
    before = told(store)
    for address, what in ((shared().address(prefix), "has points"), ("", "--store"), ("elsewhere", "--store")):
        with pytest.raises(BadConfig, match=what):
            restore(made.place, tmp_path / "again", clock, store=address)
    assert told(store) == before


def test_a_bucket_that_would_refuse_old_readings_is_refused_first(made: Made, prefix: str, tmp_path: Path, clock: ManualClock) -> None:
    server = shared().server(f"{prefix}z", init=False)
    init_buckets(server, raw_days=30)
    server.close()
    with pytest.raises(BadConfig, match="retention 0"):
        restore(made.place, tmp_path / "again", clock, store=shared().address(f"{prefix}z"))


def test_while_readings_come_in_every_item_held_in_the_backup_is_whole(
    store: InfluxStore, prefix: str, tmp_path: Path, clock: ManualClock
) -> None:
    """A writer goes on all the time; each item has flagged readings on four days."""
    ended, started, written = threading.Event(), threading.Event(), []

    def write() -> None:
        seq = 0
        while not ended.is_set():
            rows = [(point, day * 86_400 + seq, seq + point / 7, 4) for point in range(5) for day in range(4)]
            store.append([delivery_of(seq, rows, received=NOON)])
            written.append(seq)
            seq += 1
            if seq == 40:
                started.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert started.wait(60)
        records = open_records("sqlite://")
        before = len(written)
        made = back_up(store, records, tmp_path / "backups", clock, "test")
        after = len(written)
        records.close()
    finally:
        ended.set()
        writer.join(60)
    assert before < after, "it went on"
    restore(made.place, tmp_path / "again", clock, store=shared().address(f"{prefix}y"))
    again = InfluxStore(shared().server(f"{prefix}y"))
    ((first, last, _),) = again.held("north/gw1")["e1"]
    assert (first, last >= before - 1) == (0, True)
    for point in range(5):
        found = again.series("north", f"T0{point}", *EVER)
        have = set(zip(found.time.tolist(), found.value.tolist(), found.quality.tolist(), strict=True))
        wanted = {(NOON + (day * 86_400 + seq) * SECOND, seq + point / 7, 4) for seq in range(last + 1) for day in range(4)}
        assert wanted <= have
        assert {quality for _, _, quality in have} == {4}
    again.close()


# ------------------------------------------------------------ dropping


def test_what_a_backup_has_is_dropped_and_the_rest_stays(made: Made, store: InfluxStore) -> None:
    day = (NOON + 2 * DAY) // DAY * DAY
    before = told(store)
    assert drop_before(store, day, made.place, made.digest) == 20 * 9
    after = told(store)
    assert sum(after["count north"].values()) + sum(after["count south"].values()) == 20 * 9 + 2
    assert after["held north/gw1"] == before["held north/gw1"]


@pytest.mark.parametrize("what", ["changed", "more"])
def test_what_the_backup_has_otherwise_is_not_dropped(made: Made, store: InfluxStore, what: str) -> None:
    """One reading that came since, or one that is another now."""
    row = (9, 5, 2.5, 0) if what == "more" else (6, 5, 0.7, 0)
    store.append([delivery_of(300, [row])])
    before = told(store)
    with pytest.raises(NotBackedUp, match="influx/raw/2026-11-19"):
        drop_before(store, (NOON + 2 * DAY) // DAY * DAY, made.place)
    assert told(store) == before


def test_a_damaged_or_missing_backup_drops_nothing(made: Made, store: InfluxStore, tmp_path: Path) -> None:
    before = told(store)
    with pytest.raises(Damaged, match="kept elsewhere"):
        drop_before(store, NOON + 9 * DAY, made.place, "0" * 64)
    sorted((made.place / "influx" / "raw").iterdir())[0].unlink()
    for place in (made.place, tmp_path / "nowhere"):
        with pytest.raises(Damaged, match="cannot be read"):
            drop_before(store, NOON + 9 * DAY, place)
    assert told(store) == before
