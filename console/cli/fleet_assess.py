"""`davy fleet assess`: official assessments, from their public notices."""

import base64
import sys

import click
import httpx

from console.cli.api import Api, both, url_option
from console.cli.fleet_said import bytes_of, correction_option, hash_of, name_option, stated, written
from console.cli.table import plain, table
from console.web.shapes import Page, Words
from console.web.shapes_fleet_register import Entered, ListEntered
from fleet.bodies import Level, Object
from fleet.view import NoticeView

HEADER = ("煤矿 mine", "对象 object", "等级 level", "公示 notice", "单位 authority", "文件 document", "至 to", "撤销 revoked", "#")
LEVELS = {Level.PRIMARY: "初级", Level.INTERMEDIATE: "中级", Level.ADVANCED: "高级"}


@click.group(name="assess")
def command() -> None:
    """官方评定 / official assessments, by their notices. 没有公示不计数 / nothing counts without a notice."""


@command.command(name="list")
@click.argument("mine", metavar="[MINE]", required=False)
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, mine: str | None, url: str) -> None:
    """列出公示 / list the notices."""
    found, after = list[NoticeView](), None
    while True:
        page = Api(url, transport).get("fleet/assessments", Page[NoticeView], mine=mine, after=after)
        found, after = found + page.items, page.next
        if after is None:
            break
    for line in table(HEADER, [_row(one) for one in found]) if found else ["未录入 / not loaded"]:
        click.echo(line)


@command.command()
@click.argument("mine", metavar="MINE")
@click.option("--level", type=click.Choice([str(one) for one in Level]), required=True, help="等级: 初级, 中级, 高级 / the level")
@click.option("--notice-date", required=True, help="公示日期 / date of the notice (2026-01-31)")
@click.option("--authority", required=True, help="评定单位 / who assessed it")
@click.option("--document", required=True, help="公示文件 / the notice, by title, number or address")
@click.option(
    "--object", "object_", type=click.Choice([str(one) for one in Object]), default=str(Object.MINE), help="对象 / what was assessed"
)
@click.option("--subject", default="", help="哪个工作面 / which face")
@click.option("--file", "path", metavar="FILE", default="", help="公示文件, 只上报其哈希 / the notice as a file; only its hash is sent")
@click.option("--rule", default="", help="评定办法 (规则包) / the pack it was made by: shanxi-2025, ...")
@click.option("--valid-to", default="", help="有效期至 / the last day it holds")
@click.option("--revoked", default="", help="撤销日期 (更正用) / void from this day on (in a correction)")
@click.option("--id", "id_", default="", help="编号; 更正时必填 / its id; needed in a correction")
@correction_option
@name_option
@url_option
@click.pass_obj
def add(
    transport: httpx.BaseTransport | None,
    mine: str,
    level: str,
    notice_date: str,
    authority: str,
    document: str,
    object_: str,
    subject: str,
    path: str,
    rule: str,
    valid_to: str,
    revoked: str,
    id_: str,
    correction: str,
    name: str,
    url: str,
) -> None:
    """录入一个公示 / enter one notice."""
    body = stated(subject=subject, rule=rule, valid_to=valid_to, revoked=revoked, id=id_, correction=correction, name=name)
    body |= {"mine": mine, "object": object_, "level": level, "notice_date": notice_date, "authority": authority, "document": document}
    if path:
        body["document_sha256"] = hash_of("--file", path)
    click.echo(written(Api(url, transport).post("fleet/assessments", Entered, body)))


@command.command(name="import")
@click.argument("path", metavar="FILE")
@click.option("--level", default="", help="表中没有等级时 / the level, where the list has none")
@click.option("--notice-date", default="", help="表中没有公示日期时 / the notice's date, where the list has none")
@click.option("--authority", default="", help="表中没有评定单位时 / who assessed, where the list has none")
@click.option("--document", default="", help="表中没有文件时 / the notice, where the list has none")
@click.option("--object", "object_", default="", help="表中没有对象时 / what was assessed, where the list has none")
@click.option("--rule", default="", help="评定办法 (规则包) / the pack it was made by")
@click.option("--good-only", is_flag=True, help="有疑问的行跳过, 其余录入 / enter the good rows although others are doubtful")
@click.option("--dry", is_flag=True, help="只检查 / check only, write nothing")
@name_option
@url_option
@click.pass_obj
def import_list(
    transport: httpx.BaseTransport | None,
    path: str,
    level: str,
    notice_date: str,
    authority: str,
    document: str,
    object_: str,
    rule: str,
    good_only: bool,
    dry: bool,
    name: str,
    url: str,
) -> None:
    """录入公示名单 (CSV, XLSX) / enter a published list; every doubtful row is named."""
    body = stated(level=level, notice_date=notice_date, authority=authority, document=document, object=object_, rule=rule, name=name)
    data = base64.b64encode(bytes_of("FILE", path)).decode("ascii")
    body |= {"file": path.rpartition("/")[2], "content_base64": data, "good_only": good_only, "dry": dry}
    outcome = Api(url, transport).post("fleet/assessments/list", ListEntered, body)
    for line in told(outcome):
        click.echo(line)
    if outcome.doubtful:
        sys.exit(1)


def told(outcome: ListEntered) -> list[str]:
    """What came of a list, as people read it."""
    done = "已录入 entered" if outcome.written else "可录入, 未写入 good, not written"
    lines = [
        f"{outcome.rows} 行 rows: {done} {outcome.entered}, 已有 already there {outcome.already}, 有疑问 doubtful {len(outcome.doubtful)}"
    ]
    if outcome.ignored:
        lines.append(f"未读的列 / headings not read: {plain(', '.join(outcome.ignored))}")
    lines += [
        f"  第 {one.row} 行 row {one.row}: {one.field} = {plain(one.value)!r}; 应为 allowed: {plain(one.allowed)}"
        for one in outcome.doubtful
    ]
    return lines


def _row(one: NoticeView) -> tuple[str, ...]:
    about = " ".join(part for part in (one.object, plain(one.subject)) if part)
    name = plain(both(Words(one.mine_name.zh, one.mine_name.en)))
    level = f"{LEVELS[one.level]} {one.level}"
    dates = (one.valid_to or "-", one.revoked or "-")
    return (
        f"{plain(one.mine)} {name}",
        about,
        level,
        one.notice_date,
        plain(one.authority),
        plain(one.document),
        *dates,
        f"{one.n} {one.id}",
    )
