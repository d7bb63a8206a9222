"""What to send next: events first, then live data, then the backlog, all within the credit. No I/O but reading the outboxes."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from contracts.clock import SECOND
from contracts.errors import BadPayload
from contracts.payload import Item, Receipt, RegistryPart, decode
from contracts.topics import Lane
from edge_agent.linkmeter import LinkMeter
from edge_agent.outbox import Outbox
from edge_agent.outbox.epoch import EpochState

FIRST_CREDIT = 256 * 1024
"""Bytes in flight before the first receipt says how many."""
LIVE_BEHIND = 30
"""When live data are this many items behind, the older ones become backlog: live means now."""
SHORTEST_WAIT = 3 * SECOND


@dataclass(frozen=True, slots=True)
class Pick:
    """One item to send, and where."""

    lane: Lane
    stream: str
    epoch: str
    seq: int
    data: bytes


def _of_registry(pick: Pick) -> bool:
    if pick.lane is not Lane.REPLAY:
        return False
    try:
        return isinstance(decode(Item, pick.data).body, RegistryPart)
    except BadPayload:
        return False


class Lanes:
    """What is in flight since the last (re)connect, and what comes next."""

    def __init__(self, data: Outbox, event: Outbox) -> None:
        self.data, self.event = data, event
        self.credit = FIRST_CREDIT
        self.usual_wait = float(SECOND)
        """µs from sending to the receipt that names it (moving average)."""
        self._flight: dict[tuple[str, str, int], tuple[int, int]] = {}
        self._given_up = set[tuple[str, str, int]]()
        """What was in flight and counts as unsent again."""
        self.meter = LinkMeter()
        self._from: dict[tuple[str, str], int] = {}
        self._live_at = self._live_start = 0
        self.in_flight = 0
        self._noted: dict[tuple[str, str, int], int | None] = {}
        """Items somebody asks of, to when they were first sent."""
        self._asked: deque[tuple[str, str, int]] = deque()
        """(stream, epoch, number) of items somebody wants once more, received or not."""
        self.registry_items = 0
        """Items at the head of the current epoch that the rest of it cannot be understood without."""
        self.registry_known = False
        """Whether the centre had this registry before. Where it had not, not even an event goes ahead of it: an alarm would have no place,
        no quantity, and nobody of an area to be told to."""
        self.restart()

    def restart(self) -> None:
        """A new connection: nothing is in flight, what is made from now on is live, and how much may be in flight is not told yet."""
        self.credit = FIRST_CREDIT
        self._given_up.update(self._flight)
        self._flight.clear()
        self._from.clear()
        self.in_flight = 0
        self._live_at = self._live_start = self.data.current.made

    def resend(self, before: int) -> None:
        """What was sent before that moment and not received by now counts as unsent again."""
        for key in [key for key, (_, at) in self._flight.items() if at < before]:
            self.in_flight -= self._flight.pop(key)[0]
            self._given_up.add(key)
        self._from.clear()
        self._live_start = self._live_at

    def next(self, *, backlog: bool) -> Pick | None:
        """The next item within the credit; `backlog`: whether older items may go (the centre has told what it holds).

        Pieces of a registry go beyond it: the centre receipts none before it has them all, so a larger registry would never arrive.
        """
        for pick in self._candidates(backlog):
            fits = self.in_flight + len(pick.data) <= self.credit * (0.75 if pick.lane is Lane.REPLAY else 1.0)
            return pick if fits or self.in_flight == 0 or _of_registry(pick) else None
        return None

    def _candidates(self, backlog: bool) -> Iterator[Pick]:
        if backlog:
            if not self.registry_known:
                yield from self._registry()
            yield from self._oldest(self.event, Lane.EVENT, None)
            yield from self._registry()
        yield from self._live()
        yield from self._once_more()
        if backlog:
            yield from self._oldest(self.data, Lane.REPLAY, self._live_start)

    def _registry(self) -> Iterator[Pick]:
        """Before the live data that name it, however long the backlog of older epochs is."""
        state = self.data.current
        while (seq := self._next_open(self.data.stream, state, min(self.registry_items, state.made))) is not None:
            data = self.data.read(state.epoch, seq)
            if data is not None:
                yield Pick(Lane.REPLAY, self.data.stream, state.epoch, seq, data)
                return

    @property
    def registry_held(self) -> bool:
        """Whether the centre told that it holds the current epoch's registry."""
        return self.registry_items > 0 and not self.data.current.received.missing(0, self.registry_items - 1)

    def _live(self) -> Iterator[Pick]:
        state = self.data.current
        if state.made - self._live_at > LIVE_BEHIND:
            self._live_start = self._live_at = state.made - 1
        while self._live_at < state.made:
            at = self._live_at
            data = self.data.read(state.epoch, at)
            if data is not None:
                yield Pick(Lane.LIVE, self.data.stream, state.epoch, at, data)
                return
            self._live_at += 1

    def ask_again(self, items: Iterable[tuple[str, str, int]]) -> None:
        """Send these (stream, epoch, number) once more, behind live data."""
        self._asked.extend(items)

    def _once_more(self) -> Iterator[Pick]:
        while self._asked:
            stream, epoch, seq = key = self._asked[0]
            box = self.data if stream == self.data.stream else self.event
            data = None if key in self._flight else box.read(epoch, seq)
            if data is not None:
                yield Pick(Lane.REPLAY if box is self.data else Lane.EVENT, stream, epoch, seq, data)
                return
            self._asked.popleft()

    def _oldest(self, box: Outbox, lane: Lane, live_start: int | None) -> Iterator[Pick]:
        for state in sorted(box.epochs.values(), key=lambda state: (state is box.current, state.last_time)):
            end = live_start if live_start is not None and state is box.current else state.made
            while (seq := self._next_open(box.stream, state, end)) is not None:
                data = box.read(state.epoch, seq)
                if data is not None:
                    yield Pick(lane, box.stream, state.epoch, seq, data)
                    return

    def _next_open(self, stream: str, state: EpochState, end: int) -> int | None:
        key = (stream, state.epoch)
        at = max(self._from.get(key, 0), state.first_held)
        while at < end:
            holes = state.received.missing(at, end - 1)
            if not holes:
                break
            at = holes[0][0]
            holes = state.gone.missing(at, end - 1)
            if holes and holes[0][0] == at:
                if (stream, state.epoch, at) not in self._flight:
                    self._from[key] = at
                    return at
                at += 1
            else:
                at = holes[0][0] if holes else end
        self._from[key] = max(self._from.get(key, 0), min(at, end))
        return None

    def sent(self, pick: Pick, now: int) -> None:
        """The item is on its way."""
        key = (pick.stream, pick.epoch, pick.seq)
        self._flight[key] = (len(pick.data), now)
        self.in_flight += len(pick.data)
        if key in self._noted and self._noted[key] is None:
            self._noted[key] = now
        self.meter.sends(key in self._given_up)
        self._given_up.discard(key)
        if self._asked and self._asked[0] == key:
            self._asked.popleft()
        elif pick.lane is Lane.LIVE:
            self._live_at = pick.seq + 1
        else:
            self._from[pick.stream, pick.epoch] = pick.seq + 1

    @contextmanager
    def noting(self, stream: str, epoch: str, seq: int) -> Iterator[Callable[[], int | None]]:
        """While inside: asks when the item was first sent (monotonic µs; None before), also when its receipt has come meanwhile."""
        key = (stream, epoch, seq)
        self._noted[key] = None
        try:
            yield lambda: self._noted[key]
        finally:
            del self._noted[key]

    def told(self, receipt: Receipt, now: int) -> list[tuple[str, int, int]]:
        """Take over a receipt; the ranges (epoch, first, last) whose digest is not ours."""
        self.credit = max(receipt.credit, 1)
        disagree: list[tuple[str, int, int]] = []
        boxes = {self.data.stream: self.data, self.event.stream: self.event}
        for told in receipt.epochs:
            box = boxes.get(told.stream)
            if box is not None:
                disagree += [(told.epoch, first, last) for first, last in box.told(told.epoch, told.held, told.lost)]
        for key in [key for key in self._flight if self._done(boxes, key)]:
            size, at = self._flight.pop(key)
            self.in_flight -= size
            self.usual_wait += ((now - at) - self.usual_wait) / 8
            self.meter.receipted(now - at)
        self._given_up -= {key for key in self._given_up if self._done(boxes, key)}
        return disagree

    @staticmethod
    def _done(boxes: dict[str, Outbox], key: tuple[str, str, int]) -> bool:
        stream, epoch, seq = key
        state = boxes[stream].epochs.get(epoch)
        return state is None or seq in state.received or seq in state.gone

    def overdue(self, now: int) -> bool:
        """Whether the oldest item in flight waited three usual receipt times (at least 3 s)."""
        oldest = min((at for _, at in self._flight.values()), default=now)
        return now - oldest > max(3 * self.usual_wait, SHORTEST_WAIT)
