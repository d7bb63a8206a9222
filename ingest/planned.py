"""Judges planned alarms by the readings as they come: does the curve fit the permit? In the store's thread, after each commit.

It remembers the last minutes of the points whose permits stand, and of their neighbours: nothing where no permit stands. After a start
the store tells what was before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from alerts.journal import Journal
from alerts.permits import Standing
from alerts.planned import EXCEEDANCES, fits, neighbours, overrun, permit_of, take_back
from alerts.referral import Why
from alerts.testgas import Answer, Asked, Trace, Verdict, look
from contracts import quality as q
from contracts.clock import MINUTE
from contracts.columns import Block
from contracts.points import Registry
from contracts.topics import Gateway
from ingest.live import Live
from ingest.manual import ManualTasks
from ingest.unpermitted import Unpermitted
from store.interface import Store
from store.records import alarms as table
from store.records import calibrations, permits
from store.records.alarms import AlarmRow
from store.records.engine import Records
from store.records.permits import PermitRow, SpokenRow

KEPT, MOST = 20 * MINUTE, 4_000
"""Readings of a watched point are kept so long, so many of them at most."""
SEEDED = 5 * MINUTE
"""What the store is asked for when a permit is seen first."""
Blocks = Iterable[tuple[Gateway, Registry, Block, bool]]
Key = tuple[str, str]


@dataclass(slots=True)
class _Ring:
    """The last readings of one point, ascending."""

    time: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    quality: list[int] = field(default_factory=list)

    def add(self, time: int, value: float, quality: int) -> None:
        if self.time and time <= self.time[-1]:
            return
        self.time.append(time)
        self.value.append(value)
        self.quality.append(quality)
        if len(self.time) > MOST or self.time[0] < time - KEPT:
            for column in (self.time, self.value, self.quality):
                del column[: max(1, len(column) // 8)]

    def trace(self) -> Trace:
        return Trace(np.array(self.time, np.int64), np.array(self.value), np.array(self.quality, np.uint16))


class PlannedWatch:
    """`take` after each commit, `tick` every second; both say which mines' alarms changed."""

    def __init__(self, records: Records, journal: Journal, store: Store, live: Live) -> None:
        self.records, self.journal, self.store, self.live = records, journal, store, live
        self.flags, self.manual = Unpermitted(records, journal), ManualTasks(records)
        self._rings: dict[Key, _Ring] = {}
        self._near: dict[Key, list[str]] = {}
        """Of each point with a permit that stands, or an alarm being judged: its neighbours."""
        self._standing: set[Key] = set()
        self._asked: list[tuple[SpokenRow, PermitRow, AlarmRow]] = []
        """What may still turn out not to fit, as it stood at the last tick (or when something was said of it)."""

    def take(self, blocks: Blocks, now: int) -> set[str]:
        """Readings that were just committed."""
        mines = {mine for mine, _ in self._rings}
        fresh = False
        for gateway, registry, block, replayed in blocks:
            if replayed:
                continue
            self.flags.see(gateway, registry, block)
            self.manual.see(gateway, registry, block)
            if gateway.mine in mines:
                fresh |= self._see(gateway.mine, registry, block)
        return self._judge(now) if fresh and self._asked else set()

    def tick(self, now: int) -> set[str]:
        """What time alone does: permits run over, doubts end; and permits opened or closed by people are seen."""
        with self.records.read() as db:
            standing, self._asked = permits.busy(db), _asked(db)
        self._standing = {(row.mine, row.point) for row in standing}
        changed = self.flags.tick(self._standing, now)
        self.manual.tick(now)
        if any(row.state == Standing.OPEN and row.ends < now for row in standing):
            with self.records.begin() as db:
                overrun(db, now)
        self._follow(standing, now)
        return changed | (self._judge(now) if self._asked else set())

    def _see(self, mine: str, registry: Registry, block: Block) -> bool:
        numbers = [registry.number[point] for of, point in self._rings if of == mine and point in registry.number]
        rows = block.take(np.isin(block.point, numbers))
        columns = (rows.point.tolist(), rows.time.tolist(), rows.value.tolist(), rows.quality.tolist())
        for point, time, value, quality in zip(*columns, strict=True):
            self._rings[mine, registry.points[point].id].add(time, value, quality)
        return len(rows) > 0

    def _follow(self, standing: Sequence[PermitRow], now: int) -> None:
        """Rings for what is to be watched, and no others."""
        wanted = {(row.mine, row.point) for row in (*standing, *(permit for _, permit, _ in self._asked))}
        for key in wanted - self._near.keys():
            registry = self._registry_of(*key)
            if registry is not None:
                self._near[key] = neighbours(registry, key[1])
        self._near = {key: near for key, near in self._near.items() if key in wanted}
        points = {(mine, point) for (mine, own), near in self._near.items() for point in (own, *near)}
        for key in points - self._rings.keys():
            self._rings[key] = self._seeded(*key, now)
        self._rings = {key: ring for key, ring in self._rings.items() if key in points}

    def _registry_of(self, mine: str, point: str) -> Registry | None:
        named = [state.registry for state in list(self.live.gateways.values()) if state.gateway.mine == mine]
        known = (self.live.registries.get(name) for name in named)
        return next((one for one in known if one is not None and point in one.number), None)

    def _seeded(self, mine: str, point: str, now: int) -> _Ring:
        ring, known = _Ring(), self.store.series(mine, point, now - SEEDED, now + MINUTE)
        for time, value, quality in zip(known.time.tolist(), known.value.tolist(), known.quality.tolist(), strict=True):
            ring.add(time, value, quality)
        return ring

    def _judge(self, now: int) -> set[str]:
        """Every alarm that may still turn out not to fit, each in a transaction of its own where there is something to say."""
        changed = {alarm.mine for spoken, permit, alarm in self._asked if self._judge_one(spoken, permit, alarm, now)}
        if changed:
            with self.records.read() as db:
                self._asked = _asked(db)
        return changed

    def _judge_one(self, spoken: SpokenRow, permit: PermitRow, alarm: AlarmRow, now: int) -> bool:
        why = self._contradiction(permit, alarm, now)
        answer = self._answer(spoken, permit, alarm, now)
        if why is None and answer.verdict is Verdict.MISFIT:
            why = (Why.MISFIT, answer.reason)
        if why is not None:
            with self.records.begin() as db:
                take_back(db, self.journal, alarm.id, why[0], why[1], now)
            return True
        if answer.verdict is not Verdict.FITS or answer.level is None:
            return False
        over = not alarm.active
        if spoken.verdict == Verdict.FITS and not over:
            return False
        with self.records.begin() as db:
            if spoken.verdict != Verdict.FITS:
                fits(db, self.journal, alarm.id, answer.level, now)
                self._file(permit, alarm, answer, db)
            if over:
                permits.judge(db, alarm.id, {"watched": False})
        return True

    def _contradiction(self, permit: PermitRow, alarm: AlarmRow, now: int) -> tuple[Why, str] | None:
        """What takes an active alarm back whatever its curve."""
        if not alarm.planned:
            return Why.UNPLANNED, "raised_without_a_permit"
        if not alarm.active:
            return None
        key = (permit.mine, permit.point)
        if any((permit.mine, near) in self._standing for near in self._near.get(key, ())):
            return Why.OVERLAP, str(Why.OVERLAP)
        if permit.state == Standing.CLOSED:
            return Why.UNPLANNED, "permit_closed"
        return None if permit_of(permit).speaks(now) else (Why.OVERRUN, str(Why.OVERRUN))

    def _answer(self, spoken: SpokenRow, permit: PermitRow, alarm: AlarmRow, now: int) -> Answer:
        key = (permit.mine, permit.point)
        own = self._rings.get(key, _Ring()).trace()
        near = [self._rings.get((permit.mine, point), _Ring()).trace() for point in self._near.get(key, ())]
        at = own.quality[own.time >= spoken.risen]
        flagged = alarm.unverified or bool(len(at) and (at[0] & np.uint16(q.CALIBRATION)))
        asked = Asked(alarm.quantity, alarm.limit, spoken.risen, _began(spoken, alarm), permit.gas, spoken.level, flagged)
        return look(asked, own, near, now)

    def _file(self, permit: PermitRow, alarm: AlarmRow, answer: Answer, db: Connection) -> None:
        """The sensor's calibration, seen by its test gas: of an exceedance once, not of its cut stages too."""
        if alarm.rule not in EXCEEDANCES:
            return
        values = {"mine": permit.mine, "point": permit.point, "time": alarm.raised_at, "seen": True, "permit": permit.id}
        values |= {"alarm": alarm.id, "gas": permit.gas, "reading": answer.level, "alarm_s": answer.alarm_s}
        values |= {"name": permit.caller, "words": permit.reason}
        calibrations.add(db, calibrations.CALIBRATIONS, values)


def _asked(db: Connection) -> list[tuple[SpokenRow, PermitRow, AlarmRow]]:
    rows = [(row, permits.permit(db, row.permit), table.alarm(db, row.alarm)) for row in permits.watched(db)]
    return [(row, permit, alarm) for row, permit, alarm in rows if permit is not None and alarm is not None]


def _began(spoken: SpokenRow, alarm: AlarmRow) -> int:
    """When doubt began, by the centre's clock."""
    return spoken.judged if spoken.verdict == Verdict.PENDING else alarm.created
