"""The KJ system's own point definitions, mirrored as found, and compared with the regulation pack. Pure.

A finding is told where a setting is looser than the value of the row a named person mapped the place to. Where no official value is
known, or nobody mapped the place, or the unit is another one, there is none.
"""

from collections.abc import Iterator

import msgspec

from alerts.packs.pack import LimitRow, Pack
from contracts.points import Point
from edge_agent.sources.kj_layout import FileKind, Layout
from edge_agent.sources.kj_points import PointIndex
from edge_agent.sources.kj_records import number
from edge_agent.sources.kj_text import Fault, Record, split_fields

NUMBERS = ("range_high", "range_low", "alarm_high", "alarm_high_clear", "cut_high", "restore_high")
WORDS = {"alarm": ("报警值", "alarm value"), "cut": ("断电值", "cut value"), "restore": ("复电值", "restore value")}


class Definition(msgspec.Struct, frozen=True, omit_defaults=True):
    """One point as the KJ system defines it; texts as found, None where the field is empty or not in the layout."""

    point: str
    texts: dict[str, str]
    numbers: dict[str, float | None]


class Finding(msgspec.Struct, frozen=True):
    """A setting looser than the regulation's. `found` None: none is set. `official` is the value, in `unit`, of `clause`."""

    point: str
    setting: str
    found: float | None
    official: float
    unit: str
    row: str
    clause: str
    zh: str
    en: str


def define(record: Record, layout: Layout, kind: FileKind) -> tuple[Definition | None, list[Fault]]:
    """What a record defines (None where it is refused), and what was refused or doubted in it."""
    fields = split_fields(record.text, layout.field_end, len(kind.fields))
    if len(fields) != len(kind.fields):
        allowed = f"{len(kind.fields)} fields: {', '.join(kind.fields)}"
        return None, [Fault(record.number, "fields", str(len(fields)), allowed, record.text)]
    named = {name: text for name, text in zip(kind.fields, fields, strict=True) if not name.startswith("_")}
    return defined(record.number, named, layout, record.text)


def defined(at: int, named: dict[str, str], layout: Layout, text: str) -> tuple[Definition | None, list[Fault]]:
    """As `define`, from texts by field name; `at` is the record or row number."""
    code = named.get("point", "")
    if not code or "\ufffd" in code:
        return None, [Fault(at, "point", code, "a point code", text)]
    faults, numbers = list[Fault](), dict[str, float | None]()
    for name in NUMBERS:
        shown = named.get(name)
        if shown is None:
            continue
        numbers[name] = number(shown)
        if numbers[name] is None and shown not in layout.no_value:
            faults.append(Fault(at, name, shown, "a number with a decimal point, or nothing", text))
    texts = {name: shown for name, shown in named.items() if name not in NUMBERS and name != "point"}
    return Definition(code, texts, numbers), faults


def words_of(definition: Definition) -> dict[str, float]:
    """The texts a switch point shows for off and on."""
    pairs = ((definition.texts.get("off_text", ""), 0.0), (definition.texts.get("on_text", ""), 1.0))
    return {text: value for text, value in pairs if text}


def findings(definitions: dict[str, Definition], layout: Layout, index: PointIndex, pack: Pack, now: int) -> list[Finding]:
    """Every setting that is looser than its row's value, by point code; `now` (µs UTC) chooses the installation."""
    each = (_compare(point, definition, row, pack) for point, definition, row in _comparable(definitions, layout, index, pack, now))
    return [one for found in each for one in found]


def compared(definitions: dict[str, Definition], layout: Layout, index: PointIndex, pack: Pack, now: int) -> set[str]:
    """Points whose alarm setting can be held against a row: without a finding theirs are not looser."""
    each = _comparable(definitions, layout, index, pack, now)
    return {point.id for point, definition, _ in each if "alarm_high" in definition.numbers}


def _comparable(
    definitions: dict[str, Definition], layout: Layout, index: PointIndex, pack: Pack, now: int
) -> Iterator[tuple[Point, Definition, LimitRow]]:
    for code, definition in sorted(definitions.items()):
        at = index.find(code, now)
        if at is None:
            continue
        point = index.registry.points[at]
        row = pack.rows.get(point.limit_row)
        if row is None or row.alarm_ge is None or row.quantity != point.quantity or not _same_unit(definition, row, layout):
            continue
        yield point, definition, row


def _same_unit(definition: Definition, row: LimitRow, layout: Layout) -> bool:
    text = definition.texts.get("unit", "")
    return not text or text == row.unit or layout.units.get(text) == row.unit


def _compare(point: Point, definition: Definition, row: LimitRow, pack: Pack) -> list[Finding]:
    first = row.cuts[0] if row.cuts else None
    pairs = (
        ("alarm", "alarm_high", row.alarm_ge),
        ("cut", "cut_high", first.cut_ge if first else None),
        ("restore", "restore_high", first.restore_lt if first else None),
    )
    found: list[Finding] = []
    for setting, name, official in pairs:
        if official is None or name not in definition.numbers:
            continue
        value = definition.numbers[name]
        if value is not None and value <= official:
            continue
        zh, en = WORDS[setting]
        document = pack.documents[row.document]
        shown_zh, shown_en = ("未设置", "none set") if value is None else (f"{value:g} {row.unit}", f"{value:g} {row.unit}")
        found.append(
            Finding(
                point.id,
                setting,
                value,
                official,
                row.unit,
                row.id,
                row.reference,
                f"{point.place_zh} {point.id}：监控系统{zh}{shown_zh}，"
                f"宽于{document.zh} {row.clause} 的 {official:g} {row.unit}（{row.location_zh}）",
                f"{point.place_en} {point.id}: the monitoring system's {en} ({shown_en}) is looser than "
                f"{official:g} {row.unit} of {document.en} {row.clause} ({row.location_en})",
            )
        )
    return found
