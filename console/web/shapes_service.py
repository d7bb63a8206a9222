"""What the API says of alarms in and out of service. Moments as in `console.web.shapes`."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class ServiceView:
    """A rule that may alarm at a point. `out`: nobody is told of it, since `at`, by `name`, with `words` why; `alarm`: its open alarm."""

    mine: str
    point: str
    rule: str
    rule_words: Words
    out: bool
    alarm: str | None = None
    name: str = ""
    words: str = ""
    at: str | None = None
    at_us: int | None = None
