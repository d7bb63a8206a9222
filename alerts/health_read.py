"""Reads from the records what alarm health is found in."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from alerts.drill import RULE as DRILL_RULE
from alerts.health import Known, Step
from store.records import alarm_health, handling
from store.records.alarm_health import About

AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Read:
    """`steps` by time; `cut_short`: there were too many, the newest are left out."""

    steps: list[Step]
    known: dict[int, Known]
    cut_short: bool

    def by_mine(self) -> dict[str, "Read"]:
        """The same, mine by mine."""
        found: dict[str, Read] = {}
        for one in self.known.values():
            found.setdefault(one.mine, Read([], {}, self.cut_short)).known[one.id] = one
        for step in self.steps:
            found[self.known[step.alarm].mine].steps.append(step)
        return found


def read_health(db: Connection, mines: Collection[str] | None, start: int, end: int) -> Read:
    """Of these mines (None: all, never the centre's own alarms), for [start, end) µs UTC of the centre; drills are left out."""
    found = alarm_health.passed(db, mines, start, end, (DRILL_RULE,))
    causes = _causes(db, found.about)
    known = {one.id: _known(one, causes.get(one.id, "")) for one in found.about.values()}
    steps = [Step(row.alarm, row.at, row.change, row.before, row.after, row.reason) for row in found.steps]
    return Read(steps, known, found.more)


def _causes(db: Connection, ids: Collection[int]) -> dict[int, str]:
    """What the mines answered their alarms were. In parts: a database takes only so many values in a question."""
    ordered, causes = sorted(ids), dict[int, str]()
    for first in range(0, len(ordered), AT_ONCE):
        answers = handling.newest_answers(db, ordered[first : first + AT_ONCE])
        causes |= {number: str(answer.form.get("cause") or "") for number, answer in answers.items()}
    return causes


def _known(one: About, cause: str) -> Known:
    return Known(one.id, one.mine, one.subject, one.rule, one.point, (one.place_zh, one.place_en), one.priority, cause)
