"""`davy edge import`: a vendor's point list to a point registry, shown for review, written only where nothing is wrong."""

import os
from pathlib import Path

import click
import msgspec

from alerts.packs import load
from alerts.packs.pack import Pack
from console.cli.table import plain, table
from contracts.clock import from_iso, iso
from contracts.errors import BadConfig
from contracts.points import Registry, check_registry, read_registry
from edge_agent.sources.kj_layout import Layout, read_layout
from edge_agent.sources.kj_points import PointIndex, read_codes
from edge_agent.sources.kj_settings import Definition, Finding, defined, findings
from edge_agent.sources.point_import import Imported, import_points
from edge_agent.sources.point_list import Rows, read_point_list
from edge_agent.sources.point_mapping import map_places, read_mapping, unmapped

HEAD = {
    "zh": ("测点", "测量", "单位", "区域", "安装位置", "规程限值行", "自", "至"),
    "en": ("point", "measures", "unit", "area", "place", "limit row", "from", "to"),
}
DOUBTS = {"zh": ("", "行", "测点", "字段", "值", "说明"), "en": ("", "row", "point", "field", "value", "what")}
GRADES = {"zh": ("疑问", "错误"), "en": ("doubt", "ERROR")}


@click.command(name="import")
@click.argument("file")
@click.option("--mine", required=True, metavar="ID", help="矿井标识 / id of the mine")
@click.option("--layout", metavar="FILE", help="厂家布局 (TOML) / the vendor's layout; a registry (.json) needs none")
@click.option("--mine-zh", default="", help="矿名 / the mine's Chinese name")
@click.option("--mine-en", default="", help="英文矿名 / the mine's English name")
@click.option("--onto", metavar="FILE", help="现有测点表, 在其上更新 / the registry there is, to be brought up to date")
@click.option("--codes", metavar="FILE", default="", help="现有编码对照 / the codes that belong to --onto")
@click.option("--at", metavar="TIME", help="变动时间, ISO 8601 / when what is new or moved was installed")
@click.option("--mapping", metavar="FILE", help="位置与规程行对照 (CSV: place,row) / places and limit rows")
@click.option("--by", metavar="NAME", default="", help="对照负责人姓名 / the person who answers for --mapping")
@click.option("--out", metavar="FILE", help="写到此文件; 不给则只查看 / write here; without it the list is only shown")
@click.option("--codes-out", metavar="FILE", help="编码对照写到此文件 / write the codes that are no point ids here")
@click.option("--force", is_flag=True, help="允许覆盖 / may overwrite")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", help="显示语言 / language of the review")
@click.pass_context
def command(
    ctx: click.Context,
    file: str,
    mine: str,
    layout: str | None,
    mine_zh: str,
    mine_en: str,
    onto: str | None,
    codes: str,
    at: str | None,
    mapping: str | None,
    by: str,
    out: str | None,
    codes_out: str | None,
    force: bool,
    lang: str,
) -> None:
    """把厂家测点清单 (CSV、XLSX、CDDY) 变成测点表 / turn a vendor's point list into a point registry."""
    if bool(mapping) != bool(by.strip()):
        raise BadConfig("--by", by, "the name of the person who answers for --mapping, and only with it")
    is_registry = file.lower().endswith(".json")
    there = _registry(file if is_registry else onto, Registry(mine, mine_zh or mine, mine_en or mine, ()))
    if there.mine != mine:
        raise BadConfig("--mine", mine, f"the mine of the registry ({there.mine})")
    if is_registry and onto:
        raise BadConfig("--onto", onto, "nothing, where FILE is a registry itself")
    read = None if is_registry else _layout(layout)
    rows = [] if read is None else read_point_list(file, read)
    before = Imported(there, read_codes(codes, there))
    made = before if read is None else import_points(rows, read, before, _time(at))
    pack = load()
    if mapping:
        map_places(made, read_mapping(mapping), by.strip(), pack)
    made.doubts += unmapped(made.registry, pack)
    check_registry(made.registry)
    _show(made, [] if read is None else _looser(rows, read, made, pack), lang)
    if made.refused:
        click.echo({"zh": "有错误, 未写入。", "en": "Errors stand: nothing was written."}[lang])
        ctx.exit(1)
    if out:
        _write(made, out, codes_out, force, lang)


def _registry(path: str | None, empty: Registry) -> Registry:
    if path is None:
        return empty
    try:
        return read_registry(Path(path).read_bytes())
    except OSError as error:
        raise BadConfig("registry", path, f"a readable file ({error.strerror})") from error


def _layout(path: str | None) -> Layout:
    if path is None:
        raise BadConfig("--layout", "", "the vendor's layout, a TOML file (docs/sources/kj_files.md)")
    return read_layout(path)


def _time(text: str | None) -> int | None:
    try:
        return None if text is None else from_iso(text)
    except ValueError as error:
        raise BadConfig("--at", text, "a time like 2026-11-24T08:00:00Z") from error


def _looser(rows: Rows, layout: Layout, made: Imported, pack: Pack) -> list[Finding]:
    definitions: dict[str, Definition] = {}
    for at, texts in rows:
        definition, _ = defined(at, texts, layout, "")
        if definition is not None:
            definitions[definition.point] = definition
    now = max((point.valid_from for point in made.registry.points), default=0)
    return findings(definitions, layout, PointIndex(made.registry, made.codes), pack, now)


def _show(made: Imported, looser: list[Finding], lang: str) -> None:
    rows = [
        (
            point.id,
            getattr(point.measures, lang),
            point.measures.unit,
            plain(point.area),
            plain(point.place_zh if lang == "zh" else point.place_en),
            f"{point.limit_row} ({plain(point.mapped_by)})" if point.limit_row else "-",
            iso(point.valid_from)[:19] if point.valid_from else "-",
            iso(point.valid_to)[:19] if point.valid_to is not None else "-",
        )
        for point in made.registry.points
    ]
    click.echo("\n".join(table(HEAD[lang], rows)))
    told = [
        (GRADES[lang][doubt.error], str(doubt.row or "-"), *map(plain, (doubt.point, doubt.field, doubt.value[:40], getattr(doubt, lang))))
        for doubt in sorted(made.doubts, key=lambda doubt: not doubt.error)
    ]
    if told:
        click.echo("\n" + "\n".join(table(DOUBTS[lang], told)))
    for finding in looser:
        click.echo(("\n宽于规程: " if lang == "zh" else "\nLooser than the regulation: ") + plain(getattr(finding, lang)))
    errors = sum(doubt.error for doubt in made.doubts)
    counts = (len(made.registry.points), len(made.doubts) - errors, errors, len(looser))
    zh, en = "\n测点 {}, 疑问 {}, 错误 {}, 宽于规程 {}", "\n{} points, {} doubts, {} errors, {} looser settings"
    click.echo((zh if lang == "zh" else en).format(*counts))


def _write(made: Imported, out: str, codes_out: str | None, force: bool, lang: str) -> None:
    """Both files or none; an existing one only with --force."""
    if made.codes and not codes_out:
        raise BadConfig("--codes-out", "", f"a file: {len(made.codes)} codes are no point ids, and the source needs to know them")
    files = [(out, made.registry.data)]
    if codes_out and made.codes:
        files.append((codes_out, msgspec.json.format(msgspec.json.encode(made.codes, order="deterministic"), indent=1)))
    for path, data in files:
        if not force and Path(path).exists() and Path(path).read_bytes() != data:
            raise BadConfig("--out", path, "a file that does not exist yet (or --force)")
    for path, data in files:
        fresh = Path(f"{path}.new")
        try:
            fresh.write_bytes(data)
            os.replace(fresh, path)
        except OSError as error:
            raise BadConfig("--out", path, f"a place that can be written ({error.strerror})") from error
        click.echo({"zh": f"已写入 {path}", "en": f"written: {path}"}[lang])
