"""Published counts counted anew: by evidence from the verdicts that counted then, officially from the notices. Pure."""

from collections.abc import Mapping

import msgspec

from fleet.audit.chain import fault_at
from fleet.audit.link import Record
from fleet.audit.report import Fault
from fleet.bodies import Assessment, Count, Profile, Suspicion, VerdictSet, Workplace, write
from fleet.packs.pack import Pack
from fleet.series.evidence import by_evidence, count_body


class Counted:
    """Takes entry after entry and keeps of each what a count needs."""

    def __init__(self, packs: Mapping[str, Pack]) -> None:
        self._packs = packs
        self.counts = 0
        self.faults: list[Fault] = []
        """Counts that are others than were published."""
        self._profiles: dict[str, Profile] = {}
        self._places: dict[tuple[str, str], Workplace] = {}
        self._assessments: dict[tuple[str, str], Assessment] = {}
        self._sets: dict[tuple[str, str], dict[str, VerdictSet]] = {}
        """By (pack, day), by mine; of the verdicts only those that name a subject."""
        self._suspects: dict[str, dict[tuple[str, str], Suspicion]] = {}

    def take(self, line: int, record: Record, body: msgspec.Struct) -> list[Fault]:
        """The next entry. Faults of counts are kept apart: in a part of the log none can be told."""
        match body:
            case Profile():
                self._profiles[record.mine] = body
            case Workplace():
                self._places[record.mine, body.id] = body
            case Assessment():
                self._assessments[record.mine, record.key] = body
            case VerdictSet():
                named = tuple(one for one in body.verdicts if one.subject)
                slim = msgspec.structs.replace(body, systems={}, verdicts=named, facts=())
                self._sets.setdefault((body.pack, record.day), {})[record.mine] = slim
            case Suspicion():
                self._suspects.setdefault(record.day, {})[record.mine, record.key] = body
            case Count():
                self._count(line, record, body)
        return []

    def _count(self, line: int, record: Record, body: Count) -> None:
        self.counts += 1
        sets, pack = self._sets.get((body.pack, body.day), {}), self._packs.get(body.pack_hash)
        if pack is None or pack.id != body.pack or (sets and all(one.pack_hash != body.pack_hash for one in sets.values())):
            self.faults.append(fault_at(line, record, "count_pack", body.pack_hash))
            return
        said = by_evidence(body.day, sets.values(), self._profiles.values(), self._places.values())
        suspects = {mine for (mine, _), one in self._suspects.get(body.day, {}).items() if not one.withdrawn}
        anew = count_body(said, body.pack, body.pack_hash, list(self._assessments.values()), suspects, body.correction)
        if write(anew) != record.body:
            self.faults.append(fault_at(line, record, "count", _differs(body, anew)))


def _differs(published: Count, anew: Count) -> str:
    """The first part of the count that is another."""
    for name in ("by_evidence", "officially", "met", "suspects"):
        was, now = getattr(published, name), getattr(anew, name)
        if was != now:
            if name in ("met", "suspects"):
                was, now = sorted(set(was) - set(now))[:5], sorted(set(now) - set(was))[:5]
            return f"{name} {was}: {now}"[:400]
    return "pack_hash"
