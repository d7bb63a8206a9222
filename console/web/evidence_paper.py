"""The paper of an evidence file: facts, curve, timeline, answers, in one language. Pure."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from alerts import words as told_words
from alerts.form import Facts
from alerts.packs.handling import Handling
from alerts.traces import OWN, Trace
from alerts.words import clause_words
from alerts.words_handling import CONTRADICTIONS, REASONS, detail_words
from console.paper import paper
from console.paper.curve import Limit, curve_of
from console.paper.paper import Column, Paper, Part
from console.web import times
from console.web.alarms import title_of
from console.web.handling import cause_words
from console.web.plant import Plant
from console.web.traces import registry_of
from console.web.words import say
from contracts import quality as q
from contracts.clock import SECOND
from contracts.units import QUANTITIES
from store.records.alarms import AlarmRow, TransitionRow
from store.records.deliveries import DeliveryRow
from store.records.handling import AnswerRow, ReferralRow, Told

FLAGS = q.UNUSABLE | q.CALIBRATION


@dataclass(frozen=True, slots=True)
class Pinned:
    """What is copied into the file, at one moment (`now`, µs UTC) by a person. `chain`: the audit chain's last link then."""

    alarm: AlarmRow
    transitions: list[TransitionRow]
    deliveries: list[DeliveryRow]
    told: Told
    facts: Facts
    traces: list[Trace]
    span: tuple[int, int]
    chain: tuple[int, str]
    now: int
    by: str


def data_of(pinned: Pinned, plant: Plant, key: str, lang: str) -> dict[str, Any]:
    """The data of `evidence.typ`."""
    row = pinned.alarm
    made = Paper(
        lang=lang,
        title=f"{say(lang, 'evidence.paper')} {row.id}",
        facts=_facts(pinned, plant, key, lang),
        parts=(_timeline(pinned, plant, lang), *_handling(pinned, plant, lang), _traces(pinned, lang)),
        foot=say(lang, "evidence.foot"),
        labels={"page": ""},
    )
    return paper.data_of(made) | {"drawing": _drawing(pinned, plant, lang)}


def _pick(lang: str, zh: str, en: str) -> str:
    return zh if lang == "zh" else en


def _figure(row: AlarmRow, value: float | None, lang: str) -> str:
    known = QUANTITIES.get(row.quantity)
    text = times.value_text(value, known.decimals if known else 2)
    return say(lang, "facts.unknown") if value is None else f"{text} {times.unit_text(row.unit)}".strip()


def _facts(pinned: Pinned, plant: Plant, key: str, lang: str) -> tuple[tuple[str, str], ...]:
    row, facts, zone = pinned.alarm, pinned.facts, plant.zone
    title = getattr(title_of(row), lang)
    lasting = times.length_text(round(facts.duration_s * SECOND), lang) + (say(lang, "facts.ongoing") if facts.ongoing else "")
    span = f"{zone.stamp(pinned.span[0])} – {zone.stamp(pinned.span[1])} {zone.label}"
    limit = f"≥ {_figure(row, row.limit, lang)}" if row.limit is not None else say(lang, "facts.unknown")
    feed = say(lang, f"facts.feed.{facts.feed}") if facts.feed else say(lang, "facts.unknown")
    return (
        (say(lang, "evidence.alarm"), title),
        (say(lang, "evidence.mine"), f"{_pick(lang, row.mine_zh, row.mine_en)} ({row.mine})"),
        (say(lang, "evidence.point"), f"{_pick(lang, row.place_zh, row.place_en)} {row.point}".strip()),
        (say(lang, "evidence.rule"), clause_words(row.clause, plant.limits.documents, lang) or row.rule),
        (say(lang, "evidence.limit"), limit),
        (say(lang, "facts.peak"), _figure(row, facts.peak, lang)),
        (say(lang, "facts.duration"), lasting),
        (say(lang, "facts.feed"), feed),
        (say(lang, "evidence.span"), span),
        (say(lang, "evidence.time"), f"{zone.stamp(pinned.now)} {zone.label}"),
        (say(lang, "evidence.key"), key),
        (say(lang, "evidence.chain"), f"{pinned.chain[0]} · {pinned.chain[1][:16]}…"),
    )


def _drawing(pinned: Pinned, plant: Plant, lang: str) -> dict[str, Any] | None:
    own = next((trace for trace in pinned.traces if trace.role == OWN), None)
    if own is None:
        return None
    row = pinned.alarm
    known = QUANTITIES.get(row.quantity)
    decimals = known.decimals if known else 2
    end = pinned.now if row.active else row.changed
    drawn = curve_of(own.series, pinned.span, (row.raised_at, end), _limits(pinned, plant, lang, decimals), plant.zone, decimals, FLAGS)
    names = {"alarm": say(lang, "chart.alarm"), "gap": say(lang, "evidence.gap"), "flagged": say(lang, "evidence.flagged")}
    colours = say(lang, "evidence.colours", names)
    unit = times.unit_text(row.unit)
    return drawn | {"title": f"{say(lang, 'chart.around')} · {row.point} {unit} · {plant.zone.label}", "note": colours}


def _limits(pinned: Pinned, plant: Plant, lang: str, decimals: int) -> list[Limit]:
    """The alarm's own limit, and the cuts of its place where the registry of now knows it."""
    row, registry = pinned.alarm, registry_of(plant, pinned.alarm)
    named = [] if row.limit is None else [Limit("alarm", row.limit, f"{say(lang, 'limits.alarm')} ≥ {row.limit:.{decimals}f}")]
    place = registry.points[registry.number[row.point]].limit_row if registry is not None and row.point in registry.number else ""
    rules = plant.limits.rows.get(place)
    cuts = () if rules is None else rules.cuts
    return named + [Limit("cut", cut.cut_ge, f"{say(lang, 'limits.cut')} ≥ {cut.cut_ge:.{decimals}f}") for cut in cuts]


def _timeline(pinned: Pinned, plant: Plant, lang: str) -> Part:
    pick, zone = int(lang != "zh"), plant.zone
    told: dict[int, list[str]] = {}
    for row in pinned.deliveries:
        when = f" {zone.precise(row.settled)}" if row.settled is not None else ""
        told.setdefault(row.transition_id, []).append(f"{row.recipient} ({row.channel}) {say(lang, f'notice.{row.state}')}{when}")
    rows = []
    for step in pinned.transitions:
        head = told_words.HEADS.get(step.change, (step.change, step.change))[pick]
        clocks = f"{zone.precise(step.time)} / {zone.precise(step.decided)} / {zone.precise(step.received)}" if not step.by else ""
        what = [told_words.reason_words(step.reason, lang), step.detail, clocks, *told.get(step.id, [])]
        rows.append((zone.stamp(step.at), head, step.by, " · ".join(part for part in what if part)))
    names = ("evidence.time", "evidence.step", "evidence.who", "evidence.what")
    columns = tuple(Column(say(lang, name), share) for name, share in zip(names, (1.3, 1.3, 0.8, 3.6), strict=True))
    clocks = " / ".join(say(lang, f"timeline.{name}") for name in ("read", "decided", "received"))
    return Part(say(lang, "alarm.timeline"), (clocks,), columns, tuple(rows))


def _handling(pinned: Pinned, plant: Plant, lang: str) -> tuple[Part, ...]:
    zone = plant.zone
    names = ("evidence.time", "evidence.who", "evidence.what")
    columns = tuple(Column(say(lang, name), share) for name, share in zip(names, (1.3, 0.9, 4.2), strict=True))
    nothing = say(lang, "evidence.nothing")
    referred = tuple((zone.stamp(row.at), "", _why(row, lang)) for row in pinned.told.referrals)
    answers = tuple((zone.stamp(row.at), row.by, _answer(row, pinned.alarm, plant.handling, lang)) for row in pinned.told.answers)
    verdicts = tuple(
        (zone.stamp(row.at), row.by, f"{say(lang, f'handling.verdict.{row.verdict}')}: {row.words}") for row in pinned.told.verdicts
    )
    unknown = plant.handling.unknown
    grades = (say(lang, "form.no_grade", {"unknown": unknown.zh if lang == "zh" else unknown.en}),) if plant.handling.grades is None else ()
    return (
        Part(say(lang, "evidence.referrals"), (), columns, referred, nothing),
        Part(say(lang, "evidence.answers"), grades, columns, answers, nothing),
        Part(say(lang, "evidence.verdicts"), (), columns, verdicts, nothing),
    )


def _why(row: ReferralRow, lang: str) -> str:
    words = REASONS.get(row.reason, (row.reason, row.reason))[int(lang != "zh")]
    return " · ".join(part for part in (words, detail_words(row.reason, row.detail, lang)) if part)


def _answer(row: AnswerRow, alarm: AlarmRow, pack: Handling, lang: str) -> str:
    form, facts = row.form, row.facts
    cause = getattr(cause_words(pack, str(form.get("cause"))), lang)
    peaks = (_figure(alarm, form.get("peak"), lang), _figure(alarm, facts.get("peak"), lang))
    lasted = (_seconds(form.get("duration_s"), lang), _seconds(facts.get("duration_s"), lang))
    beside = [
        f"{say(lang, key)}: {say(lang, 'handling.stated')} {stated}, {say(lang, 'handling.stored')} {stored}"
        for key, (stated, stored) in (("facts.peak", peaks), ("facts.duration", lasted))
    ]
    chosen = [
        f"{say(lang, f'form.{name}')}: {say(lang, f'form.{name}.{form[name]}')}"
        for name in ("cut", "feed", "withdrawal")
        if form.get(name, "unknown") != "unknown"
    ]
    texts = [f"{say(lang, f'form.{name}')}: {form[name]}" for name in ("words", "measures", "reported_to") if form.get(name)]
    against = [CONTRADICTIONS.get(code, (code, code))[int(lang != "zh")] for code in row.contradictions]
    said = [f"{say(lang, 'handling.against')}: {'; '.join(against)}"] if against else []
    version = say(lang, "handling.version", {"number": row.version})
    return " · ".join([version, cause, *beside, *chosen, *texts, *said])


def _seconds(value: float | None, lang: str) -> str:
    return say(lang, "facts.unknown") if value is None else times.length_text(round(value * SECOND), lang)


def _traces(pinned: Pinned, lang: str) -> Part:
    names = ("evidence.point", "evidence.place", "evidence.role", "evidence.count", "evidence.lowest", "evidence.highest")
    columns = tuple(Column(say(lang, name), share) for name, share in zip(names, (0.8, 2.4, 1.2, 0.8, 0.8, 0.8), strict=True))
    rows: list[tuple[paper.Cell, ...]] = []
    for trace in pinned.traces:
        good = trace.series.value[np.isfinite(trace.series.value)]
        unknown, decimals = say(lang, "facts.unknown"), QUANTITIES[trace.quantity].decimals if trace.quantity in QUANTITIES else 2
        low: paper.Cell = paper.Number(float(good.min()), decimals) if len(good) else unknown
        high: paper.Cell = paper.Number(float(good.max()), decimals) if len(good) else unknown
        rows.append((trace.point, _pick(lang, *trace.place), say(lang, f"evidence.role.{trace.role}"), len(trace.series.time), low, high))
    return Part(say(lang, "evidence.readings"), (), columns, tuple(rows), say(lang, "evidence.nothing"))
