"""Models: what they say of each area, and what they found. Advice; alarms are on a board of their own."""

from dashboards import flux, readings
from dashboards.panels import Board, Kind, Panel

_TITLE, _POINTS = ("发现", "finding"), ("测点", "points")
_SINCE, _STATE, _MARK, _SURE = ("开始", "since"), ("状态", "state"), ("标记", "mark"), ("把握 %", "how sure %")
_COULD_BE, _CHECK = ("可能是", "could be"), ("先查", "check first")

MODELS = Board(
    "models",
    ("模型", "Models"),
    (
        Panel(
            Kind.TEXT,
            ("只作参考", "Advice only"),
            "none",
            (),
            24,
            3,
            words=(
                "**模型只作参考，不是官方报警**，不影响任何报警及其统计。没有发现不代表安全。",
                "**Advisory, never an official alarm**: no alarm and no count of alarms depends on it. No finding does not mean safety.",
            ),
        ),
        Panel(
            Kind.CHART,
            ("模型分数（1 为阈值）", "Score of the models (1: threshold)"),
            "none",
            (readings.chart("score", threshold=1.0),),
            24,
            10,
            window="20s",
            note=(
                "每个区域一条线。断线处没有分数：模型没有运行，或当时所知不够；不是零，也不是正常。",
                "A line per area. A break is a time without a score (no model ran, or too little was known): neither zero nor normal.",
            ),
        ),
        Panel(
            Kind.TABLE,
            ("模型发现", "Findings"),
            "none",
            (
                flux.findings(
                    {
                        "_time": _SINCE,
                        "state": _STATE,
                        "mark": _MARK,
                        "title": _TITLE,
                        "points": _POINTS,
                        "sure": _SURE,
                        "could_be": _COULD_BE,
                        "check": _CHECK,
                    }
                ),
            ),
            24,
            14,
            empty=("无", "none"),
            wide=((_SINCE, 165), (_STATE, 85), (_MARK, 110), (_TITLE, 230), (_POINTS, 200), (_SURE, 100), (_COULD_BE, 330)),
            note=(
                "此时段内开始或仍未结束的发现（开始于时段前 30 天之内）。没有行不代表安全：没有模型的网关从不会有发现。标记在控制台填写。",
                "Findings that began or still stood in this span (begun at most 30 days before it). No row does not mean safety: a gateway"
                " without models never has any. Marks are set in the console.",
            ),
        ),
    ),
    hours="now-3h",
    pages=((("控制台：模型发现", "console: findings"), "/findings?mine=${mine}"),),
)
