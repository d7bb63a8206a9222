"""A centre with permits on records in memory: readings, raises and calls by hand, second by second."""

from collections.abc import Callable

import numpy as np

from alerts import permit_desk
from alerts.alarm import State
from alerts.audience import Audience
from alerts.journal import Journal
from alerts.packs import load
from alerts.permit_desk import Round
from alerts.permits import Opening, Work
from alerts.planned import Planned
from contracts import quality as q
from contracts.clock import BUILD_TIME, DAY, MINUTE, SECOND
from contracts.columns import Block
from contracts.payload import Event
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.live import Live
from ingest.planned import PlannedWatch
from store.interface import Delivery
from store.memory import MemoryStore
from store.records import alarms as table
from store.records import handling, permits
from store.records.engine import Records, open_records

NOW = BUILD_TIME
CLAUSE = "CMSR2025 Art.536, Table 19"
PACK = load()


def registry_of(mine: str) -> Registry:
    """Three methane meters of one area, one of another, a carbon monoxide meter."""

    def point(id_: str, area: str, row: str, quantity: str = "methane") -> Point:
        return Point(id_, quantity, area, f"{area}{id_}", f"{area} {id_}", limit_row=row, mapped_by="王工")

    rows = (
        *(("T00", "8101", "face_return_corner"), ("T01", "8101", "face_low_high"), ("T02", "8101", "face_return_airway")),
        ("T11", "8102", "heading_face"),
    )
    return Registry(
        mine, f"{mine} 矿", f"mine {mine}", (*(point(*row) for row in rows), point("CO1", "8101", "co_face_return", "carbon_monoxide"))
    )


class Shaft:
    """One mine's meters, its permits, and the centre that judges them."""

    def __init__(self, audience: Audience | None = None, records: Records | None = None) -> None:
        self.records = records or open_records("sqlite://")
        cover = Planned()
        self.journal = cover.asked_by(Journal(PACK, (), audience, cover))
        self.store, self.live, self.now = MemoryStore(), Live(), NOW
        self.watch = PlannedWatch(self.records, self.journal, self.store, self.live)
        self.seq = 0
        self.registries: dict[str, Registry] = {}
        self.shown: dict[tuple[str, str], Callable[[int], tuple[float, int]]] = {}
        """(mine, point) → what it reads at a time, with its quality."""
        self.on_second: Callable[[], None] = lambda: None

    def dig(self, mine: str) -> None:
        registry = registry_of(mine)
        self.registries[mine] = self.live.registries[registry.name] = registry
        self.live.change(Gateway(mine, "gw1"), registry=registry.name, heard=self.now)
        for point in registry.points:
            rest = 4.0 if point.quantity == "carbon_monoxide" else 0.3
            self.shown[mine, point.id] = lambda _time, rest=rest: (rest, 0)

    def run(self, seconds: int, step: int = 0) -> None:
        """Readings of every point each second (of a longer time: each third), told to store and watch; the watch ticks."""
        step = step or (1 if seconds <= 10 else 3)
        for _ in range(0, seconds, step):
            self.now += step * SECOND
            self.read()
            self.watch.tick(self.now)
            self.on_second()

    def read(self) -> None:
        blocks = []
        for mine, registry in self.registries.items():
            rows = [self.shown[mine, point.id](self.now) for point in registry.points]
            block = Block.of(range(len(rows)), self.now, [row[0] for row in rows], [row[1] for row in rows])
            gateway = Gateway(mine, "gw1")
            self.store.append([Delivery(str(gateway), "e1", self.seq, self.seq, self.now, self.now, False, registry, block)])
            self.seq += 1
            blocks.append((gateway, registry, block, False))
        self.watch.take(blocks, self.now)

    def event(self, mine: str, point: str, change: str = "raise", rule: str = "limit.alarm", limit: float = 1.0) -> int | None:
        """What the edge would say of the reading now; the alarm's id."""
        value, quality = self.shown[mine, point](self.now)
        flagged = bool(quality & q.CALIBRATION)
        reason = "below_deadband" if change == "return" else "alarm_under_calibration" if flagged else "limit_reached"
        told = Event(point, rule, change, self.now, value, limit, quality, CLAUSE, reason, self.now, PACK.name, flagged)
        with self.records.begin() as db:
            rows = self.journal.event(db, mine, f"{mine}/gw1", told, self.now, self.registries[mine])
        return rows[0].alarm_id if rows else None

    def gas(self, mine: str, point: str, level: float = 2.0, seconds: int = 120, *, flagged: bool = True) -> None:
        """Test gas from now on: a first-order step, and back to air."""
        start, rest = self.now, self.shown[mine, point](self.now)[0]
        flag = q.CALIBRATION if flagged else 0

        def shown(time: int) -> tuple[float, int]:
            since = (time - start) / SECOND
            up = level + (rest - level) * np.exp(-since / 7.0)
            down = rest + (level - rest) * np.exp(-(since - seconds) / 7.0)
            value = round(float(up if since < seconds else down), 2)
            return value, flag if since < seconds + 60 else 0

        self.shown[mine, point] = shown

    def plan(self, mine: str, *points: str, work: Work = Work.CALIBRATION) -> list[int]:
        asked = Round(mine, work, points, self.now - 1, self.now + DAY, "李主任", "半月标校")
        with self.records.begin() as db:
            return [row.id for row in permit_desk.plan(db, asked, self.now)]

    def open(self, number: int, caller: str = "赵检测", minutes: int = 30, gas: float | None = 2.0) -> str:
        with self.records.begin() as db:
            done = permit_desk.open_permit(db, number, Opening("周调度", caller, "标校", minutes, gas), self.now)
        self.watch.tick(self.now)
        return done.refusal

    def close(self, number: int) -> str:
        with self.records.begin() as db:
            return permit_desk.close(db, number, "周调度", "完成", self.now).refusal

    def alarm(self, number: int) -> table.AlarmRow:
        with self.records.read() as db:
            row = table.alarm(db, number)
        assert row is not None
        return row

    def verdict(self, number: int) -> tuple[str, str, bool]:
        with self.records.read() as db:
            row = permits.spoken(db, number)
        assert row is not None
        return row.verdict, row.reason, row.watched

    def reasons(self, number: int) -> list[str]:
        """Why the inspector sees it."""
        with self.records.read() as db:
            return [row.reason for row in handling.referrals(db, number)]

    def until_raised(self, mine: str, point: str, limit: float = 1.0, most: int = 60) -> int:
        """Run until the point's reading crosses its limit, and raise."""
        for _ in range(most):
            self.run(1)
            if self.shown[mine, point](self.now)[0] >= limit:
                number = self.event(mine, point, limit=limit)
                assert number is not None
                return number
        raise AssertionError("it never crossed")

    def until_returned(self, mine: str, point: str, limit: float = 1.0, most: int = 600) -> None:
        for _ in range(0, most, 3):
            self.run(3, 3)
            value, quality = self.shown[mine, point](self.now)
            if value < limit and not quality & q.NOT_CLEARING:
                self.event(mine, point, "return", limit=limit)
                return
        raise AssertionError("it never returned")


PLANNED, UNACKNOWLEDGED = State.PLANNED.value, State.UNACKNOWLEDGED.value
MINUTES = MINUTE
