"""What a mine's facts of a day are made from, read in the store's thread in short calls: rows of the records, statistics, polls, items."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from alerts import fleet_facts
from alerts.calibration import Due, calendar
from alerts.limits import ALARM_RULE, DEVICE_RULE
from alerts.transitions import SETTING_RULE
from console.fleet import came, registers
from console.reports.facts import gateway_facts
from console.web.plant import Plant
from contracts.clock import HOUR, iso
from contracts.links import link_of
from contracts.points import Point, Registry
from contracts.ranges import Ranges
from contracts.topics import Gateway
from fleet.bodies import Declared, Workplace
from fleet.facts.alarms import Exceedance
from fleet.facts.day import Day, day_of
from fleet.facts.grid import GatewayDay, Grid, Hole, grid_of
from fleet.facts.links import LinkDay
from fleet.facts.upload import delays_of
from ingest.books import runs_of
from ingest.ledger import Gap, Word
from store.held import in_few
from store.interface import HeldItem, Windows
from store.records import alarms, calibrations, duty_feed, gateways, handling, permits, registry
from store.records.alarms import AlarmRow
from store.records.permits import PermitRow

USUAL_ZONE = 8
AT_ONCE = 6 * HOUR
"""Statistics asked for in one call: commits come in between."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the records say of a mine's day."""

    day: Day
    zone_hours: int
    gateways: tuple[tuple[str, Registry | None, int], ...]
    """(name, registry in use at the day's end, first heard in µs)."""
    workplaces: tuple[Workplace, ...]
    declared: tuple[Declared, ...]
    gas_class: str
    exceedances: tuple[Exceedance, ...]
    loose: tuple[AlarmRow, ...]
    compared: dict[str, int]
    due: tuple[Due, ...]
    permits: tuple[PermitRow, ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """Of all gateways, one each."""
        found: dict[str, Point] = {}
        for _, registry_, _ in self.gateways:
            for point in registry_.points if registry_ else ():
                found.setdefault(point.id, point)
        return tuple(found.values())

    @property
    def limited(self) -> frozenset[str]:
        """Points that a person mapped to a row of limits."""
        return frozenset(point.id for point in self.points if point.limit_row)

    @property
    def span(self) -> fleet_facts.Span:
        return fleet_facts.Span(self.day.start, self.day.end)


async def known(plant: Plant, mine: str, date: str, now: int) -> Known:
    """The records' rows, in one call."""
    return await plant.run(lambda: _known(plant, mine, date, now))


def _known(plant: Plant, mine: str, date: str, now: int) -> Known:
    with plant.records.read() as db:
        profile = registers.profile(db, mine)
        zone = profile.body.zone_hours if profile else USUAL_ZONE
        day = day_of(mine, date, zone, now)
        rows = [row for row in gateways.every(db) if Gateway.parse(row.gateway).mine == mine]
        used = tuple((row.gateway, registry.at(db, row.gateway, day.end), row.first_seen) for row in rows)
        touching = duty_feed.touching(db, mine, day.start, day.end)
        limited = {point.id for _, found, _ in used if found for point in found.points if point.limit_row}
        raised = [row for row in touching if day.start <= row.raised_at < day.end and _is_exceedance(row, limited)]
        answers = handling.newest_answers(db, [row.id for row in raised])
        done = calibrations.newest_calibrations(db, mine, until=day.end)
        said = calibrations.newest_periods(db, mine)
        due = [one for _, found, _ in used if found for one in calendar(found, plant.limits, done, said, day.until)]
        return Known(
            day,
            zone,
            used,
            tuple(one for one in registers.bodies(registers.workplaces(db, mine)) if holds(one, date)),
            tuple(registers.bodies(registers.declared(db, mine))),
            profile.body.gas_class if profile else "",
            tuple(_exceedance(row, answers) for row in raised),
            tuple(row for row in touching if row.rule == SETTING_RULE),
            _compared(db, mine),
            tuple({one.point.id: one for one in due}.values()),
            tuple(permits.listing(db, mine=mine, end=day.end)),
        )


def _compared(db: Connection, mine: str) -> dict[str, int]:
    """When a point's settings were last found within: a mark, or an alarm that is over and waits for somebody to acknowledge it."""
    over = {row.point: row.changed for row in alarms.alarms(db, mine=mine, rule=SETTING_RULE, open_only=True) if not row.active}
    return alarms.marks(db, mine, SETTING_RULE) | over


def holds(one: Workplace, date: str) -> bool:
    """Whether a workplace is worked on that day."""
    return one.valid_from <= date and (not one.valid_to or date <= one.valid_to)


def _is_exceedance(row: AlarmRow, limited: set[str]) -> bool:
    """By our limit; by the device's own where we have none there: one exceedance is not counted twice."""
    return row.rule == ALARM_RULE or (row.rule == DEVICE_RULE and bool(row.point) and row.point not in limited)


def _exceedance(row: AlarmRow, answers: dict[int, handling.AnswerRow]) -> Exceedance:
    answer = answers.get(row.id)
    counts = not (row.planned or row.out_of_service)
    return Exceedance(row.id, row.point, counts, answer is not None and answer.at >= row.since, row.unverified)


async def grid(plant: Plant, day: Day, found: Sequence[GatewayDay]) -> Grid:
    """5-minute statistics of every point."""
    parts: list[dict[str, Windows]] = [
        await plant.run(lambda low=low: plant.store.windows(day.mine, low, min(low + AT_ONCE, day.end)))  # type: ignore[misc]
        for low in range(day.start, day.end, AT_ONCE)
    ]
    return grid_of(day, found, parts)


async def gateway_day(plant: Plant, day: Day, name: str, used: Registry, since: int) -> tuple[GatewayDay, LinkDay]:
    """What one gateway did, and its link."""
    runs = in_few(await plant.run(lambda: runs_of(plant.store, name, day.start, day.until))) if day.until > day.start else []
    items = await plant.run(lambda: plant.store.items(name, day.start, day.end))
    told, held = await plant.run(lambda: _told(plant, name))
    absent = came.absent(day, name, told, held, items)
    polls = gateway_facts(name, runs, (), max(day.start, min(since, day.until)), day.until)
    missing, lost = (came.count_of(absent, word) for word in (Word.MISSING, Word.LOST))
    done = GatewayDay(
        name,
        used,
        max((run.period for run in runs), default=0),
        since,
        tuple(runs),
        (*(_hole(name, gap) for gap in polls.gaps), *absent),
        delays_of((item.made, item.received) for item in items),
        len(items) + missing + lost,
        missing,
        lost,
    )
    return done, await _link(plant, day, name, used, items)


def _told(plant: Plant, gateway: str) -> tuple[came.Told, dict[str, Ranges]]:
    with plant.records.read() as db:
        return came.told(db, gateway), plant.store.held(gateway)


async def _link(plant: Plant, day: Day, name: str, used: Registry, items: Sequence[HeldItem]) -> LinkDay:
    short = Gateway.parse(name).name
    kind, points = link_of(used, short)
    series = {
        quantity: await plant.run(lambda point=point: plant.store.series(day.mine, point, day.start, day.end))  # type: ignore[misc]
        for quantity, point in points.items()
    }
    return LinkDay(short, kind, points, series, items)


def _hole(gateway: str, gap: Gap) -> Hole:
    return Hole(gap.source, str(gap.word), gap.start, gap.end, f"gap:{gateway}/{gap.source}/{iso(gap.start)[:19]}Z")
