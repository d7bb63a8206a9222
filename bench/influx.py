"""From the broker into a real InfluxDB: `davy ingest`, against prepared lines written straight (the limit) and against Telegraf.

One after the other on one machine, each with a fresh influxd; the same mines, points and values. First with half of the cores for influxd
alone, as where it is a machine of its own, then ours and the limit once more with all cores for everybody.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from bench import telegraf
from bench.ingest import Load, with_centre
from bench.ports import free_port
from bench.processes import Elsewhere, Meter
from bench.senders import mine_name
from bench.servers import ORG, TOKEN, apart, find_server, influxd, program
from bench.supply import READINGS, Supply
from contracts.clock import SECOND
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.errors import GiveUp
from ingest.broker.child import Listener
from ingest.broker.mosquitto import mosquitto
from ingest.inbox import MOST_IN_GROUP
from store.influx import InfluxAddress, InfluxStore, Server, init_buckets
from store.influx.lines import Encoder, Rows, joined
from store.influx.reads import END, FIRST, text, within
from store.influx.server import gzipped
from store.influx.store import BATCH
from wire.client import Link, open_link

CONNECTIONS = (2, 4)
"""The limit is written by so many connections, each number in a run of its own: the better one counts."""
SHARED = (
    *("readings_per_s", "cpu_s_per_million", "limit_readings_per_s", "of_limit"),
    *("influxd_cpu_s_per_million", "limit_influxd_cpu_s_per_million"),
)
"""What is told of the run in which all share all cores."""
_STEP = SECOND
_PATIENCE_S = 120.0
_PUBLISHING = 40
"""Messages under way to the broker at once."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`load`: what the gateways send; `readings`: how many are sent to Telegraf in each shape."""

    load: Load
    readings: int


async def measure(plan: Plan) -> dict[str, float]:
    """All figures of `bench.figures.INFLUX`. GiveUp where a server is missing."""
    os.environ["DAVY_INFLUX_TOKEN"] = TOKEN
    find_server("influxd"), find_server("telegraf")
    elsewhere = Elsewhere()
    with TemporaryDirectory(prefix="davy-bench-") as name:
        folder = Path(name)
        with apart() as cores:
            figures = await _beside_the_limit(plan, folder / "apart")
            for shape in telegraf.SHAPES:
                figures |= await _telegraf(plan, shape, folder / shape)
        shared = await _beside_the_limit(plan, folder / "shared")
    figures |= {f"shared_{name}": shared[name] for name in SHARED} | {"influxd_cores": cores}
    best = max(figures[f"telegraf_{shape}_readings_per_s"] for shape in telegraf.SHAPES)
    figures["of_best_telegraf"] = figures["readings_per_s"] / best
    least = min(figures[f"telegraf_{shape}_cpu_s_per_million"] for shape in telegraf.SHAPES)
    figures["cpu_of_best_telegraf"] = figures["cpu_s_per_million"] / least
    figures["cpu_of_telegraf_json"] = figures["cpu_s_per_million"] / figures["telegraf_json_cpu_s_per_million"]
    figures["lost"] += shared["lost"]
    figures["altered"] += shared["altered"]
    return figures | {"compared_readings": plan.readings, "elsewhere_cores": elsewhere.cores}


async def _beside_the_limit(plan: Plan, folder: Path) -> dict[str, float]:
    figures = await _ours(plan, folder / "ours")
    # as many as ours wrote: a second of writing costs influxd less than twenty, in which it also compacts
    figures |= await _limit(plan.load, int(figures["offered_readings"]), folder / "limit")
    return figures | {"of_limit": figures["readings_per_s"] / figures["limit_readings_per_s"]}


def _say(what: str) -> None:
    sys.stderr.write(f"influx: {what}\n")


def _server(url: str) -> Server:
    server = Server(InfluxAddress(url, ORG), TOKEN)
    init_buckets(server)
    return server


def _supply(load: Load, readings: int) -> Iterator[tuple[str, Supply, Block]]:
    """The readings by batch: every mine's batches of an instant, then the next instant. The newest is now."""
    supply = Supply("bench", load.points)
    batches, mines = readings // READINGS, load.mines
    start = time.time_ns() // 1000 - (batches // (mines * supply.runs) + 1) * _STEP
    for at in range(batches):
        round_of, mine = divmod(at, mines)
        yield mine_name(mine), supply, supply.batch(round_of, start + round_of // supply.runs * _STEP)


# ------------------------------------------------------------ ours


async def _ours(plan: Plan, folder: Path) -> dict[str, float]:
    _say("broker → davy ingest → influxd")
    async with influxd(folder / "influx") as (url, pid):
        server = _server(url)
        broker = mosquitto(folder / "broker", Listener(port=free_port()))
        await broker.start()
        try:
            meter = Meter(pid)
            figures = await with_centre(plan.load, broker, folder, f"influx+{url}/{ORG}")
            database = meter.cpu_s * 1e6 / figures["offered_readings"]
        finally:
            await broker.stop()
        store = InfluxStore(server)
        stored = sum(sum(store.count(mine_name(n), FIRST, END).values()) for n in range(plan.load.mines))
        store.close()
    names = ["readings_per_s", "cpu_s_per_million", "broker_cpu_s_per_million", "senders_cpu_s_per_million", "rss_mb", "altered"]
    names += ["committed_p50_ms", "committed_p99_ms", "offered_readings", "mines", "points_per_mine"]
    offered = figures["offered_readings"]
    return {name: figures[name] for name in names} | {"lost": offered - stored, "influxd_cpu_s_per_million": database}


# ------------------------------------------------------------ the limit


async def _limit(load: Load, readings: int, folder: Path) -> dict[str, float]:
    _say(f"{readings:,} readings as prepared lines → influxd")
    batches = list(_prepared(load, readings))
    runs = [await _straight(batches, readings, connections, folder / str(connections)) for connections in CONNECTIONS]
    return max(runs, key=lambda run: run["limit_readings_per_s"])


async def _straight(batches: list[bytes], readings: int, connections: int, folder: Path) -> dict[str, float]:
    async with influxd(folder) as (url, pid):
        server = _server(url)
        meter, start = Meter(pid), time.monotonic()
        await asyncio.to_thread(_write_all, server, batches, connections)
        seconds = time.monotonic() - start
        server.close()
        return {
            "limit_readings_per_s": readings / seconds,
            "limit_influxd_cpu_s_per_million": meter.cpu_s * 1e6 / readings,
            "limit_connections": connections,
        }


def _prepared(load: Load, wanted: int) -> Iterator[bytes]:
    """Gzipped requests as large as the store's, in its own layout and order: what comes together goes mine by mine."""
    encoder, supplied = Encoder(), _supply(load, wanted)
    while some := list(islice(supplied, MOST_IN_GROUP)):
        parts, readings = list[bytes](), 0
        for together in joined([Rows(0, mine, supply.registry, block) for mine, supply, block in some]):
            for piece in encoder.values(together.rows):
                parts.append(piece.data)
                readings += piece.readings
                if readings >= BATCH:
                    yield gzipped(b"".join(parts))
                    parts, readings = [], 0
        if parts:
            yield gzipped(b"".join(parts))


def _write_all(server: Server, batches: list[bytes], connections: int) -> None:
    with ThreadPoolExecutor(connections) as pool:
        for done in pool.map(lambda batch: server.write_gzipped("raw", batch), batches):
            assert done is None


# ------------------------------------------------------------ Telegraf


async def _telegraf(plan: Plan, shape: str, folder: Path) -> dict[str, float]:
    _say(f"broker → telegraf ({shape}) → influxd")
    payloads = [(mine, telegraf.payload(shape, mine, supply.registry, block)) for mine, supply, block in _supply(plan.load, plan.readings)]
    async with influxd(folder / "influx") as (url, _):
        server = _server(url)
        broker = mosquitto(folder / "broker", Listener(port=free_port()))
        await broker.start()
        conf = telegraf.config_file(folder, telegraf.settings(shape, broker.listener.port, url, server.address.bucket("raw")))
        try:
            async with program([find_server("telegraf"), "--config", conf], folder / "telegraf.log", settle_s=2.0) as pid:
                meter, start = Meter(pid), time.monotonic()
                await _publish(broker.listener.port, payloads)
                end = await _all_there(server, plan.readings, shape, meter)
                cpu = meter.cpu_s
        finally:
            await broker.stop()
            server.close()
    return {
        f"telegraf_{shape}_readings_per_s": plan.readings / (end - start),
        f"telegraf_{shape}_cpu_s_per_million": cpu * 1e6 / plan.readings,
        f"telegraf_{shape}_rss_mb": meter.rss_mb,
    }


async def _publish(port: int, payloads: list[tuple[str, bytes]]) -> None:
    """All of them, each acknowledged by the broker when this returns."""
    left = iter(payloads)

    async def some(link: Link) -> None:
        for mine, data in left:
            await link.publish(f"bench/{mine}", data)

    async with open_link(BrokerAddress(port=port), "publisher") as link:
        await asyncio.gather(*(some(link) for _ in range(_PUBLISHING)))


async def _all_there(server: Server, readings: int, shape: str, meter: Meter) -> float:
    """When the last reading was stored."""
    end = time.monotonic() + _PATIENCE_S
    while (stored := await asyncio.to_thread(_values, server, shape)) < readings:
        meter.look()
        if time.monotonic() > end:
            raise GiveUp(f"telegraf ({shape}) stored {stored} of {readings} readings in {_PATIENCE_S:.0f} s")
        await asyncio.sleep(0.5)
    return time.monotonic()


def _values(server: Server, shape: str) -> int:
    chosen = "true" if shape == "wide" else 'r._field == "value"'
    flux = (
        f"from(bucket: {text(server.address.bucket('raw'))}) |> {within(FIRST, END)} |> filter(fn: (r) => {chosen})"
        " |> count() |> group() |> sum()"
    )
    return sum(int(row["_value"]) for row in server.rows(flux))
