"""The wall board's cards: which alarms stand on it, in which order, and what is said at each. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alerts.packs.pack import Pack
from console.web.alarms import alarm_view
from console.web.board import clause_words
from console.web.shapes import PointView, Words
from console.web.shapes_alarms import AlarmView
from console.web.states import State
from store.records.alarms import AlarmRow
from store.records.duty_feed import Happening

MOST_CARDS = 60
"""On one board; the rest is counted, loudly."""
LOWEST = 4
"""Priorities 1 to 4; 0 (not known) stands with the highest: what nobody weighed is not taken for small."""
ASIDE = ("shelved", "suppressed", "planned", "out_of_service")
GAS_RULES = ("limit.", "gas.", "fan.")


@dataclass(frozen=True, slots=True)
class Card:
    """An alarm on the wall. `priority` 1 is the highest. `loud`: nobody acknowledged it. `now`: the point as it is; None: not known here.
    `withdrawal`: the power to order it stands on the card; `due`: its condition (at the cut value) is met."""

    alarm: AlarmView
    priority: int
    loud: bool
    now: PointView | None
    reported: Happening | None
    withdrawal: bool
    due: bool


@dataclass(frozen=True, slots=True)
class Board:
    """What stands on a wall. `more`: alarms that have no card for want of room; `aside`: how many of each state are not on it by design."""

    cards: list[Card]
    more: int
    aside: dict[str, int]
    loudest: int
    """The highest priority nobody acknowledged; 0: none."""


def rank(priority: int) -> int:
    """1 to 4; what is not known, or no priority of ours, is 1."""
    return priority if 1 <= priority <= LOWEST else 1


def board_of(rows: Iterable[AlarmRow], points: Mapping[tuple[str, str], PointView], reported: Mapping[int, Happening], pack: Pack) -> Board:
    """One card per alarm: what nobody acknowledged first, then by priority (verified before unverified), then the oldest first."""
    standing = list(rows)
    shown = in_order(standing)
    cards = [_card(row, points, reported, pack) for row in shown[:MOST_CARDS]]
    aside = {state: sum(row.state == state for row in standing) for state in ASIDE}
    loud = [rank(row.priority) for row in shown if not row.acknowledged]
    return Board(cards, max(0, len(shown) - MOST_CARDS), aside, min(loud, default=0))


def in_order(rows: Iterable[AlarmRow]) -> list[AlarmRow]:
    """The alarms that belong on a wall, as the cards stand."""
    return sorted((row for row in rows if row.state not in ASIDE), key=order)


def order(row: AlarmRow) -> tuple[bool, int, bool, int, int]:
    """What sorts the cards."""
    return row.acknowledged, rank(row.priority), row.unverified, row.raised_at if row.raised_at > 0 else row.created, row.id


def _card(row: AlarmRow, points: Mapping[tuple[str, str], PointView], reported: Mapping[int, Happening], pack: Pack) -> Card:
    gas = row.quantity == "methane" and row.rule.startswith(GAS_RULES)
    now = points.get((row.mine, row.point)) if row.point else None
    due = gas and row.active and not row.unverified and (row.cut or _at_cut(row, now))
    return Card(alarm_view(row, pack), rank(row.priority), not row.acknowledged, now, reported.get(row.id), gas and row.active, due)


def _at_cut(row: AlarmRow, now: PointView | None) -> bool:
    """Whether the gas is at a cut value of its place; by its highest since the raise, where nobody knows what it is now."""
    cuts = [cut.cut_ge for cut in now.limits.cuts] if now is not None and now.limits is not None else []
    known = now is not None and now.state != State.UNKNOWN and now.value is not None
    value = now.value if now is not None and known else row.peak if row.peak is not None else row.value
    return bool(cuts) and value is not None and value >= min(cuts)


def withdrawal_words(pack: Pack) -> tuple[Words, Words] | None:
    """The power to order withdrawal (CMSR 2025 Art. 196): text and clause; None where the pack does not have it."""
    found = pack.actions.get("order_withdrawal")
    return None if found is None else (Words(found.zh, found.en), clause_words(pack, found.reference))
