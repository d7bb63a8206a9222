"""The drawing of docs/architecture.md is that of this code."""

import pytest

from contracts.topics import Lane
from tools import draw_architecture as drawing
from tools.draw_architecture import AFTER, CENTRE, GATEWAY, INTO, LANES, PACKAGES, House, Size

DRIFT = 0.2
"""A package may grow or shrink so much before its size is drawn anew."""


@pytest.fixture(scope="module")
def house() -> House:
    return drawing.house()


def test_the_drawing_is_that_of_the_code(house: House) -> None:
    drawn = INTO.read_text(encoding="utf-8")

    assert drawing.draw(house, drawing.drawn_sizes(drawn)) == drawn, "make drawing"


def test_the_sizes_in_it_are_about_right(house: House) -> None:
    drawn = drawing.drawn_sizes(INTO.read_text(encoding="utf-8"))

    assert {name: size for name, size in drawing.sizes(house.imports).items() if abs(size.lines / drawn[name].lines - 1) > DRIFT} == {}


def test_what_it_says_of_packages_lanes_and_modules_there_is(house: House) -> None:
    assert set(PACKAGES) == set(house.imports)
    assert set(LANES) == set(Lane)
    assert {module for module, _, _ in (*GATEWAY, *CENTRE, *AFTER)} <= house.modules


def test_another_house_is_another_drawing(house: House) -> None:
    sizes = dict.fromkeys(PACKAGES, Size(1, 1))
    fewer = House(house.layers, dict(house.imports) | {"edge_agent": ()}, house.modules)

    assert drawing.draw(fewer, sizes) != drawing.draw(house, sizes)
    assert drawing.drawn_sizes(drawing.draw(house, sizes)) == sizes


def test_nothing_in_it_stands_upward(house: House) -> None:
    layer = {name: at for at, names in enumerate(house.layers) for name in names}

    assert [(name, one) for name, found in house.imports.items() for one in found if layer[one] <= layer[name]] == []
