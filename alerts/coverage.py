"""Is there anything nobody would hear of? What the configuration leaves open, for doctor and the page of recipients. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from alerts.config import AlertsSection, Recipient, covers
from alerts.rota import gaps
from alerts.routing import concerns, resolved


class Open(StrEnum):
    """What is left open. `mine`: nobody hears of a mine's alarms; `area`: only of some of its areas; `inspector`: what is referred goes to
    nobody; `centre`: nobody hears of the centre's own alarms; `gap`: a shift nobody has, others take over; `steps`: later steps are
    never called."""

    MINE = "mine"
    AREA = "area"
    INSPECTOR = "inspector"
    CENTRE = "centre"
    GAP = "gap"
    STEPS = "steps"


@dataclass(frozen=True, slots=True)
class Hole:
    """One of them. `where`: a mine, or a rota's shift; `who`: who hears instead; `days`: of a shift, weekdays or dates."""

    what: Open
    where: str = ""
    who: tuple[str, ...] = ()
    days: tuple[str, ...] = ()


def holes(section: AlertsSection, mines: Iterable[str] = ()) -> list[Hole]:
    """All of them. `mines`: those known beside the ones the configuration names."""
    people = resolved(section)
    if not people:
        return []
    named = sorted({mine for one in people for mine in one.mines} | set(mines))
    out = [hole for mine in named for hole in _of_mine(people, mine)]
    if not any(one.role == "admin" or concerns(one, "", "") for one in people):
        out.append(Hole(Open.CENTRE))
    if not section.escalate_after_min and any(one.step for one in people):
        out.append(Hole(Open.STEPS, who=tuple(one.name for one in people if one.step)))
    return out + _gaps(section, people)


def _of_mine(people: tuple[Recipient, ...], mine: str) -> list[Hole]:
    hearing = [one for one in people if concerns(one, mine, "")]
    out = [] if hearing else [Hole(Open.MINE, mine)]
    if hearing and all(one.areas for one in hearing):
        out.append(Hole(Open.AREA, mine, tuple(sorted({area for one in hearing for area in one.areas}))))
    inspectors = [one for one in people if one.role == "inspector"]
    told = any(one.hears_of(mine) for one in inspectors) or any(not one.role and one.hears_of(mine) for one in people)
    return out if told else [*out, Hole(Open.INSPECTOR, mine)]


def _gaps(section: AlertsSection, people: tuple[Recipient, ...]) -> list[Hole]:
    """A gap falls to who stands outside the rotas and hears of the same: the lowest step of them first (checked at the start)."""
    always = sorted(
        (one for one in people if one.role in ("", "mine") and not any(one.name in rota.names for rota in section.rota)),
        key=lambda one: one.step,
    )
    out = []
    for rota in section.rota:
        members = [one for one in people if one.name in rota.names]
        instead = tuple(one.name for one in always if any(covers(one, member) for member in members))
        days: dict[str, list[str]] = {}
        for gap in gaps(rota):
            days.setdefault(gap.shift, []).append(gap.day)
        out += [Hole(Open.GAP, f"{rota.name} {shift}", instead, tuple(of_shift)) for shift, of_shift in days.items()]
    return out
