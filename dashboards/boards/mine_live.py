"""Mine live: gas by place with the limits in force, ventilation, quality and alarms as lanes. Every gap is seen."""

from dashboards import flux, readings
from dashboards.boards.open_alarms import RISING, WARNING, alarm_count, open_alarms
from dashboards.boards.states import DOORS, QUALITY
from dashboards.panels import Board, Kind, Panel

_GAP = (
    "断线处没有读数，不是零。超过 6 小时的时段取 5 分钟统计，点线为均值和另一极值。",
    "A break in a line is a time without readings, not zero. Spans over 6 h show 5-minute statistics; dotted: mean and the other extreme.",
)

MINE_LIVE = Board(
    "mine-live",
    ("矿井实时", "Mine live"),
    (
        alarm_count(
            ("未解除的报警", "Alarms not cleared"),
            "active",
            RISING,
            ("报警由报警模块判定；本板不判定。", "Alarms are decided by the alarm module; this board decides none."),
        ),
        alarm_count(("状态未知的报警", "Alarms of unknown state"), "unknown", WARNING),
        Panel(
            Kind.STAT,
            ("最近读数距今", "Age of the newest reading"),
            "s",
            (readings.newest(),),
            6,
            4,
            0,
            steps=((None, "green"), (15, "orange"), (60, "red")),
        ),
        alarm_count(("无消息的网关", "Silent gateways"), "silent", RISING),
        Panel(
            Kind.CHART,
            ("甲烷，有已知限值的测点", "Methane, points with a known limit"),
            "suffix: %CH4",
            (readings.chart("methane", limits="%CH4", known=True),),
            24,
            10,
            note=("虚线为现行报警限（法规包）。" + _GAP[0], "Dashed: the alarm limits in force (regulation pack). " + _GAP[1]),
        ),
        Panel(
            Kind.CHART,
            ("甲烷，无已知限值的测点", "Methane, points without a known limit"),
            "suffix: %CH4",
            (readings.chart("methane", known=False),),
            12,
            8,
            note=("抽采管路和未对应限值的地点。" + _GAP[0], "Drainage pipes, and places nobody mapped to a limit. " + _GAP[1]),
        ),
        Panel(
            Kind.CHART,
            ("一氧化碳", "Carbon monoxide"),
            "suffix: ppm",
            (readings.chart("carbon_monoxide", limits="ppm"),),
            12,
            8,
            note=("虚线为现行报警限。" + _GAP[0], "Dashed: the alarm limits in force. " + _GAP[1]),
        ),
        Panel(Kind.CHART, ("氧气", "Oxygen"), "suffix: %", (readings.chart("oxygen", "min"),), 8, 7, note=_GAP),
        Panel(Kind.CHART, ("二氧化碳", "Carbon dioxide"), "suffix: %", (readings.chart("carbon_dioxide"),), 8, 7, note=_GAP),
        Panel(Kind.CHART, ("粉尘", "Dust"), "suffix: mg/m³", (readings.chart("dust"),), 8, 7, note=_GAP),
        Panel(Kind.CHART, ("风速", "Wind speed"), "suffix: m/s", (readings.chart("wind_speed", "min"),), 12, 8, note=_GAP),
        Panel(Kind.CHART, ("负压", "Negative pressure"), "suffix: Pa", (readings.chart("negative_pressure", "min"),), 6, 8, note=_GAP),
        Panel(Kind.LANES, ("风门", "Air doors"), "none", (readings.switches("air_door"),), 6, 8, states=DOORS),
        Panel(
            Kind.LANES,
            ("甲烷与一氧化碳的质量", "Quality of methane and carbon monoxide"),
            "none",
            (readings.quality_lanes("methane", "carbon_monoxide"),),
            14,
            13,
            states=QUALITY,
            note=(
                "灰色：没有读数。绿色只说明读数没有质量标记，不说明安全。",
                "Grey: no reading. Green only says that a reading carries no flag, not that it is safe there.",
            ),
        ),
        open_alarms(10, 13),
        Panel(
            Kind.TABLE,
            ("测点", "Points"),
            "none",
            (
                flux.rows(
                    "points",
                    {
                        "point": ("测点", "point"),
                        "place": ("地点", "place"),
                        "area": ("区域", "area"),
                        "quantity_name": ("测量", "quantity"),
                        "unit": ("单位", "unit"),
                        "limit": ("报警限", "alarm limit"),
                        "clause": ("依据", "clause"),
                    },
                    flux.LATELY,
                    last=True,
                    only="exists r.unit",  # the rest of a line that has lost a field since
                    order="point",
                ),
            ),
            24,
            12,
            empty=("无", "none"),
            wide=((("依据", "clause"), 420),),
            note=(
                "报警限为“无”：没有已知的官方限值，或无人对应地点。",
                'Alarm limit "none": no official value known, or nobody mapped the place.',
            ),
        ),
    ),
    note=(
        "安全灯在矿井经认证的安全监控系统之外工作；没有报警不代表安全。",
        "Davylamp works beside the mine's certified monitoring system; its silence does not mean safety.",
    ),
)
