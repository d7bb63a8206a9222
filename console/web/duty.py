"""The control room's book behind the pages and the API: read and written through the plant. Every deed goes into the audit chain."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from console.duty import shifts
from console.duty.calendar import turn_at
from console.duty.content import frozen, hash_of
from console.duty.handing import frozen_of, outgoing, same_person
from console.duty.logbook import Line, entry_line, line_of, merged
from console.duty.shifts import Pattern, Shift
from console.web.alarms import title_of
from console.web.plant import Plant
from console.web.refusals import Refused
from contracts.clock import MINUTE
from store.records import audit, duty, duty_feed, permits
from store.records.audit import pseudonym
from store.records.duty import HandoverRow, LogRow

_CURSOR = re.compile(r"[0-9]{1,18}\.[ept][0-9]{1,18}\Z")
AHEAD = MINUTE
"""How far in the future something may have happened: a clock on somebody's desk."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody writes. `time`: when it happened (None: now)."""

    kind: str
    words: str
    by: str
    time: int | None = None
    alarm: int | None = None
    corrects: int | None = None


async def lines_of(
    plant: Plant, mine: str, start: int, end: int, limit: int, after: str = "", kinds: Sequence[str] = ()
) -> tuple[list[Line], str | None]:
    """The running log of [start, end), the newest first, and the cursor of what follows. `kinds`: only of these."""
    before_entry, before_step = _cursor(after)

    def read() -> list[Line]:
        with plant.records.read() as db:
            entries = duty.entries(db, mine, start, end, limit + 1, before_entry)
            seen = duty_feed.happenings(db, mine, start, end, limit + 1, before_step)
            opened = duty_feed.permit_steps(db, mine, start, end)
        return merged(entries, seen, opened, limit + 1, after)

    lines = await plant.look(read)
    more = f"{lines[limit - 1].at}.{lines[limit - 1].id}" if len(lines) > limit else None
    return [line for line in lines[:limit] if not kinds or line.kind in kinds], more


def _cursor(after: str) -> tuple[tuple[int, int] | None, tuple[int, int] | None]:
    """Below which (at, id) entries and transitions go on: of one moment transitions stand above permits, and these above entries."""
    if not after:
        return None, None
    if not _CURSOR.match(after):
        raise Refused(422, "query.after", after[:60], "the cursor of the page before")
    at, _, place = after.partition(".")
    moment, number = int(at), int(place[1:])
    every, none = (moment, 1 << 62), (moment, 0)
    return {"e": ((moment, number), none), "p": (every, none), "t": (every, (moment, number))}[place[0]]


def pattern_in(db: Connection, mine: str, at: int) -> Pattern | None:
    """The shifts that were in force."""
    return shifts.read(duty.shifts_of(db, mine, at))


async def pattern_of(plant: Plant, mine: str, at: int) -> Pattern | None:
    def read() -> Pattern | None:
        with plant.records.read() as db:
            return pattern_in(db, mine, at)

    return await plant.look(read)


async def set_shifts(plant: Plant, mine: str, wanted: Sequence[Shift], by: str) -> Pattern:
    """A new pattern from now on; BadConfig for one that is none."""
    pattern, now = shifts.checked(tuple(wanted)), plant.clock.now()
    text = shifts.written(pattern)

    def write() -> None:
        with plant.records.begin() as db:
            duty.set_shifts(db, mine, text, by, now)
            audit.append(db, "duty.shifts", mine, {"shifts": text}, pseudonym(by), now)

    await plant.run(write)
    return pattern


async def write(plant: Plant, mine: str, entry: Entry) -> Line:
    """Add an entry to the running log; Refused where it is of a time that is not yet, or of what the mine does not have."""
    now = plant.clock.now()
    if entry.time is not None and entry.time > now + AHEAD:
        raise Refused(422, "body.time", entry.time, "a time that has come")

    def work() -> LogRow:
        with plant.records.begin() as db:
            about = plant.journal.of(db, entry.alarm) if entry.alarm is not None else None
            if entry.alarm is not None and (about is None or about.alarm.mine != mine):
                raise Refused(404, "body.alarm", str(entry.alarm), "the id of an alarm of this mine")
            corrected = duty.entry(db, entry.corrects) if entry.corrects is not None else None
            if entry.corrects is not None and (corrected is None or corrected.mine != mine):
                raise Refused(404, "body.corrects", f"e{entry.corrects}", "an entry of this mine's log")
            row = duty.write(
                db,
                mine,
                entry.kind,
                entry.words,
                now,
                time=entry.time,
                by=entry.by,
                alarm_id=entry.alarm,
                corrects=entry.corrects,
            )
            facts = {"mine": mine, "kind": entry.kind, "words": entry.words, "time": row.time, "alarm": entry.alarm}
            audit.append(db, "duty.log", f"entry {row.id}", facts | {"corrects": entry.corrects}, pseudonym(entry.by), now)
            return row

    return entry_line(await plant.run(work))


async def report(plant: Plant, alarm: int, by: str, leader: str, words: str) -> Line:
    """Note that an alarm was reported to the mine leader on duty (Art. 533): into its timeline, and so into the running log."""
    now = plant.clock.now()

    def work() -> Line:
        with plant.records.begin() as db:
            row = plant.journal.note(db, alarm, duty_feed.REPORT, words or "reported_to_leader", now, by=by, detail=leader)
            found = duty_feed.steps_of(db, [alarm], (duty_feed.REPORT,)).get(alarm, [])
            if row is None or not found:
                raise Refused(404, "path.alarm", str(alarm), "the id of an alarm, as /api/v1/alarms lists them")
            audit.append(db, "duty.report", f"alarm {alarm}", {"leader": pseudonym(leader) if leader else ""}, pseudonym(by), now)
            return line_of(found[-1])

    return await plant.run(work)


async def give(plant: Plant, mine: str, by: str, words: str) -> HandoverRow:
    """Hand the shift over: what is open is frozen; Refused 409 where the mine set no shifts."""
    now, hours = plant.clock.now(), plant.zone.hours

    def work() -> HandoverRow:
        with plant.records.begin() as db:
            pattern = pattern_in(db, mine, now)
            if pattern is None:
                raise Refused(409, "path.mine", mine, "a mine that has set its shifts: POST /api/v1/mines/{mine}/shifts")
            turn, rows = outgoing(pattern, now, hours), plant.journal.active(db, mine)
            reported = {key: steps[-1] for key, steps in duty_feed.steps_of(db, [row.id for row in rows], (duty_feed.REPORT,)).items()}
            named = [(row, (title.zh, title.en)) for row in rows for title in [title_of(row)]]
            content = frozen_of(mine, turn, by, words, now, named, reported, permits.busy(db, mine))
            text = frozen(content)
            values = {"mine": mine, "start": turn.start, "end": turn.end, "given_at": now, "given_by": by, "words": words}
            values |= {"shift_zh": turn.shift.zh, "shift_en": turn.shift.en, "next_zh": turn.following.zh, "next_en": turn.following.en}
            row = duty.give(db, values | {"frozen": text, "hash": hash_of(text)})
            facts = {"mine": mine, "hash": row.hash, "alarms": len(rows)}
            audit.append(db, "duty.handover.given", f"handover {row.id}", facts, pseudonym(by), now)
            duty.write(db, mine, "handover", _told(row, "→", len(rows)), now, by=by)
            return row

    return await plant.run(work)


async def take(plant: Plant, number: int, by: str, seen: str, words: str) -> HandoverRow:
    """Take a shift over, in sight of what was frozen (`seen`: its hash). Refused 409 for one's own, for one taken already or replaced."""
    now = plant.clock.now()

    def work() -> HandoverRow:
        with plant.records.begin() as db:
            row = duty.handover(db, number)
            if row is None:
                raise Refused(404, "path.handover", str(number), "the id of a handover, as /api/v1/handovers lists them")
            _check(db, row, by, seen)
            if not duty.take(db, number, by, words, now):
                raise Refused(409, "path.handover", str(number), "a handover that nobody has taken over yet")
            facts = {"mine": row.mine, "hash": row.hash}
            audit.append(db, "duty.handover.taken", f"handover {number}", facts, pseudonym(by), now)
            duty.write(db, row.mine, "handover", _told(row, "✓", None), now, by=by)
            taken = duty.handover(db, number)
            assert taken is not None
            return taken

    return await plant.run(work)


def _check(db: Connection, row: HandoverRow, by: str, seen: str) -> None:
    if seen != row.hash:
        raise Refused(409, "body.hash", seen[:64], f"the hash of what was handed over: {row.hash}")
    if same_person(by, row.given_by):
        raise Refused(409, "body.name", by, "another person than who handed over")
    newest = duty.handovers(db, row.mine, 1)
    if newest and newest[0].id != row.id:
        raise Refused(409, "path.handover", str(row.id), f"the newest handover of the mine: {newest[0].id}")


def _told(row: HandoverRow, sign: str, count: int | None) -> str:
    """A line of the log that people of both languages read."""
    opened = "" if count is None else f" [{count}]"
    names = f"{row.shift_zh} {sign} {row.next_zh} / {row.shift_en} {sign} {row.next_en}"
    return f"{names}{opened} #{row.id} {row.hash[:16]}"


async def now_on(plant: Plant, mine: str, now: int) -> tuple[Pattern | None, int | None]:
    """The pattern in force, and which of its shifts it is."""
    pattern = await pattern_of(plant, mine, now)
    turn = turn_at(pattern, now, plant.zone.hours)
    return pattern, None if turn is None else turn.at
