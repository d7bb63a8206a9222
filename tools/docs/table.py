"""Markdown as the generated pages write it."""

from collections.abc import Iterable, Sequence
from typing import Literal

Lang = Literal["zh", "en"]
LANGS: tuple[Lang, Lang] = ("zh", "en")


def heading(level: int, names: tuple[str, str], lang: Lang) -> str:
    """A heading in that language; `names`: Chinese, English."""
    return f"\n{'#' * level} {names[LANGS.index(lang)]}\n"


def code(text: object) -> str:
    """In the type of code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def cell(text: object) -> str:
    """A text that may stand in a table."""
    return " ".join(str(text).split()).replace("|", "\\|")


def rows(head: Sequence[str], body: Iterable[Sequence[object]]) -> str:
    """A table."""
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    lines += [f"| {' | '.join(map(cell, row))} |" for row in body]
    return "\n".join(lines) + "\n"
