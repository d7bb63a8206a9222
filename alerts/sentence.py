"""One message as people read it: place, value, limit, clause, since when, trend, marks, why, and what to do first. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerts import drill
from alerts.alarm import NEVER
from alerts.packs.pack import Documented
from alerts.transitions import PROJECT
from alerts.words import HEADS, LIMIT_WORDS, MARKS, NUMBERS, REACHED, RULES, clause_words, reason_words, time_words
from contracts.units import QUANTITIES

BACK = ("expire", "unshelve", "unplan", "return_to_service")
"""Changes by which an alarm comes back to people: no reading came with them, the text tells the last one reported."""
URGES = ("raise", "cut", *BACK)
"""Changes after which something is to be done at once, where the alarm is active."""

_FORMS = {
    "zh": {
        "head": "【{head}】{priority}{mine} {place}",
        "priority": "优先级{priority} ",
        "reported": " 最近报告",
        "since": "自 {since} 起",
        "again": "首次 {first}，再次自 {since} 起",
        "span": "{since} 至 {end}",
        "peak": "，最高 {peak} {unit}",
        "rise": "每分钟变化 {rise} {unit}",
        "rests": "（{clause}）",
        "why": "原因：{why}",
        "by": "{by}：{why}",
        "first": "先做：{action}（{clause}）",
        "comma": "，",
        "semicolon": "；",
    },
    "en": {
        "head": "[{head}] {priority}{mine}, {place}",
        "priority": "priority {priority}, ",
        "reported": ", last reported",
        "since": "since {since}",
        "again": "first at {first}, again since {since}",
        "span": "{since} to {end}",
        "peak": ", peak {peak} {unit}",
        "rise": "changing by {rise} {unit} a minute",
        "rests": " ({clause})",
        "why": "why: {why}",
        "by": "{by}: {why}",
        "first": "first: {action} ({clause})",
        "comma": ", ",
        "semicolon": "; ",
    },
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a message says. Pairs are (zh, en), times µs UTC; `end` None: it goes on. `first`: its first raise, where `since` is a later
    one. `marks`: keys of `words.MARKS`. `priority` 0: not said. `around`: sentences on feed, people and whom to call, by language."""

    change: str
    reason: str
    rule: str
    mine: tuple[str, str]
    place: tuple[str, str]
    point: str
    quantity: str
    unit: str
    value: float | None
    limit: float | None
    clause: str
    action: tuple[str, str]
    action_clause: str
    since: int
    end: int | None
    peak: float | None
    rise_per_min: float | None
    active: bool
    marks: tuple[str, ...] = ()
    by: str = ""
    detail: str = ""
    numbers: Mapping[str, float] = field(default_factory=dict)
    first: int | None = None
    priority: int = 0
    around: Mapping[str, Sequence[str]] = field(default_factory=dict)


def _told(name: str, words: tuple[str, str], facts: Facts) -> tuple[str, str]:
    """A rise is judged by means: the newest reading may have reached what they have not, and then no minutes are left to tell."""
    reached = name == "minutes_to_limit" and facts.value is not None and facts.limit is not None and facts.value >= facts.limit
    return REACHED if reached else words


def sentence(facts: Facts, documents: Mapping[str, Documented], lang: str) -> str:
    """The message, in `zh` or `en`."""
    form, pick = _FORMS[lang], 0 if lang == "zh" else 1
    place = f"{facts.place[pick]} {facts.point}".strip()
    if facts.change == drill.CHANGE:
        return drill.drill_text(facts.mine[pick], place, time_words(facts.since, lang), lang)
    why = reason_words(facts.reason, lang) + (f" ({facts.detail})" if facts.detail else "")
    priority = form["priority"].format(priority=facts.priority) if facts.priority else ""
    head = HEADS.get(facts.change, (facts.change,) * 2)[pick]
    parts = [
        form["head"].format(head=head, priority=priority, mine=facts.mine[pick], place=place),
        form["comma"].join(_what(facts, documents, lang)),
        _when(facts, lang),
        "" if facts.rise_per_min is None else form["rise"].format(rise=_number(facts, facts.rise_per_min, "+"), unit=facts.unit),
        *(_told(name, words, facts)[pick].format(facts.numbers[name]) for name, words in NUMBERS.items() if name in facts.numbers),
        *(MARKS[mark][pick] for mark in facts.marks if MARKS[mark][pick] != why),
        form["by" if facts.by else "why"].format(by=facts.by, why=why),
    ]
    if facts.active and facts.change in URGES and facts.action[pick]:
        clause = clause_words(facts.action_clause, documents, lang)
        parts.append(form["first"].format(action=facts.action[pick], clause=clause))
    parts += facts.around.get(lang, ())
    return form["semicolon"].join(part for part in parts if part)


def _what(facts: Facts, documents: Mapping[str, Documented], lang: str) -> list[str]:
    pick = 0 if lang == "zh" else 1
    words = [RULES[facts.rule][pick]] if facts.rule in RULES else []
    if words and facts.clause not in ("", PROJECT) and (facts.limit is None or facts.change not in LIMIT_WORDS):
        words[0] += _FORMS[lang]["rests"].format(clause=clause_words(facts.clause, documents, lang))
    quantity = QUANTITIES.get(facts.quantity)
    if quantity is not None:
        value = "" if facts.value is None else f" {_number(facts, facts.value)} {facts.unit}".rstrip()
        reported = _FORMS[lang]["reported"] if value and facts.change in BACK else ""
        words.append((quantity.zh if lang == "zh" else quantity.en) + reported + value)
    if facts.limit is not None and facts.change in LIMIT_WORDS:
        clause = clause_words(facts.clause, documents, lang)
        rests = _FORMS[lang]["rests"].format(clause=clause) if facts.clause not in ("", PROJECT) else ""
        words.append(f"{LIMIT_WORDS[facts.change][pick]} {_number(facts, facts.limit)} {facts.unit}{rests}")
    return words


def _when(facts: Facts, lang: str) -> str:
    if facts.since == NEVER:  # taken out of service before it was ever raised
        return ""
    form, since = _FORMS[lang], time_words(facts.since, lang)
    if facts.end is None and facts.first is not None:
        span = form["again"].format(first=time_words(facts.first, lang), since=since)
    elif facts.end is None:
        span = form["since"].format(since=since)
    else:
        span = form["span"].format(since=since, end=time_words(facts.end, lang))
    if facts.peak is None or facts.peak == facts.value:
        return span
    return span + form["peak"].format(peak=_number(facts, facts.peak), unit=facts.unit)


def _number(facts: Facts, value: float, sign: str = "") -> str:
    """As many digits as the quantity shows; more where rounding would tell another value (0.996 is not 1.00)."""
    quantity = QUANTITIES.get(facts.quantity)
    shown = f"{value:{sign}.{quantity.decimals if quantity else 2}f}"
    return shown if sign or float(shown) == value else f"{value:.6g}"
