"""What the API says of the models' findings. Moments as in `console.web.shapes`."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class RemarkView:
    """What a person said of a finding; `mark` "forwarded": an engineer let it leave the mine."""

    mark: str
    mark_words: Words
    name: str
    words: str
    at: str
    at_us: int


@dataclass(frozen=True, slots=True)
class CausePoint:
    """A point a finding was seen at. `part`: what it gave to the score (1: the threshold), null where the sign has no score."""

    point: str
    place: Words
    part: float | None


@dataclass(frozen=True, slots=True)
class FindingView:
    """Advisory, never an official alarm. `title` says what was seen, `could_be` what it could be, `check_first` what to look at.

    `sure` 0 to 1. `ended` null: it goes on. `models`: number@digest of the bundle that said so. `mark`: the last mark, or empty.
    """

    id: str
    mine: str
    gateway: str
    kind: str
    subject: str
    title: Words
    could_be: Words
    check_first: Words
    points: list[CausePoint]
    since: str
    since_us: int
    seen: str
    seen_us: int
    ended: str | None
    ended_us: int | None
    sure: float
    models: str
    mark: str
    mark_words: Words
    forwarded: bool
    remarks: list[RemarkView]
