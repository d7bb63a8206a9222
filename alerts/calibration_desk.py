"""What people enter of calibrations, comparisons and monitoring by hand, each with its link of the audit chain. Values stay records:
nothing here enters the telemetry."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.exc import IntegrityError

from store.records import audit
from store.records import calibrations as rows
from store.records.audit import pseudonym
from store.records.calibrations import TaskRow


@dataclass(frozen=True, slots=True)
class About:
    """At which point, by whom, with which words."""

    mine: str
    point: str
    name: str
    words: str = ""


def calibrated(db: Connection, about: About, time: int, gas: float | None, reading: float | None, now: int) -> int:
    """A calibration that rests on somebody's word: the centre saw no test gas."""
    facts = {"time": time, "gas": gas, "reading": reading, "words": about.words}
    return _kept(
        db, rows.CALIBRATIONS, "calibration.entered", about, facts | {"seen": False, "permit": 0, "alarm": 0, "alarm_s": None}, now
    )


def period(db: Connection, about: About, kind: str, every_days: int | None, standard: str, now: int) -> int:
    """What kind of sensor it is, or by which standard it is calibrated how often: on a named person's word."""
    facts = {"kind": kind, "every_days": every_days, "standard": standard, "at": now}
    return _kept(db, rows.PERIODS, "calibration.period", about, facts, now, words=False)


def compared(db: Connection, about: About, time: int, values: tuple[float, float], allowed: float | None, instrument: str, now: int) -> int:
    """A comparison: (sensor, portable). `allowed`: the error the mine allows, None where nobody told one."""
    facts = {"time": time, "sensor": values[0], "portable": values[1], "allowed": allowed, "instrument": instrument}
    return _kept(db, rows.COMPARISONS, "comparison.entered", about, facts | {"words": about.words, "mended": 0}, now)


def mended(db: Connection, number: int, name: str, words: str, now: int) -> bool:
    """Both devices of a comparison were calibrated; whether there is such a comparison."""
    row = rows.comparison(db, number)
    if row is None:
        return False
    rows.mend_comparison(db, number, now)
    facts = {"mine": row.mine, "point": row.point, "words": words}
    audit.append(db, "comparison.mended", f"comparison {number}", facts, pseudonym(name), now)
    return True


def begin(db: Connection, about: About, cause: str, since: int, now: int) -> TaskRow | None:
    """A task of monitoring by hand; None where one is open there. `about.name` empty: the program opens it."""
    facts = {"mine": about.mine, "point": about.point, "cause": cause, "since": since, "opened": now, "words": about.words}
    try:
        with db.begin_nested():
            number = rows.add(db, rows.TASKS, facts | {"mended": 0, "closed": 0, "name": about.name, "closer": ""})
    except IntegrityError:
        return None
    actor = pseudonym(about.name) if about.name else "centre"
    audit.append(db, "manual.opened", f"task {number}", facts, actor, now)
    return rows.task(db, number)


def read(db: Connection, task: TaskRow, about: About, time: int, value: float, instrument: str, now: int) -> int:
    """What a person read at the place."""
    facts = {"task": task.id, "time": time, "entered": now, "value": value, "instrument": instrument, "words": about.words}
    return _kept(db, rows.READINGS, "manual.read", about, facts, now)


def end(db: Connection, task: TaskRow, name: str, words: str, now: int) -> None:
    """The sensor serves again, or the place needs no monitoring any more: on a person's word."""
    said = " · ".join(part for part in (task.words, words) if part)
    rows.change_task(db, task.id, {"closed": now, "closer": name, "words": said})
    audit.append(db, "manual.closed", f"task {task.id}", {"mine": task.mine, "point": task.point, "words": words}, pseudonym(name), now)


def _kept(db: Connection, table: Table, kind: str, about: About, facts: dict[str, Any], now: int, *, words: bool = True) -> int:
    key = {"mine": about.mine, "point": about.point}
    said = {"words": about.words} if words else {}
    number = rows.add(db, table, key | said | facts | {"name": about.name})
    audit.append(db, kind, f"{table.name} {number}", key | facts, pseudonym(about.name), now)
    return number
