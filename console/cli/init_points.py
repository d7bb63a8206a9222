"""The point list of `davy init`: rows of texts to a point registry and to what says where each point stands. Pure."""

import json
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from alerts.packs.pack import Pack
from contracts.errors import BadConfig
from contracts.points import Registry, check_registry
from contracts.registers import Form, Order, RegisterMap, Table, read_register_map
from contracts.units import OWN_WORD, QUANTITIES
from edge_agent.sources.kj_layout import Layout
from edge_agent.sources.point_import import Doubt, Imported, import_points
from edge_agent.sources.point_list import Rows
from edge_agent.sources.point_mapping import map_places, unmapped

COLUMNS: dict[str, tuple[str, ...]] = {
    "point": ("测点", "测点编码", "id"),
    "sensor_type": ("测量", "传感器类型", "quantity", "type"),
    "unit": ("单位",),
    "area": ("区域",),
    "place": ("安装位置", "位置", "place_zh"),
    "place_en": ("英文位置",),
    "serial": ("编号", "出厂编号"),
    "limit_row": ("限值行", "规程限值行"),
    "station": ("站号", "从站", "slave"),
    "address": ("地址", "寄存器地址", "register"),
    "form": ("格式", "数据格式", "format"),
    "decimals": ("小数位",),
    "scale": ("倍率",),
    "offset": ("偏移",),
    "order": ("字节序",),
    "table": ("寄存器类型",),
    "bit": ("位",),
    "state_address": ("状态地址",),
    "node": ("节点",),
    "topic": ("主题", "filter"),
    "path": ("字段", "路径"),
}
"""Column to the other headings it may have. What a source kind does not know is left unread."""
NEEDED = {"modbus_tcp": ("address",), "modbus_rtu": ("address",), "opc_ua": ("node",), "mqtt_json": ("topic", "path")}
"""What a row must say beside point and quantity, by kind of source."""
UNITS = {"%": "%CH4", "℃": "°C", "degC": "°C", "M/S": "m/s", "m³/min": "m3/min", "PPM": "ppm"}
_Enum = TypeVar("_Enum", Form, Order, Table)


@dataclass(frozen=True, slots=True)
class Listed:
    """What a list became. `files`: what the source needs beside the registry, by name; `doubts`: what somebody should see."""

    registry: Registry
    codes: dict[str, str]
    doubts: list[Doubt]
    stations: tuple[int, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)


def layout_for(vendor: Layout | None = None) -> Layout:
    """Our headings and the words of our quantities; a vendor's own layout goes before them."""
    columns = {name: column for column, others in COLUMNS.items() for name in (column, column.capitalize(), *others)}
    known = [quantity for quantity in QUANTITIES.values() if quantity.name not in OWN_WORD]
    words = {word: quantity.name for quantity in known for word in (quantity.name, quantity.zh, quantity.en)}
    if vendor is None:
        return Layout("davy init", {}, columns=columns, quantities={**words, "瓦斯": "methane"}, units=UNITS)
    return msgspec.structs.replace(
        vendor,
        columns=columns | vendor.columns,
        quantities=words | vendor.quantities,
        units=UNITS | vendor.units,
    )


def row_of(text: str) -> dict[str, str]:
    """One point as it is typed: `T01 quantity=methane place=工作面 address=0 decimals=2`; BadConfig naming what is not understood."""
    try:
        first, *pairs = shlex.split(text)
    except ValueError as error:
        raise BadConfig("--point", text, f"POINT key=value ... ({error})") from error
    columns = {name: column for column, others in COLUMNS.items() for name in (column, *others)}
    row = {"point": first}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or key not in columns or columns[key] in row:
            raise BadConfig("--point", pair, f"key=value, each key once, of {', '.join(['quantity', *list(COLUMNS)[2:]])}")
        row[columns[key]] = value
    return row


def listed(rows: Rows, kind: str, empty: Registry, vendor: Layout | None, pack: Pack, by: str) -> Listed:
    """The registry and the source's files; BadConfig naming row, column, value and what is allowed at the first error."""
    if not rows:
        raise BadConfig("--points", "", "at least one point")
    made = import_points(rows, layout_for(vendor), Imported(empty), None)
    pairs = [(at, texts["point"], texts["limit_row"]) for at, texts in rows if texts.get("limit_row")]
    if pairs and not by:
        raise BadConfig("--by", by, "the name of the person who answers for the limit rows of the list")
    map_places(made, pairs, by, pack)
    for doubt in made.doubts:
        if doubt.error:
            raise BadConfig(f"row {doubt.row} ({doubt.point}), {doubt.field}", doubt.value, f"{doubt.zh} / {doubt.en}{_known(doubt)}")
    stations, files = _FILES.get(kind, _nothing)(rows, made)
    return Listed(check_registry(made.registry), made.codes, made.doubts + unmapped(made.registry, pack), stations, files)


def _known(doubt: Doubt) -> str:
    return f": {', '.join(name for name in QUANTITIES if name not in OWN_WORD)}" if doubt.field == "sensor_type" else ""


Files = tuple[tuple[int, ...], dict[str, bytes]]


def _nothing(_rows: Rows, _made: Imported) -> Files:
    return (), {}


def _modbus(rows: Rows, made: Imported) -> Files:
    """A register map for each unit, in the order of the list."""
    maps: dict[int, list[tuple[int, dict[str, Any]]]] = {}
    for at, texts in _distinct(rows):
        need(at, texts, "address")
        station = _whole(at, texts, "station", 1)
        maps.setdefault(station, []).append((at, _register(at, texts, made)))
    files = {}
    for station, registers in maps.items():
        data = as_json({"unit": station, "registers": [register for _, register in registers]})
        _checked(data, [at for at, _ in registers])
        files[registers_name(station, len(maps))] = data
    return tuple(maps), files


def registers_name(station: int, count: int) -> str:
    """The file of a unit's register map."""
    return "registers.json" if count == 1 else f"registers-{station}.json"


def _register(at: int, texts: Mapping[str, str], made: Imported) -> dict[str, Any]:
    out: dict[str, Any] = {"point": _id(texts, made), "address": _whole(at, texts, "address", 0)}
    out["form"] = _one_of(at, texts, "form", Form, Form.U16)
    for name in ("decimals", "bit", "state_address"):
        if texts.get(name):
            out[name] = _whole(at, texts, name, 0)
    for name in ("scale", "offset"):
        if texts.get(name):
            out[name] = _number(at, texts, name)
    if texts.get("order"):
        out["order"] = _one_of(at, texts, "order", Order, Order.ABCD)
    if texts.get("table"):
        out["table"] = _one_of(at, texts, "table", Table, Table.HOLDING)
    return out


def _checked(data: bytes, rows: Sequence[int]) -> RegisterMap:
    """As the agent reads it; what it refuses is told by the row of the list."""
    try:
        return read_register_map(data)
    except BadConfig as error:
        place, _, key = error.key.removeprefix("registers[").partition("].")
        where = f"row {rows[int(place)]}, {key}" if key else f"station ({error.key})"
        raise BadConfig(where, error.value, error.allowed) from error


def _opc_ua(rows: Rows, made: Imported) -> Files:
    nodes = []
    for at, texts in _distinct(rows):
        need(at, texts, "node")
        nodes.append({"point": _id(texts, made), "node": texts["node"], **_scaled(at, texts)})
    return (), {"nodes.json": as_json({"nodes": nodes})}


def _mqtt_json(rows: Rows, made: Imported) -> Files:
    topics: dict[str, list[dict[str, Any]]] = {}
    for at, texts in _distinct(rows):
        need(at, texts, "topic")
        need(at, texts, "path")
        topics.setdefault(texts["topic"], []).append({"point": _id(texts, made), "path": texts["path"], **_scaled(at, texts)})
    return (), {"mapping.json": as_json({"topics": [{"filter": topic, "points": points} for topic, points in topics.items()]})}


_FILES: dict[str, Callable[[Rows, Imported], Files]] = {
    "modbus_tcp": _modbus,
    "modbus_rtu": _modbus,
    "opc_ua": _opc_ua,
    "mqtt_json": _mqtt_json,
}


def _distinct(rows: Rows) -> Rows:
    """The same row again is taken once (the import says so); one that differs was refused before."""
    return list({texts["point"]: (at, texts) for at, texts in reversed(rows)}.values())[::-1]


def _id(texts: Mapping[str, str], made: Imported) -> str:
    return made.codes.get(texts["point"], texts["point"])


def _scaled(at: int, texts: Mapping[str, str]) -> dict[str, float]:
    return {name: _number(at, texts, name) for name in ("scale", "offset") if texts.get(name)}


def need(at: int, texts: Mapping[str, str], name: str) -> None:
    """BadConfig where the row does not say it."""
    if not texts.get(name):
        raise BadConfig(f"row {at} ({texts.get('point', '')}), {name}", "", f"a value: column {name} or {', '.join(COLUMNS[name])}")


def _whole(at: int, texts: Mapping[str, str], name: str, default: int) -> int:
    text = texts.get(name, "") or str(default)
    try:
        return int(text)
    except ValueError as error:
        raise BadConfig(f"row {at} ({texts['point']}), {name}", text, "a whole number") from error


def _number(at: int, texts: Mapping[str, str], name: str) -> float:
    try:
        return float(texts[name])
    except ValueError as error:
        raise BadConfig(f"row {at} ({texts['point']}), {name}", texts[name], "a number, as 0.01") from error


def _one_of(at: int, texts: Mapping[str, str], name: str, kind: type[_Enum], default: _Enum) -> _Enum:
    text = texts.get(name, "").lower() or default.value
    try:
        return kind(text)
    except ValueError as error:
        raise BadConfig(f"row {at} ({texts['point']}), {name}", texts[name], ", ".join(kind)) from error


def as_json(what: object) -> bytes:
    """As people read it."""
    return (json.dumps(what, ensure_ascii=False, indent=1, default=str) + "\n").encode()
