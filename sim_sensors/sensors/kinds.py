"""Kinds of sensors. Ranges, noise, zero error and response are ours (project), of the size that data sheets of such instruments give."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sensor:
    """`low`/`high` is the measuring range in the quantity's unit, `noise` the sd of a reading, `zero` the sd of the zero error
    (it wanders over days), `response` the time to 90 % of a step (T90), s."""

    name: str
    quantity: str
    low: float
    high: float
    noise: float = 0.0
    zero: float = 0.0
    response: float = 1.0


_ALL = (
    Sensor("methane-catalytic", "methane", -0.5, 4.0, 0.008, 0.01, 15.0),
    Sensor("methane-laser", "methane", -0.2, 100.0, 0.006, 0.005, 10.0),
    Sensor("methane-pipe", "methane", 0.0, 100.0, 0.2, 0.3, 20.0),
    Sensor("methane-mm2", "methane", -2.0, 40.0, 0.03, 0.02, 15.0),
    Sensor("co", "carbon_monoxide", 0.0, 500.0, 0.35, 0.4, 30.0),
    Sensor("co2", "carbon_dioxide", 0.0, 5.0, 0.004, 0.005, 30.0),
    Sensor("oxygen", "oxygen", 0.0, 25.0, 0.03, 0.05, 15.0),
    Sensor("temperature", "temperature", -5.0, 100.0, 0.04, 0.1, 60.0),
    Sensor("humidity", "humidity", 0.0, 100.0, 0.4, 1.0, 60.0),
    Sensor("barometer", "pressure", 800.0, 1200.0, 0.04, 0.1, 2.0),
    Sensor("negative-pressure", "negative_pressure", 0.0, 5000.0, 6.0, 5.0, 2.0),
    Sensor("pipe-pressure", "pipe_pressure", -100.0, 100.0, 0.1, 0.1, 2.0),
    Sensor("wind", "wind_speed", 0.0, 15.0, 0.05, 0.02, 3.0),
    Sensor("flow", "methane_flow", 0.0, 50.0, 0.03, 0.02, 5.0),
    Sensor("pipe-methane", "pipe_methane", 0.0, 100.0, 0.2, 0.3, 20.0),
    Sensor("pipe-flow", "pipe_flow", 0.0, 600.0, 0.08, 0.05, 5.0),
    Sensor("pipe-suction", "pipe_suction", 0.0, 100.0, 0.05, 0.05, 2.0),
    Sensor("pipe-temperature", "pipe_temperature", -5.0, 100.0, 0.05, 0.1, 60.0),
    Sensor("current", "current", 0.0, 1000.0, 0.6, 0.2, 1.0),
    Sensor("vibration", "vibration", 0.0, 20.0, 0.08, 0.0, 1.0),
    Sensor("bearing", "bearing_temperature", -5.0, 150.0, 0.05, 0.2, 30.0),
    Sensor("haulage", "haulage_speed", 0.0, 100.0, 0.5, 0.0, 1.0),
    Sensor("dust", "dust", 0.0, 1000.0, 0.2, 0.1, 10.0),
    Sensor("smoke", "smoke", 0.0, 1.0),
    Sensor("run", "run_state", 0.0, 1.0),
    Sensor("feed", "feed_state", 0.0, 1.0),
    Sensor("door", "air_door", 0.0, 1.0),
    Sensor("scale", "coal_mass", 0.0, 1e8),
)

SENSORS: dict[str, Sensor] = {sensor.name: sensor for sensor in _ALL}
