"""What the API says of lock tests (CMSR 2025 Art. 531)."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class LockTestView:
    """A test as filed, over at `time`. Seconds count from its first sign; null: this kind of test has no such moment.
    `alarm`: its id in the journal."""

    alarm: str
    time: str
    time_us: int
    unverified: bool
    alarm_s: float | None
    cut_s: float | None
    feed_off_s: float | None
    restore_s: float | None


@dataclass(frozen=True, slots=True)
class LockView:
    """A cut function. `standing`: tested, overdue, never (no test known here), unknown (nobody can say; `reason` tells why).
    `doubted`: a newer test that does not count. `due` null: not known. `point` empty: the gateway's points are not known."""

    gateway: str
    point: str
    place: Words
    area: str
    rule: str
    rule_words: Words
    feeds: list[str]
    standing: str
    standing_words: Words
    reason: str
    reason_words: Words
    last: LockTestView | None
    doubted: LockTestView | None
    due: str | None
    due_us: int | None
    every_days: int | None
    clause: Words
    confidence: str
