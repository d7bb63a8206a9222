"""The legs of the bench: a long run that is read meanwhile, steps upward until something gives way, and growth at one rate."""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from bench.processes import Elsewhere, beside
from bench.province.history import stored, supply
from bench.province.plan import CENTRE, GROWTH, Plan, Step, gave_way, growth_period_s, steps
from bench.province.reads import Reads
from bench.province.senders import DRAIN_S, TAIL_S, Begun, Ended, Order, Told
from bench.province.site import Site, embedded
from bench.senders import mine_name
from bench.supply import Supply
from contracts.clock import SystemClock

INTRODUCTION_S = 300.0
LOOK_EVERY_S = 0.5
GROWTH_WINDOW = 400
"""Items without receipt of a gateway there: a mine alone sends 300 a second."""


def say(what: str) -> None:
    """Progress, for people."""
    sys.stderr.write(f"province: {what}\n")


@dataclass(slots=True)
class Held:
    """One rate, held for a while: what came of it, and by process CPU seconds and the largest resident memory in the time measured."""

    told: Told
    cpu_s: dict[str, float]
    rss_mb: dict[str, float]
    elsewhere: float
    disk_mb_per_s: float

    @property
    def per_million(self) -> dict[str, float]:
        """CPU seconds by process, a million readings."""
        return {name: used * 1e6 / max(self.told.committed, 1) for name, used in self.cpu_s.items()}

    def step(self, mines: int) -> Step:
        told, cores = self.told, {name: used / self.told.seconds for name, used in self.cpu_s.items()}
        rates = told.due / told.seconds, told.committed / told.seconds
        return Step(mines, *rates, told.p99_ms, cores, self.elsewhere, self.disk_mb_per_s)


async def ordered(site: Site, order: Order, reads: Reads | None = None) -> Held:
    """What came of an order. `reads`: goes on meanwhile."""
    site.senders.say(msgspec.json.encode(order).decode())
    begun = await site.senders.heard(Begun, INTRODUCTION_S + order.settle_s)
    say(f"{order.mines} mines send ({begun.introduced_s:.0f} s to introduce who was new)")
    meters, elsewhere, began, written = site.meters(), Elsewhere(), time.monotonic(), _written()
    reading = reads.run() if reads else asyncio.Event().wait()
    async with beside(site.senders.heard(Told, order.seconds + TAIL_S + 30)) as hearing, beside(reading) as looking:
        while not looking.done() and (left := began + order.seconds - time.monotonic()) > 0:
            site.centre.check()
            for meter in meters.values():
                meter.look()
            await asyncio.wait([hearing], timeout=min(left, LOOK_EVERY_S))
        used = {name: meter.cpu_s for name, meter in meters.items()}
        cores, mb = elsewhere.cores, (_written() - written) / (time.monotonic() - began)
        if looking.done():
            looking.result()
        told = await hearing
    say(f"{told.committed / told.seconds:,.0f} readings/s committed of {told.due / told.seconds:,.0f} due, p99 {told.p99_ms:,.0f} ms")
    return Held(told, used, {name: meter.rss_mb for name, meter in meters.items()}, cores, mb)


def _written() -> float:
    """MB written to the machine's disks so far."""
    counted = psutil.disk_io_counters()
    return counted.write_bytes / 1e6 if counted else 0.0


async def ended(site: Site) -> Ended:
    """The load is over and nothing is under way."""
    site.senders.say("")
    return await site.senders.heard(Ended, DRAIN_S + 30)


def of_load(plan: Plan, held: Held) -> dict[str, float]:
    """The figures of the long run that every store has."""
    told = held.told
    return {
        "offered_per_s": told.offered / told.seconds,
        "committed_per_s": told.committed / told.seconds,
        "live_p50_ms": told.p50_ms,
        "live_p99_ms": told.p99_ms,
        **{f"cpu_s_per_million_{name}": used for name, used in held.per_million.items()},
        **{f"rss_mb_{name}": most for name, most in held.rss_mb.items()},
        "resent": told.resent,
        "seconds": told.seconds,
        "mines": plan.mines,
        "points_per_mine": plan.points,
        "elsewhere_cores": held.elsewhere,
    }


async def long_run(plan: Plan, folder: Path) -> dict[str, float]:
    """All mines at 1 Hz into the embedded store, its pages read meanwhile."""
    place = _fresh(folder)
    clock = SystemClock()
    if plan.history_mines:
        say(f"a day of readings and 90 days of statistics of {plan.history_mines} mines are written beforehand")
        await asyncio.to_thread(supply, place / "store", plan.history_mines, plan.points, clock.now(), *plan.history)
    since = clock.now()
    async with embedded(place, plan.points, plan.window) as site:
        order = Order(plan.mines, plan.period_s, plan.settle_s, plan.seconds)
        registry = Supply(mine_name(0), plan.points).registry
        reads = Reads(site.pages, plan.history_mines, [point.id for point in registry.points]) if plan.history_mines else None
        held = await ordered(site, order, reads)
        over = await ended(site)
    readings, twice = await asyncio.to_thread(stored, place / "store", since)
    lost = {"lost": max(0, over.readings - readings), "duplicate": max(0, readings - over.readings) + twice, "altered": over.altered}
    figures = reads.figures() if reads else {}
    return of_load(plan, held) | lost | figures | {"history_mines": plan.history_mines}


def _fresh(folder: Path) -> Path:
    """A place for a centre, with room for its log beside it."""
    place = folder / "run"
    place.mkdir(parents=True)
    return place


async def highest(plan: Plan, site: Site, known: float) -> tuple[dict[str, float], str]:
    """Steps upward from `known` (readings/s sustained so far) until one is not sustained; and what gave way."""
    best, said = known, "nothing: the last step was sustained"
    figures: dict[str, float] = {}
    for mines in steps(plan.mines, plan.points, plan.top_per_s):
        step = (await ordered(site, Order(mines, plan.period_s, plan.settle_s, plan.step_s))).step(mines)
        figures = {
            "last_step_per_s": step.due_per_s,
            "last_step_committed_per_s": step.committed_per_s,
            "last_step_p99_ms": step.p99_ms,
            **{f"last_step_cores_{name}": share for name, share in step.cores.items()},
            "last_step_disk_mb_per_s": step.disk_mb_per_s,
        }
        if not step.sustained:
            said = gave_way(step)
            break
        best = step.committed_per_s
    say(f"highest rate sustained {best:,.0f} readings/s; gave way first: {said}")
    return {"highest_sustained_per_s": best} | figures, said


async def steps_embedded(plan: Plan, folder: Path, known: float) -> tuple[dict[str, float], str]:
    """The steps into a fresh embedded store."""
    async with embedded(_fresh(folder), plan.points, plan.window) as site:
        return await highest(plan, site, known)


async def growth(plan: Plan, folder: Path) -> dict[str, float]:
    """The centre's CPU a million readings with 1 to 900 mines that send one rate together, each number with a fresh centre."""
    found: dict[int, float] = {}
    for mines in [number for number in GROWTH if number <= plan.mines]:
        async with embedded(_fresh(folder / str(mines)), plan.points, GROWTH_WINDOW) as site:
            held = await ordered(site, Order(mines, growth_period_s(mines), plan.settle_s, plan.step_s / 2))
            found[mines] = held.per_million[CENTRE]
    figures = {f"cpu_s_per_million_{mines}_mines": cpu for mines, cpu in found.items()}
    most = max(found)
    return figures | ({"growth_from_10": found[most] / found[10]} if most > 10 else {})
