"""A simulated province into the fleet's log, marked as simulated; its truth into a file beside it, never into the log."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from console.fleet.trial_columns import profile, workplaces
from console.fleet.trial_sets import BY, document_of, fact_sets
from contracts.errors import BadConfig
from contracts.facts import write_facts
from fleet.bodies import Assessment, Body, Declared, Level, Object, Profile, Stage, Step, read, write
from sim_sensors.province.living import Lived, lived
from sim_sensors.province.truth import YES, Truth
from store.records import fleet_log
from store.records.engine import Records
from store.records.fleet_log import New

ACTOR = "p-simulated"
AUTHORITY = "模拟机构(并不存在) / simulated authority (does not exist)"
PREFIX = "sim-"
"""Ids of mines that do not exist."""
AT_ONCE = 10
"""Mines a transaction."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which province: `mines` of it, `days` up to `last`."""

    seed: int
    mines: int
    days: int
    last: date

    @property
    def first(self) -> date:
        return self.last - timedelta(days=self.days - 1)


def write_province(records: Records, wanted: Wanted, now: int) -> Iterator[tuple[int, dict[str, Any]]]:
    """Write it, some mines a transaction; after each of them how many mines are written, and the mine's truth."""
    with records.read() as db:
        refuse(db)
    for begun in range(0, wanted.mines, AT_ONCE):
        told: list[dict[str, Any]] = []
        with records.begin() as db:
            for number in range(begun, min(begun + AT_ONCE, wanted.mines)):
                life = lived(wanted.seed, number, wanted.days, wanted.first)
                fleet_log.append(db, entries(life, wanted.first), ACTOR, now)
                told.append(truth_of(life, wanted.first))
        yield from ((begun + at, one) for at, one in enumerate(told, start=1))


def refuse(db: Connection) -> None:
    """BadConfig for records that hold mines already: simulated ones are not mixed with real ones, nor written twice."""
    for entry in fleet_log.current(db, "profile"):
        name = read(entry.body, Profile).mine
        raise BadConfig("--records", f"records with mine {name}", "records without registered mines: a simulated province has its own")


def entries(life: Lived, first: date) -> Iterator[New]:
    """Everything of one mine: register, declarations, facts, and what came of its assessment."""
    mine = life.mine.id
    yield New("profile", mine, "", "", write(profile(life.mine)))
    for place in workplaces(life.mine, first):
        yield New("workplace", mine, "", place.id, write(place))
    said = sorted(_declared(life, first), key=lambda one: one[0])
    for one in fact_sets(life, first):
        while said and said[0][0] <= one.day:  # before the first fact that rests on it
            yield said.pop(0)[1]
        yield New("facts", mine, one.day, "", write_facts(one))
    for kind, day, key, body in _assessed(life, first):
        yield New(kind, mine, day, key, write(body))


def _declared(life: Lived, first: date) -> Iterator[tuple[str, New]]:
    """What its people say, yes or no, for the spans on which a valid document says so, each with its first day."""
    for name, so in (("upgrade_done", life.true.upgraded), ("organisation_set_up", life.true.organised)):
        told = [(span, value) for value in (1.0, 0.0) for span in _spans(life.true.documented & (so == bool(value)))]
        for at, ((begun, end), value) in enumerate(sorted(told)):
            body = Declared(
                mine=life.mine.id,
                name=name,
                value=value,
                valid_from=(first + timedelta(days=begun)).isoformat(),
                valid_to=(first + timedelta(days=end - 1)).isoformat(),
                document=document_of(life),
                document_name="模拟文件,并不存在 / simulated document, does not exist",
                by=BY,
                correction="续报 / declared again" if at else "",
            )
            yield body.valid_from, New("declared", life.mine.id, "", f"{name}/", write(body))


def _assessed(life: Lived, first: date) -> Iterator[tuple[str, str, str, Body]]:
    """Some mines that truly fulfilled the rule for a while went all the way; some stand somewhere on it."""
    met = np.flatnonzero(life.truth.fulfils == YES)
    if not len(met) or life.mine.number % 3:
        return
    begun, steps = first + timedelta(days=int(met[0])), list(Step)
    reached = 1 + life.mine.number // 3 % len(steps)
    project = f"{life.mine.id}-project"
    for at, step in enumerate(steps[:reached]):
        day = begun + timedelta(days=14 * at)
        held_up = "" if reached == len(steps) or at + 1 < reached else "模拟: 等待材料 / simulated: waiting for documents"
        stage = Stage(
            project=project,
            mine=life.mine.id,
            object=Object.MINE,
            step=step,
            date=day.isoformat(),
            authority=AUTHORITY,
            blocker=held_up,
            by=BY,
        )
        if day < first + timedelta(days=life.true.days):
            yield "stage", "", f"{project}/{step.value}", stage
    notice = begun + timedelta(days=14 * (len(steps) - 1))
    if reached == len(steps) and notice < first + timedelta(days=life.true.days):
        key = f"{life.mine.id}-notice"
        body = Assessment(
            id=key,
            mine=life.mine.id,
            object=Object.MINE,
            authority=AUTHORITY,
            level=Level.PRIMARY,
            notice_date=notice.isoformat(),
            document="模拟公告,并不存在 / simulated notice, does not exist",
            rule="shanxi-2025",
            by=BY,
        )
        yield "assessment", "", key, body


def truth_of(life: Lived, first: date) -> dict[str, Any]:
    """What the file beside the log says of a mine: `fulfils` a digit a day (1 met, 2 nobody can know, 3 not met), `cheated` days."""
    told: Truth = life.truth
    day = [(first + timedelta(days=at)).isoformat() for at in range(life.true.days)]
    return {
        "mine": life.mine.id,
        "operator": life.mine.operator.value,
        "cheats": life.mine.operator.cheats,
        "campaigns": [[day[begun], day[end - 1]] for begun, end in life.done.campaigns],
        "cheated": [day[at] for at in np.flatnonzero(told.cheated).tolist()],
        "fulfils": "".join(map(str, told.fulfils.tolist())),
        "each": {name: "".join(map(str, answers.tolist())) for name, answers in told.each.items()},
    }


def write_truth(path: Path, wanted: Wanted, mines: list[dict[str, Any]]) -> None:
    """The whole file."""
    whole = {"seed": wanted.seed, "first": wanted.first.isoformat(), "last": wanted.last.isoformat(), "pack": "shanxi-2025", "mines": mines}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1), encoding="utf-8")


def _spans(held: "np.ndarray[Any, np.dtype[np.bool_]]") -> list[tuple[int, int]]:
    """[first, end) of each run of True."""
    edges = np.flatnonzero(np.diff(np.r_[False, held, False]))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
