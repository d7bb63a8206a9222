"""`davy edge anchors`: heads of the fleet's log that were left with this gateway."""

from pathlib import Path

import click

from console.cli.files import configured
from edge_agent.care.anchors import kept
from edge_agent.config import EdgeSettings


@click.command(name="anchors")
@click.option("--config", "path", required=True, metavar="FILE", help="代理配置 / the agent's configuration")
def command(path: str) -> None:
    """列出留在本网关的锚点, 供 davy fleet verify --anchor / list the anchors left here, for `davy fleet verify --anchor`."""
    for anchor in kept(Path(configured(EdgeSettings, path).folder)):
        click.echo(str(anchor))
