"""States that several boards show, in one order and one set of colours."""

from dashboards import flux, readings
from dashboards.panels import State

_GREY = "#8e8e8e"
NO_SENSOR = State(readings.NO_SENSOR, ("无此类测点", "no such point"), "#3b3b4f")
NO_DATA = State(readings.NO_DATA, ("无数据", "no data"), _GREY)
QUALITY = (
    NO_SENSOR,
    NO_DATA,
    State(readings.GOOD, ("无质量标记", "no flag"), "green"),
    State(readings.DOUBTFUL, ("存疑", "doubtful"), "yellow"),
    State(readings.CALIBRATION, ("标校", "calibration"), "blue"),
    State(readings.SOURCE_ALARM, ("源报警或断电", "alarm or power cut at the source"), "red"),
    State(readings.UNUSABLE, ("不可用", "unusable"), "purple"),
    State(readings.UNVERIFIED, ("标校期间报警, 未核实", "alarm during calibration, unverified"), "orange"),
)
RUNNING = (NO_SENSOR, NO_DATA, State(0, ("停", "stopped"), "#37474f"), State(1, ("开", "running"), "green"))
FEEDING = (NO_SENSOR, NO_DATA, State(0, ("无电", "no feed"), "orange"), State(1, ("有电", "fed"), "green"))
DOORS = (NO_SENSOR, NO_DATA, State(0, ("关", "closed"), "green"), State(1, ("开", "open"), "orange"))
SMOKE = (NO_SENSOR, NO_DATA, State(0, ("无烟", "no smoke"), "green"), State(1, ("有烟", "smoke"), "red"))
ALARM_LANES = (
    State(flux.NO_COPY, ("没有副本，情况未知", "no copy: nothing is known"), _GREY),
    State(flux.COPIED, ("有副本", "copied"), "#37474f"),
    State(1, ("报警中", "active"), "red"),
    State(2, ("标校期间报警, 未核实", "during calibration, unverified"), "orange"),
    State(3, ("已返回, 未确认", "returned, unacknowledged"), "yellow"),
    State(4, ("未知", "unknown"), "purple"),
    State(5, ("抑制、搁置或停用", "suppressed, shelved or out of service"), "blue"),
    State(6, ("计划内（许可）", "planned (permit)"), "light-blue"),
)
CONNECTED = (State(0, ("已断开", "disconnected"), "red"), State(1, ("已连接", "connected"), "green"))
