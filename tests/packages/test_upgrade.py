"""What the first program left behind, opened by today's: migrated, nothing lost, every row and every reading compared.

`old/first.tar.xz` was written by that program, `told.json` in it is what that program read in its own files (`old/make.py`).
"""

import json
import shutil
import sqlite3
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bench.ports import free_port
from contracts.clock import SystemClock
from contracts.digest import item_digest
from contracts.payload import Item, decode
from contracts.points import Registry, read_registry
from contracts.ranges import Ranges
from edge_agent.outbox.box import Outbox
from store.embedded.store import EmbeddedStore
from store.records import alarms, audit
from store.records.engine import open_records
from store.records.migrations import MIGRATIONS, applied
from tests.end_to_end.harness import Plant, Reading, items_on_disk, readings_in_store, readings_of
from tests.waiting import wait_until

pytestmark = pytest.mark.slow

FIRST = Path(__file__).parent / "old" / "first.tar.xz"
MINE, GATEWAY = "alpha", "alpha/gate-1"
STEPS = [1, 3]
LAST_BEFORE = "referral.due"
"""The mark that step 8 adds: alarms up to this one were there before there was anybody to refer them to."""
FOR_YEARS = "retention_days = 36500\n"
"""What was left behind is from November 2026, and stays acceptable."""
Table = list[tuple[Any, ...]]


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """A copy of what was left behind."""
    with tarfile.open(FIRST) as file:
        file.extraction_filter = getattr(tarfile, "data_filter", None)  # Debian 12's Python has no filters yet
        file.extractall(tmp_path)
    return tmp_path / "first"


def told(first: Path) -> Any:
    return json.loads((first / "told.json").read_text(encoding="ascii"))


def readings(listed: list[list[Any]]) -> Counter[Reading]:
    return Counter({(point, at, bytes.fromhex(value), bits): times for point, at, value, bits, times in listed})


def tables(path: Path, shape: dict[str, list[str]] | None = None) -> tuple[dict[str, list[str]], dict[str, Table]]:
    """Columns and rows of every table; with a `shape`, of those columns alone. Read beside all our code."""
    with closing(sqlite3.connect(path)) as db:
        names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'")]
        found = shape or {name: [row[1] for row in db.execute(f"pragma table_info({name})")] for name in names}
        rows = {}
        for name, columns in found.items():
            wanted = ", ".join(f'"{column}"' for column in columns)
            rows[name] = db.execute(f"select {wanted} from {name} order by {wanted}").fetchall()
    return found, rows


@pytest.mark.parametrize("step", STEPS)
def test_records_are_migrated_and_every_row_is_as_it_was(first: Path, step: int) -> None:
    path = first / f"records-{step}.sqlite"
    shape, before = tables(path)
    taken = before.pop("migrations")
    shape.pop("migrations")

    with closing(open_records(f"sqlite:///{path}")) as records, records.read() as db:
        names = [one.name for one in applied(db)]

    assert len(taken) == step
    assert names == [name for name, _ in MIGRATIONS]
    assert {"alarms", "alarm_transitions", "audit", "deadletters", "deliveries", "epochs", "items", "registries"} <= {
        name for name, rows in before.items() if rows
    }
    after = tables(path, shape)[1]
    newest = max(row[0] for row in before["alarms"])
    assert {name: rows for name, rows in after.items() if rows != before[name]} == {
        "marks": sorted([*before["marks"], (LAST_BEFORE, str(newest))])
    }


@pytest.mark.parametrize("step", STEPS)
def test_the_alarms_and_the_chain_of_then_are_read_by_today_s_program(first: Path, step: int) -> None:
    path = first / f"records-{step}.sqlite"
    with closing(sqlite3.connect(path)) as old:
        open_then = {row[0] for row in old.execute("select id from alarms where open")}
        links_then = old.execute("select count(*) from audit").fetchone()[0]

    with closing(open_records(f"sqlite:///{path}")) as records:
        with records.read() as db:
            links = audit.links(db)
            audit.verify(links)
            standing = {row.id for row in alarms.alarms(db, open_only=True)}
        with records.begin() as db:
            audit.append(db, "upgrade", MINE, {}, audit.pseudonym("x"), SystemClock().now())
        with records.read() as db:
            audit.verify(audit.links(db))

    assert len(links) == links_then > 0
    assert standing == open_then
    assert open_then


def test_every_reading_of_the_store_is_there_and_it_goes_on(first: Path) -> None:
    then, registry = told(first), read_registry((first / "points.json").read_bytes())

    with closing(EmbeddedStore(first / "store")) as store:
        assert readings_in_store(store, MINE, registry) == readings(then["stored"])
        assert store.held(GATEWAY) == {epoch: Ranges([tuple(row) for row in rows]) for epoch, rows in then["held"].items()}
        store.recompute(store.dirty())
        assert store.dirty() == []
        counted = store.count(MINE, 0, 1 << 62)
    assert sum(counted.values()) == readings(then["stored"]).total() > 10_000


@pytest.mark.parametrize("stream", ["data", "event"])
def test_every_item_of_the_outbox_is_there_with_the_bytes_of_then(first: Path, stream: str) -> None:
    then = told(first)["items"][stream]
    (epoch,) = {row[0] for row in then}

    box = Outbox(first / "outbox" / stream, stream)
    now = [[epoch, seq, item_digest(data), type(decode(Item, data).body).__name__] for seq, data in box.items(epoch) if data is not None]
    assert now == then
    assert (box.waiting, box.losses, box.refused) == (len(then), [], "")
    box.close()


def test_the_readings_in_the_outbox_are_those_of_then(first: Path) -> None:
    registry = read_registry((first / "points.json").read_bytes())

    assert readings_of(items_on_disk(first / "outbox"), registry)[0] == readings(told(first)["outbox"])


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path / "plant")
    yield made
    made.stop()


@pytest.mark.servers
@pytest.mark.parametrize("step", STEPS)
def test_centre_and_gateway_of_today_go_on_where_those_of_then_stopped(first: Path, plant: Plant, step: int) -> None:
    """What was nowhere but in the old outbox arrives; what the old store held is neither lost nor stored twice."""
    registry: Registry = read_registry((first / "points.json").read_bytes())
    (plant.folder / MINE).mkdir()
    for source, target in {"outbox": f"{MINE}/outbox", "store": "store"}.items():
        shutil.copytree(first / source, plant.folder / target)
    shutil.copy(first / "points.json", plant.folder / MINE)
    shutil.copy(first / f"records-{step}.sqlite", plant.folder / "records.sqlite")
    plant.add_agent(MINE, free_port())
    settings = plant.folder / "ingest.toml"
    settings.write_text(f"{FOR_YEARS}{settings.read_text(encoding='utf-8')}[backup]\nraw_days = 0\n", encoding="utf-8")
    expected = readings(told(first)["outbox"])
    before = readings(told(first)["stored"])

    plant.broker.start()
    plant.ingest.start()
    plant.settle()
    wait_until(lambda: plant.ingest.ended)

    with closing(EmbeddedStore(plant.folder / "store")) as store:
        assert readings_in_store(store, MINE, registry) == expected
    assert before < expected
