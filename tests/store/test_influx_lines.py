"""The text of the readings: every number where it belongs, to the last bit."""

import struct
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.columns import Block
from contracts.points import Point, Registry
from store.influx.lines import Encoder, Rows, joined

QUANTITIES = ("methane", "oxygen", "wind_speed")
REGISTRY = Registry("north", "北", "north", tuple(Point(f"T{n}", QUANTITIES[n % 3], "face", "", "") for n in range(30)))
EDGES = [5e-324, 2.2250738585072014e-308, -0.0, 0.1, 1e16, 1e22, 2.0**53 + 2, -(2.0**63), 1e308, 1.7976931348623157e308]
"""Subnormal, smallest normal, -0, no binary fraction, past 2^53, past 2^63, largest."""
NUMBERS = st.sampled_from(EDGES) | st.floats(allow_nan=False, allow_infinity=False)


def readings_in(data: bytes) -> dict[tuple[str, str, int], bytes]:
    """(quantity with tags, point, time) to the bits of the value."""
    out = {}
    for line in data.decode().splitlines():
        key, fields, time = line.split(" ")
        for field in fields.split(","):
            point, _, number = field.partition("=")
            out[key, point, int(time)] = struct.pack("<d", float(number))
    return out


@given(st.dictionaries(st.tuples(st.integers(0, 29), st.integers(0, 3)), NUMBERS, min_size=1, max_size=60), st.randoms())
def test_every_value_stands_at_its_point_and_time_to_the_last_bit(values: dict[tuple[int, int], float], chance: Random) -> None:
    places = list(values)
    chance.shuffle(places)
    block = Block.of([point for point, _ in places], [time for _, time in places], [values[place] for place in places])
    encoder = Encoder()
    for _ in range(2):  # once as met for the first time, once from the kept template
        pieces = list(encoder.values(Rows(0, "north", REGISTRY, block)))
        points = REGISTRY.points
        expected = {(f"{points[n].quantity},mine=north", points[n].id, at): struct.pack("<d", v) for (n, at), v in values.items()}
        assert readings_in(b"".join(piece.data for piece in pieces)) == expected
        assert sum(piece.readings for piece in pieces) == len(values)


@given(st.lists(st.tuples(st.sampled_from(["north", "south"]), st.integers(0, 29), st.integers(0, 3), NUMBERS), min_size=1))
def test_deliveries_joined_say_what_each_says_alone(readings: list[tuple[str, int, int, float]]) -> None:
    rows = [Rows(at, mine, REGISTRY, Block.of([n], [time], [value])) for at, (mine, n, time, value) in enumerate(readings)]
    alone, together = {}, {}
    for one in rows:
        alone |= readings_in(b"".join(piece.data for piece in Encoder().values(one)))
    for group in joined(rows):
        together |= readings_in(b"".join(piece.data for piece in Encoder().values(group.rows)))
    assert together == alone  # of two readings of one point and time the later one counts, in one line or in two
    assert sorted(one.owner for group in joined(rows) for one in group.of) == list(range(len(rows)))


def test_points_of_one_quantity_and_time_share_a_line_whoever_delivered_them() -> None:
    blocks = [Block.of(list(range(first, first + 10)), 1_000_000, [float(n) for n in range(10)]) for first in (0, 10, 20)]
    (group,) = joined([Rows(at, "north", REGISTRY, block) for at, block in enumerate(blocks)])
    (piece,) = Encoder().values(group.rows)
    assert piece.data.count(b"\n") == len(QUANTITIES)
    assert piece.readings == 30


def test_templates_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.influx.lines._KEPT_NUMBERS", 10)
    encoder = Encoder()
    for first in range(25):
        list(encoder.values(Rows(0, "north", REGISTRY, Block.of([first, first + 1, first + 2], 0, [1.0, 2.0, 3.0]))))
        assert sum(len(one.order) for one in encoder._templates.values()) <= 12


def test_an_instant_has_one_line_though_its_items_came_apart() -> None:
    blocks = [Block.of([n], [time], [0.5]) for n, time in ((0, 2), (3, 1), (6, 2), (9, 1))]
    (group,) = joined([Rows(at, "north", REGISTRY, block) for at, block in enumerate(blocks)])
    lines = b"".join(piece.data for piece in Encoder().values(group.rows)).splitlines()
    assert lines == [b"methane,mine=north T3=0.5,T9=0.5 1", b"methane,mine=north T0=0.5,T6=0.5 2"]
