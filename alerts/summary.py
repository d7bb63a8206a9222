"""The words of a message that tells of several alarms: of one cause, that all of it is over, or in a storm how many of what. Pure.

Every transition in it stands in `parts` of the message; the text lists as many as people read and says how many more there are.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from alerts.causes import CUTS, family
from alerts.composing import Together
from alerts.words import HEADS, RULES, time_words
from contracts.clock import HOUR, MINUTE, SECOND
from contracts.units import QUANTITIES
from store.records.causes import CauseRow
from store.records.messages import Part

LISTED = 40
"""Lines of a list; the rest is counted, and stands in the console."""
_LIMITS = {"limit.alarm": ("达到报警值", "alarm value reached"), CUTS: ("达到断电值", "cut value reached")}
_FORMS = {
    "zh": {
        "group": "【同一起因 {count} 条】{mine} {area}：起因 {rule}；{counts}",
        "clear": "【全部恢复】{mine} {area}：起因 {rule}；共 {members} 个报警，历时 {long}{peaks}；{start} 至 {end}",
        "open": "；其中 {count} 个无人确认",
        "digest": "【汇总 {count} 条】{mines} 个矿，{causes} 类；{counts}",
        "line": "{mine} {area} {rule}：{counts}{peak}",
        "more": "另有 {count} 行，全部列在控制台和本消息的 parts 中",
        "peak": "，最高 {peak} {unit}",
        "comma": "，",
        "centre": "中心",
    },
    "en": {
        "group": "[{count} OF ONE CAUSE] {mine} {area}: cause {rule}; {counts}",
        "clear": "[ALL CLEAR] {mine} {area}: cause {rule}; {members} alarms, lasted {long}{peaks}; {start} to {end}",
        "open": "; {count} of them acknowledged by nobody",
        "digest": "[DIGEST OF {count}] {mines} mines, {causes} kinds; {counts}",
        "line": "{mine} {area} {rule}: {counts}{peak}",
        "more": "{count} more lines: all stand in the console and in this message's parts",
        "peak": ", peak {peak} {unit}",
        "comma": ", ",
        "centre": "centre",
    },
}
_LONG = {"zh": ("小时", "分", "秒"), "en": ("h", "min", "s")}
Peaks = Mapping[tuple[int, str, str], float]
"""The highest by cause, quantity and unit."""


def kind_of(kind: str, parts: Sequence[Part], causes: Mapping[int, CauseRow]) -> str:
    """What a message is by now: `clear` where all of its cause returned, `single` where one transition is left of it."""
    if kind == Together.DIGEST and len(parts) > 1:
        return Together.DIGEST
    cause = causes.get(parts[-1].delivery.cause_id or 0)
    if kind == Together.GROUP and cause is not None and cause.cleared is not None and cause.members > 1:
        return "clear"
    return str(Together.GROUP if len(parts) > 1 else Together.SINGLE)


def summary(kind: str, parts: Sequence[Part], causes: Mapping[int, CauseRow], peaks: Peaks, lang: str) -> str:
    """The text, in `zh` or `en`, of a message that is no single."""
    cause = causes.get(parts[-1].delivery.cause_id or 0)
    if kind == Together.DIGEST or cause is None:
        return _digest(parts, lang)
    head = _clear(parts, cause, peaks, lang) if kind == "clear" else _group(parts, cause, lang)
    return _listed(head, [_head_of(part, lang) for part in parts], lang)


def _group(parts: Sequence[Part], cause: CauseRow, lang: str) -> str:
    return _FORMS[lang]["group"].format(
        count=len(parts), **_place(parts[0], lang), rule=rule_words(cause.rule, lang), counts=_counts(parts, lang)
    )


def _clear(parts: Sequence[Part], cause: CauseRow, peaks: Peaks, lang: str) -> str:
    form, end = _FORMS[lang], cause.cleared or cause.last
    own = sorted((quantity, unit, peak) for (of, quantity, unit), peak in peaks.items() if of == cause.id and quantity in QUANTITIES)
    told = "".join(form["comma"] + _measured(quantity, unit, peak, lang) for quantity, unit, peak in own)
    start, until = time_words(cause.opened, lang), time_words(end, lang)
    said = form["clear"].format(
        **_place(parts[0], lang),
        rule=rule_words(cause.rule, lang),
        members=cause.members,
        long=_long(end - cause.opened, lang),
        peaks=told,
        start=start,
        end=until,
    )
    waiting = len({part.alarm.id for part in parts if not part.alarm.acknowledged})
    return said + (form["open"].format(count=waiting) if waiting else "")


def _digest(parts: Sequence[Part], lang: str) -> str:
    form, kinds = _FORMS[lang], defaultdict[tuple[str, str, str], list[Part]](list)
    for part in parts:
        kinds[part.alarm.mine, part.alarm.area, family(part.alarm.rule)].append(part)
    mines = len({part.alarm.mine for part in parts})
    head = form["digest"].format(count=len(parts), mines=mines, causes=len(kinds), counts=_counts(parts, lang))
    return _listed(head, [_line(rule, of_kind, lang) for (_, _, rule), of_kind in kinds.items()], lang)


def _line(rule: str, parts: Sequence[Part], lang: str) -> str:
    known = [part.alarm for part in parts if part.alarm.peak is not None or part.alarm.value is not None]
    peak = ""
    if known and len({alarm.unit for alarm in known}) == 1:
        value = max(alarm.peak if alarm.peak is not None else alarm.value or 0.0 for alarm in known)
        peak = _FORMS[lang]["peak"].format(peak=f"{value:g}", unit=known[0].unit).rstrip()
    return _FORMS[lang]["line"].format(**_place(parts[0], lang), rule=rule_words(rule, lang), counts=_counts(parts, lang), peak=peak)


def _place(part: Part, lang: str) -> dict[str, str]:
    mine = part.alarm.mine_zh if lang == "zh" else part.alarm.mine_en
    return {"mine": mine if part.alarm.mine else _FORMS[lang]["centre"], "area": part.alarm.area}


def _counts(parts: Sequence[Part], lang: str) -> str:
    pick = lang != "zh"
    counts = Counter(HEADS.get(part.transition.change, (part.transition.change,) * 2)[pick] for part in parts)
    return _FORMS[lang]["comma"].join(f"{head} {count}" for head, count in counts.items())


def _measured(quantity: str, unit: str, peak: float, lang: str) -> str:
    known = QUANTITIES[quantity]
    return f"{known.zh if lang == 'zh' else known.en} {peak:.{known.decimals}f} {unit}".rstrip()


def rule_words(rule: str, lang: str) -> str:
    """A rule as people call it."""
    pair = _LIMITS.get(family(rule)) or RULES.get(rule)
    return pair[lang != "zh"] if pair else rule


def _head_of(part: Part, lang: str) -> str:
    """The head of a transition's sentence: what, where, how much."""
    text = part.transition.text_zh if lang == "zh" else part.transition.text_en
    return " ".join(text.replace("; ", "；").split("；")[:2])


def _listed(head: str, lines: Sequence[str], lang: str) -> str:
    shown = [f"{number}. {line}" for number, line in enumerate(lines[:LISTED], 1)]
    more = [_FORMS[lang]["more"].format(count=len(lines) - LISTED)] if len(lines) > LISTED else []
    return "\n".join([head, *shown, *more])


def _long(micros: int, lang: str) -> str:
    hours, minutes, seconds = (max(micros, 0) // HOUR, micros % HOUR // MINUTE, micros % MINUTE // SECOND)
    parts = [(hours, _LONG[lang][0]), (minutes, _LONG[lang][1]), (seconds, _LONG[lang][2])]
    first = next((at for at, (count, _) in enumerate(parts) if count), 2)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2])
