"""Where the sensors of the demo mine hang: the table behind `layout`. `{f}`, `{h}` and `{d}` are the numbers of face, heading and district.

A `row` is an id of Table 19 of the Coal Mine Safety Regulations 2025 (Art. 536), of its Art. 541 (CO) or its Table 6 (Art. 157, air speed).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """One line: point id, sensor kind, signal of the mine, limit row, names. `classes`: gas classes in which it is there.

    `feeds`, `fans`, `pair`, `stream`: as on a `Point`; ids with a space between.
    """

    id: str
    sensor: str
    signal: str
    area: str
    zh: str
    en: str
    row: str = ""
    power: str = ""
    classes: str = "low high outburst"
    feeds: str = ""
    fans: str = ""
    pair: str = ""
    stream: str = ""


_FACE, _HEADING, _DISTRICT = "face-{f}", "heading-{h}", "district-{d}"

DISTRICT = (
    Place(
        "{f}-T0",
        "methane",
        "methane_corner",
        _FACE,
        "{f}采煤工作面回风隅角",
        "face {f}, return corner",
        "face_return_corner",
        "face",
        feeds="{f}-FEED",
    ),
    Place("{f}-T1", "methane", "methane_face", _FACE, "{f}采煤工作面", "face {f}", "face", "face", feeds="{f}-FEED"),
    Place(
        "{f}-T2",
        "methane",
        "methane_return_end",
        _FACE,
        "{f}采煤工作面回风巷",
        "face {f}, return airway",
        "face_return_airway",
        "face",
        feeds="{f}-FEED",
    ),
    Place(
        "{f}-TM",
        "methane",
        "methane_return_mid",
        _FACE,
        "{f}回风巷中部",
        "face {f}, middle of the return",
        "face_return_mid",
        "face",
        "high outburst",
    ),
    Place("{f}-T3", "methane", "methane_intake", _FACE, "{f}采煤工作面进风巷", "face {f}, intake airway", "face_intake", "face"),
    Place("{f}-CH4-SH", "methane", "methane_shearer", _FACE, "{f}采煤机", "face {f}, on the shearer", "shearer", "face"),
    Place("{f}-O2", "oxygen", "oxygen_corner", _FACE, "{f}回风隅角", "face {f}, return corner"),
    Place("{f}-CO", "co", "co_return_end", _FACE, "{f}回风巷", "face {f}, return airway", "co_face_return"),
    Place("{f}-CO2", "co2", "co2_return_end", _FACE, "{f}回风巷", "face {f}, return airway"),
    Place("{f}-TE", "temperature", "temperature_return", _FACE, "{f}回风巷", "face {f}, return airway"),
    Place("{f}-RH", "humidity", "humidity_return", _FACE, "{f}回风巷", "face {f}, return airway"),
    Place("{f}-WS", "wind", "wind_face", _FACE, "{f}采煤工作面", "face {f}", "face_and_coal_heading"),
    Place("{f}-DU", "dust", "dust_return", _FACE, "{f}回风巷", "face {f}, return airway"),
    Place("{f}-SH-RUN", "run", "shearer_run", _FACE, "{f}采煤机", "face {f}, shearer"),
    Place("{f}-SH-A1", "current", "shearer_left", _FACE, "{f}采煤机左截割电机", "face {f}, shearer, left cutting motor"),
    Place("{f}-SH-A2", "current", "shearer_right", _FACE, "{f}采煤机右截割电机", "face {f}, shearer, right cutting motor"),
    Place("{f}-SH-V", "haulage", "shearer_speed", _FACE, "{f}采煤机牵引", "face {f}, shearer haulage"),
    Place("{f}-PU-A", "current", "pump_current", _FACE, "{f}乳化液泵", "face {f}, emulsion pump"),
    Place("{f}-FEED", "feed", "feed_face", _FACE, "{f}工作面馈电", "face {f}, feed", fans="MF-RUN1 MF-RUN2"),
    Place("{f}-BE-RUN", "run", "belt_run", _FACE, "{f}进风巷带式输送机", "face {f}, intake belt"),
    Place("{f}-BE-A", "current", "belt_current", _FACE, "{f}进风巷带式输送机", "face {f}, intake belt"),
    Place("{f}-BE-TB", "bearing", "belt_bearing", _FACE, "{f}带式输送机机头滚筒轴承", "face {f}, belt, head drum bearing"),
    Place("{f}-BE-VI", "vibration", "belt_vibration", _FACE, "{f}带式输送机机头滚筒", "face {f}, belt, head drum"),
    Place("{f}-BE-CO", "co", "co_belt", _FACE, "{f}带式输送机机头下风侧", "face {f}, down-wind of the belt's head", "co_intake_belt"),
    Place("{f}-BE-SM", "smoke", "smoke_belt", _FACE, "{f}带式输送机机头下风侧", "face {f}, down-wind of the belt's head"),
    Place("{f}-BUNK", "methane", "methane_bunker", _FACE, "{f}煤仓上口", "face {f}, coal bunker", "coal_bunker"),
    Place(
        "{h}-T1",
        "methane",
        "methane_heading_face",
        _HEADING,
        "{h}掘进工作面",
        "heading {h}, face",
        "heading_face",
        "heading",
        feeds="{h}-FEED",
        fans="{h}-FAN1 {h}-FAN2",
    ),
    Place(
        "{h}-T2",
        "methane",
        "methane_heading_return",
        _HEADING,
        "{h}掘进回风流",
        "heading {h}, return air",
        "heading_return",
        "heading",
        feeds="{h}-FEED",
        fans="{h}-FAN1 {h}-FAN2",
    ),
    Place("{h}-CO", "co", "co_heading_return", _HEADING, "{h}掘进回风流", "heading {h}, return air", "co_face_return"),
    Place("{h}-TE", "temperature", "temperature_heading", _HEADING, "{h}掘进回风流", "heading {h}, return air"),
    Place("{h}-WS", "wind", "wind_heading", _HEADING, "{h}掘进工作面", "heading {h}", "face_and_coal_heading"),
    Place("{h}-FAN1", "run", "local_fan_run", _HEADING, "{h}局部通风机(主)", "heading {h}, local fan (main)"),
    Place("{h}-FAN2", "run", "local_fan_spare", _HEADING, "{h}局部通风机(备)", "heading {h}, local fan (standby)"),
    Place("{h}-FAN-A", "current", "local_fan_current", _HEADING, "{h}局部通风机(主)", "heading {h}, local fan (main)"),
    Place("{h}-FEED", "feed", "feed_heading", _HEADING, "{h}掘进工作面馈电", "heading {h}, feed", fans="{h}-FAN1 {h}-FAN2"),
    Place("{d}-T", "methane", "methane_district_return", _DISTRICT, "{d}采区回风巷", "district {d}, return airway", "district_return"),
    Place("{d}-CO", "co", "co_district_return", _DISTRICT, "{d}采区回风巷", "district {d}, return airway", "co_face_return"),
    Place(
        "{d}-WS",
        "wind",
        "wind_district",
        _DISTRICT,
        "{d}采区回风巷测风站",
        "district {d}, return, air-measuring station",
        "conveyor_road_district",
    ),
    Place(
        "{d}-DOOR1",
        "door",
        "door_outer",
        _DISTRICT,
        "{d}采区主要风门(外)",
        "district {d}, air door (outer)",
        pair="{d}-DOOR2",
    ),
    Place("{d}-DOOR2", "door", "door_inner", _DISTRICT, "{d}采区主要风门(内)", "district {d}, air door (inner)", pair="{d}-DOOR1"),
    Place("{d}-ROOM", "methane", "methane_room", _DISTRICT, "{d}采区变电所", "district {d}, substation room", "machine_room_refuge"),
    Place("{d}-PIPE", "methane-pipe", "pipe_methane", _DISTRICT, "{d}采区抽采管路", "district {d}, drainage pipe"),
    Place("{d}-PIPE-F", "flow", "pipe_flow", _DISTRICT, "{d}采区抽采管路(纯量)", "district {d}, drainage pipe, pure methane"),
    Place("{d}-PIPE-P", "pipe-pressure", "pipe_pressure", _DISTRICT, "{d}采区抽采管路", "district {d}, drainage pipe"),
)
"""Once per district. The intake meter is left unmapped on purpose where Table 19 has no row for it (see `layout`)."""

MINE = (
    Place("MF-RUN1", "run", "main_fan_run", "surface", "主通风机1号", "main fan 1"),
    Place("MF-RUN2", "run", "main_fan_spare", "surface", "主通风机2号(备用)", "main fan 2 (standby)"),
    Place("MF-A", "current", "main_fan_current", "surface", "主通风机1号", "main fan 1"),
    Place("MF-VI", "vibration", "main_fan_vibration", "surface", "主通风机1号", "main fan 1"),
    Place("MF-TB1", "bearing", "main_fan_front", "surface", "主通风机1号前轴承", "main fan 1, front bearing"),
    Place("MF-TB2", "bearing", "main_fan_rear", "surface", "主通风机1号后轴承", "main fan 1, rear bearing"),
    Place("MF-P", "negative-pressure", "negative_pressure", "surface", "主通风机风硐", "main fan drift"),
    Place("MF-WS", "wind", "wind_duct", "surface", "主通风机风硐", "main fan drift", "fan_duct_no_hoist"),
    Place("MR-T", "methane", "methane_main_return", "main-return", "总回风巷", "main return airway", "main_return"),
    Place("MR-CO", "co", "co_main_return", "main-return", "总回风巷", "main return airway", "co_face_return"),
    Place("MR-WS", "wind", "wind_main", "main-return", "总回风巷测风站", "main return, air-measuring station", "main_intake_return"),
    Place("BARO", "barometer", "pressure", "main-road", "井底车场", "shaft station"),
    Place("REFUGE", "methane", "methane_refuge", "main-road", "永久避难硐室", "permanent refuge chamber", "machine_room_refuge"),
    Place("MB-A", "current", "main_belt_current", "main-road", "主运带式输送机", "main belt"),
    Place("MB-T", "scale", "coal_mass", "main-road", "主运带式输送机(累计煤量)", "main belt, coal carried"),
)
"""Once per mine."""

_STATION, _PIPE = "drainage-station", "pipe:main"
_ZH, _EN = "地面瓦斯抽采泵站吸入管路", "surface drainage station, suction pipe"

STATION = (
    Place("DS-CH4", "pipe-methane", "station_methane", _STATION, _ZH, _EN, stream=_PIPE),
    Place("DS-Q", "pipe-flow", "station_flow", _STATION, f"{_ZH}(混合流量)", f"{_EN}, mixed flow", stream=_PIPE),
    Place("DS-P", "pipe-suction", "station_suction", _STATION, _ZH, _EN, stream=_PIPE),
    Place("DS-TE", "pipe-temperature", "station_temperature", _STATION, _ZH, _EN, stream=_PIPE),
    Place("DS-BARO", "barometer", "pressure_surface", _STATION, "地面瓦斯抽采泵站", "surface drainage station", stream=_PIPE),
)
"""Once per mine that is asked to have one (Art. 537(14), 541): all the mine drains goes through its suction pipe."""
RETURN = {"MR-T": "return:main", "MR-WS": "return:main"}
"""Points that measure what the ventilation carries off, in a mine with a drainage station."""

ALARM_GE: dict[str, float] = {
    **dict.fromkeys(("face_return_corner", "face_low_high", "face_outburst", "face_return_airway", "face_return_mid", "shearer"), 1.0),
    **dict.fromkeys(("heading_face", "heading_return", "district_return"), 1.0),
    **dict.fromkeys(("face_intake_outburst", "machine_room_refuge"), 0.5),
    "main_return": 0.75,
    "coal_bunker": 1.5,
    "co_face_return": 24.0,
    "co_intake_belt": 10.0,
}
"""Where the sensors' own alarm is set, %CH4 and ppm CO: CMSR 2025 Art. 536 Table 19 and Art. 541."""
