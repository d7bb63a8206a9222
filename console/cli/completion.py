"""`davy completion`: the script that lets a shell complete our commands (click's own)."""

import click
from click.shell_completion import get_completion_class

SHELLS = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/completions/davy.fish"}


@click.command(name="completion")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """补全脚本 / print the completion script for bash, zsh or fish.

    例 / for example: davy completion bash >> ~/.bashrc
    """
    complete = get_completion_class(shell)
    assert complete is not None
    click.echo(complete(ctx.find_root().command, {}, "davy", "_DAVY_COMPLETE").source())
