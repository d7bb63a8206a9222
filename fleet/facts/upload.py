"""Whether a mine's data came, and when (CMSR 2025 Art. 525: real-time upload; the clause has no number). Pure.

Minutes of gap: of a gateway's sources the one that lacks most, together with windows of which nothing came at all. A gap of 60 s or less
may be the KJ system's host switch-over (Art. 527); it is counted all the same, `numbers` tell how many there were. An item that did not
come is late without end.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from contracts.clock import MINUTE, SECOND
from contracts.facts import Fact
from fleet.facts.day import Day, made, nothing
from fleet.facts.grid import GatewayDay, Grid, Hole, polled
from store.interface import WINDOW

GAPS, DELAY, LATE = "upload.gaps@1", "upload.delay_p95@1", "upload.late_items@1"
LATE_S, SWITCH_OVER = 60.0, MINUTE
"""An item received more than a minute after it was made is late (as in the gap ledger)."""
_NAMES = (("upload_gap_minutes", GAPS), ("upload_delay_s", DELAY), ("late_share", LATE))


def upload(grid: Grid, gateways: Sequence[GatewayDay]) -> list[Fact]:
    """upload_gap_minutes, upload_delay_s and late_share, by gateway."""
    day = grid.day
    if not gateways:
        return [nothing(day, name, how, "no_gateway") for name, how in _NAMES]
    return [fact for gateway in gateways for fact in (_gaps(grid, gateway), _delay(day, gateway), _late(day, gateway))]


def _gaps(grid: Grid, gateway: GatewayDay) -> Fact:
    day, name = grid.day, gateway.gateway.partition("/")[2]
    if gateway.since >= day.end:
        return nothing(day, "upload_gap_minutes", GAPS, "not_connected", subject=name)
    of_gateway = np.array([owner == gateway.gateway for owner in grid.gateways], np.bool_)
    came = (grid.count[of_gateway] > 0).any(axis=0)
    silent = [(day.start + at * WINDOW, day.start + (at + 1) * WINDOW) for at in np.flatnonzero(~came).tolist()]
    by_source: dict[str, list[tuple[int, int]]] = {"": []}
    for hole in gateway.holes:
        by_source.setdefault(hole.source, []).append((hole.start, hole.end))
    lengths = {source: length([*spans, *silent], max(day.start, gateway.since), day.until) for source, spans in by_source.items()}
    worst = max(lengths, key=lambda source: (lengths[source], source))
    short = sum(hole.end - hole.start <= SWITCH_OVER for hole in gateway.holes if hole.end > hole.start)
    numbers = {
        "gaps": float(len(gateway.holes)),
        "gaps_to_60_s": float(short),
        "windows_without_data": float((~came).sum()),
        "windows_asked": float(polled(day, gateway.runs).sum()),
        "items_missing": float(gateway.missing),
        "items_lost": float(gateway.lost),
    }
    complete = _there(day, gateway)
    value = lengths[worst] / MINUTE
    return made(day, "upload_gap_minutes", GAPS, value, complete, subject=name, numbers=numbers, evidence=_refs(gateway.holes))


def _there(day: Day, gateway: GatewayDay) -> float:
    """Share of the day that is over and in which the gateway was known."""
    return max(0, day.until - max(day.start, gateway.since)) / (day.end - day.start)


def length(spans: Iterable[tuple[int, int]], start: int, end: int) -> int:
    """µs of [start, end) that any of the spans covers."""
    total, reached = 0, start
    for first, last in sorted(spans):
        low, high = max(first, reached), min(last, end)
        if low < high:
            total, reached = total + high - low, high
    return total


def _refs(holes: Sequence[Hole]) -> Iterable[str]:
    """The longest first."""
    return (hole.ref for hole in sorted(holes, key=lambda hole: (hole.start - hole.end, hole.start)))


def _delay(day: Day, gateway: GatewayDay) -> Fact:
    """p95 of received less made, over the items made that day; one that did not come counts as the latest of all."""
    name, held = gateway.gateway.partition("/")[2], np.sort(np.maximum(gateway.delays, 0.0))
    if not gateway.made:
        return nothing(day, "upload_delay_s", DELAY, "no_items", subject=name)
    complete = min(1.0, len(held) / gateway.made, _there(day, gateway))
    at = int(np.ceil(0.95 * gateway.made)) - 1
    numbers = {"items": float(len(held)), "items_made": float(gateway.made)}
    if len(held):
        numbers |= {"median": float(np.median(held)), "longest": float(held[-1]), "clock_ahead": float((gateway.delays < -1.0).sum())}
    value = float(held[at]) if at < len(held) else None
    why = "" if value is not None else "items_missing"
    return made(day, "upload_delay_s", DELAY, value, complete, subject=name, why=why, numbers=numbers)


def _late(day: Day, gateway: GatewayDay) -> Fact:
    """Items that came more than a minute after they were made, or not at all, of all that were made."""
    name = gateway.gateway.partition("/")[2]
    if not gateway.made:
        return nothing(day, "late_share", LATE, "no_items", subject=name)
    late, absent = int((gateway.delays > LATE_S).sum()), max(0, gateway.made - len(gateway.delays))
    numbers = {"late": float(late), "not_come": float(absent), "items_made": float(gateway.made)}
    complete = min(1.0, len(gateway.delays) / gateway.made, _there(day, gateway))
    return made(day, "late_share", LATE, (late + absent) / gateway.made, complete, subject=name, numbers=numbers)


def delays_of(times: Iterable[tuple[int, int]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Seconds from (made, received) of items, µs UTC."""
    return np.array([(received - sent) / SECOND for sent, received in times], np.float64)
