"""`davy edge resend`: send a span of items once more, received or not."""

import click

from console.cli.edge_ask import ask_agent
from console.cli.files import configured
from edge_agent.config import EdgeSettings


@click.command(name="resend")
@click.option("--from", "first", required=True, metavar="TIME", help="如 / like 2026-11-24T08:00:00Z")
@click.option("--to", "last", required=True, metavar="TIME", help="如 / like 2026-11-24T09:00:00Z")
@click.option("--config", "path", required=True, metavar="FILE", help="代理配置 / the agent's configuration")
def command(first: str, last: str, path: str) -> None:
    """把一段时间内制成的数据再发一次 (中心自会去重) / send what was made in a span once more; the centre knows duplicates."""
    answer = ask_agent(configured(EdgeSettings, path), "resend", {"from": first, "to": last})
    click.echo(f"✓ {answer.detail}")
