"""Alarms: what is open, what happened. A copy for reading; the journal and its people are in the console."""

from dashboards import flux
from dashboards.boards.open_alarms import RISING, WARNING, alarm_count, open_alarms
from dashboards.panels import Board, Kind, Panel

_COPY = ("报警记录的副本；确认和处理在控制台进行。", "A copy of the alarm journal; acknowledging and answering happen in the console.")

ALARMS = Board(
    "alarms",
    ("报警", "Alarms"),
    (
        alarm_count(("报警中", "Active"), "active", RISING),
        alarm_count(("未确认", "Unacknowledged"), "unacknowledged", WARNING),
        alarm_count(("未核实（标校期间）", "Unverified (during calibration)"), "unverified", WARNING),
        alarm_count(("状态未知", "Unknown"), "unknown", WARNING),
        Panel(
            Kind.CHART,
            ("报警数量", "Number of alarms"),
            "none",
            (
                flux.trend(
                    "alarm_count",
                    {"active": ("报警中", "active"), "unacknowledged": ("未确认", "unacknowledged"), "unknown": ("未知", "unknown")},
                ),
            ),
            10,
            9,
        ),
        open_alarms(14, 9),
        Panel(
            Kind.TABLE,
            ("报警变化", "Alarm transitions"),
            "none",
            (
                flux.rows(
                    "alarm_transitions",
                    {
                        "_time": ("时间", "time"),
                        "subject": ("测点或网关", "point or gateway"),
                        "place": ("地点", "place"),
                        "text": ("说明", "what happened"),
                        "value": ("数值", "value"),
                        "limit": ("限值", "limit"),
                        "clause": ("依据", "clause"),
                    },
                    flux.SPAN,
                ),
            ),
            24,
            14,
            note=_COPY,
            empty=("无", "none"),
            wide=((("时间", "time"), 170), (("说明", "what happened"), 480), (("依据", "clause"), 330)),
        ),
        Panel(
            Kind.TABLE,
            ("标校、检修和测试许可", "Permits for calibration, maintenance and tests"),
            "none",
            (
                flux.rows(
                    "permits",
                    {
                        "_time": ("开启", "opened"),
                        "point": ("测点", "point"),
                        "work": ("工作", "work"),
                        "state": ("情况", "state"),
                        "minutes": ("分钟", "minutes"),
                        "fits": ("相符", "fits"),
                        "misfit": ("不符", "misfit"),
                        "pending": ("核对中", "being checked"),
                    },
                    flux.SPAN,
                ),
            ),
            24,
            8,
            note=(
                "每行一个许可，不抄人名。相符、不符：其间计划内报警的曲线核对结果（界限为本项目设定）。",
                "One permit a row, without names. Fits, misfit: what its planned alarms' curves showed (bounds are project settings).",
            ),
            empty=("无", "none"),
            wide=((("开启", "opened"), 170),),
        ),
    ),
    ("mine",),
    "now-3h",
)
