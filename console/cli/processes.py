"""The long-running processes of the command line: their configuration, their logs, their event loop."""

from collections.abc import Callable, Coroutine
from typing import Any

import click

from console.cli.logs import configure_logs

config_option: Callable[[Any], Any] = click.option("--config", "path", metavar="FILE", help="配置文件 / configuration (TOML)")
"""Of a group that is a process itself where no subcommand is asked for."""


def own_configuration(ctx: click.Context, path: str | None) -> str | None:
    """The file to run the process from; None where a subcommand is asked for. UsageError where none is given."""
    if ctx.invoked_subcommand is not None:
        return None
    if path is None:
        raise click.UsageError("需要 --config FILE / --config FILE is needed")
    return path


def run_process(work: Coroutine[Any, Any, None]) -> None:
    """Until it ends, with its log on stderr."""
    import uvloop  # noqa: PLC0415  # only the long-running processes want it

    configure_logs()
    uvloop.run(work)
