"""`docs/cli.md` knows every command and every option, and its examples can be typed."""

import re
import shlex
from pathlib import Path

import click
import pytest

from console.cli.__main__ import COMMANDS, davy

TEXT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
SECTIONS = {part.split("`")[1]: part for part in re.split(r"^#{2,3} (?=`)", TEXT, flags=re.MULTILINE)[1:]}
EXAMPLES = [line.removeprefix("$ ") for line in TEXT.splitlines() if line.startswith("$ ")]
HAN = re.compile(r"[\u4e00-\u9fff]")


def commands() -> dict[str, click.Command]:
    """Every command by what is typed."""
    context = click.Context(davy)
    found: dict[str, click.Command] = {}
    for name in COMMANDS:
        command = davy.get_command(context, name)
        assert command is not None
        found[f"davy {name}"] = command
        if isinstance(command, click.Group):
            found |= {f"davy {name} {below}": one for below, one in command.commands.items()}
    return found


ALL = commands()


@pytest.mark.parametrize("typed", ALL)
def test_every_command_has_a_section_with_an_example(typed: str) -> None:
    assert any(line.startswith(f"$ {typed}") for line in SECTIONS[typed].splitlines())


@pytest.mark.parametrize("typed", ALL)
def test_every_option_of_a_command_stands_in_its_section(typed: str) -> None:
    options = [name for option in ALL[typed].params if isinstance(option, click.Option) for name in option.opts]

    assert [name for name in options if not re.search(rf"`{name}[` ]", SECTIONS[typed])] == []


@pytest.mark.parametrize("typed", ALL)
def test_every_command_and_option_has_help_in_both_languages(typed: str) -> None:
    helps = {
        "": ALL[typed].help or "",
        **{option.opts[0]: option.help or "" for option in ALL[typed].params if isinstance(option, click.Option)},
    }

    assert [name for name, words in helps.items() if not (HAN.search(words) and re.search("[a-z]{3}", words))] == []


def test_no_section_is_about_a_command_that_is_gone() -> None:
    assert list(SECTIONS) == list(ALL)


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_is_accepted(example: str) -> None:
    _, *words = shlex.split(re.split(r" >+ ", example)[0])
    command: click.Command = davy
    while isinstance(command, click.Group) and words and words[0] in command.list_commands(click.Context(command)):
        below = command.get_command(click.Context(command), words.pop(0))
        assert below is not None
        command = below

    assert command is not davy
    assert command.make_context(example, words, help_option_names=["-h", "--help"]) is not None
