"""`davy edge probe SOURCE`: what a device answers right now, point by point. It reads once, keeps nothing and sends nothing."""

import asyncio
import math
from pathlib import Path
from typing import Any

import click
import msgspec
import numpy as np

from alerts.packs import load
from alerts.packs.pack import Pack
from console.cli.checks.locks import look as look_at
from console.cli.files import configured
from console.cli.probe_table import lines_of
from contracts import quality
from contracts.checks import Bounds, flagged
from contracts.clock import MINUTE, SystemClock, iso
from contracts.columns import Block
from contracts.errors import BadConfig
from contracts.points import Point, Registry, read_registry
from edge_agent.config import EdgeSettings, check
from edge_agent.sources import AnySource
from edge_agent.sources.once import look


class Probed(msgspec.Struct, frozen=True):
    """One point. `value` None: nothing came (`time` None) or it is no number. `limit`: the row's alarm limit, where one is known."""

    point: str
    quantity: str
    name_zh: str
    name_en: str
    raw: str
    value: float | None
    unit: str
    time: str | None
    quality: int
    quality_zh: list[str]
    quality_en: list[str]
    limit_row: str
    limit: float | None
    doubts: list[tuple[str, str]]


class Probe(msgspec.Struct, frozen=True):
    """What came of it. `unanswered`: polls (a source may have several) that nobody answered. `why`: what the source says is missing."""

    source: str
    kind: str
    seconds: float
    why: str
    unanswered: list[str]
    points: list[Probed]
    agent: int | None = None
    """Process id of an agent that reads it at this moment."""


@click.command(name="probe")
@click.argument("source")
@click.option("--config", "path", metavar="FILE", required=True, help="边缘代理的配置 / configuration of the edge agent (TOML)")
@click.option(
    "--wait", "wait_s", type=click.FloatRange(0.1, 600), default=10.0, show_default=True, help="最多等待的秒数 / seconds to wait at most"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def command(source: str, path: str, wait_s: float, as_json: bool) -> int:
    """读一次 SOURCE 并显示设备的应答, 只读不写 / read SOURCE once and show what it answers; nothing is written."""
    settings = check(configured(EdgeSettings, path))
    section = named(settings, source)
    try:
        registry = read_registry(Path(settings.points).read_bytes())
    except OSError as error:
        raise BadConfig("points", settings.points, f"a point registry that can be read ({error})") from error
    lock = look_at(Path(settings.folder) / "owner")
    found = asyncio.run(probe(section, registry, lock.pid if lock.held else None, wait_s))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=1))
    else:
        for line in lines_of(found):
            click.echo(line)
    return 0 if any(point.time for point in found.points) else 1


def named(settings: EdgeSettings, name: str) -> AnySource:
    """The section of that name, or BadConfig saying which there are."""
    for source in settings.sources:
        if source.name == name:
            return source
    raise BadConfig("SOURCE", name, ", ".join(source.name for source in settings.sources))


async def probe(section: AnySource, registry: Registry, agent: int | None, wait_s: float) -> Probe:
    """What the source answers, row by row of its points."""
    clock = SystemClock()
    found = await look(section, registry, clock.now, wait_s)
    newest = _newest(found.block, Bounds.of(registry)) if found.block is not None else {}
    now, pack = clock.now(), load()
    rows = [_row(registry.points[at], found.raw.get(at, ""), newest.get(at), pack, now) for at in sorted({*found.raw, *newest})]
    return Probe(section.name, section.kind, round(found.seconds, 3), found.why, list(found.silent), rows, agent)


Reading = tuple[int, float, int]
"""Time, value, quality."""


def _newest(block: Block, bounds: Bounds) -> dict[int, Reading]:
    block = flagged(block, bounds).take(np.argsort(block.time, kind="stable"))
    columns = (column.tolist() for column in (block.point, block.time, block.value, block.quality))
    return {point: (at, value, bits) for point, at, value, bits in zip(*columns, strict=True)}


def _row(point: Point, raw: str, reading: Reading | None, pack: Pack, now: int) -> Probed:
    measures = point.measures
    at, value, bits = reading if reading else (None, math.nan, 0)
    row = pack.rows.get(point.limit_row)
    limit = row.alarm_ge if row else None
    number = value if math.isfinite(value) else None
    words: dict[str, Any] = {lang: quality.words(bits, lang) for lang in ("zh", "en")}
    return Probed(
        point.id,
        measures.name,
        f"{point.place_zh} {measures.zh}",
        f"{point.place_en} {measures.en}",
        raw,
        number,
        measures.unit,
        iso(at) if at is not None else None,
        bits,
        words["zh"],
        words["en"],
        point.limit_row,
        limit,
        _doubts(point, at, number, limit, bits, now) + _row_doubts(point, pack),
    )


def _doubts(point: Point, at: int | None, value: float | None, limit: float | None, bits: int, now: int) -> list[tuple[str, str]]:
    """What somebody should look at before trusting it, in both languages."""
    measures = point.measures
    if at is None:
        return [("无应答", "no answer")]
    out = []
    if bits & quality.OUT_OF_RANGE:
        bounds = f"{measures.low:g} … {measures.high:g} {measures.unit}".rstrip()
        out.append((f"超出物理范围 {bounds}: 核对格式、字节顺序、倍率、地址", f"outside {bounds}: check form, byte order, scale, address"))
    if value is None:
        out.append(("不是数值", "not a number"))
    if abs(now - at) > MINUTE:
        out.append((f"时间 {iso(at)[:19]}Z 与本机相差一分钟以上", f"stamped {iso(at)[:19]}Z, over a minute from our clock"))
    if value is not None and limit is not None and value >= limit:
        out.append((f"达到报警值 {limit:g}", f"at or above the alarm limit {limit:g}"))
    return out


def _row_doubts(point: Point, pack: Pack) -> list[tuple[str, str]]:
    if not point.limit_row or point.limit_row in pack.rows:
        return []
    return [(f"规程包 {pack.id} 没有限值行 {point.limit_row}", f"pack {pack.id} has no limit row {point.limit_row}")]
