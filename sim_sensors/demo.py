"""The demo's three mines: two that do not exist, and a replay of the real longwall rows."""

from pathlib import Path

import msgspec
from msgspec.structs import replace

from contracts.clock import BUILD_TIME
from sim_sensors.config import DeviceSettings, Settings, build
from sim_sensors.device import Device
from sim_sensors.faults import Event, Kind

_HALF_HOUR = 1800

SCRIPT_A = (
    Event(kind=Kind.FAN_STOP, start=60, duration=240, target="local_fan", every=_HALF_HOUR),
    Event(kind=Kind.TEST_GAS, start=90, duration=240, target="1-T", strength=2.0, every=_HALF_HOUR),
    Event(kind=Kind.FROZEN, start=120, duration=1500, target="1101-TM", every=_HALF_HOUR),
)
"""A local fan stops after a minute and methane gathers in the heading; one meter is under test gas; one shows the same number for ever."""
SCRIPT_B = (
    Event(kind=Kind.DROPOUT, start=150, duration=90, target="1101-T2", every=_HALF_HOUR),
    Event(kind=Kind.DEVICE_SILENT, start=270, duration=150, target="device", every=_HALF_HOUR),
)
"""One meter says nothing for a while; later the whole device answers nobody: a gap that the boards and the ledger must show."""

DEMO_A = DeviceSettings(
    name="demo-a", kind="mine", port=15020, mine_zh="演示一号矿", mine_en="Demo mine 1", preset="high", seed=11, script=SCRIPT_A
)
DEMO_B = DeviceSettings(
    name="demo-b", kind="mine", port=15021, mine_zh="演示二号矿", mine_en="Demo mine 2", preset="low", seed=22, script=SCRIPT_B
)
SILESIA = DeviceSettings(
    name="silesia", kind="replay", port=15022, mine_zh="西里西亚长壁工作面(回放)", mine_en="Silesian longwall (replay)"
)

FIRST_PORT = 15020
DEMO = Settings(devices=(DEMO_A, DEMO_B, SILESIA))


def from_port(settings: Settings, first: int) -> Settings:
    """The same devices on the ports from `first` on, in their order."""
    return replace(settings, devices=tuple(replace(one, port=first + at) for at, one in enumerate(settings.devices)))


def quicker(settings: Settings, speed: float) -> Settings:
    """The same devices, in which so many seconds pass in one."""
    return replace(settings, devices=tuple(replace(one, speed=speed) for one in settings.devices))


def later(settings: Settings, seconds: int) -> Settings:
    """The same devices, whose scripts begin so much later: until then nothing happens in them but what is ordered."""
    devices = [replace(one, script=tuple(replace(event, start=event.start + seconds) for event in one.script)) for one in settings.devices]
    return replace(settings, devices=tuple(devices))


def devices(start: int) -> dict[str, Device]:
    """The three devices by mine id, beginning at `start` (µs UTC)."""
    return {settings.name: build(settings, start) for settings in DEMO.devices}


def write_files(folder: Path, settings: Settings = DEMO) -> dict[str, Path]:
    """`<folder>/<mine>/points.json` (the registry's bytes) and `registers.json` for each device; the folders by mine id."""
    out: dict[str, Path] = {}
    for one in settings.devices:
        device = build(one, BUILD_TIME)
        out[one.name] = folder / one.name
        out[one.name].mkdir(parents=True, exist_ok=True)
        (out[one.name] / "points.json").write_bytes(device.registry.data)
        (out[one.name] / "registers.json").write_bytes(msgspec.json.encode(device.registers))
    return out
