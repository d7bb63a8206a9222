"""A province-wide fall of the barometer: thousands of alarms in a minute. Nothing is lost, each cause is told at once, the pages answer."""

import asyncio
import json
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from alerts.channels.webhook import Webhook
from alerts.config import AlertsSection, Recipient
from alerts.deliver import Deliver
from alerts.journal import Journal
from alerts.telling import Routed
from bench.ports import free_port
from console.web.app import create_app
from console.web.plant import Plant
from console.web.serve import Server
from contracts.clock import SECOND, SystemClock
from contracts.columns import Block
from contracts.payload import Event
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.live import Live
from store.memory import MemoryStore
from store.records import alarms as table
from store.records.engine import Records, open_records
from store.records.messages import MESSAGES
from tests.waiting import until

OUTSIDE = Path(__file__).with_name("storm_outside.py")
MINES, POINTS, AREAS = 150, 67, 8
FIRST_WITHIN_S, PAGE_WITHIN_S = 2.0, 1.0


def registry_of(number: int) -> Registry:
    mine = f"m{number:03d}"
    places = (
        (f"{8101 + at % AREAS}", f"{8101 + at % AREAS}回风巷 {at} 号", f"{8101 + at % AREAS} return, no. {at}") for at in range(POINTS)
    )
    points = (Point(f"T{at:02d}", "methane", *place, limit_row="face_return_airway", mapped_by="王工") for at, place in enumerate(places))
    return Registry(mine, f"{number} 号矿", f"Mine {number}", tuple(points))


@dataclass
class Province:
    """A centre with 150 mines, its journal in a file and one thread for its databases, as in production."""

    records: Records
    address: str

    def __post_init__(self) -> None:
        from alerts.packs import load  # noqa: PLC0415

        self.clock, self.live, self.pack = SystemClock(), Live(), load()
        self.registries = [registry_of(number) for number in range(MINES)]
        section = AlertsSection(recipients=(Recipient(name="inspector", address=self.address),))
        self.journal = Journal(self.pack, audience=Routed(section))
        self.webhook = Webhook()
        self.deliver = Deliver(self.records, section.recipients, {"webhook": self.webhook}, self.clock)
        self.thread = ThreadPoolExecutor(1, "store")
        self.plant = Plant(
            MemoryStore(), self.records, self.live, self.journal, lambda *_: [], self.clock, self.run, self.pack, lambda _: None
        )

    async def run(self, work):
        return await asyncio.get_running_loop().run_in_executor(self.thread, work)

    async def read(self) -> None:
        """Every mine is heard of, and every point has a reading, once a second."""
        while True:
            now = self.clock.now()
            for registry in self.registries:
                gateway = Gateway(registry.mine, "gw1")
                self.live.registries[registry.name] = registry
                self.live.change(gateway, registry=registry.name, online=True, heard=now, born=now)
                self.live.see(gateway, registry, Block.of(list(range(POINTS)), now, [0.9] * POINTS, [0] * POINTS))
            await asyncio.sleep(1.0)

    async def storm(self, count: int, seconds: float) -> None:
        """So many alarms in so many seconds, journaled in groups as ingest does."""
        start, done = time.monotonic(), 0
        while done < count:
            due = min(int((time.monotonic() - start) / seconds * count) + 1, count)
            if due > done:
                await self.run(lambda numbers=range(done, due): self.journaled(numbers))
                self.deliver.wake()
                done = due
            await asyncio.sleep(0.05)

    def journaled(self, numbers: range) -> None:
        now = self.clock.now()
        with self.records.begin() as db:
            for number in numbers:
                registry = self.registries[number % MINES]
                event = Event(f"T{number // MINES:02d}", "limit.alarm", "raise", now, 1.2, 1.0, 0, "", "limit_reached", now)
                self.journal.event(db, registry.mine, f"{registry.mine}/gw1", event, now, registry)


async def outside(port: int, pages: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(
        sys.executable, str(OUTSIDE), str(port), pages, stdin=pipe, stdout=pipe, limit=1 << 28, cwd=OUTSIDE.parents[2]
    )
    assert await child.stdout.readline() == b"ready\n"
    return child


async def weathered(records: Records, count: int, seconds: float) -> dict[str, Any]:
    """What the world outside saw of it."""
    port = free_port()
    province = Province(records, f"http://127.0.0.1:{port}/hook")
    server = Server(create_app(province.plant), port=0)
    tasks = [asyncio.create_task(work) for work in (server.serve(), province.read(), province.deliver.run())]
    await until(lambda: server.started)
    child = await outside(port, f"http://127.0.0.1:{server.bound}")
    await asyncio.sleep(1.0)
    await province.storm(count, seconds)

    def waiting() -> int:
        with records.read() as db:
            return db.execute(select(func.count()).where(table.DELIVERIES.c.state == "pending")).scalar_one()

    while await asyncio.to_thread(waiting):  # noqa: ASYNC110  # another process says when it is over
        await asyncio.sleep(0.2)
    said, _ = await child.communicate(b"\n")
    server.should_exit = True
    await tasks[0]
    for task in tasks[1:]:
        task.cancel()
    await asyncio.gather(*tasks[1:], return_exceptions=True)
    await province.webhook.close()
    province.thread.shutdown()
    return json.loads(said)


def first_words(records: Records, heard: list[dict[str, Any]]) -> list[float]:
    """Of each cause, the seconds from its first alarm at the centre until the receiver had a message of it."""
    with records.read() as db:
        rows = db.execute(
            select(table.TRANSITIONS.c.id, table.TRANSITIONS.c.at, table.DELIVERIES.c.cause_id).join(
                table.DELIVERIES, table.DELIVERIES.c.transition_id == table.TRANSITIONS.c.id
            )
        ).all()
    arrived = {number: message["at"] for message in reversed(heard) for number in message["told"]}
    began, came = defaultdict(list), defaultdict(list)
    for number, at, cause in rows:
        began[cause].append(at)
        came[cause].append(arrived[number])
    return [(min(came[cause]) - min(began[cause])) / SECOND for cause in began]


@pytest.mark.servers
@pytest.mark.alone
@pytest.mark.parametrize(
    ("count", "seconds"), [(1_000, 6.0), pytest.param(10_000, 60.0, marks=[pytest.mark.long, pytest.mark.timeout(600)])]
)
async def test_nothing_is_lost_each_cause_is_told_at_once_and_the_pages_answer(tmp_path, count, seconds):
    records = open_records(f"sqlite:///{tmp_path / 'records.db'}")
    seen = await weathered(records, count, seconds)
    heard, asked = seen["heard"], seen["asked"]
    with records.read() as db:
        written = set(db.execute(select(table.TRANSITIONS.c.id)).scalars())
        parts = db.execute(select(func.sum(MESSAGES.c.parts))).scalar_one()
    words = first_words(records, heard)
    slowest = {page: max(one["took_s"] for one in asked if one["page"] == page) for page in {one["page"] for one in asked}}
    print(f"{count} alarms, {len(words)} causes, {len(heard)} messages; first word of a cause: {max(words):.2f} s; pages: {slowest}")  # noqa: T201
    records.close()
    assert len(written) == parts == count
    assert sorted(number for message in heard for number in message["told"]) == sorted(written)
    assert len({message["key"] for message in heard}) == len(heard) < count
    assert seen["failed"] == ""
    assert {one["status"] for one in asked} == {200}
    assert max(words) <= FIRST_WITHIN_S
    assert max(slowest.values()) <= PAGE_WITHIN_S
