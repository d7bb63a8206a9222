"""A layout: how one vendor's monitoring system (KJ) writes its files. TOML, one file a vendor; there is no built-in one.

Field order, separators, state words, encodings and file names differ by vendor: all of it is configuration.
"""

import tomllib
from datetime import timedelta, timezone, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from contracts.config import Section
from contracts.errors import BadConfig
from contracts.quality import DOUBTFUL, NAMES
from contracts.units import QUANTITIES

FIELDS = {
    "values": {"point", "value", "state", "time", "unit"},
    "definitions": {
        *("point", "sensor_type", "place", "place_en", "area", "serial", "unit", "range_high", "range_low"),
        *("identifier", "stream", "section_m2"),
        *("alarm_high", "alarm_high_clear", "cut_high", "restore_high", "on_text", "off_text", "substation"),
    },
    "alarms": {"point", "event", "start", "end", "time", "value", "state", "place"},
    "persons": {"card", "area", "count", "time"},
}
"""What a field may be called in a file of that role. A name that begins with `_` is a field nobody reads."""
NEEDED = {"values": {"point"}, "definitions": {"point"}, "alarms": {"point"}, "persons": {"area"}}
HEADER = {"mine_code", "mine_name", "upload_time"}
_Section = TypeVar("_Section", bound=Section)
RECEIVED_BITS = sum(bit for bit in NAMES if bit < 256)


class Role(StrEnum):
    """What a kind of file is for."""

    VALUES = "values"
    DEFINITIONS = "definitions"
    ALARMS = "alarms"
    PERSONS = "persons"


class FileKind(Section, frozen=True):
    """One kind of file. `files`: patterns of its names. `values`: words that stand for a number. `states`: as in the layout.

    What stands here goes before what the layout says for all kinds. Without a field `value`,
    the words of `state` are looked up in `values` too (substations). With `states` of its own a number is a word like any other.
    """

    role: Role
    files: tuple[str, ...]
    fields: tuple[str, ...]
    header: tuple[str, ...] = ()
    values: dict[str, float] = msgspec.field(default_factory=dict)
    states: dict[str, int] = msgspec.field(default_factory=dict)


class Layout(Section, frozen=True):
    """All of it. `quantities`: the vendor's sensor types (code or word) to ours ("": left out); `units`: the vendor's words for our units;
    `columns`: headings of a point list (CSV, XLSX) to field names of `definitions`.
    """

    name: str
    kinds: dict[str, FileKind]
    encodings: tuple[str, ...] = ("utf-8", "gb18030")
    zone: str = "Asia/Shanghai"
    record_end: str = "~"
    field_end: str = ";"
    file_end: str = "||"
    time_formats: tuple[str, ...] = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S")
    no_value: tuple[str, ...] = ("", "-", "--", "---", "NULL")
    state_joins: str = "、+/,"
    state_numbers: bool = True
    values: dict[str, float] = msgspec.field(default_factory=dict)
    states: dict[str, int] = msgspec.field(default_factory=dict)
    quantities: dict[str, str] = msgspec.field(default_factory=dict)
    units: dict[str, str] = msgspec.field(default_factory=dict)
    columns: dict[str, str] = msgspec.field(default_factory=dict)

    @property
    def tz(self) -> tzinfo:
        """The zone of the times in the files: an IANA name, or a distance from UTC like `+08:00`."""
        return _zone(self.zone)

    def state_bits(self, kind: FileKind, text: str) -> tuple[int, str]:
        """Quality bits of a state field, and the word nobody explained: such a reading may raise an alarm and never clear one."""
        words = {**self.states, **kind.states}
        if text in words:
            return words[text], ""
        bits = 0
        for word in _parted(text, self.state_joins):
            if word in words:
                bits |= words[word]
            elif self.state_numbers and not kind.states and word.isascii() and word.isdigit() and int(word[:6]) <= RECEIVED_BITS:
                bits |= int(word)
            else:
                return bits | DOUBTFUL, word
        return bits, ""


def _parted(text: str, joins: str) -> list[str]:
    for join in joins[1:]:
        text = text.replace(join, joins[0])
    return [word.strip() for word in (text.split(joins[0]) if joins else [text])]


def _zone(name: str) -> tzinfo:
    if name[:1] in ("+", "-"):
        try:
            hours, minutes = name[1:].split(":")
            away = timedelta(hours=int(hours), minutes=int(minutes))
            return timezone(-away if name[0] == "-" else away)
        except ValueError as error:
            raise BadConfig("layout.zone", name, "a time zone like Asia/Shanghai or +08:00") from error
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if name == "Asia/Shanghai":
            return timezone(timedelta(hours=8))  # a small image has no zone files; China has kept +08:00 since 1991
        raise BadConfig("layout.zone", name, "a time zone like Asia/Shanghai or +08:00") from error


def read_layout(path: str) -> Layout:
    """The layout of a TOML file, or BadConfig naming what is refused."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig("layout", path, f"a readable TOML file ({error})") from error
    return parse_layout(text)


def parse_layout(text: str) -> Layout:
    """The layout of a TOML text, checked; or BadConfig."""
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadConfig("layout", text[:40], f"TOML ({error})") from error
    kinds = tree.pop("kinds", {})
    if not isinstance(kinds, dict):
        raise BadConfig("layout.kinds", kinds, "tables [kinds.NAME]")
    found = {name: _converted(f"layout.kinds.{name}", kind, FileKind) for name, kind in kinds.items()}
    return check_layout(msgspec.structs.replace(_converted("layout", {**tree, "kinds": {}}, Layout), kinds=found))


def _converted(where: str, tree: object, kind: type[_Section]) -> _Section:
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        what, _, at = str(error).partition(" - at `$")
        raise BadConfig(f"{where}{at.rstrip('`')}", what, f"keys {', '.join(kind.__struct_fields__)}, each with what it is for") from error


def check_layout(layout: Layout) -> Layout:
    """The layout itself, or BadConfig for what the types alone cannot refuse."""
    ends = [layout.record_end, layout.field_end, layout.file_end]
    if not all(ends) or len(set(ends)) < len(ends):
        raise BadConfig("layout.record_end", ends, "three different marks: record_end, field_end, file_end")
    for name in layout.encodings:
        try:
            "".encode(name)
        except LookupError as error:
            raise BadConfig("layout.encodings", name, "names of encodings like utf-8 and gb18030") from error
    if not layout.encodings:
        raise BadConfig("layout.encodings", "[]", "at least one encoding")
    _ = layout.tz
    for name, kind in layout.kinds.items():
        _check_kind(f"layout.kinds.{name}", kind)
        _check_bits(f"layout.kinds.{name}.states", kind.states)
    _check_bits("layout.states", layout.states)
    for word, quantity in layout.quantities.items():
        if quantity and quantity not in QUANTITIES:
            raise BadConfig(f"layout.quantities.{word}", quantity, f'{", ".join(QUANTITIES)}; or "" for a type that is left out')
    for heading, field in layout.columns.items():
        if field not in FIELDS["definitions"]:
            raise BadConfig(f"layout.columns.{heading}", field, ", ".join(sorted(FIELDS["definitions"])))
    return layout


def _check_kind(where: str, kind: FileKind) -> None:
    if not kind.files:
        raise BadConfig(f"{where}.files", "[]", "at least one pattern of file names")
    named = [field for field in kind.fields if not field.startswith("_")]
    for field in named:
        if field not in FIELDS[kind.role] or named.count(field) > 1:
            raise BadConfig(
                f"{where}.fields", field, f"each at most once: {', '.join(sorted(FIELDS[kind.role]))}; or a name that begins with _"
            )
    need = set(NEEDED[kind.role])
    if kind.role is Role.VALUES and "value" not in named:
        need.add("state")
    if not need <= set(named):
        raise BadConfig(f"{where}.fields", ", ".join(kind.fields), f"with {', '.join(sorted(need))}")
    for field in kind.header:
        if field not in HEADER and not field.startswith("_"):
            raise BadConfig(f"{where}.header", field, f"{', '.join(sorted(HEADER))}; or a name that begins with _")
    if kind.role in (Role.VALUES, Role.PERSONS) and "time" not in named and "upload_time" not in kind.header:
        raise BadConfig(f"{where}.fields", ", ".join(kind.fields), "with time, or upload_time in the header")


def _check_bits(where: str, states: dict[str, int]) -> None:
    for word, bits in states.items():
        if bits & ~RECEIVED_BITS or bits < 0:
            raise BadConfig(f"{where}.{word}", bits, "a sum of 0, 1, 2, 4, 8, 16, 32, 64, 128 (docs/glossary.md)")
