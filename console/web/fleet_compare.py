"""Two packs on one day: which mines fall out, which come in, by which criterion. What no night has judged is judged when it is asked."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Protocol

from sqlalchemy import Connection

from console.fleet import registers, views
from console.fleet.registers import name_of
from console.fleet.wording import known, pack_named
from console.web.access import Viewer
from console.web.fleet import Fleet, pack_of
from console.web.shapes_fleet import FleetComparison, FleetSide, FleetTurn
from fleet import judging
from fleet.bodies import Object, Profile, Status, Verdict
from fleet.packs.pack import Pack
from fleet.series.changes import Known
from fleet.view import Words


async def comparison(fleet: Fleet, viewer: Viewer, a: str, b: str, day: str) -> FleetComparison:
    """Two packs side by side, as somebody may see it: the counts are of all, the names are of mines that they see."""
    one, two = pack_named(pack_of(a)), pack_named(pack_of(b))
    day = day or (await fleet.province(one.id, "")).day
    whole = await fleet.kept(("compare", one.id, two.id, day), lambda db: _compared(db, one, two, day))
    out, come, other = ([turn for turn in turns if viewer.sees(turn.id)] for turns in (whole.falls_out, whole.comes_in, whole.other))
    return replace(whole, falls_out=out, comes_in=come, other=other)


def _compared(db: Connection, one: Pack, two: Pack, day: str) -> FleetComparison:
    profiles = {id_: kept for id_, kept in registers.profiles(db).items() if kept.body.object is Object.MINE}
    first, second = _sets(db, one, day), _sets(db, two, day)
    turns = []
    for mine, profile in profiles.items():
        before, after = _outcome(first.get(mine)), _outcome(second.get(mine))
        if before is not after:
            lacks, words = (first, known(one)) if after is Status.MET else (second, known(two))
            turns.append(_turn(profile.body, name_of(profile, mine), (before, after), lacks.get(mine), words))
    out = [turn for turn in turns if turn.before is Status.MET]
    come = [turn for turn in turns if turn.after is Status.MET]
    other = [turn for turn in turns if Status.MET not in (turn.before, turn.after)]
    sides = [_side(pack, sets, profiles, day) for pack, sets in ((one, first), (two, second))]
    return FleetComparison(day, sides[0], sides[1], out, come, other, len(out), len(come), len(other))


class Said(Protocol):
    """What is needed of a mine's verdicts."""

    @property
    def outcome(self) -> Status: ...
    @property
    def pack_hash(self) -> str: ...
    @property
    def verdicts(self) -> tuple[Verdict, ...]: ...


def _sets(db: Connection, pack: Pack, day: str) -> Mapping[str, Said]:
    """The verdicts that stand in the log; where there are none by this pack, made now and kept nowhere."""
    found = views.verdict_sets(db, pack.id, day)
    if found:
        return found
    when = date.fromisoformat(day)
    return {mine: part.verdicts(mine, when) for part in judging.parts(db, pack, when, when) for mine in part.judged.mines}


def _outcome(found: Said | None) -> Status:
    return found.outcome if found and found.outcome is not Status.OPEN else Status.NO_EVIDENCE


def _turn(profile: Profile, name: Words, outcomes: tuple[Status, Status], lacks: Said | None, words: Known) -> FleetTurn:
    missing = [verdict.criterion for verdict in lacks.verdicts if verdict.status in (Status.NOT_MET, Status.NO_EVIDENCE)] if lacks else []
    return FleetTurn(profile.mine, name, profile.city, *outcomes, [words(one).title for one in dict.fromkeys(missing)])


def _side(pack: Pack, sets: Mapping[str, Said], profiles: Mapping[str, object], day: str) -> FleetSide:
    outcomes = [_outcome(sets.get(mine)) for mine in profiles]
    met, not_met, nothing = (outcomes.count(status) for status in (Status.MET, Status.NOT_MET, Status.NO_EVIDENCE))
    in_force = pack.starts <= date.fromisoformat(day) and (not pack.valid_to or day <= pack.valid_to)
    return FleetSide(
        pack.id,
        next(iter(sets.values())).pack_hash if sets else pack.hash,
        Words(pack.title.zh, pack.title.en),
        met,
        not_met,
        nothing,
        len(outcomes),
        in_force,
    )
