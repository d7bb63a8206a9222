"""Backups: a folder that anybody can check, made while the centre runs, and restored into an empty place only.

    manifest.json            every file with its size, BLAKE2b and rows; the generation; when it was made
    manifest.blake2b         the hash of the manifest, which the audit chain keeps too
    records/alarms.jsonl     a table a file, whichever database it came from: the first line names the columns
    store/000007-2026-11-24.open.duckdb, store/catalogue.duckdb, ...

Records are read first: what they say was received is then surely among the readings.
"""

from store.backup.drop import drop_before, drop_noted
from store.backup.make import Made, back_up
from store.backup.manifest import Damaged, Manifest
from store.backup.restore import restore
from store.backup.schedule import CLAUSE, Schedule, backup_due
from store.backup.verify import verify

__all__ = ["CLAUSE", "Damaged", "Made", "Manifest", "Schedule", "back_up", "backup_due", "drop_before", "drop_noted", "restore", "verify"]
