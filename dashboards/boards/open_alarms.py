"""Panels about open alarms that several boards show: how many there are, and their lanes."""

from dashboards import flux
from dashboards.boards.states import ALARM_LANES
from dashboards.panels import Kind, Panel, Text

RISING: tuple[tuple[float | None, str], ...] = ((None, "green"), (1, "red"))
WARNING: tuple[tuple[float | None, str], ...] = ((None, "green"), (1, "orange"))


def alarm_count(title: Text, figure: str, steps: tuple[tuple[float | None, str], ...], note: Text = ("", "")) -> Panel:
    """How many alarms of the mine are `figure` (active, unacknowledged, unverified, unknown), or how many of its gateways silent."""
    return Panel(Kind.STAT, title, "none", (flux.figure("alarm_count", figure),), 6, 4, 0, steps=steps, note=note)


def open_alarms(width: int, height: int) -> Panel:
    """A lane per alarm that is open."""
    return Panel(
        Kind.LANES,
        ("未结束的报警", "Open alarms"),
        "none",
        (flux.alarm_lanes(),),
        width,
        height,
        states=ALARM_LANES,
        note=(
            "第一条显示何时抄录过报警；抄录过而空白：没有未结束的报警。",
            "The first lane shows when alarms were copied; blank while copied: no open alarm.",
        ),
    )
