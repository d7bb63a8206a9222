"""The province's report of intelligent mines as a paper: three series apart, and what each rests on. Pure."""

from collections.abc import Sequence

from console.paper.paper import Cell, Column, Paper, Part
from console.reports.fleet_ink import FleetInk
from fleet.bodies import Level, Object, Status
from fleet.view import BaselineView, ProvinceView, ReasonView, SuspicionView, TargetView

MOST_ROWS = 200
"""Rows of one table of changes or suspicions; the rest is counted."""
MOST_REFS = 12
"""References of one row; the entry named beside them has them all."""
TOTAL = "intelligent_mines_total"


def columns(ink: FleetInk, *named: tuple[str, float]) -> tuple[Column, ...]:
    """Columns by the keys of their words, with their shares of the width."""
    return tuple(Column(ink.t(key), share) for key, share in named)


def province_paper(ink: FleetInk, view: ProvinceView, now: int, *, audited: bool) -> Paper:
    """The province's report in one language. `audited`: with what is suspected."""
    parts = [
        _three(ink, view),
        _targets(ink, view.targets),
        _cities(ink, view),
        _gaps(ink, view),
        _changes(ink, view),
        _met(ink, view),
        _notices(ink, view),
        _told(ink, view),
        _packs(ink, view),
        _line(ink, view),
        *([suspicions(ink, view.suspects)] if audited else ()),
        how_to_verify(ink),
    ]
    return Paper(
        ink.lang,
        ink.t("fleet.paper.title"),
        head(ink, view.day, ink.pick(view.pack_title), view.pack_hash, view.head, now),
        tuple(parts),
        foot=ink.t("fleet.paper.foot"),
        wide=True,
        labels={"page": ink.t("paper.page")},
    )


def head(ink: FleetInk, day: str, pack: str, pack_hash: str, log: tuple[int, str], now: int) -> tuple[tuple[str, str], ...]:
    """What the report is of and what it rests on, under the title."""
    return (
        (ink.t("fleet.day"), day),
        (ink.t("paper.made"), f"{ink.zone.stamp(now)} {ink.zone.label}"),
        (ink.t("fleet.pack"), pack),
        (ink.t("fleet.pack_hash"), pack_hash),
        (ink.t("fleet.paper.head"), str(log[0])),
        (ink.t("fleet.paper.head_hash"), log[1] or "–"),
    )


def how_to_verify(ink: FleetInk) -> Part:
    """How anybody checks the numbers."""
    return Part(ink.t("fleet.paper.verify"), (ink.t("fleet.verify"), ink.t("fleet.paper.verify.how")))


def _three(ink: FleetInk, view: ProvinceView) -> Part:
    rows: list[tuple[Cell, ...]] = []
    for kind in Object:
        count = view.evidence.get(kind)
        if count and count.all:
            rows.append(
                (ink.t("fleet.by_evidence"), ink.t(f"fleet.object.{kind}"), count.met, ink.t("fleet.met_of", met=count.met, all=count.all))
            )
    if view.official is None:
        rows.append((ink.t("fleet.officially"), ink.t("fleet.object.mine"), ink.t("fleet.not_loaded"), ink.t("fleet.not_loaded.why")))
    else:
        for kind in Object:
            levels = view.official.counts.get(kind, {})
            told = ", ".join(f"{ink.t(f'fleet.level.{level}')} {levels.get(level, 0)}" for level in Level)
            rows.append((ink.t("fleet.officially"), ink.t(f"fleet.object.{kind}"), view.official.of(kind), told))
    totals = sorted((one for one in view.reported if one.what == TOTAL), key=lambda one: one.date)
    if totals:
        newest = totals[-1]
        rows.append((ink.t("fleet.reported"), ink.t("fleet.object.mine"), newest.total, f"{newest.date} · {newest.where}"))
    named = columns(ink, ("fleet.paper.series", 2), ("fleet.object", 1.2), ("fleet.paper.number", 1), ("fleet.paper.rests", 6))
    notes = (ink.t("fleet.never_added"), ink.t("fleet.lead"), f"{ink.t('fleet.by_evidence.rule')} {ink.pick(view.pack_title)}")
    return Part(ink.t("fleet.paper.three"), notes, named, tuple(rows), ink.t("fleet.none_yet"))


def _targets(ink: FleetInk, targets: Sequence[TargetView]) -> Part:
    rows = []
    for one in targets:
        official = ink.t("fleet.not_loaded") if one.official_new is None else str(one.official_new)
        told = "; ".join(_base(ink, base) for base in one.baselines)
        rows.append(
            (
                f"{one.year} ({ink.t(f'fleet.when.{one.when}')})",
                ink.t("fleet.target.scope") if one.value is None else ink.t(f"fleet.target.{one.kind}", value=one.value),
                official if one.kind == "increment" else "–",
                told or "–",
                f"{ink.pick(one.note)} ({one.source})",
            )
        )
    named = columns(
        ink,
        ("fleet.paper.year", 1.3),
        ("fleet.targets", 1.8),
        ("fleet.paper.official_new", 1.2),
        ("fleet.paper.by_press", 4),
        ("fleet.paper.note", 4),
    )
    return Part(ink.t("fleet.targets"), (ink.t("fleet.base.both"),), named, tuple(rows), ink.t("fleet.not_loaded"))


def _base(ink: FleetInk, base: BaselineView) -> str:
    said = ink.t("fleet.base", base=base.value, source=base.source)
    if base.total is None:
        return f"{said} → {ink.t('fleet.base.unknown')}"
    reached = ink.t("fleet.base.met" if base.met else "fleet.base.short")
    return f"{said} → {ink.t('fleet.base.total', total=base.total, new=base.new)}: {reached}"


def _cities(ink: FleetInk, view: ProvinceView) -> Part:
    rows = tuple(
        (
            ink.city(one.city),
            one.count.met,
            one.count.not_met,
            one.count.no_evidence,
            one.count.all,
            ink.t("fleet.not_loaded") if one.official is None else one.official,
        )
        for one in view.cities
    )
    named = columns(
        ink,
        ("fleet.city", 2),
        *((f"fleet.status.{status}", 1) for status in (Status.MET, Status.NOT_MET, Status.NO_EVIDENCE)),
        ("fleet.paper.all", 1),
        ("fleet.officially", 1.2),
    )
    return Part(ink.t("fleet.cities"), (), named, rows, ink.t("fleet.not_known"))


def _gaps(ink: FleetInk, view: ProvinceView) -> Part:
    rows = tuple((ink.pick(one.title), ink.pick(one.clause), one.not_met, one.no_evidence, one.mines, one.alone) for one in view.gaps)
    named = columns(
        ink,
        ("fleet.paper.criterion", 3),
        ("fleet.paper.clause", 3),
        ("fleet.status.not_met", 1),
        ("fleet.status.no_evidence", 1),
        ("fleet.paper.all", 1),
        ("fleet.paper.alone", 1.2),
    )
    return Part(ink.t("fleet.gaps"), (ink.t("fleet.gaps.lead"),), named, rows, ink.t("fleet.gaps.none"))


def _changes(ink: FleetInk, view: ProvinceView) -> Part:
    rows = tuple(
        (
            f"{ink.pick(one.name)} ({one.mine})",
            f"{ink.status(one.before)} → {ink.status(one.after)}",
            f"{one.since} – {one.until}",
            reasons(ink, one.reasons),
        )
        for one in view.changes[:MOST_ROWS]
    )
    named = columns(ink, ("paper.mine", 2), ("fleet.paper.change", 2), ("paper.span", 2), ("paper.why", 6))
    return Part(ink.t("fleet.changes"), _more(ink, len(view.changes)), named, rows, ink.t("fleet.changes.none"))


def reasons(ink: FleetInk, found: Sequence[ReasonView]) -> str:
    """Why an outcome changed, in one line."""
    told = []
    for one in found:
        where = f" [{one.subject}]" if one.subject else ""
        asked = f", {ink.t('fleet.asked')} {ink.amount(one.threshold, one.unit)}" if one.threshold is not None else ""
        values = f"{ink.amount(one.value_before, one.unit)} → {ink.amount(one.value_after, one.unit)}{asked}"
        told.append(f"{ink.pick(one.title)}{where}: {ink.status(one.before)} → {ink.status(one.after)} ({values})")
    return "; ".join(told) or "–"


def _more(ink: FleetInk, count: int) -> tuple[str, ...]:
    return (ink.t("fleet.more", count=count - MOST_ROWS),) if count > MOST_ROWS else ()


def _met(ink: FleetInk, view: ProvinceView) -> Part:
    found = [(one.city, tile) for one in view.cities for tile in one.tiles if tile.outcome is Status.MET]
    none = ink.t("fleet.official.none" if view.official else "fleet.not_loaded")
    rows = tuple(
        (tile.mine, ink.pick(tile.name), ink.city(city), ink.t(f"fleet.level.{tile.official}") if tile.official else none)
        for city, tile in found
    )
    named = columns(ink, ("fleet.id", 2), ("paper.mine", 3), ("fleet.city", 1.5), ("fleet.officially", 2))
    return Part(ink.t("fleet.paper.met"), (), named, rows, ink.t("fleet.list.none"))


def _notices(ink: FleetInk, view: ProvinceView) -> Part:
    rows = tuple(
        (
            f"{ink.pick(one.mine_name)} ({one.mine})" + (f" [{one.subject}]" if one.subject else ""),
            ink.t(f"fleet.object.{one.object}"),
            ink.t(f"fleet.level.{one.level}"),
            one.authority,
            one.notice_date,
            one.document,
            one.n,
        )
        for one in (view.official.notices if view.official else ())
    )
    named = columns(
        ink,
        ("paper.mine", 2.4),
        ("fleet.object", 1),
        ("fleet.paper.level", 1),
        ("fleet.authority", 2),
        ("fleet.paper.notice", 1.3),
        ("fleet.ref.document", 3),
        ("fleet.ref.log", 0.8),
    )
    empty = ink.t("fleet.not_loaded") + (": " if ink.lang == "en" else "：") + ink.t("fleet.not_loaded.why")
    return Part(
        ink.t("fleet.notices"), (ink.t("fleet.officially.rule"),), named, rows, ink.t("fleet.list.none") if view.official else empty
    )


def _told(ink: FleetInk, view: ProvinceView) -> Part:
    rows = tuple(
        (
            one.date,
            one.total,
            ink.worded(f"fleet.what.{one.what}", one.what),
            one.where,
            ink.worded(f"fleet.confidence.{one.confidence}", one.confidence),
            ink.pick(one.note) or "–",
        )
        for one in view.reported
    )
    named = columns(
        ink,
        ("fleet.day", 1.2),
        ("fleet.paper.number", 1),
        ("fleet.paper.what", 2),
        ("fleet.paper.source", 4),
        ("fleet.paper.confidence", 1.5),
        ("fleet.paper.note", 4),
    )
    return Part(ink.t("fleet.reported"), (ink.t("fleet.reported.rule"),), named, rows, ink.t("fleet.not_loaded"))


def _packs(ink: FleetInk, view: ProvinceView) -> Part:
    rows = tuple(
        (ink.pick(one.title), one.id, one.hash, one.mines.met, one.mines.not_met, one.mines.no_evidence, one.mines.all)
        for one in view.packs
    )
    named = columns(
        ink,
        ("fleet.pack", 4),
        ("fleet.id", 1.4),
        ("fleet.pack_hash", 2.4),
        *((f"fleet.status.{status}", 1) for status in (Status.MET, Status.NOT_MET, Status.NO_EVIDENCE)),
        ("fleet.paper.all", 1),
    )
    return Part(ink.t("fleet.packs"), (ink.t("fleet.packs.lead"),), named, rows, ink.t("fleet.compare.none"))


def _line(ink: FleetInk, view: ProvinceView) -> Part:
    """The published counts of the last days, in numbers: the drawing shows all of them."""
    official = dict(view.line.official or ())
    rows = tuple(
        (day, count, ink.t("fleet.not_loaded") if view.line.official is None else official.get(day, ink.t("fleet.no_value")))
        for day, count in view.line.evidence[-31:]
    )
    named = columns(ink, ("fleet.day", 1), ("fleet.by_evidence", 1), ("fleet.officially", 1))
    return Part(ink.t("fleet.paper.line"), (), named, rows, ink.t("fleet.chart.none"))


def suspicions(ink: FleetInk, found: Sequence[SuspicionView]) -> Part:
    """What does not fit, with where to look."""
    rows = tuple(
        (
            f"{ink.pick(one.mine_name)} ({one.mine})",
            one.day,
            ink.why(one.kind),
            ink.number(one.score),
            ink.number(one.threshold),
            ink.pick(one.why),
            " ".join(one.refs[:MOST_REFS]) + (" …" if len(one.refs) > MOST_REFS else "") or "–",
            one.n,
        )
        for one in found[:MOST_ROWS]
    )
    named = columns(
        ink,
        ("paper.mine", 2.2),
        ("fleet.day", 1.2),
        ("fleet.kind", 1.2),
        ("fleet.paper.score", 0.9),
        ("fleet.paper.bound", 0.9),
        ("paper.why", 4),
        ("fleet.evidence", 2.5),
        ("fleet.ref.log", 0.8),
    )
    return Part(ink.t("fleet.suspects"), (ink.t("fleet.suspects.lead"), *_more(ink, len(found))), named, rows, ink.t("fleet.suspects.none"))
