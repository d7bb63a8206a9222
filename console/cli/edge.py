"""`davy edge`: run an agent, or show how one is."""

import click

from console.cli.edge_anchors import command as anchors
from console.cli.edge_blackbox import command as blackbox
from console.cli.edge_import import command as import_list
from console.cli.edge_install import command as install
from console.cli.edge_probe import command as probe
from console.cli.edge_resend import command as resend
from console.cli.edge_status import command as status
from console.cli.files import configured
from console.cli.processes import config_option, own_configuration, run_process
from edge_agent.config import EdgeSettings, check
from edge_agent.process import run_agent


@click.group(name="edge", invoke_without_command=True)
@config_option
@click.pass_context
def command(ctx: click.Context, path: str | None) -> None:
    """运行边缘代理 / run an edge agent (or see the subcommands)."""
    if (file := own_configuration(ctx, path)) is not None:
        run_process(run_agent(check(configured(EdgeSettings, file))))


command.add_command(blackbox)
command.add_command(anchors)
command.add_command(resend)
command.add_command(import_list)
command.add_command(probe)
command.add_command(install)
command.add_command(status)
