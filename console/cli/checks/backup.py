"""Backups: is one due, is the last one there, and may InfluxDB delete by itself?"""

import os
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, create_engine, inspect
from sqlalchemy.exc import SQLAlchemyError

from console.cli.checks.site import Site, sqlite_path
from console.cli.checks.verdict import Finding, Verdict, ok, warning
from contracts.clock import DAY, iso
from contracts.errors import DavyError
from store.backup import CLAUSE, backup_due
from store.backup.notes import Note, newest
from store.backup.verify import glance
from store.records.engine import engine_of

_EVERY = (f"每 3 个月一次 ({CLAUSE}): davy store backup", f"every 3 months ({CLAUSE}): davy store backup")
_FOR_EVER = (
    "influx bucket update --id ... --retention 0 ; 由中心在备份验证后删除",
    "influx bucket update --id ... --retention 0; the centre drops what a verified backup has",
)


def judge_backup(note: Note | None, now: int, trouble: str = "") -> Verdict:
    """`note`: the newest verified backup the records know of; `trouble`: why it is not whole today."""
    if note is None:
        return warning("还没有备份", "there is no backup yet", *_EVERY)
    due, made, days = backup_due(note.made, now), iso(note.made)[:10], (now - note.made) // DAY
    if trouble:
        return warning(
            f"上次备份 {made} 已不完好: {trouble}。原始读数不会删除",
            f"the last backup, of {made}, is not whole any more: {trouble}. No raw readings are dropped",
            "找回它, 或再备份: davy store backup",
            "bring it back, or make another: davy store backup",
        )
    if due.due:
        return warning(
            f"上次备份 {made} ({days} 天前), 应于 {iso(due.at)[:10]} 前再备份",
            f"last verified backup {made}, {days} days ago; the next was due by {iso(due.at)[:10]}",
            *_EVERY,
        )
    return ok(
        f"上次备份 {made} ({days} 天前), 已验证; 下次应在 {iso(due.at)[:10]} 前",
        f"last verified backup {made}, {days} days ago; the next is due by {iso(due.at)[:10]}",
    )


def judge_raw(days: int) -> Verdict:
    """`days`: how long InfluxDB's bucket of raw readings keeps by itself, 0 for ever."""
    if days:
        return warning(
            f"该桶自行在 {days} 天后删除读数, 不论有无备份",
            f"this bucket itself deletes readings after {days} days, backed up or not",
            *_FOR_EVER,
        )
    return ok("只由中心在备份验证后删除读数", "readings go only by the centre, after a verified backup")


def probe_backup(site: Site) -> list[Finding]:
    """Nothing where there are no records yet, or none that can be read (`records` says so)."""
    if site.centre is None or site.centre.store == "memory:":
        return []
    found = _probe_raw(site.centre.store) if site.centre.store.startswith("influx+") else []
    try:
        engine = reading(site.centre.records)
        if engine is None:
            return found
        try:
            with engine.connect().execution_options(reading=True) as db:
                note = newest(db) if inspect(db).has_table("marks") else None
        finally:
            engine.dispose()
    except (SQLAlchemyError, DavyError):
        return found
    trouble = glance(note).trouble if note else ""
    return [Finding(note.place if note else site.centre.store, judge_backup(note, site.now, trouble)), *found]


def _probe_raw(address: str) -> list[Finding]:
    """What the bucket says; nothing where InfluxDB cannot be asked (`store` says so)."""
    influx = import_module("store.influx")  # its client only where there is one
    try:
        server = influx.Server(influx.InfluxAddress.parse(address), influx.token_of())
        try:
            kept = influx.buckets_of(server)
        finally:
            server.close()
    except DavyError:
        return []
    return [Finding(server.address.bucket("raw"), judge_raw(kept["raw"]))] if "raw" in kept else []


def reading(address: str) -> Engine | None:
    """Opened for reading: a file stays as it is. None where there is none."""
    path: Path | None = sqlite_path(address)
    if path is None:
        return engine_of(address)
    return create_engine(f"sqlite:///file:{quote(str(path.absolute()))}?mode=ro&uri=true") if os.path.exists(path) else None
