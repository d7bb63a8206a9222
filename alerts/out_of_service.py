"""Which alarms of a point a person may take out of service, and back. Pure.

Out of service has no time limit (ISA-18.2): it stays recorded and listed until a person ends it, and nobody is told meanwhile. The
certified system is not touched.
"""

from alerts import doors, fans, shadow, still, trend
from alerts.limits import ALARM_RULE, CUT_RULE, DEVICE_RULE
from alerts.packs.pack import LimitRow
from alerts.transitions import SETTING_RULE
from contracts.units import QUANTITIES, Kind

_OF_QUANTITY = {
    "methane": (trend.RULE, fans.RULE),
    "feed_state": (shadow.ABNORMAL_RULE, shadow.UNFED_RULE),
    "air_door": (doors.RULE,),
}


def rules_at(quantity: str, row: LimitRow | None) -> tuple[str, ...]:
    """The rules that may alarm at a point of this quantity, mapped to this row: those of its limits, its device's, and those beside."""
    limits: tuple[str, ...] = ()
    if row is not None and row.quantity == quantity and row.alarm_ge is not None:
        limits = (ALARM_RULE, *(f"{CUT_RULE}{stage}" for stage in range(len(row.cuts))))
    known = QUANTITIES.get(quantity)
    stuck = (still.RULE,) if known is not None and known.kind is Kind.ANALOGUE else ()
    setting = (SETTING_RULE,) if limits else ()
    return (*limits, DEVICE_RULE, *_OF_QUANTITY.get(quantity, ()), *stuck, *setting)
