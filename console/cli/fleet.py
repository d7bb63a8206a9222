"""`davy fleet`: criteria, facts, verdicts, counts, the chain. One file a subject, loaded when it is asked for."""

from importlib import import_module

import click

SUBJECTS = {
    "packs": "console.cli.fleet_packs",
    "verdicts": "console.cli.fleet_verdicts",
    "compare": "console.cli.fleet_compare",
    "recheck": "console.cli.fleet_recheck",
    "facts": "console.cli.fleet_facts",
    "export": "console.cli.fleet_export",
    "verify": "console.cli.fleet_verify",
    "sign": "console.cli.fleet_sign",
    "anchors": "console.cli.fleet_anchors",
    "profile": "console.cli.fleet_profile",
    "workplace": "console.cli.fleet_workplace",
    "declare": "console.cli.fleet_declare",
    "assess": "console.cli.fleet_assess",
    "stage": "console.cli.fleet_stage",
    "series": "console.cli.fleet_series",
    "report": "console.cli.fleet_report",
    "suspects": "console.cli.fleet_suspects",
    "trial": "console.cli.fleet_trial",
}
"""Subcommand to the module that has it as `command` (a group or a command)."""


class Fleet(click.Group):
    """Finds a subject by its name in SUBJECTS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(SUBJECTS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in SUBJECTS:
            return None
        command: click.Command = import_module(SUBJECTS[cmd_name]).command
        return command


@click.group(name="fleet", cls=Fleet)
def command() -> None:
    """智能化煤矿 / intelligent mines: criteria, facts, verdicts, counts, and the chain that proves them."""
