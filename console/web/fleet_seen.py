"""What of the province somebody may see: the totals everybody, the mines by name only who sees them, suspicions only who audits. Pure."""

from dataclasses import replace

from console.web.access import Right, Viewer
from fleet.view import CityView, MineView, ProvinceView
from store.records.fleet_log import Entry

OPEN_KINDS = frozenset({"reported", "target", "pack", "head"})
"""Entries of the province (mine "") that name no mine."""
AUDITED_KINDS = frozenset({"suspicion", "count"})
"""Entries that accuse, or name who is accused."""


def audits(viewer: Viewer) -> bool:
    """Whether suspicions are shown: to the province and the inspector, and where nobody has to sign in."""
    return viewer.may(Right.AUDIT)


def province_seen(view: ProvinceView, viewer: Viewer) -> ProvinceView:
    """The province without what is not theirs: counts stay whole, names of others' mines go."""
    suspects = tuple(one for one in view.suspects if viewer.sees(one.mine)) if audits(viewer) else ()
    if viewer.mines is None and audits(viewer):
        return view
    official = view.official and replace(view.official, notices=tuple(one for one in view.official.notices if viewer.sees(one.mine)))
    return replace(
        view,
        official=official,
        cities=tuple(_city(one, viewer) for one in view.cities),
        gaps=tuple(replace(gap, examples=tuple(mine for mine in gap.examples if viewer.sees(mine))) for gap in view.gaps),
        changes=tuple(one for one in view.changes if viewer.sees(one.mine)),
        suspects=suspects,
    )


def _city(city: CityView, viewer: Viewer) -> CityView:
    seen, told = (one for one in city.tiles if viewer.sees(one.mine)), audits(viewer)
    return replace(city, tiles=tuple(one if told else replace(one, suspect=False) for one in seen))


def mine_seen(view: MineView, viewer: Viewer) -> MineView:
    """A mine's page for somebody who sees the mine: suspicions only for who audits."""
    return view if audits(viewer) else replace(view, suspicions=())


def entry_seen(entry: Entry, viewer: Viewer) -> bool:
    """Whether somebody may read an entry of the log: of their own mines, what accuses only who audits, and what names no mine."""
    if not audits(viewer) and (entry.kind in AUDITED_KINDS or _pinned_suspicion(entry)):
        return False
    if entry.mine:
        return viewer.sees(entry.mine)
    return viewer.mines is None or entry.kind in OPEN_KINDS


def _pinned_suspicion(entry: Entry) -> bool:
    return entry.kind == "pin" and "suspicion" in entry.key
