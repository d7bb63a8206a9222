"""What stands around an alarm when it is told: the supply its cut acts on, the people of its area, whom to call. Each with its age, or
unknown. Pure; `ingest.surroundings` gathers it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from alerts.subject import Subject
from contracts.clock import MINUTE, SECOND

FRESH = 60 * SECOND
"""An older state is told as what it was, not as what is (a project setting, as for readings)."""


@dataclass(frozen=True, slots=True)
class Known:
    """A value and its source time, µs UTC."""

    value: float
    time: int


@dataclass(frozen=True, slots=True)
class Around:
    """`feeds`: each feed-state point with its newest usable state (None: none); empty: no such point is known. `people`: the newest usable
    counts of the area, the oldest first; `uncounted`: counting points without one. `phones`: of the mine's duty room, as configured."""

    feeds: tuple[tuple[str, Known | None], ...] = ()
    people: tuple[Known, ...] = ()
    uncounted: int = 0
    phones: str = ""


class Surroundings(Protocol):
    """Knows what stands around a subject now. Asked in the transaction of the step: it must answer from memory."""

    def around(self, subject: Subject, /) -> Around: ...


class Unknown:
    """Knows nothing, and says so."""

    def around(self, _subject: Subject, /) -> Around:
        return Around()


_WORDS = {
    "zh": {
        "on": "有电",
        "off": "无电",
        "feed": "馈电：{states}",
        "feed_none": "馈电：未知（无对应馈电测点）",
        "is": "{point} {state}（{age}前）",
        "was": "{point} 未知（{age}前为{state}）",
        "never": "{point} 未知",
        "people": "区域人数：{count}（{age}前）",
        "people_were": "区域人数：未知（{age}前为{count}）",
        "people_none": "区域人数：未知（无人数数据）",
        "uncounted": "，另有 {count} 处无数据",
        "call": "致电：{phones}",
        "call_none": "致电：矿值班电话未配置",
        "comma": "，",
    },
    "en": {
        "on": "on",
        "off": "off",
        "feed": "feed: {states}",
        "feed_none": "feed: unknown (no feed-state point of its cut)",
        "is": "{point} {state} ({age} ago)",
        "was": "{point} unknown (it was {state} {age} ago)",
        "never": "{point} unknown",
        "people": "people in the area: {count} ({age} ago)",
        "people_were": "people in the area: unknown (it was {count} {age} ago)",
        "people_none": "people in the area: unknown (no count)",
        "uncounted": ", {count} more place(s) without a count",
        "call": "call: {phones}",
        "call_none": "call: no duty phone of the mine is configured",
        "comma": ", ",
    },
}


def around_words(around: Around, now: int, lang: str, *, of_point: bool = True) -> list[str]:
    """Feed, people and whom to call; of what is no point: whom to call."""
    form = _WORDS[lang]
    call = form["call"].format(phones=around.phones) if around.phones else form["call_none"]
    return [_feed_words(around, now, lang), _people_words(around, now, lang), call] if of_point else [call]


def age_words(micros: int) -> str:
    """`8 s`, `5 min`, `3 h`."""
    if micros < 2 * MINUTE:
        return f"{max(micros, 0) // SECOND} s"
    minutes = micros // MINUTE
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _feed_words(around: Around, now: int, lang: str) -> str:
    form = _WORDS[lang]
    if not around.feeds:
        return form["feed_none"]
    return form["feed"].format(states=form["comma"].join(_state_words(point, known, now, lang) for point, known in around.feeds))


def _state_words(point: str, known: Known | None, now: int, lang: str) -> str:
    form = _WORDS[lang]
    if known is None:
        return form["never"].format(point=point)
    kind = "is" if now - known.time <= FRESH else "was"
    return form[kind].format(point=point, state=form["on" if known.value else "off"], age=age_words(now - known.time))


def _people_words(around: Around, now: int, lang: str) -> str:
    form = _WORDS[lang]
    if not around.people:
        return form["people_none"]
    oldest = min(known.time for known in around.people)
    kind = "people" if now - oldest <= FRESH else "people_were"
    said = form[kind].format(count=_sum(around.people), age=age_words(now - oldest))
    return said + (form["uncounted"].format(count=around.uncounted) if around.uncounted else "")


def _sum(counts: Sequence[Known]) -> int:
    return round(sum(known.value for known in counts))
