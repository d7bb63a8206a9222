"""One night from evening to verdict."""

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from bench.latency import percentile_ms
from bench.processes import Elsewhere, beside
from bench.servers import find_server
from bench.soak import alarms, browsers, stored, vandal
from bench.soak.disk import small_disk
from bench.soak.faults import Strikes
from bench.soak.keep import Kept
from bench.soak.plan import Fault, Kind, broken, kinds, plan
from bench.soak.plant import AGENTS, LOAD_CABLES, STEPPED, Plant, Shape, launched, plant
from bench.soak.senders import DRAIN_S, Sent
from bench.soak.truth import Made, made
from bench.soak.values import agent_mine
from bench.soak.verdict import Readings
from bench.soak.watch import Watch
from contracts.clock import MINUTE, SECOND, SystemClock
from contracts.errors import GiveUp
from store.address import open_store
from store.records import deadletters
from store.records.alarms import ALARMS, DELIVERIES
from store.records.deliveries import Delivered
from store.records.engine import open_records

AFTERMATH_S = 30.0
STASH_EVERY_S = 15.0
SETTLE_S = 180.0
STATISTICS_BEHIND = 15 * MINUTE
MOST_LETTERS = 100_000


@dataclass(frozen=True, slots=True)
class Night:
    """What is asked for. `mines`: with a real agent or in the load."""

    minutes: float
    seed: int
    mines: int = 150
    influx: bool = False

    @property
    def seconds(self) -> float:
        return self.minutes * 60

    @property
    def warm_up_s(self) -> float:
        """Of each life of a process, before its memory is looked at."""
        return min(120.0, self.seconds / 10)


@dataclass(frozen=True, slots=True)
class Ran:
    """The time of the load: monotonic s at its start, µs UTC at both ends; what the load says; what was left in queues."""

    start: float
    began: int
    ended: int
    sent: Sent
    left: int


def _say(what: str) -> None:
    sys.stderr.write(f"soak: {what}\n")


async def measure(night: Night) -> dict[str, float]:
    """All figures of `bench.figures.SOAK`. GiveUp where a server is missing."""
    if night.influx:
        find_server("influxd")
    with TemporaryDirectory(prefix="davy-soak-") as name:
        folder = Path(name)
        disks = await _disks(folder)
        faults = plan(night.seconds, night.seed, kinds(influx=night.influx, disks=disks), AGENTS, LOAD_CABLES + AGENTS)
        _say(f"{len(faults)} faults, seed {night.seed}:")
        for fault in faults:
            _say(f"  {fault}")
        async with AsyncExitStack() as stack:
            around = await stack.enter_async_context(plant(folder, Shape(night.mines, night.minutes, night.influx, disks)))
            return await _through(night, around, faults)


async def _disks(folder: Path) -> bool:
    try:
        async with small_disk(folder / "try.img", folder / "try", 8):
            return True
    except GiveUp as error:
        _say(f"no disk is filled this night: {error}")
        return False


async def _through(night: Night, around: Plant, faults: list[Fault]) -> dict[str, float]:
    watch, looks, strikes, elsewhere = Watch(night.warm_up_s), browsers.Looks(), Strikes(around, night.seed), Elsewhere()
    ran = await _night(night, around, faults, (watch, looks, strikes))
    busy = elsewhere.cores
    _say("everything is off; reading the store back")
    await around.centre.stop()
    if around.store is not None and around.store.pid is None:
        await around.store.start()
    figures = await asyncio.to_thread(_verdict, around, ran, night)
    live = _live(around.folder / "offered.npz", faults, ran)
    for role in around.roles():
        for one in around.roles()[role]:
            for said in one.last_words:
                _say(f"{one.name} ended by itself:\n{said}")
    for when, why in looks.failed[:5]:
        _say(f"page failed {when - ran.start:.0f} s after the start: {why}")
    return {
        "minutes": night.minutes,
        "mines": night.mines,
        **figures,
        **{f"fault_{kind}": strikes.done[kind] for kind in Kind},
        **watch.figures(),
        "ended_by_itself": sum(one.ends for some in around.roles().values() for one in some),
        "queues_left": ran.left + figures["queues_left"],
        **live,
        "pages": len(looks.took),
        "page_p95_ms": percentile_ms([round(took * SECOND) for _, took in looks.took], 95) if looks.took else 0.0,
        "pages_failed_well": _failed_well(looks, faults, ran),
        "elsewhere_cores": busy,
    }


async def _night(night: Night, around: Plant, faults: list[Fault], beside_it: tuple[Watch, browsers.Looks, Strikes]) -> Ran:
    watch, looks, strikes = beside_it
    clock = SystemClock()
    async with (
        beside(watch.run(around.roles(), lambda: _cached_mb(around.metrics))),
        beside(looks.run(around.pages, around.token)),
        beside(browsers.always(around.pages, around.token)),
        beside(_stash(around)),
    ):
        around.load.say("go")
        began, start = clock.now(), time.monotonic()
        striking = asyncio.create_task(strikes.run(faults, start))
        try:
            while (left := start + night.seconds - time.monotonic()) > 0:
                around.check()
                if striking.done():
                    striking.result()
                await asyncio.sleep(min(left, 1.0))
            await striking
        finally:
            striking.cancel()
            await asyncio.wait([striking])
        ended = clock.now()
    around.load.say("stop")
    _say("the load stops; waiting for the last receipts")
    sent = await around.load.heard(Sent, DRAIN_S + 60)
    left = sent.waiting + await _drained(around)
    return Ran(start, began, ended, sent, left + await _settled(around))


async def _stash(around: Plant) -> None:
    while True:
        for stash in around.stashes:
            await asyncio.to_thread(stash.take)
        await asyncio.sleep(STASH_EVERY_S)


async def _drained(around: Plant) -> int:
    """The agents end, and bring what they kept; how many were not done in time."""
    for agent in around.agents:
        await agent.stop()
    drains = list[Kept]()
    for at, agent in enumerate(around.agents):
        own = around.clock_file if at == STEPPED else agent.log.parent / "no-clock"
        drains.append(Kept(f"drain-{at}", launched("drain", agent.log.parent / "edge.toml", own), agent.log.parent / "drain.log"))
        await drains[-1].start()
        drains[-1].wanted = False
    end = time.monotonic() + SETTLE_S
    while any(drain.pid is not None for drain in drains) and time.monotonic() < end:  # noqa: ASYNC110  # processes tell nobody
        await asyncio.sleep(0.2)
    undone = [drain for drain in drains if drain.pid is not None]
    for drain in undone:
        _say(f"{drain.name} still has items: {drain.tail()}")
    for drain in drains:
        await drain.stop()
    return len(undone)


async def _settled(around: Plant) -> int:
    """Until every message has been told (but those that a link-down of the end holds back); how much was left, in the inbox too."""
    end = time.monotonic() + SETTLE_S
    while (waiting := await asyncio.to_thread(_waiting, around.records)) and time.monotonic() < end:  # noqa: ASYNC110  # another's database
        await asyncio.sleep(0.5)
    return waiting + await _inbox(around.metrics)


def _waiting(records: str) -> int:
    opened = open_records(records)
    try:
        with opened.read() as db:
            query = select(func.count()).select_from(DELIVERIES.join(ALARMS, ALARMS.c.id == DELIVERIES.c.alarm_id))
            return int(db.execute(query.where(DELIVERIES.c.state == Delivered.PENDING, ALARMS.c.rule != "link.down")).scalar_one())
    finally:
        opened.close()


async def _inbox(metrics: str) -> int:
    return round(await _metric(metrics, "davy_ingest_inbox_length", 20.0))


async def _cached_mb(metrics: str) -> float | None:
    try:
        return await _metric(metrics, "davy_store_cached_bytes", 2.0) / 1e6
    except httpx.HTTPError:
        return None  # it was killed, or is starting


async def _metric(metrics: str, name: str, within_s: float) -> float:
    async with httpx.AsyncClient(timeout=within_s, trust_env=False) as client:
        text = (await client.get(metrics)).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(f"{name} "))


# ------------------------------------------------------------ the verdict


def _verdict(around: Plant, ran: Ran, night: Night) -> dict[str, float]:
    told, began = stored.Told(), time.monotonic()
    offered = stored.newest(around.folder / "offered.npz")
    address = _store_address(around)
    store, records = open_store(address), open_records(around.records)
    try:
        total = stored.load_verdict(store, offered, night.mines - AGENTS, told)
        due, truths = list[alarms.Expected](), list[Made]()
        wrong = not_sampled = invented = 0
        for number in range(AGENTS):
            truth = made(around.stashes[number].items())
            truths.append(truth)
            total += stored.agent_verdict(store, records, number, truth, told)
            invented += stored.shown_verdict(truth, number, stepped=number == STEPPED, told=told)
            if number != STEPPED:
                ledger = stored.ledger_verdict(store, records, number, truth, told)
                wrong, not_sampled = wrong + ledger["wrong"], not_sampled + ledger["not_sampled"]
            due += alarms.expected(agent_mine(number), truth.rows)
        behind = sum(start < ran.ended - STATISTICS_BEHIND for _, start in store.dirty())
        with records.read() as db:
            dead = [letter for letter in deadletters.listing(db, limit=MOST_LETTERS) if letter.epoch not in (None, vandal.EPOCH)]
        for letter in dead[:10]:
            told.say(f"dead letter of {letter.gateway}: {letter.topic} {letter.reason} {letter.detail}")
    finally:
        store.close()
        records.close()
    journal = alarms.told_by_journal(around.records)
    judged = alarms.judged(due, journal, *alarms.heard(message for _, message in around.hook.heard))
    for one in judged.missing[:10]:
        _say(f"DIFFERENCE not told: {one}; near it: {alarms.near(one, journal)}")
    _say(f"the verdict took {time.monotonic() - began:.0f} s")
    return _readings(total, ran, invented) | {
        "dead_lettered": max(ran.sent.dead, len(dead)),
        "not_sampled": not_sampled,
        "ledger_wrong": wrong,
        "alarms_expected": judged.expected,
        "alarms_delivered": judged.delivered,
        "alarms_within": judged.within,
        "alarms_missing": len(judged.missing),
        "alarms_twice": judged.twice,
        "alarms_unsettled": judged.unsettled,
        "alarms_unasked": judged.unasked,
        "messages_repeated": judged.repeated,
        "messages": len(around.hook.heard),
        "queues_left": behind,
    }


def _readings(total: Readings, ran: Ran, invented: int) -> dict[str, float]:
    return {
        "offered_readings": total.offered,
        "offered_readings_per_s": ran.sent.readings * SECOND / (ran.ended - ran.began),
        "lost": total.lost,
        "altered": total.altered + ran.sent.altered + invented,
        "duplicate": total.duplicate,
        "declared_lost": total.declared,
    }


def _store_address(around: Plant) -> str:
    text = (around.folder / "centre.toml").read_text(encoding="utf-8")
    return next(line.split('"')[1] for line in text.splitlines() if line.startswith("store = "))


def _live(path: Path, faults: list[Fault], ran: Ran) -> dict[str, float]:
    """Due to receipt of the load's items: while nothing was broken or had been within half a minute, and all of them."""
    found = stored.newest(path)
    well = ~_in_trouble((found["due"] - ran.began) / SECOND, faults)
    out = {"live_p99_ms": percentile_ms(found["waits"][well].tolist(), 99)} if well.any() else {}
    return out | {"all_p99_ms": percentile_ms(found["waits"].tolist(), 99), "live_items": int(np.count_nonzero(well))}


def _in_trouble(at_s: NDArray[np.float64], faults: list[Fault]) -> NDArray[np.bool_]:
    out = np.zeros(len(at_s), np.bool_)
    for start, end in broken(faults, AFTERMATH_S):
        out |= (at_s >= start - 1.0) & (at_s < end)
    return out


def _failed_well(looks: browsers.Looks, faults: list[Fault], ran: Ran) -> int:
    """Pages that did not come although nothing was broken."""
    at = np.array([when - ran.start for when, _ in looks.failed], np.float64)
    return int(np.count_nonzero(~_in_trouble(at, faults))) if len(at) else 0
