"""A mine on a day by a pack, read from the log alone: the tree of criteria with the facts one click away, and what is registered."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec
from sqlalchemy import Connection

from console.fleet import registers
from console.fleet.registers import bodies, name_of
from console.fleet.wording import clause, known, pack_named, systems, title_of
from contracts.facts import FACTS, Fact, read_facts
from fleet.bodies import Status, Verdict, VerdictSet, read
from fleet.criteria.steps import steps_of
from fleet.facts.drainage import FORMULA
from fleet.packs.pack import Criterion, Pack
from fleet.series import official
from fleet.series.changes import reasons
from fleet.series.evidence import together
from fleet.view import (
    CriterionView,
    DrainageView,
    FactView,
    LinkView,
    MineView,
    NextStepView,
    SuspicionView,
    SystemView,
    Words,
)
from store.records import fleet_log

LINE_DAYS, SUSPECTED_DAYS, WEEK = 92, 31, 7
OF_LINKS = ("network_delay_ms", "network_loss_share", "receipt_delay_ms", "link_available_share")


class _Outcome(msgspec.Struct, frozen=True):
    """What the line needs of a verdict set."""

    day: str
    outcome: Status


_read_outcome = msgspec.json.Decoder(_Outcome).decode


def mine(db: Connection, mine: str, pack: str, day: str, today: str) -> MineView | None:
    """A registered mine, None for another; `day` empty: its newest one with verdicts, else `today`."""
    profile = registers.profile(db, mine)
    if profile is None:
        return None
    rules = pack_named(pack)
    day = day or registers.newest_day(db, "verdicts", mine) or today
    n, said = _verdicts(db, mine, pack, day)
    _, before = _verdicts(db, mine, pack, _before(day, WEEK))
    facts = _facts(db, mine, day)
    name = name_of(profile, mine)
    notices = registers.assessments(db, mine)
    counted = official.standing(bodies(notices), day).get((profile.body.object, mine, ""))
    last = fleet_log.head(db)
    return MineView(
        day=day,
        pack=pack,
        pack_hash=said.pack_hash if said else rules.hash,
        pack_title=title_of(pack),
        profile=registers.profile_view(profile),
        outcome=said.outcome if said else None,
        official=counted.level if counted else None,
        systems=_systems(rules, said, facts),
        next_steps=_next(rules, said),
        changes=reasons(before, said, known(rules)) if before and said else (),
        stages=tuple(registers.stage_view(one) for one in registers.stages(db, mine)),
        assessments=tuple(registers.notice_view(one, name) for one in notices),
        workplaces=tuple(registers.workplace_view(one) for one in registers.workplaces(db, mine)),
        declared=tuple(registers.declared_view(one, day) for one in registers.declared(db, mine)),
        suspicions=_suspicions(db, mine, day, name),
        line=_line(db, mine, pack, day),
        facts=facts,
        head=(last.n, last.hash) if last else (0, ""),
        links=links(facts),
        drainage=drainage(facts),
        verdict_n=n,
    )


def links(facts: Sequence[FactView]) -> tuple[LinkView, ...]:
    """The links of the mine's gateways on the day, from its facts."""
    by: dict[str, dict[str, FactView]] = {}
    for one in facts:
        if one.name in OF_LINKS and one.subject:
            by.setdefault(one.subject, {})[one.name] = one
    return tuple(LinkView(gateway, _kind(found), *(_value(found, name) for name in OF_LINKS)) for gateway, found in sorted(by.items()))


def drainage(facts: Sequence[FactView]) -> DrainageView | None:
    """Gas drainage of the day for the whole mine; None where no fact speaks of it."""
    found = {one.name: one for one in facts if one.name in ("drained_pure_m3", "drainage_rate") and not one.subject}
    if not found:
        return None
    pure, rate = found.get("drained_pure_m3"), found.get("drainage_rate")
    told = pure or rate
    assert told is not None
    return DrainageView(pure.value if pure else None, rate.value if rate else None, told.why, Words(*FORMULA), told.how, tuple(told.refs))


def _kind(found: Mapping[str, FactView]) -> str:
    refs = [ref for one in found.values() for ref in one.refs if ref.startswith("link:")]
    return refs[0].removeprefix("link:") if refs else ""


def _value(found: Mapping[str, FactView], name: str) -> float | None:
    return found[name].value if name in found else None


def _before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days)).isoformat()


def _verdicts(db: Connection, mine: str, pack: str, day: str) -> tuple[int, VerdictSet | None]:
    entry = next(iter(fleet_log.current(db, "verdicts", mine=mine, days=(day, day), key=pack)), None)
    return (entry.n, read(entry.body, VerdictSet)) if entry else (0, None)


def _line(db: Connection, mine: str, pack: str, day: str) -> tuple[tuple[str, Status], ...]:
    found = fleet_log.current(db, "verdicts", mine=mine, days=(_before(day, LINE_DAYS - 1), day), key=pack)
    outcomes = (_read_outcome(entry.body) for entry in found)
    return tuple((one.day, one.outcome) for one in outcomes)


def _facts(db: Connection, mine: str, day: str) -> tuple[FactView, ...]:
    entry = next(iter(fleet_log.current(db, "facts", mine=mine, days=(day, day))), None)
    return tuple(fact_view(one, entry.n) for one in read_facts(entry.body).facts) if entry else ()


def fact_view(one: Fact, n: int) -> FactView:
    """A fact as the pages show it; `n`: its set's entry in the log, 0: it stands in none."""
    meaning = FACTS.get(one.name)
    return FactView(
        one.name,
        Words(meaning.zh, meaning.en) if meaning else Words(one.name, one.name),
        meaning.unit if meaning else "",
        one.subject,
        one.value,
        one.completeness,
        one.start,
        one.end,
        one.how,
        str(one.way),
        one.why,
        one.by,
        one.document,
        one.evidence,
        one.numbers,
        n,
    )


def _systems(rules: Pack, said: VerdictSet | None, facts: Sequence[FactView]) -> tuple[SystemView, ...]:
    """The pack's systems with their criteria in its order. Without verdicts the tree is empty: nothing is guessed."""
    if said is None:
        return ()
    by: dict[str, list[CriterionView]] = {}
    told: dict[str, list[Verdict]] = {}
    for verdict in said.verdicts:
        told.setdefault(verdict.criterion, []).append(verdict)
    for one in rules.criteria:
        by.setdefault(one.system, []).extend(_criterion(rules, one, verdict, facts) for verdict in told.get(one.id, ()))
    views = []
    for id_, title in systems(rules).items():
        if by.get(id_):
            views.append(SystemView(id_, title, said.systems.get(id_) or _status(by[id_]), tuple(by[id_])))
    return tuple(views)


def _status(criteria: Sequence[CriterionView]) -> Status:
    """Of a system the verdicts do not name: what its criteria say together; open where none of them counts."""
    return together(one.status for one in criteria) if any(one.status is not Status.OPEN for one in criteria) else Status.OPEN


def _criterion(rules: Pack, one: Criterion, verdict: Verdict, facts: Sequence[FactView]) -> CriterionView:
    asked = set(one.query.facts) if one.query else set()
    return CriterionView(
        one.id,
        Words(one.zh, one.en),
        verdict.status,
        verdict.subject,
        verdict.value,
        verdict.threshold,
        one.unit,
        verdict.days,
        verdict.of,
        verdict.why,
        clause(rules, one),
        one.basis,
        one.confidence,
        tuple(fact for fact in facts if fact.name in asked and verdict.subject in ("", fact.subject)),
    )


def _next(rules: Pack, said: VerdictSet | None) -> tuple[NextStepView, ...]:
    if said is None:
        return ()
    about = known(rules)
    steps = steps_of(rules, said)
    return tuple(
        NextStepView(one.criterion, about(one.criterion).title, Words(one.zh, one.en), at) for at, one in enumerate(steps, start=1)
    )


def _suspicions(db: Connection, mine: str, day: str, name: Words) -> tuple[SuspicionView, ...]:
    """Of each kind the newest of the last days, the newest first: an accusation stands on every day that bears it."""
    entries = fleet_log.current(db, "suspicion", mine=mine, days=(_before(day, SUSPECTED_DAYS - 1), day))
    found = {one.kind: one for one in (registers.suspicion_view(entry, name) for entry in entries) if one.stands}
    return tuple(sorted(found.values(), key=lambda one: (one.day, one.kind), reverse=True))
