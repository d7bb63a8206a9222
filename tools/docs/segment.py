"""Chinese text cut into words for the site's search, without any dictionary but our own glossary.

The search of mkdocs-material asks a library for this and searches Chinese by whole sentences where it is not installed. All it wants of it
is `cut`. Words of the glossary are cut out whole (the longest first), everything else is cut into single signs; what is typed into the
search box is then cut by what stands in the index, so any part of a sentence is found.
"""

import re
from collections.abc import Iterator
from pathlib import Path

ROW = re.compile(r"^\| `[^`]*` \| ([^|]+) \|", re.MULTILINE)
HAN = re.compile(r"[\u4e00-\u9fff]{2,}")


class Words:
    """Cuts by a list of words. `longest`: signs of the longest of them."""

    def __init__(self, words: frozenset[str]) -> None:
        self._words = words
        self._longest = max(map(len, words), default=1)

    def cut(self, text: str | bytes) -> Iterator[str]:
        """The text in words, in order; nothing is left out."""
        rest = text.decode() if isinstance(text, bytes) else text
        while rest:
            size = next((size for size in range(self._longest, 1, -1) if rest[:size] in self._words), 1)
            yield rest[:size]
            rest = rest[size:]


def of_glossary(glossary: Path) -> Words:
    """The words of docs/glossary.md."""
    told = ROW.findall(glossary.read_text(encoding="utf-8"))
    return Words(frozenset(word for cell in told for word in HAN.findall(cell)))
