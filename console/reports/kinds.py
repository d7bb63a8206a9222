"""The reports there are, and how each is put together from its facts. Pure.

Only what a source asks for, or what the facts themselves are, stands in them: no official form of theirs was read (docs/reports.md).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.duty.logbook import Line
from console.duty.shifts import Turn
from console.paper.paper import Column, Paper, Part
from console.reports import parts
from console.reports.facts import SpanFacts
from console.reports.ink import Ink
from console.web.words import LANGUAGES
from store.records.duty import HandoverRow

AIR = (
    *("methane", "carbon_monoxide", "carbon_dioxide", "oxygen", "temperature", "wind_speed", "methane_flow"),
    *("pressure_difference", "negative_pressure", "pressure", "humidity"),
)
CHIEF, MANAGER, DUTY, RELIEF, VENTILATION = "chief_engineer", "mine_manager", "on_duty", "relief", "ventilation"


@dataclass(frozen=True, slots=True)
class Kind:
    """One report. `reviewed` by these offices, `clause`: why there is one. `of_turn`: of one shift, not of a day."""

    name: str
    clause: str
    signed: tuple[str, ...]
    reviewed: tuple[str, ...] = ()
    of_turn: bool = False


KINDS = {
    kind.name: kind
    for kind in (
        Kind("daily", "CMSR2025 Art.533", (CHIEF, MANAGER), (CHIEF, MANAGER)),
        Kind("log", "CMSR2025 Art.533", (DUTY,)),
        Kind("ventilation", "CMSR2025 Art.201", (VENTILATION, CHIEF, MANAGER), (CHIEF, MANAGER)),
        Kind("shift", "CMSR2025 Art.533", (DUTY, RELIEF), of_turn=True),
    )
}
Made = Callable[[Ink, SpanFacts, Sequence[Line]], tuple[Part, ...]]


def paper_of(kind: Kind, ink: Ink, facts: SpanFacts, lines: Sequence[Line], day: str, turn: Turn | None) -> Paper:
    """A report in one language. `lines`: the running log of the span, oldest first."""
    mine, covered = ink.pick(facts.names), parts.coverage_of(facts.gateways)
    head = (
        (ink.t("paper.mine"), f"{mine} ({facts.mine})"),
        (ink.t("paper.day"), day if turn is None else f"{day} {ink.pick((turn.shift.zh, turn.shift.en))}"),
        (ink.t("paper.span"), ink.span(facts.start, facts.end)),
        (ink.t("paper.made"), f"{ink.zone.stamp(facts.now)} {ink.zone.label}"),
        (ink.t("paper.basis"), ink.clause(kind.clause)),
        (ink.t("paper.coverage"), ink.share(covered)),
        *(((ink.t("paper.incomplete"), ink.t("paper.incomplete.why")),) if covered is None or covered < 1 else ()),
    )
    open_still = ((ink.t("paper.open_day"), ink.t("paper.open_day.why")),) if facts.now < facts.end else ()
    counted = parts.counts(ink, facts) if kind.name != "ventilation" else ()
    return Paper(
        ink.lang,
        f"{mine} {ink.t(f'paper.title.{kind.name}')}",
        (*head, *open_still, *counted),
        _PARTS[kind.name](ink, facts, lines),
        tuple(ink.t(f"paper.office.{office}") for office in kind.signed),
        ink.t("paper.foot"),
        wide=True,
        labels={"name": ink.t("paper.sign.name"), "time": ink.t("paper.sign.time"), "page": ink.t("paper.page")},
    )


def both(kind: Kind, inks: Sequence[Ink], facts: SpanFacts, lines: Sequence[Line], day: str, turn: Turn | None) -> dict[str, Paper]:
    """A report in every language, from the same facts."""
    assert [ink.lang for ink in inks] == list(LANGUAGES)
    return {ink.lang: paper_of(kind, ink, facts, lines, day, turn) for ink in inks}


def _daily(ink: Ink, facts: SpanFacts, _lines: Sequence[Line]) -> tuple[Part, ...]:
    analogue = [point for point in facts.points if not parts.is_switch(point)]
    return (
        parts.completeness(ink, facts),
        *(parts.alarms(ink, facts, group) for group in parts.GROUPS),
        parts.permits(ink, facts),
        parts.analogue(ink, analogue, ink.t("paper.part.analogue")),
        parts.switches(ink, [point for point in facts.points if parts.is_switch(point)]),
        parts.gaps(ink, facts),
    )


def _ventilation(ink: Ink, facts: SpanFacts, _lines: Sequence[Line]) -> tuple[Part, ...]:
    air = [point for point in facts.points if point.quantity in AIR]
    fans = [point for point in facts.points if point.quantity in ("run_state", "air_door")]
    lead = Part(ink.t("paper.part.ventilation"), (ink.t("paper.note.ventilation"),))
    return (
        lead,
        parts.completeness(ink, facts),
        parts.analogue(ink, air, ink.t("paper.part.air")),
        parts.switches(ink, fans),
        *(parts.alarms(ink, facts, group) for group in ("alarms", "cuts")),
        parts.gaps(ink, facts),
    )


def _log(ink: Ink, _facts: SpanFacts, lines: Sequence[Line]) -> tuple[Part, ...]:
    return (log_part(ink, lines),)


def _shift(ink: Ink, facts: SpanFacts, lines: Sequence[Line]) -> tuple[Part, ...]:
    return (
        parts.completeness(ink, facts),
        *(parts.alarms(ink, facts, group) for group in ("alarms", "cuts", "feed", "faults")),
        parts.permits(ink, facts),
        handover_part(ink, facts.handovers),
        log_part(ink, lines),
        parts.gaps(ink, facts),
    )


_PARTS: dict[str, Made] = {"daily": _daily, "log": _log, "ventilation": _ventilation, "shift": _shift}


def log_part(ink: Ink, lines: Sequence[Line]) -> Part:
    """The running log as a table, oldest first. Who wrote nothing: the system."""
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in (("at", 1.6), ("kind", 1), ("entry", 7), ("by", 1.2)))
    rows = tuple(
        (
            ink.zone.stamp(line.at),
            ink.t(f"log.kind.{line.kind}"),
            (ink.t("log.corrects", entry=f"e{line.corrects}") + " " if line.corrects else "") + ink.pick(line.words),
            line.by or ink.t("log.system"),
        )
        for line in lines
    )
    return Part(ink.t("paper.part.log"), (ink.t("paper.note.log"),), columns, rows, ink.t("paper.none.log"))


def handover_part(ink: Ink, handovers: Sequence[HandoverRow]) -> Part:
    """Handovers of the span."""
    names, shares = ("handed", "gave", "took", "open_matters", "hash"), (2, 2, 2, 4, 2)
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in zip(names, shares, strict=True))
    rows = tuple(
        (
            f"{ink.pick((one.shift_zh, one.shift_en))} → {ink.pick((one.next_zh, one.next_en))}",
            f"{ink.zone.stamp(one.given_at)[5:16]} {one.given_by}",
            f"{ink.zone.stamp(one.taken_at)[5:16]} {one.taken_by}" if one.taken_at else ink.t("paper.not_taken"),
            one.words or "–",
            one.hash[:16],
        )
        for one in handovers
    )
    return Part(ink.t("paper.part.handovers"), (), columns, rows, ink.t("paper.none.handovers"))
