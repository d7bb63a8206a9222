"""`davy edge`: wires one agent from its configuration and runs it."""

import asyncio
import fcntl
import gc
import os
import signal
import sys
from pathlib import Path
from typing import IO

import msgspec
import structlog

from alerts.packs import load
from contracts.care import trusted_by
from contracts.clock import HOUR, MINUTE, Clock, SystemClock
from contracts.errors import BadConfig
from contracts.links import linked
from contracts.payload import Birth
from contracts.points import read_registry
from edge_agent import findings
from edge_agent.advice.advisor import advised
from edge_agent.advice.beside import put_beside
from edge_agent.advice.kept import KeptBundles
from edge_agent.agent import Agent
from edge_agent.batchfiles import MOST_EXTENTS, BatchFiles
from edge_agent.batchfiles import Room as FileRoom
from edge_agent.blackbox import BlackBox, Keeper, Room
from edge_agent.blackbox.key import own_key
from edge_agent.care import Care, Switch
from edge_agent.care.anchors import anchor
from edge_agent.care.door import Door
from edge_agent.care.orders import handlers
from edge_agent.config import EdgeSettings
from edge_agent.linkmeter import tell_link
from edge_agent.metrics import watched
from edge_agent.outbox import OutboxLimits
from edge_agent.sources import make_source
from edge_agent.status import AGENT
from wire.health import watched_by

log = structlog.get_logger("edge")

SWITCH_S = 0.0005
"""How long the disk's thread may keep the interpreter while a device's answer waits to be judged. Python's own 5 ms came three times over
into the slowest decisions."""
AGAIN_AFTER_S = 2.0


def own(folder: Path) -> IO[str]:
    """The folder is ours while this file is open; BadConfig naming the other process's pid where it is not."""
    lock = _lock_file(folder)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        raise BadConfig("folder", str(folder), f"a folder no other agent uses (process {lock.read().strip()} does)") from error
    try:
        lock.truncate(0)
        os.write(lock.fileno(), str(os.getpid()).encode())
    except OSError as error:  # the lock is what counts; the number is for people
        log.warning("process id not noted", folder=str(folder), why=str(error))
    return lock


def _lock_file(folder: Path) -> IO[str]:
    """Open; only for reading on a disk that has become read-only. An agent that ran here before runs there too."""
    path = folder / "owner"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        if not path.exists():
            raise BadConfig("folder", str(folder), f"a folder that can be made and written ({error.strerror})") from error
        log.error("disk refuses", folder=str(folder), why=str(error))  # noqa: TRY400
        return path.open(encoding="utf-8")


def make_agent(settings: EdgeSettings, clock: Clock, *, models: bool = False) -> Agent:
    """The agent a configuration describes, with points for the scores of `models`; BadConfig where a file it names cannot be read."""
    try:
        registry = read_registry(Path(settings.points).read_bytes())
        if registry.mine != settings.mine:
            raise BadConfig("mine", settings.mine, f"the mine of the point registry ({registry.mine})")
        sources = [make_source(source, registry) for source in settings.sources]
    except OSError as error:
        raise BadConfig("file", error.filename, f"one that this user can read ({error.strerror})") from error
    box = settings.outbox
    limits = OutboxLimits(box.max_mb << 20, max(box.segment_mb, 1) << 20, box.keep, box.reserve_mb << 20)
    registry = linked(advised(registry) if models else registry, settings.name, settings.link.kind)
    return Agent(settings.name, registry, sources, Path(settings.folder), settings.broker, limits, load(), clock)


def black_box(agent: Agent, settings: EdgeSettings) -> Keeper:
    """The black box beside an agent: it hears its decisions and runs as long as it does."""
    folder, told = Path(settings.folder) / "blackbox", settings.blackbox
    room = Room(round(told.before_h * HOUR), round(told.after_min * MINUTE), told.max_mb << 20)
    box = BlackBox(folder, Path(settings.folder), str(settings.name), AGENT, lambda: own_key(Path(settings.folder)), room)
    newest = max((state.last_time for state in agent.data.epochs.values()), default=0)
    keeper = Keeper(box, agent.registry, folder, newest, agent.watch.now)
    agent.deciding.heard_by.append(keeper.notice)
    agent.beside.append(keeper.run)
    return keeper


def batch_files(agent: Agent, settings: EdgeSettings) -> BatchFiles | None:
    """The files beside an agent, where its configuration wants some."""
    if not settings.files.folder:
        return None
    home, limits = Path(settings.folder), FileRoom(settings.files.max_mb << 20, settings.outbox.reserve_mb + settings.files.max_mb << 20)
    boxes = (agent.data, agent.events)
    files = BatchFiles(Path(settings.files.folder), home, str(settings.name), boxes, lambda: filed(agent), lambda: own_key(home), limits)
    agent.files = files
    agent.beside.append(lambda: files.run(settings.files.every_s))
    return files


def filed(agent: Agent) -> Birth:
    """The birth in a file: nobody answers it, and the newest epochs stand in it."""
    newest = [sorted(box.extents(), key=lambda extent: (extent.closed, -extent.last_time)) for box in (agent.data, agent.events)]
    return msgspec.structs.replace(agent.birth(0), catalogue=[extent for extents in newest for extent in extents[:MOST_EXTENTS]])


async def run_agent(settings: EdgeSettings, clock: Clock | None = None) -> None:
    """Until SIGTERM or SIGINT: then everything pending is made durable."""
    sys.setswitchinterval(SWITCH_S)
    lock, clock = own(Path(settings.folder)), clock or SystemClock()
    try:
        care = Care(settings, AGENT, clock)
        while True:
            try:
                return await _run(care.choose(), care, clock)
            except Switch:
                continue
    finally:
        lock.close()


def settle_memory() -> None:
    """What stands from now on is not looked through again for garbage: a full collection would stop everything for 20 to 70 ms."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Again:
    """Ends the agent a moment after it was asked to, so that the answer is on its way; another one starts with other models."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def ask(self) -> None:
        self._asked.set()

    async def run(self) -> None:
        """Beside an agent. Switch: it is to be ended and another one started."""
        await self._asked.wait()
        await asyncio.sleep(AGAIN_AFTER_S)
        raise Switch


async def _run(settings: EdgeSettings, care: Care, clock: Clock) -> None:
    """One agent under one version; Switch where another is chosen."""
    kept = KeptBundles(Path(settings.folder) / "models", trusted_by(settings.trust), settings.mine)
    bundle = kept.in_use()
    try:
        agent = make_agent(settings, clock, models=bundle is not None)
    except BadConfig as error:
        care.give_up(str(error))
        raise Switch from error
    again = Again()
    orders = handlers(agent, settings, black_box(agent, settings)) | {"models": put_beside(agent, kept, bundle, again.ask)}
    orders |= {"anchor": anchor(Path(settings.folder))}
    agent.beside.append(again.run)
    batch_files(agent, settings)
    telling = (agent.deciding.tell, agent.deciding.tell_returns, agent.regulation.name, agent.watch.now)
    agent.beside.append(lambda: findings.watch(lambda: agent.polling.sources, *telling))
    measured = (agent.lanes.meter, agent.registry, agent.gateway, lambda: agent.link.connected, agent.watch.now, agent.add)
    agent.beside.append(lambda: tell_link(*measured))
    agent.beside.append(lambda: care.watch(agent.link, orders))
    agent.beside.append(lambda: Door(Path(settings.folder) / "requests", str(settings.name), orders, clock).run())
    settle_memory()
    try:
        async with watched_by(watched(agent), settings.metrics_host, settings.metrics_port):
            task = asyncio.ensure_future(agent.run())
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
            await task
    except asyncio.CancelledError:
        told = asyncio.current_task()
        if told is not None and told.cancelling():
            raise  # not a signal: whoever runs us wants us gone, and is told that we are
