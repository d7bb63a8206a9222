"""A drill: a marked test of the alarm chain. It bears a rule of its own and is never active, so no count, colour or rule takes it for a
hazard. Pure; the gateway makes its event, the centre journals it, people hear of it and acknowledge it."""

from contracts.payload import Event

RULE, CHANGE, REASON, NUMBER = "drill.test", "drill", "drill_of_the_chain", "drill"

_TEXTS = {
    "zh": "【演练，不是报警】{mine} {place}；检验报警链路，没有人因此处于危险中；{time}；收到后请在控制台确认",
    "en": "[DRILL, NOT AN ALARM] {mine}, {place}; the alarm chain is tested, nobody is in danger; {time}; acknowledge it in the console",
}


def is_drill(rule: str) -> bool:
    """Whether an alarm of this rule is a drill."""
    return rule == RULE


def drill_event(point: str, number: int, now: int) -> Event:
    """What a drill begins with. `number`: the drill's, in the centre's records; `now`: µs UTC of who begins it."""
    return Event(point, RULE, CHANGE, now, None, None, 0, "", REASON, now, numbers={NUMBER: float(number)})


def drill_text(mine: str, place: str, time: str, lang: str) -> str:
    """What people read, in `zh` or `en`; `place` with the point's id."""
    return _TEXTS[lang].format(mine=mine, place=place, time=time)
