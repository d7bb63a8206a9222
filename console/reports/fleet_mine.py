"""A mine's report as a paper: every criterion with its value, what is asked, clause and evidence. Pure."""

from console.paper.paper import Column, Paper, Part
from console.reports.fleet import MOST_REFS, columns, head, how_to_verify, reasons, suspicions
from console.reports.fleet_ink import FleetInk
from fleet.view import CriterionView, MineView


def mine_paper(ink: FleetInk, view: MineView, now: int, *, audited: bool, loaded: bool) -> Paper:
    """A mine's report in one language. `audited`: with what is suspected; `loaded`: whether any notice of the province is."""
    profile = view.profile
    none = ink.t("fleet.official.none" if loaded else "fleet.not_loaded")
    facts = (
        (ink.t("paper.mine"), f"{ink.pick(profile.name)} ({profile.id})"),
        (ink.t("fleet.city"), ink.city(profile.city)),
        *head(ink, view.day, ink.pick(view.pack_title), view.pack_hash, view.head, now),
        (ink.t("fleet.by_evidence"), ink.status(view.outcome) if view.outcome else ink.t("fleet.no_verdict")),
        (ink.t("fleet.officially"), ink.t(f"fleet.level.{view.official}") if view.official else none),
        (ink.t("fleet.object"), ink.t(f"fleet.object.{profile.object}")),
        (ink.t("fleet.capacity"), ink.amount(profile.capacity_mt, "Mt/a")),
        (ink.t("fleet.depth"), ink.amount(profile.depth_m, "m")),
        (
            ink.t("fleet.gas_class"),
            ink.worded(f"fleet.gas.{profile.gas_class}", profile.gas_class) if profile.gas_class else ink.t("fleet.no_value"),
        ),
    )
    parts = [
        _criteria(ink, view),
        _next(ink, view),
        *([Part(ink.t("fleet.changed"), (reasons(ink, view.changes),))] if view.changes else ()),
        _notices(ink, view),
        _stages(ink, view),
        _workplaces(ink, view),
        _declared(ink, view),
        *([suspicions(ink, view.suspicions)] if audited and view.suspicions else ()),
        _facts(ink, view),
        how_to_verify(ink),
    ]
    title = ink.t("fleet.paper.mine", mine=ink.pick(profile.name))
    return Paper(ink.lang, title, facts, tuple(parts), foot=ink.t("fleet.paper.foot"), wide=True, labels={"page": ink.t("paper.page")})


def _criteria(ink: FleetInk, view: MineView) -> Part:
    rows = tuple(
        (
            ink.pick(system.title),
            ink.pick(one.title) + (f" [{one.subject}]" if one.subject else ""),
            ink.status(one.status),
            ink.amount(one.value, one.unit),
            ink.t("fleet.threshold.open") if one.threshold is None else ink.amount(one.threshold, one.unit),
            f"{one.days} / {one.of}" if one.of else "–",
            ink.why(one.why) or "–",
            f"{ink.pick(one.clause)} ({ink.t(f'fleet.basis.{one.basis}')})".strip(),
            _entries(one),
        )
        for system in view.systems
        for one in system.criteria
    )
    named = columns(
        ink,
        ("fleet.paper.system", 1.8),
        ("fleet.paper.criterion", 3),
        ("fleet.paper.status", 1.1),
        ("fleet.value", 1.1),
        ("fleet.asked", 1.3),
        ("fleet.paper.days", 0.9),
        ("paper.why", 1.9),
        ("fleet.paper.clause", 3),
        ("fleet.ref.log", 0.8),
    )
    return Part(ink.t("fleet.criteria"), (ink.t("fleet.paper.criteria.note"),), named, rows, ink.t("fleet.no_verdict"))


def _entries(one: CriterionView) -> str:
    return " ".join(str(n) for n in sorted({fact.n for fact in one.facts if fact.n})) or "–"


def _next(ink: FleetInk, view: MineView) -> Part:
    rows = tuple((str(at), ink.pick(one.title), ink.pick(one.text)) for at, one in enumerate(view.next_steps, 1))
    named = (Column("#", 0.3), *columns(ink, ("fleet.paper.criterion", 3), ("fleet.paper.what_to_do", 6)))
    return Part(ink.t("fleet.next"), (ink.t("fleet.next.lead"),), named, rows, ink.t("fleet.paper.nothing_to_do"))


def _notices(ink: FleetInk, view: MineView) -> Part:
    rows = tuple(
        (
            ink.t(f"fleet.object.{one.object}") + (f" [{one.subject}]" if one.subject else ""),
            ink.t(f"fleet.level.{one.level}"),
            one.authority,
            one.notice_date,
            one.document,
            ink.t("fleet.revoked", day=one.revoked) if one.revoked else one.valid_to or "–",
            one.n,
        )
        for one in view.assessments
    )
    named = columns(
        ink,
        ("fleet.object", 1.4),
        ("fleet.paper.level", 1),
        ("fleet.authority", 2.4),
        ("fleet.paper.notice", 1.3),
        ("fleet.ref.document", 3),
        ("fleet.paper.until", 1.4),
        ("fleet.ref.log", 0.8),
    )
    return Part(ink.t("fleet.notices"), (ink.t("fleet.officially.rule"),), named, rows, ink.t("fleet.none_entered"))


def _stages(ink: FleetInk, view: MineView) -> Part:
    rows = tuple(
        (
            one.project,
            ink.t(f"fleet.object.{one.object}"),
            ink.t(f"fleet.step.{one.step}"),
            one.date,
            one.authority or "–",
            one.blocker or "–",
            one.n,
        )
        for one in view.stages
    )
    named = columns(
        ink,
        ("fleet.project", 1.4),
        ("fleet.object", 1),
        ("fleet.step", 1.2),
        ("fleet.day", 1.2),
        ("fleet.authority", 2),
        ("fleet.blocker", 3),
        ("fleet.ref.log", 0.8),
    )
    return Part(ink.t("fleet.stages"), (), named, rows, ink.t("fleet.none_entered"))


def _workplaces(ink: FleetInk, view: MineView) -> Part:
    rows = tuple(
        (
            one.id,
            ink.pick(one.name),
            ink.worded(f"fleet.workplace.{one.kind}", one.kind),
            ink.worded(f"fleet.gas.{one.gas_class}", one.gas_class) if one.gas_class else ink.t("fleet.no_value"),
            ink.number(one.length_m),
            ink.yes_no(one.series_ventilation),
            ink.yes_no(one.intelligent),
            one.n,
        )
        for one in view.workplaces
    )
    named = columns(
        ink,
        ("fleet.id", 1),
        ("fleet.paper.name", 2.4),
        ("fleet.kind", 1.2),
        ("fleet.gas_class", 1.6),
        ("fleet.paper.length", 1),
        ("fleet.series_ventilation", 1.2),
        ("fleet.intelligent", 1.4),
        ("fleet.ref.log", 0.8),
    )
    return Part(ink.t("fleet.workplaces"), (ink.t("fleet.workplaces.lead"),), named, rows, ink.t("fleet.none_entered"))


def _declared(ink: FleetInk, view: MineView) -> Part:
    rows = tuple(
        (
            ink.pick(one.title) + (f" [{one.subject}]" if one.subject else ""),
            ink.number(one.value),
            f"{one.valid_from} – {one.valid_to} ({ink.t('fleet.declared.holds' if one.holds else 'fleet.declared.over')})",
            one.document_name,
            one.document,
            one.by,
            one.n,
        )
        for one in view.declared
    )
    named = columns(
        ink,
        ("fleet.fact", 2.2),
        ("fleet.value", 0.9),
        ("paper.span", 2.6),
        ("fleet.document.name", 2),
        ("fleet.document.hash", 3.4),
        ("fleet.by", 1.6),
        ("fleet.ref.log", 0.8),
    )
    return Part(ink.t("fleet.declared"), (ink.t("fleet.declared.lead"),), named, rows, ink.t("fleet.none_entered"))


def _facts(ink: FleetInk, view: MineView) -> Part:
    rows = tuple(
        (
            ink.pick(one.title) + (f" [{one.subject}]" if one.subject else ""),
            ink.amount(one.value, one.unit),
            ink.t(f"fleet.fact.{one.way}"),
            ink.share(one.completeness),
            one.how,
            ink.why(one.why) or "–",
            " ".join(one.refs[:MOST_REFS]) + (" …" if len(one.refs) > MOST_REFS else "") or "–",
            one.n,
        )
        for one in view.facts
    )
    named = columns(
        ink,
        ("fleet.fact", 2.8),
        ("fleet.value", 1.2),
        ("fleet.paper.way", 0.9),
        ("fleet.paper.complete", 1.1),
        ("fleet.paper.how", 1.8),
        ("paper.why", 2),
        ("fleet.evidence", 3),
        ("fleet.ref.log", 0.8),
    )
    return Part(ink.t("fleet.facts.day", day=view.day), (), named, rows, ink.t("fleet.facts.none"))
