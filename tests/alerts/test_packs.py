"""The regulation pack: read values only, each with its clause; anything else is refused."""

import os
from pathlib import Path

import pytest
import yaml

from alerts.packs import load, read_pack
from alerts.packs.pack import LimitRow
from contracts.errors import BadConfig

PACK = Path(__file__).parents[2] / "alerts" / "packs" / "cmsr-2025.yaml"
SOURCE = Path(os.environ.get("DAVY_DATA", Path(__file__).parents[3] / "shared" / "data")).parent / "domain" / "thresholds.yaml"
SECOND_STAGE = "_fan_b"

pack = load()


def replaced(before: str, after: str) -> bytes:
    text = PACK.read_text(encoding="utf-8")
    assert before in text
    return text.replace(before, after, 1).encode()


@pytest.mark.parametrize(
    ("before", "after", "key", "value", "allowed"),
    [
        ("alarm_ge: 1.0", "alarm_lt: 1.0", "pack.rows[0]", "alarm_lt", "unknown field `alarm_lt`"),
        ("alarm_ge: 1.0", "alarm_ge: high", "pack.rows[0].alarm_ge", "high", "Expected `float | null`"),
        ("alarm_ge: 1.0", "alarm_ge: .nan", "pack.rows[0].alarm_ge", "nan", "> 0"),
        ("alarm_ge: 1.0", "alarm_ge: null", "pack.rows.face_return_corner.alarm_ge", "None", "where there are cuts"),
        ("confidence: seen", "confidence: memory", "pack.rows.face_return_corner.confidence", "memory", "seen or seen_secondary"),
        (", confidence: seen", "", "pack.rows.face_return_corner.confidence", "''", "seen or seen_secondary"),
        ('clause: "Art.536, Table 19", ', "", "pack.rows.face_return_corner.clause", "''", "the clause"),
        ("restore_lt: 1.0", "restore_lt: 1.6", "pack.rows.face_return_corner.cuts[0].restore_lt", "1.6", "1.5"),
        ("cut_ge: 1.5", "cut_ge: 0.9", "pack.rows.face_return_corner.cuts[0].cut_ge", "0.9", "at least 1.0"),
        ("action: workplace_ch4_1_0", "action: total", "pack.rows.face_return_corner.action", "total", "total_return"),
        ("action: workplace_ch4_1_0", "action: workplace_ch4_1_5", "pack.rows.face_return_corner.action", "1_5", "asks for it at 1.0"),
        ("id: face_low_high", "id: face_return_corner", "pack.rows.face_return_corner.id", "corner", "used once"),
        ('unit: "%CH4"', "unit: ppm", "pack.rows.face_return_corner.unit", "ppm", "%CH4"),
        ("schema: 1", "schema: 9", "pack.schema", "9", "1"),
        ("rows:", "rows: [", "pack", "bytes", "YAML"),
    ],
)
def test_what_nobody_read_is_refused_with_place_value_and_what_is_allowed(before, after, key, value, allowed):
    with pytest.raises(BadConfig) as refused:
        read_pack(replaced(before, after))
    assert refused.value.key == key
    assert value in repr(refused.value.value)
    assert allowed in refused.value.allowed


def test_an_unknown_pack_is_refused_with_the_packs_there_are():
    with pytest.raises(BadConfig, match="cmsr-2025"):
        load("cmsr-2016")


def test_the_name_changes_with_the_content():
    assert read_pack(replaced("alarm_ge: 1.0", "alarm_ge: 1.1")).name != pack.name


def test_one_sensor_with_two_cut_stages_is_one_row():
    cuts = pack.rows["heading_series_before_fan"].cuts
    assert [(cut.cut_ge, cut.restore_lt) for cut in cuts] == [(0.5, 0.5), (1.5, 0.5)]
    assert "局部通风机" in cuts[1].scope_zh


def test_every_row_with_a_value_says_what_to_do_first_in_both_languages():
    for row in pack.rows.values():
        actions = [cut.action for cut in row.cuts] + ([] if row.alarm_ge is None else [row.action])
        assert all(action.zh and action.en and action.clause for action in actions)


source = pytest.mark.skipif(not SOURCE.is_file(), reason="the domain's source file is not beside the repository")


@pytest.fixture(scope="module")
def thresholds():
    return yaml.safe_load(SOURCE.read_text(encoding="utf-8"))


def stages(row: LimitRow) -> list[tuple[float, float | None, str]]:
    return [(cut.cut_ge, cut.restore_lt, cut.scope_zh) for cut in row.cuts]


@source
def test_every_row_of_table_19_stands_in_the_pack_as_it_was_read(thresholds):
    first = [row for row in thresholds["methane"] if not row["id"].endswith(SECOND_STAGE)]
    second = [row for row in thresholds["methane"] if row["id"].endswith(SECOND_STAGE)]
    ours = [row for row in pack.rows.values() if row.clause == thresholds["methane_source"]["clause"]]
    assert [row.id for row in ours] == [row["id"].removesuffix("_a") for row in first]
    for row, read in zip(ours, first, strict=True):
        reads = [read, *(late for late in second if late["id"].removesuffix("_b") == row.id)]
        assert row.alarm_ge == read["alarm_ge"]
        assert row.location_zh == read["location_zh"]
        assert list(row.gas_class) == read["gas_class"]
        assert list(row.t_code) == read["t_code"]
        assert stages(row) == [(r["cut_ge"], r["restore_lt"], r["cut_scope_zh"]) for r in reads if r["cut_ge"] is not None]


@source
def test_carbon_monoxide_is_carried_and_null_stays_no_official_value(thresholds):
    for read in thresholds["co"]["rules"]:
        row = pack.rows[read["id"]]
        assert row.alarm_ge == read.get("alarm_ge_ppm")
        assert row.location_zh == read["location_zh"]
        assert bool(row.cuts) == read.get("cut_too", False)
        assert (row.alarm_ge is None) == ("no official value known" in row.note)
    room = thresholds["charging_room"]
    assert pack.rows["charging_room_methane"].alarm_ge == pack.rows["charging_room_methane"].cuts[0].cut_ge == room["CH4_pct_alarm_cut_ge"]


@source
def test_the_action_texts_are_the_words_of_their_clauses(thresholds):
    texts = {
        (rule["clause"], rule["action_zh"])
        for part in ("gas_action_levels", "monitoring_duties")
        for rule in thresholds[part]["rules"]
        if rule["clause"] != "Art.196"
    }
    used = {row.action for row in pack.rows.values() if row.action} | {cut.action for row in pack.rows.values() for cut in row.cuts}
    assert {(action.clause, action.zh) for action in used if action.clause != "Art.196"} <= texts
    assert any(action.clause == "Art.196" and "停电撤人" in action.zh for action in used)
