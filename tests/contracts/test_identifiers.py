"""Identifiers: the form is checked, and nothing else is claimed of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.errors import BadConfig
from contracts.identifiers import LONGEST, check_identifier, is_identifier
from contracts.points import Point, Registry, check_registry, read_registry


@pytest.mark.parametrize("text", ["88.123.1/GAS-0042", "88.123/x", "10.1045/april2006-paskin", "88.a1.9Z/甲烷/第2台", "88.1/a.b.c"])
def test_what_has_prefix_and_suffix_is_one(text: str) -> None:
    assert is_identifier(text)
    assert check_identifier("x", text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "88.123.1",
        "88.123.1/",
        "/GAS",
        "88/GAS",
        "a.1/GAS",
        "88..1/GAS",
        "88.1./GAS",
        "88.1/G S",
        "88.1/G\n",
        "８８.1/G",
        " 88.1/G",
    ],
)
def test_what_lacks_a_part_or_has_a_space_is_none(text: str) -> None:
    assert not is_identifier(text)


def test_the_longest_is_the_longest() -> None:
    text = "88.1/" + "x" * (LONGEST - 5)
    assert (len(text), is_identifier(text), is_identifier(text + "x")) == (LONGEST, True, False)


@given(st.text(max_size=40))
def test_any_text_is_one_or_is_refused_with_its_place(text: str) -> None:
    if not text or is_identifier(text):
        assert check_identifier("points[3].identifier", text) == text
        return
    with pytest.raises(BadConfig) as refused:
        check_identifier("points[3].identifier", text)
    assert (refused.value.key, refused.value.value) == ("points[3].identifier", text)


def test_a_point_carries_it_over_the_wire_and_a_bad_one_is_refused() -> None:
    point = Point("T01", "methane", "face", "面", "face", identifier="88.123.1/GAS-0042", stream="return:north", section_m2=12.5)
    registry = check_registry(
        Registry("m", "矿", "mine", (point, Point("T02", "methane", "face", "面", "face", identifier=point.identifier)))
    )

    assert read_registry(registry.data).points[0] == point
    assert b'"identifier":"88.123.1/GAS-0042"' in registry.data
    for field, value in (("identifier", "GAS"), ("stream", "pipe:"), ("stream", "pipe:a//b"), ("section_m2", -1.0), ("section_m2", 501.0)):
        wrong = Registry("m", "矿", "mine", (Point("T01", "methane", "face", "面", "face", **{field: value}),))  # type: ignore[arg-type]
        with pytest.raises(BadConfig) as refused:
            check_registry(wrong)
        assert (refused.value.key, refused.value.value) == (f"points[0].{field}", value)
