"""Small pictures and texts that both the templates and the stream draw: gauge, split bar, ages."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from console.web import times
from console.web.board import Scene
from console.web.shapes import GatewayView, PointView
from console.web.words import say


@dataclass(frozen=True, slots=True)
class Mark:
    """A limit on a gauge: `at` percent of its width; kind `alarm` or `cut`."""

    kind: str
    at: float


@dataclass(frozen=True, slots=True)
class Gauge:
    """A bar from zero to half above the highest limit; percent of its width."""

    bar: float
    marks: list[Mark]


def gauge_of(view: PointView) -> Gauge | None:
    """The gauge of a point; None where no limit is known."""
    if view.limits is None or view.limits.alarm_ge is None:
        return None
    marks = [("alarm", view.limits.alarm_ge), *(("cut", cut.cut_ge) for cut in view.limits.cuts)]
    full = 1.5 * max(value for _, value in marks)
    bar = 0.0 if view.value is None else 100 * min(max(view.value / full, 0.0), 1.0)
    return Gauge(round(bar, 1), [Mark(kind, round(100 * value / full, 1)) for kind, value in marks])


def split_of(points: Mapping[str, int]) -> list[dict[str, Any]]:
    """The points of a mine by state as pieces of a bar, in percent."""
    total, at, pieces = sum(points.values()), 0.0, []
    for state, count in points.items():
        width = 100 * count / total if total else 0.0
        pieces.append({"state": state, "count": count, "at": round(at, 2), "width": round(width, 2)})
        at += width
    return pieces


def gateway_word(gateway: GatewayView) -> str:
    """silent, offline (its last will says so) or online."""
    return "silent" if gateway.silent else "online" if gateway.online else "offline"


def born_ms(age_s: float | None, now: int) -> int | str:
    """When a reading was made, by the centre's clock (ms): ages tick from it. Empty where there is none."""
    return "" if age_s is None else round(now / 1000 - age_s * 1000)


def unread_text(scene: Scene, lang: str, clock: Callable[[int], str]) -> str:
    """What to say while the alarm journal cannot be read; empty while it can."""
    if scene.active.known:
        return ""
    return say(lang, "alarms.unread", {"time": clock(scene.active.at) if scene.active.at else "—"})


def share_class(share: float | None) -> str:
    """full, short or unknown: never full below exactly everything."""
    return "unknown" if share is None else "full" if share >= 1 else "short"


def share_text(share: float | None, nothing: str) -> str:
    """Percent, rounded down to two decimals: 99.999 % is never shown as 100 %."""
    return nothing if share is None else f"{int(share * 10_000) / 100:.2f} %"


def chart_limits(view: PointView, lang: str) -> list[dict[str, object]]:
    """The lines of a chart: its alarm value and its cuts; none where no official value is known."""
    if view.limits is None or view.limits.alarm_ge is None:
        return []
    marks = [("alarm", view.limits.alarm_ge), *(("cut", cut.cut_ge) for cut in view.limits.cuts)]
    return [
        {"kind": kind, "value": value, "label": f"{say(lang, f'limits.{kind}')} ≥ {times.value_text(value, view.decimals)}"}
        for kind, value in marks
    ]
