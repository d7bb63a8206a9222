"""`davy store`: care of what is stored."""

import click

from console.cli import store_care
from console.cli.store_init import init


@click.group(name="store")
def command() -> None:
    """存储的维护 / care of what is stored: migrate, backup, verify, restore, drop, init."""


for care in (store_care.migrate, store_care.backup, store_care.verify, store_care.restore, store_care.drop, init):
    command.add_command(care)
