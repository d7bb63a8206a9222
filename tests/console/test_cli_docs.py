"""`docs/cli.md` and its Chinese twin know every command and every option, and their examples can be typed."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from console.cli.__main__ import davy

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {lang: (DOCS / name).read_text(encoding="utf-8") for lang, name in (("zh", "cli.zh.md"), ("en", "cli.md"))}
SECTIONS = {
    lang: {part.split("`")[1]: part for part in re.split(r"^#{2,4} (?=`)", text, flags=re.MULTILINE)[1:]} for lang, text in TEXTS.items()
}
EXAMPLES = {line.removeprefix("$ "): None for text in TEXTS.values() for line in text.splitlines() if line.startswith("$ ")}
DEEP = 3
LANG = pytest.mark.parametrize("lang", TEXTS)
HAN = re.compile(r"[\u4e00-\u9fff]")


def commands(above: str = "davy", group: click.Group = davy) -> Iterator[tuple[str, click.Command]]:
    """Every command by what is typed, those that a group loads when they are asked for too."""
    context = click.Context(group)
    for name in list(group.commands) or group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield f"{above} {name}", command
        if isinstance(command, click.Group):
            yield from commands(f"{above} {name}", command)


def section(typed: str, lang: str) -> str:
    """Where a command is told of. One below two groups (`davy fleet stage add`) may stand in their sections, of which it takes options."""
    if typed in SECTIONS[lang] or typed.count(" ") < DEEP:
        return SECTIONS[lang][typed]
    above = typed.rpartition(" ")[0]
    return SECTIONS[lang][above] + SECTIONS[lang][above.rpartition(" ")[0]]


ALL = dict(commands())


@LANG
@pytest.mark.parametrize("typed", ALL)
def test_every_command_has_a_section_with_an_example(typed: str, lang: str) -> None:
    shown = typed if typed in SECTIONS[lang] else typed.rpartition(" ")[0]

    assert any(line.startswith(f"$ {shown}") for line in section(typed, lang).splitlines())


@LANG
@pytest.mark.parametrize("typed", ALL)
def test_every_option_of_a_command_stands_in_its_section(typed: str, lang: str) -> None:
    options = [name for option in ALL[typed].params if isinstance(option, click.Option) for name in option.opts]

    assert [name for name in options if not re.search(rf"`{name}[` ]", section(typed, lang))] == []


@pytest.mark.parametrize("typed", ALL)
def test_every_command_and_option_has_help_in_both_languages(typed: str) -> None:
    helps = {
        "": ALL[typed].help or "",
        **{option.opts[0]: option.help or "" for option in ALL[typed].params if isinstance(option, click.Option)},
    }

    assert [name for name, words in helps.items() if not (HAN.search(words) and re.search("[a-z]{3}", words))] == []


@LANG
def test_no_section_is_about_a_command_that_is_gone(lang: str) -> None:
    assert list(SECTIONS[lang]) == [typed for typed in ALL if typed in SECTIONS["en"]]
    assert [typed for typed in ALL if typed not in SECTIONS[lang] and typed.count(" ") < DEEP] == []


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
