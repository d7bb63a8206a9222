"""One line a message, for people: what `davy tail` prints. Pure."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from console.cli import lines_care as care
from console.cli.seen import Seen
from console.cli.table import padded, plain
from contracts import quality
from contracts.care import Answer, Reported, Sealed
from contracts.clock import SECOND, iso
from contracts.columns import Block
from contracts.payload import (
    CLOCK_SET_BACK,
    CLOCK_UNSURE,
    Batch,
    Birth,
    Event,
    Finding,
    Item,
    Lost,
    Poll,
    Receipt,
    RegistryPart,
    Returns,
    State,
    Told,
)
from contracts.points import Point, Registry

SHOWN = 4
"""Readings of a batch, and points of a first state, that are printed; the rest is counted."""
SHOWN_BYTES = 32
FLAGS = {CLOCK_SET_BACK: "时钟回拨 clock set back", CLOCK_UNSURE: "时钟不可信 clock unsure"}


def line(seen: Seen) -> str:
    """`2026-11-24T13:32:25.123Z  demo-a/gate-1  live  ...`; what cannot be read is shown with the reason."""
    who = padded(str(seen.gateway), 20) + " " + padded(str(seen.lane), 8) if seen.gateway else plain(seen.arrived.topic)
    parts = [*_said(seen)]
    if seen.refused:
        parts.append(f"不可接受 refused: {seen.refused[0]}: {seen.refused[1]}")
    if seen.message is None:
        parts.append(_raw(seen.arrived.payload))
    if seen.arrived.retained:
        parts.append("保留 retained")
    return f"{stamp(seen.at)}  {who} {plain(' · '.join(parts))}"


def stamp(micros: int) -> str:
    """ISO-8601 to the millisecond."""
    return f"{iso(micros)[:23]}Z"


def _said(seen: Seen) -> Iterator[str]:
    if seen.message is not None:
        yield from SENTENCES[type(seen.message)](seen.message, seen)


def _item(item: Item, seen: Seen) -> Iterator[str]:
    yield from SENTENCES[type(item.body)](item.body, seen)
    yield f"{item.epoch}#{item.seq}"


def _batch(batch: Batch, seen: Seen) -> Iterator[str]:
    if seen.block is not None:
        yield f"读数 readings {len(seen.block)}"
        if len(seen.block):
            yield _span(seen.block)
            yield ", ".join(_readings(seen.block, seen.registry))
    polls = [_poll(poll) for poll in batch.polls]
    if polls:
        yield f"巡检 polls {', '.join(polls)}"
    yield from (words for bit, words in FLAGS.items() if batch.flags & bit)
    yield f"测点表 registry {batch.registry}" + ("" if seen.registry else " (未见 not seen)")


def _span(block: Block) -> str:
    first, last = int(block.time.min()), int(block.time.max())
    return stamp(first) + (f" +{(last - first) / SECOND:g} s" if last > first else "")


def _readings(block: Block, registry: Registry | None) -> Iterator[str]:
    rows = zip(block.point[:SHOWN].tolist(), block.value[:SHOWN].tolist(), block.quality[:SHOWN].tolist(), strict=True)
    for number, value, bits in rows:
        name, unit = f"#{number}", ""
        if registry and number < len(registry.points):
            point = registry.points[number]
            name, unit = point.id, _unit(point)
        yield f"{name}={value!r}{unit}{_quality(bits)}"
    if len(block) > SHOWN:
        yield f"… +{len(block) - SHOWN}"


def _unit(point: Point) -> str:
    return f" {point.measures.unit}" if point.measures.unit else ""


def _quality(bits: int) -> str:
    named = (f"{zh} {en}" for zh, en in zip(quality.words(bits, "zh"), quality.words(bits, "en"), strict=True))
    return f" [{', '.join(named)}]" if bits else ""


def _poll(poll: Poll) -> str:
    return f"{poll.source} {poll.answered}/{poll.count}"


def _part(part: RegistryPart, seen: Seen) -> Iterator[str]:
    yield f"测点表 registry {part.name} {part.part + 1}/{part.parts}"
    if seen.registry:
        yield f"{seen.registry.mine_zh} {seen.registry.mine_en}, 测点 points {len(seen.registry.points)}"


def _event(event: Event, seen: Seen) -> Iterator[str]:
    number = seen.registry.number.get(event.point) if seen.registry else None
    unit, place = "", ""
    if seen.registry and number is not None:
        point = seen.registry.points[number]
        unit, place = _unit(point), f" {point.place_zh} {point.place_en}"
    yield f"{event.point}{place}"
    yield f"{event.rule} {event.change}" + (" 未核实 unverified" if event.unverified else "")
    yield f"数值 value {_number(event.value)}{unit}{_quality(event.quality)}"
    yield f"限值 limit {_number(event.limit)}{unit}" if event.limit is not None else "限值 limit 未知 unknown"
    yield stamp(event.time)
    yield f"依据 clause {event.clause}"
    yield event.reason


def _returns(told: Returns, _seen: Seen) -> Iterator[str]:
    yield f"测点 points {len(told.points)}: {', '.join(told.points[:SHOWN])}{' …' if len(told.points) > SHOWN else ''}"
    yield f"{told.rule} {told.change}"
    yield stamp(told.time)
    yield told.reason


def _finding(found: Finding, _seen: Seen) -> Iterator[str]:
    yield f"模型 model {found.what} {found.subject}"
    yield f"测点 points {', '.join(found.points[:SHOWN])}{' …' if len(found.points) > SHOWN else ''}"
    yield f"可信度 sure {found.sure:g}"
    yield f"{stamp(found.since)} – {stamp(found.ended) if found.ended else '仍在继续 goes on'}"
    yield f"模型包 bundle {found.models}"


def _number(value: float | None) -> str:
    return "?" if value is None else repr(value)


def _lost(lost: Lost, _seen: Seen) -> Iterator[str]:
    yield f"丢失 lost {lost.stream} {lost.epoch}#{lost.first}–{lost.last} ({lost.reason})"


def _birth(birth: Birth, seen: Seen) -> Iterator[str]:
    yield f"出生 birth, 代理 agent {birth.agent}"
    offset = f" {(birth.clock - seen.at) / SECOND:+.3f} s" if not seen.arrived.retained else ""
    yield f"时钟 clock {birth.clock_state} {stamp(birth.clock)}{offset}"
    yield f"测点表 registry {birth.registry}"
    yield f"规则 pack {birth.pack}"
    yield f"周期 period {birth.period / SECOND:g} s"
    for extent in birth.catalogue:
        ended = " 已结束 closed" if extent.closed else ""
        yield f"{extent.stream} {extent.epoch} 已产生 made {extent.made}, 仍有 held from {extent.first_held}{ended}"
    if birth.blank_disk:
        yield "空磁盘 blank disk"
    yield f"代 generation {birth.generation or '-'}"


def _state(state: State, _seen: Seen) -> Iterator[str]:
    yield ("在线 online" if state.online else "离线 offline") + (f" {stamp(state.at)}" if state.at else "")


def _receipt(receipt: Receipt, _seen: Seen) -> Iterator[str]:
    yield f"回执 receipt {receipt.serial}, 代 generation {receipt.generation}"
    yield f"信用 credit {receipt.credit / 1024:g} KiB"
    yield from map(_told, receipt.epochs)


def _told(told: Told) -> str:
    above = sum(last - first + 1 for first, last, _ in told.held if first > told.through)
    dead, lost = (sum(last - first + 1 for first, last in ranges) for ranges in (told.dead, told.lost))
    counts = (("其上 above", above), ("死信 dead", dead), ("丢失 lost", lost))
    rest = "".join(f", {name} {count}" for name, count in counts if count)
    return f"{told.stream} {told.epoch} 连续至 through {told.through}{rest}"


def _raw(payload: bytes) -> str:
    """The bytes of what has no struct, or cannot be read: JSON as it is, else the first of them in hex."""
    size = f"{len(payload)} 字节 bytes"
    try:
        msgspec.json.decode(payload)
        text = payload.decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"{size}: {payload[:SHOWN_BYTES].hex(' ')}{' …' if len(payload) > SHOWN_BYTES else ''}"
    return f"{size}: {text[:200]}{' …' if len(text) > 200 else ''}"


SENTENCES: dict[type, Callable[[Any, Seen], Iterator[str]]] = {
    Item: _item,
    Batch: _batch,
    RegistryPart: _part,
    Event: _event,
    Returns: _returns,
    Finding: _finding,
    Lost: _lost,
    Birth: _birth,
    State: _state,
    Receipt: _receipt,
    Sealed: lambda envelope, seen: care.sealed(envelope, seen.lane),
    Reported: lambda told, _seen: care.reported(told),
    Answer: lambda told, _seen: care.answer(told),
}
