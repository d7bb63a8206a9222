"""Criteria packs: what comes with the product holds together, and a file that guesses or does not fit is refused by name."""

import re
from functools import cache
from typing import Any

import msgspec
import pytest
import yaml

from contracts.errors import BadConfig
from contracts.facts import FACTS
from fleet.packs import Pack, load, names, read_pack
from fleet.packs.diff import differences
from fleet.packs.pack import CONDITIONS
from fleet.packs.reading import CONFIDENT, LOADER

PACKS = ("henan-2024", "national-2021", "shanxi-2023", "shanxi-2025")
Tree = dict[str, Any]


@cache
def written(name: str) -> bytes:
    """The file as JSON, which is YAML too, and read in a tenth of the time."""
    return msgspec.json.encode(yaml.load(load(name).text, LOADER))


def tree(name: str = "shanxi-2025") -> Tree:
    return msgspec.json.decode(written(name), type=Tree)


def taken(found: Any) -> Pack:
    return read_pack(msgspec.json.encode(found))


def criterion(found: Tree, name: str) -> Tree:
    return next(one for one in found["criteria"] if one["id"] == name)


def refused(found: Any) -> BadConfig:
    with pytest.raises(BadConfig) as error:
        taken(found)
    return error.value


def test_these_packs_come_with_the_product() -> None:
    assert names() == PACKS


@pytest.mark.parametrize("name", PACKS)
def test_every_number_of_a_pack_is_carried_by_what_was_read(name: str) -> None:
    pack = load(name)

    for one in pack.criteria:
        if one.threshold is not None or one.op in CONDITIONS:
            assert (one.basis, one.confidence in CONFIDENT, one.document in pack.documents) == ("official", True, True), one.id
            assert pack.documents[one.document].confidence in CONFIDENT, one.id
        else:
            assert one.open_zh
            assert one.open_en
            assert not one.counted
    assert all(level.score_min is None for level in pack.levels)
    assert all(system.weight is None for system in pack.systems)
    assert pack.not_read, "nobody has read the annexes"


@pytest.mark.parametrize("name", PACKS)
def test_every_text_of_a_pack_is_there_in_both_languages(name: str) -> None:
    def look(found: Any, where: str) -> None:
        if isinstance(found, list):
            for at, one in enumerate(found):
                look(one, f"{where}[{at}]")
        elif isinstance(found, dict):
            for key, one in found.items():
                twin = "en" if key == "zh" else f"{key[:-3]}_en" if key.endswith("_zh") else ""
                if twin:
                    assert found.get(twin), f"{where}.{twin}"
                    assert re.search(r"[\u4e00-\u9fff]", one), f"{where}.{key}"
                    assert not re.search(r"[\u4e00-\u9fff]", found[twin]), f"{where}.{twin}"
                look(one, f"{where}.{key}")

    look(tree(name), name)


@pytest.mark.parametrize("name", PACKS)
def test_every_fact_a_pack_asks_for_is_in_the_catalogue(name: str) -> None:
    assert load(name).facts <= FACTS.keys()


def test_the_rule_in_force_counts_these_and_no_others() -> None:
    assert [one.id for one in load("shanxi-2025").criteria if one.counted] == [
        "sx_system_run_1_month",
        "sx_upgrade_done",
        "sx_organisation",
        "ev_face_running_rate",
        "ev_calibration_on_time",
        "ev_must_points",
        "ev_point_settings",
    ]
    assert [one.id for one in load("shanxi-2023").criteria if one.counted] == ["sx2023_plan_uploaded"]


def test_the_name_of_a_pack_is_its_bytes() -> None:
    pack = load("shanxi-2025")

    again = read_pack(pack.text.encode())

    assert again == pack
    assert read_pack(pack.text.encode() + b"# a remark\n").hash != pack.hash


def test_a_file_of_ones_own_is_read_by_its_path(tmp_path: Any) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(load("henan-2024").text, encoding="utf-8")

    assert load(str(path)).id == "henan-2024"


def test_an_unknown_name_and_a_missing_file_are_refused_by_name() -> None:
    with pytest.raises(BadConfig, match=r"national-2020.*national-2021"):
        load("national-2020")
    with pytest.raises(BadConfig, match=r"nowhere\.yaml.*No such file"):
        load("nowhere.yaml")


def test_what_is_no_yaml_or_no_text_is_refused() -> None:
    for data in (b"criteria: [", b"\xff\xfe\xff"):
        with pytest.raises(BadConfig, match="YAML in UTF-8"):
            read_pack(data)
    assert refused(["a list"]).key == "pack"
    assert refused({}).key == "pack"


@pytest.mark.parametrize(
    ("place", "value", "key"),
    [
        (("schema",), 2, "pack.schema"),
        (("surprise",), 1, "pack"),
        (("role",), "draft", "pack.role"),
        (("as_of",), "2026-02-30", "pack.as_of"),
        (("valid_from",), "soon", "pack.valid_from"),
        (("valid_to",), "2025-01-01", "pack.valid_to"),
        (("criteria",), [], "pack.criteria"),
        (("documents", "CMSR2025", "confidence"), "certain", "pack.documents.CMSR2025.confidence"),
        (("levels", 0, "score_min"), 60, "pack.levels.primary.document"),
        (("systems", 3, "weight"), 0.1, "pack.systems.heading.document"),
        (("systems", 0, "id"), "heading", "pack.systems"),
        (("aims", 0, "document"), "NOWHERE", "pack.aims.robot_posts_coal.document"),
        (("aims", 0, "confidence"), "memory", "pack.aims.robot_posts_coal.confidence"),
        (("assessing", "document"), "NOWHERE", "pack.assessing.document"),
    ],
)
def test_what_does_not_fit_in_a_pack_is_refused_by_its_place(place: tuple[str | int, ...], value: object, key: str) -> None:
    found = tree()
    at: Any = found
    for part in place[:-1]:
        at = at[part]
    at[place[-1]] = value

    assert refused(found).key == key


def test_a_bound_with_the_paper_it_was_read_in_is_taken() -> None:
    found = tree()
    found["levels"][0] |= {"score_min": 61, "document": "SX2025_3", "confidence": "memory"}
    assert refused(found).key == "pack.levels.primary.confidence"

    found["levels"][0]["confidence"] = "seen"
    assert taken(found).levels[0].score_min == 61


GUESS = "ev_sensor_online"
"""A criterion of ours, without an official number."""


@pytest.mark.parametrize(
    ("name", "changes", "field"),
    [
        (GUESS, {"threshold": 0.95}, "basis"),
        (GUESS, {"threshold": 0.95, "basis": "unknown"}, "basis"),
        (GUESS, {"threshold": 0.95, "basis": "official"}, "document"),
        (GUESS, {"threshold": 0.95, "basis": "official", "document": "SX2025_3"}, "confidence"),
        (GUESS, {"threshold": 0.95, "basis": "official", "document": "SX2025_3", "confidence": "memory"}, "confidence"),
        ("ev_must_points", {"confidence": "memory"}, "confidence"),
        ("sx_upgrade_done", {"confidence": "memory"}, "confidence"),
        ("sx_upgrade_done", {"basis": "project"}, "basis"),
        ("sx_upgrade_done", {"threshold": 1}, "threshold"),
        ("sx_5g_bonus", {"threshold": 5}, "query"),
        ("ev_must_points", {"threshold": None}, "open_zh"),
        ("ev_must_points", {"document": "NOWHERE"}, "document"),
        ("ev_must_points", {"system": "nowhere"}, "system"),
        ("ev_must_points", {"valid_from": "2025-13-01"}, "valid_from"),
        ("ev_must_points", {"valid_from": "2025-08-31"}, "valid_from"),
        ("ev_must_points", {"confidence": "hearsay"}, "confidence"),
    ],
)
def test_a_number_that_nothing_read_carries_is_a_guess_and_refused(name: str, changes: Tree, field: str) -> None:
    found = tree()
    criterion(found, name).update(changes)

    assert refused(found).key == f"pack.criteria.{name}.{field}"


def test_a_paper_known_from_memory_alone_carries_no_number() -> None:
    found = tree()
    found["documents"]["SEVEN2024"]["confidence"] = "memory"

    assert refused(found).key == "pack.documents.SEVEN2024.confidence"


@pytest.mark.parametrize(
    ("name", "changes", "key"),
    [
        ("ev_must_points", {"fact": "luck"}, "query.fact"),
        ("ev_face_running_rate", {"per": "luck"}, "query.fact"),
        ("ev_face_running_rate", {"per": ""}, "query.per"),
        ("ev_must_points", {"per": "luck"}, "query.fact"),
        ("ev_must_points", {"per": "exceedances"}, "query.per"),
        ("ev_face_running_rate", {"least": 31}, "query.least"),
        ("sx_system_run_1_month", {"at": None}, "query.at"),
        ("sx_system_run_1_month", {"at_most": 0.5}, "query.at"),
        ("ev_must_points", {"at": 0.5}, "query.at"),
        ("sx_system_run_1_month", {"days": 29}, "query.days"),
    ],
)
def test_a_query_that_cannot_be_asked_is_refused(name: str, changes: Tree, key: str) -> None:
    found = tree()
    criterion(found, name)["query"].update(changes)

    assert refused(found).key == f"pack.criteria.{name}.{key}"


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("ev_must_points", {"days": 0}, r"criteria\[5\]\.query\.days"),
        ("ev_must_points", {"completeness": 1.5}, r"criteria\[5\]\.query\.completeness"),
        ("ev_must_points", {"fold": "median"}, r"criteria\[5\]\.query\.fold = 'median'"),
        ("ev_must_points", {"surprise": 1}, r"criteria\[5\]\.query"),
    ],
)
def test_a_query_of_another_shape_is_refused_with_its_place(name: str, changes: Tree, says: str) -> None:
    found = tree()
    criterion(found, name)["query"].update(changes)

    with pytest.raises(BadConfig, match=says):
        taken(found)


def test_a_streak_is_only_asked_to_be_long_enough() -> None:
    found = tree()
    criterion(found, "sx_system_run_1_month")["op"] = "<="

    assert refused(found).key == "pack.criteria.sx_system_run_1_month.op"


def test_an_id_stands_once_in_a_pack() -> None:
    found = tree()
    found["criteria"].append(criterion(found, "ev_must_points"))

    assert refused(found).key == "pack.criteria.ev_must_points.id"


def test_two_packs_differ_by_what_came_went_and_changed() -> None:
    before, found = load("shanxi-2025"), tree()
    found["criteria"].remove(criterion(found, "sx_5g_bonus"))
    criterion(found, "ev_face_running_rate")["threshold"] = 0.9
    criterion(found, "ev_must_points")["query"]["days"] = 7
    found["criteria"].append({**criterion(found, "sx_organisation"), "id": "sx_new"})
    found["valid_from"] = "2025-08-01"

    said = differences(before, taken(found))

    assert [(one.what, one.criterion, one.field) for one in said] == [
        ("changed", "", "valid_from"),
        ("removed", "sx_5g_bonus", ""),
        ("added", "sx_new", ""),
        ("changed", "ev_face_running_rate", "threshold"),
        ("changed", "ev_must_points", "query"),
    ]
    assert (said[3].before, said[3].after) == ("0.8", "0.9")
    assert differences(before, before) == []


def test_only_an_official_criterion_counts_however_it_came_about() -> None:
    one = load("shanxi-2025").criteria[0]

    assert one.counted
    assert not msgspec.structs.replace(one, basis="project").counted
    assert not msgspec.structs.replace(one, basis="unknown").counted
    assert not msgspec.structs.replace(one, query=None).counted
    assert not msgspec.structs.replace(one, threshold=None).counted
