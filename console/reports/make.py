"""Makes a report of a mine's day or shift, in both languages at once, and keeps it as a frozen content."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from console.duty.calendar import MineDay, mine_day
from console.duty.content import frozen
from console.duty.logbook import Line
from console.duty.shifts import Turn
from console.paper.paper import Column, Paper, Part
from console.reports.gather import gather
from console.reports.ink import Ink
from console.reports.kinds import Kind, both
from console.web.board import Scene
from console.web.duty import lines_of, pattern_of
from console.web.plant import Plant
from console.web.refusals import Refused
from console.web.watch import Watch
from console.web.words import LANGUAGES
from contracts.errors import BadConfig
from store.records.reports import ReportRow, ReviewRow

MOST_LINES = 5_000
"""Lines of the running log in one report; more are said to be left out."""


@dataclass(frozen=True, slots=True)
class About:
    """Which report: of a day, or of one shift of it. [start, end) µs UTC."""

    kind: Kind
    mine: str
    day: str
    turn: Turn | None
    start: int
    end: int

    @property
    def place(self) -> int:
        """The shift's place in the day; -1 of a whole day."""
        return -1 if self.turn is None else self.turn.at


async def about(plant: Plant, kind: Kind, mine: str, day: str, turn: int | None, now: int) -> About:
    """What is asked for; Refused for a day that is none or is not yet, or a shift that the mine does not have."""
    hours = plant.zone.hours
    try:
        found: MineDay = mine_day(None, day, hours)
        found = mine_day(await pattern_of(plant, mine, found.end), day, hours)
    except BadConfig as error:
        raise Refused(422, "path.day", day[:20], error.allowed) from error
    which = _turn(kind, found, turn)
    start, end = (which.start, which.end) if which else (found.start, found.end)
    if start > now:
        raise Refused(422, "path.day", day, "a day, or a shift, that has begun")
    return About(kind, mine, day, which, start, end)


def _turn(kind: Kind, day: MineDay, turn: int | None) -> Turn | None:
    if not kind.of_turn:
        if turn is not None:
            raise Refused(422, "query.turn", turn, "nothing: this report is of a whole day")
        return None
    if not day.turns:
        raise Refused(409, "path.mine", kind.name, "a mine that has set its shifts: POST /api/v1/mines/{mine}/shifts")
    if turn is None or not 0 <= turn < len(day.turns):
        raise Refused(422, "query.turn", -1 if turn is None else turn, f"0 to {len(day.turns) - 1}, a shift of the day")
    return day.turns[turn]


async def draft(watch: Watch, scene: Scene, what: About) -> dict[str, Paper]:
    """The report as the data are now, by language."""
    facts = await gather(watch, scene, what.mine, what.start, what.end)
    lines, more = await _lines(watch.plant, what)
    inks = [Ink(lang, watch.plant.zone, watch.plant.limits) for lang in LANGUAGES]
    papers = both(what.kind, inks, facts, lines, what.day, what.turn)
    return {ink.lang: _short(papers[ink.lang], ink) if more else papers[ink.lang] for ink in inks}


async def _lines(plant: Plant, what: About) -> tuple[list[Line], bool]:
    if what.kind.name not in ("log", "shift"):
        return [], False
    lines, more = await lines_of(plant, what.mine, what.start, what.end, MOST_LINES)
    return lines[::-1], more is not None


def _short(paper: Paper, ink: Ink) -> Paper:
    return replace(paper, facts=(*paper.facts, (ink.t("paper.left_out"), ink.t("paper.left_out.why", count=MOST_LINES))))


def content_of(papers: Mapping[str, Paper]) -> str:
    """What is frozen of a report: both languages as they are read."""
    return frozen(papers)


def papers_in(content: str) -> dict[str, Paper]:
    """A frozen report as it was read."""
    return msgspec.json.decode(content, type=dict[str, Paper])


def with_reviews(paper: Paper, ink: Ink, kind: Kind, row: ReportRow | None, reviews: list[ReviewRow]) -> Paper:
    """A report with its version, hash and who reviewed it; without a version it says draft."""
    if row is None:
        return replace(paper, mark=ink.t("paper.draft")) if kind.reviewed else paper
    done = {one.office for one in reviews}
    mark = "reviewed" if done >= set(kind.reviewed) else "partly" if done else "draft"
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in (("office", 2), ("reviewed_by", 2), ("at", 2), ("words", 5)))
    rows = tuple((ink.t(f"paper.office.{one.office}"), one.by, ink.stamp(one.at), one.words or "–") for one in reviews)
    version = f"{row.version}" + (f" ({ink.t('paper.corrected')}: {row.reason})" if row.reason else "")
    facts = ((ink.t("paper.version"), version), (ink.t("paper.hash"), row.hash))
    part = Part(ink.t("paper.part.reviews"), (), columns, rows, ink.t("paper.none.reviews"))
    return replace(paper, mark=ink.t(f"paper.{mark}"), facts=(*paper.facts, *facts), parts=(*paper.parts, part))


def plain(paper: Paper) -> dict[str, Any]:
    """A report as JSON for the API."""
    found: dict[str, Any] = msgspec.to_builtins(paper)
    return found
