"""Rows of permits, calibrations and tasks as the API gives them. Pure but for what they look up in the live view."""

from collections.abc import Iterable, Sequence

from alerts import words as told
from alerts.calibration import Compared, Due
from alerts.permits import Standing
from alerts.planned import neighbours
from alerts.words_permits import DETAILS
from console.web.board import clause_words, in_words
from console.web.plant import Plant
from console.web.shapes import Words
from console.web.shapes_permits import (
    CalibrationDone,
    CalibrationView,
    ComparisonDone,
    ComparisonView,
    ManualView,
    PermitView,
    SpokenView,
    TaskView,
)
from console.web.words import LANGUAGES
from contracts.clock import iso
from contracts.points import Point, Registry
from store.records.calibrations import ReadingRow, TaskRow
from store.records.permits import PermitRow, SpokenRow

NOTHING = Words("", "")
_MAY = {
    Standing.PLANNED: ["open", "cancel"],
    Standing.OPEN: ["extend", "close"],
    Standing.OVERRUN: ["close"],
}


def registries_of(plant: Plant, mine: str) -> list[Registry]:
    """The registries the mine's gateways use now, by the gateway's name."""
    named = [state.registry for _, state in sorted(plant.live.gateways.items()) if state.gateway.mine == mine]
    return [known for name in dict.fromkeys(named) if (known := plant.live.registries.get(name)) is not None]


def registry_of(plant: Plant, mine: str, point: str) -> Registry | None:
    """The registry that has this point; None where it is in none any more."""
    return next((one for one in registries_of(plant, mine) if point in one.number), None)


def point_of(plant: Plant, mine: str, point: str) -> Point | None:
    found = registry_of(plant, mine, point)
    return None if found is None else found.points[found.number[point]]


def place_of(point: Point | None) -> Words:
    return NOTHING if point is None else Words(point.place_zh, point.place_en)


def moment(micros: int) -> str | None:
    """A moment of a row, where 0 is none."""
    return iso(micros) if micros else None


def permit_view(plant: Plant, row: PermitRow, standing: Iterable[PermitRow], spoken: Sequence[SpokenRow]) -> PermitView:
    """One permit. `standing`: all that stand; `spoken`: alarms it spoke for."""
    registry = registry_of(plant, row.mine, row.point)
    point = registry.points[registry.number[row.point]] if registry else None
    near = set(neighbours(registry, row.point)) if registry and row.state in (Standing.OPEN, Standing.OVERRUN, Standing.PLANNED) else set()
    may = list(_MAY.get(Standing(row.state), []))
    if row.extended and "extend" in may:
        may.remove("extend")
    return PermitView(
        id=str(row.id),
        plan=str(row.plan),
        mine=row.mine,
        mine_name=Words(registry.mine_zh, registry.mine_en) if registry else Words(row.mine, row.mine),
        point=row.point,
        place=place_of(point),
        unit=point.measures.unit if point else "",
        kind=row.kind,
        kind_words=in_words(f"permits.kind.{row.kind}"),
        state=row.state,
        state_words=in_words(f"permits.state.{row.state}"),
        start=iso(row.start),
        start_us=row.start,
        end=iso(row.end),
        end_us=row.end,
        opened=moment(row.opened),
        opened_us=row.opened or None,
        ends=moment(row.ends),
        ends_us=row.ends or None,
        extended=moment(row.extended),
        overrun=moment(row.overrun),
        closed=moment(row.closed),
        closed_us=row.closed or None,
        dispatcher=row.dispatcher,
        caller=row.caller,
        reason=row.reason,
        closer=row.closer,
        words=row.words,
        gas=row.gas,
        lock_test=None if row.lock_test is None else str(row.lock_test),
        overlaps=[other.point for other in standing if other.mine == row.mine and other.point in near],
        alarms=[spoken_view(one) for one in spoken],
        may=may,
    )


def spoken_view(row: SpokenRow) -> SpokenView:
    """What became of a planned alarm."""
    reason = Words(*DETAILS[row.reason]) if row.reason in DETAILS else Words(*(told.reason_words(row.reason, lang) for lang in LANGUAGES))
    verdict = in_words(f"permits.verdict.{row.verdict}")
    return SpokenView(str(row.alarm), row.verdict, verdict, row.reason, reason, row.level, iso(row.risen), row.risen)


def calibration_view(plant: Plant, mine: str, due: Due) -> CalibrationView:
    """One sensor's duty."""
    last = due.last
    return CalibrationView(
        mine=mine,
        point=due.point.id,
        place=place_of(due.point),
        measures=Words(due.point.measures.zh, due.point.measures.en),
        unit=due.point.measures.unit,
        sensor=due.sensor,
        sensor_words=in_words(f"calibration.sensor.{due.sensor}"),
        standing=due.standing,
        standing_words=in_words(f"calibration.{due.standing}"),
        reason=due.why,
        reason_words=in_words(f"calibration.why.{due.why}") if due.why else NOTHING,
        last=None
        if last is None
        else CalibrationDone(
            iso(last.time),
            last.time,
            last.seen,
            last.gas,
            last.reading,
            last.alarm_s,
            str(last.permit) if last.permit else None,
            str(last.alarm) if last.alarm else None,
            last.name,
            last.words,
        ),
        due=None if due.due is None else iso(due.due),
        due_us=due.due,
        every_days=due.every_days,
        clause=clause_words(plant.limits, due.clause),
        standard=due.standard,
        confidence=due.confidence,
    )


def comparison_view(plant: Plant, mine: str, one: Compared) -> ComparisonView:
    """One sensor's comparison."""
    last = one.last
    return ComparisonView(
        mine=mine,
        point=one.point.id,
        place=place_of(one.point),
        unit=one.point.measures.unit,
        standing=one.standing,
        standing_words=in_words(f"comparison.{one.standing}"),
        reason_words=in_words(f"calibration.why.{one.why}") if one.why else NOTHING,
        last=None
        if last is None
        else ComparisonDone(
            str(last.id),
            iso(last.time),
            last.time,
            last.sensor,
            last.portable,
            last.allowed,
            last.instrument,
            last.name,
            last.words,
            moment(last.mended),
        ),
        difference=one.difference,
        beyond=one.beyond,
        counts=None if last is None else max(last.sensor, last.portable),
        fix_by=None if one.fix_by is None else iso(one.fix_by),
        fix_by_us=one.fix_by,
        late=one.late,
        clause=clause_words(plant.limits, one.clause),
    )


def task_view(plant: Plant, row: TaskRow, readings: Sequence[ReadingRow]) -> TaskView:
    """One task with what was read."""
    point = point_of(plant, row.mine, row.point)
    return TaskView(
        id=str(row.id),
        mine=row.mine,
        point=row.point,
        place=place_of(point),
        unit=point.measures.unit if point else "",
        cause=row.cause,
        cause_words=in_words(f"manual.cause.{row.cause}"),
        since=iso(row.since),
        since_us=row.since,
        opened=iso(row.opened),
        mended=moment(row.mended),
        closed=moment(row.closed),
        name=row.name,
        closer=row.closer,
        words=row.words,
        readings=[manual_view(one) for one in readings],
    )


def manual_view(row: ReadingRow) -> ManualView:
    """One reading by hand."""
    times = (iso(row.time), row.time, iso(row.entered))
    return ManualView(str(row.id), str(row.task), *times, row.value, row.instrument, row.name, row.words)
