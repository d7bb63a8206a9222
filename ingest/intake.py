"""The centre's side of the wire: takes messages in, hands groups to the worker thread, answers with receipts, and notes silence."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeVar

import structlog

from contracts.clock import SECOND, Clock
from contracts.config import BrokerAddress
from contracts.errors import BadPayload, BadTopic
from contracts.payload import Birth, State, decode, encode
from contracts.topics import Gateway, Lane, every, parse_topic
from ingest.care import LANES, CareBook
from ingest.complaints import Complaints
from ingest.credit import Credit
from ingest.group import Outcome
from ingest.inbox import Entry, Inbox
from ingest.judge import Judge
from ingest.live import LONGEST_PERIOD, Live
from ingest.pipeline import Arrival
from ingest.planned import PlannedWatch
from ingest.statistics import StatisticsWorker
from ingest.worker import UNWELL, Worker
from wire.client import Arrived, Link, LinkDown, keep_connected
from wire.together import together

log = structlog.get_logger("ingest")

T = TypeVar("T")

LINGER_S = 0.05
"""How long a message may wait for others to its group: one fsync serves many items."""
MANY, LONG_LINGER_S = 8, 0.2
"""The same after a group of so many: a commit costs as much as some 50 items, and a province brings so many in that time. An event never
waits so long."""
RECEIPT_EVERY = SECOND // 2
"""At most one receipt a gateway in this time, unless it asked or waits for one to go on."""
ANSWER_EVERY_S = 0.1
"""Receipts whose time has come are told together so often: the records are asked once for all of them."""
MOST_CARE = 1_000
RECALL_AGAIN_S = 1.0
"""A centre that starts beside a database which cannot just now asks it again so often."""
ITEM_LANES = (Lane.LIVE, Lane.REPLAY, Lane.EVENT)


@dataclass(slots=True)
class Counters:
    """Since the start of the process."""

    messages: int = 0
    items: int = 0
    readings: int = 0
    duplicates: int = 0
    refused: int = 0
    folds: int = 0
    groups: int = 0
    foreign: int = 0
    crowded: int = 0
    """Messages of a gateway that had too much waiting already: not taken in, they come again."""
    failures: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    """Of `refused`, by reason."""


class Intake:
    """One ingest process. All database work runs in one thread (`run`); everything else in the event loop."""

    def __init__(self, worker: Worker, judge: Judge, live: Live, broker: BrokerAddress, name: str, credit: int, clock: Clock) -> None:
        self.worker, self.judge, self.live, self.broker, self._name = worker, judge, live, broker, name
        self.credit, self._clock = Credit(credit), clock
        self._thread = ThreadPoolExecutor(1, "store")
        self._inbox, self._complaints = Inbox(), Complaints()
        self._filled, self._hurry = asyncio.Event(), asyncio.Event()
        self._due: set[Gateway] = set()
        self._receipted: dict[Gateway, int] = {}
        self.counters = Counters()
        self.statistics = StatisticsWorker(self, clock)
        self.care, self._care = CareBook(worker.holdings.records), asyncio.Queue[tuple[Gateway, Lane, bytes, int]](MOST_CARE)
        self.connected, self.why = False, "not connected yet"
        self.error = ""
        self.on_alarms: Callable[[set[str]], None] = lambda _mines: None
        self.planned: PlannedWatch | None = None
        """Judges planned alarms by what was just committed; none: nobody asks for permits."""
        self.on_group: Callable[[float], None] = lambda _seconds: None
        self._in_hand = 0
        self._gathers_since = 0
        """Monotonic µs: when the oldest message of the inbox came, or earlier."""
        self._owed_since = 0
        """Monotonic µs since when work waits and nothing was committed; 0 while none waits."""

    @property
    def waiting(self) -> int:
        """Messages taken in and not committed."""
        return len(self._inbox) + self._in_hand

    def overdue(self, now: int) -> int:
        """µs for which work has waited without a commit; 0 while none waits. `now`: monotonic."""
        return now - self._owed_since if self._owed_since else 0

    async def run_in_store(self, work: Callable[[], T]) -> T:
        """Run something in the one thread that may touch the store."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def attempt(self, work: Callable[[], T], *, aside: bool = False) -> T | None:
        """Run something that comes round again: databases that cannot just now are no reason to end. `aside`: in a thread of its own."""
        try:
            return await (asyncio.to_thread(work) if aside else self.run_in_store(work))
        except UNWELL as error:
            self.counters.failures += 1
            log.error("store not reached", why=f"{type(error).__name__}: {error}")  # noqa: TRY400
            return None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            if await self.attempt(self._remember):
                break
            await asyncio.sleep(RECALL_AGAIN_S)
        try:
            await keep_connected(self.broker, self._name, self._session, on_state=self._on_state)
        finally:
            self._thread.shutdown()

    def _remember(self) -> bool:
        """The live view as the store knows it: newest values of every mine, and no gateway heard yet."""
        self.worker.holdings.recall(self.live)
        return True

    def _on_state(self, up: bool, why: str) -> None:
        self.connected, self.why = up, why

    async def _note_care(self) -> None:
        """What passes on the lanes of care goes into the audit chain."""
        while True:
            gateway, lane, payload, now = await self._care.get()
            try:
                await self.attempt(lambda told=(gateway, lane, payload, now): self.care.note(*told))  # type: ignore[misc]
            except BadPayload as error:
                self.counters.foreign += 1
                self._complain(str(gateway), gateway.topic(lane), str(error))

    async def _session(self, link: Link) -> None:
        self._inbox.clear()
        self._in_hand = 0
        if not self.error:
            self._owed_since = 0
        self.judge.watch_from(self._clock.now())
        await link.subscribe(*(every(lane) for lane in (Lane.BIRTH, Lane.STATE, *ITEM_LANES, *LANES)))
        await together(self._listen(link), self._work(link), self._answer(link), self._watch(), self._note_care())

    # ------------------------------------------------------------ in

    async def _listen(self, link: Link) -> None:
        async for message in link.messages():
            self.counters.messages += 1
            try:
                gateway, lane = parse_topic(message.topic)
            except BadTopic as error:
                self.counters.foreign += 1
                self._complain("", message.topic, str(error))
                continue
            self._receive(gateway, lane, message)
        raise LinkDown("the broker ended the connection")

    def _receive(self, gateway: Gateway, lane: Lane, message: Arrived) -> None:
        now = self._clock.now()
        if not self._inbox:
            self._gathers_since = self._clock.monotonic()
        try:
            if lane in ITEM_LANES:
                taken = self._inbox.put(Arrival(gateway, lane, message.payload, now))
            elif lane is Lane.BIRTH:
                taken = self._inbox.put((gateway, decode(Birth, message.payload), now if not message.retained else 0))
            elif lane in LANES:
                if self._care.full():
                    self.counters.foreign += 1
                    self._complain(str(gateway), message.topic, f"{MOST_CARE} messages of care wait already")
                else:
                    self._care.put_nowait((gateway, lane, message.payload, now))
                return
            elif lane is Lane.STATE:
                online = decode(State, message.payload).online
                self.live.change(gateway, online=online)
                if not online:
                    self.credit.forget(gateway)
                return
            else:
                return
        except BadPayload as error:
            self.counters.refused += 1
            self.counters.reasons[error.reason] += 1
            self._complain(str(gateway), message.topic, str(error))
            return
        self._note_arrival(gateway, lane, message.topic, taken)

    def _note_arrival(self, gateway: Gateway, lane: Lane, topic: str, taken: bool) -> None:
        if lane is not Lane.BIRTH:
            self.live.arrived[str(gateway)] = self._clock.now()
        if taken:
            self._owed_since = self._owed_since or self._clock.monotonic()
            self._filled.set()
            if lane is Lane.EVENT or self._inbox.full:
                self._hurry.set()
        else:
            self.counters.crowded += 1
            self._complain(str(gateway), topic, "too much of this gateway waits already; what was not taken in comes again")

    def _complain(self, who: str, topic: str, why: str) -> None:
        held_back = self._complaints.due(who, self._clock.monotonic())
        if held_back is not None:
            log.warning("message refused", topic=topic[:200], why=why, **({"and_unsaid": held_back} if held_back else {}))

    # ------------------------------------------------------------ work

    async def _gather(self, many: bool) -> None:
        """Until what waits is worth a commit. `many`: as much as before is likely to come."""
        if many and not self._inbox.full:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._left(LONG_LINGER_S)):
                    await self._hurry.wait()
        if not self._inbox.full:
            await asyncio.sleep(self._left(LINGER_S))

    def _left(self, linger: float) -> float:
        return max(0.0, linger - (self._clock.monotonic() - self._gathers_since) / SECOND)

    async def _work(self, link: Link) -> None:
        many = False
        while True:
            await self._filled.wait()
            await self._gather(many)
            self._hurry.clear()
            group = self._inbox.take()
            self._in_hand, began = len(group), self._clock.monotonic()
            many = len(group) >= MANY
            if not self._inbox:
                self._filled.clear()
            work = asyncio.ensure_future(self.run_in_store(lambda group=group: self._commit(group)))  # type: ignore[misc]
            try:
                outcome = await asyncio.shield(work)
            except asyncio.CancelledError:  # the session ends, the commit goes on: what it stores is to be seen
                work.add_done_callback(lambda done, group=group: self._see_late(done, group))  # type: ignore[misc]
                raise
            except Exception as error:  # the one supervisor: nothing was receipted, so everything comes again
                self.counters.failures += 1
                self.error = f"{type(error).__name__}: {error}"
                log.error("group not committed", why=self.error, exc_info=True)
                await asyncio.sleep(1.0)
                continue
            self.error, self._in_hand, now = "", 0, self._clock.monotonic()
            self._owed_since = now if self._inbox else 0
            self.on_group((now - began) / SECOND)
            link.progress()
            self._take_over(group, outcome)
            await self._tell(link)

    def _see_late(self, work: "asyncio.Future[Outcome]", group: list[Entry]) -> None:
        if not work.cancelled() and work.exception() is None:
            self._take_over(group, work.result())

    def _take_over(self, group: list[Entry], outcome: Outcome) -> None:
        now = self._clock.monotonic()
        for entry in group:
            if isinstance(entry, Arrival):
                self.credit.committed(entry.gateway, len(entry.payload), now)
        self._see(group, outcome)
        self._count(outcome)
        self._due |= outcome.touched
        if outcome.alarmed:
            self.on_alarms(outcome.alarmed)

    def imported(self, outcome: Outcome) -> None:
        """Take over what a file brought."""
        self._take_over([], outcome)

    def _commit(self, group: list[Entry]) -> Outcome:
        """In the store's thread. Births stand in order between items: a birth is answered with all that came before it."""
        now = self._clock.now()
        whole = Outcome()
        for _, run in groupby(group, key=lambda entry: isinstance(entry, Arrival)):
            entries = list(run)
            births = [(entry[0], entry[1]) for entry in entries if not isinstance(entry, Arrival)]
            if births:
                whole.renewed |= self.worker.holdings.all_born(births, now)
                whole.touched |= {gateway for gateway, _ in births}
            else:
                whole.add(self.worker.take([entry for entry in entries if isinstance(entry, Arrival)], now))
        for gateway, registry, block, replayed in whole.blocks:
            birth = self.worker.holdings.of(str(gateway)).birth
            if not replayed and birth is not None and self.judge.take_over(gateway, birth.pack, registry, block, now):
                whole.alarmed.add(gateway.mine)
        if self.planned is not None:
            whole.alarmed |= self.planned.take(whole.blocks, self._clock.now())
        return whole

    def _see(self, group: list[Entry], outcome: Outcome) -> None:
        """In the event loop: the live view has one writer."""
        now = self._clock.now()
        for gateway in {entry.gateway for entry in group if isinstance(entry, Arrival)}:
            self.live.heard(gateway, now)
        for entry in group:
            if isinstance(entry, Arrival):
                continue
            gateway, birth, heard = entry
            period = min(birth.period, LONGEST_PERIOD)
            facts = {"registry": birth.registry, "period": period, "agent": birth.agent, "clock_state": birth.clock_state}
            if heard:
                facts |= {"born": heard, "heard": heard, "clock_offset": birth.clock - heard}
            self.live.change(gateway, **facts)
            self._receipted.pop(gateway, None)
            self.credit.forget(gateway)
            known = self.worker.holdings.assembly.known.get(birth.registry)
            if known is not None:
                self.live.registries[birth.registry] = known.registry
        self.live.see_all(outcome.blocks)
        if outcome.renewed:
            self._due |= {state.gateway for state in self.live.gateways.values()}

    def _count(self, outcome: Outcome) -> None:
        counters = self.counters
        counters.groups += 1
        counters.items += outcome.stored
        counters.readings += outcome.readings
        counters.duplicates += outcome.duplicates
        counters.refused += outcome.refused
        counters.reasons.update(outcome.reasons)
        counters.folds += outcome.folds

    # ------------------------------------------------------------ out

    async def _answer(self, link: Link) -> None:
        """Receipts whose time has come."""
        while True:
            await asyncio.sleep(ANSWER_EVERY_S)
            await self._tell(link)

    async def _tell(self, link: Link) -> None:
        """Receipts: a birth is answered at once, who waits for one to go on after each group, anybody else each half second."""
        now = self._clock.monotonic()
        told = [name for name in self._due if self._may_tell(name, now)]
        if not told:
            return
        self._due.difference_update(told)
        self._receipted.update(dict.fromkeys(told, now))
        asked = [(gateway, self.credit.grant(gateway, now)) for gateway in told]
        receipts = await self.attempt(lambda: self.worker.holdings.receipts(asked))
        if receipts is None:
            self._due.update(told)
            return
        told_to = zip((gateway for gateway, _ in asked), receipts, strict=True)
        await link.send_all([(gateway.topic(Lane.RECEIPT), encode(receipt)) for gateway, receipt in told_to if receipt is not None])

    def _may_tell(self, gateway: Gateway, now: int) -> bool:
        return now - self._receipted.get(gateway, -RECEIPT_EVERY) >= RECEIPT_EVERY or self.credit.waited_for(gateway)

    async def _watch(self) -> None:
        """Silence, once in half a second."""
        while True:
            await asyncio.sleep(0.5)
            now = self._clock.now()
            if await self.attempt(lambda now=now: self.judge.silence(now)):  # type: ignore[misc]
                self.on_alarms(set(self.live.versions))
