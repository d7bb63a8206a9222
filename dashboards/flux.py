"""The Flux of what `ingest.grafana_feed` copies into bucket `events`. Buckets stand as `@raw`, `@events` and `@statistics` until rendered;
readings: `dashboards.readings`. A window without a value is a null, and Grafana draws no line over it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from dashboards.panels import Query, Text

MINE = 'r.mine == "${mine}"'
AREA = "r.area =~ /^${area:regex}$/"
SPAN = "range(start: v.timeRangeStart, stop: v.timeRangeStop)"
_SPOKEN = {"place", "text", "quantity_name", "reason", "clause", "title", "state", "could_be", "check", "mark", "work"}
LATELY = "range(start: -1d)"
NO_COPY, COPIED = -1, 0
"""Whether the alarms were copied in a window."""


def both(flux: str) -> Text:
    """The same query in either language."""
    return flux, flux


def figure(measurement: str, name: str, span: str = "-2m", by: str = "mine", of_all: str = "max") -> Query:
    """The newest figure of the chosen mine; nothing where the feed has been silent for `span`, never an old one. `of_all`: which of
    several gateways' figures is told (max, min, sum)."""
    chosen = f'r._measurement == "{measurement}" and r._field == "{name}"' + (f" and {MINE}" if by else "")
    newest = f"last() |> group() |> {of_all}() |> map(fn: (r) => ({{_time: now(), _value: r._value}}))"
    return Query(both(f'from(bucket: "@events") |> range(start: {span}) |> filter(fn: (r) => {chosen}) |> {newest}'))


def share(name: str) -> Query:
    """A share of the ledger, of the gateway that is worst; cut, not rounded: what is not whole never reads 100 %."""
    whole = figure("ledger", name, "-15m", of_all="min").flux[0]
    return Query(both(f'import "math"\n{whole} |> map(fn: (r) => ({{r with _value: math.floor(x: r._value * 10000.0) / 10000.0}}))'))


def alarm_lanes() -> Query:
    """A lane per alarm while it was open: its class (states.ALARM_LANES), nothing once it is closed. The first lane says when alarms were
    copied at all (COPIED, NO_COPY): where they were not, blank lanes mean nothing."""

    def flux(column: int) -> str:
        lang, first = (("zh", "报警副本"), ("en", "copy of alarms"))[column]
        word = f"(if exists r.word_{lang} then r.word_{lang} else r.rule)"
        windowed = 'aggregateWindow(every: v.windowPeriod, fn: last, timeSrc: "_start", createEmpty: true)'
        opened = f'r._measurement == "alarms_open" and r._field == "class" and {MINE}'
        copied = f'r._measurement == "alarm_count" and r._field == "active" and {MINE}'
        return (
            'import "array"\n'
            f'none = array.from(rows: [{{_time: v.timeRangeStart, _value: {NO_COPY}, point: "{first}"}}]) |> group(columns: ["point"])\n'
            f'copied = from(bucket: "@events") |> {SPAN} |> filter(fn: (r) => {copied}) |> {windowed}'
            f' |> map(fn: (r) => ({{_time: r._time, _value: if exists r._value then {COPIED} else {NO_COPY}, point: "{first}"}}))'
            ' |> group(columns: ["point"])\n'
            f'opened = from(bucket: "@events") |> {SPAN} |> filter(fn: (r) => {opened}) |> {windowed}'
            f' |> map(fn: (r) => ({{_time: r._time, _value: r._value, point: r.subject + " " + {word}}})) |> group(columns: ["point"])\n'
            'base = union(tables: [none, copied]) |> group(columns: ["point", "_time"]) |> max() |> group(columns: ["point"])\n'
            'union(tables: [base, opened]) |> sort(columns: ["_time"])'
        )

    return Query((flux(0), flux(1)))


def trend(
    measurement: str,
    fields: dict[str, Text],
    label: str | Text = "",
    *,
    of_mine: bool = True,
    rate: bool = False,
    window: str = "v.windowPeriod",
) -> Query:
    """Figures over time under their names; `label`: a tag that tells series of one name apart, or what does in either language;
    `rate`: growth per second of counters."""
    chosen = " or ".join(f'r._field == "{name}"' for name in fields)
    mine = f" and {MINE}" if of_mine else ""
    windowed = f'aggregateWindow(every: {window}, fn: last, timeSrc: "_start", createEmpty: true)'
    speed = " |> derivative(unit: 1s, nonNegative: true)" if rate else ""
    labels = both(f"r.{label}" if label else "") if isinstance(label, str) else label

    def flux(column: int) -> str:
        names = " else ".join(f'if r._field == "{name}" then "{words[column]}"' for name, words in fields.items())
        name = f"({names} else r._field)" + (f' + " " + {labels[column]}' if label else "")
        source = f'from(bucket: "@events") |> {SPAN} |> filter(fn: (r) => r._measurement == "{measurement}"{mine} and ({chosen}))'
        return (
            f"{source}{speed} |> {windowed} |> map(fn: (r) => ({{_time: r._time, _value: r._value, point: {name}}}))"
            ' |> group(columns: ["point"]) |> sort(columns: ["_time"])'
        )

    return Query((flux(0), flux(1)))


def rows(
    measurement: str,
    columns: dict[str, Text],
    span: str,
    *,
    last: bool = False,
    of_mine: bool = True,
    only: str = "",
    order: str = "_time",
    top: int = 500,
    said: Mapping[str, Text] = MappingProxyType({}),
) -> Query:
    """A table, newest first or by `order`: one row per line of the measurement (`last`: the newest of each series) that is
    `only`. What people read (`place`, `text`, ...) is stored in both languages, as `place_zh` and `place_en`; `said`: columns that are
    an expression in each language. The column `_day` is the date of a line at UTC midnight: a clock in another zone cannot move it."""
    newest, mine = " |> last()" if last else "", f" and {MINE}" if of_mine else ""
    source = f'from(bucket: "@events") |> {span} |> filter(fn: (r) => r._measurement == "{measurement}"{mine}){newest}'
    descending = "true" if order == "_time" else "false"
    pivot = 'pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()' + (
        f" |> filter(fn: (r) => {only})" if only else ""
    )
    ordered = f'sort(columns: ["{order}"], desc: {descending}) |> limit(n: {top})'

    def flux(column: int) -> str:
        cells = {name: said[name][column] if name in said else _cell(name, column) for name in columns}
        shown = ", ".join(f'"{words[column]}": {cells[name]}' for name, words in columns.items())
        head = 'import "strings"\n' if "_day" in columns else ""
        return f"{head}{source} |> {pivot} |> {ordered} |> map(fn: (r) => ({{{shown}}}))"

    return Query((flux(0), flux(1)), columns=tuple(columns.values()))


def _cell(name: str, column: int) -> str:
    if name == "_day":
        return "strings.substring(v: string(v: r._time), start: 0, end: 10)"
    return f"r.{name}{('_zh', '_en')[column]}" if name in _SPOKEN else f"r.{name}"


def coded(tag: str, words: Mapping[str, Text]) -> Text:
    """A tag's codes in words; one that is not among them as it is."""
    ways = [" else ".join(f'if r.{tag} == "{code}" then "{text[column]}"' for code, text in words.items()) for column in (0, 1)]
    return f"({ways[0]} else r.{tag})", f"({ways[1]} else r.{tag})"


def findings(columns: dict[str, Text]) -> Query:
    """A table of the findings that began or still stood in the span, newest first; those begun more than 30 days before it are not read."""
    span = "range(start: date.sub(d: 30d, from: v.timeRangeStart), stop: v.timeRangeStop)"
    found = rows("findings", columns, span, only="r.ended == 0 or r.ended * 1000 >= int(v: v.timeRangeStart)")
    return Query((f'import "date"\n{found.flux[0]}', f'import "date"\n{found.flux[1]}'), found.columns)


def fact(name: str, span: str = "-3d") -> Query:
    """The newest daily fact of the mine that is known; nothing where none of `span` is: an old one is never kept."""
    chosen = f'r._measurement == "fleet_facts" and {MINE} and r.fact == "{name}"'
    newest = 'group() |> sort(columns: ["_time"]) |> last() |> map(fn: (r) => ({_time: now(), _value: r._value}))'
    return Query(both(f"{_known(chosen, f'range(start: {span})', subjects=False)} |> {newest}"))


def facts(names: dict[str, Text], *, subjects: bool = False) -> Query:
    """Daily facts of the mine over time; a day without evidence is a hole. `subjects`: a line for each subject, else the mine's own."""
    picked = " or ".join(f'r.fact == "{name}"' for name in names)
    chosen = f'r._measurement == "fleet_facts" and {MINE} and ({picked})'

    def flux(column: int) -> str:
        words = " else ".join(f'if r.fact == "{name}" then "{text[column]}"' for name, text in names.items()) + " else r.fact"
        named = f"({words})" + (' + " " + r.subject_' if subjects else "")
        return (
            f"{_known(chosen, SPAN, subjects=subjects)} |> map(fn: (r) => ({{r with point: {named}}}))"
            ' |> group(columns: ["point", "_start", "_stop"]) |> sort(columns: ["_time"])'
            ' |> aggregateWindow(every: v.windowPeriod, fn: last, timeSrc: "_start", createEmpty: true)'
            ' |> group(columns: ["point"]) |> keep(columns: ["_time", "_value", "point"])'
        )

    return Query((flux(0), flux(1)))


def _known(chosen: str, span: str, *, subjects: bool) -> str:
    """Facts with evidence; `subject_` is "" for the whole mine (an empty tag is not there at all). What is `chosen` by tags is asked of
    the database, before anything is done row by row: a province holds the facts of 900 mines."""
    subject = 'map(fn: (r) => ({r with subject_: if exists r.subject then r.subject else ""}))'
    whole = "" if subjects else ' |> filter(fn: (r) => r.subject_ == "")'
    return (
        f'from(bucket: "@events") |> {span} |> filter(fn: (r) => {chosen}) |> {subject}{whole}'
        ' |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> filter(fn: (r) => r.known == 1)'
        " |> map(fn: (r) => ({_start: r._start, _stop: r._stop, _time: r._time, _value: r.value, fact: r.fact, subject_: r.subject_}))"
    )
