"""A point's history as the API gives it: read through the plant, drawn by the chart."""

import asyncio
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
    known = max(start, min(end, plant.clock.now() - DELIVERY))
    counting = asyncio.ensure_future(_gaps(ledger, view.gateway, start, known))  # it may wait for a commit: meanwhile the rest is read
    try:
        columns, marks = await plant.look(
            lambda: (series.read(plant.store, mine.id, view.id, span, buckets, period), _marks(plant, mine.id, view.id, span)), store=True
        )
        gaps = await counting
    finally:
        counting.cancel()
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
        alarms=marks,
    )


async def sparkline(plant: Plant, mine: str, point: str, span: tuple[int, int]) -> SparkView:
    """Means of a point over [start, end) in about 60 buckets."""
    start, end = span
    width = series.width_for(end - start, SPARK_BUCKETS)
    columns = series.bucketed(await plant.look(lambda: plant.store.buckets(mine, point, start, end, width), store=True))
    return SparkView(point, width, columns.time_us, columns.mean)


async def _gaps(ledger: Days, gateway: str, start: int, end: int) -> list[Gap]:
    """What the gap ledger knows of a gateway in [start, end); nothing of a point that no gateway reports."""
    days = await ledger.of(gateway, start, end) if gateway and end > start else []
    return [gap for day in days for gap in day.gaps]


def _marks(plant: Plant, mine: str, point: str, span: tuple[int, int]) -> list[MarkView]:
    with plant.records.read() as db:
        rows = plant.journal.active(db, mine) + plant.journal.listing(db, mine=mine, limit=MARKS)
    found: dict[int, AlarmRow] = {row.id: row for row in rows if row.point == point}
    return marks_of(found.values(), span)
