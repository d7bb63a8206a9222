"""The parts reports are put together from: each makes one table of facts. Pure."""

from collections.abc import Sequence

from console.paper.paper import Cell, Column, Part
from console.reports.facts import SILENT, AlarmFacts, GatewayFacts, PointFacts, SpanFacts
from console.reports.ink import Ink
from console.web.alarms import title_of
from console.web.board import quality_words
from console.web.codes import code_words
from contracts.units import QUANTITIES, Kind
from store.records.alarms import AlarmRow

MOST_GAPS = 300
"""Gaps listed one by one; the rest is counted."""
GROUPS = ("alarms", "cuts", "feed", "faults", "tests")
REPORTED = ("alarms", "cuts", "feed")
"""What is reported to the mine leader on duty at once (Art. 533: alarm, cut, feed abnormal and the like)."""
_STARTS = {"limit.cut": "cuts", "feed.": "feed", "link.": "faults", "source.": "faults", "sensor.": "faults", "gateway.": "faults"}
_STARTS |= {"kj.": "faults", "lock.": "tests"}


def group_of(rule: str) -> str:
    """Under which heading an alarm of this rule stands."""
    return next((group for start, group in _STARTS.items() if rule.startswith(start)), "alarms")


def completeness(ink: Ink, facts: SpanFacts) -> Part:
    """Per gateway: polls due and answered in the span, items made and committed on the UTC days it touches."""
    names = ("gateway", "coverage", "polls", "completeness", "items", "gaps")
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in zip(names, (2, 1.2, 2, 1.4, 2, 0.8), strict=True))
    rows = tuple(
        (
            one.id,
            ink.share(one.coverage),
            f"{one.answered} / {one.due}" if one.due else ink.unknown,
            ink.share(one.completeness),
            f"{one.committed} / {one.made}" if one.made else ink.unknown,
            len(one.gaps),
        )
        for one in facts.gateways
    )
    return Part(ink.t("paper.part.completeness"), (ink.t("paper.note.completeness"),), columns, rows, ink.t("paper.none.gateways"))


def gaps(ink: Ink, facts: SpanFacts) -> Part:
    """Every gap of the span, by gateway. Nothing says of a gap that it was planned, so each is listed."""
    found = [(one, gap) for one in facts.gateways for gap in one.gaps]
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in (("gateway", 1.4), ("gap", 1.6), ("when", 3.2), ("why", 2)))
    rows = tuple(
        (
            one.id,
            ink.t(f"gap.{gap.word}"),
            ink.span(gap.start, gap.end) if gap.end > gap.start else ink.stamp(gap.start),
            " ".join(filter(None, (gap.source or gap.epoch, _why(ink, gap.reason)))),
        )
        for one, gap in found[:MOST_GAPS]
    )
    notes = (ink.t("paper.note.gaps"), *((ink.t("receipts.more", count=len(found) - MOST_GAPS),) if len(found) > MOST_GAPS else ()))
    return Part(ink.t("paper.part.gaps"), notes, columns, rows, ink.t("paper.none.gaps"))


def _why(ink: Ink, reason: str) -> str:
    return ink.t("paper.no_poll") if reason == SILENT else ink.pick(code_words([reason])) if reason else ""


def analogue(ink: Ink, points: Sequence[PointFacts], title: str) -> Part:
    """Statistics of measured values with how complete they are."""
    names = ("point", "place", "measures", "limit", "maximum", "peak_at", "mean", "minimum", "complete", "good")
    shares = (1, 3, 2, 1, 1.1, 2.4, 1, 1, 1.3, 1.6)
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in zip(names, shares, strict=True))
    return Part(title, (ink.t("paper.note.statistics"),), columns, tuple(_analogue(ink, one) for one in points), ink.t("paper.none.points"))


def _analogue(ink: Ink, one: PointFacts) -> tuple[Cell, ...]:
    limit: Cell = ink.t("paper.no_limit") if one.limit is None else ink.value(one.limit, one.quantity)
    return (
        one.id,
        ink.pick(one.place) or ink.unknown,
        ink.measures(one.quantity),
        limit,
        ink.value(one.maximum, one.quantity, one.limit),
        _peak(ink, one),
        ink.value(one.mean, one.quantity, one.limit),
        ink.value(one.minimum, one.quantity, one.limit),
        ink.share(one.complete),
        f"{one.good} / {one.readings}" if one.readings else ink.unknown,
    )


def _peak(ink: Ink, one: PointFacts) -> str:
    if one.peak_at is None:
        return ink.unknown
    flags = quality_words(one.peak_flags)[ink.lang]
    moment = ink.zone.clock(one.peak_at) if one.exact else ink.t("paper.within", time=ink.zone.clock(one.peak_at)[:5])
    return moment + (f" ({', '.join(flags)})" if flags else "")


def switches(ink: Ink, points: Sequence[PointFacts]) -> Part:
    """Switch points: the part of the readings in which they were on."""
    names, shares = ("point", "place", "measures", "on", "complete", "good"), (1, 3, 2, 1.6, 1.3, 1.6)
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in zip(names, shares, strict=True))
    rows = tuple(
        (
            one.id,
            ink.pick(one.place) or ink.unknown,
            ink.measures(one.quantity),
            ink.share(one.mean),
            ink.share(one.complete),
            f"{one.good} / {one.readings}" if one.readings else ink.unknown,
        )
        for one in points
    )
    return Part(ink.t("paper.part.switches"), (ink.t("paper.note.switches"),), columns, rows, ink.t("paper.none.points"))


def is_switch(point: PointFacts) -> bool:
    found = QUANTITIES.get(point.quantity)
    return found is not None and found.kind is Kind.SWITCH


def alarms(ink: Ink, facts: SpanFacts, group: str) -> Part:
    """The alarms of one group with what became of each."""
    names = ("what", "raised", "returned", "lasted", "peak", "standing", "acknowledged", "reported")
    shares = (3.4, 1.8, 1.8, 1.2, 0.9, 1.4, 1.6, 1.6)
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in zip(names, shares, strict=True))
    rows = tuple(_alarm(ink, facts, one) for one in facts.alarms if group_of(one.row.rule) == group)
    return Part(ink.t(f"paper.part.{group}"), (), columns, rows, ink.t("paper.none.known"))


def _alarm(ink: Ink, facts: SpanFacts, one: AlarmFacts) -> tuple[Cell, ...]:
    row, title = one.row, title_of(one.row)
    lasted = (facts.until if row.active else row.changed) - row.raised_at
    return (
        f"{ink.pick((title.zh, title.en))} {row.point}".strip(),
        ink.stamp(row.raised_at),
        ink.t("paper.still") if row.active else ink.stamp(row.changed),
        ink.length(lasted) + ("+" if row.active else ""),
        ink.value(row.peak if row.peak is not None else row.value, row.quantity, row.limit) if row.quantity else "–",
        _standing(ink, row),
        _deed(ink, one.acknowledged.by, one.acknowledged.at) if one.acknowledged else _nobody(ink, row),
        _deed(ink, " ".join(filter(None, (one.reported.by, one.reported.detail))), one.reported.at)
        if one.reported
        else ink.t("paper.not_reported"),
    )


def _standing(ink: Ink, row: AlarmRow) -> str:
    marks = [name for name in ("planned", "unverified", "late", "unknown") if getattr(row, name)]
    return ", ".join([ink.t(f"alarm.state.{row.state}"), *(ink.t(f"paper.mark.{name}") for name in marks)])


def _deed(ink: Ink, who: str, at: int) -> str:
    return f"{ink.zone.stamp(at)[5:16]} {who}"


def _nobody(ink: Ink, row: AlarmRow) -> str:
    return ink.t("paper.by_design") if row.acknowledged else ink.t("paper.nobody")


def permits(ink: Ink, facts: SpanFacts) -> Part:
    """Permits that were open in the span."""
    places = {point.id: point.place for point in facts.points}
    names, shares = ("point", "place", "permit", "opened", "closed", "dispatcher", "caller", "why"), (0.8, 2, 1, 1.8, 1.8, 1, 1, 2)
    columns = tuple(Column(ink.t(f"paper.{name}"), share) for name, share in zip(names, shares, strict=True))
    rows = tuple(
        (
            row.point,
            ink.pick(places.get(row.point, ("", ""))) or ink.unknown,
            ink.t(f"paper.permit.{row.kind}"),
            ink.stamp(row.opened),
            ink.stamp(row.closed) if row.closed else ink.t("paper.open_still"),
            row.dispatcher,
            row.caller,
            row.reason,
        )
        for row in facts.permits
    )
    return Part(ink.t("paper.part.permits"), (), columns, rows, ink.t("paper.none.known"))


def counts(ink: Ink, facts: SpanFacts) -> tuple[tuple[str, str], ...]:
    """How many of each group, how many planned, unacknowledged, not reported: facts under the title."""
    rows = [one.row for one in facts.alarms]
    sums = {f"part.{group}": sum(group_of(row.rule) == group for row in rows) for group in GROUPS}
    owed = [one for one in facts.alarms if not one.row.planned and group_of(one.row.rule) in REPORTED and one.reported is None]
    sums |= {"count.planned": sum(row.planned for row in rows), "count.unacknowledged": sum(not row.acknowledged for row in rows)}
    sums |= {"count.unreported": len(owed)}
    return tuple((ink.t(f"paper.{name}"), ink.t("paper.on_record", count=count)) for name, count in sums.items())


def coverage_of(gateways: Sequence[GatewayFacts]) -> float | None:
    """Polls answered of all due, over all gateways; None where one of them is not known."""
    if not gateways or any(one.coverage is None for one in gateways):
        return None
    return sum(one.answered for one in gateways) / sum(one.due for one in gateways)
