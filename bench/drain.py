"""An agent that starts with a backlog behind a cut line, and what happens when the line is mended."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from bench.edge_wire import EdgeWire
from bench.latency import percentile_ms
from bench.processes import Child, ChildFailed, Elsewhere, Meter
from bench.site import Site
from contracts.clock import MINUTE, SECOND

LOOK_EVERY_S = 0.25
RECONNECT_S = 60.0
LEAST_LOOK_S = 4
"""Waits are counted for so long though the drain be over sooner."""
AFTER_S = 30.0
"""What was due by the end is receipted by then."""
DOWN = {
    "decision_p99_ms": "drain_decision_p99_ms",
    "crossing_p99_ms": "drain_crossing_p99_ms",
    "event_p99_ms": "drain_event_p99_ms",
    "live_p99_ms": "live_p99_ms",
    "events": "drain_events",
    "live": "live",
}
"""The figures of `waits` by their names during a drain."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What runs while we measure; a failure of any of it ends the bench."""

    site: Site
    wire: EdgeWire
    agent: Child
    listener: "asyncio.Task[None]"
    meter: Meter

    def look(self) -> None:
        self.agent.check()
        self.site.check()
        if self.listener.done():
            self.listener.result()
        self.meter.look()

    async def run(self, seconds: float) -> dict[str, float]:
        """So long, with what the agent used in it."""
        loop, elsewhere = asyncio.get_running_loop(), Elsewhere()
        self.meter.start()
        start = loop.time()
        while (left := start + seconds - loop.time()) > 0:
            await asyncio.sleep(min(left, LOOK_EVERY_S))
            self.look()
        return {
            "cpu_share": self.meter.cpu_s / (loop.time() - start),
            "rss_mb": self.meter.rss_mb,
            "elsewhere_cores": elsewhere.cores,
        }


@dataclass(frozen=True, slots=True)
class Behind:
    """The backlog: an epoch of `items` items of `seconds` seconds, and what the agent read behind the
    cut line `since` then (µs UTC)."""

    epoch: str
    items: int
    seconds: int
    since: int


async def drained(watch: Watch, behind: Behind, most_s: float) -> dict[str, float]:
    """Mend the line, and measure until the centre holds all that is behind, `most_s` seconds at most."""
    wire, clock = watch.wire, watch.site.clock
    wire.first_replay, mended = 0, clock.now()
    await watch.site.cable.mend()
    while not wire.first_replay:
        if clock.now() - mended > RECONNECT_S * SECOND:
            raise watch.agent.failed("sent nothing after the line was mended")
        await asyncio.sleep(0.02)
        watch.look()
    start, elsewhere = wire.first_replay, Elsewhere()
    watch.meter.start()
    said = 0
    while not (done := all_held(wire, behind)) and clock.now() - start < most_s * SECOND:
        await asyncio.sleep(0.05)
        watch.look()
        if (clock.now() - start) // (5 * SECOND) > said:
            said += 1
            sys.stderr.write(f"drain: {wire.count(behind.epoch):,} of {behind.items:,} items held\n")
    end = wire.told_at if done else clock.now()
    took = (end - start) / SECOND
    own = (start - behind.since) / SECOND
    seconds = wire.count(behind.epoch) / behind.items * behind.seconds + (own if done else 0.0)
    used = {"drain_cpu_share": watch.meter.cpu_s / took, "drain_rss_mb": watch.meter.rss_mb, "drain_elsewhere_cores": elsewhere.cores}
    waited_for = max(end, start + LEAST_LOOK_S * SECOND)
    await asyncio.sleep(max(0, waited_for - clock.now()) / SECOND)
    await receipted(watch, waited_for)
    return used | {
        "backlog_s": behind.seconds + own,
        "backlog_drained_s": seconds,
        "drain_s": took,
        "backlog_x_realtime": seconds / took,
        "reconnect_s": (start - mended) / SECOND,
        **{DOWN[key]: value for key, value in waits(wire, watch.site.crossings(start - MINUTE, waited_for), start, waited_for).items()},
    }


def all_held(wire: EdgeWire, behind: Behind) -> bool:
    """Whether the centre holds the older epoch and, without a gap, what it holds of the agent's own."""
    own = {epoch for epoch, _ in wire.waiting} | set(wire.held)
    return wire.count(behind.epoch) >= behind.items and all(wire.whole(epoch) for epoch in own if wire.held.get(epoch))


async def receipted(watch: Watch, until: int) -> None:
    """Until every live item that was due before `until` has its receipt; ChildFailed where that takes too long."""
    end = watch.site.clock.now() + round(AFTER_S * SECOND)
    while late := [due for due in watch.wire.waiting.values() if due < until]:
        if watch.site.clock.now() > end:
            raise ChildFailed(f"{len(late)} live items without a receipt {AFTER_S:.0f} s later")
        await asyncio.sleep(0.05)
        watch.look()


def waits(wire: EdgeWire, crossings: Sequence[tuple[str, int]], start: int, end: int) -> dict[str, float]:
    """Percentiles of what was due, or decided, in [start, end). ChildFailed where nothing was. `crossings`: as `Sawtooth.crossings`."""
    live = [told - due for due, told in wire.live if start <= due < end]
    decisions = [decided - time for time, decided, _ in wire.events if start <= time < end]
    events = [arrived - decided for _, decided, arrived in wire.events if start <= decided < end]
    crossed = [decided - _crossed(crossings, point, time) for point, time, decided in wire.raised if start <= time < end]
    if not (live and decisions and events and crossed):
        raise ChildFailed(f"{len(live)} live items, {len(decisions)} decisions, {len(events)} events: nothing to measure; longer")
    return {
        "live_p99_ms": percentile_ms(live, 99),
        "live": len(live),
        "decision_p99_ms": percentile_ms(decisions, 99),
        "crossing_p99_ms": percentile_ms(crossed, 99),
        "event_p99_ms": percentile_ms(events, 99),
        "events": len(events),
    }


def _crossed(crossings: Sequence[tuple[str, int]], point: str, time: int) -> int:
    """When a point's register had reached its limit that was read at `time`."""
    return max(at for name, at in crossings if name == point and at <= time)
