"""A board as Grafana's JSON. Fields that Grafana adds by itself are left out; `diff` knows them."""

from typing import Any

from dashboards import readings
from dashboards.panels import Board, Kind, Panel, Place, Text

Json = dict[str, Any]
SOURCE_UID = "davy-influx"
SOURCE: Json = {"type": "influxdb", "uid": SOURCE_UID}
SCHEMA = 37
"""Grafana 9.4 and every later one read it; newer ones lift it as they load it."""
LANE_WINDOWS = 400
"""So many windows at most in a lane."""
NO_DATA, NO_ANSWER = ("无数据", "no data"), ("查询没有结果，情况未知", "the query gave nothing: nothing is known")
_OFF_LEGEND = {"legend": True, "tooltip": False, "viz": False}
_MINES = 'import "influxdata/influxdb/schema"\nschema.tagValues(bucket: "@raw", tag: "mine", start: -7d)'
_AREAS = (
    'import "influxdata/influxdb/schema"\n'
    'schema.tagValues(bucket: "@events", tag: "area", predicate: (r) => r._measurement == "points" and r.mine == "${mine}", start: -7d)'
)
_VARIABLES = {"mine": (("矿井", "mine"), _MINES), "area": (("区域", "area"), _AREAS)}


def uid(board: Board, lang: str) -> str:
    """The board's identity in Grafana."""
    return f"davy-{lang}-{board.name}"


def render(board: Board, lang: str, place: Place) -> Json:
    """The board in `zh` or `en`."""
    console = place.console.rstrip("/") + ("/mines/${mine}" if "mine" in board.variables else "/")
    return {
        "uid": uid(board, lang),
        "title": say(board.title, lang),
        "description": say(board.note, lang),
        "tags": ["davylamp", f"davylamp-{lang}"],
        "editable": False,
        "graphTooltip": 1,
        "refresh": board.refresh,
        "schemaVersion": SCHEMA,
        "time": {"from": board.hours, "to": "now"},
        "timezone": "browser",
        "templating": {"list": [_variable(name, lang, place) for name in board.variables]},
        "annotations": {"list": []},
        "links": [
            _link("dashboards", say(("安全灯各板", "Davylamp boards"), lang), "", [f"davylamp-{lang}"]),
            _link("link", say(("控制台", "console"), lang), console, []),
            *(_link("link", say(words, lang), place.console.rstrip("/") + path, []) for words, path in board.pages),
        ],
        "panels": _laid_out(board, lang, place),
    }


def say(text: Text, lang: str) -> str:
    """The text in that language."""
    return text[0] if lang == "zh" else text[1]


def _link(kind: str, title: str, url: str, tags: list[str]) -> Json:
    return {
        "type": kind,
        "title": title,
        "url": url,
        "tags": tags,
        "icon": "external link",
        "tooltip": "",
        "asDropdown": kind == "dashboards",
        "includeVars": kind == "dashboards",
        "keepTime": kind == "dashboards",
        "targetBlank": kind == "link",
    }


def _variable(name: str, lang: str, place: Place) -> Json:
    label, flux = _VARIABLES[name]
    query = _bucketed(flux, place)
    several = name == "area"
    return {
        "name": name,
        "label": say(label, lang),
        "type": "query",
        "datasource": SOURCE,
        "query": query,
        "definition": query,
        "refresh": 2,
        "sort": 1,
        "multi": several,
        "includeAll": several,
        "allValue": ".*" if several else "",
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]} if several else {},
        "hide": 0,
        "options": [],
        "regex": "",
        "skipUrlSync": False,
    }


def _bucketed(flux: str, place: Place) -> str:
    return flux.replace('"@', f'"{place.prefix}_')


def _laid_out(board: Board, lang: str, place: Place) -> list[Json]:
    """Panels from left to right, a new row of the grid where one does not fit; ids count from 1."""
    out: list[Json] = []
    x = y = tallest = 0
    for number, panel in enumerate(board.panels, 1):
        if x + panel.width > 24:
            x, y, tallest = 0, y + tallest, 0
        grid = {"x": x, "y": y, "w": panel.width, "h": panel.height}
        out.append(_panel(panel, number, grid, lang, place))
        x, tallest = x + panel.width, max(tallest, panel.height)
    return out


def _panel(panel: Panel, number: int, grid: dict[str, int], lang: str, place: Place) -> Json:
    targets = [
        {"refId": chr(ord("A") + at), "datasource": SOURCE, "query": _bucketed(say(query.flux, lang), place)}
        for at, query in enumerate(panel.queries)
    ]
    columns = [say(column, lang) for query in panel.queries for column in query.columns]
    order = {"excludeByName": {}, "indexByName": {name: at for at, name in enumerate(columns)}, "renameByName": {}}
    return {
        "id": number,
        "type": str(panel.kind),
        "title": say(panel.title, lang),
        "description": say(panel.note, lang),
        "datasource": SOURCE,
        "gridPos": grid,
        "interval": panel.window,
        **({"maxDataPoints": LANE_WINDOWS} if panel.kind is Kind.LANES else {}),
        "targets": targets,
        "fieldConfig": {"defaults": _defaults(panel, lang), "overrides": _overrides(panel, lang)},
        "options": _options(panel, lang),
        "transformations": [{"id": "organize", "options": order}] if columns else [],
    }


def _defaults(panel: Panel, lang: str) -> Json:
    fixed = {"mode": "fixed", "fixedColor": "text"}
    colour = {Kind.CHART: {"mode": "palette-classic"}, Kind.STAT: {"mode": "thresholds"}}.get(panel.kind, fixed)
    steps = panel.steps or ((None, "blue"),)
    defaults: Json = {
        "unit": panel.unit,
        "color": colour,
        "thresholds": {"mode": "absolute", "steps": [{"color": name, "value": value} for value, name in steps]},
        "mappings": _mappings(panel, lang),
        "custom": _custom(panel.kind),
    }
    if panel.kind in (Kind.CHART, Kind.LANES):
        defaults["displayName"] = "${__field.labels.point}"
    if panel.kind is not Kind.LANES:
        defaults["noValue"] = say(panel.empty if panel.empty[0] else NO_ANSWER if _of_readings(panel) else NO_DATA, lang)
    if panel.decimals is not None:
        defaults["decimals"] = panel.decimals
    return defaults


def _mappings(panel: Panel, lang: str) -> list[Json]:
    if not panel.states:
        return []
    options = {
        str(state.value): {"text": say(state.text, lang), "color": state.colour, "index": at} for at, state in enumerate(panel.states)
    }
    return [{"type": "value", "options": options}]


def _custom(kind: Kind) -> Json:
    if kind is Kind.CHART:
        return {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 0, "spanNulls": False, "showPoints": "auto", "pointSize": 3}
    if kind is Kind.LANES:
        return {"lineWidth": 0, "fillOpacity": 80, "spanNulls": False}
    return {"align": "auto"} if kind is Kind.TABLE else {}


def _of_readings(panel: Panel) -> bool:
    return panel.kind is Kind.CHART and any('"@raw"' in query.flux[0] for query in panel.queries)


def _overrides(panel: Panel, lang: str) -> list[Json]:
    """Limits dashed and red, a threshold orange; mean and other extreme of a long span dotted, out of the legend; sentences wide."""
    out: list[Json] = []
    if _of_readings(panel):
        beside = "|".join(say(words, lang) for words in (readings.MEAN, readings.LOW, readings.HIGH))
        out.append(_override("byRegexp", f"/ ({beside})$/", lineStyle={"fill": "dot", "dash": [0, 5]}, hideFrom=_OFF_LEGEND))
        out.append(_override("byRegexp", f"/{say(readings.LIMIT, lang)}/", lineStyle={"fill": "dash", "dash": [8, 6]}, showPoints="never"))
        out[-1]["properties"].append(_fixed("red"))
    if any(f'"{readings.THRESHOLD[0]} ' in query.flux[0] for query in panel.queries):
        word = say(readings.THRESHOLD, lang)
        out.append(_override("byRegexp", f"/^{word} /", lineStyle={"fill": "dash", "dash": [8, 6]}, showPoints="never"))
        out[-1]["properties"].append(_fixed("orange"))
    return out + [_override("byName", say(name, lang), width=pixels) for name, pixels in panel.wide]


def _fixed(colour: str) -> Json:
    return {"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}


def _override(matcher: str, options: str, **custom: object) -> Json:
    properties = [{"id": f"custom.{name}", "value": value} for name, value in custom.items()]
    return {"matcher": {"id": matcher, "options": options}, "properties": properties}


def _options(panel: Panel, lang: str) -> Json:
    listed = {"showLegend": True, "displayMode": "list", "placement": "bottom", "calcs": []}
    match panel.kind:
        case Kind.CHART:
            return {"legend": listed, "tooltip": {"mode": "multi", "sort": "desc"}}
        case Kind.LANES:
            return {
                "legend": listed,
                "mergeValues": True,
                "showValue": "never",
                "rowHeight": 0.9,
                "alignValue": "left",
                "tooltip": {"mode": "single", "sort": "none"},
            }
        case Kind.STAT:
            reduce = {"calcs": ["lastNotNull"], "fields": "", "values": False}
            return {
                "reduceOptions": reduce,
                "colorMode": "value",
                "graphMode": "none",
                "textMode": "auto",
                "justifyMode": "auto",
                "orientation": "auto",
            }
        case Kind.TABLE:
            return {"showHeader": True}
        case Kind.TEXT:
            return {"mode": "markdown", "content": say(panel.words, lang)}
