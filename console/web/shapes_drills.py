"""What the API says of drills. Moments as in `console.web.shapes`."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class DrillStepView:
    """One step. `at` null: not reached, or not told. `after_ms`: since the drill was decided. `gateway_clock`: the gateway's time, put
    right by its clock offset. `who`: the recipient, or the person who acknowledged; `state`: of a delivery."""

    step: str
    step_words: Words
    at: str | None
    at_us: int | None
    after_ms: float | None
    gateway_clock: bool
    who: str
    state: str
    state_words: Words


@dataclass(frozen=True, slots=True)
class DrillView:
    """A marked test through the alarm chain: no alarm, nobody in danger. `way`: `gateway` (the whole chain) or `centre` (from the journal
    on). `alarm`: where it stands in the list of alarms. `whole`: told to everybody and acknowledged."""

    id: str
    mine: str
    mine_name: Words
    point: str
    place: Words
    gateway: str
    way: str
    way_words: Words
    name: str
    words: str
    asked: str
    asked_us: int
    clock_offset_s: float
    alarm: str | None
    whole: bool
    steps: list[DrillStepView]
