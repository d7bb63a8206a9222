"""Settings of the simulator process, and the devices they describe."""

from pathlib import Path
from typing import Literal

import msgspec

from contracts.clock import SECOND, from_iso
from contracts.config import Section
from contracts.errors import BadConfig
from contracts.topics import check_id
from sim_sensors.device import Device
from sim_sensors.faults import Event
from sim_sensors.layout import lay_out
from sim_sensors.mine.preset import find_preset
from sim_sensors.recordings.columns import recorded_registers, recorded_registry
from sim_sensors.recordings.read import read_recording
from sim_sensors.recordings.silesia import FIRST, longwall, longwall_registers, longwall_registry
from sim_sensors.replay import Pace, ReplaySource
from sim_sensors.source import SimulatedSource

LONGWALL = "longwall"


class DeviceSettings(Section, frozen=True):
    """One device. A mine has `preset`, `seed`, `points` (0: one district), `drainage` (a drainage station) and
    `script`; a replay has `recording` (`longwall`, or a
    path with `columns` naming each column's quantity), `first` (its stamp to begin with), `longest_gap_s` and `pause_s`."""

    name: str
    kind: Literal["mine", "replay"]
    port: int = 0
    unit: int = 1
    mine_zh: str = ""
    mine_en: str = ""
    speed: float = 1.0
    preset: str = "high"
    seed: int = 1
    points: int = 0
    drainage: bool = False
    script: tuple[Event, ...] = ()
    recording: str = LONGWALL
    columns: dict[str, str] = msgspec.field(default_factory=dict)
    first: str = ""
    longest_gap_s: int = 120
    pause_s: int = 20


class Settings(Section, frozen=True):
    """The simulator process."""

    host: str = "127.0.0.1"
    devices: tuple[DeviceSettings, ...] = ()


def check(settings: Settings) -> Settings:
    """The settings themselves, or BadConfig for a device's port that no TCP port can be (0: any that is free)."""
    for at, device in enumerate(settings.devices):
        if not 0 <= device.port <= 65535:
            raise BadConfig(f"devices[{at}].port", device.port, "0 to 65535")
    return settings


def build(settings: DeviceSettings, start: int) -> Device:
    """The device, beginning at `start` (µs UTC); BadConfig where its settings cannot be met."""
    check_id("name", settings.name)
    if settings.speed <= 0:
        raise BadConfig("speed", settings.speed, "more than 0")
    if not 1 <= settings.unit <= 247:
        raise BadConfig("unit", settings.unit, "1 to 247")
    return _mine(settings, start) if settings.kind == "mine" else _replay(settings, start)


def _names(settings: DeviceSettings) -> tuple[str, str, str]:
    return settings.name, settings.mine_zh or settings.name, settings.mine_en or settings.name


def _mine(settings: DeviceSettings, start: int) -> SimulatedSource:
    preset = find_preset(settings.preset)
    layout = lay_out(*_names(settings), preset, settings.points, settings.unit, drainage=settings.drainage)
    return SimulatedSource(layout, preset, settings.seed, start, settings.speed, settings.script)


def _replay(settings: DeviceSettings, start: int) -> ReplaySource:
    first = settings.first or (FIRST if settings.recording == LONGWALL else "")
    pace = Pace(settings.speed, from_iso(first) if first else 0, settings.longest_gap_s * SECOND, settings.pause_s * SECOND)
    if settings.recording == LONGWALL:
        return ReplaySource(longwall(), longwall_registry(*_names(settings)), longwall_registers(settings.unit), start, pace)
    path = Path(settings.recording)
    if not path.is_file():
        raise BadConfig("recording", settings.recording, f"{LONGWALL}, or the path of a file")
    recording = read_recording(path)
    registry = recorded_registry(recording, *_names(settings), settings.columns)
    return ReplaySource(recording, registry, recorded_registers(recording, registry, settings.unit), start, pace)
