"""The commands that stand in the documentation: every line of every shell block of README and docs/, and what `davy` makes of it."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from console.cli.__main__ import davy

ROOT = Path(__file__).parents[2]
SHELLS = {"sh", "console", "bash"}
FENCE = re.compile(r"^```(\w*)([^\n]*)\n(.*?)^```[ ]*$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r'title="([^"]+)"')
AROUND = (
    ["docker", "compose", "exec", "centre"],
    ["docker", "compose", "run", "--rm", "--entrypoint", "davy", "certs"],
    ["runuser", "-u", "davy", "--"],
)
"""What may stand before our own command."""


@dataclass(frozen=True, slots=True)
class Fence:
    """One fenced block: its language, the file it asks to be saved as (`title="..."`), its text."""

    language: str
    title: str
    text: str

    @property
    def lines(self) -> list[str]:
        """The commands of a shell block; continued lines are one."""
        joined = self.text.replace("\\\n", " ")
        if self.language == "console":
            return [line.removeprefix("$ ").strip() for line in joined.splitlines() if line.startswith("$ ")]
        return [line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def pages() -> list[str]:
    """Every page with commands, by its path in the repository."""
    found = [ROOT / "README.md", ROOT / "README.zh.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [path.relative_to(ROOT).as_posix() for path in found if path.is_file()]


def fences(page: str) -> list[Fence]:
    """All fenced blocks of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [Fence(language, (TITLE.search(more) or [""] * 2)[1], body) for language, more, body in FENCE.findall(text)]


def commands(page: str) -> list[str]:
    """All command lines of a page, in order."""
    return [line for fence in fences(page) if fence.language in SHELLS for line in fence.lines]


def simple(line: str) -> Iterator[list[str]]:
    """The words of each simple command of a line, without redirections, assignments and comments."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split, lexer.commenters = True, "#"
    words: list[str] = []
    skip = False
    for word in lexer:
        if skip:
            skip = False
        elif set(word) <= set("<>&") and set(word) & set("<>"):
            skip = True
        elif set(word) <= set("|&;"):
            yield words
            words = []
        elif words or not re.fullmatch(r"[A-Z_]+=.*", word):
            words.append(word)
    yield words


def ours(words: list[str]) -> list[str] | None:
    """The words after `davy` where it is our program that is called."""
    for before in AROUND:
        if words[: len(before)] == before:
            words = words[len(before) :]
            if "--entrypoint" in before:
                return words
    return words[1:] if words and words[0].rpartition("/")[2] == "davy" else None


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that is meant, and what is left for it; click.UsageError where there is none."""
    command: click.Command = davy
    while isinstance(command, click.Group) and words:
        if words[0].startswith("-"):
            break
        below = command.get_command(click.Context(command), words[0])
        if below is None:
            if command.invoke_without_command and command.params:
                break
            raise click.UsageError(f"no command {words[0]!r}")
        command, words = below, words[1:]
    return command, words


def parse(words: list[str]) -> None:
    """Nothing, or what click says against it."""
    command, rest = resolve(words)
    command.make_context("davy", list(rest), help_option_names=["-h", "--help"], resilient_parsing=False)
