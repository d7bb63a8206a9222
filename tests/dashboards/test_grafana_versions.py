"""Every board is made of what Grafana 9.4, 11, 12 and 13 all know, so that no version drops or reads something otherwise.

Source of the lists: what the types of `@grafana/schema` 11.6.16, 12.4.11 and 13.2.3 (dashboard, timeseries, statetimeline, stat, table,
text, common; Apache 2.0) and the panel models of Grafana 9.4 have in common, read on 2026-11-24; `definition` of a variable and `spanNulls`
of a state timeline are in none of them, but every version's own editor writes them. Nothing of ours ran on a Grafana newer than 9.4.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from dashboards.build import build
from dashboards.panels import Place
from dashboards.render import SOURCE, Json

BOARDS = [pytest.param(board, id=f"{lang}-{name}") for lang, boards in build(Place()).items() for name, board in boards.items()]

DASHBOARD = "uid title description tags editable graphTooltip refresh schemaVersion time timezone templating annotations links panels"
PANEL = "id type title description datasource gridPos interval maxDataPoints targets fieldConfig options transformations"
VARIABLE = "name label type datasource query definition refresh sort multi includeAll allValue current hide options regex skipUrlSync"
LINK = "type title url tags icon tooltip asDropdown includeVars keepTime targetBlank"
DEFAULTS = "unit color thresholds mappings custom displayName noValue decimals min max"
TOOLTIP = {"mode": ("single", "multi", "none"), "sort": ("asc", "desc", "none")}
LEGEND: Json = {"showLegend": bool, "displayMode": ("list", "table"), "placement": ("bottom", "right"), "calcs": list}
HIDE: Json = {"legend": bool, "tooltip": bool, "viz": bool}
SHOWN = ("auto", "never", "always")
OPTIONS: dict[str, Json] = {
    "timeseries": {"legend": LEGEND, "tooltip": TOOLTIP},
    "state-timeline": {
        "legend": LEGEND,
        "tooltip": TOOLTIP,
        "mergeValues": bool,
        "showValue": SHOWN,
        "rowHeight": float,
        "alignValue": ("left", "center", "right"),
    },
    "stat": {
        "reduceOptions": {"calcs": list, "fields": str, "values": bool},
        "colorMode": ("value", "background", "none"),
        "graphMode": ("none", "line", "area"),
        "textMode": ("auto", "value", "value_and_name", "name", "none"),
        "justifyMode": ("auto", "center"),
        "orientation": ("auto", "vertical", "horizontal"),
    },
    "table": {"showHeader": bool},
    "text": {"mode": ("markdown", "html", "code"), "content": str},
}
"""By panel type: its options, the values each may have."""
CUSTOM: dict[str, Json] = {
    "timeseries": {
        "drawStyle": ("line", "bars", "points"),
        "lineWidth": int,
        "fillOpacity": int,
        "spanNulls": bool,
        "showPoints": SHOWN,
        "pointSize": int,
        "lineStyle": {"fill": ("solid", "dash", "dot", "square"), "dash": list},
        "hideFrom": HIDE,
    },
    "state-timeline": {"lineWidth": int, "fillOpacity": int, "spanNulls": bool, "hideFrom": HIDE},
    "stat": {},
    "text": {},
    "table": {"align": ("auto", "left", "right", "center"), "width": int},
}
COLOUR: Json = {"mode": ("fixed", "thresholds", "palette-classic"), "fixedColor": str}
MATCHERS, TRANSFORMATIONS = {"byName", "byRegexp"}, {"organize"}
OLDEST_SCHEMA, NEWEST_SCHEMA = 13, 37
"""The backend of Grafana 12 lifts what is 13 or newer; 9.4 knows up to 37."""


def misfits(value: Any, known: Any, path: str) -> Iterator[str]:
    """Where a value is not of the known kind: a type, one of several words, or an object of known keys."""
    if isinstance(known, dict):
        if not isinstance(value, dict):
            yield path
            return
        for key, inner in value.items():
            yield from misfits(inner, known[key], f"{path}.{key}") if key in known else [f"{path}.{key}"]
    elif isinstance(known, tuple):
        if value not in known:
            yield f"{path} = {value!r}"
    elif not isinstance(value, (int, float) if known is float else known):
        yield f"{path} = {value!r}"


def strangers(given: Json, known: str) -> set[str]:
    return given.keys() - set(known.split())


@pytest.mark.parametrize("board", BOARDS)
def test_a_board_its_variables_and_links_have_known_keys_only(board: Json) -> None:
    assert strangers(board, DASHBOARD) == set()
    assert OLDEST_SCHEMA <= board["schemaVersion"] <= NEWEST_SCHEMA
    for variable in board["templating"]["list"]:
        assert strangers(variable, VARIABLE) == set()
        assert (variable["type"], variable["datasource"]) == ("query", SOURCE)
    for link in board["links"]:
        assert strangers(link, LINK) == set()
        assert link["type"] in ("link", "dashboards")


@pytest.mark.parametrize("board", BOARDS)
def test_a_panel_is_of_a_known_type_with_known_options_and_field_options(board: Json) -> None:
    for panel in board["panels"]:
        kind, fields, name = panel["type"], panel["fieldConfig"], panel["title"]
        assert kind in OPTIONS, f"{name}: {kind}"
        assert strangers(panel, PANEL) == strangers(fields["defaults"], DEFAULTS) == fields.keys() - {"defaults", "overrides"} == set()
        assert list(misfits(panel["options"], OPTIONS[kind], name)) == []
        assert list(misfits(fields["defaults"]["custom"], CUSTOM[kind], name)) == []
        assert list(misfits(fields["defaults"]["color"], COLOUR, name)) == []
        assert all(mapping["type"] == "value" for mapping in fields["defaults"]["mappings"])


@pytest.mark.parametrize("board", BOARDS)
def test_overrides_and_transformations_are_known_ones(board: Json) -> None:
    for panel in board["panels"]:
        known = {f"custom.{name}": what for name, what in CUSTOM[panel["type"]].items()} | {"color": COLOUR}
        for override in panel["fieldConfig"]["overrides"]:
            assert override["matcher"]["id"] in MATCHERS
            for one in override["properties"]:
                assert list(misfits({one["id"]: one["value"]}, known, panel["title"])) == []
        assert {one["id"] for one in panel["transformations"]} <= TRANSFORMATIONS


@pytest.mark.parametrize("board", BOARDS)
def test_every_source_is_named_by_type_and_uid(board: Json) -> None:
    """Names and numbers of sources are of the past; Grafana 13 answers to numbers no more."""
    for panel in board["panels"]:
        assert panel["datasource"] == SOURCE
        assert [target["datasource"] for target in panel["targets"]] == [SOURCE] * len(panel["targets"])
    assert SOURCE.keys() == {"type", "uid"}


@pytest.mark.parametrize(
    ("value", "known", "found"),
    [
        ({"cellHeight": "sm"}, OPTIONS["table"], ["p.cellHeight"]),
        ({"displayMode": "color-text"}, CUSTOM["table"], ["p.displayMode"]),
        ({"legend": {"displayMode": "hidden"}}, OPTIONS["timeseries"], ["p.legend.displayMode = 'hidden'"]),
        ({"spanNulls": 3}, CUSTOM["state-timeline"], ["p.spanNulls = 3"]),
        ({"rowHeight": 0.9, "mergeValues": True}, OPTIONS["state-timeline"], []),
    ],
)
def test_what_not_all_versions_know_is_found(value: Json, known: Json, found: list[str]) -> None:
    assert list(misfits(value, known, "p")) == found
