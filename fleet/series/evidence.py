"""By evidence: how many objects of each kind meet a pack on a day, by their verdicts. And the count of a day as it is published.

An object without a verdict that day has no evidence: it is never left out, and never passes. A suspicion stands beside; no count changes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from fleet.bodies import Assessment, Count, Level, Object, Profile, Status, Verdict, Workplace
from fleet.series.official import officially
from fleet.view import EvidenceCount

FACE = "face"
"""The kind of a workplace that is counted as a face."""
COUNTED = (Status.MET, Status.NOT_MET, Status.NO_EVIDENCE)


class Said(Protocol):
    """What is needed of a mine's verdicts; `fleet.bodies.VerdictSet` has it."""

    @property
    def mine(self) -> str: ...
    @property
    def pack_hash(self) -> str: ...
    @property
    def outcome(self) -> Status: ...
    @property
    def verdicts(self) -> tuple[Verdict, ...]: ...


@dataclass(frozen=True, slots=True)
class ByEvidence:
    """What the evidence says of each object on a day. Ids: the mine's (or washery's); of a face `mine/face`. It adds to nothing."""

    day: str
    objects: Mapping[Object, Mapping[str, Status]]

    def count(self, kind: Object) -> EvidenceCount:
        """How many of a kind are met, not met, without evidence."""
        found = list(self.objects.get(kind, {}).values())
        return EvidenceCount(*(found.count(status) for status in COUNTED))

    def met(self) -> tuple[str, ...]:
        """Ids of all that meet it, of every kind, ascending."""
        return tuple(sorted(id_ for found in self.objects.values() for id_, status in found.items() if status is Status.MET))


def together(statuses: Iterable[Status]) -> Status:
    """What several verdicts say as one: any not met → not met; all counted ones met → met; else no evidence. Open ones count nothing."""
    found = {status for status in statuses if status is not Status.OPEN}
    if Status.NOT_MET in found:
        return Status.NOT_MET
    return Status.MET if found == {Status.MET} else Status.NO_EVIDENCE


def by_evidence(day: str, sets: Iterable[Said], profiles: Iterable[Profile], workplaces: Iterable[Workplace]) -> ByEvidence:
    """Every registered object of a day with what its verdicts say; `sets`: of one pack and that day. A face that the register states not to
    be intelligent does not meet it."""
    found = {one.mine: one for one in sets}
    objects: dict[Object, dict[str, Status]] = {kind: {} for kind in Object}
    for profile in profiles:
        said = found.get(profile.mine)
        objects[profile.object][profile.mine] = _counted(said.outcome) if said else Status.NO_EVIDENCE
    for place in workplaces:
        if place.kind == FACE and holds(place, day):
            said = found.get(place.mine)
            verdicts = [one.status for one in said.verdicts if one.subject == place.id] if said else []
            stated = [Status.NOT_MET] if place.intelligent is False else []
            objects[Object.FACE][f"{place.mine}/{place.id}"] = together([*verdicts, *stated])
    return ByEvidence(day, objects)


def holds(place: Workplace, day: str) -> bool:
    """Whether a workplace is registered for a day (ISO)."""
    return place.valid_from <= day and (not place.valid_to or day <= place.valid_to)


def count_body(
    said: ByEvidence, pack: str, pack_hash: str, assessments: Sequence[Assessment], suspects: Iterable[str] = (), correction: str = ""
) -> Count:
    """The count of a day as it goes into the log (kind `count`, key = `pack`)."""
    official = officially(assessments, said.day)
    counts = {kind: said.count(kind) for kind in Object}
    return Count(
        day=said.day,
        pack=pack,
        pack_hash=pack_hash,
        by_evidence={str(kind): {"met": one.met, "not_met": one.not_met, "no_evidence": one.no_evidence} for kind, one in counts.items()},
        met=said.met(),
        officially=None if official is None else _named(official.counts),
        suspects=tuple(sorted(set(suspects))),
        correction=correction,
    )


def _named(counts: Mapping[Object, Mapping[Level, int]]) -> dict[str, dict[str, int]]:
    return {str(kind): {str(level): number for level, number in levels.items()} for kind, levels in counts.items()}


def _counted(outcome: Status) -> Status:
    return outcome if outcome in COUNTED else Status.NO_EVIDENCE
