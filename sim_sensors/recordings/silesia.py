"""The real longwall rows as a mine of their own: 28 columns, their quantities and names.

Units and meanings after Data in Brief 39 (2021) 107457 and the sensor list of the IJCRS'15 data challenge. The places of the meters on
the mine's map are not in what we have, so a place says what the sources say and no more.
"""

from pathlib import Path

from contracts.points import Point, Registry, check_registry
from contracts.registers import Form, Register, RegisterMap
from contracts.units import QUANTITIES
from sim_sensors.recordings.read import Recording, read_recording

FILE = Path(__file__).parent / "longwall" / "mm261-episode-rows.csv.gz"
FIRST = "2014-04-26T13:05:05"
"""Where the demo starts: the episode that peaks at 5.0 %CH4 on MM261."""
AREA = "silesian-longwall"
MAPPED_BY = "演示 demo (mapping of a Silesian meter to a Chinese row is for the demonstration only)"
LIMIT_ROW = "face_low_high"
"""Its alarm and cut values, 1.0 and 1.5 %CH4, are the meters' own thresholds W and A."""
_MAPPED = ("MM261", "MM263", "MM264", "MM256")

_COLUMNS: tuple[tuple[str, str, int, str, str], ...] = (
    ("AN311", "wind_speed", 1, "风速计(远处)", "anemometer (distant)"),
    ("AN422", "wind_speed", 1, "风速计", "anemometer"),
    ("AN423", "wind_speed", 1, "风速计", "anemometer"),
    ("TP1721", "temperature", 1, "温度(THP2/93)", "temperature (THP2/93)"),
    ("RH1722", "humidity", 0, "湿度(THP2/93)", "humidity (THP2/93)"),
    ("BA1723", "pressure", 1, "气压(THP2/93)", "barometer (THP2/93)"),
    ("TP1711", "temperature", 1, "温度(THP2/94)", "temperature (THP2/94)"),
    ("RH1712", "humidity", 0, "湿度(THP2/94)", "humidity (THP2/94)"),
    ("BA1713", "pressure", 1, "气压(THP2/94)", "barometer (THP2/94)"),
    ("MM252", "methane", 1, "甲烷(远处)", "methane (distant)"),
    ("MM261", "methane", 1, "甲烷", "methane"),
    ("MM262", "methane", 1, "甲烷", "methane"),
    ("MM263", "methane", 1, "甲烷(目标)", "methane (target)"),
    ("MM264", "methane", 1, "甲烷(目标)", "methane (target)"),
    ("MM256", "methane", 1, "甲烷(目标)", "methane (target)"),
    ("MM211", "methane", 1, "甲烷", "methane"),
    ("CM861", "methane", 1, "抽采高浓度甲烷", "drainage, high-concentration methane"),
    ("CR863", "pressure_difference", 0, "抽采孔板压差", "drainage flange, pressure difference"),
    ("P_864", "pipe_pressure", 1, "抽采管道压力", "drainage pipe, pressure"),
    ("TC862", "temperature", 1, "抽采管道温度", "drainage pipe, temperature"),
    ("WM868", "methane_flow", 2, "抽采瓦斯流量", "drainage, methane delivery"),
    ("AMP1_IR", "current", 1, "采煤机左截割头电流", "cutter loader, left cutting head"),
    ("AMP2_IR", "current", 1, "采煤机右截割头电流", "cutter loader, right cutting head"),
    ("DMP3_IR", "current", 1, "采煤机左牵引电流", "cutter loader, left haulage"),
    ("DMP4_IR", "current", 1, "采煤机右牵引电流", "cutter loader, right haulage"),
    ("AMP5_IR", "current", 1, "采煤机液压泵电机电流", "cutter loader, hydraulic pump motor"),
    ("F_SIDE", "direction", 1, "采煤机行驶方向(1左,0或0.5右)", "cutter loader, direction (1 left, 0 or 0.5 right)"),
    ("V", "haulage_speed", 1, "采煤机速度", "cutter loader, speed"),
)


def longwall() -> Recording:
    """The 848 rows that come with the product."""
    return read_recording(FILE)


def longwall_registry(mine: str, zh: str, en: str) -> Registry:
    """28 points named as in the recording; most have no limit row, and say so."""
    points = tuple(
        Point(
            name,
            quantity,
            AREA,
            f"西里西亚长壁工作面 {meaning_zh}",
            f"Silesian longwall, {meaning_en}",
            sensor=QUANTITIES[quantity].en,
            limit_row=LIMIT_ROW if name in _MAPPED else "",
            mapped_by=MAPPED_BY if name in _MAPPED else "",
        )
        for name, quantity, _, meaning_zh, meaning_en in _COLUMNS
    )
    note = (
        "回放:波兰西里西亚某长壁工作面2014年实测数据(CC BY 4.0, DOI 10.17632/yd7vw4c5mk.1),并非中国煤矿;时间已移到现在 / "
        "replay of real rows of a Silesian (Polish) longwall of 2014, not a Chinese mine; stamps moved to now"
    )
    return check_registry(Registry(mine, zh, en, points, note))


def longwall_registers(unit: int = 1) -> RegisterMap:
    """Value and state code of each column in turn."""
    return RegisterMap(
        unit,
        tuple(Register(name, 2 * at, Form.I16, decimals, 2 * at + 1) for at, (name, _, decimals, _, _) in enumerate(_COLUMNS)),
    )
