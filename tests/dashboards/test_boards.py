"""The boards as they are reviewed: both languages whole, nothing but queries, no alert."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.units import QUANTITIES
from dashboards import flux
from dashboards.boards import BOARDS
from dashboards.build import REVIEWED, build, text, write
from dashboards.panels import LANGUAGES, Kind, Panel, Place
from dashboards.render import Json

BUILT = build(Place())
HAN = re.compile(r"[\u4e00-\u9fff]")
NAMES = [(lang, board.name) for lang in LANGUAGES for board in BOARDS]


def panels() -> Iterator[tuple[str, Json]]:
    for lang, boards in BUILT.items():
        for board in boards.values():
            for panel in board["panels"]:
                yield lang, panel


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


@pytest.mark.parametrize(("lang", "name"), NAMES)
def test_the_reviewed_json_is_what_the_boards_build_to(lang: str, name: str) -> None:
    """`davy dashboards build` brings it up to date."""
    assert (REVIEWED / lang / f"{name}.json").read_text(encoding="utf-8") == text(BUILT[lang][name])


def test_facts_of_a_mine_are_asked_of_the_database_before_anything_is_done_row_by_row() -> None:
    """Row by row over all mines, 60 days of 12 mines took 3 s of a processor, and Grafana gave up."""
    for query in (flux.fact("x"), flux.facts({"x": ("甲", "a")}), flux.facts({"x": ("甲", "a")}, subjects=True)):
        for asked in query.flux:
            chosen = asked[: asked.index("|> map(")]
            assert flux.MINE in chosen
            assert 'r.fact == "x"' in chosen


def test_every_quantity_whose_quality_drainage_shows_has_a_chart_there() -> None:
    *charts, lanes = [
        panel for panel in BUILT["en"]["drainage"]["panels"] if "@raw" in str(panel["targets"]) or "davy_raw" in str(panel["targets"])
    ]
    named = re.compile(r'r\._measurement == "(\w+)"')
    charted = {name for panel in charts for target in panel["targets"] for name in named.findall(target["query"])}
    assert lanes["type"] == "state-timeline"
    assert {name for name in QUANTITIES if f'r.quantity == "{name}"' in lanes["targets"][0]["query"]} <= charted


def test_days_are_dates_and_codes_are_words_on_the_board_of_the_fleet() -> None:
    zh = {panel["title"]: panel["targets"][0]["query"] for panel in BUILT["zh"]["fleet"]["panels"] if panel["targets"]}
    assert 'if r.object == "washery" then "选煤厂"' in zh["按证据"]
    assert 'if r.kind == "bulk_flags" then "批量标校"' in zh["可疑数据"]
    for title in ("各矿最近结果（3 天内）", "可疑数据", "网关链路（3 天内最近一日）"):
        assert '"日期": strings.substring(v: string(v: r._time), start: 0, end: 10)' in zh[title]


def test_no_reviewed_json_is_of_a_board_that_is_gone() -> None:
    assert {(path.parent.name, path.stem) for path in REVIEWED.rglob("*.json")} == set(NAMES)


def test_every_panel_has_a_title_a_unit_and_a_query_or_text() -> None:
    for _, panel in panels():
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert all(target["query"] for target in panel["targets"])
        assert panel["targets"] or panel["options"]["content"]


def test_chinese_boards_speak_chinese_and_english_ones_do_not() -> None:
    for lang, panel in panels():
        shown = [panel["title"], panel["fieldConfig"]["defaults"].get("noValue", "-")]
        shown += [state["text"] for mapping in panel["fieldConfig"]["defaults"]["mappings"] for state in mapping["options"].values()]
        shown += [panel["options"].get("content", "-")]
        shown += re.findall(r'"([^"@$]*)": r\.', "".join(target["query"] for target in panel["targets"]))
        assert [word for word in shown if word != "-" and bool(HAN.search(word)) is not (lang == "zh")] == []


def test_no_board_owns_an_alert() -> None:
    assert [key for key in keys(BUILT) if "alert" in key.lower()] == []


def test_every_board_of_a_mine_asks_for_it_in_every_query() -> None:
    for board in BOARDS:
        queries = [query.flux[0] for panel in board.panels for query in panel.queries]
        assert all(("${mine}" in query) == ("mine" in board.variables) for query in queries), board.name
        assert any("${area" in query for query in queries) == ("area" in board.variables), board.name


def test_units_of_quantities_are_those_of_the_contracts() -> None:
    ours = {"celsius": "°C", "none": ""}
    for board in BOARDS:
        for panel in board.panels:
            for quantity in quantities(panel):
                unit = ours.get(panel.unit, panel.unit.removeprefix("suffix: "))
                assert unit == QUANTITIES[quantity].unit.replace("m3", "m³"), panel.title


def quantities(panel: Panel) -> set[str]:
    """What a chart shows of the readings."""
    if panel.kind is not Kind.CHART:
        return set()
    return set(re.findall(r'r\._measurement == "(\w+)"', panel.queries[0].flux[0])) & QUANTITIES.keys()


def test_no_line_is_drawn_over_a_gap() -> None:
    for _, panel in panels():
        custom = panel["fieldConfig"]["defaults"]["custom"]
        assert custom.get("spanNulls", False) is False
        if panel["type"] == Kind.CHART and "@raw" in panel["targets"][0]["query"]:
            assert "createEmpty: true" in panel["targets"][0]["query"]


def test_panels_do_not_overlap() -> None:
    for boards in BUILT.values():
        for board in boards.values():
            cells = [
                (x, y)
                for grid in (panel["gridPos"] for panel in board["panels"])
                for x in range(grid["x"], grid["x"] + grid["w"])
                for y in range(grid["y"], grid["y"] + grid["h"])
            ]
            assert len(cells) == len(set(cells))
            assert max(x for x, _ in cells) < 24


def test_links_and_buckets_follow_the_place(tmp_path: Path) -> None:
    write(tmp_path, Place("https://davy.example/", "pit"))
    board = json.loads((tmp_path / "en" / "mine-live.json").read_text(encoding="utf-8"))

    models = json.loads((tmp_path / "en" / "models.json").read_text(encoding="utf-8"))
    assert "https://davy.example/findings?mine=${mine}" in [link["url"] for link in models["links"]]
    assert "https://davy.example/mines/${mine}" in [link["url"] for link in board["links"]]
    assert '"pit_raw"' in board["panels"][4]["targets"][0]["query"]
    assert "@" not in json.dumps([panel["targets"] for panel in board["panels"]])
