"""Identifiers of the industrial internet (工业互联网标识): `prefix/suffix`, as `88.123.1/GAS-0042`.

Two parts at the first "/", the prefix of segments joined by ".", letters told apart by case: the syntax of the Handle System
(handle.net, "Handle Syntax": seen). That a prefix is country, industry and enterprise code joined by ".": the coding rules of the
electronics industry (as quoted, 2024: seen_secondary). Nothing official for coal mines was seen: no code is held against a list.
Ours (project): at least two segments of letters and digits, the first of digits; a suffix of printable letters without spaces; LONGEST.
"""

import re

from contracts.errors import BadConfig

LONGEST = 128
"""Letters of an identifier at most (project)."""
FORM = "prefix/suffix like 88.123.1/GAS-0042: segments of letters and digits joined by dots, a slash, printable letters without spaces"
_PREFIX = re.compile(r"[0-9]+(\.[0-9A-Za-z]+)+\Z")


def is_identifier(text: str) -> bool:
    """Whether it has the form."""
    prefix, slash, suffix = text.partition("/")
    return bool(slash and suffix) and len(text) <= LONGEST and bool(_PREFIX.match(prefix)) and suffix.isprintable() and " " not in suffix


def check_identifier(where: str, text: str) -> str:
    """The identifier itself (empty: none); BadConfig naming the place where it has not the form."""
    if text and not is_identifier(text):
        raise BadConfig(where, text, f"{FORM}, at most {LONGEST} letters")
    return text
