"""What a source answers right now, where no agent reads it: does it come in time, at a plausible time, within what is possible?"""

import asyncio
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from console.cli.checks.locks import look as look_at
from console.cli.checks.points import maps_of, named
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.checks import Bounds, flagged
from contracts.clock import HOUR, MINUTE, SystemClock
from contracts.errors import BadConfig
from contracts.points import Registry, read_registry
from contracts.quality import OUT_OF_RANGE
from contracts.registers import Order, Register, from_words
from edge_agent.sources import AnySource
from edge_agent.sources.once import Look, look
from edge_agent.sources.settings import CsvTailSettings, ModbusRtuSettings, ModbusTcpSettings, MqttJsonSettings, ReplaySettings

WAIT_S = 1.0
AHEAD, FEWEST_HOURS = 5 * MINUTE, 1
"""A reading more than 5 min in the future becomes a dead letter (docs/ingest.md)."""


TINY = 1e-20
"""No sensor shows so little; a number whose words are turned round often does."""


@dataclass(frozen=True, slots=True)
class Came:
    """`seconds`: how long one look took; `skew`: newest stamp less now, µs (None: nothing came); `outside`: points whose value nothing can
    have; `orders`: byte orders in which all of these would be possible."""

    seconds: float
    period_s: float
    why: str = ""
    skew: int | None = None
    outside: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()


def judge_came(came: Came) -> Verdict:
    if came.skew is None:
        return wrong(
            f"没有读数: {came.why or '无应答'}",
            f"no reading: {came.why or 'no answer'}",
            "逐点查看: davy edge probe; 检查地址、站号、网线和文件",
            "see it point by point: davy edge probe; check address, unit, cable and file",
        )
    if came.outside:
        turned = f"; {' / '.join(came.orders)} 则合理" if came.orders else ""
        turned_en = f"; in order {' / '.join(came.orders)} they would be possible" if came.orders else ""
        return warning(
            f"不可能的数值: {named(came.outside)}{turned}",
            f"values that cannot be: {named(came.outside)}{turned_en}",
            "核对寄存器表的 order (字节序)、form、decimals、scale 和地址: davy edge probe",
            "check order (of bytes), form, decimals, scale and address in the register map: davy edge probe",
        )
    if came.seconds > came.period_s:
        return warning(
            f"读一次用时 {came.seconds:.2f} 秒, 长于周期 {came.period_s:g} 秒: 会有巡检来不及",
            f"one look takes {came.seconds:.2f} s, longer than the period of {came.period_s:g} s: polls will be passed over",
            "加大 period_s, 或把测点分给几个来源",
            "use a longer period_s, or part the points among several sources",
        )
    if came.why:
        return warning(
            f"部分没有应答: {came.why}",
            f"some of it does not answer: {came.why}",
            "逐点查看: davy edge probe; 核对寄存器表的地址",
            "see it point by point: davy edge probe; check the addresses of the register map",
        )
    return _stamped(came.skew)


def _stamped(skew: int) -> Verdict:
    hours = round(skew / HOUR)
    if skew > AHEAD or (abs(hours) >= FEWEST_HOURS and abs(skew - hours * HOUR) < 2 * MINUTE):
        zone = f"{hours:+03d}:00" if 1 <= abs(hours) <= 14 else "?"
        return warning(
            f"读数的时间与本机相差 {skew / HOUR:+.1f} 小时: 时区不对? (可能应为 zone 再加 {zone})",
            f"its readings are stamped {skew / HOUR:+.1f} h from this machine's clock: another time zone? (zone may lack {zone})",
            "检查来源的 zone 和对方的时钟; 超前 5 分钟以上的读数成为死信",
            "check the source's zone and the other side's clock; readings more than 5 min ahead become dead letters",
        )
    return ok("有读数", "readings come")


def judge_patience(timeout_s: float, period_s: float) -> Verdict | None:
    """A poll that waits longer than its period misses the next one."""
    if timeout_s <= period_s:
        return None
    return warning(
        f"timeout_s {timeout_s:g} 秒长于 period_s {period_s:g} 秒: 设备一次不应答就误了下一次巡检",
        f"timeout_s {timeout_s:g} s is longer than period_s {period_s:g} s: one silence of the device costs the next poll too",
        "加大 period_s, 或把 timeout_s 调小",
        "use a longer period_s, or a smaller timeout_s",
    )


def probe_readings(site: Site) -> list[Finding]:
    """Sources that no agent reads now are looked at once; one that is read is not disturbed (`devices` says how it does)."""
    out = []
    for edge in site.edges:
        held = look_at(Path(edge.folder) / "owner").held
        try:
            registry = read_registry(Path(edge.points).read_bytes())
        except (OSError, BadConfig):
            continue
        for source in edge.sources:
            about = f"{edge.name} {source.name}"
            if isinstance(source, ModbusTcpSettings) and (patience := judge_patience(source.timeout_s, source.period_s)):
                out.append(Finding(about, patience))
            if not held and (came := _came(source, registry)) is not None:
                out.append(Finding(about, judge_came(came)))
    return out


def _came(source: AnySource, registry: Registry) -> Came | None:
    """None where its files are wrong (`configuration` says so), or where a device is silent that `devices` tells of."""
    clock = SystemClock()
    try:
        found = asyncio.run(look(source, registry, clock.now, WAIT_S))
    except (BadConfig, OSError, ValueError):
        return None
    period = source.period_s if isinstance(source, ModbusTcpSettings | ModbusRtuSettings) else math.inf
    if found.block is None or not len(found.block):
        told = isinstance(source, ModbusTcpSettings | MqttJsonSettings | ReplaySettings)
        return None if told else Came(found.seconds, period, found.why)
    block = flagged(found.block, Bounds.of(registry))
    tiny = (block.value != 0) & (np.abs(block.value) < TINY)
    outside = sorted({int(at) for at in block.point[tiny | ((block.quality & OUT_OF_RANGE) != 0)]})
    skew = int(np.max(block.time)) - clock.now()
    stamped = isinstance(source, CsvTailSettings) or not isinstance(source, ModbusTcpSettings | ModbusRtuSettings | ReplaySettings)
    orders = _orders(source, registry, outside, found)
    names = tuple(registry.points[at].id for at in outside)
    return Came(found.seconds, period, found.why, skew if stamped else 0, names, orders)


def _orders(source: AnySource, registry: Registry, outside: list[int], found: Look) -> tuple[str, ...]:
    """Byte orders, none of them the map's own, in which every value that is outside now would be inside."""
    places = {register.point: (register, one.order_of(register)) for one in maps_of(source) for register in one.registers}
    named_points = [(at, registry.points[at]) for at in outside if registry.points[at].id in places]
    asked = [(point, *places[point.id], found.raw.get(at, "")) for at, point in named_points]
    if not asked:
        return ()

    def inside(order: Order) -> bool:
        values = [(point.measures, _turned(register, raw, order)) for point, register, _, raw in asked]
        return all(measures.low <= value <= measures.high and not 0 < abs(value) < TINY for measures, value in values)

    used = {order for _, _, order, _ in asked}
    return tuple(order.value for order in Order if order not in used and inside(order))


def _turned(register: Register, raw: str, order: Order) -> float:
    """The value of the words as the probe shows them, in another order; NaN where they are none."""
    try:
        words = [int(word, 16) for word in raw.split()]
        return from_words(replace(register, order=order), words)
    except (ValueError, OverflowError):
        return math.nan
