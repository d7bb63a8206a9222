"""`davy fleet series`: the programme's targets and what the press told. A third series, never an assessment."""

import click
import httpx

from console.cli.api import Api, both, url_option
from console.cli.fleet_said import correction_option, name_option, stated, written
from console.cli.table import plain, table
from console.web.shapes import Words
from console.web.shapes_fleet_register import Entered, ProgrammeView, SeriesLoaded
from fleet.view import TargetView

HEADER = ("日期 date", "报道数 total", "何数 what", "来源 where", "可信度 confidence")
WHEN = {"past": "过去", "now": "当年", "next": "下一个", "later": "以后"}
NEVER = "三个数列互不相加: 按证据, 官方评定, 媒体报道。/ Three series, never added: by evidence, officially assessed, told by the press."


@click.group(name="series")
def command() -> None:
    """目标和媒体报道数 / targets, and totals told by the press."""


@command.command()
@click.option("--day", help="某日 / as seen from a day; 缺省今日 / default: today")
@url_option
@click.pass_obj
def show(transport: httpx.BaseTransport | None, day: str | None, url: str) -> None:
    """目标、基数、报道数和官方数 / targets with both baselines, told totals, the official count."""
    view = Api(url, transport).get("fleet/series", ProgrammeView, day=day)
    for line in shown(view):
        click.echo(line)


@command.command()
@correction_option
@name_option
@url_option
@click.pass_obj
def load(transport: httpx.BaseTransport | None, correction: str, name: str, url: str) -> None:
    """载入随产品的山西资料, 重复载入不变 / load the product's file; twice changes nothing."""
    done = Api(url, transport).post("fleet/series/load", SeriesLoaded, stated(correction=correction, name=name))
    click.echo(
        f"已录入 entered {len(done.entered)}, 已有 already there {len(done.already)}, 另有不同 standing otherwise {len(done.differs)}"
    )
    for id_ in done.differs:
        click.echo(f"  {plain(id_)}: 已有记录与文件不同, 未改动; 用 --correction 说明原因 / left as it is; say why with --correction")


@command.command()
@click.argument("id_", metavar="ID")
@click.argument("total", metavar="TOTAL", type=int)
@click.option("--date", "day", required=True, help="报道所指日期, 照原文精度 / as exact as it was told: 2023, 2023-04, 2024-12-31")
@click.option("--where", required=True, help="来源 / who told it, where")
@click.option("--confidence", type=click.Choice(["seen", "seen_secondary"]), required=True, help="可信度 / how it was read")
@click.option("--what", default="", help="何数; 缺省 intelligent_mines_total / what was counted")
@click.option("--told-on", default="", help="报道日期 / when it was told")
@click.option("--baseline", default="", help="作为哪个基数 / as which baseline it serves")
@click.option("--note", default="", help="备注 / what does not fit")
@click.option("--note-zh", default="", help="中文备注; 缺省同 --note / the same in Chinese")
@correction_option
@name_option
@url_option
@click.pass_obj
def report(
    transport: httpx.BaseTransport | None,
    id_: str,
    total: int,
    day: str,
    where: str,
    confidence: str,
    what: str,
    told_on: str,
    baseline: str,
    note: str,
    note_zh: str,
    correction: str,
    name: str,
    url: str,
) -> None:
    """录入一个报道数 / enter a total told by the press."""
    body = stated(what=what, told_on=told_on, baseline=baseline, note=note, note_zh=note_zh, correction=correction, name=name)
    body |= {"id": id_, "date": day, "total": total, "where": where, "confidence": confidence}
    click.echo(written(Api(url, transport).post("fleet/series/reported", Entered, body)))


@command.command()
@click.argument("id_", metavar="ID")
@click.option("--year", type=int, required=True, help="年 / the year")
@click.option(
    "--kind", type=click.Choice(["increment", "total", "scope"]), required=True, help="新增, 累计, 或无数字的范围 / what it asks for"
)
@click.option("--value", type=int, help="数 / the number; 范围没有 / none for a scope")
@click.option("--baseline", "baselines", type=(str, int), multiple=True, help="基数 / a baseline: ID VALUE; 可多个 / as many as were told")
@click.option("--zh", default="", help="中文说明 / in Chinese")
@click.option("--en", default="", help="英文说明 / in English")
@click.option("--source", required=True, help="来源 / the paper it stands in")
@click.option("--confidence", type=click.Choice(["seen", "seen_secondary"]), required=True, help="可信度 / how it was read")
@correction_option
@name_option
@url_option
@click.pass_obj
def target(
    transport: httpx.BaseTransport | None,
    id_: str,
    year: int,
    kind: str,
    value: int | None,
    baselines: tuple[tuple[str, int], ...],
    zh: str,
    en: str,
    source: str,
    confidence: str,
    correction: str,
    name: str,
    url: str,
) -> None:
    """录入一个目标 / enter a target."""
    body = stated(value=value, note_zh=zh, note_en=en, correction=correction, name=name)
    body |= {"id": id_, "year": year, "kind": kind, "baselines": dict(baselines), "source": source, "confidence": confidence}
    click.echo(written(Api(url, transport).post("fleet/series/targets", Entered, body)))


def shown(view: ProgrammeView) -> list[str]:
    """The programme as people read it."""
    official = "未录入 not loaded" if view.official is None else str(view.official)
    lines = [f"{view.day}  官方评定煤矿 mines officially assessed: {official}", NEVER, ""]
    for one in view.targets:
        lines += _target(one)
    rows = [(one.date, str(one.total), plain(one.what), plain(one.where), one.confidence) for one in view.reported]
    return [*lines, "", *table(HEADER, rows)] if rows else [*lines, "没有报道数 / nothing told"]


def _target(one: TargetView) -> list[str]:
    asked = {"increment": f"新增 +{one.value}", "total": f"累计 total {one.value}"}.get(one.kind, "未见数字 no number was seen")
    lines = [f"{one.year} ({WHEN[one.when]} {one.when}): {asked}  {plain(both(Words(one.note.zh, one.note.en)))}  [{plain(one.source)}]"]
    for base in one.baselines:
        so = f" → {base.total}: +{base.new}" if base.total is not None else ""
        lines.append(f"    基数 baseline {base.value}{so}  [{plain(base.source)}]")
    if one.official_new is not None:
        lines.append(f"    当年官方新评定 officially assessed new in that year: {one.official_new}")
    return lines
