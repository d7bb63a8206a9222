"""How `first.tar.xz` was made, by the oldest program that is whole (commit 44a25c6: records at step 3, embedded store 2, DAVYSEG1).

From a checkout of that commit, by its own environment: `PYTHONPATH=. python .../make.py FOLDER`. A gateway with a simulated device and
recorded rows above the limit, a real broker, a centre with a recipient that does not answer, and a message that is none; then the link is
pulled, so that some items are nowhere but in the outbox. What that program read in all it left behind is `told.json`, written by it.
`records-1.sqlite` has the same rows in the tables of step 1 alone.
"""

import csv
import json
import shutil
import sqlite3
import sys
import tarfile
import time
from collections import Counter
from pathlib import Path

from paho.mqtt.publish import single

from contracts.clock import SECOND, SystemClock, from_iso, iso
from contracts.digest import item_digest
from contracts.payload import Item, decode
from contracts.points import Point, Registry, read_registry
from contracts.topics import Gateway, Lane
from store.embedded.store import EmbeddedStore
from store.records.engine import engine_of
from store.records.migrations import MIGRATIONS, migrate
from tests.end_to_end.harness import Plant, Reading, items_on_disk, readings_in_store, readings_of
from tests.waiting import wait_until

MINE, ROWS = "alpha", 100
RECIPIENT = '[[alerts.recipients]]\nname = "duty"\naddress = "http://127.0.0.1:9/"\n'


def rows(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["time", "R1"])
        for at in range(ROWS):
            value = 0.4 if at < 20 else 1.2 + at / 1000
            table.writerow([iso(from_iso("2026-09-01") + at * SECOND)[:-1], f"{value:.3f}"])
    return path


def run(folder: Path) -> None:
    plant = Plant(folder)
    with (folder / "ingest.toml").open("a", encoding="utf-8") as file:
        file.write(RECIPIENT)
    port, points = plant.add_sim([MINE])[MINE], folder / MINE / "points.json"
    known = read_registry(points.read_bytes())
    more = Point("R1", "methane", known.points[0].area, "回放", "replay")
    points.write_bytes(Registry(known.mine, known.mine_zh, known.mine_en, (*known.points, more)).data)
    plant.add_agent(MINE, port, rows(folder / "rows.csv"), iso(SystemClock().now() + 5 * SECOND))
    plant.start()
    try:
        plant.wait_for_receipts(MINE)
        single(Gateway(MINE, "gate-1").topic(Lane.LIVE), b"no item", 1, hostname="127.0.0.1", port=plant.broker_port)
        for table in ("deliveries", "deadletters"):
            wait_until(lambda table=table: counted(folder / "records.sqlite", table) > 0)
        plant.wait_for_more_receipts(MINE)
        plant.cable.pull()
        time.sleep(3)
        plant.agents[MINE].terminate()
        plant.ingest.terminate()
    finally:
        plant.stop()


def counted(records: Path, table: str) -> int:
    with sqlite3.connect(f"file:{records}?mode=ro", uri=True) as db:
        return int(db.execute(f"select count(*) from {table}").fetchone()[0])  # two names of ours


def keep(plant: Path, place: Path) -> None:
    """The folders of the product; nothing of the bench around it."""
    shutil.copytree(plant / MINE / "outbox", place / "outbox", ignore=shutil.ignore_patterns("spare"))
    shutil.copytree(plant / "store", place / "store", ignore=shutil.ignore_patterns("*.lock"))
    shutil.copy(plant / MINE / "points.json", place)
    with sqlite3.connect(plant / "records.sqlite") as source, sqlite3.connect(place / "records-3.sqlite") as target:
        source.backup(target)
    engine = engine_of(f"sqlite:///{place / 'records-1.sqlite'}")
    migrate(engine, SystemClock().now(), MIGRATIONS[:1])
    engine.dispose()
    with sqlite3.connect(place / "records-1.sqlite") as db:
        db.execute("attach ? as later", (str(place / "records-3.sqlite"),))
        for (table,) in db.execute("select name from main.sqlite_master where type = 'table' and name <> 'migrations'").fetchall():
            columns = ", ".join(f'"{row[1]}"' for row in db.execute(f"pragma main.table_info({table})"))
            db.execute(f"insert into main.{table} ({columns}) select {columns} from later.{table}")  # names of ours


def told(place: Path) -> dict[str, object]:
    """What this program reads in them."""
    registry = read_registry((place / "points.json").read_bytes())
    store = EmbeddedStore(place / "store")
    stored, held = readings_in_store(store, MINE, registry), store.held(f"{MINE}/gate-1")
    store.close()
    items = {
        stream: [[epoch, seq, item_digest(data), type(decode(Item, data).body).__name__] for epoch, seq, data in found]
        for stream in ("data", "event")
        for found in [items_on_disk(place / "outbox", stream)]
    }
    outbox = readings_of(items_on_disk(place / "outbox"), registry)[0]
    return {
        "stored": listed(stored),
        "held": {epoch: list(ranges) for epoch, ranges in held.items()},
        "items": items,
        "outbox": listed(outbox),
    }


def listed(readings: Counter[Reading]) -> list[list[object]]:
    return [[point, at, value.hex(), bits, times] for (point, at, value, bits), times in sorted(readings.items())]


if __name__ == "__main__":
    work = Path(sys.argv[1])
    run(work / "plant")
    (work / "first").mkdir()
    keep(work / "plant", work / "first")
    (work / "first" / "told.json").write_text(json.dumps(told(work / "first")), encoding="ascii")
    with tarfile.open(work / "first.tar.xz", "w:xz", preset=9) as file:
        file.add(work / "first", "first")
