"""Measured streams of a mine: which instruments make up a drainage pipe or a main return. From the points' own word (`Point.stream`). Pure.

A pipe whose name leads through another measured pipe (`pipe:main/district-1`) flows into it: only the outermost are summed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from contracts.points import Point

PIPE, RETURN = "pipe:", "return:"
PIPE_NEEDS = ("methane", "flow", "pressure", "temperature", "barometer")
RETURN_NEEDS = ("methane", "speed")
_ROLES = {
    "pipe_methane": "methane",
    "pipe_flow": "flow",
    "pipe_pressure": "pressure",
    "pipe_suction": "pressure",
    "pipe_temperature": "temperature",
    "pressure": "barometer",
}
_RETURN_ROLES = {"methane": "methane", "wind_speed": "speed"}


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream. `instruments`: by role the points that filled it one after the other. `missing`: roles nobody fills; `doubtful`: roles
    that two points fill at one time, so nobody can say which counts. Pressure may be against the air (`pipe_pressure`, negative below
    it) or how far below the air (`pipe_suction`, positive)."""

    name: str
    instruments: dict[str, tuple[Point, ...]]
    missing: tuple[str, ...] = ()
    doubtful: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether it can be calculated at all."""
        return not self.missing and not self.doubtful

    @property
    def points(self) -> tuple[Point, ...]:
        """Every instrument of it."""
        return tuple(point for some in self.instruments.values() for point in some)


def pipes(points: Iterable[Point], start: int, end: int) -> tuple[Stream, ...]:
    """The outermost pipes with an instrument at some time of [start, end), µs UTC, by name.

    The barometer may hang in the pipe's own stream or further down the same system: pipes of one station share one air pressure.
    """
    of_pipes = _by_stream(points, PIPE, start, end)
    measured = {name for name, some in of_pipes.items() if any(point.quantity != "pressure" for point in some)}
    outermost = sorted(name for name in measured if not any(other in measured for other in _above(name)))
    return tuple(_pipe(name, of_pipes) for name in outermost)


def branches(points: Iterable[Point], start: int, end: int) -> tuple[Stream, ...]:
    """Pipes that lead into another measured pipe: shown, never summed."""
    of_pipes = _by_stream(points, PIPE, start, end)
    measured = {name for name, some in of_pipes.items() if any(point.quantity != "pressure" for point in some)}
    inner = sorted(name for name in measured if any(other in measured for other in _above(name)))
    return tuple(_pipe(name, of_pipes) for name in inner)


def returns(points: Iterable[Point], start: int, end: int) -> tuple[Stream, ...]:
    """The main returns, by name. An air speed without a section is none: the quantity of air is not known."""
    found = []
    for name, some in sorted(_by_stream(points, RETURN, start, end).items()):
        known = [point for point in some if point.quantity != "wind_speed" or point.section_m2 > 0]
        found.append(_stream(name, known, _RETURN_ROLES, RETURN_NEEDS))
    return tuple(found)


def _by_stream(points: Iterable[Point], kind: str, start: int, end: int) -> dict[str, list[Point]]:
    found: dict[str, list[Point]] = {}
    for point in points:
        there = point.valid_from < end and (point.valid_to is None or point.valid_to > start)
        if there and point.stream.startswith(kind):
            found.setdefault(point.stream, []).append(point)
    return found


def _above(name: str) -> list[str]:
    """`pipe:a/b/c` flows into `pipe:a/b` and `pipe:a`, the nearest first."""
    parts = name.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def _pipe(name: str, of_pipes: dict[str, list[Point]]) -> Stream:
    own = list(of_pipes[name])
    if not any(point.quantity == "pressure" for point in own):
        near = (
            *_above(name),
            *sorted((other for other in of_pipes if other.startswith(name + "/")), key=lambda other: (other.count("/"), other)),
        )
        lent = ([point for point in of_pipes.get(other, ()) if point.quantity == "pressure"] for other in near)
        own += next(filter(None, lent), [])
    return _stream(name, own, _ROLES, PIPE_NEEDS)


def _stream(name: str, points: list[Point], roles: dict[str, str], needs: tuple[str, ...]) -> Stream:
    filled: dict[str, list[Point]] = {}
    for point in sorted(points, key=lambda point: (point.valid_from, point.id)):
        if point.quantity in roles:
            filled.setdefault(roles[point.quantity], []).append(point)
    doubtful = tuple(role for role, some in sorted(filled.items()) if _overlap(some))
    return Stream(name, {role: tuple(some) for role, some in filled.items()}, tuple(role for role in needs if role not in filled), doubtful)


def _overlap(points: list[Point]) -> bool:
    """Of points ordered by begin: whether two hang at one time."""
    return any(one.valid_to is None or one.valid_to > after.valid_from for one, after in pairwise(points))
