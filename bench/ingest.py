"""From the broker to a committed store: simulated gateways, a real Mosquitto and a real `davy ingest`, each in its own process."""

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from bench.ports import free_port
from bench.processes import Child, Elsewhere, Meter, beside
from bench.senders import DRAIN_S, INTRODUCTION_S, Options, Ready, Sent, mine_name
from contracts.clock import END_OF_TIME
from contracts.errors import GiveUp
from ingest.broker.child import BrokerProcess, Listener
from ingest.broker.mosquitto import mosquitto
from store.address import open_store

LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class Load:
    """`window`: items without receipt a gateway; `rate`: readings/s offered by all together, 0 for as fast as receipts allow."""

    seconds: float
    mines: int
    points: int
    window: int
    rate: float


async def measure(load: Load) -> dict[str, float]:
    """All figures of `bench.figures.INGEST`."""
    with TemporaryDirectory(prefix="davy-bench-") as name:
        folder = Path(name)
        broker = mosquitto(folder / "broker", Listener(port=free_port()))
        await broker.start()
        try:
            figures = await with_centre(load, broker, folder, str(folder / "store"))
        finally:
            await broker.stop()
        stored = _count(folder / "store", load.mines)
        size = sum(path.stat().st_size for path in (folder / "store").rglob("*") if path.is_file())
        offered = figures["offered_readings"]
        counted = {"lost": max(0, offered - stored), "duplicate": max(0, stored - offered), "store_bytes_per_reading": size / stored}
        return figures | counted


async def with_centre(load: Load, broker: BrokerProcess, folder: Path, store: str) -> dict[str, float]:
    """What a centre with a store at that address reached, by everything but its store."""
    settings = folder / "ingest.toml"
    settings.write_text(
        f"""store = "{store}"
records = "sqlite:///{folder / "records.sqlite"}"
folder = "{folder / "ingest"}"

[broker]
port = {broker.listener.port}
""",
        encoding="utf-8",
    )
    centre = await Child.start("ingest", "console.cli", ["ingest", "--config", str(settings)], folder / "ingest.log")
    try:
        options = Options(broker.listener.port, load.seconds, load.mines, load.points, load.window, load.rate)
        senders = await Child.start("senders", "bench.senders", [msgspec.json.encode(options).decode()], None)
        try:
            return await _measured(load, broker, centre, senders)
        finally:
            await senders.end()
    finally:
        await centre.end()


async def _measured(load: Load, broker: BrokerProcess, centre: Child, senders: Child) -> dict[str, float]:
    sys.stderr.write(f"ingest: {load.mines} gateways introduce themselves\n")
    await senders.heard(Ready, INTRODUCTION_S + 30)
    if broker.pid is None:
        raise GiveUp("the broker ended")
    of_centre, of_broker, of_senders = Meter(centre.pid), Meter(broker.pid), Meter(senders.pid)
    elsewhere = Elsewhere()
    senders.say("go")
    async with beside(senders.heard(Sent, load.seconds + DRAIN_S + 10)) as hearing:
        while not hearing.done():
            centre.check()
            of_centre.look()
            await asyncio.wait([hearing], timeout=LOOK_EVERY_S)
        sent = hearing.result()
    per_million = 1e6 / sent.readings
    return {
        "readings_per_s": sent.readings / sent.seconds,
        "cpu_s_per_million": of_centre.cpu_s * per_million,
        "broker_cpu_s_per_million": of_broker.cpu_s * per_million,
        "senders_cpu_s_per_million": of_senders.cpu_s * per_million,
        "altered": sent.altered,
        "committed_p50_ms": sent.committed_p50_ms,
        "committed_p99_ms": sent.committed_p99_ms,
        "rss_mb": of_centre.rss_mb,
        "offered_readings": sent.readings,
        "mines": load.mines,
        "points_per_mine": load.points,
        "in_flight_items": load.window,
        "offered_per_s": load.rate,
        "elsewhere_cores": elsewhere.cores,
    }


def _count(folder: Path, mines: int) -> int:
    """Readings in the store of all mines, counted in the files after the centre has ended."""
    store = open_store(str(folder))
    try:
        return sum(sum(store.count(mine_name(n), 0, END_OF_TIME).values()) for n in range(mines))
    finally:
        store.close()
