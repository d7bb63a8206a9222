"""Links: what the gateway measured of its own link, what items tell of one that measures nothing, and no evidence elsewhere."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.clock import DAY, MINUTE, SECOND
from contracts.facts import Fact
from contracts.links import link_of, linked
from contracts.points import Point, Registry, check_registry
from contracts.topics import Gateway
from contracts.units import LINK_QUANTITIES, SCORED_EVERY
from fleet.facts.day import Day
from fleet.facts.links import LinkDay, links
from store.interface import HeldItem, Series

TODAY = Day("pit", "2026-11-30", 0, DAY, DAY)
DUE = DAY // SCORED_EVERY
POINTS = {quantity: f"L-g1-{at}" for at, quantity in enumerate(LINK_QUANTITIES)}


def series(values: object) -> Series:
    found = np.asarray(values, np.float64)
    return Series(np.arange(len(found)) * SCORED_EVERY, found, np.zeros(len(found), np.uint16), np.zeros(len(found), np.uint8))


def told(up: object, trip: object = (), receipt: object = (), repeated: object = (), kind: str = "5g") -> dict[str, Fact]:
    readings = dict(zip(LINK_QUANTITIES, map(series, (up, trip, receipt, repeated)), strict=True))
    return {fact.name: fact for fact in links(TODAY, [LinkDay("g1", kind, POINTS, readings)])}


def test_the_order_of_quantities_is_the_one_of_the_registry() -> None:
    assert LINK_QUANTITIES == ("link_up", "link_round_trip", "link_receipt_delay", "link_repeated")


def test_a_whole_day_measured() -> None:
    found = told(np.ones(DUE), np.arange(DUE) / DUE * 100, np.full(DUE, 800.0), np.full(DUE, 5.0))

    assert found["network_delay_ms"].value == pytest.approx(95.0, abs=0.1)
    assert found["network_loss_share"].value == pytest.approx(0.05)
    assert found["link_available_share"].value == 1.0
    assert found["receipt_delay_ms"].value == 800.0
    assert {(fact.subject, fact.completeness) for fact in found.values()} == {("g1", 1.0)}
    assert all("link:5g" in fact.evidence for fact in found.values())


def test_a_link_that_was_down_for_a_tenth_is_available_for_the_rest() -> None:
    up = np.arange(DUE) >= DUE / 10
    found = told(up.astype(float), np.full(int(up.sum()), 20.0))

    assert found["link_available_share"].value == pytest.approx(0.9, abs=1e-3)
    assert (found["network_delay_ms"].value, found["network_delay_ms"].completeness) == (20.0, 1.0)


def test_a_gateway_that_was_off_measured_less_and_is_not_called_down() -> None:
    found = told(np.ones(DUE // 2), np.full(DUE // 2, 20.0))

    assert [(fact.value, fact.why) for fact in found.values() if fact.name in ("link_available_share", "network_delay_ms")] == [
        (None, "too_little_data"),
        (None, "too_little_data"),
    ]
    assert found["link_available_share"].completeness == pytest.approx(0.5)


def test_a_link_that_was_never_up_has_no_round_trip_and_is_not_available() -> None:
    found = told(np.zeros(DUE))
    assert (found["network_delay_ms"].value, found["link_available_share"].value) == (None, 0.0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=50), st.integers(0, 49))
def test_taking_readings_away_never_makes_it_more_complete(values: list[float], at: int) -> None:
    whole, less = told(np.ones(len(values)), values), told(np.ones(max(len(values) - 1, 0)), values[: at % len(values)])
    assert all(less[name].completeness <= whole[name].completeness for name in whole)


def item(at: int, *, replayed: bool = False) -> HeldItem:
    return HeldItem("e", at, 1, at * SECOND, at * SECOND + 1, replayed, 5)


def of_items(items: list[HeldItem]) -> dict[str, Fact]:
    return {fact.name: fact for fact in links(TODAY, [LinkDay("g1", items=items)])}


def test_where_nothing_is_measured_only_availability_is_told_by_items() -> None:
    items = [item(second, replayed=8 * 3600 <= second < 10 * 3600) for second in range(0, 86_400, 30)]
    found = of_items(items)

    assert found["link_available_share"].value == pytest.approx(22 / 24)
    assert found["link_available_share"].completeness == 1.0
    assert {fact.why for name, fact in found.items() if name != "link_available_share"} == {"link_not_measured"}
    assert {fact.value for name, fact in found.items() if name != "link_available_share"} == {None}


def test_no_items_are_no_evidence_and_half_a_day_of_them_too_little() -> None:
    assert of_items([])["link_available_share"].why == "no_items"
    half = of_items([item(second) for second in range(0, 43_200, 30)])["link_available_share"]
    assert (half.value, half.completeness) == (None, 0.5)
    assert half.numbers["minutes_live"] == DAY / 2 / MINUTE


def test_points_of_a_link_stand_behind_the_registry_only_where_its_kind_is_named() -> None:
    plain = Registry("pit", "矿", "pit", (Point("T1", "methane", "face", "面", "face"),))
    gateway = Gateway("pit", "gate-1")

    assert linked(plain, gateway, "") is plain
    made = check_registry(linked(plain, gateway, "fibre"))
    assert made.points[0] == plain.points[0]
    assert link_of(made, "gate-1") == ("fibre", {quantity: made.points[1 + at].id for at, quantity in enumerate(LINK_QUANTITIES)})
    assert (link_of(made, "gate-2"), link_of(plain, "gate-1")) == (("", {}), ("", {}))
    assert linked(made, gateway, "fibre").name == made.name
    assert check_registry(linked(plain, Gateway("pit", "g" * 40), "other"))
