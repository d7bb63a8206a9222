"""What the API says of entries into the fleet's registers. Views of what stands there: `fleet.view`."""

from dataclasses import dataclass

from fleet.view import ReportedView, TargetView


@dataclass(frozen=True, slots=True)
class Entered:
    """Written: the entry's number over all in the fleet's log, its hash, and what it is."""

    n: int
    hash: str
    kind: str
    mine: str
    key: str


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """A row of a list that cannot stand: its number in the file (from 1), field, text, and what is allowed."""

    row: int
    field: str
    value: str
    allowed: str


@dataclass(frozen=True, slots=True)
class ListEntered:
    """What came of a list of notices. `written` false: nothing was entered (a row is doubtful, or it was only tried)."""

    rows: int
    entered: int
    already: int
    written: bool
    doubtful: list[DoubtfulRow]
    ignored: list[str]
    """Headings that were not read."""


@dataclass(frozen=True, slots=True)
class SeriesLoaded:
    """What came of loading the programme's file (ids): entered, standing already, standing otherwise and left as they are."""

    entered: list[str]
    already: list[str]
    differs: list[str]


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """The programme as seen from a day: targets with their progress, and what the press told. `official`: mines officially assessed then,
    null: no notice was entered (not loaded). The three series are never added."""

    day: str
    official: int | None
    targets: list[TargetView]
    reported: list[ReportedView]
