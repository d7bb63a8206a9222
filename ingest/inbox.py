"""What is taken in and not committed, and what of it is committed together next. Pure.

Gateways take turns where there is more than a group, and none has more than its room: whoever floods the centre, with or without meaning
it, holds up nobody else's alarms.
"""

from collections import deque
from operator import itemgetter

from contracts.payload import MAX_BYTES, Birth
from contracts.topics import Gateway, Lane
from ingest.pipeline import Arrival

Entry = Arrival | tuple[Gateway, Birth, int]
"""An item; or a birth and when it was heard (µs UTC, 0: retained)."""
MOST_IN_GROUP, MOST_BYTES_IN_GROUP = 800, 2 << 20
"""What comes meanwhile waits for the whole group: with InfluxDB half a second where it has nothing left (docs/benchmarks.md)."""
ROOM = 64 << 20
"""Bytes that one gateway may have waiting (project setting). Above the greatest credit and the largest registry together: what keeps to the
protocol never meets it. What does not fit is not received, and comes again."""

_Numbered = tuple[int, Entry]


class _Queue:
    """What waits of one gateway: prompt (live data, events), later (backlog), and from its first birth on the rest, as it came."""

    __slots__ = ("later", "prompt", "rest", "size")

    def __init__(self) -> None:
        self.prompt, self.later, self.rest = deque[_Numbered](), deque[_Numbered](), deque[_Numbered]()
        self.size = 0

    def put(self, numbered: _Numbered) -> None:
        if self.rest or not isinstance(numbered[1], Arrival):
            self.rest.append(numbered)
        else:
            (self.later if numbered[1].lane is Lane.REPLAY else self.prompt).append(numbered)

    def next(self, *, prompt_only: bool) -> deque[_Numbered] | None:
        """Where its next entry stands: nothing goes ahead of a birth, which is answered with all that came before it."""
        if self.prompt or not self.later:
            return self.prompt or self.rest or None
        return None if prompt_only else self.later

    def took(self, entry: Entry) -> None:
        """An entry was taken; behind a birth, what came after it may be sorted."""
        self.size -= _weight(entry)
        if not isinstance(entry, Arrival):
            while self.rest and isinstance(arrival := self.rest[0][1], Arrival):
                (self.later if arrival.lane is Lane.REPLAY else self.prompt).append(self.rest.popleft())

    def all(self) -> list[_Numbered]:
        return [*self.prompt, *self.later, *self.rest]


class Inbox:
    """In order of arrival as long as it is a group. Where it is more: live data and events ahead of backlog, gateways by turns, and of each
    gateway in its own order, nothing ahead of a birth (what that does not name is sent again)."""

    def __init__(self, room: int = ROOM) -> None:
        self._room, self._weight = room, 0
        self.clear()

    def __len__(self) -> int:
        return self._count

    def put(self, entry: Entry) -> bool:
        """False where its gateway has no room left: then it is not taken in."""
        if not self._queues:
            weight = self._weight + _weight(entry)
            if weight <= self._room and not self.full:  # a group, as nearly always: nobody has to be told apart
                self._few.append(entry)
                self._weight = weight
                self._count += 1
                self._bytes += _size(entry)
                return True
            self._tell_apart()
        return self._queue(entry)

    def _tell_apart(self) -> None:
        few = self._few
        self.clear()
        for entry in few:
            self._queue(entry)

    def _queue(self, entry: Entry) -> bool:
        gateway = entry.gateway if isinstance(entry, Arrival) else entry[0]
        queue = self._queues.get(gateway)
        if queue is None:
            queue = self._queues[gateway] = _Queue()
        weight = _weight(entry)
        if queue.size + weight > self._room:
            return False
        queue.size += weight
        self._number += 1
        queue.put((self._number, entry))
        self._count += 1
        self._bytes += _size(entry)
        return True

    def clear(self) -> None:
        self._few: list[Entry] = []
        """All that waits, while it is no more than a group."""
        self._queues: dict[Gateway, _Queue] = {}
        self._weight = self._count = self._bytes = self._number = 0

    @property
    def full(self) -> bool:
        """Whether there is a whole group."""
        return self._count >= MOST_IN_GROUP or self._bytes > MOST_BYTES_IN_GROUP

    def take(self) -> list[Entry]:
        """The next group, out of the inbox."""
        if not self._queues:
            few = self._few
            if self._bytes <= MOST_BYTES_IN_GROUP:
                self.clear()
                return few
            self._tell_apart()
        if self._count <= MOST_IN_GROUP and self._bytes <= MOST_BYTES_IN_GROUP:
            waiting = sorted((one for queue in self._queues.values() for one in queue.all()), key=itemgetter(0))
            self.clear()
            return [entry for _, entry in waiting]
        group: list[Entry] = []
        size = self._turns(group, 0, prompt_only=True)
        if size >= 0:
            self._turns(group, size, prompt_only=False)
        self._count -= len(group)
        return group

    def _turns(self, group: list[Entry], size: int, *, prompt_only: bool) -> int:
        """One entry of each gateway after the other; the bytes of the group, or -1 where no more fit into it."""
        ring = deque(self._queues)
        while ring:
            gateway = ring.popleft()
            queue = self._queues[gateway]
            place = queue.next(prompt_only=prompt_only)
            if place is None:
                continue
            entry = place[0][1]
            more = _size(entry)
            if group and (len(group) >= MOST_IN_GROUP or size + more > MOST_BYTES_IN_GROUP):
                return -1
            place.popleft()
            queue.took(entry)
            group.append(entry)
            size += more
            self._bytes -= more
            del self._queues[gateway]  # behind the others, this time and the next
            if queue.prompt or queue.later or queue.rest:
                self._queues[gateway] = queue
                ring.append(gateway)
        return size


def _size(entry: Entry) -> int:
    """Bytes towards a group; a birth costs none."""
    return len(entry.payload) if isinstance(entry, Arrival) else 0


def _weight(entry: Entry) -> int:
    """Bytes towards a gateway's room; a birth may hold as much as any message."""
    return len(entry.payload) if isinstance(entry, Arrival) else MAX_BYTES
