"""The figures of the fleet's reports as a chart of a spreadsheet. It brings openpyxl along, so it is loaded when one is made."""

from datetime import date

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.chart import Reference, ScatterChart, Series  # type: ignore[import-untyped]

from console.paper.books import book_of, bytes_of
from console.paper.paper import Paper
from console.reports.fleet_ink import FleetInk
from console.web.draw_fleet import told_span
from fleet.view import LineView


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
