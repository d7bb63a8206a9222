"""What a check of an export found: how much of what was checked, and everything that does not fit, the first in front."""

import msgspec

MOST_FAULTS = 50
"""So many faults of recomputed numbers are told; a broken chain ends the check at once."""


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """What does not fit, and where: `code` of `fleet.audit.words`, the line of the file from 1, the entry it is about."""

    code: str
    line: int
    n: int = 0
    kind: str = ""
    mine: str = ""
    day: str = ""
    key: str = ""
    detail: str = ""


class Report(msgspec.Struct, kw_only=True):
    """`n`: entries the log had, `entries`: of them in the file; `kinds`: how many of each. Days are ISO dates, `made` µs UTC.

    `keys`: ids of the keys that signed; `compared`: whether they were held against keys the reader knew. `not_checked`: codes of words.
    """

    made: int = 0
    program: str = ""
    day: str = ""
    n: int = 0
    hash: str = ""
    only: tuple[str, ...] | None = None
    entries: int = 0
    mines: int = 0
    kinds: dict[str, int] = {}
    heads: int = 0
    first_head: str = ""
    last_head: str = ""
    verdicts: int = 0
    """Verdict sets judged anew."""
    counts: int = 0
    """Published counts counted anew."""
    packs: tuple[str, ...] = ()
    anchors: int = 0
    keys: tuple[str, ...] = ()
    compared: bool = False
    not_checked: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything that was checked fits."""
        return not self.faults


class Broken(Exception):  # no error of the program: what it was asked to find
    """The chain does not hold from here on: nothing behind it can be relied on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault
