"""The centre backs itself up: in time, tried again where it fails, told of until it is done; then raw readings may go (docs/backup.md).

Everything here runs in a thread beside the store's: nothing waits for it but for the moments the store itself needs (docs/decisions/0008).
"""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from contracts.clock import DAY, SECOND, Clock, iso
from contracts.errors import DavyError, GiveUp
from ingest.config import BackupSection
from store.backup import CLAUSE, Made, back_up, drop_noted, notes
from store.backup.broken import sweep
from store.backup.drop import anything_before
from store.backup.manifest import File
from store.backup.notes import Note
from store.backup.schedule import Kept, may_drop, next_due, removable, retry_after
from store.backup.verify import glance
from store.interface import Store
from store.memory import MemoryStore
from store.records.engine import Records

LOOK_EVERY_S = 60.0
ACTOR = "centre"
SAID = {
    "failed": "backup failed: {}",
    "missing": "the last backup is not whole any more: {}",
    "raw": "old raw readings stay: {}",
    "overdue": "backup overdue since {} (" + CLAUSE + ")",
}
UNWELL = (DavyError, OSError, SQLAlchemyError)

log = structlog.get_logger("backup")


@dataclass(frozen=True, slots=True)
class BackupState:
    """What is known of the backups. `last`: the newest that was verified; `due`: µs UTC. Reasons are empty where all is well."""

    scheduled: bool
    last: Note | None = None
    due: int = 0
    running: bool = False
    failed: str = ""
    """Why the last try failed."""
    missing: str = ""
    """Why the newest backup is not there any more as it was made."""
    raw: str = ""
    """Why raw readings that are old enough were not dropped."""

    def troubles(self, now: int) -> list[tuple[str, str]]:
        """What somebody must do something about: `failed`, `missing`, `raw` or `overdue`, and the reason or the day."""
        told = [("failed", self.failed), ("missing", self.missing), ("raw", self.raw)]
        told.append(("overdue", iso(self.due)[:10] if self.due and now > self.due + DAY else ""))
        return [(what, why) for what, why in told if why]

    def warnings(self, now: int) -> tuple[str, ...]:
        """The same in words."""
        return tuple(SAID[what].format(why) for what, why in self.troubles(now))


class Backups:
    """`make` may be called from any thread, one backup at a time; `state` is read anywhere."""

    def __init__(
        self,
        store: Store,
        records: Records,
        folder: Path,
        settings: BackupSection,
        clock: Clock,
        make: Callable[..., Made] = back_up,
        alarm: Callable[[Connection, str, str, int], object] | None = None,
    ) -> None:
        """`alarm`: `Journal.backup`."""
        self._alarm = alarm
        self._store, self._records, self._folder, self._settings, self._clock = store, records, folder, settings, clock
        self._back_up, self._busy, self._stopped = make, threading.Lock(), threading.Event()
        self._tries, self._try_at, self._cared = 0, 0, -1
        self.state = BackupState(scheduled=bool(settings.every_days))

    def make(self, by: str) -> Made:
        """A backup now. GiveUp where one is being made."""
        if not self._busy.acquire(blocking=False):
            raise GiveUp("正在备份 / a backup is being made already")
        try:
            self.state = replace(self.state, running=True)
            made = self._back_up(self._store, self._records, self._folder, self._clock, by, self._tell)
            note = Note(str(made.place), made.digest, made.manifest.made)
            self.state = replace(self.state, last=note, failed="", missing="", due=self._due(note, 0))
            log.info("backup made", place=note.place, manifest=note.digest, rows=made.manifest.rows, size=made.manifest.size)
            self._remove_old(note)
            return made
        finally:
            self.state = replace(self.state, running=False)
            self._busy.release()

    def _tell(self, file: File) -> None:
        if self._stopped.is_set():
            raise GiveUp("the centre stops; the backup is made after its next start")
        log.debug("backed up", file=file.path, rows=sum(file.rows.values()), size=file.size)

    def _due(self, last: Note | None, since: int) -> int:
        return next_due(last.made if last else None, since, self._settings.every_days) if self._settings.every_days else 0

    async def run(self) -> None:
        """Until cancelled. A backup under way ends with its next file."""
        try:
            while True:
                await asyncio.to_thread(self.turn)
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            self._stopped.set()

    def turn(self) -> None:
        """What is due now: a backup, and once a day a look at the newest one and at raw readings that may go."""
        if isinstance(self._store, MemoryStore):
            return
        now = self._clock.now()
        try:
            with self._records.begin() as db:
                last, since = notes.newest(db), notes.since(db, now)
        except UNWELL as error:
            log.warning("backups not looked after", why=str(error))
            return
        self.state = replace(self.state, last=last, due=self._due(last, since))
        if self._settings.every_days and now >= self.state.due and self._clock.monotonic() >= self._try_at:
            self._try()
        if now // DAY != self._cared and self._busy.acquire(blocking=False):
            self._cared = now // DAY
            try:
                self._care(now)
            finally:
                self._busy.release()
            for warning in self.state.warnings(now):
                log.warning("backup", what=warning)
        if now // DAY == self._cared:
            self._tell_people(now)

    def _tell_people(self, now: int) -> None:
        """The first trouble as an alarm, or that there is none any more: not before the newest backup was looked at."""
        if self._alarm is None:
            return
        told = [(what, why) for what, why in self.state.troubles(now) if what != "raw"]  # old readings that stay are nobody's danger
        what, why = told[0] if told else ("", "")
        try:
            with self._records.begin() as db:
                self._alarm(db, what, why, now)
        except UNWELL as error:
            log.warning("backup alarm not written", why=str(error))

    def notes(self, now: int) -> tuple[str, ...]:
        """For health: the last verified backup, and what somebody must look after."""
        last = self.state.last
        told = f"last verified {iso(last.made)[:19]}Z, {last.place}" if last is not None else "none yet"
        return tuple(f"backup: {text}" for text in (told, *self.state.warnings(now)))

    def _try(self) -> None:
        try:
            self.make(ACTOR)
        except UNWELL as error:
            self._tries += 1
            wait = retry_after(self._tries)
            self._try_at = self._clock.monotonic() + wait
            self.state = replace(self.state, failed=str(error))
            log.error("backup failed", why=str(error), tries=self._tries, again_in_s=wait // SECOND)  # noqa: TRY400
        else:
            self._tries = 0

    def _care(self, now: int) -> None:
        """Is the newest backup there, what is left of broken ones, may raw readings go?"""
        self._sweep()
        kept = self._kept()
        newest = kept[-1].trouble if kept else ""
        self.state = replace(self.state, missing=newest, raw="")
        if not self._settings.raw_days:
            return
        wanted = may_drop(kept, now, self._settings.raw_days)
        try:
            oldest = (now - self._settings.raw_days * DAY) // DAY * DAY - DAY
            if not anything_before(self._store, oldest):
                return
            if wanted.note is not None and anything_before(self._store, wanted.before):
                dropped = drop_noted(self._store, self._records, wanted.before, wanted.note, self._clock, ACTOR)
                log.info("raw readings dropped", before=iso(wanted.before), readings=dropped, backup=wanted.note.place)
            if wanted.why:
                self.state = replace(self.state, raw=wanted.why)
        except UNWELL as error:
            self.state = replace(self.state, raw=str(error))

    def _sweep(self) -> None:
        try:
            for half in sweep(self._folder):
                log.info("broken backup removed", place=str(half))
        except OSError as error:
            log.warning("broken backup not removed", why=str(error))

    def _kept(self) -> list[Kept]:
        """The backups as they are found today, oldest first; what is in them is computed anew only before something is dropped."""
        with self._records.read() as db:
            known = notes.every(db)
        return [glance(note) for note in known]

    def _remove_old(self, verified: Note) -> None:
        """Those of our own folder that were kept long enough."""
        with self._records.read() as db:
            old = removable(notes.every(db), self._clock.now(), self._settings.keep_years, verified)
        for note in old:
            place = Path(note.place)
            if place.parent != self._folder or not place.is_dir():
                continue
            with self._records.begin() as db:
                notes.removed(db, note, ACTOR, self._clock.now())
            shutil.rmtree(place, ignore_errors=True)
            log.info("old backup removed", place=note.place, made=iso(note.made))


class BackupMetrics(Collector):
    """`davy_backup_...`; seconds. No sample of an age where there is no backup."""

    def __init__(self, backups: Backups, clock: Clock) -> None:
        self._backups, self._clock = backups, clock

    def collect(self) -> Iterator[Metric]:
        state, now = self._backups.state, self._clock.now()
        age = GaugeMetricFamily("davy_backup_age_seconds", "Since the last verified backup")
        if state.last is not None:
            age.add_metric([], (now - state.last.made) / SECOND)
        yield age
        due = GaugeMetricFamily("davy_backup_due_seconds", "Until the next backup is due; negative: overdue")
        if state.due:
            due.add_metric([], (state.due - now) / SECOND)
        yield due
        yield GaugeMetricFamily("davy_backup_running", "1 while one is made", value=float(state.running))
        yield GaugeMetricFamily("davy_backup_warnings", "What somebody must look after (the log says why)", value=len(state.warnings(now)))
