"""Every panel's query on a real InfluxDB: none fails, none is empty, and the gap and the alarm are there."""

import re
from dataclasses import replace

import pytest

from contracts.clock import MINUTE, SystemClock, iso
from contracts.errors import GiveUp
from contracts.facts import Fact
from dashboards import flux, readings
from dashboards.boards.models import MODELS
from dashboards.build import build
from dashboards.panels import Place
from dashboards.render import Json
from ingest.grafana_findings import finding_line
from ingest.grafana_fleet import fact_line
from ingest.grafana_lines import line
from models.policy import WEAR
from models.signs import GAS
from models.words import told
from sim_sensors.demo import devices
from store.records.findings import Remark
from tests.dashboards.on_influxd import GAP, GAP_AGO, LONG, MINE, Filled, filled, findings, poor
from tests.store.influx_server import shared

pytestmark = pytest.mark.servers
PREFIX = "boards"
BOARDS = build(Place(prefix=PREFIX))
PANELS = [
    pytest.param(panel, at, id=f"{board['uid']}-{panel['title']}-{target['refId']}")
    for boards in BOARDS.values()
    for board in boards.values()
    for panel in board["panels"]
    for at, target in enumerate(panel["targets"])
]


@pytest.fixture(scope="module")
def pit() -> Filled:
    return filled(shared().server(PREFIX), SystemClock().now())


@pytest.mark.parametrize("back", [0, LONG], ids=["raw", "statistics"])
@pytest.mark.parametrize(("panel", "at"), PANELS)
def test_the_query_answers_with_rows_that_hold_a_value(pit: Filled, panel: Json, at: int, back: int) -> None:
    rows = pit.rows(panel, at, back=back)

    assert rows
    if panel["type"] != "table":
        assert any(row["_value"] for row in rows)
    if panel["type"] in ("timeseries", "state-timeline"):
        assert all(row["point"] and row["_time"] for row in rows)


def of(title: str) -> Json:
    found: list[Json] = [panel for panel in BOARDS["en"]["mine-live"]["panels"] if panel["title"] == title]
    return found[0]


def test_a_gap_is_a_null_in_a_chart(pit: Filled) -> None:
    rows = [row for row in pit.rows(of("Oxygen")) if row["_value"] == ""]

    assert len(rows) >= (GAP[1] - GAP[0]) // 15_000_000 - 1


def test_a_gap_is_no_data_in_the_lanes_never_good(pit: Filled) -> None:
    lanes = pit.rows(of("Quality of methane and carbon monoxide"))
    first = {row["_value"] for row in lanes if row["point"] == "MR-T" and row["_time"] >= iso(pit.start)[:19]}

    assert first == {str(readings.NO_DATA), str(readings.GOOD)}


def test_limits_are_drawn_at_their_values(pit: Filled) -> None:
    rows = [row for row in pit.rows(of("Methane, points with a known limit")) if row["point"].startswith("alarm limit in force")]

    assert {row["point"]: float(row["_value"]) for row in rows}["alarm limit in force 1 %CH4"] == 1.0
    assert len({row["_time"] for row in rows}) == 2


def test_no_methane_point_is_hidden(pit: Filled) -> None:
    known, unknown = (
        {row["point"] for row in pit.rows(of(title)) if not row["point"].startswith("alarm limit")}
        for title in ("Methane, points with a known limit", "Methane, points without a known limit")
    )

    assert known
    assert unknown == {"1-PIPE", "1101-T3"}
    assert not known & unknown


def test_alarm_under_calibration_has_a_colour_of_its_own(pit: Filled) -> None:
    every = next(panel for panel in BOARDS["en"]["data-honesty"]["panels"] if panel["title"].startswith("Quality and gaps"))
    values = {row["_value"] for row in pit.rows(every) if row["point"] == "MF-RUN1"}

    assert str(readings.UNVERIFIED) in values


def test_a_field_that_a_point_has_lost_gives_it_no_second_row(pit: Filled) -> None:
    points = [row["point"] for row in pit.rows(of("Points"))]

    assert len(points) == len(set(points)) > 0


def test_a_long_span_shows_the_extremes_and_the_mean_of_statistics(pit: Filled) -> None:
    rows = [row for row in pit.rows(of("Oxygen"), back=LONG) if row["_value"]]
    ago = {row["point"]: float(row["_value"]) for row in rows if row["_time"] < iso(pit.start - 2 * GAP_AGO[0] + 60 * MINUTE)}

    assert ago == {"1101-O2": 1.0, "1101-O2 mean": 2.0, "1101-O2 highest": 3.0}


def test_a_gap_stays_a_gap_over_a_long_span(pit: Filled) -> None:
    low, high = (iso(pit.start - ago) for ago in (GAP_AGO[1] - 10 * MINUTE, GAP_AGO[0] + 10 * MINUTE))
    chart = {row["_value"] for row in pit.rows(of("Oxygen"), back=LONG) if low < row["_time"] < high}
    lanes = {row["_value"] for row in pit.rows(of("Quality of methane and carbon monoxide"), back=LONG) if low < row["_time"] < high}

    assert (chart, lanes) == ({""}, {str(readings.NO_DATA)})


def test_statistics_that_are_not_all_good_are_never_good_in_the_lanes(pit: Filled) -> None:
    lanes = pit.rows(of("Quality of methane and carbon monoxide"), back=LONG)

    assert {row["_value"] for row in lanes if row["_time"][:16] == iso(poor(pit.start))[:16]} == {str(readings.DOUBTFUL)}


def test_a_mine_without_such_points_is_told_so_and_not_shown_as_an_empty_panel(pit: Filled) -> None:
    """Every chart and lane of readings, for a mine that registered nothing."""
    for lang, word in zip(("zh", "en"), readings.NONE_HERE, strict=True):
        for board in ("mine-live", "equipment"):
            for panel in BOARDS[lang][board]["panels"]:
                if readings.NONE_HERE[0] in panel["targets"][0]["query"] or readings.NONE_HERE[1] in panel["targets"][0]["query"]:
                    assert {row["point"] for row in pit.rows(panel, mine="nowhere")} == {word}


def test_a_registered_point_that_said_nothing_is_there_as_no_data(pit: Filled) -> None:
    silent = line("points", {"mine": MINE, "area": "x", "quantity": "methane", "point": "MUTE"}, {"unit": "%CH4"}, pit.end - 1)
    pit.server.write("events", silent.encode())
    lanes = pit.rows(of("Quality of methane and carbon monoxide"))

    assert {row["_value"] for row in lanes if row["point"] == "MUTE"} == {str(readings.NO_DATA)}
    assert {row["_value"] for row in pit.rows(of("Methane, points without a known limit")) if row["point"] == "MUTE"} == {""}


@pytest.mark.parametrize("back", [0, LONG], ids=["raw", "statistics"])
@pytest.mark.parametrize("title", ["Oxygen", "Wind speed", "Air doors", "Quality of methane and carbon monoxide"])
def test_an_area_shows_the_points_that_are_registered_there(pit: Filled, title: str, back: int) -> None:
    registered = devices(pit.start)[MINE].registry.points
    extremes = {f" {word[1]}" for word in (readings.MEAN, readings.LOW, readings.HIGH)}

    def points(area: str) -> set[str]:
        shown = {row["point"] for row in pit.rows(of(title), back=back, area=area)} - {readings.NONE_HERE[1]}
        return {name.removesuffix(next((end for end in extremes if name.endswith(end)), "")) for name in shown}

    every, areas = points(".*") - {"MUTE"}, {point.area for point in registered}
    assert every <= {point.id for point in registered}
    for area in areas:
        assert points(area) == every & {point.id for point in registered if point.area == area}
    assert points("(" + "|".join(sorted(areas)) + ")") == every


def test_an_area_whose_name_has_signs_of_a_pattern_can_be_chosen(pit: Filled) -> None:
    odd = line("points", {"mine": MINE, "area": "5.1 (east)", "quantity": "oxygen", "point": "ODD"}, {"unit": "%"}, pit.end - MINUTE)
    pit.server.write("events", odd.encode())
    pit.server.write("raw", f"oxygen,mine={MINE} ODD=20.5 {pit.end - MINUTE}\n".encode())

    assert {row["point"] for row in pit.rows(of("Oxygen"), area="5\\.1 \\(east\\)")} == {"ODD"}
    assert "ODD" in {row["point"] for row in pit.rows(of("Oxygen"), area="(face|5\\.1 \\(east\\))")}


@pytest.mark.parametrize("title", ["Dust", "Quality of methane and carbon monoxide"])
def test_a_point_with_lines_of_the_layout_before_is_one_line(pit: Filled, title: str) -> None:
    """Readings older than the upgrade have a tag `area`."""
    name = {"Dust": "dust"}.get(title, "methane")
    point = next(one for one in devices(pit.start)[MINE].registry.points if one.quantity == name)
    older = [f"{name},area={point.area},mine={MINE} {point.id}=0.75 {at}\n" for at in range(pit.start - 5 * MINUTE, pit.start, 5_000_000)]
    pit.server.write("raw", "".join(older).encode())
    rows = [row for row in pit.rows(of(title), back=6 * MINUTE) if row["point"] == point.id and row["_time"] < iso(pit.end)[:19]]

    times = [row["_time"] for row in rows]
    told = [row for row in rows if row["_value"] not in ("", str(readings.NO_DATA))]
    assert len(set(times)) == len(times)
    assert len(told) >= (5 + 4) * 4 - 2  # nine minutes with readings, in windows of 15 s


def test_lanes_of_alarms_are_words_and_say_when_nothing_was_copied(pit: Filled) -> None:
    for lang, lane, first in (("zh", "1103-T1 断电值", "报警副本"), ("en", "1103-T1 cut value", "copy of alarms")):
        panel = next(panel for panel in BOARDS[lang]["alarms"]["panels"] if panel["type"] == "state-timeline")
        assert {row["point"] for row in pit.rows(panel)} == {lane, first}
        assert {row["_value"] for row in pit.rows(panel, mine="nowhere")} == {str(flux.NO_COPY)}


def model_panel(kind: str, lang: str = "en") -> Json:
    found: list[Json] = [panel for panel in BOARDS[lang]["models"]["panels"] if panel["type"] == kind]
    return found[0]


def test_models_scores_stand_by_area_under_their_threshold_and_a_gap_is_a_gap(pit: Filled) -> None:
    rows = pit.rows(model_panel("timeseries"))

    assert {row["point"] for row in rows} == {"S-face", "S-belt", "threshold 1"}
    assert {float(row["_value"]) for row in rows if row["point"] == "threshold 1"} == {1.0}
    assert len([row for row in rows if row["point"] == "S-face" and row["_value"] == ""]) >= (GAP[1] - GAP[0]) // (20 * 10**6) - 1
    assert {row["point"] for row in pit.rows(model_panel("timeseries"), area="belt")} == {"S-belt", "threshold 1"}
    nobody = {row["point"] for row in pit.rows(model_panel("timeseries"), mine="nowhere") if not row["point"].startswith("threshold")}
    assert nobody == {readings.NONE_HERE[1]}


@pytest.mark.parametrize(("lang", "at", "state"), [("zh", 0, ("仍在", "已结束")), ("en", 1, ("standing", "ended"))])
def test_models_findings_are_told_that_began_or_still_stood_in_the_span(pit: Filled, lang: str, at: int, state: tuple[str, str]) -> None:
    """The first began long before the span and stands; the second ended before it."""
    columns = [column[at] for column in MODELS.panels[2].queries[0].columns]
    wear, gas = ([row[name] for name in columns[1:]] for row in pit.rows(model_panel("table", lang)))

    unmarked = ("未标记", "not marked")[at]
    assert wear == [state[1], unmarked, told(WEAR).seen[at], "s3", "88", *_reason(WEAR, at)]
    assert gas == [state[0], unmarked, told(GAS).seen[at], "1101-T1, 1101-T2", "88", *_reason(GAS, at)]


def _reason(kind: str, at: int) -> list[str]:
    could_be = ("；", "; ")[at].join(one[at] for one in told(kind).could_be)
    return [could_be, told(kind).check[at]]


def test_models_a_finding_that_is_told_again_stays_one_row_with_its_mark(pit: Filled) -> None:
    last = findings(pit.start)[-1]
    marked = replace(last, ended=last.ended + MINUTE, remarks=(Remark("maintenance", "somebody", "oil", 1),))
    pit.server.write("events", finding_line(marked).encode())
    rows = pit.rows(model_panel("table"))
    pit.server.write("events", finding_line(last).encode())

    assert [row["mark"] for row in rows] == ["maintenance", "not marked"]


def test_the_walk_fails_on_a_broken_and_on_an_empty_query(pit: Filled) -> None:
    """The walk above would find them."""
    panel = of("Oxygen")
    broken, empty = (
        {**panel, "targets": [{**panel["targets"][0], "query": panel["targets"][0]["query"].replace(old, new)}]}
        for old, new in (("union(", "onion("), ('"oxygen"', '"nothing"'))
    )
    with pytest.raises(GiveUp):
        pit.rows(broken)
    assert not any(row["_value"] for row in pit.rows(empty))


def panel_of(board: str, title: str) -> Json:
    found: list[Json] = [panel for panel in BOARDS["en"][board]["panels"] if panel["title"] == title]
    return found[0]


def test_drainage_a_day_without_evidence_is_a_hole_and_no_figure(pit: Filled) -> None:
    """Said again without evidence, the day's value is gone; the figure shows the newest day that is known."""
    at = pit.start + 2 * MINUTE
    chart, figure = panel_of("drainage", "Pure methane drained by day"), panel_of("drainage", "Pure methane drained, newest day (of 3)")
    by_minutes = {**chart, "interval": "1m"}
    for value, shown, newest in ((7000.0, {6321.0, 7000.0}, 7000.0), (None, {6321.0}, 6321.0)):
        pit.server.write("events", fact_line(MINE, Fact("drained_pure_m3", value, 0.5, 0, 1, "x@1"), at).encode())
        assert {float(row["_value"]) for row in pit.rows(by_minutes) if row["_value"]} == shown
        assert [float(row["_value"]) for row in pit.rows(figure)] == [newest]
    assert {row["point"] for row in pit.rows(by_minutes)} == {"drained"}
    assert "" in {row["_value"] for row in pit.rows(by_minutes)}


def test_drainage_of_a_mine_without_a_pipe_is_told_as_none_here_and_has_no_figure(pit: Filled) -> None:
    for title in ("Pipe methane concentration", "Pipe mixed flow", "Pipe negative pressure", "Pipe temperature"):
        assert {row["point"] for row in pit.rows(panel_of("drainage", title), mine="nowhere")} == {readings.NONE_HERE[1]}
    for title in ("Pure methane drained by day", "Drainage rate, newest day (of 3)", "Facts by day"):
        assert pit.rows(panel_of("drainage", title), mine="nowhere") == []


def test_fleet_the_three_series_are_three_panels_and_the_official_one_says_that_nothing_is_loaded(pit: Filled) -> None:
    evidence = {row["point"]: row["_value"] for row in pit.rows(panel_of("fleet", "By evidence")) if row["_value"]}
    [official] = {row["_value"] for row in pit.rows(panel_of("fleet", "Officially assessed (-1: no notice is loaded)")) if row["_value"]}
    [press] = pit.rows(panel_of("fleet", "Totals told by the press (they name no mine)"))

    assert evidence == {"met shanxi-2025 mine": "1", "not met shanxi-2025 mine": "2", "no evidence shanxi-2025 mine": "3"}
    assert (official, press["total"]) == ("-1", "268")


def test_fleet_links_of_gateways_are_told_by_kind(pit: Filled) -> None:
    rows = pit.rows(panel_of("fleet", "Links of gateways (newest of 3 days)"))

    assert {(row["mine"], row["gateway"], row["link"]) for row in rows} == {(MINE, "gate-1", "5g")}
    assert {row["fact"]: float(row["value"]) for row in rows}["network round trip, p95"] == 21.0
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", row["day"]) for row in rows)


def test_fleet_a_link_whose_kind_nobody_told_is_not_called_unmeasured(pit: Filled) -> None:
    """An empty cell would show what an empty table says: that no gateway measures its link."""
    bare = shared().server("bare")
    bare.write("events", fact_line(MINE, Fact("network_delay_ms", 14.0, 1.0, 0, 1, "x@1"), pit.end - MINUTE).encode())
    panel = next(
        one for one in build(Place(prefix="bare"))["en"]["fleet"]["panels"] if one["title"] == "Links of gateways (newest of 3 days)"
    )
    assert [row["link"] for row in Filled(bare, pit.start, pit.end).rows(panel)] == ["not stated"]


def test_fleet_tables_do_not_fail_where_no_gateway_measures_its_link(pit: Filled) -> None:
    """A bucket in which no fact has a subject: what a table asks for is not there at all."""
    empty = shared().server("lonely")
    empty.write("events", fact_line(MINE, Fact("drained_pure_m3", 1.0, 1.0, 0, 1, "x@1"), pit.start + MINUTE).encode())
    alone = Filled(empty, pit.start, pit.end)
    for boards in build(Place(prefix="lonely")).values():
        for panel in boards["fleet"]["panels"]:
            assert all(alone.rows(panel, at) == [] for at in range(len(panel["targets"])))
        figure = next(panel for panel in boards["drainage"]["panels"] if panel["type"] == "stat")
        assert [float(row["_value"]) for row in alone.rows(figure)] == [1.0]
