"""Tables in a terminal: columns that stay straight with Chinese in them, and text that cannot steer the terminal."""

from collections.abc import Sequence
from unicodedata import combining, east_asian_width


def width(text: str) -> int:
    """Terminal cells: a wide or full-width character takes two, a combining mark none (Unicode Standard Annex 11)."""
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, cells: int) -> str:
    """The text with blanks to `cells`; a longer one stays as it is."""
    return text + " " * (cells - width(text))


def plain(text: str) -> str:
    """What came from elsewhere, safe to print: no control characters, no escape sequences, no line ends."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of a table, a rule under its header."""
    cells = [max(map(width, column)) for column in zip(header, *rows, strict=True)]
    lines = ["  ".join(padded(text, size) for text, size in zip(row, cells, strict=True)).rstrip() for row in (header, *rows)]
    return [lines[0], "  ".join("-" * size for size in cells), *lines[1:]]
