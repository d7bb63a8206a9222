"""A registry is named by its content, and a bad point is refused by place, value and rule."""

import contextlib
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import END_OF_TIME
from contracts.digest import content_name
from contracts.errors import BadConfig
from contracts.points import Point, Registry, check_registry, read_registry
from contracts.units import QUANTITIES

T01 = Point("T01", "methane", "face-1201", "1201采煤工作面", "coal face 1201", limit_row="face_low_high", mapped_by="李工")
FAN = Point("F-1", "run_state", "surface", "主通风机", "main fan", valid_from=5, valid_to=6)
REGISTRY = Registry("qinshui-3", "沁水三号", "Qinshui No. 3", (T01, FAN))
CANONICAL = (
    '{"mine":"qinshui-3","mine_zh":"沁水三号","mine_en":"Qinshui No. 3","points":[{"id":"T01","quantity":"methane","area":"face-1201",'
    '"place_zh":"1201采煤工作面","place_en":"coal face 1201","limit_row":"face_low_high","mapped_by":"李工"},{"id":"F-1",'
    '"quantity":"run_state","area":"surface","place_zh":"主通风机","place_en":"main fan","valid_from":5,"valid_to":6}],"note":""}'
)


def points() -> st.SearchStrategy[Point]:
    return st.builds(
        Point,
        st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", fullmatch=True),
        st.sampled_from(sorted(QUANTITIES)),
        st.text(max_size=9),
        st.text(max_size=9),
        st.text(max_size=9),
        valid_from=st.integers(0, 9),
        valid_to=st.none() | st.integers(10, END_OF_TIME - 1),
    )


def test_canonical_bytes_and_name_stay_what_they_are() -> None:
    """A changed name would make every gateway's registry a new one."""
    assert REGISTRY.data.decode() == CANONICAL
    assert REGISTRY.name == content_name(CANONICAL.encode()) == "d76c843ab9ad318c"


@settings(max_examples=60, deadline=None)
@given(st.lists(points(), max_size=4, unique_by=lambda point: point.id), st.text(max_size=9))
def test_a_registry_survives_its_bytes(rows: list[Point], text: str) -> None:
    registry = Registry("m", text, text, tuple(rows), note=text)

    seen = read_registry(registry.data)

    assert seen == registry
    assert (seen.data, seen.name) == (registry.data, registry.name)
    assert [seen.number[point.id] for point in rows] == list(range(len(rows)))


def test_spaces_and_order_of_keys_do_not_change_the_name() -> None:
    tree = msgspec.json.decode(REGISTRY.data)
    shuffled = msgspec.json.format(msgspec.json.encode(dict(reversed(tree.items()))), indent=2)

    assert read_registry(shuffled).name == REGISTRY.name


def test_any_other_content_has_another_name() -> None:
    moved = msgspec.structs.replace(T01, place_zh="1202采煤工作面")

    assert Registry("qinshui-3", "沁水三号", "Qinshui No. 3", (moved, FAN)).name != REGISTRY.name
    assert Registry("qinshui-3", "沁水三号", "Qinshui No. 3", (FAN, T01)).name != REGISTRY.name


@pytest.mark.parametrize(
    ("change", "key", "value", "allowed"),
    [
        ({"id": ""}, "points[1].id", "", "1 to 32 of letters"),
        ({"id": "T 01"}, "points[1].id", "T 01", "1 to 32 of letters"),
        ({"id": "T01\n"}, "points[1].id", "T01\n", "1 to 32 of letters"),
        ({"id": "T" * 33}, "points[1].id", "T" * 33, "1 to 32 of letters"),
        ({"id": "T01"}, "points[1].id", "T01", "used once"),
        ({"quantity": "methan"}, "points[1].quantity", "methan", "methane, carbon_monoxide"),
        ({"limit_row": "shearer"}, "points[1].mapped_by", "", "name of the person"),
        ({"valid_from": -1}, "points[1].valid_from", -1, "1970"),
        ({"valid_from": 6}, "points[1].valid_to", 6, "after valid_from"),
        ({"valid_to": END_OF_TIME}, "points[1].valid_to", END_OF_TIME, "9999"),
    ],
)
def test_a_bad_point_is_refused_by_place_value_and_rule(change: dict[str, object], key: str, value: object, allowed: str) -> None:
    registry = msgspec.structs.replace(REGISTRY, points=(T01, msgspec.structs.replace(FAN, **change)))

    refusals: list[Callable[[], Registry]] = [lambda: check_registry(registry), lambda: read_registry(registry.data)]
    for refuse in refusals:
        with pytest.raises(BadConfig) as refused:
            refuse()
        assert (refused.value.key, refused.value.value) == (key, value)
        assert allowed in refused.value.allowed


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400), st.integers(0, 60))
def test_any_bytes_are_a_registry_or_bad_config(junk: bytes, at: int, cut: int) -> None:
    for data in (junk, REGISTRY.data[:at] + junk + REGISTRY.data[at + cut :]):
        with contextlib.suppress(BadConfig):
            assert isinstance(read_registry(data), Registry)


@pytest.mark.parametrize("data", [b'{"mine":' + b"[" * 50_000, b'{"note":"\\ud800"}', b'{"mine":"\xff"}'])
def test_nesting_and_broken_text_are_refused(data: bytes) -> None:
    with pytest.raises(BadConfig, match="registry"):
        read_registry(data)


def test_a_point_knows_what_it_measures() -> None:
    assert T01.measures is QUANTITIES["methane"]


FEED, DOOR = Point("FD", "feed_state", "h", "馈电", "feed"), Point("D1", "air_door", "h", "风门", "door", pair="D2")
OTHER_DOOR = Point("D2", "air_door", "h", "风门", "door", pair="D1")


def test_relations_between_points_are_kept_and_old_registries_have_none() -> None:
    gas = msgspec.structs.replace(T01, feeds=("FD",), fans=("F-1",))
    registry = check_registry(Registry("m", "矿", "mine", (gas, FAN, FEED, DOOR, OTHER_DOOR)))

    assert read_registry(registry.data) == registry
    assert (read_registry(CANONICAL.encode()).points[0].feeds, T01.fans, T01.pair) == ((), (), "")


@pytest.mark.parametrize(
    ("points", "key"),
    [
        ((msgspec.structs.replace(T01, feeds=("FD",)),), "points[0].feeds"),
        ((msgspec.structs.replace(T01, feeds=("F-1",)), FAN), "points[0].feeds"),
        ((msgspec.structs.replace(T01, fans=("FD",)), FEED), "points[0].fans"),
        ((DOOR,), "points[0].pair"),
        ((msgspec.structs.replace(DOOR, pair="D1"),), "points[0].pair"),
        ((DOOR, msgspec.structs.replace(OTHER_DOOR, pair="")), "points[0].pair"),
        ((msgspec.structs.replace(T01, pair="D1"), msgspec.structs.replace(DOOR, pair="D2"), OTHER_DOOR), "points[0].pair"),
    ],
)
def test_a_relation_to_a_point_that_is_not_there_or_of_another_kind_is_refused(points: tuple[Point, ...], key: str) -> None:
    with pytest.raises(BadConfig) as refused:
        check_registry(Registry("m", "矿", "mine", points))
    assert refused.value.key == key
