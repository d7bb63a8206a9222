"""Measured streams: which instruments make up a pipe, and that nothing is counted twice."""

from contracts.points import Point
from contracts.streams import branches, pipes, returns

DAY = (0, 100)


def instruments(stream: str, *quantities: str, start: str = "P") -> list[Point]:
    return [Point(f"{start}{at}", quantity, "station", "站", "station", stream=stream) for at, quantity in enumerate(quantities)]


WHOLE = ("pipe_methane", "pipe_flow", "pipe_suction", "pipe_temperature", "pressure")


def test_a_pipe_is_what_names_it_and_is_whole_with_five_instruments() -> None:
    [pipe] = pipes([*instruments("pipe:main", *WHOLE), *instruments("", *WHOLE, start="Q")], *DAY)

    assert (pipe.name, pipe.whole, sorted(pipe.instruments)) == (
        "pipe:main",
        True,
        ["barometer", "flow", "methane", "pressure", "temperature"],
    )
    assert {point.id for point in pipe.points} == {"P0", "P1", "P2", "P3", "P4"}


def test_what_is_missing_is_named() -> None:
    [pipe] = pipes(instruments("pipe:main", "pipe_methane", "pipe_flow"), *DAY)
    assert (pipe.whole, pipe.missing) == (False, ("pressure", "temperature", "barometer"))


def test_two_at_one_time_are_doubtful_and_one_after_the_other_are_not() -> None:
    old, new = (Point(name, "pipe_flow", "a", "a", "a", stream="pipe:main", valid_from=since) for name, since in (("F", 0), ("F-2", 50)))
    rest = instruments("pipe:main", "pipe_methane", "pipe_pressure", "pipe_temperature", "pressure")
    ended = Point("F", "pipe_flow", "a", "a", "a", stream="pipe:main", valid_to=50)

    assert pipes([old, new, *rest], *DAY)[0].doubtful == ("flow",)
    [pipe] = pipes([ended, new, *rest], *DAY)
    assert (pipe.whole, [point.id for point in pipe.instruments["flow"]]) == (True, ["F", "F-2"])
    assert [point.id for point in pipes([ended, new, *rest], 60, 100)[0].instruments["flow"]] == ["F-2"]


def test_a_branch_flows_into_its_main_and_is_not_summed() -> None:
    points = [
        *instruments("pipe:main", *WHOLE),
        *instruments("pipe:main/d1", *WHOLE[:4], start="D"),
        *instruments("pipe:low", *WHOLE, start="L"),
    ]

    assert [pipe.name for pipe in pipes(points, *DAY)] == ["pipe:low", "pipe:main"]
    [branch] = branches(points, *DAY)
    assert (branch.name, branch.whole, branch.instruments["barometer"][0].id) == ("pipe:main/d1", True, "P4")


def test_branches_of_a_pipe_that_is_not_measured_are_summed_and_share_its_barometer() -> None:
    points = [*instruments("pipe:main", "pressure"), *(p for d in "12" for p in instruments(f"pipe:main/d{d}", *WHOLE[:4], start=f"D{d}"))]

    found = pipes(points, *DAY)
    assert [(pipe.name, pipe.whole) for pipe in found] == [("pipe:main/d1", True), ("pipe:main/d2", True)]
    assert branches(points, *DAY) == ()


def test_a_return_needs_a_section() -> None:
    gas, air = instruments("return:north", "methane", "wind_speed")
    [without] = returns([gas, air], *DAY)
    [known] = returns([gas, Point("W", "wind_speed", "a", "a", "a", stream="return:north", section_m2=10.0)], *DAY)

    assert (without.missing, known.whole) == (("speed",), True)
    assert pipes([gas, air], *DAY) == ()
