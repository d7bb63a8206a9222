"""The registry and the register map of a mine that does not exist."""

import os
from pathlib import Path

import msgspec
import pytest
import yaml

from contracts.points import read_registry
from contracts.registers import WORDS, from_words, read_register_map, to_words
from contracts.units import QUANTITIES
from sim_sensors.layout import MAPPED_BY, lay_out
from sim_sensors.mine.preset import HIGH, LOW, OUTBURST, PRESETS
from sim_sensors.places import ALARM_GE

SHARED = Path(os.environ.get("DAVY_DATA", Path(__file__).parents[3] / "shared" / "data"))
THRESHOLDS = SHARED.parent / "domain" / "thresholds.yaml"


def test_the_demo_mine_has_about_60_points_with_names_in_two_languages():
    registry = lay_out("demo", "演示", "demo", HIGH).registry

    assert 50 <= len(registry.points) <= 60
    assert all(point.place_zh and point.place_en and point.quantity in QUANTITIES for point in registry.points)
    assert read_registry(registry.data) == registry


def test_every_mapped_point_says_who_mapped_it_and_some_points_are_unmapped():
    points = {point.id: point for point in lay_out("demo", "演示", "demo", HIGH).registry.points}

    assert all(point.mapped_by == (MAPPED_BY if point.limit_row else "") for point in points.values())
    assert points["1101-T3"].limit_row == ""
    assert points["1101-T1"].limit_row == "face_low_high"


def test_an_outburst_mine_maps_its_face_and_intake_to_their_own_rows_and_uses_full_range_sensors():
    points = {point.id: point for point in lay_out("demo", "演示", "demo", OUTBURST).registry.points}

    assert points["1101-T1"].limit_row == "face_outburst"
    assert points["1101-T3"].limit_row == "face_intake_outburst"
    assert points["1101-T1"].sensor == "methane-laser"


def test_the_meter_in_the_middle_of_the_return_hangs_in_high_gas_mines_only():
    assert "1101-TM" in lay_out("demo", "演示", "demo", HIGH).registry.number
    assert "1101-TM" not in lay_out("demo", "演示", "demo", LOW).registry.number


@pytest.mark.parametrize("points", [59, 200, 1000, 10_000])
def test_a_mine_can_be_blown_up_to_any_number_of_points(points):
    layout = lay_out("big", "大", "big", HIGH, points)

    assert len(layout.registry.points) == len(layout.registers.registers) == points
    assert max(register.state_address for register in layout.registers.registers) < 65_536


@pytest.mark.parametrize("preset", PRESETS.values(), ids=list(PRESETS))
def test_no_two_points_share_a_register(preset):
    registers = lay_out("demo", "演示", "demo", preset, 500).registers.registers
    used = [at for r in registers for at in (*range(r.address, r.address + WORDS[r.form]), r.state_address)]

    assert len(used) == len(set(used))


def test_every_reading_a_sensor_can_give_comes_back_from_its_register_unchanged():
    layout = lay_out("demo", "演示", "demo", HIGH)
    for register, setting in zip(layout.registers.registers, layout.settings, strict=True):
        for part in (0.0, 0.123, 0.5, 0.877, 1.0):
            wide = min(setting.sensor.high, 1e8) - setting.sensor.low
            reading = round((setting.sensor.low + part * wide) * 10**setting.decimals) / 10**setting.decimals
            assert from_words(register, to_words(register, reading)) == reading


@pytest.mark.skipif(not THRESHOLDS.exists(), reason="the table of clauses (../shared) is not here")
def test_limit_rows_and_alarm_values_are_those_of_the_table():
    table = yaml.safe_load(THRESHOLDS.read_text("utf-8"))
    methane, oxide = ({row["id"]: row for row in rows} for rows in (table["methane"], table["co"]["rules"]))
    wind = {row["id"] for row in table["wind_speed"]["rows"]}
    used = {point.limit_row for preset in PRESETS.values() for point in lay_out("m", "m", "m", preset).registry.points} - {""}

    assert used <= {*methane, *oxide, *wind}
    for row, value in ALARM_GE.items():
        assert value == (methane[row]["alarm_ge"] if row in methane else oxide[row]["alarm_ge_ppm"])
    assert set(ALARM_GE) == {row for row in used if row not in wind}


def test_the_register_map_survives_its_file():
    registers = lay_out("demo", "演示", "demo", HIGH).registers

    assert read_register_map(msgspec.json.encode(registers)) == registers
