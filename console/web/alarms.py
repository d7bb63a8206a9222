"""Journal rows as the pages show them. Pure."""

from collections.abc import Iterable, Sequence

from alerts import words as told
from alerts.alarm import NEVER, Deed, State
from alerts.drill import is_drill
from alerts.limits import ALARM_RULE, CUT_RULE
from alerts.packs.pack import Pack
from alerts.priority import rank, reason_of
from console.web import times
from console.web.board import Active, clause_words, in_words, quality_words
from console.web.shapes import AlarmCount, Duty, MarkView, Words
from console.web.shapes_alarms import AlarmView, StepView
from console.web.states import Standing
from console.web.words import LANGUAGES, WORDS, say
from contracts.clock import iso
from contracts.units import QUANTITIES
from store.records.alarms import AlarmRow, TransitionRow


def active_from(rows: Iterable[AlarmRow], now: int) -> Active:
    """What the board needs of the open alarms: the gravest active one per point, and counts by mine."""
    kept = sorted(rows, key=lambda row: (row.unverified, not row.cut, -row.id))
    standing: dict[tuple[str, str], Standing] = {}
    of_mine: dict[str, list[AlarmRow]] = {}
    for row in kept:
        if row.active and row.point and row.state != State.PLANNED and (row.mine, row.point) not in standing:
            standing[row.mine, row.point] = Standing(str(row.id), row.unverified)
        if not is_drill(row.rule):
            of_mine.setdefault(row.mine, []).append(row)
    counts = {mine: _counted(own) for mine, own in of_mine.items()}
    shown = sorted(kept, key=_urgency)
    return Active(now, True, standing, counts, tuple(shown), hash(tuple((row.id, row.version) for row in kept)))


def _urgency(row: AlarmRow) -> tuple[bool | int, ...]:
    """What is suppressed or set aside last, what is active before what is over, then by priority, the newest first."""
    aside = row.state in (State.PLANNED, State.OUT_OF_SERVICE)
    return row.suppressed, aside, not row.active, rank(row.priority), row.unverified, row.acknowledged, -row.id


def _counted(rows: Sequence[AlarmRow]) -> AlarmCount:
    """The alarms of a mine, drills aside."""
    planned = sum(row.state == State.PLANNED for row in rows)
    active = [row for row in rows if row.active and row.state != State.PLANNED]
    return AlarmCount(
        len(active),
        sum(not row.acknowledged for row in rows),
        sum(row.unverified for row in active),
        sum(not row.point for row in active),
        planned,
        min((rank(row.priority) for row in active), default=0),
    )


def alarm_view(row: AlarmRow, pack: Pack) -> AlarmView:
    """One alarm."""
    raised, returned = _moment(row.raised_at), None if row.active else _moment(row.changed)
    again = row.since if row.active and raised is not None and row.since > raised else None
    action = Duty(clause_words(pack, row.action_clause), Words(row.action_zh, row.action_en)) if row.action_zh else None
    return AlarmView(
        id=str(row.id),
        mine=row.mine,
        mine_name=Words(row.mine_zh, row.mine_en),
        gateway=row.gateway,
        point=row.point,
        place=Words(row.place_zh, row.place_en),
        quantity=row.quantity,
        unit=row.unit,
        rule=row.rule,
        title=title_of(row),
        text=Words(row.text_zh, row.text_en),
        state=row.state,
        state_words=in_words(state_key(row)),
        open=row.open,
        active=row.active,
        unverified=row.unverified,
        late=row.late,
        unknown=row.unknown,
        suppressed=row.suppressed,
        raised=iso(raised) if raised is not None else None,
        raised_us=raised,
        returned=iso(returned) if returned is not None else None,
        returned_us=returned,
        shelved_until=iso(row.shelved_until) if row.shelved_until is not None else None,
        shelved_until_us=row.shelved_until,
        value=row.value,
        limit=row.limit,
        peak=row.peak,
        clause=clause_words(pack, row.clause),
        action=action,
        may=may(row),
        priority=row.priority,
        priority_words=in_words(f"alarm.priority.{row.priority}"),
        priority_why=Words(*reason_of(row.rule, row.quantity, row.priority)),
        again=iso(again) if again is not None else None,
        again_us=again,
    )


def state_key(row: AlarmRow) -> str:
    """The key of the word for its state; a drill never bears the word of an alarm."""
    if is_drill(row.rule):
        return "alarm.state.drill" if row.open else "alarm.state.drill_over"
    return f"alarm.state.{row.state}"


def _moment(micros: int) -> int | None:
    return None if micros == NEVER else micros


def may(row: AlarmRow) -> list[str]:
    """The deeds that will not be refused for the alarm's state."""
    if row.out_of_service:
        return [str(Deed.RESTORE)] if row.point else []
    if row.shelved_until is not None:
        return [str(Deed.UNSHELVE)]
    deeds = [] if row.acknowledged else [str(Deed.ACKNOWLEDGE)]
    if row.state not in (State.NORMAL, State.SUPPRESSED, State.PLANNED) and not is_drill(row.rule):
        deeds.append(str(Deed.SHELVE))
    return deeds


def title_of(row: AlarmRow) -> Words:
    """A headline: what was reached where; the value that raised it while it is active (the peak is not known yet), else the peak."""
    rule = "limit.cut" if row.rule.startswith(CUT_RULE) else row.rule
    key = f"alarm.rule.{rule}"
    quantity = QUANTITIES.get(row.quantity)
    decimals = quantity.decimals if quantity else 2
    numbers = {
        "limit": times.value_text(row.limit, decimals),
        "peak": times.value_text(row.value if row.active or row.peak is None else row.peak, decimals),
        "unit": times.unit_text(row.unit),
        "gateway": row.gateway,
    }
    if key not in WORDS or (rule in (ALARM_RULE, "limit.cut") and row.limit is None):
        key = "alarm.rule.other"
    names = (quantity.zh, quantity.en) if quantity else (row.quantity, row.quantity)
    places = (row.place_zh or row.subject, row.place_en or row.subject)
    when = f"alarm.when.{'active' if row.active else 'ended'}"
    spoken = (
        say(lang, key, numbers | {"measures": name, "place": place, "rule": named, "when": say(lang, when)})
        for lang, name, place, named in zip(LANGUAGES, names, places, words_of(rule_words(row.rule)), strict=True)
    )
    return Words(*spoken)


def rule_words(rule: str) -> Words:
    """A rule as people say it."""
    if rule.startswith(CUT_RULE):
        stage = int(rule.removeprefix(CUT_RULE)) + 1
        return Words(*(say(lang, "service.rule.limit.cut", {"stage": stage}) for lang in LANGUAGES))
    if rule == ALARM_RULE:
        return in_words("service.rule.limit.alarm")
    return Words(*told.RULES.get(rule, (rule, rule)))


def words_of(words: Words) -> tuple[str, str]:
    return words.zh, words.en


def step_view(row: TransitionRow) -> StepView:
    """One step of a timeline."""
    return StepView(
        at=iso(row.at),
        at_us=row.at,
        time=iso(row.time) if row.time > 0 else None,
        decided=iso(row.decided) if row.decided > 0 else None,
        received=iso(row.received) if row.received > 0 else None,
        change=row.change,
        change_words=Words(*told.HEADS.get(row.change, (row.change, row.change))),
        before=row.before,
        before_words=in_words(f"alarm.state.{row.before}"),
        after=row.after,
        after_words=in_words(f"alarm.state.{row.after}"),
        reason=row.reason,
        reason_words=Words(*(told.reason_words(row.reason, lang) for lang in LANGUAGES)),
        name=row.by,
        value=row.value,
        limit=row.limit,
        quality=row.quality,
        quality_words=quality_words(row.quality),
        unverified=row.unverified,
        numbers=row.numbers,
    )


def marks_of(rows: Iterable[AlarmRow], span: tuple[int, int]) -> list[MarkView]:
    """The alarms that touch [start, end), oldest first."""
    found = []
    for row in rows:
        start, end = _moment(row.raised_at), None if row.active else row.changed
        if start is not None and start < span[1] and (end is None or end >= span[0]):
            found.append(MarkView(str(row.id), row.rule, start, end))
    return sorted(found, key=lambda mark: mark.start_us)
