"""What the API says of reports. Moments as in `console.web.shapes`."""

from dataclasses import dataclass
from typing import Any

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class ReviewView:
    """Who reviewed a version, in which office."""

    office: str
    office_words: Words
    by: str
    words: str
    at: str
    at_us: int


@dataclass(frozen=True, slots=True)
class VersionView:
    """A frozen version. `reason`: why it was corrected; empty for the first. `reviewed`: by every office that has to."""

    version: int
    made: str
    made_us: int
    by: str
    reason: str
    hash: str
    reviewed: bool
    reviews: list[ReviewView]


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report of [start_us, end_us). `version` null: a draft, as the data are now; else `paper` is what was frozen. `missing`: offices
    that have not reviewed the newest version. `paper`: title, facts, parts with columns and rows, in the language asked for."""

    kind: str
    mine: str
    day: str
    turn: int | None
    start_us: int
    end_us: int
    version: int | None
    versions: list[VersionView]
    missing: list[str]
    paper: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DayReports:
    """What there is of a day: which reports, and of those that are reviewed who did. `state`: none, draft, partly, reviewed."""

    day: str
    mine: str
    start_us: int
    end_us: int
    over: bool
    states: dict[str, str]
    turns: list[Words]
