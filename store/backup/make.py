"""Making a backup, beside whatever goes on."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from contracts.clock import Clock, iso
from contracts.errors import GiveUp
from store.backup import tables, telemetry
from store.backup.broken import SUFFIX, sweep, writing
from store.backup.manifest import VERSION, File, Manifest, Tell, hashed, silent, write_manifest
from store.backup.notes import note
from store.backup.verify import verify
from store.durable import make_durable
from store.embedded import EmbeddedStore
from store.interface import Store
from store.records.engine import Records
from store.records.migrations import applied


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was read back and found whole. `digest` is the hash of its manifest."""

    place: Path
    digest: str
    manifest: Manifest


def back_up(store: Store | None, records: Records, folder: Path, clock: Clock, by: str, tell: Tell = silent) -> Made:
    """Write a backup into a new folder inside `folder`, read it back, and note it in the records and their audit chain.

    `store` None: the records alone, which is no backup of the readings and is not noted as one. It may run in a thread of its own; an
    embedded store stands still while its open files are copied, InfluxDB is only read. Retry where it does not answer; GiveUp where
    readings are neither in files of ours nor in InfluxDB, or the disk refuses.
    """
    started = clock.now()
    place = folder / f"davy-{iso(started)[:19].replace('-', '').replace(':', '')}Z"
    half = place.with_suffix(SUFFIX)
    try:
        sweep(folder)
        half.mkdir(parents=True)
    except OSError as error:
        raise GiveUp(f"无法写备份 / there cannot be a backup in {half}: {error}") from error
    with writing(half):
        digest, manifest = _whole(store, records, half, place, started, clock, tell)
    made = Made(place, digest, manifest)
    if store is not None:
        with records.begin() as db:
            note(db, str(place), digest, manifest.made, by)
    return made


def _whole(store: Store | None, records: Records, half: Path, place: Path, started: int, clock: Clock, tell: Tell) -> tuple[str, Manifest]:
    """Write, read back and give it its name; or nothing is left."""
    try:
        digest = _write(store, records, half, started, clock, tell)
        manifest = verify(half, digest)
        if place.exists():
            raise GiveUp(f"{place} is there already")  # noqa: TRY301  # cleaned up below, as after any other failure
        half.rename(place)
        make_durable(place.parent)
    except (OSError, duckdb.Error) as error:
        shutil.rmtree(half, ignore_errors=True)
        raise GiveUp(f"无法写备份 / the backup cannot be written to {half}: {error}") from error
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return digest, manifest


def _write(store: Store | None, records: Records, half: Path, started: int, clock: Clock, tell: Tell) -> str:
    """The hash of its manifest."""
    (half / tables.FOLDER).mkdir()
    with records.read() as db:
        step, database = len(applied(db)), db.dialect.name
        rows = tables.export(db, half / tables.FOLDER)
    paths = {name: f"{tables.FOLDER}/{name}.jsonl" for name in rows}
    files = [File(path, *hashed(half / path), {name: rows[name]}) for name, path in paths.items()]
    generation, readings = _readings(store, half, tell) if store is not None else ("", [])
    files += readings
    for path in (*(path for path in half.iterdir() if path.is_dir()), half):
        make_durable(path)
    return write_manifest(half, Manifest(VERSION, started, clock.now(), generation, database, step, files))


def _readings(store: Store, half: Path, tell: Tell) -> tuple[str, list[File]]:
    """The generation and the files of a store."""
    if isinstance(store, EmbeddedStore):
        (half / telemetry.FOLDER).mkdir()
        return telemetry.export(store, half / telemetry.FOLDER, tell)
    from store.backup import buckets  # noqa: PLC0415  # InfluxDB's client is loaded only where there is one
    from store.influx import InfluxStore  # noqa: PLC0415

    if isinstance(store, InfluxStore):
        generation = store.generation
        return generation, buckets.export(store.server, half / buckets.FOLDER, tell)
    raise GiveUp("这种存储不能备份 / the readings of this store cannot be backed up: use --records-only for the records alone")
