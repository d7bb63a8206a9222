"""The measured steps of a drill, from what the gateway told and what the records hold. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from alerts.drill import CHANGE
from store.records.alarms import TransitionRow
from store.records.deliveries import Delivered, DeliveryRow
from store.records.drills import DrillRow

ORDER = ("asked", "decided", "sent", "received", "journaled", "receipted", "notified", "acknowledged")
AT_GATEWAY = ("decided", "sent", "receipted")


@dataclass(frozen=True, slots=True)
class DrillStep:
    """One step. `at`: µs UTC by the centre's clock (the gateway's times are put right by its clock offset), None: not reached, or nobody
    told. `after`: µs since the drill was decided. `who`: the recipient or the person; `state`: of a delivery."""

    name: str
    at: int | None
    after: int | None
    who: str = ""
    state: str = ""


def steps_of(drill: DrillRow, transitions: Sequence[TransitionRow], deliveries: Iterable[DeliveryRow]) -> list[DrillStep]:
    """All steps in the order of the chain, one for each recipient. `transitions`: of the drill's alarm, `deliveries` too."""
    own = next((row for row in transitions if row.id == drill.transition_id), None)
    decided = _right(drill.decided, drill.clock_offset)
    if own is not None and decided is None:
        decided = own.decided - (drill.clock_offset if drill.way == "gateway" else 0)
    start = drill.asked if decided is None else decided
    times = {"asked": drill.asked, "decided": decided, "received": own.received if own else None, "journaled": drill.journaled}
    times |= {name: _right(getattr(drill, name), drill.clock_offset) for name in ("sent", "receipted")}
    skipped = ("sent", "receipted") if drill.way == "centre" else ()
    steps = [_step(name, times[name], start) for name in ORDER if name in times and name not in skipped]
    told = [row for row in deliveries if own is not None and row.transition_id == own.id]
    steps += [_step("notified", row.settled if row.state == Delivered.DONE else None, start, row.recipient, row.state) for row in told]
    seen = _acknowledged(transitions, own)
    return [*steps, _step("acknowledged", seen.at if seen else None, start, seen.by if seen else "")]


def whole(steps: Iterable[DrillStep]) -> bool:
    """Whether everybody who was to be told was, and somebody acknowledged."""
    told = [step for step in steps if step.name in ("journaled", "notified", "acknowledged")]
    return all(step.at is not None for step in told)


def _acknowledged(transitions: Sequence[TransitionRow], own: TransitionRow | None) -> TransitionRow | None:
    """The acknowledgement that came before the next drill of the same point."""
    for row in transitions if own is not None else ():
        if own is not None and row.id > own.id:
            if row.change == CHANGE:
                return None
            if row.change == "acknowledge":
                return row
    return None


def _right(time: int | None, offset: int) -> int | None:
    """A gateway's time by the centre's clock."""
    return None if time is None else time - offset


def _step(name: str, at: int | None, start: int, who: str = "", state: str = "") -> DrillStep:
    return DrillStep(name, at, None if at is None else at - start, who, state)
