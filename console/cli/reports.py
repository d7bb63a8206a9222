"""`davy reports`: the running log, the daily monitoring report, data of the ventilation report and shift reports as files; who reviewed."""

import sys
from pathlib import Path

import click
import httpx

from console.cli.api import Api, url_option
from console.cli.table import plain, table
from console.reports.kinds import KINDS
from console.web.reports import FORMATS
from console.web.shapes import Page
from console.web.shapes_reports import DayReports
from contracts.errors import BadConfig

STATES = {
    "none": "未送审 / not put up",
    "draft": "待审阅 / waits for review",
    "partly": "审阅中 / partly reviewed",
    "reviewed": "已审阅 / reviewed",
}
REVIEWED = tuple(kind.name for kind in KINDS.values() if kind.reviewed)
TIMEOUT_S = 300.0
"""A report of a day is put together from every point of the mine."""


@click.group(name="reports")
def command() -> None:
    """报表 / reports: make, list."""


@command.command()
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("mine")
@click.argument("day")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="pdf", show_default=True, help="文件格式 / file format")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言 / language")
@click.option("--turn", type=click.IntRange(0, 9), help="班报的班次, 0 为第一班 / of a shift report: which shift, 0 the first")
@click.option("--version", type=click.IntRange(0), help="版本, 0 为草稿 / which version; 0: a draft as the data are now")
@click.option("--to", "path", metavar="FILE", help="写到哪里, - 为标准输出 / where to, - for standard output")
@url_option
@click.pass_obj
def make(
    transport: httpx.BaseTransport | None,
    kind: str,
    mine: str,
    day: str,
    form: str,
    lang: str,
    turn: int | None,
    version: int | None,
    path: str | None,
    url: str,
) -> None:
    """生成报表文件 / write a report: the newest version, or a draft where none was put up for review."""
    which = f"reports/{kind}/{_quoted(mine)}/{_quoted(day)}/file"
    data, name = Api(url, transport, TIMEOUT_S).file(which, format=form, lang=lang, turn=turn, version=version)
    if path == "-":
        sys.stdout.buffer.write(data)
        return
    target = Path(path or name)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise BadConfig("--to", str(target), f"a file this process may write ({error})") from error
    click.echo(f"{target} ({len(data)} B)")


@command.command(name="list")
@click.argument("mine")
@click.option("--days", type=click.IntRange(1, 92), default=14, show_default=True, help="最近多少天 / the last so many days")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, mine: str, days: int, url: str) -> None:
    """列出最近各日报表的审阅情况 / list the last days and how far the review of their reports is."""
    rows = Api(url, transport).get("reports", Page[DayReports], mine=mine, days=days).items
    header = ("日期 day", *(f"{name}" for name in REVIEWED), "班次 shifts")
    for line in table(header, [_row(row) for row in rows]):
        click.echo(line)


def _row(row: DayReports) -> tuple[str, ...]:
    turns = " ".join(f"{at}:{plain(turn.zh)}" for at, turn in enumerate(row.turns)) or "-"
    return (row.day + ("" if row.over else " *"), *(STATES.get(row.states.get(name, ""), "-") for name in REVIEWED), turns)


def _quoted(part: str) -> str:
    return httpx.URL("http://x/").copy_with(path=f"/{part}").raw_path.decode()[1:].replace("/", "%2F")
