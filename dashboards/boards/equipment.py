"""Equipment: fans, belts, shearer, pump; currents, bearings, vibration, power."""

from dashboards import readings
from dashboards.boards.states import FEEDING, QUALITY, RUNNING, SMOKE
from dashboards.panels import Board, Kind, Panel

EQUIPMENT = Board(
    "equipment",
    ("设备", "Equipment"),
    (
        Panel(
            Kind.LANES,
            ("开停：通风机、输送机、采煤机", "Running: fans, belts, shearer"),
            "none",
            (readings.switches("run_state"),),
            14,
            9,
            states=RUNNING,
        ),
        Panel(Kind.LANES, ("馈电", "Feed"), "none", (readings.switches("feed_state"),), 10, 9, states=FEEDING),
        Panel(Kind.CHART, ("电流", "Current"), "suffix: A", (readings.chart("current"),), 24, 9),
        Panel(Kind.CHART, ("轴承温度", "Bearing temperature"), "celsius", (readings.chart("bearing_temperature"),), 12, 8),
        Panel(Kind.CHART, ("振动", "Vibration velocity"), "suffix: mm/s", (readings.chart("vibration"),), 12, 8),
        Panel(Kind.CHART, ("采煤机牵引速度", "Shearer haulage speed"), "suffix: Hz", (readings.chart("haulage_speed"),), 12, 8),
        Panel(Kind.CHART, ("累计煤量", "Coal carried"), "suffix: t", (readings.chart("coal_mass", "last"),), 12, 8),
        Panel(Kind.LANES, ("烟雾", "Smoke"), "none", (readings.switches("smoke"),), 12, 12, states=SMOKE),
        Panel(
            Kind.LANES,
            ("设备测点的质量", "Quality of equipment points"),
            "none",
            (readings.quality_lanes("run_state", "current", "bearing_temperature", "vibration"),),
            12,
            12,
            states=QUALITY,
        ),
    ),
)
