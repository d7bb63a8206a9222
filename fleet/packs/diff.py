"""What differs between two packs: criteria that came or went, and which fields of those in both changed. Pure."""

from dataclasses import dataclass
from typing import Literal

from msgspec.structs import asdict

from fleet.packs.pack import Pack, Query

OF_PACK = ("valid_from", "valid_to", "role", "replaced_by")


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` added or removed: a criterion (`field` empty); changed: a field of a criterion, or of the pack itself (`criterion` empty)."""

    what: Literal["added", "removed", "changed"]
    criterion: str
    field: str = ""
    before: str = ""
    after: str = ""


def differences(before: Pack, after: Pack) -> list[Difference]:
    """Of the packs first, then by criterion: those that went, that came, that changed."""
    found = [
        Difference("changed", "", name, _said(getattr(before, name)), _said(getattr(after, name)))
        for name in OF_PACK
        if getattr(before, name) != getattr(after, name)
    ]
    ours, theirs = {one.id: one for one in before.criteria}, {one.id: one for one in after.criteria}
    found += [Difference("removed", name) for name in ours if name not in theirs]
    found += [Difference("added", name) for name in theirs if name not in ours]
    for name, one in ours.items():
        if name in theirs:
            was, now = asdict(one), asdict(theirs[name])
            found += [Difference("changed", name, field, _said(was[field]), _said(now[field])) for field in was if was[field] != now[field]]
    return found


def _said(value: object) -> str:
    if isinstance(value, Query):
        return ", ".join(f"{name}={one}" for name, one in asdict(value).items() if one not in (None, ""))
    return "-" if value in (None, "") else str(value)
