"""The points of a gateway: has each a limit, does a source read each, and does each stand at a place of its own?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from alerts.packs import load
from alerts.packs.pack import Pack
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.errors import BadConfig
from contracts.points import Point, read_registry
from contracts.registers import RegisterMap, read_register_map
from contracts.units import OWN_WORD
from edge_agent.config import EdgeSettings
from edge_agent.sources.json_mapping import JsonMapping
from edge_agent.sources.opc_nodes import OpcNodes
from edge_agent.sources.point_mapping import unmapped
from edge_agent.sources.settings import AnySource, ModbusRtuSettings, ModbusTcpSettings, MqttJsonSettings, OpcUaSettings

MOST_NAMED = 8


def judge_rows(points: Sequence[Point], pack: Pack) -> Verdict | None:
    """A limit row that the pack does not know, or one for something else; None where all are in order. Of a quantity that the pack has no
    row for (wind) nothing is watched, whatever a row is called."""
    for point in points:
        row = pack.rows.get(point.limit_row)
        known = ", ".join(one.id for one in pack.rows.values() if one.quantity == point.quantity)
        unknown = row is None and bool(point.limit_row and known)
        if unknown or (row is not None and row.quantity != point.quantity):
            return wrong(
                f"测点 {point.id} 的限值行 {point.limit_row} 不在规程包 {pack.id} 中, 或不是 {point.quantity} 的",
                f"limit row {point.limit_row} of point {point.id} is not in pack {pack.id}, or not for {point.quantity}",
                f"改为其中一行 (davy edge import --mapping): {known or '-'}",
                f"choose one of its rows (davy edge import --mapping): {known or '-'}",
            )
    return None


def judge_limits(unknown: Sequence[str], count: int) -> Verdict:
    """`unknown`: points of a quantity the regulation limits, without a row; `count`: all points."""
    if unknown:
        return warning(
            f"{len(unknown)} 个测点没有限值行, 达到限值也不报警: {named(unknown)}",
            f"{len(unknown)} points have no limit row, so no limit alarm: {named(unknown)}",
            "由有名有姓的人对应规程的行: davy edge import points.json --mapping places.csv --by 姓名",
            "let a named person map them to rows of the regulation: davy edge import points.json --mapping places.csv --by NAME",
        )
    return ok(f"测点 {count}, 限值行齐全", f"{count} points, each that the regulation limits has its row")


def judge_unread(unread: Sequence[str]) -> Verdict:
    return warning(
        f"没有来源读取: {named(unread)}; 它们将一直是未知",
        f"no source reads {named(unread)}: unknown for ever",
        "在寄存器表 (节点、映射) 中写明, 或从测点表中去掉",
        "say where they stand in the register map (nodes, mapping), or take them out of the point registry",
    )


def judge_twice(twice: Sequence[str]) -> Verdict:
    return warning(
        f"同一寄存器读作几个测点: {named(twice)}",
        f"one register is read as several points: {named(twice)}",
        "核对寄存器表的地址; 一个字中的几位用 bit 区分",
        "check the addresses of the register map; several bits of a word are told apart by bit",
    )


def named(points: Sequence[str]) -> str:
    """The first of them."""
    more = len(points) - MOST_NAMED
    return ", ".join(points[:MOST_NAMED]) + (f" (+{more})" if more > 0 else "")


def probe_points(site: Site) -> list[Finding]:
    """Nothing of a gateway whose files cannot be read (`configuration` says so)."""
    pack = load()
    out = []
    for edge in site.edges:
        try:
            registry = read_registry(Path(edge.points).read_bytes())
        except (OSError, BadConfig):
            continue
        in_use = [point for point in registry.points if point.valid_to is None or point.valid_to > site.now]
        limits = judge_rows(in_use, pack) or judge_limits([doubt.point for doubt in unmapped(registry, pack)], len(in_use))
        out.append(Finding(edge.points, limits))
        out += _places(edge, in_use)
    return out


def _places(edge: EdgeSettings, in_use: Iterable[Point]) -> list[Finding]:
    try:
        read = [names_of(source) for source in edge.sources]
        maps = [found for source in edge.sources for found in maps_of(source)]
    except (OSError, BadConfig, ValueError):
        return []
    known = {name for names in read if names is not None for name in names}
    unread = [point.id for point in in_use if point.id not in known and point.quantity not in OWN_WORD]
    out = [Finding(edge.points, judge_unread(unread))] if unread and None not in read else []
    twice = [names for found in maps for names in shared(found)]
    return [*out, *([Finding(edge.points, judge_twice(twice))] if twice else [])]


def maps_of(source: AnySource) -> list[RegisterMap]:
    """The register maps it names; BadConfig or OSError where one cannot be read."""
    paths: tuple[str, ...] = ()
    if isinstance(source, ModbusTcpSettings):
        paths = (source.registers,)
    elif isinstance(source, ModbusRtuSettings):
        paths = source.registers
    return [read_register_map(Path(path).read_bytes()) for path in paths]


def names_of(source: AnySource) -> set[str] | None:
    """The points a source is told of; None where its files name them as they come."""
    if isinstance(source, ModbusTcpSettings | ModbusRtuSettings):
        return {register.point for found in maps_of(source) for register in found.registers}
    if isinstance(source, OpcUaSettings):
        return {node.point for node in msgspec.json.decode(Path(source.nodes).read_bytes(), type=OpcNodes).nodes}
    if isinstance(source, MqttJsonSettings):
        mapping = msgspec.json.decode(Path(source.mapping).read_bytes(), type=JsonMapping)
        return {point.point for topic in mapping.topics for point in topic.points}
    return None


def shared(registers: RegisterMap) -> list[str]:
    """Points of one device that stand on one another, as `A = B`."""
    at: dict[tuple[str, int, int | None], list[str]] = defaultdict(list)
    for register in registers.registers:
        table = registers.table_of(register)
        for address in range(register.address, register.address + registers.size_of(register)):
            at[table, address, register.bit].append(register.point)
    return list(dict.fromkeys(" = ".join(points) for points in at.values() if len(points) > 1))
