"""Settings of the mine's own monitoring system that are looser than the regulation's, as alarms of their points."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from alerts.transitions import SETTING_RULE
from contracts.payload import Event
from edge_agent.sources.kj_settings import Finding

EVERY_S = 5.0
ORDER = ("alarm", "cut", "restore")


@runtime_checkable
class Finds(Protocol):
    """A source that compares settings as it finds them."""

    findings: list[Finding]


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


async def watch(sources: Callable[[], Sequence[object]], tell: Callable[[Event, int], None], pack: str, now: Callable[[], int]) -> None:
    """Beside an agent, until cancelled. A start tells what it finds anew; the centre knows an alarm that stands."""
    before: dict[str, Finding] = {}
    while True:
        await asyncio.sleep(EVERY_S)
        after = worst(one for source in sources() if isinstance(source, Finds) for one in source.findings)
        for event in changes(before, after, pack, now()):
            tell(event, event.decided)
        before = after
