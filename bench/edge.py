"""The agent alone, as a mine has it: its share of a core and of memory, an outage, and the drain of what was kept meanwhile.

Devices (real Modbus TCP servers), agent, Mosquitto and `davy ingest` are processes of their own; the line between agent and broker is a
relay that is cut. The outage: the line is cut, the gateway loses its power, and starts with a backlog of `backlog_s` seconds behind the
cut line. That backlog is written before by the real Outbox with a stepped clock, since nobody waits for an hour; the seconds
between start and mending are read by the agent.
"""

import asyncio
import sys
from dataclasses import dataclass

from bench.backlog import Backlog, Kept, kept
from bench.drain import Behind, Watch, drained, receipted, waits
from bench.edge_wire import EdgeWire, listen_to_edge
from bench.processes import Meter, beside
from bench.sawtooth import MINE
from bench.site import GATEWAY, START_S, Site, site
from contracts.clock import MINUTE, SECOND
from contracts.config import BrokerAddress
from edge_agent.outbox import OutboxLimits
from sim_sensors.config import DeviceSettings, build

WARM_UP_S = 5.0
OUTAGE_S = 15.0
MOST_DRAIN_S = 300.0
OUTBOX_MB = 2048
UP = {
    "decision_p99_ms": "decision_p99_ms",
    "crossing_p99_ms": "crossing_p99_ms",
    "event_p99_ms": "event_p99_ms",
    "live_p99_ms": "up_live_p99_ms",
    "events": "events",
    "live": "up_live",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` with the line up; `sources`: devices the points are shared out among."""

    seconds: float
    points: int
    sources: int
    backlog_s: int


@dataclass(frozen=True, slots=True)
class Up:
    """The time measured with the line up, [start, end); when the agent's process was started; what it used and how long things took."""

    started: int
    start: int
    end: int
    figures: dict[str, float]


async def measure(plan: Plan) -> dict[str, float]:
    """All figures of `bench.figures.EDGE`."""
    async with site(plan.points, plan.sources, OUTBOX_MB) as around:
        wire, clock = EdgeWire(), around.clock
        backlog = made_up(plan.points, plan.sources, plan.backlog_s, clock.now() - MINUTE)
        async with beside(listen_to_edge(BrokerAddress(port=around.broker.listener.port), GATEWAY, wire, clock)) as listener:
            up = await _line_up(around, wire, listener, plan.seconds)
            _say("the line is cut and the gateway without power; writing the backlog")
            items, size = await asyncio.to_thread(backlog.write, around.outbox / "data", OutboxLimits())
            again = clock.now()
            async with around.agent("edge again") as agent:
                watch = Watch(around, wire, agent, listener, Meter(agent.pid))
                await watch.run(OUTAGE_S)
                down = await drained(watch, Behind(backlog.epoch, items, plan.backlog_s, again), MOST_DRAIN_S)
                until = clock.now() // SECOND * SECOND
                await receipted(watch, until)
        found = await asyncio.to_thread(kept, around.outbox / "data", plan.points, until)
        stored = await around.stored(0, until)
    _, first, second = sorted(found.first_made.values())  # the backlog's, and the two starts'
    return {
        **up.figures,
        "start_to_first_reading_s": (first - up.started) / SECOND,
        "polls_missed": missed(found, up.start, up.end, plan.sources),
        **down,
        "backlog_start_to_first_reading_s": (second - again) / SECOND,
        "lost": int((found.readings - stored).clip(0).sum()),
        "readings": int(found.readings.sum()),
        "bytes_per_reading": size / backlog.readings,
        "points": plan.points,
        "sources": plan.sources,
    }


def made_up(points: int, sources: int, seconds: int, end: int) -> Backlog:
    """What the same mine showed in the `seconds` before `end`."""
    device = build(DeviceSettings(name=MINE, kind="mine", points=points), end)
    return Backlog.of(device, sources, seconds, end)


async def _line_up(around: Site, wire: EdgeWire, listener: "asyncio.Task[None]", seconds: float) -> Up:
    clock, started = around.clock, around.clock.now()
    async with around.agent("edge") as agent:
        watch = Watch(around, wire, agent, listener, Meter(agent.pid))
        while not wire.live:
            if clock.now() - started > START_S * SECOND:
                raise agent.failed("had no receipt")
            await asyncio.sleep(0.1)
            watch.look()
        await watch.run(WARM_UP_S)
        _say(f"{seconds:.0f} s with the line up, agent {agent.pid}")
        start = clock.now()
        figures = await watch.run(seconds)
        end = clock.now()
        await receipted(watch, end)
        await around.cable.cut()
    waited = waits(wire, around.crossings(start - MINUTE, end), start, end)
    return Up(started, start, end, figures | {UP[key]: value for key, value in waited.items()})


def missed(found: Kept, start: int, end: int, sources: int) -> int:
    """Polls due in [start, end) that the outbox has no answer of."""
    due = set(range(-(-start // SECOND) * SECOND, end, SECOND))
    return sum(len(due - polls) for polls in found.polls.values()) + len(due) * (sources - len(found.polls))


def _say(what: str) -> None:
    sys.stderr.write(f"edge: {what}\n")
