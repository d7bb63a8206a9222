"""`davy fleet anchors`: signed heads of the fleet's log; leave the newest with the gateways, and ask what they keep."""

import asyncio
from typing import Any

import click
import httpx

from console.cli.api import Api, url_option
from console.cli.care import broker_options, by_option, command_done, key_option, read_key
from console.cli.table import plain
from console.cli.tail import broker_of
from console.web.shapes import Page
from console.web.shapes_fleet_chain import FleetKeyView, HeadView
from contracts.errors import DavyError, GiveUp
from contracts.topics import Gateway

within_option = click.option(
    "--within", "within_s", type=click.IntRange(1, 3600), default=60, show_default=True, help="有效期, 秒 / s until it expires"
)


@click.group(name="anchors", invoke_without_command=True)
@click.option("--limit", type=click.IntRange(1, 500), default=30, show_default=True, help="最多几条 / at most so many")
@url_option
@click.pass_context
def command(ctx: click.Context, limit: int, url: str) -> None:
    """列出已签的链首, 每行一个锚点 / list the signed heads, an anchor a line, the newest first; save them for `verify --anchor`."""
    if ctx.invoked_subcommand is not None:
        return
    api = Api(url, ctx.obj)
    key = api.get("fleet/key", FleetKeyView)
    click.echo(f"# 公钥 / public key {key.public} ({key.key})")
    for head in api.get("fleet/heads", Page[HeadView], limit=limit).items:
        click.echo(f"{head.anchor} {head.key}")


@command.command()
@click.argument("gateways", metavar="MINE/GATEWAY...", nargs=-1, required=True)
@key_option
@by_option
@within_option
@broker_options
@url_option
@click.pass_obj
def leave(transport: httpx.BaseTransport | None, /, gateways: tuple[str, ...], **given: Any) -> None:
    """把最新链首留给网关 (签名命令) / leave the newest head with gateways, by a signed command; each answers whether it kept it.

    密钥不在中心, 所以由持有人每日运行 / the key is not the centre's, so whoever holds it runs this daily.
    """
    found = Api(given["url"], transport).get("fleet/heads", Page[HeadView], limit=1).items
    if not found:
        raise GiveUp("还没有签过链首, 先 davy fleet sign / no head was signed yet: davy fleet sign")
    head = found[0]
    _each(gateways, {"n": str(head.n), "hash": head.hash, "day": head.day}, given)


@command.command()
@click.argument("gateways", metavar="MINE/GATEWAY...", nargs=-1, required=True)
@key_option
@by_option
@within_option
@broker_options
def fetch(gateways: tuple[str, ...], **given: Any) -> None:
    """取回网关所存的锚点 / ask gateways which anchors they keep (the newest 20); on the gateway itself: `davy edge anchors`."""
    _each(gateways, {}, given)


def _each(gateways: tuple[str, ...], arguments: dict[str, str], given: dict[str, Any]) -> None:
    """One after the other; those that refuse or do not answer are told at the end."""
    broker, secret = broker_of(given["path"], given["host"], given["port"]), read_key(given["key_file"])
    names = [Gateway.parse(gateway) for gateway in gateways]
    failed: list[str] = []
    for name in names:
        try:
            asked = command_done(broker, name, "anchor", arguments, given["within_s"], secret, given["by"], lambda _: None)
            detail = asyncio.run(asked).detail
        except DavyError as error:
            failed.append(str(name))
            click.echo(f"# {name}: {plain(str(error))}", err=True)
            continue
        click.echo(f"# {name}")
        for line in detail.splitlines():
            click.echo(plain(line) if ":" in line else f"# {plain(line)}")
    if failed:
        raise GiveUp(f"{len(failed)} / {len(names)} 个网关未办成 / gateways did not: {', '.join(failed)}")
