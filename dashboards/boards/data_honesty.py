"""Data honesty: what was made, what came, what was not sampled. Two figures, never one."""

from dashboards import flux, readings
from dashboards.boards.states import QUALITY
from dashboards.panels import Board, Kind, Panel

_WHOLE = ((None, "red"), (0.99, "orange"), (1.0, "green"))
_TWO = (
    "停机的网关什么也不产生，所以完整率和覆盖率两个都要看。当日 (UTC)。",
    "A gateway that was off makes nothing: read completeness and coverage together. Today (UTC).",
)

DATA_HONESTY = Board(
    "data-honesty",
    ("数据诚实", "Data honesty"),
    (
        Panel(
            Kind.STAT,
            ("序号完整率（当日）", "Sequence completeness today"),
            "percentunit",
            (flux.share("completeness"),),
            6,
            4,
            2,
            steps=_WHOLE,
            note=_TWO,
        ),
        Panel(
            Kind.STAT,
            ("采样覆盖率（当日）", "Coverage today"),
            "percentunit",
            (flux.share("coverage"),),
            6,
            4,
            2,
            steps=_WHOLE,
            note=_TWO,
        ),
        Panel(
            Kind.STAT,
            ("尚未入库的条目", "Items made and not committed"),
            "none",
            (flux.figure("ledger", "missing", "-15m", of_all="sum"),),
            6,
            4,
            0,
            steps=((None, "green"), (1, "orange")),
            note=("没有回执的条目仍在网关磁盘上。", "An item without a receipt is still on the gateway's disk."),
        ),
        Panel(
            Kind.STAT,
            ("丢失、死信、冲突", "Lost, dead-lettered, in conflict"),
            "none",
            (flux.figure("ledger", "bad", "-15m", of_all="sum"),),
            6,
            4,
            0,
            steps=((None, "green"), (1, "red")),
        ),
        Panel(
            Kind.LANES,
            ("全部测点的质量与间断", "Quality and gaps of all points"),
            "none",
            (readings.quality_lanes(),),
            24,
            20,
            states=QUALITY,
            note=("灰色：没有读数。按区域选择可放大。", "Grey: no reading. Choose an area to see fewer lanes."),
        ),
        Panel(
            Kind.CHART,
            ("回执：已产生与已入库的条目（当日累计）", "Receipts: items made and committed (of the day)"),
            "none",
            (
                flux.trend(
                    "ledger",
                    {
                        "made": ("已产生", "made"),
                        "committed": ("已入库", "committed"),
                        "replayed": ("补传", "replayed"),
                        "late": ("迟到", "late"),
                    },
                    "gateway",
                    window="5m",
                ),
            ),
            12,
            9,
            window="5m",
        ),
        Panel(
            Kind.CHART,
            ("网关：距上次消息", "Gateways: time since last heard"),
            "s",
            (flux.trend("gateways", {"heard_age_s": ("网关", "gateway")}, "gateway"),),
            12,
            9,
        ),
        Panel(
            Kind.TABLE,
            ("间断台账", "Gap ledger"),
            "none",
            (
                flux.rows(
                    "gaps",
                    {
                        "_time": ("开始", "start"),
                        "gateway": ("网关", "gateway"),
                        "text": ("类别", "kind"),
                        "seconds": ("时长 s", "length s"),
                        "n": ("数量", "number"),
                        "source": ("来源或纪元", "source or epoch"),
                        "reason": ("原因", "reason"),
                    },
                    flux.SPAN,
                    only="r.n > 0",
                ),
            ),
            24,
            10,
            empty=("无", "none"),
            note=("没有行：此时段台账没有间断。", "No row: the ledger has no gap in this span."),
        ),
    ),
    hours="now-3h",
    refresh="30s",
)
