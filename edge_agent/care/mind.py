"""Which version a gateway runs with, and what it thinks of the others. Pure: every function gives the next mind.

A version runs on trial until a receipt comes under it. If none comes it is taken back, and the version before has to prove the link: if
that gets a receipt the new one was at fault and is remembered as refused; if that gets none either, nobody is to blame, and the new one is
tried again when receipts flow.
"""

from typing import TypedDict

import msgspec
from msgspec.structs import replace

MOST_STARTS = 3
"""A version under which the agent had to be started so often without a receipt is taken back."""
MOST_REFUSED = 50


class Mind(msgspec.Struct, frozen=True):
    """`running` is confirmed; 0: the files the gateway was installed with. `trial`, `proving` (taken back, fault not settled yet) and
    `waiting` (to be tried, or tried again) are versions; 0: none. `last`: version, state and reason of what happened last."""

    running: int = 0
    trial: int = 0
    starts: int = 0
    proving: int = 0
    waiting: int = 0
    refused: dict[int, str] = msgspec.field(default_factory=dict)
    last: tuple[int, str, str] = (0, "settled", "")


class Told(TypedDict):
    """Fields of `contracts.care.Reported`."""

    running: int
    state: str
    wanted: int
    why: str
    refused: list[tuple[int, str]]


def chosen(mind: Mind) -> int:
    """The version to run with."""
    return mind.trial or mind.running


def wanted(mind: Mind, version: int, fault: str = "") -> Mind:
    """A signed version was offered; `fault`: why it cannot be run, found by trying it dry."""
    if version in mind.refused or version <= mind.running or version in (mind.trial, mind.proving, mind.waiting):
        return mind
    if fault:
        return _refuse(mind, version, "refused", fault)
    if mind.trial or mind.proving:
        return replace(mind, waiting=max(mind.waiting, version))
    return _try(mind, version)


def started(mind: Mind) -> Mind:
    """The agent starts with `chosen`."""
    if not mind.trial:
        return mind
    if mind.starts >= MOST_STARTS:
        return _take_back(mind, f"{mind.starts} starts under it without a receipt")
    return replace(mind, starts=mind.starts + 1)


def broken(mind: Mind, fault: str) -> Mind:
    """What is on trial cannot even be started (its files are gone, a device refuses to be set up)."""
    return _refuse(replace(mind, trial=0, starts=0), mind.trial, "refused", fault) if mind.trial else mind


def received(mind: Mind) -> Mind:
    """A receipt came under `chosen`."""
    if mind.trial:
        mind = replace(mind, running=mind.trial, trial=0, starts=0, last=(mind.trial, "settled", ""))
    elif mind.proving:
        mind = _refuse(replace(mind, proving=0), mind.proving, "reverted", mind.last[2])
    if mind.waiting:
        version = mind.waiting
        mind = replace(mind, waiting=0)
        return mind if version <= mind.running or version in mind.refused else _try(mind, version)
    return mind


def late(mind: Mind, why: str) -> Mind:
    """No receipt in the time there was."""
    if mind.trial:
        return _take_back(mind, why)
    if mind.proving:
        why = "no receipt under the version before either: the link, not the version"
        return replace(mind, proving=0, waiting=max(mind.waiting, mind.proving), last=(mind.proving, "waiting", why))
    return mind


def told(mind: Mind) -> Told:
    """What is reported."""
    version, state, why = mind.last
    about = version if version != mind.running else 0
    return Told(running=mind.running, state=state, wanted=about, why=why, refused=sorted(mind.refused.items()))


def _try(mind: Mind, version: int) -> Mind:
    return replace(mind, trial=version, starts=0, last=(version, "trying", ""))


def _take_back(mind: Mind, why: str) -> Mind:
    return replace(mind, trial=0, starts=0, proving=mind.trial, last=(mind.trial, "reverted", why))


def _refuse(mind: Mind, version: int, state: str, why: str) -> Mind:
    kept = sorted({**mind.refused, version: why}.items())[-MOST_REFUSED:]
    return replace(mind, refused=dict(kept), last=(version, state, why))
