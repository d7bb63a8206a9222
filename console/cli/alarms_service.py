"""`davy alarms service`: which alarms of a point are out of service; take one out, bring one back."""

import click
import httpx

from console.cli.api import Api, both, url_option
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_service import ServiceView
from contracts.errors import BadConfig

HEADER = ("规则 rule", "报警 alarm", "状态 state", "自 since (UTC)", "谁 who", "说明 words")


@click.command(name="service")
@click.argument("mine")
@click.argument("point")
@click.option("--out", metavar="RULE", help="停用这条规则的报警, 没有时限 / take this rule's alarm out of service; no time limit")
@click.option("--back", metavar="RULE", help="恢复使用 / bring this rule's alarm back")
@click.option("--name", help="谁 / who does it")
@click.option("--words", help="为什么 / why")
@url_option
@click.pass_obj
def command(
    transport: httpx.BaseTransport | None,
    mine: str,
    point: str,
    out: str | None,
    back: str | None,
    name: str | None,
    words: str | None,
    url: str,
) -> None:
    """一个测点的报警是否停用; 停用或恢复 / whether a point's alarms are out of service; take one out, or bring it back."""
    api, path, rule = Api(url, transport), f"mines/{mine}/points/{point}/service", out or back
    if out and back:
        raise BadConfig("--out, --back", "both", "one of them")
    if rule:
        if not (name and words):
            raise BadConfig("--name, --words", "", "who does it, and why")
        api.post(path, ServiceView, {"rule": rule, "out": bool(out), "name": name, "words": words})
    for line in table(HEADER, [_row(one) for one in api.get(path, Page[ServiceView]).items]):
        click.echo(line)


def _row(one: ServiceView) -> tuple[str, ...]:
    state = "停用 out of service" if one.out else "使用 in service"
    return one.rule, both(one.rule_words), state, f"{one.at[:19]}Z" if one.at else "-", plain(one.name) or "-", plain(one.words) or "-"
