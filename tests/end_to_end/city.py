"""A city of twelve mines for one day on a virtual clock: real rules, permits, journal, records in a file, referrals and delivery; real HTTP
to whoever is told. Readings come second by second (of calm stretches: not at all).
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from alerts.channels.webhook import Webhook
from alerts.config import AlertsSection, Recipient
from alerts.deliver import Deliver
from alerts.journal import Journal
from alerts.packs import load
from alerts.packs.handling import load_handling
from alerts.planned import Planned
from alerts.referral import Referrals
from alerts.rules import Rules, State, assess, to_event
from alerts.telling import Routed
from console.web.app import create_app
from console.web.plant import Plant
from contracts import quality as q
from contracts.clock import BUILD_TIME, DAY, SECOND, ManualClock
from contracts.columns import Block
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.live import Live
from ingest.planned import PlannedWatch
from ingest.revival import Revived
from store.interface import Delivery
from store.memory import MemoryStore
from store.records.engine import open_records
from tests.alerts.receiver import Receiver
from tests.waiting import until

MINES = [f"m{number:02d}" for number in range(1, 13)]
MORNING = (BUILD_TIME // DAY + 1) * DAY - 8 * 3600 * SECOND
METHANE = ("T00", "T01", "T02", "T11", "T12")
PACK = load()
STEP = 5

Reads = Callable[[int], tuple[float, int]]
"""What a point reads so many seconds after something began, and its quality."""


def registry_of(mine: str) -> Registry:
    def point(id_: str, area: str, row: str, quantity: str = "methane") -> Point:
        return Point(id_, quantity, area, f"{area} {id_}", f"{area} {id_}", "GJC4 载体催化", limit_row=row, mapped_by="王工")

    return Registry(
        mine,
        f"{mine} 矿",
        f"Mine {mine}",
        (
            point("T00", "8101", "face_return_corner"),
            point("T01", "8101", "face_low_high"),
            point("T02", "8101", "face_return_airway"),
            point("T11", "8102", "heading_face"),
            point("T12", "8102", "heading_return"),
            point("CO1", "8102", "co_face_return", "carbon_monoxide"),
            point("CO2", "belt", "co_intake_belt", "carbon_monoxide"),
        ),
    )


def still(quantity: str) -> Reads:
    """Air with a little life in it."""
    rest, step = (4.0, 1.0) if quantity == "carbon_monoxide" else (0.3, 0.01)
    return lambda second: (rest + step * (second * 7 % 3), 0)


class City:
    """All of it. `inspector` and `mines` are what the receivers are told."""

    def __init__(self, folder: Path, inspector: Receiver, mines: Receiver) -> None:
        self.now = MORNING
        self.clock = ManualClock(MORNING)
        self.records = open_records(f"sqlite:///{folder / 'records.sqlite'}")
        self.inspector = inspector
        recipients = (
            Recipient(name="inspector", address=inspector.address, role="inspector"),
            Recipient(name="duty", address=mines.address, role="mine"),
        )
        section = AlertsSection(recipients=recipients, escalate_after_min=0, repeat_after_min=0)
        cover = Planned()
        self.journal = cover.asked_by(Journal(PACK, recipients, Routed(section), cover))
        self.store, self.live, handling = MemoryStore(), Live(), load_handling()
        self.watch = PlannedWatch(self.records, self.journal, self.store, self.live)
        self.referrals = Referrals(self.journal, handling)
        self.deliver = Deliver(self.records, recipients, {"webhook": Webhook()}, self.clock)
        plant = Plant(
            *(self.store, self.records, self.live, self.journal, lambda *_: [], self.clock, self._run, PACK),
            replay=lambda letter: Revived(letter, "refused", "future"),
            handling=handling,
        )
        self.web = httpx.AsyncClient(transport=httpx.ASGITransport(create_app(plant)), base_url="http://davy.test")
        self.registries = {mine: registry_of(mine) for mine in MINES}
        rules = {mine: Rules.of(registry, PACK) for mine, registry in self.registries.items()}
        self.rules = {mine: (one, State.fresh(one)) for mine, one in rules.items()}
        self.shown: dict[tuple[str, str], tuple[int, Reads]] = {}
        self.seq = 0
        self.latencies: list[tuple[str, float]] = []
        for mine, registry in self.registries.items():
            self.live.registries[registry.name] = registry
            self.live.change(Gateway(mine, "gw1"), registry=registry.name, heard=self.now)

    async def _run(self, work):
        return work()

    def show(self, mine: str, point: str, reads: Reads | None) -> None:
        """From now on; None: as always."""
        if reads is None:
            self.shown.pop((mine, point), None)
        else:
            self.shown[mine, point] = (self.now, reads)

    async def run(self, mine: str, seconds: int) -> None:
        """So many seconds of one mine, every second one read."""
        for _ in range(0, seconds, STEP):
            self._pass(STEP)
            began = time.perf_counter()
            self.read(mine)
            self.tick()
            await self.told("raised", began)

    async def skip(self, seconds: int, due: int | None = None) -> None:
        """Nothing is read; time goes by in one step. `due`: when something becomes the inspector's."""
        self._pass(seconds)
        began = time.perf_counter()
        self.tick()
        lag = 0.0 if due is None else max(self.now - due, 0) / SECOND
        await self.told("unanswered", began, lag)

    def _pass(self, seconds: int) -> None:
        self.now += seconds * SECOND
        self.clock.advance(seconds * SECOND)

    def read(self, mine: str) -> None:
        registry, gateway = self.registries[mine], Gateway(mine, "gw1")
        rows = []
        for point in registry.points:
            since, reads = self.shown.get((mine, point.id), (0, still(point.quantity)))
            rows.append(reads((self.now - since) // SECOND))
        block = Block.of(range(len(rows)), self.now, [row[0] for row in rows], [row[1] for row in rows])
        self.store.append([Delivery(str(gateway), "e1", self.seq, self.seq, self.now, self.now, False, registry, block)])
        self.seq += 1
        self.live.see(gateway, registry, block)
        rules, state = self.rules[mine]
        state, transitions = assess(rules, state, block, self.now)
        self.rules[mine] = (rules, state)
        if transitions:
            with self.records.begin() as db:
                for one in transitions:
                    event = to_event(one, registry, PACK, self.now)
                    self.journal.event(db, mine, str(gateway), event, self.now, registry)
        self.watch.take([(gateway, registry, block, False)], self.now)

    def tick(self) -> None:
        self.watch.tick(self.now)
        with self.records.begin() as db:
            self.journal.tick(db, self.now)
            self.referrals.tick(db, self.now)

    async def told(self, what: str, began: float, lag: float = 0.0) -> None:
        """Wait until the inspector has what is theirs by now; how long that took since `began` is noted, with the virtual seconds (`lag`)
        since the moment it became theirs."""
        if not self._waiting():
            return
        before = len(self.inspector.accepted)
        self.deliver.wake()
        await until(lambda: not self._waiting(), 20)
        took = lag + time.perf_counter() - began
        self.latencies += [(what, took) for message in self.inspector.accepted[before:] if message["transition"]["change"] == "refer"]

    def _waiting(self) -> bool:
        with self.records.read() as db:
            return (
                db.exec_driver_sql("SELECT 1 FROM deliveries WHERE recipient = 'inspector' AND state = 'pending' LIMIT 1").first()
                is not None
            )

    async def post(self, path: str, **body: object) -> dict:
        began = time.perf_counter()
        answer = await self.web.post(f"/api/v1/{path}", json=body)
        assert answer.status_code == 200, (path, body, answer.text)
        await self.told(path.rsplit("/", 1)[-1], began)
        return answer.json()

    async def get(self, path: str, **query: object) -> dict:
        answer = await self.web.get(f"/api/v1/{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def delivering(self) -> "asyncio.Task[None]":
        return asyncio.create_task(self.deliver.run())

    async def close(self) -> None:
        await self.web.aclose()
        self.records.close()


def gas(level: float = 2.0, seconds: int = 60, flagged: int = 96) -> Reads:
    """Test gas: up and down as a meter follows it."""

    def reads(second: int) -> tuple[float, int]:
        rise, fall = 1 - 2 ** (-second / 5), 2 ** (-(second - seconds) / 5)
        value = 0.3 + (level - 0.3) * (rise if second < seconds else fall)
        return round(value, 2), q.CALIBRATION if second < flagged else 0

    return reads


def cloud(most: float, seconds: int = 240) -> Reads:
    """Exhaust or the smoke of a blast: it comes in half a minute, stays, and goes."""

    def reads(second: int) -> tuple[float, int]:
        part = min(second / 30, 1.0) if second < seconds else max(1 - (second - seconds) / 60, 0.0)
        return round(4 + (most - 4) * part), 0

    return reads


def gob(most: float, flag: int = 0) -> Reads:
    """Gas of the mine: it rises over minutes."""
    return lambda second: (round(0.3 + (most - 0.3) * min(second / 240, 1.0), 2), flag)
