"""A point's history as the API gives it: read through the plant, drawn by the chart."""

from dataclasses import fields

from console.web import series
from console.web.alarms import marks_of
from console.web.board import quality_words
from console.web.codes import code_words
from console.web.days import Days
from console.web.plant import Plant
from console.web.shapes import GapView, MarkView, MineView, PointView, SeriesView, SparkView, Words
from console.web.states import DELIVERY
from contracts.clock import SECOND
from ingest.ledger import Gap
from store.records.alarms import AlarmRow

SPARK_BUCKETS = 60
MARKS = 500
"""Newest alarms of a mine looked through for a chart."""


def period_of(mine: MineView, view: PointView) -> int:
    """The reporting period (µs) of the gateway that reports a point; one second where it is unknown."""
    return next((round(gateway.period_s * SECOND) for gateway in mine.gateways if gateway.id == view.gateway), SECOND)


async def history(plant: Plant, ledger: Days, mine: MineView, view: PointView, span: tuple[int, int], buckets: int) -> SeriesView:
    """The columns, gaps and alarms of [start, end). A gap ends at now at the latest: the future is not a gap."""
    start, end = span
    period = period_of(mine, view)
    columns = await plant.run(lambda: series.read(plant.store, mine.id, view.id, span, buckets, period))
    known = max(start, min(end, plant.clock.now() - DELIVERY))
    gaps: list[Gap] = []
    if view.gateway and known > start:
        days = await ledger.of(view.gateway, start, known)
        gaps = [gap for day in days for gap in day.gaps]
    holes = series.named(series.holes(columns, (start, known), period), gaps, columns, (start, known))
    return SeriesView(
        **{field.name: getattr(columns, field.name) for field in fields(columns)},
        mine=mine.id,
        point=view.id,
        unit=view.unit,
        start_us=start,
        end_us=end,
        quality_words={str(bits): quality_words(bits) for bits in sorted(set(columns.quality)) if bits},
        gaps=[GapView(hole.start, hole.end, hole.words, hole.reasons, Words(*code_words(hole.reasons))) for hole in holes],
        limits=view.limits,
        alarms=await _marks(plant, mine.id, view.id, span),
    )


async def sparkline(plant: Plant, mine: str, point: str, span: tuple[int, int]) -> SparkView:
    """Means of a point over [start, end) in about 60 buckets."""
    start, end = span
    width = series.width_for(end - start, SPARK_BUCKETS)
    columns = series.bucketed(await plant.run(lambda: plant.store.buckets(mine, point, start, end, width)))
    return SparkView(point, width, columns.time_us, columns.mean)


async def _marks(plant: Plant, mine: str, point: str, span: tuple[int, int]) -> list[MarkView]:
    def read() -> list[AlarmRow]:
        with plant.records.read() as db:
            rows = plant.journal.active(db, mine) + plant.journal.listing(db, mine=mine, limit=MARKS)
        return list({row.id: row for row in rows if row.point == point}.values())

    return marks_of(await plant.run(read), span)
