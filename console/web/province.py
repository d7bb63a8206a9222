"""Many mines on one page: which of them stand in front, how many there are of each state, and lists in parts. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from console.web.shapes import MineView
from console.web.states import MineState

MOST = 60
"""Mines with a card of their own (project setting); the others stand in a list, none is left out."""
GATEWAYS = 6
"""Gateways on a page that shows days or locks of each (project setting)."""
_RANK = {str(state): rank for rank, state in enumerate(MineState)}


def need(view: MineView) -> tuple[int, int, str]:
    """What sorts mines: the worst state first, of equals the one with more active alarms."""
    return _RANK[view.state], -(view.alarms.active if view.alarms else 0), view.id


def arranged(views: Sequence[MineView], most: int = MOST) -> tuple[list[MineView], list[MineView]]:
    """Mines with a card, and the others. Few stand in the order of their ids, so that each keeps its place; of many, those that need
    somebody come first."""
    if len(views) <= most:
        return list(views), []
    ordered = sorted(views, key=need)
    return ordered[:most], ordered[most:]


def totals(views: Sequence[MineView]) -> dict[str, int]:
    """Mines by state, all states there are."""
    return {str(state): 0 for state in MineState} | Counter(str(view.state) for view in views)


@dataclass(frozen=True, slots=True)
class Part:
    """Some gateways of `all`; `more`: the query of the part that follows, empty at the end."""

    shown: list[str]
    all: int
    more: str


def part_of(names: Sequence[str], after: str, asked: Mapping[str, str], most: int = GATEWAYS) -> Part:
    """The gateways behind `after` (names ascending), with `asked` in the query of what follows."""
    left = [name for name in names if name > after]
    more = "?" + urlencode({**asked, "after": left[most - 1]}) if len(left) > most else ""
    return Part(left[:most], len(names), more)
