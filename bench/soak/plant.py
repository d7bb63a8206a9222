"""The plant of the night: broker, centre with its pages, database, agents with their devices, the load, and the lines between them."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from bench.cable import laid
from bench.hook import Hook, listening
from bench.ports import free_port
from bench.processes import ROOT, Child
from bench.servers import ORG, TOKEN, find_server
from bench.soak.device import Serving
from bench.soak.disk import Disk, small_disk
from bench.soak.keep import Kept, davy
from bench.soak.senders import READY_S, Options, Ready
from bench.soak.truth import Stash
from bench.soak.values import AREAS, agent_mine
from contracts.clock import SystemClock
from contracts.errors import GiveUp
from ingest.broker.child import Listener
from ingest.broker.mosquitto import configuration, find_mosquitto
from sim_sensors.field.line import Line
from store.influx import InfluxAddress, Server, init_buckets

AGENTS, LOAD_CABLES = 4, 2
STEPPED = AGENTS - 1
"""The agent whose clock is set; `FULL`: the one whose disk is filled."""
FULL = 0
START_S = 120.0
AGENT_DISK_MB, CENTRE_DISK_MB, CENTRE_MB_A_MINUTE = 96, 3000, 60
PERSON = "soak"


@dataclass(frozen=True, slots=True)
class Shape:
    """`influx`: readings go into a real InfluxDB; `disks`: small ones can be mounted."""

    mines: int
    minutes: float
    influx: bool
    disks: bool


@dataclass(slots=True)
class Plant:
    """All of it, running. `load` is the process of the simulated gateways; `cables[:AGENTS]` are the agents' own lines."""

    folder: Path
    shape: Shape
    broker: Kept
    centre: Kept
    agents: list[Kept]
    store: Kept | None
    load: Child
    device: Child
    cables: list[Line]
    hook: Hook
    clock_file: Path
    agent_disk: Disk | None
    centre_disk: Disk | None
    stashes: list[Stash]
    broker_port: int
    pages: str
    token: str
    metrics: str

    @property
    def home(self) -> Path:
        """The centre's folder."""
        return home_of(self.folder)

    @property
    def records(self) -> str:
        """Address of the records."""
        return f"sqlite:///{self.home / 'records.sqlite'}"

    def roles(self) -> dict[str, list[Kept]]:
        """The product's processes, by what they are."""
        roles = {"centre": [self.centre], "agent": self.agents, "broker": [self.broker]}
        return roles | ({"influxd": [self.store]} if self.store is not None else {})

    def check(self) -> None:
        """ChildFailed where one of the bench's own has ended."""
        self.load.check()
        self.device.check()


def home_of(folder: Path) -> Path:
    """Where the centre keeps everything."""
    return folder / "centre"


def outbox_of(folder: Path, agent: int) -> Path:
    """Where an agent keeps everything."""
    return folder / f"agent-{agent}" / "outbox"


@asynccontextmanager
async def plant(folder: Path, shape: Shape) -> AsyncIterator[Plant]:
    """Everything up, the registries held; ended by pid in the end."""
    async with AsyncExitStack() as stack:
        agent_disk = centre_disk = None
        if shape.disks:
            outbox_of(folder, FULL).parent.mkdir()
            agent_disk = await stack.enter_async_context(small_disk(folder / "agent.img", outbox_of(folder, FULL), AGENT_DISK_MB))
            most = CENTRE_DISK_MB + round(shape.minutes * CENTRE_MB_A_MINUTE)
            centre_disk = await stack.enter_async_context(small_disk(folder / "centre.img", home_of(folder), most))
        home_of(folder).mkdir(exist_ok=True)
        store, address = await _store(stack, folder, shape)
        port, broker = await _broker(stack, folder)
        hook = await stack.enter_async_context(listening(SystemClock()))
        cables = [await stack.enter_async_context(laid(port)) for _ in range(AGENTS + LOAD_CABLES)]
        centre, pages, metrics, token = await _centre(stack, folder, address, port, hook.address)
        device = await _child(stack, "device", "bench.soak.device", [str(folder / "devices"), str(AGENTS)])
        serving = await device.heard(Serving, START_S)
        clock_file = folder / "clock"
        clock_file.write_text("0", encoding="ascii")
        agents = [await _agent(stack, folder, at, serving.ports[at], cables[at].port, clock_file) for at in range(AGENTS)]
        options = Options([cable.port for cable in cables[AGENTS:]], shape.mines - AGENTS, str(folder / "offered.npz"))
        load = await _child(stack, "load", "bench.soak.senders", [msgspec.json.encode(options).decode()])
        await load.heard(Ready, READY_S + 60)
        stashes = [Stash(outbox_of(folder, at), folder / f"agent-{at}" / "stash") for at in range(AGENTS)]
        yield Plant(
            *(folder, shape, broker, centre, agents, store, load, device, cables, hook, clock_file, agent_disk, centre_disk, stashes),
            *(port, pages, token, metrics),
        )


async def _child(stack: AsyncExitStack, name: str, module: str, arguments: list[str]) -> Child:
    child = await Child.start(name, module, arguments, None)
    stack.push_async_callback(child.end)
    return child


async def _kept(stack: AsyncExitStack, one: Kept) -> Kept:
    await one.start()
    stack.push_async_callback(one.stop)
    return one


async def _broker(stack: AsyncExitStack, folder: Path) -> tuple[int, Kept]:
    port, path = free_port(), folder / "mosquitto.conf"
    path.write_text(configuration(Listener(port=port)), encoding="ascii")
    broker = await _kept(stack, Kept("broker", [find_mosquitto(), "-c", str(path)], folder / "broker.log"))
    await broker.answers(port, START_S)
    return port, broker


async def _store(stack: AsyncExitStack, folder: Path, shape: Shape) -> tuple[Kept | None, str]:
    if not shape.influx:
        return None, str(home_of(folder) / "store")
    place, port = folder / "influx", free_port()
    place.mkdir()
    files = ["--bolt-path", place / "i.bolt", "--engine-path", place / "engine", "--sqlite-path", place / "i.sqlite"]
    arguments = [find_server("influxd"), *files, "--http-bind-address", f"127.0.0.1:{port}", "--reporting-disabled"]
    store = await _kept(stack, Kept("influxd", [str(part) for part in arguments], folder / "influxd.log"))
    await store.answers(port, START_S)
    url, body = f"http://127.0.0.1:{port}", {"username": "bench", "password": "bench-bench", "org": ORG, "bucket": "first", "token": TOKEN}
    async with httpx.AsyncClient(base_url=url, timeout=60.0, trust_env=False) as client:
        for _ in range(100):
            if (await client.get("/health")).is_success:
                break
            await asyncio.sleep(0.2)
        (await client.post("/api/v2/setup", json=body)).raise_for_status()
    os.environ["DAVY_INFLUX_TOKEN"] = TOKEN
    server = Server(InfluxAddress(url, ORG), TOKEN)
    init_buckets(server)
    server.close()
    return store, f"influx+{url}/{ORG}"


async def _centre(stack: AsyncExitStack, folder: Path, store: str, broker: int, hook: str) -> tuple[Kept, str, str, str]:
    home, port, metrics = home_of(folder), free_port(), free_port()
    path = folder / "centre.toml"
    areas = [(at, area) for at in range(AGENTS) for area in range(AREAS)]
    recipients = "\n".join(
        f'[[alerts.recipients]]\nname = "mine-{at}-{area}"\naddress = "{hook}"\nmines = ["{agent_mine(at)}"]\nareas = ["area-{area}"]\n'
        for at, area in areas
    )
    path.write_text(
        f"""store = "{store}"
records = "sqlite:///{home / "records.sqlite"}"
folder = "{home / "ingest"}"
metrics_port = {metrics}

[broker]
port = {broker}

[alerts]
retry_at_most_s = 5
all_clear_s = 5

{recipients}""",
        encoding="utf-8",
    )
    await _cli("people", "add", PERSON, "--name", PERSON, "--role", "admin", "--no-password", "--config", str(path))
    token = (await _cli("people", "token", PERSON, "--config", str(path))).splitlines()[0].strip()
    arguments = davy("centre", "--config", str(path), "--port", str(port))
    centre = await _kept(stack, Kept("centre", arguments, folder / "centre.log"))
    await centre.answers(port, START_S)
    return centre, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics}/metrics", token


async def _cli(*arguments: str) -> str:
    """What `davy ...` prints; GiveUp where it fails."""
    done = await asyncio.to_thread(subprocess.run, davy(*arguments), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GiveUp(f"davy {' '.join(arguments)}: {done.stderr.strip()[-400:]}")
    return done.stdout


async def _agent(stack: AsyncExitStack, folder: Path, at: int, device: int, broker: int, clock: Path) -> Kept:
    place, points = folder / f"agent-{at}", folder / "devices" / str(at)
    place.mkdir(exist_ok=True)
    config = place / "edge.toml"
    config.write_text(
        f"""mine = "{agent_mine(at)}"
gateway = "gw"
folder = "{outbox_of(folder, at)}"
points = "{points / "points.json"}"

[broker]
port = {broker}

[outbox]
max_mb = {AGENT_DISK_MB if at == FULL else 512}
segment_mb = 1
reserve_mb = 4

[blackbox]
max_mb = 8

[[sources]]
name = "field"
kind = "modbus_tcp"
period_s = 1.0
port = {device}
registers = "{points / "registers.json"}"
""",
        encoding="utf-8",
    )
    own = clock if at == STEPPED else place / "no-clock"
    return await _kept(stack, Kept(f"agent-{at}", launched("run", config, own), place / "edge.log"))


def launched(what: str, config: Path, clock: Path) -> list[str]:
    """The agent as the night starts it."""
    return [*davy()[:1], "-m", "bench.soak.launch", what, str(config), str(clock)]
