"""`davy fleet sign`: have the head of the fleet's log signed now."""

import click
import httpx

from console.cli.api import Api, url_option
from console.web.shapes_fleet_chain import HeadView


@click.command(name="sign")
@url_option
@click.pass_obj
def command(transport: httpx.BaseTransport | None, url: str) -> None:
    """签署链首 (中心每日自动签一次) / sign the head of the log now (the centre does it by itself once a day)."""
    head = Api(url, transport).post("fleet/heads", HeadView)
    click.echo(f"第 {head.number} 条 / entry {head.number}: {head.mines} 条链 / chains, 密钥 / key {head.key}")
    click.echo(f"锚点, 请另存 / anchor, keep it elsewhere: {head.anchor}")
