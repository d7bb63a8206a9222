"""What stands on the mine's and the inspector's desk, read from the records."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from alerts.drill import is_drill
from alerts.handling import Case, case_of
from alerts.referral import ENTERING
from console.web.access import Viewer
from console.web.handling import INSPECTOR_GROUPS, MINE_GROUPS, desk_view, due_of, inspector_group, mine_group
from console.web.plant import Plant
from console.web.seen import sight_of, visible
from console.web.shapes_handling import DeskView
from contracts.clock import DAY
from store.records import handling
from store.records.alarms import AlarmRow
from store.records.handling import Told

BACK, MOST = 30 * DAY, 300
"""Ended alarms without an answer stand in the inbox for so long, the newest ones of them."""
SHOWN = 100
"""Of one group; the rest is counted."""
Mines = frozenset[str] | None


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies there: how many in each group, and the first ones of each."""

    counts: dict[str, int]
    views: list[DeskView]


async def inbox(plant: Plant, viewer: Viewer, mine: str | None, now: int) -> Desk:
    """The mine's desk, by group and newest first; of the mines the viewer sees, or of one of them."""
    mines = mines_of(viewer, mine)

    def read() -> Desk:
        with plant.records.read() as db:
            rows = _candidates(db, plant, viewer, mines, now)
            told = handling.told(db, rows, ENTERING)
        lying = []
        for number, row in rows.items():
            case = case_of(told[number])
            group = mine_group(row, case, due_of(row, told[number], case, plant.handling), now)
            if group is not None:
                lying.append((group, row, case))
        return _desk(plant, lying, told, MINE_GROUPS)

    return await plant.look(read)


def mines_of(viewer: Viewer, mine: str | None) -> Mines:
    """The mines a list is of: the one asked for where it is theirs, else theirs."""
    if mine is None:
        return viewer.mines
    return frozenset({mine}) if viewer.sees(mine) else frozenset()


def _candidates(db: Connection, plant: Plant, viewer: Viewer, mines: Mines, now: int) -> dict[int, AlarmRow]:
    today = now + plant.zone.micros - (now + plant.zone.micros) % DAY - plant.zone.micros
    found = [
        row
        for row in plant.journal.active(db)
        if row.mine and row.point and not is_drill(row.rule) and (mines is None or row.mine in mines)
    ]
    found += handling.unanswered(db, plant.handling.rules, mines, now - BACK, MOST)
    found += handling.planned_since(db, mines, today, MOST)
    found += [row for row, _ in handling.referred_alarms(db, mines)]
    return {row.id: row for row in visible(db, found, sight_of(viewer))}


def _desk(plant: Plant, lying: list[tuple[str, AlarmRow, Case]], told: dict[int, Told], groups: Sequence[str]) -> Desk:
    lying.sort(key=lambda one: (groups.index(one[0]), -one[1].id))
    counts, views = dict.fromkeys(groups, 0), []
    for group, row, case in lying:
        counts[group] += 1
        if counts[group] <= SHOWN:
            views.append(desk_view(plant, row, told[row.id], case, group))
    return Desk(counts, views)


async def referred(plant: Plant, viewer: Viewer, mine: str | None, *, open_only: bool) -> Desk:
    """The inspector's desk: what waits for their word, what they sent back, and (not `open_only`) what they closed."""

    def read() -> Desk:
        with plant.records.read() as db:
            rows = [row for row, _ in handling.referred_alarms(db, mines_of(viewer, mine), open_only=open_only)]
            told = handling.told(db, {row.id for row in rows}, ENTERING)
        cases = ((row, case_of(told[row.id])) for row in rows)
        return _desk(plant, [(inspector_group(case), row, case) for row, case in cases], told, INSPECTOR_GROUPS)

    return await plant.look(read)


async def referred_page(plant: Plant, viewer: Viewer, mine: str | None, *, open_only: bool, before: int, limit: int) -> list[DeskView]:
    """A page of referred alarms, newest first, with ids below `before`."""

    def read() -> list[DeskView]:
        with plant.records.read() as db:
            mines = mines_of(viewer, mine)
            rows = [row for row, _ in handling.referred_alarms(db, mines, open_only=open_only, before_id=before, limit=limit)]
            told = handling.told(db, {row.id for row in rows}, ENTERING)
        cases = ((row, case_of(told[row.id])) for row in rows)
        return [desk_view(plant, row, told[row.id], case, inspector_group(case)) for row, case in cases]

    return await plant.look(read)
