"""What a check says."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """`warning`: it runs, but not as it should, or nobody can tell. `wrong`: it will not run, or what it says cannot be relied on."""

    OK = "ok"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A state, what was found, and what to do about it; each in Chinese and English."""

    state: State
    zh: str
    en: str
    do_zh: str = ""
    do_en: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict about one thing: a file, a port, a folder."""

    about: str
    verdict: Verdict


def ok(zh: str, en: str) -> Verdict:
    return Verdict(State.OK, zh, en)


def warning(zh: str, en: str, do_zh: str, do_en: str) -> Verdict:
    return Verdict(State.WARNING, zh, en, do_zh, do_en)


def wrong(zh: str, en: str, do_zh: str, do_en: str) -> Verdict:
    return Verdict(State.WRONG, zh, en, do_zh, do_en)
