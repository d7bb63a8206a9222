"""Hand-made drift: what Grafana holds against what we build. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from dashboards.render import Json

_GRAFANAS = {
    "id",
    "version",
    "iteration",
    "schemaVersion",
    "pluginVersion",
    "weekStart",
    "liveNow",
    "fiscalYearStartMonth",
    "preload",
    "style",
}
"""Keys that Grafana keeps for itself."""
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Drift:
    """One place where a board differs: `ours` is what is built, `theirs` what Grafana has (None: not there)."""

    board: str
    path: str
    ours: object
    theirs: object


def compared(uid: str, ours: Json, theirs: Json | None) -> list[Drift]:
    """Every difference, by path. A board that Grafana does not have is one difference; keys it adds to what we set are none,
    but a panel, variable or link that we did not build is."""
    if theirs is None:
        return [Drift(uid, "", "board", None)]
    return list(_differences(uid, "", ours, theirs, top=True))


def _differences(uid: str, path: str, ours: object, theirs: object, *, top: bool = False) -> Iterator[Drift]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if not (top and key in _GRAFANAS):
                yield from _differences(uid, f"{path}.{key}".lstrip("."), value, theirs.get(key, _MISSING))
        yield from _added(uid, path, ours, theirs)
        return
    if isinstance(ours, list) and isinstance(theirs, list):
        for at in range(max(len(ours), len(theirs))):
            mine, other = (side[at] if at < len(side) else _MISSING for side in (ours, theirs))
            yield from _differences(uid, f"{path}[{at}]", mine, other)
        return
    if ours != theirs and not (theirs is _MISSING and ours in ("", [], {}, None, False)):
        yield Drift(uid, path, _shown(ours), _shown(theirs))


def _added(uid: str, path: str, ours: Json, theirs: Json) -> Iterator[Drift]:
    """An alert or another such thing that somebody hung on a panel is drift; defaults that Grafana fills in are not."""
    for key in ("alert", "thresholds", "libraryPanel"):
        if key not in ours and theirs.get(key):
            yield Drift(uid, f"{path}.{key}".lstrip("."), None, _shown(theirs[key]))


def _shown(value: object) -> object:
    return None if value is _MISSING else value
