"""Keeps this process the one owner of the centre: a heartbeat in a thread of its own, and the questions that stand before every write.

Three fences (docs/decisions/0010): a transaction of the records reads the token first; InfluxDB is written only while the last heartbeat is
young by our own monotonic clock; a receipt asks the records for the token.
"""

import os
import socket
import threading
from pathlib import Path

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from contracts.clock import SECOND, Clock
from contracts.errors import DavyError, GiveUp
from store.records import owners
from store.records.engine import Records
from store.records.owners import Claimant, NotOwner, Owner

LASTS = 30 * SECOND
LEAST_S = 3
"""A shorter lease would be lost by a slow disk."""
_PROC = Path("/proc")
UNWELL = (DavyError, OSError, SQLAlchemyError)

log = structlog.get_logger("lease")


def this_process(proc: Path = _PROC) -> Claimant:
    """Who we are. Without /proc the place is one that nobody else is in, so nobody will think us dead."""
    pid = os.getpid()
    try:
        kernel = (proc / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        place = f"{kernel} {os.readlink(proc / 'self/ns/pid')}"
        return Claimant(socket.gethostname(), place, pid, _begun(pid, proc) or 0)
    except OSError:
        return Claimant(socket.gethostname(), f"unknown {os.urandom(8).hex()}", pid, 0)


def is_dead(other: Claimant, us: Claimant, proc: Path = _PROC) -> bool:
    """Whether a process of our own kernel and namespace is there no more; of others nothing is known."""
    return other.place == us.place and _begun(other.pid, proc) != other.begun


def _begun(pid: int, proc: Path) -> int | None:
    """Ticks since the boot at which a process began; None for one that is not there, or is only waited for."""
    try:
        state, *rest = (proc / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else int(rest[18])


class Lease:
    """Taken when made: Held where another centre may live. `lasts`: µs without a heartbeat after which another may take over."""

    def __init__(self, records: Records, clock: Clock, lasts: int = LASTS) -> None:
        self._records, self._clock, self._lasts = records, clock, lasts
        self.lost = ""
        """Why we are the owner no more; the process must end."""
        self.why = ""
        """Why the last heartbeat failed."""
        self._beat = clock.monotonic()
        self.owner = self._take(this_process())
        self._ended = threading.Event()
        records.fence = self._require
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        self._thread.start()

    def _take(self, us: Claimant) -> Owner:
        try:
            with self._records.engine.begin() as db:
                before = owners.of(db)
                dead = before is not None and is_dead(before.claimant, us)
                owner = owners.take(db, us, self._lasts, owners.moment(db, self._clock.now()), dead=dead)
        except OperationalError as error:
            raise GiveUp(
                f"无法写记录库, 或有进程停在其事务中 / the records cannot be written, or a process stands in them: {error.orig}"
            ) from error
        if before is not None and before.lasts:
            log.warning("taken over", host=before.claimant.host, pid=before.claimant.pid, token=owner.token)
        return owner

    def _require(self, db: Connection) -> None:
        if self.lost:
            raise NotOwner(self.lost)
        owners.require(db, self.owner)

    def check(self) -> None:
        """Before a write that no transaction guards. NotOwner where another may have taken over meanwhile."""
        if self.lost:
            raise NotOwner(self.lost)
        if (age := self._clock.monotonic() - self._beat) > self._lasts - self._lasts // 6:
            raise NotOwner(
                f"心跳 {age / SECOND:.0f} 秒未写成 / no heartbeat was written for {age / SECOND:.0f} s: {self.why or 'we stood still'}"
            )

    def confirm(self) -> None:
        """Before a receipt: the records are asked. NotOwner where another took over."""
        with self._records.read() as db:
            self._require(db)

    def unready(self) -> list[str]:
        """What health says of it."""
        try:
            self.check()
        except NotOwner as error:
            return [f"lease: {error}"]
        return []

    def beat(self) -> None:
        """One heartbeat, now."""
        asked = self._clock.monotonic()
        try:
            with self._records.engine.begin() as db:
                self.owner = owners.renew(db, self.owner, owners.moment(db, self._clock.now()))
            self._beat, self.why = asked, ""
        except NotOwner as error:
            self.lost = str(error)
            log.error("owner no more", why=self.lost)  # noqa: TRY400
        except UNWELL as error:
            self.why = f"{type(error).__name__}: {error}"[:300]
            log.warning("no heartbeat", why=self.why)

    def _keep(self) -> None:
        while not self.lost and not self._ended.wait(self._lasts / 3 / SECOND):
            self.beat()

    def release(self) -> None:
        """End the heartbeat and give back what is ours."""
        self._ended.set()
        self._thread.join()
        self._records.fence = None
        try:
            with self._records.engine.begin() as db:
                owners.release(db, self.owner)
        except UNWELL as error:
            log.warning("not given back, the next centre waits", why=str(error))
