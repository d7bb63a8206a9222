"""The figures of the fleet's reports as data for `fleet.typ`."""

from dataclasses import asdict
from typing import Any

from console.paper.paper import Paper, data_of
from console.reports.fleet_ink import FleetInk
from console.web.draw_fleet import PLACES, STATUSES, chart_of, runs_of
from fleet.view import CityView, MineView, ProvinceView


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
