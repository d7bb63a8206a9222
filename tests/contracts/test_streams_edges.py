"""Streams at their edges: the instants an instrument is there, the depth of a system, whose barometer is lent first."""

import msgspec

from contracts.points import Point
from contracts.streams import branches, pipes, returns
from tests.contracts.test_streams import DAY, WHOLE, instruments

FOUR = WHOLE[:4]


def barometer(stream: str, name: str) -> Point:
    return Point(name, "pressure", "station", "站", "station", stream=stream)


def test_an_instrument_that_came_at_the_end_or_went_at_the_beginning_was_not_there() -> None:
    def at(since: int, until: int | None) -> list[Point]:
        return [Point("F", "pipe_flow", "a", "a", "a", stream="pipe:main", valid_from=since, valid_to=until)]

    assert pipes(at(100, None), *DAY) == ()
    assert pipes(at(-50, 0), *DAY) == ()
    assert [pipe.name for pipe in pipes(at(99, None), *DAY)] == ["pipe:main"]
    assert [pipe.name for pipe in pipes(at(-50, 1), *DAY)] == ["pipe:main"]


def test_branches_and_returns_that_were_taken_away_before_were_not_there() -> None:
    def gone(points: list[Point], until: int) -> list[Point]:
        return [msgspec.structs.replace(point, valid_from=-50, valid_to=until) for point in points]

    main, branch = instruments("pipe:main", *WHOLE), instruments("pipe:main/d1", *FOUR, start="D")
    air = [Point("V", "wind_speed", "r", "回风", "r", stream="return:north", section_m2=12.0)]
    for until, there in ((0, 0), (1, 1)):
        assert len(branches([*main, *gone(branch, until)], *DAY)) == there
        assert len(returns(gone(air, until), *DAY)) == there


def test_a_pipe_two_levels_down_flows_into_the_topmost() -> None:
    points = [*instruments("pipe:main", *WHOLE), *instruments("pipe:main/d1/h2", *FOUR, start="H")]

    assert [pipe.name for pipe in pipes(points, *DAY)] == ["pipe:main"]


def test_a_pipe_three_levels_down_flows_into_every_one_above() -> None:
    for above in ("pipe:a", "pipe:a/b", "pipe:a/b/c"):
        points = [*instruments(above, *WHOLE), *instruments("pipe:a/b/c/d", *FOUR, start="D")]
        assert [pipe.name for pipe in pipes(points, *DAY)] == [above]


def test_the_nearest_barometer_is_lent_above_before_below_and_the_higher_of_those_below() -> None:
    own = instruments("pipe:m/d", *FOUR)

    def lent(*there: Point) -> list[str]:
        [pipe] = [one for one in pipes([*own, *there], *DAY) if one.name == "pipe:m/d"]
        return [point.id for point in pipe.instruments.get("barometer", ())]

    above, below, deep = barometer("pipe:m", "A"), barometer("pipe:m/d/z", "B"), barometer("pipe:m/d/a/x", "C")
    assert lent(above, below, deep) == ["A"]
    assert lent(deep, below) == ["B"]
    assert lent(barometer("pipe:m/d/b", "D2"), barometer("pipe:m/d/a", "D1")) == ["D1"]
    assert lent(barometer("pipe:m/dd", "E")) == [], "a name that only begins alike is another pipe"
    assert lent() == []


def test_a_small_section_is_a_section_and_a_return_says_its_name() -> None:
    speed = Point("W", "wind_speed", "north", "北", "north", stream="return:north", section_m2=0.5)
    none = Point("V", "wind_speed", "south", "南", "south", stream="return:south")
    gas = [Point(f"G{at}", "methane", name, name, name, stream=f"return:{name}") for at, name in enumerate(("north", "south"))]

    north, south = returns([speed, none, *gas], *DAY)
    assert (north.name, north.whole) == ("return:north", True)
    assert (south.name, south.missing) == ("return:south", ("speed",))


def test_a_pipe_with_a_barometer_of_its_own_borrows_none() -> None:
    points = [*instruments("pipe:main", *WHOLE), *instruments("pipe:main/d1", *FOUR, start="D"), barometer("pipe:main/d1", "OWN")]

    [branch] = branches(points, *DAY)

    assert [point.id for point in branch.instruments["barometer"]] == ["OWN"]
