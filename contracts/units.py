"""Quantities: what a point measures, in which unit, and what is physically possible.

`low`/`high` are bounds no working sensor of the kind leaves (fault codes such as -266 m/s do); they are ours
(project), wide on purpose: a value outside is kept and flagged OUT_OF_RANGE, never dropped.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a value is to be read."""

    ANALOGUE = "analogue"
    CUMULATIVE = "cumulative"
    SWITCH = "switch"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measurable thing; `name` is the measurement's name in every store."""

    name: str
    unit: str
    zh: str
    en: str
    low: float
    high: float
    decimals: int = 2
    kind: Kind = Kind.ANALOGUE


_ALL = (
    Quantity("methane", "%CH4", "甲烷", "methane", -0.5, 100.0),
    Quantity("carbon_monoxide", "ppm", "一氧化碳", "carbon monoxide", -5, 10_000, 0),
    Quantity("carbon_dioxide", "%", "二氧化碳", "carbon dioxide", -0.5, 100.0),
    Quantity("oxygen", "%", "氧气", "oxygen", 0.0, 30.0, 1),
    Quantity("temperature", "°C", "温度", "temperature", -40.0, 200.0, 1),
    Quantity("humidity", "%RH", "湿度", "humidity", 0.0, 100.0, 0),
    Quantity("pressure", "hPa", "气压", "barometric pressure", 500.0, 1300.0, 1),
    Quantity("negative_pressure", "Pa", "负压", "negative pressure", -10_000.0, 10_000.0, 0),
    Quantity("pressure_difference", "Pa", "压差", "pressure difference", -10_000.0, 10_000.0, 0),
    Quantity("pipe_pressure", "kPa", "管道压力", "pipe pressure", -200.0, 2_000.0, 1),
    Quantity("pipe_suction", "kPa", "管道负压", "pipe negative pressure", -50.0, 110.0, 2),
    Quantity("pipe_methane", "%CH4", "管道甲烷浓度", "pipe methane concentration", -0.5, 100.0),
    Quantity("pipe_flow", "m3/min", "管道混合流量", "pipe mixed flow", -1.0, 3_000.0),
    Quantity("pipe_temperature", "°C", "管道温度", "pipe temperature", -40.0, 200.0, 1),
    Quantity("wind_speed", "m/s", "风速", "wind speed", -30.0, 30.0, 1),
    Quantity("methane_flow", "m3/min", "瓦斯流量", "methane flow", -1.0, 1_000.0),
    Quantity("current", "A", "电流", "current", -5.0, 5_000.0, 0),
    Quantity("vibration", "mm/s", "振动", "vibration velocity", 0.0, 200.0, 1),
    Quantity("bearing_temperature", "°C", "轴承温度", "bearing temperature", -40.0, 300.0, 1),
    Quantity("haulage_speed", "Hz", "牵引速度", "haulage speed", 0.0, 200.0, 0),
    Quantity("direction", "", "方向", "direction", 0.0, 1.0, 1),
    Quantity("dust", "mg/m3", "粉尘", "dust", 0.0, 5_000.0, 1),
    Quantity("smoke", "", "烟雾", "smoke", 0, 1, 0, Kind.SWITCH),
    Quantity("run_state", "", "开停", "run or stop", 0, 1, 0, Kind.SWITCH),
    Quantity("feed_state", "", "馈电", "feed state", 0, 1, 0, Kind.SWITCH),
    Quantity("air_door", "", "风门", "air door", 0, 1, 0, Kind.SWITCH),
    Quantity("persons", "", "人数", "persons", 0, 10_000, 0),
    Quantity("score", "", "模型分数", "score of the models", 0.0, 1e6),
    Quantity("link_up", "", "链路通断", "link up", 0, 1, 0, Kind.SWITCH),
    Quantity("link_round_trip", "ms", "链路往返时延", "link round trip", 0.0, 600_000.0, 1),
    Quantity("link_receipt_delay", "ms", "回执时延", "receipt delay", 0.0, 86_400_000.0, 1),
    Quantity("link_repeated", "%", "重发占比", "items sent again", 0.0, 100.0, 1),
    Quantity("coal_mass", "t", "煤量", "coal mass", 0.0, 1e9, 1, Kind.CUMULATIVE),
)

QUANTITIES: dict[str, Quantity] = {quantity.name: quantity for quantity in _ALL}
SCORE, SCORED_EVERY = "score", 10_000_000
"""What the models say of an area, and how often (µs): advice. It is in no official figure; no rule, state or count depends on it."""
LINK_QUANTITIES = ("link_up", "link_round_trip", "link_receipt_delay", "link_repeated")
"""What a gateway measures of its own link to the centre (docs/edge.md), every SCORED_EVERY. No sensor, and of no place in the mine."""
OWN_WORD = frozenset((SCORE, *LINK_QUANTITIES))
"""Quantities that gateways say of themselves: their points are no instruments; no calendar, limit, report or state of a mine has them."""
