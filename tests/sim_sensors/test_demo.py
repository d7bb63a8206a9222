"""The demo's story, as the brief people see it."""

from pathlib import Path

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, HOUR, SECOND
from contracts.config import load
from contracts.errors import BadConfig
from contracts.quality import ALARM, CALIBRATION, NOT_POLLED
from sim_sensors.config import DeviceSettings, Settings, build
from sim_sensors.demo import DEMO, devices
from sim_sensors.faults import Event, Kind
from sim_sensors.mine.preset import PRESETS


@pytest.fixture(scope="module")
def ten_minutes() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Values and quality of each mine, (600, points)."""
    out = {}
    for name, device in devices(BUILD_TIME).items():
        readings = [device.read(BUILD_TIME + second * SECOND) for second in range(600)]
        out[name] = np.array([values for values, _ in readings]), np.array([quality for _, quality in readings])
    return out


REGISTRIES = {name: device.registry for name, device in devices(BUILD_TIME).items()}


def column(name: str, point: str) -> int:
    return REGISTRIES[name].number[point]


def test_there_are_two_fictional_mines_and_one_replay_on_three_ports():
    assert [(one.name, one.kind, one.port) for one in DEMO.devices] == [
        ("demo-a", "mine", 15020),
        ("demo-b", "mine", 15021),
        ("silesia", "replay", 15022),
    ]
    assert all("演示" in one.mine_zh or "回放" in one.mine_zh for one in DEMO.devices)


@pytest.mark.parametrize("hours", [0, 5, 10, 15, 20])
def test_in_demo_a_methane_passes_1_percent_for_a_couple_of_minutes_whenever_the_demo_is_started(hours):
    start = BUILD_TIME + hours * HOUR
    mine = devices(start)["demo-a"]
    heading = mine.registry.number["1103-T1"]
    shown = [mine.read(start + second * SECOND) for second in range(500)]
    over = [second for second, (values, _) in enumerate(shown) if values[heading] >= 1.0]

    assert 60 < over[0] < 250
    assert 60 <= len(over) <= 300
    assert all(shown[second][1][heading] & ALARM for second in over)
    assert over[-1] < 450


def test_in_demo_a_one_meter_is_under_test_gas_and_one_is_frozen(ten_minutes):
    values, quality = ten_minutes["demo-a"]
    states = set(quality[:, column("demo-a", "1-T")].tolist())

    assert {CALIBRATION, CALIBRATION | ALARM} <= states
    assert len(set(values[120:600, column("demo-a", "1101-TM")].tolist())) == 1


def test_demo_b_is_calm_but_for_a_dropout(ten_minutes):
    values, quality = ten_minutes["demo-b"]
    silent = np.isnan(values)

    assert not (quality & ALARM).any()
    assert set(np.flatnonzero(silent.any(axis=0)).tolist()) == {column("demo-b", "1101-T2")}
    assert (quality[silent] == NOT_POLLED).all()
    assert silent.sum() == 90


def test_the_device_of_demo_b_falls_silent_within_five_minutes_and_again_every_half_hour():
    mine = devices(BUILD_TIME)["demo-b"]
    silent = [second for second in range(3600) if mine.silent(BUILD_TIME + second * SECOND)]

    assert silent == [*range(270, 420), *range(2070, 2220)]


def test_the_real_rows_of_silesia_reach_5_percent_in_the_first_five_minutes(ten_minutes):
    values, _ = ten_minutes["silesia"]

    assert np.nanmax(values[:300, column("silesia", "MM261")]) == 5.0


def test_a_settings_file_describes_devices_and_their_scripts():
    text = """
[[devices]]
name = "my-mine"
kind = "mine"
preset = "outburst"
speed = 60.0
script = [{kind = "outburst", start = 600, duration = 120, target = "heading", strength = 800.0}]
"""
    (device,) = load(Settings, text, {}).devices

    assert device.script[0].kind is Kind.OUTBURST
    assert build(device, BUILD_TIME).registry.mine == "my-mine"


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"name": "Not An Id", "kind": "mine"}, "name"),
        ({"name": "m", "kind": "mine", "speed": 0.0}, "speed"),
        ({"name": "m", "kind": "mine", "unit": 0}, "unit"),
        ({"name": "m", "kind": "mine", "preset": "nowhere"}, "preset"),
        ({"name": "m", "kind": "replay", "recording": "no/such/file.csv"}, "recording"),
        ({"name": "m", "kind": "replay", "first": "2030-01-01"}, "first"),
    ],
)
def test_settings_that_cannot_be_met_are_refused_by_their_key(settings, key):
    with pytest.raises(BadConfig, match=key):
        build(DeviceSettings(**settings), BUILD_TIME)


@pytest.mark.parametrize("page", ["simulator.md", "simulator.zh.md"])
def test_the_documentation_names_every_setting_preset_and_event(page):
    text = (Path(__file__).parents[2] / "docs" / page).read_text("utf-8")
    keys = {field for kind in (Settings, DeviceSettings, Event) for field in kind.__struct_fields__}

    assert [word for word in sorted({*keys, *PRESETS}) if word not in text] == []
    assert [kind for kind in Kind if f"`{kind}`" not in text] == []


def test_the_settings_in_the_documentation_are_valid():
    text = (Path(__file__).parents[2] / "docs" / "simulator.md").read_text("utf-8")
    block = text.split("```toml\n")[1].split("```")[0]

    assert [build(one, BUILD_TIME).registry.mine for one in load(Settings, block, {}).devices] == ["my-mine", "silesia"]
