"""Records to readings. Pure: every record gives what it says, or the fault that names field, value and what is allowed."""

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from unicodedata import normalize

from contracts.clock import END_OF_TIME, MINUTE, SECOND
from contracts.quality import CLOCK_SUSPECT, DOUBTFUL, UNUSABLE
from edge_agent.sources.kj_layout import FileKind, Layout
from edge_agent.sources.kj_points import PointIndex
from edge_agent.sources.kj_text import Fault, Record, rescued, split_fields

AHEAD = 5 * MINUTE
"""A reading later than the gateway's clock by more is kept and flagged."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?\Z")

Row = tuple[int, int, float, int]
"""Point number, time (µs UTC), value, quality."""


class Refused(Exception):
    """A record cannot be read."""

    def __init__(self, name: str, value: str, allowed: str) -> None:
        super().__init__(name, value, allowed)
        self.name, self.value, self.allowed = name, value, allowed


def number(text: str) -> float | None:
    """The number a text is (full-width digits too), None where it is none. A decimal comma is refused: it may mean thousands."""
    plain = text if text.isascii() else normalize("NFKC", text)
    if not _NUMBER.match(plain):
        return None
    value = float(plain)
    return value if math.isfinite(value) else None


class Times:
    """Reads the times of a layout, each text once."""

    def __init__(self, layout: Layout) -> None:
        self._formats, self._zone, self._known = layout.time_formats, layout.tz, dict[str, int]()

    def read(self, name: str, text: str) -> int:
        """µs UTC, or Refused."""
        if text not in self._known:
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[text] = self._parse(name, text)
        return self._known[text]

    def _parse(self, name: str, text: str) -> int:
        for form in self._formats:
            try:
                stamp = datetime.strptime(text, form).replace(tzinfo=self._zone).astimezone(UTC)
            except (ValueError, OverflowError):
                continue
            micros = int(stamp.replace(microsecond=0).timestamp()) * SECOND + stamp.microsecond
            if 0 <= micros < END_OF_TIME:
                return micros
        raise Refused(name, text, f"a time like {' or '.join(self._formats)}")


@dataclass(slots=True)
class Found:
    """What a file's records held."""

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    unknown: dict[str, Record] = field(default_factory=dict)
    """Codes the registry does not have, each with its first record."""


class ValueReader:
    """Reads the records of one kind of file with role `values`. `words` holds the on and off texts of point definitions, by code."""

    def __init__(self, layout: Layout, kind: FileKind, index: PointIndex, times: Times, words: dict[str, dict[str, float]]) -> None:
        self._layout, self._kind, self._index, self._times, self._words = layout, kind, index, times, words
        self._at = {name: at for at, name in enumerate(kind.fields)}
        self._values = {**layout.values, **kind.values}
        self._shown = self._at.get("value", self._at.get("state", 0))

    def read(self, records: list[Record], encoding: str, now: int) -> Found:
        """All records of a file; `now` (µs UTC) is the gateway's clock."""
        found = Found()
        for record in records:
            try:
                self._take(record, encoding, found, now)
            except Refused as refused:
                for piece in rescued(record, encoding, self._layout, len(self._kind.fields)):
                    try:
                        self._take(piece, encoding, found, now)
                    except Refused:
                        continue  # the whole record is told below
                found.faults.append(Fault(record.number, refused.name, refused.value, refused.allowed, record.text))
        return found

    def _take(self, record: Record, encoding: str, found: Found, now: int) -> None:
        fields = split_fields(record.text, self._layout.field_end, len(self._kind.fields))
        if len(fields) != len(self._kind.fields):
            raise Refused("fields", str(len(fields)), f"{len(self._kind.fields)} fields: {', '.join(self._kind.fields)}")
        code = fields[self._at["point"]]
        if code not in self._index:
            if not code or (not code.isascii() and ("\ufffd" in code or rescued(record, encoding, self._layout, len(fields)))):
                raise Refused("point", code, "a point of the registry")
            found.unknown.setdefault(code, record)
            return
        time = self._times.read(*self._time_of(fields, record.header))
        point = self._index.find(code, time)
        if point is None:
            raise Refused("time", fields[self._at["time"]] if "time" in self._at else "", f"a time at which {code} is installed")
        value, quality = self._value(code, fields[self._shown])
        quality |= self._state(fields, record, found) | self._unit(point, fields, record, found)
        if time > now + AHEAD:
            quality |= CLOCK_SUSPECT
        found.rows.append((point, time, value, quality))

    def _time_of(self, fields: list[str], header: dict[str, str]) -> tuple[str, str]:
        if "time" in self._at:
            return "time", fields[self._at["time"]]
        return "upload_time", header.get("upload_time", "")

    def _value(self, code: str, text: str) -> tuple[float, int]:
        words = self._words.get(code, {})
        for known in (words, self._values):
            if text in known:
                return known[text], 0
        if "value" not in self._at:
            return math.nan, 0  # a state nobody explained: told by `_state`
        value = number(text)
        if value is not None:
            return value, 0
        if text in self._layout.no_value:
            return math.nan, 0
        bits, stranger = self._layout.state_bits(self._kind, text)
        if not stranger and bits & UNUSABLE:
            return math.nan, bits
        raise Refused("value", text, "a number with a decimal point, or a word of the layout's values")

    def _state(self, fields: list[str], record: Record, found: Found) -> int:
        if "state" not in self._at:
            return 0
        bits, stranger = self._layout.state_bits(self._kind, fields[self._at["state"]])
        if bits & DOUBTFUL:
            found.faults.append(
                Fault(record.number, "state", stranger, "a word of the layout's states (kept, flagged doubtful)", record.text)
            )
        return bits

    def _unit(self, point: int, fields: list[str], record: Record, found: Found) -> int:
        if "unit" not in self._at:
            return 0
        text, ours = fields[self._at["unit"]], self._index.registry.points[point].measures.unit
        if not text or text == ours or self._layout.units.get(text) == ours or not ours:
            return 0
        found.faults.append(Fault(record.number, "unit", text, f"{ours or 'no unit'} (kept as it is, flagged doubtful)", record.text))
        return DOUBTFUL
