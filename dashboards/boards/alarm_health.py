"""Alarm health: how the alarms themselves are doing over the last day (ISA-18.2, EEMUA 191). Drills are in no figure."""

from dashboards import flux
from dashboards.panels import Board, Kind, Panel, Text

Steps = tuple[tuple[float | None, str], ...]
_FROM: Text = (
    "界限：ANSI/ISA-18.2-2016 表7，按每个操作位（据多处转引，未见原文）。",
    "Bound: ANSI/ISA-18.2-2016 Table 7, for the place of one operator (as quoted alike by several others; its text was not read).",
)


def _last_day(title: Text, figure: str, unit: str = "none", steps: Steps = ((None, "text"),), note: Text = ("", "")) -> Panel:
    """A figure of the last 24 hours, copied every five minutes."""
    return Panel(Kind.STAT, title, unit, (flux.figure("alarm_health", figure, "-15m"),), 6, 4, steps=steps, note=note)


ALARM_HEALTH = Board(
    "alarm-health",
    ("报警状况", "Alarm health"),
    (
        _last_day(("最近 24 h 的报警", "Alarms in the last 24 h"), "called"),
        _last_day(("每小时（当班人数见控制台）", "Per hour (operators: see the console)"), "per_hour"),
        _last_day(("10 分钟最多", "Most in 10 minutes"), "peak", steps=((None, "green"), (11, "red")), note=_FROM),
        _last_day(
            ("超过 10 条的 10 分钟", "Ten minutes with more than 10"), "floods", "percentunit", ((None, "green"), (0.01, "red")), _FROM
        ),
        _last_day(("仍在报警", "Active now"), "standing"),
        _last_day(("长期（> 24 h）", "Stale (> 24 h)"), "stale", steps=((None, "green"), (5, "red")), note=_FROM),
        _last_day(("抖动（1 分钟 3 次）", "Chattering (3 in a minute)"), "chattering", steps=((None, "green"), (1, "red")), note=_FROM),
        _last_day(("瞬时（10 s 内消失）", "Fleeting (gone in 10 s)"), "fleeting", steps=((None, "green"), (1, "red")), note=_FROM),
        _last_day(
            ("确认用时中位数", "Time to acknowledge, median"),
            "ack_median_s",
            "s",
            note=("没有值：24 h 内没有人确认过报警。", "No value: nothing was acknowledged in 24 h."),
        ),
        _last_day(("确认用时 90 %", "Time to acknowledge, 90 %"), "ack_p90_s", "s"),
        _last_day(("未确认", "Not acknowledged"), "never", steps=((None, "green"), (1, "orange"))),
        _last_day(("计划内（许可）", "Planned (permit)"), "aside_planned"),
        Panel(
            Kind.CHART,
            ("每 10 分钟的报警", "Alarms in ten minutes"),
            "none",
            (flux.trend("alarm_tens", {"n": ("报警", "alarms")}, window="10m"),),
            24,
            9,
            note=("没有点：这 10 分钟没有报警，或没有副本。", "No point: no alarm in these ten minutes, or nothing was copied."),
            window="10m",
        ),
        Panel(
            Kind.CHART,
            ("长期、抖动、瞬时", "Stale, chattering, fleeting"),
            "none",
            (
                flux.trend(
                    "alarm_health",
                    {"stale": ("长期", "stale"), "chattering": ("抖动", "chattering"), "fleeting": ("瞬时", "fleeting")},
                    window="10m",
                ),
            ),
            10,
            11,
            window="10m",
        ),
        Panel(
            Kind.TABLE,
            ("最近 24 h 最频繁的十条", "The ten most frequent of the last 24 h"),
            "none",
            (
                flux.rows(
                    "alarm_top",
                    {
                        "subject": ("测点或网关", "point or gateway"),
                        "place": ("地点", "place"),
                        "text": ("报警", "alarm"),
                        "n": ("次数", "count"),
                        "share": ("占比（1 为全部）", "share (1: all)"),
                    },
                    "range(start: -15m)",
                    last=True,
                    order="rank",
                ),
            ),
            14,
            11,
            empty=("无", "none"),
        ),
    ),
    ("mine",),
    "now-24h",
    "1m",
    note=(
        "演练、归档的测试和重复消息不计。每 5 分钟抄录一次。",
        "Drills, filed tests and repetitions do not count. Copied every five minutes.",
    ),
    pages=((("控制台：报警状况", "console: alarm health"), "/health?mine=${mine}"),),
)
