"""Gas drainage of a mine: volume and rate by day, from the fleet's facts, and the pipe's own readings."""

from dashboards import flux, readings
from dashboards.boards.states import QUALITY
from dashboards.panels import Board, Kind, Panel, Text

_STATE: Text = (
    "标准状态 20 °C、101.325 kPa。缺数据的时段不补，完整度低于 90 %（项目设定）则无证据，没有值。",
    "Standard state 20 °C, 101.325 kPa. What is missing is not filled in; below 90 % of the data (project setting) there is no evidence"
    " and no value.",
)
_RATE: Text = (
    "抽采量 /（抽采量 + 风排瓦斯量），按日、按传感器计算（项目方法）；官方按月、按矿井测定计算。",
    "Drained / (drained + carried off by the ventilation), by the day and from sensors (project's method); the official figure is by the"
    " month, from the mine's own measurements.",
)
_PRESSURE: Text = (
    "按来源所给的值，可能是绝对压力，也可能是对大气的压差：看测点登记。",
    "As the source tells it, absolute or against the atmosphere: see the point's registration.",
)

DRAINAGE = Board(
    "drainage",
    ("瓦斯抽采", "Gas drainage"),
    (
        Panel(
            Kind.STAT,
            ("最近一日抽采纯量（3 天内）", "Pure methane drained, newest day (of 3)"),
            "suffix: m³",
            (flux.fact("drained_pure_m3"),),
            8,
            4,
            0,
            note=_STATE,
        ),
        Panel(
            Kind.STAT,
            ("最近一日抽采率（3 天内）", "Drainage rate, newest day (of 3)"),
            "percentunit",
            (flux.fact("drainage_rate"),),
            8,
            4,
            1,
            note=_RATE,
        ),
        Panel(
            Kind.TEXT,
            ("这些数字说明什么", "What these figures say"),
            "none",
            (),
            8,
            4,
            words=(
                "由测点计算，**不是官方指标**。没有值：证据不足，不是零。公式与来源见 docs/fleet.md。",
                "Calculated from points, **no official figure**. No value: too little evidence, not zero. Formula, sources: docs/fleet.md.",
            ),
        ),
        Panel(
            Kind.CHART,
            ("每日抽采纯量", "Pure methane drained by day"),
            "suffix: m³",
            (flux.facts({"drained_pure_m3": ("抽采纯量", "drained")}),),
            12,
            8,
            window="1d",
            note=_STATE,
        ),
        Panel(
            Kind.CHART,
            ("每日抽采率", "Drainage rate by day"),
            "percentunit",
            (flux.facts({"drainage_rate": ("抽采率", "drainage rate")}),),
            12,
            8,
            window="1d",
            note=_RATE,
        ),
        Panel(Kind.CHART, ("管道甲烷浓度", "Pipe methane concentration"), "suffix: %CH4", (readings.chart("pipe_methane", "min"),), 12, 8),
        Panel(Kind.CHART, ("管道混合流量", "Pipe mixed flow"), "suffix: m³/min", (readings.chart("pipe_flow", "min"),), 12, 8),
        Panel(Kind.CHART, ("管道负压", "Pipe negative pressure"), "suffix: kPa", (readings.chart("pipe_suction", "min"),), 12, 8),
        Panel(Kind.CHART, ("管道温度", "Pipe temperature"), "celsius", (readings.chart("pipe_temperature"),), 12, 8),
        Panel(Kind.CHART, ("管道压力", "Pipe pressure"), "suffix: kPa", (readings.chart("pipe_pressure", "min"),), 12, 8, note=_PRESSURE),
        Panel(Kind.CHART, ("瓦斯流量", "Methane flow"), "suffix: m³/min", (readings.chart("methane_flow", "min"),), 12, 8),
        Panel(
            Kind.LANES,
            ("抽采测点的质量", "Quality of drainage points"),
            "none",
            (readings.quality_lanes("pipe_methane", "pipe_flow", "pipe_suction", "pipe_pressure", "pipe_temperature", "methane_flow"),),
            12,
            8,
            states=QUALITY,
        ),
        Panel(
            Kind.TABLE,
            ("每日事实", "Facts by day"),
            "none",
            (
                flux.rows(
                    "fleet_facts",
                    {
                        "_day": ("日期", "day"),
                        "text": ("事实", "fact"),
                        "value": ("数值", "value"),
                        "unit": ("单位", "unit"),
                        "completeness": ("完整度（1 为全部）", "completeness (1: all)"),
                        "known": ("有证据", "evidence"),
                    },
                    flux.SPAN,
                    only='r.fact == "drained_pure_m3" or r.fact == "drainage_rate"',
                ),
            ),
            12,
            8,
            empty=("无", "none"),
            note=("“有证据”为 0 时，数值无意义。", "Where evidence is 0 the value says nothing."),
        ),
    ),
    hours="now-30d",
    refresh="1m",
)
