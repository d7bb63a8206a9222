"""The figures of the fleet's reports: as data for `fleet.typ`, and as a chart of a spreadsheet."""

from dataclasses import asdict
from datetime import date
from typing import Any

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.chart import Reference, ScatterChart, Series  # type: ignore[import-untyped]

from console.paper.paper import Paper, data_of
from console.paper.sheets import book_of, bytes_of
from console.reports.fleet_ink import FleetInk
from console.web.draw_fleet import PLACES, STATUSES, chart_of, runs_of, told_span
from fleet.view import CityView, LineView, MineView, ProvinceView


def province_data(paper: Paper, ink: FleetInk, view: ProvinceView) -> dict[str, Any]:
    """What `fleet.typ` is given for the province: the paper, its chart and its cities."""
    chart = chart_of(view.line, view.forecast.points, 12)
    placed = [one for one in view.cities if one.city in PLACES]
    legend = ink.t("fleet.chart.label") + (
        "" if view.line.official is not None else f"; {ink.t('fleet.officially')}: {ink.t('fleet.not_loaded')}"
    )
    figures = {
        "chart": ink.t("fleet.chart"),
        "chart_note": legend,
        "cities": ink.t("fleet.cities"),
        "cities_note": ink.t("fleet.paper.bars"),
    }
    drawn = None if chart is None else asdict(chart) | {"dots": [asdict(dot) | {"x": dot.x} for dot in chart.dots]}
    return data_of(paper) | {"chart": drawn, "cities": [_city(ink, one) for one in placed], "figures": figures}


def _city(ink: FleetInk, one: CityView) -> dict[str, Any]:
    column, row = PLACES[one.city]
    counts = {status: getattr(one.count, status) for status in STATUSES}
    words = ink.t("fleet.tile", met=one.count.met, not_met=one.count.not_met, no_evidence=one.count.no_evidence)
    return {
        "name": ink.city(one.city),
        "column": column,
        "row": row,
        "count": f"{one.count.met} / {one.count.all}",
        "parts": [{"status": str(status), "count": count} for status, count in counts.items()],
        "words": words,
    }


def mine_data(paper: Paper, ink: FleetInk, view: MineView) -> dict[str, Any]:
    """What `fleet.typ` is given for a mine: the paper and its outcome by day."""
    if not view.line:
        return data_of(paper)
    count = len(view.line)
    runs = [
        {"status": str(run.status), "at": run.at / count, "width": run.width / count, "height": run.height / 8}
        for run in runs_of([status for _, status in view.line])
    ]
    title = f"{ink.t('fleet.line')}: {view.line[0][0]} – {view.line[-1][0]}"
    return data_of(paper) | {"days": {"runs": runs}, "figures": {"days": title, "days_note": ink.t("fleet.line.key")}}


def xlsx_with_chart(paper: Paper, ink: FleetInk, line: LineView) -> bytes:
    """The paper as a spreadsheet, with the three series on a second sheet and a chart of them."""
    book = book_of(paper)
    if line.evidence or line.official or line.reported:
        _sheet(book, ink, line)
    return bytes_of(book)


def _sheet(book: Workbook, ink: FleetInk, line: LineView) -> None:
    sheet = book.create_sheet(ink.t("fleet.chart")[:31])
    chart = ScatterChart()
    chart.title, chart.height, chart.width = ink.t("fleet.chart"), 11, 26
    chart.x_axis.number_format, chart.x_axis.delete, chart.y_axis.delete = "yyyy-mm", False, False
    reported = tuple((told_span(day)[1].isoformat(), total) for day, total in line.reported)
    column = 1
    for key, rows in (("fleet.by_evidence", line.evidence), ("fleet.officially", line.official), ("fleet.reported", reported)):
        sheet.cell(1, column, ink.t("fleet.day"))
        sheet.cell(1, column + 1, ink.t(key))
        if rows is None:
            sheet.cell(2, column + 1, ink.t("fleet.not_loaded"))
        for at, (day, count) in enumerate(rows or (), 2):
            sheet.cell(at, column, date.fromisoformat(day)).number_format = "yyyy-mm-dd"
            sheet.cell(at, column + 1, count)
        if rows:
            _series(chart, Reference(sheet, column + 1, 1, max_row=len(rows) + 1), Reference(sheet, column, 2, max_row=len(rows) + 1), key)
        sheet.column_dimensions[sheet.cell(1, column).column_letter].width = 12
        column += 2
    sheet.add_chart(chart, "H2")


def _series(chart: ScatterChart, values: Reference, days: Reference, key: str) -> None:
    """The press's totals are dots without a line; the other two are lines of different dashes."""
    one = Series(values, days, title_from_data=True)
    if key == "fleet.reported":
        one.marker.symbol = "diamond"
        one.graphicalProperties.line.noFill = True
    else:
        one.marker.symbol = "none"
        one.graphicalProperties.line.dashStyle = "solid" if key == "fleet.by_evidence" else "dash"
    chart.series.append(one)
