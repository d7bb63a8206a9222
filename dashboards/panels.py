"""A board and its panels as plain values; `dashboards.render` turns them into Grafana's JSON.

Only panel kinds and options that Grafana 9.4 and 11 to 13 both know. No panel carries an alert rule: hazard alarms belong to `alerts`.
"""

from dataclasses import dataclass
from enum import StrEnum

Text = tuple[str, str]
"""Chinese, English."""
LANGUAGES = ("zh", "en")


class Kind(StrEnum):
    """Panel types by their Grafana names."""

    CHART = "timeseries"
    LANES = "state-timeline"
    STAT = "stat"
    TABLE = "table"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Query:
    """One Flux query; its column names and labels are in the board's language."""

    flux: Text
    columns: tuple[Text, ...] = ()
    """Of a table, from left to right (Flux promises no order)."""


@dataclass(frozen=True, slots=True)
class State:
    """A value of a lane or a figure, and how people see it. `colour`: a Grafana colour name or #rrggbb."""

    value: int
    text: Text
    colour: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`unit`: a Grafana unit id, or `suffix: x`. `width` of 24, `height` in grid rows. `empty`: what a panel without rows means."""

    kind: Kind
    title: Text
    unit: str
    queries: tuple[Query, ...]
    width: int = 12
    height: int = 8
    decimals: int | None = None
    """Of a figure; the axis of a chart chooses its own."""
    states: tuple[State, ...] = ()
    steps: tuple[tuple[float | None, str], ...] = ()
    note: Text = ("", "")
    empty: Text = ("", "")
    """What a panel without rows or an empty cell says; by default what `dashboards.render` says for its kind."""
    words: Text = ("", "")
    """What a panel of text says (Markdown)."""
    wide: tuple[tuple[Text, int], ...] = ()
    """Columns of a table that hold more than a word, and their width in pixels."""
    window: str = "15s"
    """The shortest window: longer than a sampling period, so that a missing reading leaves a hole and nothing else does."""


@dataclass(frozen=True, slots=True)
class Board:
    """One board. `variables`: which of mine and area it asks for."""

    name: str
    title: Text
    panels: tuple[Panel, ...]
    variables: tuple[str, ...] = ("mine", "area")
    hours: str = "now-30m"
    refresh: str = "10s"
    note: Text = ("", "")
    pages: tuple[tuple[Text, str], ...] = ()
    """Pages of the console beside the mine's: what the link says, and the path."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where things are: the console's address for links, and the prefix of the buckets."""

    console: str = "http://127.0.0.1:8600"
    prefix: str = "davy"
