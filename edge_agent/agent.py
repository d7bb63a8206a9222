"""The agent: polls sources on their grid, judges, keeps, and lets the link send. One process, one event loop, one disk thread."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from alerts.packs.pack import Pack
from contracts.checks import Bounds, flagged
from contracts.clock import MINUTE, Clock, ClockState
from contracts.columns import Block
from contracts.config import BrokerAddress
from contracts.payload import CLOCK_SET_BACK, CLOCK_UNSURE, DATA_STREAM, EVENT_STREAM, Birth
from contracts.points import Registry
from contracts.topics import Gateway
from edge_agent.advice.word import ModelsWord
from edge_agent.batchfiles import BatchFiles
from edge_agent.bodies import Stamps, batches, registry_parts
from edge_agent.clockwatch import ClockWatch
from edge_agent.deciding import Deciding
from edge_agent.diary import Diary, Status
from edge_agent.lanes import Lanes
from edge_agent.link import EdgeLink
from edge_agent.outbox import Outbox, OutboxLimits
from edge_agent.places import Mark, places
from edge_agent.polling import Polling
from edge_agent.sources import Answer, Source
from edge_agent.status import birth_of, status_of
from wire.together import together

log = structlog.get_logger("edge")

MOST_PENDING, MOST_PENDING_BYTES = 20_000, 64 << 20
"""What may wait in memory for a disk that refuses; beyond it polls are judged and not kept (and show as not sampled)."""
FIRST_WORD_S, WORD_S = 1.0, 5.0
"""When the agent first says how it is, and how often from then on."""


class Agent:
    """One gateway."""

    def __init__(
        self,
        gateway: Gateway,
        registry: Registry,
        sources: Sequence[Source],
        folder: Path,
        broker: BrokerAddress,
        limits: OutboxLimits,
        regulation: Pack,
        clock: Clock,
    ) -> None:
        self.gateway, self.registry, self.regulation, self.clock = gateway, registry, regulation, clock
        events = OutboxLimits(max(limits.max_bytes // 10, 1 << 20), limits.segment_bytes, limits.keep, droppable=False)
        self.data = Outbox(folder / "data", DATA_STREAM, limits)
        self.events = Outbox(folder / "event", EVENT_STREAM, events)
        self.diary = Diary(folder / "agent.json")
        self.facts = self.diary.read()
        self._places = dict[str, int]()
        """Each source's newest place that was kept; in `facts.cursors` stands what is durable too."""
        newest, floor = max(state.last_time for state in self.data.epochs.values()), self.facts.clock_floor
        if floor and newest - floor > MINUTE:
            newest = floor  # the clock was set right while we ran: what was stamped before must not hold it in the future for ever
        self.watch = ClockWatch(clock, max(newest, floor))
        self.bounds = Bounds.of(registry)
        self.lanes = Lanes(self.data, self.events)
        self._dirty = asyncio.Event()
        self.deciding = Deciding(registry, regulation, self.events, self.watch.now, self._dirty.set, lambda: self.watch.set_back)
        self.link = EdgeLink(gateway, broker, self.lanes, self.birth, clock, self.deciding.conflict)
        self.link.generation = self.facts.generation
        self.unkept = self.lost_items = 0
        self.disk_error, self.disk_errors = "", 0
        self.polled = self.answered = 0
        """Instants that were due, and answered."""
        self.started = clock.monotonic()
        self.committing_since = 0
        """Monotonic µs since when a commit is under way; 0 while none is."""
        self._stamps = Stamps()
        self._disk, self._disk_lock = ThreadPoolExecutor(1, "disk"), asyncio.Lock()
        self.polling = Polling(sources, self, self.watch, clock)
        self.link.quiet = self.polling.quiet
        self.files: BatchFiles | None = None
        self.models: Callable[[], ModelsWord] | None = None
        """What the models say of themselves."""
        self.read_by: list[Callable[[Block, int], None]] = []
        """Who hears every reading with its quality, and when it came (µs UTC)."""
        self.beside: list[Callable[[], Coroutine[None, None, None]]] = []
        """What else runs as long as the agent does."""

    # ------------------------------------------------------------ life

    async def run(self) -> None:
        """Until cancelled."""
        self._open_epoch()
        try:
            self.polling.resume()
            polls = [self.polling.forever(source) for source in self.polling.sources]
            own = (self._commit_forever(), self.deciding.run(), self.link.run(), self._keep_house())
            await together(*polls, *own, *(work() for work in self.beside))
        finally:
            await self.polling.close()
            self._disk.shutdown()
            self._flush()

    def _open_epoch(self) -> None:
        """The registry is the first item of every epoch; losses found on disk are told; cursors are read off the newest items.

        On a disk that refuses all that stays in memory, and is committed when there is room.
        """
        sources = [source.name for source in self.polling.sources]
        self._places = places(self.data, self.facts.cursors, self.facts.kept, sources)
        self._settled(dict(self._places), Mark(self.data.epoch))
        now = self.watch.now()
        for part in registry_parts(self.registry):
            self.data.append(part, now)
        self.lanes.registry_items = self.data.pending
        self.lanes.registry_known = self.facts.registry == self.registry.name
        try:
            self._tell_losses(now)
        except OSError as error:
            self._refused(error)
            self._dirty.set()

    def _tell_losses(self, now: int) -> None:
        self.data.commit()
        self.events.commit()  # a disk that refuses says so before the losses are made items: they would be made anew at each try
        boxes = [box for box in (self.data, self.events) if box.losses]
        for box in boxes:
            for loss in box.losses:
                self.events.append(loss, now)
                self.lost_items += loss.last - loss.first + 1
                log.warning("items lost", stream=loss.stream, epoch=loss.epoch, first=loss.first, last=loss.last, why=loss.reason)
        self.data.commit()
        self.events.commit()
        for box in boxes:
            box.told_losses()

    def _flush(self) -> None:
        for last in (self._commit, self._settle, self._write_diary, self.data.close, self.events.close):
            try:
                last()
            except OSError as error:
                self._refused(error)

    def _settle(self) -> None:
        """Where nothing waits for the disk, what was kept is durable."""
        if not self.data.pending:
            self._settled(dict(self._places), Mark(self.data.epoch, self.data.next))

    def _settled(self, kept: dict[str, int], before: Mark) -> None:
        self.facts.cursors, self.facts.kept = kept, before

    def _refused(self, error: OSError) -> None:
        """The disk cannot just now: said, and tried again."""
        self.disk_error = str(error)
        log.error("disk refuses", why=str(error), waiting=self.data.pending + self.events.pending)

    # ------------------------------------------------------------ reading

    @property
    def has_room(self) -> bool:
        """Whether a reading would be kept: on disk, or in memory until the disk takes it."""
        return self.data.pending <= MOST_PENDING and self.data.pending_bytes <= MOST_PENDING_BYTES

    def place_of(self, source: str) -> int:
        """The place of a source's newest answer that was kept."""
        return self._places.get(source, 0)

    def take(self, answer: Answer, *, keep: bool = True) -> bool:
        """Judge and keep what a poll brought; whether it was kept. Decided before it is written, written before it is sent.

        Where a disk refuses for so long that there is no room in memory, it is still judged: an alarm needs no disk to be decided.
        """
        if not answer.polls:
            return True
        self.polled += sum(poll.count for poll in answer.polls)
        self.answered += sum(poll.answered for poll in answer.polls)
        now = self.watch.now()
        unsure = self.watch.state is ClockState.SUSPECT
        block = answer.block
        if block is not None and len(block):
            block = flagged(block, self.bounds, clock_suspect=unsure)
            for hears in self.read_by:
                hears(block, now)
        self.deciding.judge(block, answer.polls, now)
        self._dirty.set()
        if not keep or not self.has_room:
            self.unkept += 1
            return False
        flags = (CLOCK_SET_BACK if self._stamps.used_before(answer.polls[0].source, answer.block) else 0) | (CLOCK_UNSURE if unsure else 0)
        for batch in batches(block, self.registry.name, answer.polls, flags):
            self.data.append(batch, now)
        for poll in answer.polls:
            self._places[poll.source] = poll.cursor
        return True

    def add(self, block: Block) -> None:
        """Keep readings that no poll brought, such as the models' scores. Nothing is judged by them, and nothing counts as polled."""
        if not self.has_room:
            return
        now = self.watch.now()
        unsure = self.watch.state is ClockState.SUSPECT
        flags = (CLOCK_SET_BACK if self._stamps.used_before("", block) else 0) | (CLOCK_UNSURE if unsure else 0)
        for batch in batches(flagged(block, self.bounds, clock_suspect=unsure), self.registry.name, (), flags):
            self.data.append(batch, now)
        self._dirty.set()

    # ------------------------------------------------------------ keeping

    async def _commit_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            self.committing_since = self.clock.monotonic()
            try:
                async with self._disk_lock:
                    kept, before = dict(self._places), Mark(self.data.epoch, self.data.next)
                    await loop.run_in_executor(self._disk, self._commit)
                self._settled(kept, before)
                self.disk_error = ""
            except OSError as error:
                self.disk_errors += 1
                self._refused(error)
                await self._reclaim()
                await asyncio.sleep(1.0)
                self._dirty.set()
            self.committing_since = 0
            self.link.wake()

    def _commit(self) -> None:
        self.events.commit()
        self.data.commit()

    async def _keep_house(self) -> None:
        pause = FIRST_WORD_S
        while True:
            await asyncio.sleep(pause)
            pause = WORD_S
            await self._reclaim()
            self._write_diary()

    async def _reclaim(self) -> None:
        """Make room. Never beside a commit: what is being written must not be taken for old."""
        async with self._disk_lock:
            now = self.watch.now()
            try:
                for box in (self.data, self.events):
                    box.reclaim(now)
                if self.data.losses or self.events.losses:
                    self._tell_losses(now)
            except OSError as error:
                self._refused(error)

    def _write_diary(self) -> None:
        self.facts.generation, self.facts.clock_floor = self.link.generation, self.watch.now()
        if self.lanes.registry_held:
            self.facts.registry = self.registry.name
        try:
            self.diary.write(self.facts, self.status())
        except OSError as error:
            self.disk_error = str(error)

    # ------------------------------------------------------------ telling

    def birth(self, nonce: int) -> Birth:
        """Who this is and what it holds."""
        return birth_of(self, nonce)

    def status(self) -> Status:
        """What `davy edge status` shows."""
        return status_of(self)
