"""The Flux of readings. Layout: a measurement per quantity (tags mine, fold; fields are point ids), `quality` likewise where
it is not 0. Areas stand with the registered points (measurement `points`): those of the chosen areas are looked up first. Of lines in
the layout before (tag area) a point's series become one.

A span of up to six hours is read raw; a longer one from the 5-minute statistics (bucket `statistics`, the same layout with tag `stat`).
Every window without a reading is a null or NO_DATA, and every registered point is there even if it said nothing.
"""

from contracts import quality
from dashboards.flux import AREA, MINE, SPAN, both
from dashboards.panels import Query

NO_SENSOR, NO_DATA, GOOD, DOUBTFUL, CALIBRATION, SOURCE_ALARM, UNUSABLE, UNVERIFIED = -2, -1, 0, 1, 2, 3, 4, 5
"""Classes of quality, the worst last (5: alarm during calibration, unverified)."""
NONE_HERE = ("此处未登记此类测点", "none registered here")
MEAN, LOW, HIGH = ("均值", "mean"), ("最低", "lowest"), ("最高", "highest")
LIMIT = ("现行报警限", "alarm limit in force")
THRESHOLD = ("阈值", "threshold")
_HERE = f"""every_area = "" =~ /^${{area:regex}}$/
ids = () => from(bucket: "@events") |> range(start: date.sub(d: 1d, from: v.timeRangeStart))
  |> filter(fn: (r) => r._measurement == "points" and {MINE} and {AREA} and r._field == "unit")
  |> last() |> group() |> findColumn(fn: (key) => true, column: "point")
here = if every_area then /.*/ else regexp.compile(v: "^(" + strings.joinStr(arr: ids(), v: "|") + ")$")
"""
"""`here`: ids of the points that stood in the chosen areas at some time since the span began. All areas: whoever has readings."""
_HEAD = f"""import "date"
import "array"
import "bitwise"
import "regexp"
import "strings"
long = int(v: v.timeRangeStop) - int(v: v.timeRangeStart) > 21600000000000
every = if long and int(v: v.windowPeriod) < 300000000000 then 5m else v.windowPeriod
early = date.sub(d: 6m, from: v.timeRangeStart)
{_HERE}"""
_LONG_SPAN = "range(start: date.sub(d: 5m, from: v.timeRangeStart), stop: v.timeRangeStop)"
_NAME = 'if exists r.fold then r._field + " #" + r.fold else r._field'
_NAMED = f' |> map(fn: (r) => ({{_time: r._time, _value: r._value, point: {_NAME}}})) |> group(columns: ["point"])'
_NOTHING = f'from(bucket: "@raw") |> {SPAN} |> filter(fn: (r) => r._measurement == "-")'
_WORST = ' |> group(columns: ["point", "_time"]) |> max() |> group(columns: ["point"]) |> sort(columns: ["_time"])'


def _chosen(quantities: tuple[str, ...]) -> str:
    names = " or ".join(f'r._measurement == "{name}"' for name in quantities) or 'r._measurement != "quality"'
    return f"({names}) and {MINE} and r._field =~ here"


def _raw(chosen: str) -> str:
    return f'from(bucket: "@raw") |> {SPAN} |> filter(fn: (r) => {chosen})'


def _statistics(chosen: str, stat: str) -> str:
    return f'from(bucket: "@statistics") |> {_LONG_SPAN} |> filter(fn: (r) => {chosen} and r.stat == "{stat}")'


def _windows(fn: str) -> str:
    """A row a window and point, null where nothing came: by series first, where InfluxDB is quick, then what one point has in several."""
    again = "sum" if fn == "count" else fn
    return (
        f' |> aggregateWindow(every: every, fn: {fn}, timeSrc: "_start", createEmpty: false)'
        f" |> map(fn: (r) => ({{_start: r._start, _stop: r._stop, _time: r._time, _value: r._value, point: {_NAME}}}))"
        ' |> group(columns: ["point", "_start", "_stop"])'
        f' |> aggregateWindow(every: every, fn: {again}, timeSrc: "_start", createEmpty: true)'
        ' |> group(columns: ["point"]) |> keep(columns: ["_time", "_value", "point"])'
    )


def _points(quantities: tuple[str, ...], field: str = "unit") -> str:
    """The newest line of each registered point of those quantities."""
    named = "(" + " or ".join(f'r.quantity == "{name}"' for name in quantities) + ") and " if quantities else ""
    chosen = f'r._measurement == "points" and {named}{MINE} and {AREA} and r._field == "{field}"'
    return f'from(bucket: "@events") |> range(start: -1d) |> filter(fn: (r) => {chosen}) |> last()'


def _registered(quantities: tuple[str, ...], kept: str = "") -> str:
    """`told`: a null left of the span for every registered point, so that a silent one is not missing."""
    return (
        f"told = {_points(quantities)}{kept} |> map(fn: (r) => ({{_time: early, _value: 0.0, point: r.point}}))"
        ' |> group(columns: ["point"]) |> limit(n: 1) |> difference(keepFirst: true)\n'
    )


def chart(quantity: str, fn: str = "max", *, limits: str = "", known: bool | None = None, threshold: float | None = None) -> Query:
    """A line per point: the highest reading of a window (a mean would hide the peak), the lowest or the last by `fn`; over long spans
    mean and the other extreme beside it. `limits`: the unit in which the alarm limits are drawn. `known`: only points with a known limit,
    or only others. `threshold`: a line of its own, no official limit."""
    word = {True: "", False: "not ", None: ""}[known]
    only = "" if known is None else f" |> filter(fn: (r) => {word}contains(value: r.%s, set: limited))"
    of_readings, of_points = (only % "_field", only % "point") if only else ("", "")
    chosen = _chosen((quantity,))
    beside = {"max": (("mean", MEAN), ("min", LOW)), "min": (("mean", MEAN), ("max", HIGH))}.get(fn, ())

    def flux(column: int) -> str:
        lines, tables = [_HEAD, _limited(quantity) if only else "", _registered((quantity,), of_points)], ["told", "got"]
        lines.append(f"got = (if long then {_statistics(chosen, fn)} else {_raw(chosen)}){of_readings}{_windows(fn)}\n")
        for stat, words in beside:
            named = f' |> map(fn: (r) => ({{_time: r._time, _value: r._value, point: r.point + " {words[column]}"}}))'
            named += ' |> group(columns: ["point"])'
            source = f"(if long then {_statistics(chosen, stat)} else {_NOTHING})"
            lines.append(f"of_{stat} = {source}{of_readings}{_windows(stat)}{named}\n")
            tables.append(f"of_{stat}")
        if limits:
            lines.append(_limit_lines(quantity, limits, LIMIT[column]))
            tables.append("limits")
        if threshold is not None:
            lines.append(_threshold_line(threshold, THRESHOLD[column]))
            tables.append("threshold")
        lines.append(_none_here(column, "float", " |> difference(keepFirst: true)"))
        tables.append("none")
        lines.append(f'union(tables: [{", ".join(tables)}]) |> sort(columns: ["_time"])')
        return "".join(lines)

    return Query((flux(0), flux(1)))


def _limited(quantity: str) -> str:
    """`limited`: ids of the mine's points with a known alarm limit."""
    return f'limited = {_points((quantity,), "limit")} |> group() |> findColumn(fn: (key) => true, column: "point")\n'


def _limit_lines(quantity: str, unit: str, word: str) -> str:
    """`limits`: each limit now in force, from the left edge to the right one."""
    return (
        f"inforce = {_points((quantity,), 'limit')} |> group()"
        f' |> map(fn: (r) => ({{_value: r._value, point: "{word} " + string(v: r._value) + " {unit}"}}))'
        ' |> group(columns: ["point"]) |> first()\n'
        "limits = union(tables: [inforce |> map(fn: (r) => ({r with _time: v.timeRangeStart})),"
        ' inforce |> map(fn: (r) => ({r with _time: v.timeRangeStop}))]) |> keep(columns: ["_time", "_value", "point"])\n'
    )


def _threshold_line(value: float, word: str) -> str:
    """`threshold`: one value from the left edge to the right one."""
    edges = ", ".join(f'{{_time: {edge}, _value: {value}, point: "{word} {value:g}"}}' for edge in ("v.timeRangeStart", "v.timeRangeStop"))
    return f'threshold = array.from(rows: [{edges}]) |> group(columns: ["point"])\n'


def switches(*quantities: str) -> Query:
    """Lanes of 0 and 1; NO_DATA where no reading says; one lane of NO_SENSOR where no such point is registered."""
    chosen = _chosen(quantities)
    filled = f" |> map(fn: (r) => ({{_time: r._time, point: r.point, _value: if exists r._value then r._value else {NO_DATA}.0}}))"

    def flux(column: int) -> str:
        got = f"got = (if long then {_statistics(chosen, 'last')} else {_raw(chosen)}){_windows('last')}\n"
        lanes = f"union(tables: [silent, got{filled}, none]){_WORST}"
        return f"{_HEAD}{_registered(quantities)}{_silent('float')}{got}{_none_here(column, 'float')}{lanes}"

    return Query((flux(0), flux(1)))


def _silent(kind: str) -> str:
    """`silent`: NO_DATA left of the span for every registered point."""
    return f"silent = told |> map(fn: (r) => ({{_time: r._time, point: r.point, _value: {kind}(v: {NO_DATA})}}))\n"


def _none_here(column: int, kind: str, then: str = "") -> str:
    """`none`: a series whose name says that no such point is registered, where none is."""
    return (
        'names = told |> group() |> findColumn(fn: (key) => true, column: "point")\n'
        f'none = array.from(rows: [{{_time: early, _value: {kind}(v: {NO_SENSOR}), point: "{NONE_HERE[column]}"}}])'
        ' |> filter(fn: (r) => length(arr: names) == 0) |> group(columns: ["point"])' + then + "\n"
    )


def quality_lanes(*quantities: str) -> Query:
    """A lane per point (without quantities: of all): the worst class of its quality in a window, NO_DATA where nothing came: absent quality
    is 0 only beside a value. Over long spans what statistics do not count as good is at least DOUBTFUL, beside a window's largest flag."""
    named = " and (" + " or ".join(f'r.quantity == "{name}"' for name in quantities) + ")" if quantities else ""
    flags = _raw(f'r._measurement == "quality" and {MINE} and r._field =~ here{named}')
    chosen = _chosen(quantities)
    worst = 'aggregateWindow(every: every, fn: max, timeSrc: "_start", createEmpty: false)'
    classed = f"map(fn: (r) => ({{r with _value: {_class_of('r._value')}}}))"
    counted = f"if exists r._value and r._value > 0 then {GOOD} else {NO_DATA}"

    def flux(column: int) -> str:
        return (
            f"{_HEAD}{_registered(quantities)}{_silent('int')}"
            f"got = if long then {_tallied(chosen)}"
            f" else {_raw(chosen)}{_windows('count')} |> map(fn: (r) => ({{_time: r._time, point: r.point, _value: {counted}}}))\n"
            f"flagged = (if long then {flags} |> {worst} |> {classed} else {flags} |> {classed} |> {worst}){_NAMED}\n"
            f"{_none_here(column, 'int')}union(tables: [silent, got, flagged, none]){_WORST}"
        )

    return Query((flux(0), flux(1)))


def _tallied(chosen: str) -> str:
    """Class by the statistics alone: readings counted, and how many of them are good."""
    parts = [
        f'{_statistics(chosen, stat)}{_windows("sum")} |> map(fn: (r) => ({{r with stat: "{stat}"}})) |> group()'
        for stat in ("count", "good")
    ]
    return (
        f'union(tables: [{parts[0]}, {parts[1]}]) |> pivot(rowKey: ["_time", "point"], columnKey: ["stat"], valueColumn: "_value")'
        f" |> map(fn: (r) => ({{_time: r._time, point: r.point, _value: if not exists r.count or r.count < 1.0 then {NO_DATA}"
        f" else if exists r.good and r.good >= r.count then {GOOD} else {DOUBTFUL}}}))"
        ' |> group(columns: ["point"])'
    )


def _class_of(value: str) -> str:
    def has(bits: int) -> str:
        return f"bitwise.sand(a: {value}, b: {bits}) > 0"

    calibrated = has(quality.CALIBRATION)
    alarmed = has(quality.ALARM | quality.POWER_CUT)
    return (
        f"if {calibrated} and {alarmed} then {UNVERIFIED} else if {has(quality.UNUSABLE)} then {UNUSABLE}"
        f" else if {alarmed} then {SOURCE_ALARM} else if {calibrated} then {CALIBRATION}"
        f" else if {value} == 0 then {GOOD} else {DOUBTFUL}"
    )


def newest() -> Query:
    """Seconds since the newest reading of the mine."""
    return Query(
        both(
            f'from(bucket: "@raw") |> range(start: -1d) |> filter(fn: (r) => {MINE} and r._measurement != "quality") |> last()'
            ' |> keep(columns: ["_time"]) |> group() |> max(column: "_time")'
            " |> map(fn: (r) => ({_time: r._time, _value: float(v: int(v: now()) - int(v: r._time)) / 1000000000.0}))"
        )
    )
