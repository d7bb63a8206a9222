"""Quality bits of a reading.

The low byte is the state code as seen in independent programs for MT/T 1201 uploads, kept exactly as received.
The bits above are ours. 0 means: nothing known against this reading.
"""

NORMAL = 0
ALARM = 1
POWER_CUT = 2
CALIBRATION = 4
OVER_RANGE = 8
SUBSTATION_FAULT = 16
NOT_POLLED = 32
PAUSED = 64
SENSOR_FAULT = 128

CLOCK_SUSPECT = 256
NOT_A_NUMBER = 512
OUT_OF_RANGE = 1024
FROZEN = 2048
DOUBTFUL = 4096

NAMES: dict[int, tuple[str, str]] = {
    ALARM: ("报警", "alarm"),
    POWER_CUT: ("断电", "power cut"),
    CALIBRATION: ("标校", "calibration"),
    OVER_RANGE: ("超量程", "over range"),
    SUBSTATION_FAULT: ("分站故障", "substation fault"),
    NOT_POLLED: ("不巡检", "not polled"),
    PAUSED: ("暂停", "paused"),
    SENSOR_FAULT: ("传感器故障", "sensor fault"),
    CLOCK_SUSPECT: ("时钟可疑", "clock suspect"),
    NOT_A_NUMBER: ("非数值", "not a number"),
    OUT_OF_RANGE: ("超出物理范围", "out of physical range"),
    FROZEN: ("数值冻结", "frozen"),
    DOUBTFUL: ("可疑(模型)", "doubtful (model)"),
}

UNUSABLE = SUBSTATION_FAULT | NOT_POLLED | PAUSED | SENSOR_FAULT | NOT_A_NUMBER | OUT_OF_RANGE
"""With one of these the value says nothing about the place: the point is unknown, never normal."""

NOT_CLEARING = UNUSABLE | CALIBRATION | CLOCK_SUSPECT | FROZEN | DOUBTFUL | OVER_RANGE
"""With one of these a value below the limit does not end an alarm: only a fresh, good value clears."""


def words(quality: int, lang: str = "zh") -> list[str]:
    """The names of the bits that are set, in `zh` or `en`; an empty list for 0 only: a bit without a name is shown by its number."""
    column = 0 if lang == "zh" else 1
    unnamed = quality & ~sum(NAMES)
    rest = [f"{('未知标志', 'unknown flag')[column]} {unnamed}"] if unnamed else []
    return [names[column] for bit, names in NAMES.items() if quality & bit] + rest
