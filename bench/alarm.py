"""A limit crossed at a simulated sensor, until the inspector's webhook has it, with a province's load running meanwhile.

Every area of the sensors' mine has an inspector of its own: with one for all, that many crossings a minute would be a storm, and told as
a digest. Device (a real Modbus TCP server), agent, Mosquitto, `davy ingest` (store, journal, deliveries) and the 150 simulated gateways are
processes of their own; the webhook is a real HTTP receiver. All clocks are one machine's. A wait begins at the instant at which the
sensor's value *is* at its limit, computed from the value's shape, so the wait for the next poll is in it.
"""

import asyncio
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.edge_wire import EdgeWire, listen_to_edge
from bench.hook import Hook, listening
from bench.latency import percentile_ms
from bench.ports import free_port
from bench.processes import Child, ChildFailed, Elsewhere, Meter, beside
from bench.sawtooth import MINE, Serving, sawtooth
from bench.senders import DRAIN_S, INTRODUCTION_S, Options, Ready, Sent, mine_name
from bench.timeline import Raised, raised
from contracts.clock import BUILD_TIME, END_OF_TIME, SECOND, SystemClock, from_iso, iso
from contracts.config import BrokerAddress
from contracts.topics import Gateway
from ingest.broker.child import BrokerProcess, Listener
from ingest.broker.mosquitto import mosquitto
from store.address import open_store

GATEWAY = Gateway(MINE, "gw")
TEETH, PERIOD_S, AN_AREA = 53, 60, 2
"""Meters that cross their limit, and how often each does. A prime number of them: their crossings fall everywhere between two polls."""
SENSOR_POINTS, POLL_S = 400, 0.5
WINDOW = 40
START_S, WARM_UP_S, AFTER_S, LOOK_S = 60.0, 10.0, 8.0, 0.5
RULE = "limit.alarm"


@dataclass(frozen=True, slots=True)
class Plan:
    """`seconds` in which crossings count; `mines` of `points` points send `rate` readings/s in all meanwhile."""

    seconds: float
    mines: int
    points: int
    rate: float


@dataclass(frozen=True, slots=True)
class Heard:
    """A raise that was at the webhook at `arrived` (µs UTC), and what the journal knows of it."""

    row: Raised
    arrived: int


@dataclass(frozen=True, slots=True)
class Running:
    """The processes, and what is heard of them. `listener` hears the gateway's lanes at the broker."""

    folder: Path
    broker: BrokerProcess
    centre: Child
    device: Child
    agent: Child
    senders: Child
    hook: Hook
    wire: EdgeWire
    listener: "asyncio.Task[None]"

    def check(self) -> None:
        """A failure of any of it ends the bench."""
        for child in (self.centre, self.device, self.agent):
            child.check()
        if self.listener.done():
            self.listener.result()


async def measure(plan: Plan) -> dict[str, float]:
    """All figures of `bench.figures.ALARM`."""
    with TemporaryDirectory(prefix="davy-bench-") as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            figures, hook, start, end = await _ran(plan, folder, stack)
        stored = _count(folder / "store", plan.mines)
        known = raised(f"sqlite:///{folder / 'records.sqlite'}", RULE)
    due = sawtooth(SENSOR_POINTS, start, TEETH, PERIOD_S * SECOND, AN_AREA).crossings(start, end)
    heard = arrivals(hook)
    told = [Heard(known[number], at) for number, at in heard.items() if number in known]
    lost = max(0, figures["offered_readings"] - stored)
    return figures | {"lost": lost} | _waits(due, told, start, end) | _agreement(hook, heard, known)


async def _ran(plan: Plan, folder: Path, stack: AsyncExitStack) -> tuple[dict[str, float], Hook, int, int]:
    """The figures of the load, what the webhook heard, and the time measured."""
    clock, wire = SystemClock(), EdgeWire()
    broker = mosquitto(folder / "broker", Listener(port=free_port()))
    await broker.start()
    stack.push_async_callback(broker.stop)
    port = broker.listener.port
    hook = await stack.enter_async_context(listening(clock))
    (folder / "ingest.toml").write_text(_ingest(folder, port, hook.address), encoding="utf-8")
    centre = await _child(stack, "ingest", "console.cli", ["ingest", "--config", str(folder / "ingest.toml")], folder)
    shape = [str(part) for part in (SENSOR_POINTS, TEETH, PERIOD_S, AN_AREA)]
    device = await _child(stack, "device", "bench.sawtooth", [str(folder), *shape], None)
    field = (await device.heard(Serving, START_S)).port
    (folder / "edge.toml").write_text(_edge(folder, port, field), encoding="utf-8")
    agent = await _child(stack, "edge", "console.cli", ["edge", "--config", str(folder / "edge.toml")], folder)
    options = Options(port, WARM_UP_S + plan.seconds + AFTER_S, plan.mines, plan.points, WINDOW, plan.rate)
    senders = await _child(stack, "senders", "bench.senders", [msgspec.json.encode(options).decode()], None)
    listener = await stack.enter_async_context(beside(listen_to_edge(BrokerAddress(port=port), GATEWAY, wire, clock)))
    running = Running(folder, broker, centre, device, agent, senders, hook, wire, listener)
    _say(f"{plan.mines} gateways introduce themselves")
    await senders.heard(Ready, INTRODUCTION_S + 30)
    await _first_receipt(running)
    return await _listened(plan, running)


async def _child(stack: AsyncExitStack, name: str, module: str, arguments: list[str], logs: Path | None) -> Child:
    child = await Child.start(name, module, arguments, logs / f"{name}.log" if logs else None)
    stack.push_async_callback(child.end)
    return child


async def _first_receipt(running: Running) -> None:
    end = time.monotonic() + START_S
    while not running.wire.live:
        running.check()
        if time.monotonic() > end:
            raise running.agent.failed(f"had no receipt within {START_S:.0f} s")
        await asyncio.sleep(0.1)


async def _listened(plan: Plan, running: Running) -> tuple[dict[str, float], Hook, int, int]:
    """The load runs from before the time measured until after it."""
    clock = SystemClock()
    running.senders.say("go")
    async with beside(running.senders.heard(Sent, WARM_UP_S + plan.seconds + AFTER_S + DRAIN_S + 10)) as sending:
        await asyncio.sleep(WARM_UP_S)
        meter, elsewhere, start = Meter(running.centre.pid), Elsewhere(), clock.now()
        while (left := start + round(plan.seconds * SECOND) - clock.now()) > 0:
            running.check()
            meter.look()
            await asyncio.wait([sending], timeout=min(left / SECOND, LOOK_S))
        end = clock.now()
        usage = {"centre_cpu_share": meter.cpu_s * SECOND / (end - start), "elsewhere_cores": elsewhere.cores}
        _say(f"{len(running.hook.heard)} messages at the webhook; waiting for the last receipt of the load")
        sent = await sending
    figures = {
        "offered_readings": sent.readings,
        "offered_readings_per_s": sent.readings / sent.seconds,
        "altered": sent.altered,
        "committed_p99_ms": sent.committed_p99_ms,
        "mines": plan.mines,
        "points_per_mine": plan.points,
        "poll_ms": POLL_S * 1000,
        **usage,
    }
    return figures, running.hook, start, end


def arrivals(hook: Hook) -> dict[int, int]:
    """When each raise of RULE was at the webhook first (µs UTC), by its transition's number; alone or as a part of a message."""
    found: dict[int, int] = {}
    for arrived, message in hook.heard:
        alone = {"rule": message.alarm["rule"], "change": message.transition["change"], "transition": message.transition["id"]}
        for part in message.parts or [alone]:
            if part["rule"] == RULE and part["change"] == "raise":
                found.setdefault(int(str(part["transition"])), arrived)
    return found


def matched(due: Sequence[tuple[str, int]], told: Iterable[Heard]) -> list[tuple[int, Heard]]:
    """Each crossing (point, µs UTC) with the first raise whose reading shows it; a raise belongs to one crossing.

    A reading bears the instant its poll was due, and the device answers a little later: it may show what came in between.
    """
    left = sorted(told, key=lambda one: one.row.time)
    found = []
    for point, crossed in due:
        for one in left:
            if one.row.point == point and crossed - round(POLL_S * SECOND) < one.row.time < crossed + PERIOD_S * SECOND // 2:
                left.remove(one)
                found.append((crossed, one))
                break
    return found


def _waits(due: list[tuple[str, int]], told: list[Heard], start: int, end: int) -> dict[str, float]:
    pairs = matched(due, told)
    if not pairs:
        raise ChildFailed(f"{len(due)} crossings, {len(told)} raises at the webhook, none of them in the time measured")
    for point, crossed in {*due} - {(one.row.point, crossed) for crossed, one in pairs}:
        near = sorted(f"{(one.row.time - crossed) / SECOND:+.1f} s" for one in told if one.row.point == point)
        _say(f"not told: {point} at {iso(crossed)}, {(crossed - start) / SECOND:.1f} s after the start; told of it: {', '.join(near)}")
    waits = [one.arrived - crossed for crossed, one in pairs]
    steps = {
        "poll": [max(0, one.row.time - crossed) for crossed, one in pairs],
        "decide": [one.row.decided - one.row.time for _, one in pairs],
        "receive": [one.row.received - one.row.decided for _, one in pairs],
        "notify": [one.arrived - one.row.received for _, one in pairs],
        "reading": [one.arrived - one.row.time for _, one in pairs],
    }
    known = [one for _, one in pairs]
    unasked = [one for one in told if start + SECOND <= one.row.time < end - SECOND and one not in known]
    return {
        "raised": len(due),
        "received": len(pairs),
        "unasked": len(unasked),
        "p50_ms": percentile_ms(waits, 50),
        "p99_ms": percentile_ms(waits, 99),
        "max_ms": max(waits) / 1000,
        **{f"{name}_p99_ms": percentile_ms(step, 99) for name, step in steps.items()},
    }


def _agreement(hook: Hook, heard: dict[int, int], known: dict[int, Raised]) -> dict[str, float]:
    """The timeline against what was seen from outside: when a message was at the webhook, and what it said of the steps before."""
    told = {number: row.notified for number, row in known.items() if row.notified is not None}
    differences = [told[number] - at for number, at in heard.items() if number in told]
    for _, message in hook.heard:
        step = message.transition
        row = known.get(int(str(step["id"])))
        if row is not None and step["change"] == "raise" and message.alarm["rule"] == RULE:
            differences += [getattr(row, name) - from_iso(str(step[name])) for name in ("time", "decided", "received")]
    return {
        "timeline_missing": len(heard.keys() - told.keys()),
        "timeline_max_difference_ms": max((abs(one) for one in differences), default=0) / 1000,
    }


def _count(folder: Path, mines: int) -> int:
    """Readings of the load in the store's files, after the centre has ended."""
    store = open_store(str(folder))
    try:
        return sum(sum(store.count(mine_name(n), 0, END_OF_TIME).values()) for n in range(mines))
    finally:
        store.close()


def _ingest(folder: Path, port: int, hook: str) -> str:
    """The centre's configuration: an inspector for each area of the sensors' mine, all at one webhook."""
    areas = sorted({point.area for point in sawtooth(SENSOR_POINTS, BUILD_TIME).registry.points})
    recipients = "\n".join(
        f'[[alerts.recipients]]\nname = "inspector-{area}"\naddress = "{hook}"\nmines = ["{MINE}"]\nareas = ["{area}"]\n' for area in areas
    )
    return f"""store = "{folder / "store"}"
records = "sqlite:///{folder / "records.sqlite"}"
folder = "{folder / "ingest"}"

[broker]
port = {port}

{recipients}"""


def _edge(folder: Path, port: int, field: int) -> str:
    return f"""mine = "{GATEWAY.mine}"
gateway = "{GATEWAY.name}"
folder = "{folder / "outbox"}"
points = "{folder / "points.json"}"

[broker]
port = {port}

[[sources]]
name = "field"
kind = "modbus_tcp"
period_s = {POLL_S}
port = {field}
registers = "{folder / "registers.json"}"
"""


def _say(what: str) -> None:
    sys.stderr.write(f"alarm: {what}\n")
