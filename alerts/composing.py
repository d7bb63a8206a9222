"""What of the waiting deliveries of one recipient goes out now, and what of it together. Pure.

The first word of each cause goes at once and alone. What follows from it waits a little for others and goes as one message with a list.
In a storm (more a minute than anybody reads) what is no new cause goes as a digest, and new causes that come in crowds go together.
A delivery is put into one message and never dropped; of one alarm the order is kept.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from contracts.clock import SECOND
from store.records.deliveries import LONGEST_WAIT, DeliveryRow

STORM_PER_MINUTE = 30
"""Project setting: more messages than this within a minute are a storm; of a channel with a pace, a quarter of its pace."""
CROWD = 24
"""Project setting: in a storm so many new causes at once go together."""
DIGEST_EVERY = 5 * SECOND
"""Project setting: in a storm what is no new cause waits so long at most for others."""
MOST_PARTS = 200
"""Deliveries in one message: about 50 KB of JSON, what any receiver and broker takes."""


class Together(StrEnum):
    """Kinds of message: one transition; what one cause brought; in a storm, many causes with counts."""

    SINGLE = "single"
    GROUP = "group"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to be put together."""

    kind: Together
    rows: tuple[DeliveryRow, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a recipient stands. `sent`: messages within the last minute; `last`, `digest`: when the last message and the last digest were
    put together (µs UTC, 0: none); `slots`: how many may go now; `pace`: messages a minute allowed, 0: no limit."""

    sent: int
    last: int
    digest: int
    slots: int
    pace: int


def storms(standing: Standing, waiting: int) -> bool:
    """Whether more comes than anybody reads one by one."""
    most = min(STORM_PER_MINUTE, standing.pace // 4) if standing.pace else STORM_PER_MINUTE
    return standing.sent + waiting > most


def spacing(pace: int) -> int:
    """In a storm, µs between two messages on a channel with a pace: three quarters of it, so that it is never used up."""
    return 80 * SECOND // pace if pace else 0


def compose(leads: Sequence[DeliveryRow], rest: Sequence[DeliveryRow], standing: Standing, now: int) -> list[Planned]:
    """The messages to put together now, at most `slots`. `leads`: what goes at once, its time come; `rest`: what may wait for others,
    its time come or not, oldest first."""
    alone = [Planned(Together.SINGLE, (row,)) for row in leads if row.cause_id is None]
    crowd = [row for row in leads if row.cause_id is not None]
    due = [row for row in rest if _due(row, now)]
    if storms(standing, len(crowd) + len(due)):
        return (_stormy(crowd, rest, due, standing, now) + alone)[: standing.slots]
    singles = [*alone, *(Planned(Together.SINGLE, (row,)) for row in crowd)]
    first = sorted(singles, key=lambda one: one.rows[0].id)[: standing.slots]
    return first + _groups(rest, due)[: standing.slots - len(first)]


def _due(row: DeliveryRow, now: int) -> bool:
    return row.next_try <= now or row.next_try > now + LONGEST_WAIT


def _groups(rest: Sequence[DeliveryRow], due: Sequence[DeliveryRow]) -> list[Planned]:
    """One message a cause that has something due, with all that waits of it; of its alarms also what they told before."""
    causes = {row.cause_id for row in due}
    found: defaultdict[int | None, list[DeliveryRow]] = defaultdict(list)
    of_alarm = {row.alarm_id: row.cause_id for row in rest if row.cause_id in causes}
    for row in rest:
        if row.alarm_id in of_alarm:
            found[of_alarm[row.alarm_id]].append(row)
    return [Planned(Together.GROUP, tuple(rows[:MOST_PARTS])) for rows in found.values()]


def _stormy(
    crowd: Sequence[DeliveryRow], rest: Sequence[DeliveryRow], due: Sequence[DeliveryRow], standing: Standing, now: int
) -> list[Planned]:
    if standing.pace:
        if 0 <= now - standing.last < spacing(standing.pace) or not (crowd or due):
            return []
        return _digest([*crowd, *rest])
    out = _digest(crowd) if len(crowd) > CROWD else [Planned(Together.SINGLE, (row,)) for row in crowd]
    full = len(rest) >= MOST_PARTS  # more comes than one digest in a while can carry
    if due and (full or not 0 <= now - standing.digest < DIGEST_EVERY):
        out = out[: max(standing.slots - 1, 0)] + _digest(rest)
    return out


def _digest(rows: Sequence[DeliveryRow]) -> list[Planned]:
    if len(rows) == 1:
        return [Planned(Together.SINGLE, tuple(rows))]
    return [Planned(Together.DIGEST, tuple(sorted(rows[:MOST_PARTS], key=lambda row: row.id)))]
