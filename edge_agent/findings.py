"""Settings of the mine's own monitoring system that are looser than the regulation's, as alarms of their points."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol, runtime_checkable

from alerts.transitions import MOST_RETURNS, SETTING_RULE, Reason
from contracts.payload import Event, Returns
from edge_agent.sources.kj_settings import Finding

EVERY_S = 5.0
ORDER = ("alarm", "cut", "restore")


@runtime_checkable
class Finds(Protocol):
    """A source that compares settings as it finds them."""

    findings: list[Finding]
    compared: set[str]


def worst(findings: Iterable[Finding]) -> dict[str, Finding]:
    """By point, the one to tell: the alarm's setting before the cut's before the restore's."""
    out: dict[str, Finding] = {}
    for one in sorted(findings, key=lambda one: ORDER.index(one.setting)):
        out.setdefault(one.point, one)
    return out


def changes(before: Mapping[str, Finding], after: Mapping[str, Finding], pack: str, now: int) -> list[Event]:
    """What became looser, or otherwise loose, and what is so no more."""
    raised = [_event(one, "raise", pack, now) for point, one in after.items() if before.get(point) != one]
    return raised + [_event(one, "return", pack, now) for point, one in before.items() if point not in after]


def _event(one: Finding, change: str, pack: str, now: int) -> Event:
    return Event(one.point, SETTING_RULE, change, now, one.found, one.official, 0, one.clause, f"looser_{one.setting}", now, pack)


def within(before: Collection[str], after: Collection[str], pack: str, now: int) -> Iterator[Returns]:
    """Points that were compared and found within the regulation, and were not told of yet: that nothing is looser is known, not assumed."""
    fresh = sorted(set(after) - set(before))
    for at in range(0, len(fresh), MOST_RETURNS):
        points = fresh[at : at + MOST_RETURNS]
        yield Returns(SETTING_RULE, "return", now, Reason.FIRST_READING.value, now, points, [None] * len(points), pack=pack)


async def watch(
    sources: Callable[[], Sequence[object]],
    tell: Callable[[Event, int], None],
    tell_returns: Callable[[Returns, int], None],
    pack: str,
    now: Callable[[], int],
) -> None:
    """Beside an agent, until cancelled. A start tells what it finds anew; the centre knows an alarm that stands."""
    before: dict[str, Finding] = {}
    fine: set[str] = set()
    while True:
        await asyncio.sleep(EVERY_S)
        compare = [source for source in sources() if isinstance(source, Finds)]
        after = worst(one for source in compare for one in source.findings)
        for event in changes(before, after, pack, now()):
            tell(event, event.decided)
        agree = {point for source in compare for point in source.compared} - after.keys()
        for told in within(fine, agree, pack, now()):
            tell_returns(told, told.decided)
        before, fine = after, agree
