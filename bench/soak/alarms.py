"""Every alarm that had to be told, from what was read, held against the journal and what the webhook heard. Pure but for reading the
journal in the end.

Expected is what the readings that were kept show: a raise where a tooth's reading is at its limit and the one before was not, a clear
where it is the other way round. The rules are not asked.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select

from alerts.message import Message
from bench.soak.values import LIMIT, TEETH, agent_mine
from store.records.alarms import ALARMS, DELIVERIES, TRANSITIONS
from store.records.deliveries import Delivered
from store.records.engine import open_records

RULE = "limit.alarm"
RAISE, RETURN, PAST = "raise", "return", "past"
MERGED = ("raised_again", "earlier_start", "older_than_the_last_raise")
"""Reasons of the journal for what it takes into an alarm that stands."""
NEAR = 60_000_000


@dataclass(frozen=True, slots=True)
class Expected:
    """A raise or a clear of a point that happened at `time`, or at an instant after `after` that was not kept (µs UTC). `since`: of
    a clear, the `after` of its raise: a raise that came behind its clear is told as a past alarm, which says both. `raised`: when its raise
    was; later than itself where the clock was set back between, and then it is told at the first stamp after the raise."""

    mine: str
    point: str
    entering: bool
    after: int
    time: int
    since: int
    raised: int


@dataclass(frozen=True, slots=True)
class Told:
    """A transition and one delivery of it, as they stand in the journal; `state` and `recipient` are empty where nobody was to be told."""

    id: int
    mine: str
    point: str
    change: str
    time: int
    state: str
    recipient: str
    reason: str = ""


Keys = dict[tuple[int, str], set[str]]


@dataclass(frozen=True, slots=True)
class Alarms:
    """`within`: told by no message of their own, and lie within a span that a message tells; `missing`: neither. `unsettled`: deliveries of
    the journal that failed, or were done and are in no message; `twice`: transitions told to somebody in two messages; `repeated`: messages
    that came again under their own key, as they may; `unasked`: raises told beyond those expected."""

    expected: int = 0
    delivered: int = 0
    within: int = 0
    missing: tuple[Expected, ...] = ()
    unsettled: int = 0
    twice: int = 0
    repeated: int = 0
    unasked: int = 0


def expected(mine: str, rows: NDArray[np.void]) -> list[Expected]:
    """Of one agent's readings (`truth.ROW`, in the order they were made)."""
    out = list[Expected]()
    values = np.ascontiguousarray(rows["value"]).view(np.float64)
    for point in range(TEETH):
        own = rows["point"] == point
        times, above = rows["time"][own], values[own] >= LIMIT
        changes = np.flatnonzero(np.append(above[:1], above[1:] != above[:-1]))
        begun = raised = 0
        for at in changes.tolist():
            after = min(int(times[at - 1]) if at else 0, int(times[at]) - 1)
            begun, raised = (after, int(times[at])) if above[at] else (min(begun, after), raised)
            if above[at] or at:  # a point that begins well has nothing to clear
                out.append(Expected(mine, f"P{point:03d}", bool(above[at]), after, int(times[at]), begun, raised))
    return out


def told_by_journal(address: str) -> list[Told]:
    """Every transition with each of its deliveries, in order."""
    step = (TRANSITIONS.c.id, ALARMS.c.mine, ALARMS.c.point, ALARMS.c.rule, TRANSITIONS.c.change, TRANSITIONS.c.time)
    columns = (*step, func.coalesce(DELIVERIES.c.state, ""), func.coalesce(DELIVERIES.c.recipient, ""), TRANSITIONS.c.reason)
    joined = TRANSITIONS.join(ALARMS, ALARMS.c.id == TRANSITIONS.c.alarm_id).outerjoin(
        DELIVERIES, DELIVERIES.c.transition_id == TRANSITIONS.c.id
    )
    query = select(*columns).select_from(joined)
    records = open_records(address)
    try:
        with records.read() as db:
            rows = list(db.execute(query.order_by(TRANSITIONS.c.id)))
    finally:
        records.close()
    return [Told(row[0], row[1], row[2], row[4] if row[3] == RULE else f"{row[3]}:{row[4]}", *row[5:]) for row in rows]


def heard(messages: Iterable[Message]) -> tuple[Keys, int]:
    """By transition and recipient, the keys of the messages that told it; and how many messages came again under their own key."""
    keys: defaultdict[tuple[int, str], set[str]] = defaultdict(set)
    times = Counter[str]()
    for message in messages:
        times[message.key] += 1
        parts = [int(str(part["transition"])) for part in message.parts] or [int(str(message.transition["id"]))]
        for transition in parts:
            keys[transition, message.recipient].add(message.key)
    return dict(keys), sum(count - 1 for count in times.values())


def judged(due: Sequence[Expected], told: Sequence[Told], keys: Keys, repeated: int) -> Alarms:
    """The verdict. What has no area goes to everybody of its mine: each of them is to hear of it once."""
    of_place: defaultdict[tuple[str, str], list[Told]] = defaultdict(list)
    for row in told:
        of_place[row.mine, row.point].append(row)
    missing, used, within, arrived = list[Expected](), set[int](), 0, {transition for transition, _ in keys}
    for one in due:
        found = next((row for row in of_place[one.mine, one.point] if row.id in arrived and tells(row, one)), None)
        if found is not None:
            used.add(found.id)
        elif stood(one, of_place[one.mine, one.point], arrived):
            within += 1
        else:
            missing.append(one)
    spare = [row for row in told if row.change in (RAISE, PAST) and row.recipient and row.id not in used]
    unsettled = sum(row.state == Delivered.FAILED or (row.state == Delivered.DONE and (row.id, row.recipient) not in keys) for row in told)
    twice = sum(len(some) > 1 for some in keys.values())
    return Alarms(len(due), len(due) - len(missing) - within, within, tuple(missing), unsettled, twice, repeated, len(spare))


def tells(row: Told, one: Expected) -> bool:
    """Whether a transition says what was expected."""
    if row.change == PAST:
        return one.since < row.time <= max(one.time, one.raised)
    if one.raised > one.time:
        return row.change == RETURN and row.time > one.raised
    return row.change == (RAISE if one.entering else RETURN) and one.after < row.time <= one.time


def stood(one: Expected, rows: Sequence[Told], arrived: set[int]) -> bool:
    """Whether people held the point to be in alarm all the time, and then heard that it was over: a raise before it was told and its clear
    after it, or the journal found it in alarm when this came. Events that come out of order (what was in flight when the centre died comes
    behind what happened since) make one alarm of two."""
    told = sorted((row.time, row.change) for row in rows if row.id in arrived and row.change in (RAISE, RETURN))
    over = next((time for time, change in told if change == RETURN and time >= one.time), None)
    before = [change for time, change in told if time < one.time or (time == one.time and change == RAISE)]
    found = any(row.reason in MERGED and one.after < row.time <= one.time for row in rows)
    return over is not None and (found or before[-1:] == [RAISE])


def near(one: Expected, told: Sequence[Told]) -> list[Told]:
    """What the journal told of the point within a minute of it."""
    return [row for row in told if (row.mine, row.point) == (one.mine, one.point) and abs(row.time - one.time) < NEAR]


def mines(agents: int) -> list[str]:
    """Those with a real agent."""
    return [agent_mine(at) for at in range(agents)]
