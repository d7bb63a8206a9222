"""`davy fleet report`: the report of the province or of one mine as a file."""

import sys
from pathlib import Path

import click
import httpx

from console.cli.api import Api, url_option
from contracts.errors import BadConfig

PATIENCE_S = 300.0
"""A province's report has every mine in it."""
FORMS = ("pdf", "xlsx", "csv")


@click.command(name="report")
@click.argument("mine", required=False)
@click.option("--pack", default=None, help="按哪套规则, 缺省为现行 / by which rules; absent: those in use")
@click.option(
    "--day", default=None, metavar="YYYY-MM-DD", help="哪一天, 缺省为最近有判定的一天 / which day; absent: the newest with verdicts"
)
@click.option("--format", "form", type=click.Choice(FORMS), default="pdf", show_default=True, help="文件格式 / file format")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="语言 / language")
@click.option("--to", "path", metavar="FILE", help="写到哪里, - 为标准输出 / where to, - for standard output")
@url_option
@click.pass_obj
def command(
    transport: httpx.BaseTransport | None,
    mine: str | None,
    pack: str | None,
    day: str | None,
    form: str,
    lang: str,
    path: str | None,
    url: str,
) -> None:
    """生成智能化煤矿报告 / write the report of the province, or of MINE: three series apart, with the hash of the log and of the rules."""
    query = {"format": form, "lang": lang, "mine": mine, "pack": pack, "day": day}
    data, name = Api(url, transport, PATIENCE_S).file("fleet/report", **query)
    if path == "-":
        sys.stdout.buffer.write(data)
        return
    target = Path(path or name)
    try:
        target.write_bytes(data)
    except OSError as error:
        raise BadConfig("--to", str(target), f"a file this process may write ({error})") from error
    click.echo(f"{target} ({len(data)} B)")
