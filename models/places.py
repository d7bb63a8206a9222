"""What detectors and the policy know of the points: plain data, made from a registry and the alarm limits that are in force.

The order of the air is read from the limit rows people mapped the places to (Table 19 of CMSR 2025 and its neighbours): within an area from
intake to return; a district's and the mine's return come after every face and heading, where the registry has one district only. With more
districts nobody has said which face belongs to which, and nothing is guessed.
"""

from collections.abc import Iterable, Mapping

import msgspec

from contracts.points import Registry
from contracts.units import QUANTITIES

ALONG_THE_AIR = (
    ("face_intake_outburst", "face_intake_series"),
    ("face_low_high", "face_outburst", "heading_face"),
    ("shearer",),
    ("face_return_corner",),
    ("face_return_mid",),
    ("face_return_airway", "heading_return"),
    ("district_return",),
    ("main_return",),
)
"""Limit rows of methane in the order in which the air passes their places."""
_RANK = {row: rank for rank, rows in enumerate(ALONG_THE_AIR) for row in rows}
DISTRICT, MAIN = "district_return", "main_return"
CORNER, BELT_CO = "face_return_corner", "co_intake_belt"
FACE = ("face_low_high", "face_outburst", "heading_face")


class Spot(msgspec.Struct, frozen=True):
    """One point. `row` is its limit row, `limit` its alarm value (None: not known), `step` its last digit, `upstream` methane points the
    air passes before it, nearest last; `fans` and `feeds` ids of fans and supplies, `pair` the other door."""

    point: str
    quantity: str
    area: str = ""
    row: str = ""
    limit: float | None = None
    step: float = 0.01
    upstream: tuple[str, ...] = ()
    fans: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    pair: str = ""


def spots_of(registry: Registry, limits: Mapping[str, float], upstream: Mapping[str, tuple[str, ...]] | None = None) -> tuple[Spot, ...]:
    """Every point of a registry as a spot. `limits`: alarm value by point id; `upstream` says more about the air than the rows do."""
    known = {**_upstream(registry), **(upstream or {})}
    return tuple(
        Spot(
            point.id,
            point.quantity,
            point.area,
            point.limit_row,
            limits.get(point.id),
            10.0 ** -QUANTITIES[point.quantity].decimals,
            known.get(point.id, ()),
            point.fans,
            point.feeds,
            point.pair,
        )
        for point in registry.points
    )


def _upstream(registry: Registry) -> dict[str, tuple[str, ...]]:
    """For each methane point with a mapped place the points before it, in the order of the air."""
    placed = sorted(
        (_RANK[point.limit_row], at, point)
        for at, point in enumerate(registry.points)
        if point.quantity == "methane" and point.limit_row in _RANK
    )
    one_district = sum(point.limit_row == DISTRICT for _, _, point in placed) == 1
    found: dict[str, tuple[str, ...]] = {}
    for rank, _, point in placed:
        joined = one_district and point.limit_row in (DISTRICT, MAIN)
        found[point.id] = tuple(other.id for before, _, other in placed if before < rank and (joined or other.area == point.area))
    return found


def areas(spots: Iterable[Spot], quantity: str) -> dict[str, tuple[str, ...]]:
    """Ids of the points of a quantity by area."""
    found: dict[str, tuple[str, ...]] = {}
    for spot in spots:
        if spot.quantity == quantity:
            found[spot.area] = (*found.get(spot.area, ()), spot.point)
    return found
