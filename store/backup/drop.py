"""Raw readings leave the store only once a whole backup has them."""

from importlib import import_module
from pathlib import Path

from contracts.clock import Clock, iso
from contracts.errors import GiveUp
from store.backup import telemetry
from store.backup.manifest import Manifest
from store.backup.notes import Note
from store.backup.verify import verify
from store.embedded import EmbeddedStore
from store.embedded.partition import partition_at
from store.interface import Store
from store.records import audit
from store.records.engine import Records


class NotBackedUp(GiveUp):
    """What was to be dropped is not in the backup; nothing is dropped."""

    def __init__(self, place: Path, what: str, time: int) -> None:
        super().__init__(
            f"备份 {place} 不含全部待删数据 / the backup {place} does not have all of {what} as it is stored, "
            f"of readings older than {iso(time)}: make a new one. Nothing was dropped"
        )


def drop_before(store: Store, time: int, place: Path, digest: str = "") -> int:
    """Forget the readings older than `time` (µs UTC; whole partitions of an embedded store), if the backup at `place` has every one.

    The backup is verified first (Damaged), then compared with the store: NotBackedUp names what it lacks. The number of readings dropped.
    `digest`: the manifest's hash as the audit chain has it.
    """
    manifest = verify(place, digest)
    if isinstance(store, EmbeddedStore):
        _check_partitions(store, time, place, manifest)
    else:
        _check_days(store, time, place, manifest)
    return store.drop_before(time)


def drop_noted(store: Store, records: Records, time: int, note: Note, clock: Clock, by: str) -> int:
    """The same, in the audit chain before and after: what, how many readings, which backup has them."""
    facts = {"before": time, "backup": note.place, "manifest": note.digest}
    subject = f"raw readings before {iso(time)}"
    with records.begin() as db:
        audit.append(db, "store.drop.asked", subject, facts, by, clock.now())
    dropped = drop_before(store, time, Path(note.place), note.digest)
    with records.begin() as db:
        audit.append(db, "store.drop", subject, facts | {"readings": dropped}, by, clock.now())
    return dropped


def anything_before(store: Store, time: int) -> bool:
    """Whether there is something to drop."""
    if isinstance(store, EmbeddedStore):
        return store.has_older(time)
    return any(True for _ in import_module("store.backup.buckets").days_before(_server(store), time))


def _check_partitions(store: EmbeddedStore, time: int, place: Path, manifest: Manifest) -> None:
    found = (partition_at(place / file.path) for file in manifest.files if file.path.startswith(f"{telemetry.FOLDER}/"))
    kept = {part.number: part.path for part in found if part}
    reader = telemetry.Reader()
    with reader.open():
        for number, content in store.older_than(time):
            if number not in kept or reader.fingerprint(kept[number]) != content:
                raise NotBackedUp(place, f"partition {number}", time)


def _check_days(store: Store, time: int, place: Path, manifest: Manifest) -> None:
    """Every day of InfluxDB is read again and compared bit for bit."""
    buckets, server = import_module("store.backup.buckets"), _server(store)
    known = {file.path for file in manifest.files}
    for path in buckets.days_before(server, time):
        if path not in known or not buckets.same(server, place, path):
            raise NotBackedUp(place, path, time)


def _server(store: Store) -> object:
    server = getattr(store, "server", None)
    if server is None:
        raise GiveUp(f"{type(store).__name__} has no backups")
    return server
