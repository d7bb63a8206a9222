"""`davy fleet profile`: mines, and washeries by themselves, as they are registered."""

import click
import httpx

from console.cli.api import Api, both, url_option
from console.cli.fleet_said import correction_option, name_option, stated, written
from console.cli.table import plain, table
from console.web.shapes import Page, Words
from console.web.shapes_fleet_register import Entered
from fleet.bodies import Object
from fleet.view import ProfileView

HEADER = ("编号 id", "名称 name", "市 city", "对象 object", "产能 Mt/a", "采深 m", "瓦斯 gas class", "在建 construction")


@click.group(name="profile")
def command() -> None:
    """煤矿档案 / profiles of mines and washeries."""


@command.command(name="list")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, url: str) -> None:
    """列出档案 / list the profiles."""
    rows, after = list[ProfileView](), None
    while True:
        page = Api(url, transport).get("fleet/profiles", Page[ProfileView], after=after)
        rows, after = rows + page.items, page.next
        if after is None:
            break
    lines = table(HEADER, [_row(one) for one in rows]) if rows else ["没有档案 / no profiles"]
    for line in lines:
        click.echo(line)


@command.command()
@click.argument("mine", metavar="MINE")
@click.option("--zh", required=True, help="中文名称 / Chinese name")
@click.option("--en", required=True, help="英文名称 / English name")
@click.option("--city", default="", help="市 / city, in Chinese")
@click.option(
    "--object", "object_", type=click.Choice([str(Object.MINE), str(Object.WASHERY)]), default=str(Object.MINE), help="对象 / what it is"
)
@click.option("--capacity", type=float, help="产能, Mt/a / capacity in Mt a year")
@click.option("--depth", type=float, help="采深, m / mining depth in m")
@click.option("--gas-class", default="", help="low, high, high+burst, outburst; 未知则不填 / left out where not known")
@click.option("--identifier", default="", help="工业互联网标识 / industrial internet identifier (88.123.1/MINE)")
@click.option("--construction", is_flag=True, help="在建 / under construction")
@correction_option
@name_option
@url_option
@click.pass_obj
def add(
    transport: httpx.BaseTransport | None,
    mine: str,
    zh: str,
    en: str,
    city: str,
    object_: str,
    capacity: float | None,
    depth: float | None,
    gas_class: str,
    identifier: str,
    construction: bool,
    correction: str,
    name: str,
    url: str,
) -> None:
    """登记 / register a mine or a washery."""
    body = stated(
        capacity_mt=capacity, depth_m=depth, gas_class=gas_class, city=city, identifier=identifier, correction=correction, name=name
    )
    body |= {"mine": mine, "name_zh": zh, "name_en": en, "object": object_, "under_construction": construction}
    click.echo(written(Api(url, transport).post("fleet/profiles", Entered, body)))


def _row(one: ProfileView) -> tuple[str, ...]:
    numbers = ("-" if value is None else f"{value:g}" for value in (one.capacity_mt, one.depth_m))
    name = both(Words(one.name.zh, one.name.en))
    return (
        plain(one.id),
        plain(name),
        one.city or "-",
        one.object,
        *numbers,
        plain(one.gas_class) or "-",
        "✓" if one.under_construction else "",
    )
