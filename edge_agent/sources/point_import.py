"""Rows of a vendor's point list to a point registry. Pure: what is doubtful is told with row, field and value; nothing is guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from unicodedata import normalize

from msgspec.structs import replace

from contracts.digest import content_name
from contracts.identifiers import FORM, is_identifier
from contracts.points import LARGEST_M2, STREAM, Point, Registry
from contracts.texts import is_shown, shown
from contracts.units import QUANTITIES, Kind, Quantity
from edge_agent.sources.kj_layout import Layout
from edge_agent.sources.kj_records import number
from edge_agent.sources.kj_settings import NUMBERS
from edge_agent.sources.point_list import Rows

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,27}\Z")
"""Four characters fewer than an id may have: the next installation is `-2`."""
_LATER = re.compile(r"(.+)-[0-9]+\Z")
_WIDE = re.compile("[０-９Ａ-Ｚａ-ｚ－＿．％]")
NO_AREA = "unsorted"
LONGEST = 200
"""Characters of a cell (project)."""
_FILLED = ("identifier", "stream", "section_m2")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing a person has to look at. With an `error` nothing is written."""

    row: int
    point: str
    field: str
    value: str
    zh: str
    en: str
    error: bool = False


@dataclass(slots=True)
class Imported:
    """The registry, the vendor's codes that are not the point's id, and what is doubtful."""

    registry: Registry
    codes: dict[str, str] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(doubt.error for doubt in self.doubts)


@dataclass(frozen=True, slots=True)
class _Line:
    code: str
    quantity: str
    place: str
    place_en: str
    area: str
    sensor: str
    serial: str
    identifier: str = ""
    stream: str = ""
    section_m2: float = 0.0


def import_points(rows: Rows, layout: Layout, onto: Imported, at: int | None) -> Imported:
    """`onto` with the points of the rows. A point that is there already stays as it is; one that moved (other place, area, sensor serial
    or quantity) is closed at `at` (µs UTC) and opened anew as its next installation. What is not in the rows stays. Identifier, stream and
    section are filled in where the point had none; others of these are another asset or place, and so a new installation.
    """
    made = Imported(onto.registry, dict(onto.codes))
    lines = _read(rows, layout, made.doubts)
    codes = {line.code for line in lines}
    points = list(onto.registry.points)
    for line in lines:
        first = made.codes.get(line.code) or _id_of(line.code, codes, made)
        _take(line, first, points, at, made.doubts)
    _tell_missing(onto, made, codes)
    made.registry = replace(onto.registry, points=tuple(points))
    return made


def _take(line: _Line, first: str, points: list[Point], at: int | None, doubts: list[Doubt]) -> None:
    """The line's point: as it is, new, moved, or back after an end."""
    there = installations(points, first)
    if not there:
        points.append(_point(line, _next_id(first, points), at or 0))
        return
    last = max(there, key=lambda place: points[place].valid_from)
    old = points[last]
    changed = _changes(old, line) if old.valid_to is None else ["valid_to"]
    if not changed:
        points[last] = _filled(old, line, doubts)
        return
    what = ", ".join(changed)
    if at is None or at <= old.valid_from or at < (old.valid_to or 0):
        zh, en = f"测点已变动({what}): 用 --at 给出变动时间", f"the point changed ({what}): say when with --at"
        doubts.append(Doubt(0, line.code, "valid_from", "", zh, en, error=True))
        return
    zh, en = f"新的安装({what}), 原安装到此时为止", f"a new installation ({what}); the one before ends here"
    doubts.append(Doubt(0, line.code, "valid_from", "", zh, en))
    if old.valid_to is None:
        points[last] = replace(old, valid_to=at)
    points.append(_point(line, _next_id(first, points), at))


def _filled(old: Point, line: _Line, doubts: list[Doubt]) -> Point:
    """The same installation, with what nobody had said of it before."""
    said = {name: getattr(line, name) for name in _FILLED if getattr(line, name) and not getattr(old, name)}
    for name, value in said.items():
        doubts.append(Doubt(0, line.code, name, str(value), "补记, 安装不变", "filled in; the installation is the same"))
    return replace(old, **said) if said else old


def installations(points: Sequence[Point], first: str) -> list[int]:
    """Places of the point of that id and of its later installations, as `kj_points` understands them."""
    began = next((point for point in points if point.id == first), None)
    if began is None:
        return []
    return [at for at, point in enumerate(points) if point is began or _follows(point, began)]


def _follows(point: Point, began: Point) -> bool:
    later = _LATER.match(point.id)
    return later is not None and later[1] == began.id and began.valid_to is not None and began.valid_to <= point.valid_from


def _next_id(first: str, points: Sequence[Point]) -> str:
    taken = {point.id for point in points}
    return first if first not in taken else next(name for name in (f"{first}-{at}" for at in count(2)) if name not in taken)


def _point(line: _Line, name: str, since: int) -> Point:
    return Point(
        name,
        line.quantity,
        line.area or NO_AREA,
        line.place,
        line.place_en or line.place,
        line.sensor,
        line.serial,
        valid_from=since,
        stream=line.stream,
        section_m2=line.section_m2,
        identifier=line.identifier,
    )


def _changes(old: Point, line: _Line) -> list[str]:
    """What the list says otherwise; a column it does not have says nothing."""
    pairs = (("quantity", old.quantity, line.quantity), ("place", old.place_zh, line.place), ("area", old.area, line.area))
    changed = [name for name, before, after in (*pairs, ("serial", old.serial, line.serial)) if after and before != after]
    return changed + [name for name in _FILLED if getattr(old, name) and getattr(line, name) and getattr(old, name) != getattr(line, name)]


def _id_of(code: str, codes: set[str], made: Imported) -> str:
    """The code itself where it can be an id; else one made of its hash, always the same."""
    later, points = _LATER.match(code), made.registry.points
    there = code in made.registry.number and not (later and made.registry.number[code] in installations(points, later[1]))
    if there or (_ID.match(code) and not (later and later[1] in codes)):
        return code
    name = f"P{content_name(code.encode())[:10]}"
    made.codes[code] = name
    made.doubts.append(
        Doubt(0, code, "point", code, f"编码不能直接作为测点号, 改用 {name}", f"the code cannot be a point id; {name} is used")
    )
    return name


def _tell_missing(onto: Imported, made: Imported, codes: set[str]) -> None:
    points = onto.registry.points
    known = {at for code in codes for at in installations(points, made.codes.get(code, code))}
    for at, point in enumerate(points):
        if point.valid_to is None and at not in known:
            zh, en = "清单中没有此测点, 保留", "not in the list; it stays"
            made.doubts.append(Doubt(0, point.id, "point", point.id, zh, en))


def _read(rows: Rows, layout: Layout, doubts: list[Doubt]) -> list[_Line]:
    lines: dict[str, tuple[dict[str, str], _Line | None]] = {}
    for at, texts in rows:
        code = texts.get("point", "")
        if not code or "\ufffd" in code:
            zh, en = "没有可读的测点编码", "no readable point code"
            doubts.append(Doubt(at, code, "point", texts.get("", code), zh, en, error=True))
            continue
        if code in lines:
            same = lines[code][0] == texts
            zh, en = (
                ("重复的行, 只取一次", "the same row again; taken once")
                if same
                else ("编码重复, 内容不同", "a code used twice, with other content")
            )
            doubts.append(Doubt(at, code, "point", code, zh, en, error=not same))
            continue
        lines[code] = (texts, _line(at, code, texts, layout, doubts))
    return [line for _, line in lines.values() if line is not None]


def _line(at: int, code: str, texts: dict[str, str], layout: Layout, doubts: list[Doubt]) -> _Line | None:
    kind = texts.get("sensor_type", "")
    quantity = layout.quantities.get(kind, kind if kind in QUANTITIES else None)
    if quantity is None:
        zh, en = "未知的传感器类型: 在布局的 [quantities] 中说明", "unknown sensor type: name it in the layout's [quantities]"
        doubts.append(Doubt(at, code, "sensor_type", kind, zh, en, error=True))
        return None
    if not quantity:
        doubts.append(Doubt(at, code, "sensor_type", kind, "按布局略去", "left out, as the layout says"))
        return None
    place = texts.get("place", "")
    if not place:
        doubts.append(Doubt(at, code, "place", "", "没有安装位置", "no place"))
    for name, text in texts.items():
        if len(text) > LONGEST or not all(map(is_shown, text)):
            zh, en = f"超过 {LONGEST} 字, 或含不可见字符", f"more than {LONGEST} characters, or one that is not seen"
            doubts.append(Doubt(at, shown(code)[:40], name, shown(text)[:40], zh, en, error=True))
    for name in ("point", "place"):
        text = texts.get(name, "")
        if any(
            letter != normal
            for letter in text
            for normal in [normalize("NFKC", letter)]
            if "！" <= letter <= "～" and letter not in "，；：（）！？"
        ):
            doubts.append(Doubt(at, code, name, text, "含全角字符, 原样保留", "full-width characters, kept as they are"))
    _check_unit(at, code, texts.get("unit", ""), QUANTITIES[quantity], layout, doubts)
    _check_numbers(at, code, texts, QUANTITIES[quantity], layout, doubts)
    more = (_identifier(at, code, texts, doubts), _stream(at, code, texts, doubts), _section(at, code, texts, layout, doubts))
    return _Line(code, quantity, place, texts.get("place_en", ""), texts.get("area", ""), kind, texts.get("serial", ""), *more)


def _identifier(at: int, code: str, texts: dict[str, str], doubts: list[Doubt]) -> str:
    text = texts.get("identifier", "")
    if text and not is_identifier(text):
        zh, en = "不是工业互联网标识: 应为 前缀/后缀, 如 88.123.1/GAS-0042", f"no industrial internet identifier: {FORM}"
        doubts.append(Doubt(at, code, "identifier", text, zh, en, error=True))
        return ""
    return text


def _stream(at: int, code: str, texts: dict[str, str], doubts: list[Doubt]) -> str:
    text = texts.get("stream", "")
    if text and not STREAM.match(text):
        zh, en = "应为 pipe:管道 、pipe:干管/支管 或 return:回风", "expected pipe:NAME, pipe:NAME/BRANCH or return:NAME"
        doubts.append(Doubt(at, code, "stream", text, zh, en, error=True))
        return ""
    return text


def _section(at: int, code: str, texts: dict[str, str], layout: Layout, doubts: list[Doubt]) -> float:
    text = texts.get("section_m2", "")
    value = number(text)
    if value is not None and 0 < value <= LARGEST_M2:
        return value
    if value is not None or (text and text not in layout.no_value):
        zh, en = f"断面应为 0 至 {LARGEST_M2:g} m²", f"a section is 0 to {LARGEST_M2:g} m²"
        doubts.append(Doubt(at, code, "section_m2", text, zh, en, error=True))
    return 0.0


def _check_unit(at: int, code: str, unit: str, quantity: Quantity, layout: Layout, doubts: list[Doubt]) -> None:
    if quantity.kind is Kind.SWITCH or unit == quantity.unit or layout.units.get(unit) == quantity.unit:
        return
    if not unit:
        doubts.append(Doubt(at, code, "unit", "", f"没有单位; 按 {quantity.unit} 处理", f"no unit; taken for {quantity.unit}"))
        return
    zh = f"未知单位, 应为 {quantity.unit}; 同义写法在布局的 [units] 中说明"
    en = f"unknown unit, expected {quantity.unit}; name other spellings in the layout's [units]"
    doubts.append(Doubt(at, code, "unit", unit, zh, en, error=True))


def _check_numbers(at: int, code: str, texts: dict[str, str], quantity: Quantity, layout: Layout, doubts: list[Doubt]) -> None:
    found: dict[str, float] = {}
    for name in NUMBERS:
        text = texts.get(name, "")
        value = number(text)
        if value is not None:
            found[name] = value
            if not text.isascii():
                doubts.append(Doubt(at, code, name, text, "全角数字", "full-width digits"))
            if quantity.kind is not Kind.SWITCH and not quantity.low <= value <= quantity.high:
                bounds = f"{quantity.low:g} - {quantity.high:g} {quantity.unit}"
                doubts.append(Doubt(at, code, name, text, f"超出物理范围 {bounds}", f"outside of physical range {bounds}"))
        elif text not in layout.no_value:
            comma = normalize("NFKC", text).count(",") > 0
            zh, en = ("小数逗号: 请改为小数点", "a decimal comma: write a point") if comma else ("不是数值", "not a number")
            doubts.append(Doubt(at, code, name, text, zh, en, error=True))
    if "range_low" in found and "range_high" in found and found["range_low"] >= found["range_high"]:
        zh, en = "低量程不小于高量程", "the range begins at or above its end"
        doubts.append(Doubt(at, code, "range_high", texts["range_high"], zh, en, error=True))
