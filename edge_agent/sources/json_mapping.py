"""Which topic, and which place in its JSON document, is which point. Pure.

A path is keys and list places joined by points, `data.gas[0].value`; `[id=T01]` picks the object of a list whose `id` is T01,
and `["a.b"]` a key with any letters.
"""

import math
import re
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import NoReturn

import msgspec

from contracts.clock import SECOND
from contracts.errors import BadConfig
from contracts.points import Registry
from contracts.quality import CLOCK_SUSPECT, DOUBTFUL, NOT_A_NUMBER

Step = str | int | tuple[str, str]
_STEP = re.compile(r'\.?(?:(?P<key>[^.\[\]"=]+)|\[(?P<at>\d+)\]|\["(?P<quoted>[^"]*)"\]|\[(?P<name>[^=\]"]+)=(?P<value>[^\]]*)\])')
_TICKS = {"s": SECOND, "ms": 1_000, "us": 1}


class _Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A piece of the mapping file."""


class JsonPoint(_Part, frozen=True):
    """value = number at `path` * scale + offset. `words`: texts that are numbers. `states`: codes for what stands at `state_path`."""

    point: str
    path: str
    scale: float = 1.0
    offset: float = 0.0
    words: dict[str, float] = {}
    state_path: str = ""
    states: dict[str, int] = {}


class JsonTime(_Part, frozen=True):
    """Where the time of measurement stands. `format`: iso, s, ms, us (since 1970), or one of strptime; `zone` of times that name none."""

    path: str
    format: str = "iso"
    zone: str = "+00:00"


class JsonTopic(_Part, frozen=True):
    """An MQTT topic filter; without `time` a reading is stamped when it arrives."""

    filter: str
    points: tuple[JsonPoint, ...]
    time: JsonTime | None = None


class JsonMapping(_Part, frozen=True):
    """The mapping file."""

    topics: tuple[JsonTopic, ...]


Row = tuple[int, int | None, float, int]
"""Point number, stamp (µs UTC, None: none), value, quality."""


def parse_path(text: str, where: str) -> tuple[Step, ...]:
    """The steps of a path, or BadConfig."""
    steps: list[Step] = []
    at = 0
    while at < len(text):
        found = _STEP.match(text, at)
        if not found:
            raise BadConfig(where, text, 'a path like data.gas[0].value, list[id=T01].value or ["a.b"]')
        if found["key"] is not None or found["quoted"] is not None:
            steps.append(found["key"] if found["key"] is not None else found["quoted"])
        else:
            steps.append(int(found["at"]) if found["at"] is not None else (found["name"], found["value"]))
        at = found.end()
    if not steps:
        raise BadConfig(where, text, "a path that is not empty")
    return tuple(steps)


def follow(document: object, path: tuple[Step, ...]) -> object:
    """What stands there; LookupError where nothing does."""
    for step in path:
        if isinstance(step, str):
            document = document[step] if isinstance(document, dict) else _absent(step)
        elif isinstance(step, int):
            document = document[step] if isinstance(document, list) else _absent(step)
        else:
            document = _picked(document, *step)
    return document


def _picked(document: object, name: str, value: str) -> object:
    for one in document if isinstance(document, list) else ():
        if isinstance(one, dict) and str(one.get(name)) == value:
            return one
    return _absent(f"[{name}={value}]")


def _absent(step: object) -> NoReturn:
    raise LookupError(step)


class Reader:
    """One topic filter's documents to rows."""

    def __init__(self, topic: JsonTopic, registry: Registry, where: str) -> None:
        self.filter, self.topic = topic.filter, topic
        self._points = [_PointReader(point, registry, f"{where}.points[{at}]") for at, point in enumerate(topic.points)]
        self._time = _TimeReader(topic.time, f"{where}.time") if topic.time else None

    @property
    def numbers(self) -> list[int]:
        """Of its points."""
        return [point.number for point in self._points]

    def path_of(self, number: int) -> str:
        """Where that point stands in the document."""
        return next((point.path for point in self._points if point.number == number), "")

    def rows(self, data: bytes) -> tuple[list[Row], list[str]]:
        """Rows, and what is wrong in words (nothing is dropped in silence)."""
        try:
            document = msgspec.json.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            return [], [f"not JSON ({error})"]
        doubts: list[str] = []
        stamp, late = None, 0
        if self._time:
            try:
                stamp = self._time.read(document)
            except (LookupError, ValueError, TypeError, OverflowError) as error:
                late = CLOCK_SUSPECT
                doubts.append(f"no time at {self._time.path} ({error}): stamped on arrival")
        rows: list[Row] = []
        for point in self._points:
            try:
                value, quality = point.read(document)
            except LookupError:
                doubts.append(f"{point.point}: nothing at {point.path}")
                continue
            rows.append((point.number, stamp, value, quality | late))
            if quality & (DOUBTFUL | NOT_A_NUMBER):
                doubts.append(f"{point.point}: {point.doubt(document)}")
        return rows, doubts


class _PointReader:
    def __init__(self, point: JsonPoint, registry: Registry, where: str) -> None:
        if point.point not in registry.number:
            raise BadConfig(f"{where}.point", point.point, "a point id of the registry")
        if not (math.isfinite(point.scale) and point.scale and math.isfinite(point.offset)):
            raise BadConfig(f"{where}.scale", point.scale, "a number that is not 0, and a finite offset")
        for word, code in point.states.items():
            if not 0 <= code <= 255:
                raise BadConfig(f"{where}.states.{word}", code, "a state code, 0 to 255")
        self.point, self.path, self.number, self._mapped = point.point, point.path, registry.number[point.point], point
        self._steps = parse_path(point.path, f"{where}.path")
        self._state = parse_path(point.state_path, f"{where}.state_path") if point.state_path else ()

    def read(self, document: object) -> tuple[float, int]:
        """Value and quality; a state nobody explained is doubtful, what is no number is none."""
        number = self._number(follow(document, self._steps))
        value = number * self._mapped.scale + self._mapped.offset if (self._mapped.scale, self._mapped.offset) != (1.0, 0.0) else number
        return value, self._quality(document) | (0 if math.isfinite(value) else NOT_A_NUMBER)

    def _number(self, found: object) -> float:
        if isinstance(found, str):
            if found in self._mapped.words:
                return self._mapped.words[found]
            try:
                return float(found)
            except ValueError:
                return math.nan
        try:
            return float(found) if isinstance(found, int | float) else math.nan
        except OverflowError:
            return math.nan

    def _quality(self, document: object) -> int:
        if not self._state:
            return 0
        try:
            return self._mapped.states.get(_text(follow(document, self._state)), DOUBTFUL)
        except LookupError:
            return DOUBTFUL

    def doubt(self, document: object) -> str:
        """What made it doubtful."""
        found = str(follow(document, self._steps))[:40]
        try:
            state = f", state {_text(follow(document, self._state))[:40]!r}" if self._state else ""
        except LookupError:
            state = ", no state"
        return f"value {found!r}{state}"


def _text(state: object) -> str:
    return state if isinstance(state, str) else msgspec.json.encode(state).decode()


class _TimeReader:
    def __init__(self, time: JsonTime, where: str) -> None:
        self.path, self._format = time.path, time.format
        self._steps = parse_path(time.path, f"{where}.path")
        self._zone = zone_of(time.zone, f"{where}.zone")
        if time.format not in ("iso", *_TICKS) and "%" not in time.format:
            raise BadConfig(f"{where}.format", time.format, "iso, s, ms, us or a format like %Y-%m-%d %H:%M:%S")

    def read(self, document: object) -> int:
        """µs UTC. LookupError, ValueError, TypeError or OverflowError where there is no such time."""
        found = follow(document, self._steps)
        if ticks := _TICKS.get(self._format):
            if isinstance(found, bool) or not isinstance(found, int | float | str):
                raise ValueError(f"{found!r} is no number")
            number = float(found) if isinstance(found, str) and not found.isdecimal() else found
            return int(number) * ticks if not isinstance(number, float) else round(number * ticks)
        text = str(found)
        stamp = datetime.fromisoformat(text) if self._format == "iso" else datetime.strptime(text, self._format)  # noqa: DTZ007
        stamp = (stamp if stamp.tzinfo else stamp.replace(tzinfo=self._zone)).astimezone(UTC)
        return int(stamp.replace(microsecond=0).timestamp()) * SECOND + stamp.microsecond


def zone_of(text: str, where: str) -> tzinfo:
    """A distance from UTC, or BadConfig."""
    try:
        zone = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").tzinfo
    except ValueError as error:
        raise BadConfig(where, text, "a distance from UTC like +08:00") from error
    if zone is None:
        raise BadConfig(where, text, "a distance from UTC like +08:00")
    return zone


def matches(pattern: str, topic: str) -> bool:
    """Whether a topic is one of the filter's (MQTT 3.1.1, 4.7)."""
    wanted, levels = pattern.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("+", "#"):
        return False
    for at, level in enumerate(wanted):
        if level == "#":
            return True
        if at >= len(levels) or level not in ("+", levels[at]):
            return False
    return len(wanted) == len(levels)


def read_mapping(path: str, registry: Registry) -> list[Reader]:
    """The readers of a mapping file, or BadConfig by place."""
    try:
        mapping = msgspec.json.decode(Path(path).read_bytes(), type=JsonMapping)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadConfig("mapping", path, f"a JSON file with a mapping ({error})") from error
    if not mapping.topics:
        raise BadConfig("mapping.topics", "[]", "at least one topic")
    filters = [topic.filter for topic in mapping.topics]
    for at, topic in enumerate(mapping.topics):
        where = f"mapping.topics[{at}]"
        levels = topic.filter.split("/")
        if not topic.filter or "#" in "".join(levels[:-1]) or any(len(one) > 1 and set(one) & {"+", "#"} for one in levels):
            raise BadConfig(f"{where}.filter", topic.filter, "an MQTT topic filter like belt/+/telemetry")
        if filters.count(topic.filter) > 1:
            raise BadConfig(f"{where}.filter", topic.filter, "a filter used once")
    return [Reader(topic, registry, f"mapping.topics[{at}]") for at, topic in enumerate(mapping.topics)]
