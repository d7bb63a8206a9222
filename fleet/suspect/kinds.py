"""The four kinds of cheating that are looked for, and from when on somebody is accused. All numbers are this project's settings."""

import math
from dataclasses import dataclass
from enum import StrEnum

WINDOW_DAYS = 45
"""Evidence of so many days is added up."""
DAY_AT_MOST = 3.0
"""No day alone counts for more: one bad day accuses nobody."""


class Cheat(StrEnum):
    """批量标校, 冻结传感器, 削峰, 压后上传."""

    BULK_FLAGS = "bulk_flags"
    FROZEN_SENSORS = "frozen_sensors"
    CUT_PEAKS = "cut_peaks"
    LATE_UPLOAD = "late_upload"


@dataclass(frozen=True, slots=True)
class Finder:
    """`facts`: what it reads. A day counts (amount - usual) / unit, from 0 to `day_at_most`; `floor`: what is usual everywhere, at least.

    `own_most`: the mine's own past makes no more than this usual. `threshold`: accused from this sum on, over WINDOW_DAYS. `zh`, `en`: its
    name; `amount_*`: what is counted.
    """

    kind: Cheat
    facts: tuple[str, ...]
    floor: float
    unit: float
    threshold: float
    zh: str
    en: str
    amount_zh: str
    amount_en: str
    own_most: float = 0.0
    day_at_most: float = DAY_AT_MOST
    share: bool = False

    @property
    def least_days(self) -> int:
        """So many separate days it takes to get there."""
        return math.ceil(self.threshold / self.day_at_most)


FINDERS = {
    finder.kind: finder
    for finder in (
        Finder(
            Cheat.BULK_FLAGS,
            ("calibrations_at_once", "calibration_without_gas"),
            floor=2.0,
            unit=2.0,
            threshold=8.0,
            own_most=4.0,
            zh="批量标校",
            en="bulk calibration flags",
            amount_zh="未见标气的同时标校点数",
            amount_en="points flagged at once without test gas",
        ),
        Finder(
            Cheat.FROZEN_SENSORS,
            ("points_frozen",),
            floor=0.0,
            unit=1.0,
            threshold=7.5,
            zh="冻结传感器",
            en="frozen sensors",
            amount_zh="新冻结的测点数(及超过两个的持续冻结点数)",
            amount_en="points newly frozen (and those beyond two that stay so)",
        ),
        Finder(
            Cheat.CUT_PEAKS,
            ("peaks_cut",),
            floor=0.0,
            unit=1.0,
            threshold=5.0,
            zh="削峰",
            en="cut peaks",
            amount_zh="峰值被削的测点数",
            amount_en="points whose peaks are cut",
            day_at_most=1.0,
        ),
        Finder(
            Cheat.LATE_UPLOAD,
            ("late_undeclared_share",),
            floor=0.01,
            unit=0.02,
            threshold=11.0,
            own_most=0.02,
            zh="压后上传",
            en="late upload",
            amount_zh="链路正常时迟到的数据占比",
            amount_en="share of readings late over a link that was up",
            share=True,
        ),
    )
}
