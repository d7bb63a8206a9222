"""Putting a backup back, into an empty place only: nothing that is stored is ever overwritten."""

import shutil
from importlib import import_module
from pathlib import Path

from sqlalchemy import delete, func, select

from contracts.clock import Clock
from contracts.errors import BadConfig, GiveUp
from store.backup import tables, telemetry
from store.backup.manifest import Damaged, Manifest, Tell, copy, silent
from store.backup.verify import verify
from store.durable import make_durable
from store.embedded import EmbeddedStore
from store.records.engine import Records, declared, engine_of, open_records
from store.records.migrations import APPLIED, MIGRATIONS, ForeignSchema, migrate


def restore(place: Path, folder: Path, clock: Clock, records: str = "", store: str = "", tell: Tell = silent) -> Manifest:
    """Make `folder` (new or empty) of a backup: `store/` and `records.sqlite`, or the records at another empty address.

    `store`: the address of the InfluxDB whose empty buckets take the readings of a backup of InfluxDB; `tell` hears of each file.

    The store gets a new generation, so that the ingest says so to every gateway at its start and they send again what it lacks.
    Damaged names the file of a backup that is not whole; BadConfig a place that is not empty. It is all there in the end, or nothing.
    """
    manifest = verify(place)
    _check(manifest, store)
    if manifest.step > len(MIGRATIONS):
        raise ForeignSchema(f"{place} was made at step {manifest.step} of the schema; this program knows {len(MIGRATIONS)}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadConfig("FOLDER", str(folder), "an empty folder, or a new one: nothing stored is overwritten")
    half = folder.with_name(folder.name + ".half")
    if half.exists():
        raise BadConfig("FOLDER", str(half), "nothing there: it is what is left of a restore that was broken off; remove it")
    try:
        half.mkdir(parents=True)
        try:
            if store:
                buckets = import_module("store.backup.buckets")
                buckets.restore(place, store, manifest, clock.now(), tell)
            elif manifest.has_readings:
                _readings(place, half / telemetry.FOLDER, manifest)
            try:
                _records(place, records or f"sqlite:///{half / 'records.sqlite'}", manifest, clock)
            except BaseException:
                if store:
                    buckets.empty(store)
                raise
            make_durable(half)
            half.rename(folder)
            make_durable(folder.parent)
        except BaseException:
            shutil.rmtree(half, ignore_errors=True)
            raise
    except OSError as error:
        raise GiveUp(f"无法恢复 / {folder} cannot be restored: {error}") from error
    return manifest


def _check(manifest: Manifest, store: str) -> None:
    """BadConfig where the readings cannot go there."""
    of_influx = any(file.path.startswith("influx/") for file in manifest.files)
    if of_influx and not store:
        raise BadConfig("--store", "", "influx+http://HOST:PORT/ORG[/PREFIX]: the backup is one of InfluxDB")
    if store and not (of_influx and store.startswith(("influx+http://", "influx+https://"))):
        raise BadConfig("--store", store, "an InfluxDB, and only for a backup of one")


def _readings(place: Path, folder: Path, manifest: Manifest) -> None:
    folder.mkdir()
    for file in manifest.files:
        if file.path.startswith(f"{telemetry.FOLDER}/"):
            name = Path(file.path).name
            if copy(place / file.path, folder / name) != (file.size, file.digest):
                raise Damaged(place, file.path, "it changed while it was read")
    store = EmbeddedStore(folder)
    try:
        store.renew()
    finally:
        store.close()


def _records(place: Path, address: str, manifest: Manifest, clock: Clock) -> None:
    """In one transaction, at the schema of the backup; then the steps that came after it."""
    engine = engine_of(address)
    try:
        migrate(engine, clock.now(), MIGRATIONS[: manifest.step])
        with engine.begin() as db:
            for table in declared().tables.values():
                if db.execute(select(func.count()).select_from(table)).scalar():
                    raise BadConfig("--records", engine.url.render_as_string(), f"an empty database: its table {table.name} has rows")
            db.execute(delete(APPLIED))
            names = [Path(file.path).stem for file in manifest.files if file.path.startswith(f"{tables.FOLDER}/")]
            tables.load(db, place / tables.FOLDER, names)
    finally:
        engine.dispose()
    opened: Records = open_records(address, clock)
    opened.close()
