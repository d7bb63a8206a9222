"""What the edge bench hears at the broker: live items and the receipts that name them, events, and how far the backlog is."""

from bisect import bisect_right
from dataclasses import dataclass, field

from alerts.limits import ALARM_RULE
from contracts.clock import Clock
from contracts.config import BrokerAddress
from contracts.payload import DATA_STREAM, Batch, Event, Item, Receipt, decode
from contracts.topics import Gateway, Lane, parse_topic
from wire.client import open_link

Held = list[tuple[int, int]]


@dataclass(slots=True)
class EdgeWire:
    """All times µs UTC. `live`: (due, receipted) of every live item; `events`: (reading's time, decided, arrived), first arrivals."""

    live: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[int, int, int]] = field(default_factory=list)
    raised: list[tuple[str, int, int]] = field(default_factory=list)
    """(point, reading's time, decided) of every alarm at a limit; cuts stand higher and come later."""
    held: dict[str, Held] = field(default_factory=dict)
    """By epoch of the data stream: the ranges the centre told to hold."""
    first_replay: int = 0
    """When the first item on the replay lane arrived."""
    told_at: int = 0
    waiting: dict[tuple[str, int], int] = field(default_factory=dict)
    """Live items without a receipt, and when their readings were due."""
    _events: set[tuple[str, int]] = field(default_factory=set)

    def take(self, lane: Lane, payload: bytes, now: int) -> None:
        """A message arrived at `now`."""
        if lane is Lane.RECEIPT:
            self._told(decode(Receipt, payload), now)
        elif lane is Lane.REPLAY:
            self.first_replay = self.first_replay or now
        else:
            self._item(decode(Item, payload), now)

    def _item(self, item: Item, now: int) -> None:
        if isinstance(item.body, Batch) and item.body.polls:
            self.waiting.setdefault((item.epoch, item.seq), item.body.polls[0].first)
        elif isinstance(item.body, Event) and (item.epoch, item.seq) not in self._events:
            self._events.add((item.epoch, item.seq))
            self.events.append((item.body.time, item.body.decided, now))
            if (item.body.rule, item.body.change) == (ALARM_RULE, "raise"):
                self.raised.append((item.body.point, item.body.time, item.body.decided))

    def _told(self, receipt: Receipt, now: int) -> None:
        self.told_at = now
        for told in receipt.epochs:
            if told.stream == DATA_STREAM:
                self.held[told.epoch] = [(first, last) for first, last, _ in told.held]
        for key in [key for key in self.waiting if self.holds(*key)]:
            self.live.append((self.waiting.pop(key), now))

    def holds(self, epoch: str, seq: int) -> bool:
        """Whether the centre told to hold that item."""
        held = self.held.get(epoch, [])
        at = bisect_right(held, (seq, 1 << 62)) - 1
        return at >= 0 and held[at][1] >= seq

    def count(self, epoch: str) -> int:
        """How many items of the epoch it holds."""
        return sum(last - first + 1 for first, last in self.held.get(epoch, []))

    def whole(self, epoch: str) -> bool:
        """Whether it holds the epoch from its first item on without a gap."""
        held = self.held.get(epoch, [])
        return len(held) == 1 and held[0][0] == 0


async def listen_to_edge(broker: BrokerAddress, gateway: Gateway, heard: EdgeWire, clock: Clock) -> None:
    """Until cancelled."""
    async with open_link(broker, "bench-listener") as link:
        await link.subscribe(*(gateway.topic(lane) for lane in (Lane.LIVE, Lane.REPLAY, Lane.EVENT, Lane.RECEIPT)))
        async for message in link.messages():
            heard.take(parse_topic(message.topic)[1], message.payload, clock.now())
