"""Journal rows as the pages show them. Pure."""

from collections.abc import Iterable

from alerts import words as told
from alerts.alarm import NEVER, Deed, State
from alerts.limits import ALARM_RULE, CUT_RULE
from alerts.packs.pack import Pack
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
    counts: dict[str, AlarmCount] = {}
    for row in kept:
        if row.active and row.point:
            standing.setdefault((row.mine, row.point), Standing(str(row.id), row.unverified))
        counts[row.mine] = _counted(counts.get(row.mine, AlarmCount()), row)
    shown = sorted(kept, key=lambda row: (row.suppressed, not row.active, row.unverified, row.acknowledged, -row.id))
    return Active(now, True, standing, counts, tuple(shown), hash(tuple((row.id, row.version) for row in kept)))


def _counted(count: AlarmCount, row: AlarmRow) -> AlarmCount:
    return AlarmCount(
        count.active + row.active,
        count.unacknowledged + (not row.acknowledged),
        count.unverified + (row.active and row.unverified),
        count.gateway + (row.active and not row.point),
    )


def alarm_view(row: AlarmRow, pack: Pack) -> AlarmView:
    """One alarm."""
    raised, returned = _moment(row.raised_at), None if row.active else _moment(row.changed)
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
        state_words=in_words(f"alarm.state.{row.state}"),
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
    )


def _moment(micros: int) -> int | None:
    return None if micros == NEVER else micros


def may(row: AlarmRow) -> list[str]:
    """The deeds that will not be refused for the alarm's state."""
    deeds = []
    if not row.acknowledged and row.shelved_until is None:
        deeds.append(str(Deed.ACKNOWLEDGE))
    if row.shelved_until is None and row.state not in (State.NORMAL, State.SUPPRESSED):
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
        "rule": row.rule,
        "gateway": row.gateway,
    }
    if key not in WORDS or (rule in (ALARM_RULE, "limit.cut") and row.limit is None):
        key = "alarm.rule.other"
    names = (quantity.zh, quantity.en) if quantity else (row.quantity, row.quantity)
    places = (row.place_zh or row.subject, row.place_en or row.subject)
    when = f"alarm.when.{'active' if row.active else 'ended'}"
    spoken = (
        say(lang, key, numbers | {"measures": name, "place": place, "when": say(lang, when)})
        for lang, name, place in zip(LANGUAGES, names, places, strict=True)
    )
    return Words(*spoken)


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
