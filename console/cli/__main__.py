"""`davy`: the command line. One file a command, listed here; a command's libraries are loaded only when it runs."""

import os
import sys
from importlib import import_module
from traceback import format_exception
from types import TracebackType

import click

from contracts.errors import DavyError

COMMANDS = {
    "up": "console.cli.up",
    "init": "console.cli.init",
    "edge": "console.cli.edge",
    "ingest": "console.cli.ingest",
    "centre": "console.cli.centre",
    "sim": "console.cli.sim",
    "tail": "console.cli.tail",
    "doctor": "console.cli.doctor",
    "deadletters": "console.cli.deadletters",
    "gaps": "console.cli.gaps",
    "alarms": "console.cli.alarms",
    "locktests": "console.cli.locktests",
    "permits": "console.cli.permits",
    "reports": "console.cli.reports",
    "fleet": "console.cli.fleet",
    "store": "console.cli.store",
    "bench": "console.cli.bench",
    "certs": "console.cli.certs",
    "people": "console.cli.people",
    "care": "console.cli.care",
    "models": "console.cli.models",
    "dashboards": "console.cli.dashboards",
    "completion": "console.cli.completion",
}

OURS = {
    *("contracts", "wire", "sim_sensors", "store", "models", "alerts", "fleet"),
    *("edge_agent", "ingest", "dashboards", "lab", "console", "bench"),
}
EDGE = {"asyncua", "openpyxl", "pymodbus", "serial"}
LAB = {"dask", "distributed", "joblib", "matplotlib", "scipy", "sklearn"}
"""Modules by the extra that brings them; all others are the centre's."""


class Davy(click.Group):
    """Finds a command by its name in COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        try:
            command: click.Command = import_module(COMMANDS[cmd_name]).command
        except ModuleNotFoundError as error:
            return _absent(cmd_name, error)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not ctx.resilient_parsing:
            raise click.UsageError(f"没有命令 {args[0]!r} / no command {args[0]!r}; 可用 / there are: {', '.join(COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)


def _absent(name: str, error: ModuleNotFoundError) -> click.Command:
    """What stands for a command whose packages this installation does not have: `davy --help` lists it, and it says what to install."""

    def refuse() -> None:
        raise error

    anything = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    return click.Command(name, context_settings=anything, callback=refuse, short_help=_missing(error))


def _missing(error: ModuleNotFoundError) -> str:
    """One line on what to install; the error itself where the module is our own."""
    package = (error.name or "").partition(".")[0]
    if not package or package in OURS:
        raise error
    extra = "lab" if package in LAB else "edge" if package in EDGE else "centre"
    return f"没有安装 {package} / {package} is not installed: pip install '.[{extra}]'"


@click.group(cls=Davy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="davylamp", prog_name="davy")
def davy() -> None:
    """安全灯 Davylamp: 煤矿边缘监测 / edge monitoring for coal mines.

    它在矿井经认证的安全监控系统之外工作, 它的沉默不代表安全。
    It works beside the mine's certified monitoring system; its silence does not mean safety.
    """


def _crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nobody expected is told as Python tells it, without the secrets in it."""
    from console.cli.logs import harmless, without_secrets  # noqa: PLC0415  # only where something broke

    sys.stderr.write(harmless(without_secrets("".join(format_exception(kind, error, trace)))))


def main() -> None:
    """Run the command line; what we refuse on purpose is one line, never a traceback."""
    sys.excepthook = _crashed
    os.umask(os.umask(0o077) | 0o027)  # what we write (records, readings, keys) is nobody else's on this machine to read
    try:
        code = davy.main(standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except DavyError as error:
        from console.cli.logs import harmless, without_secrets  # noqa: PLC0415  # only where something is refused

        click.echo(f"davy: {harmless(without_secrets(str(error)))}", err=True)
        sys.exit(2)
    except ModuleNotFoundError as error:
        click.echo(f"davy: {_missing(error)}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
