"""Texts that others wrote, as they may be shown: nothing in them turns, hides or ends what stands around them. Stored is what came."""

from unicodedata import category

INSTEAD = "\ufffd"


def is_shown(letter: str) -> bool:
    """Whether a character is a sign or a space: no control character, direction mark, zero-width character, line end, half of a pair."""
    return letter.isprintable() or category(letter) == "Zs"


def shown(text: str, kept: str = "") -> str:
    """The text with U+FFFD for whatever is not shown, but for the characters in `kept`."""
    if text.isprintable():
        return text
    return "".join(letter if letter in kept or is_shown(letter) else INSTEAD for letter in text)
