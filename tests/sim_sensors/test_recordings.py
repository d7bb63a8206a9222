"""Recordings are read as they stand."""

import os
from pathlib import Path

import numpy as np
import pytest

from contracts.clock import from_iso
from contracts.errors import BadConfig
from contracts.registers import from_words, to_words
from contracts.units import QUANTITIES
from sim_sensors.recordings.columns import recorded_registers, recorded_registry
from sim_sensors.recordings.read import read_recording
from sim_sensors.recordings.silesia import FIRST, longwall, longwall_registers, longwall_registry

SHARED = Path(os.environ.get("DAVY_DATA", Path(__file__).parents[3] / "shared" / "data"))
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings of ../shared/data are not here")
FOLDER = Path(__file__).parents[2] / "sim_sensors" / "recordings" / "longwall"


def test_the_longwall_rows_are_all_there():
    rows = longwall()

    assert len(rows) == 848
    assert rows.values.shape == (848, 28)
    assert rows.column("MM261").max() == 5.0
    assert rows.column("AMP1_IR").min() == -255.0
    assert from_iso(FIRST) in rows.time


def test_the_readme_beside_the_rows_names_licence_source_and_changes():
    text = (FOLDER / "README.md").read_text("utf-8")

    for word in ("CC BY 4.0", "10.17632/yd7vw4c5mk.1", "Data in Brief 39 (2021) 107457", "Changes made", "not a Chinese mine"):
        assert word in text


def test_every_longwall_column_is_a_point_with_a_quantity_and_a_place_in_two_languages():
    registry, rows = longwall_registry("silesia", "西里西亚", "Silesia"), longwall()

    assert [point.id for point in registry.points] == list(rows.columns)
    assert all(point.quantity in QUANTITIES and "西里西亚" in point.place_zh and "Silesian" in point.place_en for point in registry.points)
    assert {point.id for point in registry.points if point.limit_row} == {"MM261", "MM263", "MM264", "MM256"}
    assert all("demonstration only" in point.mapped_by for point in registry.points if point.limit_row)


def test_every_longwall_value_comes_back_from_its_register_unchanged():
    rows = longwall()
    for register in longwall_registers().registers:
        values = np.unique(rows.column(register.point))
        assert [from_words(register, to_words(register, value)) for value in values] == values.tolist()


def test_fault_codes_are_kept_and_lie_outside_the_physical_range():
    rows = longwall()

    assert rows.column("AMP1_IR").min() < QUANTITIES["current"].low


@needs_shared
def test_the_rows_we_carry_are_those_we_took():
    ours, theirs = (path / "mm261-episode-rows.csv.gz" for path in (FOLDER, SHARED / "methane-longwall"))

    assert ours.read_bytes() == theirs.read_bytes()


@needs_shared
@pytest.mark.parametrize(
    ("file", "rows", "columns"),
    [
        ("nab/realKnownCause/machine_temperature_system_failure.csv.gz", 22_695, ("value",)),
        ("ims-bearing/ims-test2-mean-abs.csv.gz", 984, ("bearing_1", "bearing_2", "bearing_3", "bearing_4")),
        ("methane-longwall/mm261-episode-rows.csv.gz", 848, longwall().columns),
    ],
)
def test_known_layouts_are_read(file, rows, columns):
    found = read_recording(SHARED / file)

    assert (len(found), found.columns) == (rows, columns)


@needs_shared
def test_a_semicolon_table_is_read_and_its_columns_become_points():
    found = read_recording(SHARED / "skab" / "valve1" / "0.csv.gz")
    registry = recorded_registry(found, "rig", "试验台", "rig", {"Current": "current", "Volume Flow RateRMS": "methane_flow"})

    assert found.values[0, :3].tolist() == [0.0265878, 0.0401113, 1.3302]
    assert [point.id for point in registry.points] == ["Current", "Volume_Flow_RateRMS"]


def test_registers_of_a_recording_hold_its_values(tmp_path):
    table = tmp_path / "x.csv"
    table.write_text("timestamp,a,b\n2020-01-01 00:00:00,1.25,-30000.5\n2020-01-01 00:00:01,,7\n", "utf-8")
    recording = read_recording(table)
    registry = recorded_registry(recording, "m", "m", "m", {"a": "temperature", "b": "pressure"})
    for register in recorded_registers(recording, registry).registers:
        for value in recording.column(register.point)[~np.isnan(recording.column(register.point))]:
            assert from_words(register, to_words(register, value)) == value


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b\n1,2\n", "first column"),
        ("timestamp,a\n", "at least one row"),
        ("timestamp,a\nyesterday,1\n", "line 2"),
        ("timestamp,a\n2020-01-01,1\n2020-01-02,x\n", "line 3"),
        ("timestamp,a,b\n2020-01-01,1\n", "line 2"),
        ("", "first column"),
    ],
)
def test_what_is_no_recording_is_refused_with_the_line(tmp_path, text, says):
    table = tmp_path / "x.csv"
    table.write_text(text, "utf-8")
    with pytest.raises(BadConfig, match=says):
        read_recording(table)
