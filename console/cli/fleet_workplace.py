"""`davy fleet workplace`: faces and headings, as Table 19 and Art. 537 ask for them."""

import click
import httpx

from console.cli.api import Api, both, url_option
from console.cli.fleet_said import correction_option, name_option, stated, written
from console.cli.table import plain, table
from console.web.shapes import Page, Words
from console.web.shapes_fleet_register import Entered
from fleet.view import WorkplaceView

HEADER = ("编号 id", "名称 name", "类型 kind", "瓦斯 gas class", "长度 m", "串联通风 series", "智能化 intelligent", "自 from", "至 to")
YES_NO = ["yes", "no"]


@click.group(name="workplace")
def command() -> None:
    """采掘工作面 / workplaces: faces and headings. 未填即无证据 / what is not stated is no evidence."""


@command.command(name="list")
@click.argument("mine", metavar="MINE")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, mine: str, url: str) -> None:
    """列出工作面 / list a mine's workplaces."""
    rows = [_row(one) for one in Api(url, transport).get(f"fleet/mines/{mine}/workplaces", Page[WorkplaceView]).items]
    for line in table(HEADER, rows) if rows else ["没有登记的工作面 / no workplaces"]:
        click.echo(line)


@command.command()
@click.argument("mine", metavar="MINE")
@click.argument("place", metavar="ID")
@click.option("--kind", type=click.Choice(["face", "heading"]), required=True, help="采煤或掘进 / face or heading")
@click.option("--zh", required=True, help="中文名称 / Chinese name")
@click.option("--en", required=True, help="英文名称 / English name")
@click.option("--from", "valid_from", required=True, help="自何日 / from which day (2026-01-31)")
@click.option("--to", "valid_to", default="", help="至何日 / to which day")
@click.option("--gas-class", default="", help="瓦斯等级 / gas class: low, high, high+burst, outburst")
@click.option("--length", type=float, help="长度, m / length in m")
@click.option("--identifier", default="", help="工业互联网标识 / industrial internet identifier (88.123.1/F1301)")
@click.option("--series", type=click.Choice(YES_NO), help="串联通风 / series ventilation")
@click.option("--intelligent", type=click.Choice(YES_NO), help="是否智能化工作面 / whether it is an intelligent one")
@correction_option
@name_option
@url_option
@click.pass_obj
def add(
    transport: httpx.BaseTransport | None,
    mine: str,
    place: str,
    kind: str,
    zh: str,
    en: str,
    valid_from: str,
    valid_to: str,
    gas_class: str,
    length: float | None,
    identifier: str,
    series: str | None,
    intelligent: str | None,
    correction: str,
    name: str,
    url: str,
) -> None:
    """登记工作面 / register a workplace."""
    body = stated(
        valid_to=valid_to,
        gas_class=gas_class,
        length_m=length,
        identifier=identifier,
        series_ventilation=None if series is None else series == "yes",
        intelligent=None if intelligent is None else intelligent == "yes",
        correction=correction,
        name=name,
    )
    body |= {"id": place, "kind": kind, "name_zh": zh, "name_en": en, "valid_from": valid_from}
    click.echo(written(Api(url, transport).post(f"fleet/mines/{mine}/workplaces", Entered, body)))


def _row(one: WorkplaceView) -> tuple[str, ...]:
    length = "-" if one.length_m is None else f"{one.length_m:g}"
    stated_ = ("-" if value is None else "✓" if value else "✗" for value in (one.series_ventilation, one.intelligent))
    name = plain(both(Words(one.name.zh, one.name.en)))
    return plain(one.id), name, one.kind, plain(one.gas_class) or "-", length, *stated_, one.valid_from, one.valid_to or "-"
