"""A small mine district for the tests of the web pages: two mines whose readings, silences and alarms a test makes by hand."""

import math
from collections.abc import Callable
from functools import cache
from typing import TypeVar

from alerts.journal import Journal
from alerts.packs import load
from alerts.packs.pack import Pack
from console.web.plant import Plant
from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock, SystemClock
from contracts.columns import Block
from contracts.errors import BadConfig
from contracts.payload import Event
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.ledger import Gap, LedgerDay, Word
from ingest.live import Live
from ingest.revival import Revived
from store.interface import Delivery
from store.memory import MemoryStore
from store.records import deadletters
from store.records.engine import open_records

T = TypeVar("T")
NOON = (BUILD_TIME // DAY + 1) * DAY + DAY // 2
LIMIT = "CMSR2025 Art.536, Table 19"


def _point(id_: str, quantity: str, area: str, zh: str, en: str, row: str = "") -> Point:
    return Point(id_, quantity, area, zh, en, sensor="GJC4", serial=f"0{id_}", limit_row=row, mapped_by="李工" if row else "")


FACE, HEADING, MINE = "1301", "1302", "M"
NORTH = Registry(
    "north",
    "北山煤矿",
    "Beishan mine",
    (
        _point("T00", "methane", FACE, "1301工作面回风隅角", "Return corner, face 1301", "face_return_corner"),
        _point("T01", "methane", FACE, "1301工作面", "Face 1301", "face_low_high"),
        _point("T02", "methane", FACE, "1301回风巷", "Return roadway, face 1301", "face_return_airway"),
        _point("CO1", "carbon_monoxide", FACE, "1301回风巷", "Return roadway, face 1301", "co_face_return"),
        _point("F01", "wind_speed", FACE, "1301回风巷", "Return roadway, face 1301"),
        _point("W01", "temperature", FACE, "1301回风巷", "Return roadway, face 1301"),
        _point("T11", "methane", HEADING, "1302掘进工作面", "Heading 1302", "heading_face"),
        _point("T12", "methane", HEADING, "1302掘进回风流", "Return air, heading 1302", "heading_return"),
        _point("T13", "methane", HEADING, "1302局部通风机前", "Before the local fan, heading 1302"),
        _point("K01", "run_state", HEADING, "1302局部通风机", "Local fan, heading 1302"),
        _point("T90", "methane", MINE, "总回风巷", "Main return", "main_return"),
        _point("P01", "negative_pressure", MINE, "主要通风机风硐", "Main fan drift"),
        _point("A01", "current", MINE, "主煤流带式输送机", "Main belt conveyor"),
    ),
)
SOUTH = Registry(
    "south",
    "南沟煤矿",
    "Nangou mine",
    tuple(_point(f"T{n:02d}", "methane", "2201", f"2201工作面 {n} 号", f"Face 2201, no. {n}", "face_low_high") for n in range(4)),
)
CALM = {"T00": 0.42, "T01": 0.31, "T02": 0.36, "CO1": 3, "F01": 2.1, "W01": 24.6, "T11": 0.18, "T12": 0.22, "T13": 0.05, "K01": 1}
CALM |= {"T90": 0.28, "P01": -1860, "A01": 212}
GATEWAYS = {"north": Gateway("north", "gw1"), "south": Gateway("south", "gw1")}
REGISTRIES = {"north": NORTH, "south": SOUTH}


@cache
def _pack() -> Pack:
    return load()


class Pit:
    """A plant and the hands that move it."""

    def __init__(self, clock: ManualClock | SystemClock | None = None) -> None:
        self.clock = clock or ManualClock(NOON)
        self.store, self.live, self.records = MemoryStore(), Live(), open_records("sqlite://")
        self.pack = _pack()
        self.journal = Journal(self.pack)
        self.days: list[LedgerDay] = []
        self.seq = 0
        self.plant = Plant(self.store, self.records, self.live, self.journal, self._ledger, self.clock, self._run, self.pack, self._replay)

    async def _run(self, work: Callable[[], T]) -> T:
        return work()

    def _replay(self, letter: int) -> Revived:
        if letter != 1:
            raise BadConfig("dead letter", letter, "the id of a dead letter")
        return Revived(letter, "refused", "future")

    def _ledger(self, gateway: str, start: int, end: int) -> list[LedgerDay]:
        return [day for day in self.days if day.gateway == gateway and day.day < end and day.day + DAY > start]

    def hear(self, mine: str = "north", at: int | None = None) -> None:
        """A sign of life of a mine's gateway, now or at another time."""
        registry, heard = REGISTRIES[mine], self.clock.now() if at is None else at
        self.live.registries[registry.name] = registry
        self.live.change(GATEWAYS[mine], registry=registry.name, online=True, heard=heard, born=heard, agent="0.1.0", clock_state="trusted")

    def read(self, values: dict[str, float], quality: dict[str, int] | None = None, mine: str = "north", at: int | None = None) -> None:
        """Readings of a mine's points, now or at another time."""
        registry, time = REGISTRIES[mine], self.clock.now() if at is None else at
        bits = [(quality or {}).get(point, 0) for point in values]
        block = Block.of([registry.number[point] for point in values], time, [float(value) for value in values.values()], bits)
        key = str(GATEWAYS[mine])
        self.store.append([Delivery(key, "e1", self.seq, self.seq, time, time, False, registry, block)])
        self.seq += 1
        self.live.see(GATEWAYS[mine], registry, block)

    def calm(self, mine: str = "north") -> None:
        """Everything heard and below its limits."""
        self.hear(mine)
        self.read(CALM if mine == "north" else {point.id: 0.2 for point in SOUTH.points}, mine=mine)

    def alarm(
        self, point: str = "T00", value: float = 1.32, limit: float = 1.0, *, unverified: bool = False, rule: str = "limit.alarm"
    ) -> str:
        """An alarm of a point in the journal; its id."""
        self._event(point, "cut" if rule.startswith("limit.cut") else "raise", value, limit, rule, unverified)
        with self.records.read() as db:
            return str(self.journal.active(db, "north")[0].id)

    def returned(self, point: str = "T00", value: float = 0.6) -> None:
        """The alarm of a point returns."""
        self._event(point, "return", value, 1.0, "limit.alarm", False)

    def _event(self, point: str, change: str, value: float, limit: float, rule: str, unverified: bool) -> None:
        now = self.clock.now()
        reason = "below_deadband" if change == "return" else "alarm_under_calibration" if unverified else "limit_reached"
        event = Event(point, rule, change, now, value, limit, 0, LIMIT, reason, now, self.pack.name, unverified)
        with self.records.begin() as db:
            self.journal.event(db, "north", "north/gw1", event, now, NORTH)

    def link_down(self, mine: str = "north") -> None:
        with self.records.begin() as db:
            self.journal.link_down(db, str(GATEWAYS[mine]), self.clock.now(), self.clock.now())

    def history(self, minutes: int = 60) -> None:
        """An hour of readings of every point of the north mine, with a gap, a calibration and an exceedance."""
        now = self.clock.now()
        for back in range(minutes * 60, 0, -2):
            at, minute = now - back * SECOND, back / 60
            if 18 < minute < 21:
                continue
            wave = {
                point: value * (1 + 0.12 * math.sin(back / 97 + index) + 0.03 * math.sin(back / 7 * (index + 1)))
                for index, (point, value) in enumerate(CALM.items())
            }
            wave["K01"] = 1
            wave["T00"] += 0.85 * math.exp(-(((minute - 9) / 2.5) ** 2))
            self.read(wave, {"T12": 4} if 30 < minute < 34 else None, at=at)

    def dead_letter(self) -> None:
        """An item that could not be read."""
        with self.records.begin() as db:
            deadletters.put(
                db,
                gateway="north/gw1",
                topic="davy/v1/north/gw1/live",
                payload=b"\xc1",
                reason="malformed",
                detail="0",
                received=self.clock.now(),
                epoch=None,
                seq=None,
                digest=7,
            )

    def gaps(self) -> None:
        """Two ledger days of the north mine's gateway."""
        now = self.clock.now()
        today = now - now % DAY
        lost = Gap(
            Word.LOST, 120, 131, today - 8 * 3600 * SECOND, today - 8 * 3600 * SECOND + 12 * SECOND, epoch="3f9a", reason="outbox full"
        )
        off = Gap(Word.NOT_SAMPLED, 180, 180, now - 21 * 60 * SECOND, now - 18 * 60 * SECOND, source="modbus-1")
        yesterday = LedgerDay("north/gw1", today - DAY, 86_400, 86_388, 41, 3_600, 0, 12, 0, 7, 0, 86_400, 86_390, [lost])
        self.days = [yesterday, LedgerDay("north/gw1", today, 43_020, 43_011, 0, 0, 9, 0, 0, 0, 0, 43_200, 43_020, [off])]
