"""Was it seen? From what was looked at to proofs: a key of the words, and the very numbers that were found. Pure.

No proof, not seen: nothing here is told because it was planned.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from console.story.facts import Facts
from console.story.plot import AREA, CALIBRATED, CORNER, MINE, OTHER, RISE, SHEARER, TEST_GAS, Scene
from console.web import times
from console.web.alarms import title_of
from console.web.shapes import PointView, Words
from contracts.clock import SECOND
from contracts.quality import CALIBRATION
from models.policy import OUTLOOK
from models.signs import GAS
from models.words import told

Value = float | int | str
GAS_UNTIL = "gas_until"
"""Noted: until when (µs UTC) the sensor is under test gas at the longest."""
BEGAN = "began"
"""Noted: when the story did (µs UTC)."""
WARNS = (OUTLOOK, GAS)
OLD_COUNTS = 20 * SECOND
"""A finding that stood before the story is no news: it is told only where no new one comes within this time."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One thing that was seen, at its own time (µs UTC). `numbers`: for the words `story.saw.<key>`."""

    key: str
    at: int
    numbers: Mapping[str, str | Words] = field(default_factory=dict)
    href: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """`proofs` empty: not seen yet."""

    proofs: tuple[Proof, ...] = ()
    noted: Mapping[str, Value] = field(default_factory=dict)


NOTHING = Shown()
Judge = Callable[[Facts, Mapping[str, Value], int], Shown]
"""(what was looked at, what earlier scenes noted, when the scene began)."""


def _point(name: str) -> str:
    return f"/mines/{MINE}/points/{name}"


def _read(point: PointView | None, since: int = 0) -> PointView | None:
    """A reading that is one: fresh, with a value, made since then."""
    return point if point is not None and point.value is not None and point.state != "unknown" and point.time_us >= since else None


def _stands(facts: Facts, _noted: Mapping[str, Value], began: int) -> Shown:
    """The shearer stands, and the level from which gas will rise is known."""
    shearer, corner, face = _read(facts.shearer, began), _read(facts.corner, began), _read(facts.face, began)
    if shearer is None or shearer.value or corner is None or face is None:
        return NOTHING
    proof = Proof("stands", shearer.time_us, {"corner": corner.text}, _point(SHEARER))
    return Shown((proof,), {"level": corner.value or 0.0, "face": face.value or 0.0})


def _cuts(facts: Facts, _noted: Mapping[str, Value], began: int) -> Shown:
    shearer = _read(facts.shearer, began)
    return Shown((Proof("cuts", shearer.time_us, {}, _point(SHEARER)),)) if shearer is not None and shearer.value else NOTHING


def _rises(facts: Facts, noted: Mapping[str, Value], began: int) -> Shown:
    corner, level = _read(facts.corner, began), float(noted["level"])
    if corner is None or (corner.value or 0.0) < level + RISE:
        return NOTHING
    numbers: dict[str, str | Words] = {"before": times.value_text(level, corner.decimals), "now": corner.text}
    return Shown((Proof("rises", corner.time_us, numbers, _point(CORNER)),))


def _warned(facts: Facts, noted: Mapping[str, Value], began: int) -> Shown:
    """A finding that concerns the place. That it came before the alarm is said only where it did."""
    there = [one for one in facts.findings if one.kind in WARNS and (CORNER in one.points or one.subject.startswith(AREA))]
    new = [one for one in there if one.since >= int(noted[BEGAN])]
    found = new or (there if facts.now - began >= OLD_COUNTS else [])
    if not found:
        return NOTHING
    proofs = []
    for one in sorted(found, key=lambda one: one.since):
        said = told(one.kind)
        numbers: dict[str, str | Words] = {"what": Words(*said.seen)}
        numbers |= {"sure": f"{100 * one.sure:.0f}", "check": Words(*said.check), "models": one.models}
        proofs.append(Proof("warned" if new else "warned.before", one.since, numbers, f"/findings?mine={MINE}#finding-{one.id}"))
    early = facts.alarm is None or min(one.since for one in found) < facts.alarm.since
    return Shown((*proofs, Proof("warned.advice" if early else "warned.late", facts.now)))


def _alarmed(facts: Facts, _noted: Mapping[str, Value], _began: int) -> Shown:
    row, corner = facts.alarm, facts.corner
    if row is None or not row.active or corner is None:
        return NOTHING
    numbers: dict[str, str | Words] = {
        "id": str(row.id),
        "value": times.value_text(row.value, corner.decimals),
        "limit": times.value_text(row.limit, corner.decimals),
        "clause": facts.clause,
        "late": f"{max(facts.received - row.since, 0) / SECOND:.2f}",
    }
    also = [Proof("alarmed.also", one.since, {"id": str(one.id), "title": title_of(one)}, f"/alarms/{one.id}") for one in facts.others]
    return Shown((*also, Proof("alarmed", row.since, numbers, f"/alarms/{row.id}")), {"alarm": row.id})


def _acknowledged(facts: Facts, _noted: Mapping[str, Value], _began: int) -> Shown:
    row = facts.alarm
    if row is None or not row.acknowledged:
        return NOTHING
    return Shown((Proof("acknowledged", row.last_change, {"id": str(row.id)}, f"/alarms/{row.id}"),))


def _returned(facts: Facts, _noted: Mapping[str, Value], _began: int) -> Shown:
    row, corner = facts.alarm, facts.corner
    if row is None or row.active or corner is None:
        return NOTHING
    numbers: dict[str, str | Words] = {"peak": times.value_text(row.peak, corner.decimals), "now": corner.text}
    return Shown((Proof("returned", row.changed, numbers, f"/alarms/{row.id}"),))


def _answered(facts: Facts, _noted: Mapping[str, Value], began: int) -> Shown:
    """The mine's own words, and that they made it the inspector's."""
    answers = [one for one in facts.told.answers if one.at >= began] if facts.told is not None else []
    open_ = [one for one in facts.told.referrals if one.ended is None] if facts.told is not None else []
    if not answers or not open_ or facts.alarm is None:
        return NOTHING
    last, href = answers[-1], f"/alarms/{facts.alarm.id}"
    return Shown(
        (Proof("answered", last.at, {"by": last.by, "version": str(last.version)}, href), Proof("referred", open_[-1].at, {}, "/inspect"))
    )


def _closed(facts: Facts, _noted: Mapping[str, Value], began: int) -> Shown:
    said = [one for one in facts.told.verdicts if one.at >= began and one.verdict == "closed"] if facts.told is not None else []
    if not said or facts.alarm is None:
        return NOTHING
    return Shown((Proof("closed", said[-1].at, {"by": said[-1].by}, f"/alarms/{facts.alarm.id}"),))


def _permitted(facts: Facts, _noted: Mapping[str, Value], began: int) -> Shown:
    row = facts.permit
    if row is None or row.state != "open" or row.opened < began:
        return NOTHING
    numbers: dict[str, str | Words] = {"id": str(row.id), "dispatcher": row.dispatcher, "caller": row.caller, "gas": f"{TEST_GAS:.1f}"}
    return Shown((Proof("permitted", row.opened, numbers, "/permits"),), {"permit": row.id})


def _quiet(facts: Facts, _noted: Mapping[str, Value], began: int) -> Shown:
    """Above the limit, not normal, and nobody called: all three."""
    point, alarm = _read(facts.calibrated, began), facts.planned
    if point is None or not point.quality & CALIBRATION or point.state == "normal" or alarm is None or not alarm.planned or facts.sent:
        return NOTHING
    numbers: dict[str, str | Words] = {"value": point.text, "state": point.state_words, "why": point.reason_words}
    return Shown(
        (
            Proof("flagged", point.time_us, numbers, _point(CALIBRATED)),
            Proof("planned", alarm.since, {"id": str(alarm.id)}, f"/alarms/{alarm.id}"),
        ),
        {"planned": alarm.id},
    )


def _fits(facts: Facts, _noted: Mapping[str, Value], _began: int) -> Shown:
    spoken = facts.spoken
    if spoken is None or spoken.verdict != "fits" or facts.sent:
        return NOTHING
    level = "—" if spoken.level is None else f"{spoken.level:.2f}"
    return Shown((Proof("fits", spoken.judged, {"level": level}, f"/alarms/{spoken.alarm}"),))


def reads_air(facts: Facts, noted: Mapping[str, Value]) -> bool:
    """Whether the calibration is over: its flag is gone, or the sensor cannot be seen."""
    seen = facts.calibrated
    return facts.now >= int(noted.get(GAS_UNTIL, 0)) and (seen is None or not seen.quality & CALIBRATION)


def _air(facts: Facts, noted: Mapping[str, Value], began: int) -> Shown:
    point = _read(facts.calibrated, began)
    if point is None or not reads_air(facts, noted):
        return NOTHING
    return Shown((Proof("air", point.time_us, {"value": point.text, "state": point.state_words}, _point(CALIBRATED)),))


def _blind(facts: Facts, noted: Mapping[str, Value], _began: int) -> Shown:
    """No point of the mine is called anything but unknown."""
    far = facts.far
    first = {} if facts.day is None or "replayed" in noted else {"replayed": facts.day.replayed, "received": facts.day.committed}
    if not far.points or far.unknown < far.points or far.reason is None or ("replayed" not in noted and not first):
        return Shown((), first)
    numbers: dict[str, str | Words] = {"count": str(far.unknown), "why": far.reason.reason_words}
    return Shown((Proof("blind", facts.now, numbers, f"/mines/{OTHER}"),), first)


def _back(facts: Facts, noted: Mapping[str, Value], _began: int) -> Shown:
    """The gateway is heard again, what it kept has come, and nothing is missing in the ledger of its day."""
    day, before = facts.day, int(noted.get("replayed", 0))
    if day is None or not facts.far.online or facts.far.unknown == facts.far.points or day.missing or day.lost or day.replayed <= before:
        return NOTHING
    numbers: dict[str, str | Words] = {
        "expected": times.count_text(day.made),
        "received": times.count_text(day.committed),
        "replayed": times.count_text(day.replayed - before),
        "missing": str(day.missing),
    }
    return Shown((Proof("back", facts.now, numbers, "/receipts"),))


def _counted(facts: Facts, noted: Mapping[str, Value], _began: int) -> Shown:
    found, before = facts.official, noted.get("mines", "")
    if found is None or found.mines is None or not found.entry or (before != "" and found.mines <= int(before)):
        return NOTHING
    key = "counted.first" if before == "" else "counted"
    numbers: dict[str, str | Words] = {"before": str(before), "after": str(found.mines), "entry": str(found.entry)}
    return Shown((Proof(key, facts.now, numbers, "/fleet"),))


PROOFS: dict[Scene, Judge] = {
    Scene.STANDS: _stands,
    Scene.CUTS: _cuts,
    Scene.RISES: _rises,
    Scene.WARNED: _warned,
    Scene.ALARMED: _alarmed,
    Scene.ACKNOWLEDGED: _acknowledged,
    Scene.RETURNED: _returned,
    Scene.ANSWERED: _answered,
    Scene.CLOSED: _closed,
    Scene.PERMITTED: _permitted,
    Scene.QUIET: _quiet,
    Scene.FITS: _fits,
    Scene.BLIND: _blind,
    Scene.BACK: _back,
    Scene.AIR: _air,
    Scene.COUNTED: _counted,
}
