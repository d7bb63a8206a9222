"""What a message tells of the place beside the value: from the live view, usable values only, across the mine's gateways."""

import pytest

from alerts.around import Around, Known
from alerts.packs import load
from alerts.subject import Subject, gateway_subject, point_subject
from contracts import quality
from contracts.clock import BUILD_TIME, SECOND
from contracts.columns import Block
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.live import Live
from ingest.surroundings import LiveSurroundings, feeds_of
from store.interface import Last

NOW = BUILD_TIME
GAS, LAMPS = Gateway("m1", "gas"), Gateway("m1", "lamps")
FACE = Point("T01", "methane", "8101", "隅角", "corner", limit_row="face_return_corner", mapped_by="王工", feeds=("F1", "F2"))
REGISTRY = Registry("m1", "一矿", "Mine 1", (FACE, Point("F1", "feed_state", "8101", "", ""), Point("F2", "feed_state", "8101", "", "")))
PEOPLE = Registry(
    "m1",
    "一矿",
    "Mine 1",
    (Point("P1", "persons", "8101", "", ""), Point("P2", "persons", "8101", "", ""), Point("P3", "persons", "8102", "", "")),
)


def see(live: Live, gateway: Gateway, registry: Registry, *values: float, flags: tuple[int, ...] = ()) -> None:
    live.registries[registry.name] = registry
    live.change(gateway, registry=registry.name)
    live.see(gateway, registry, Block.of(list(range(len(values))), NOW, list(values), list(flags) or [0] * len(values)))


@pytest.fixture
def live() -> Live:
    live = Live()
    see(live, GAS, REGISTRY, 1.2, 1.0, 0.0)
    see(live, LAMPS, PEOPLE, 12.0, 3.0, 40.0)
    return live


def subject(rule: str = "limit.alarm") -> Subject:
    return point_subject("m1", str(GAS), "T01", rule, REGISTRY, load())


def test_feeds_of_the_point_and_people_of_its_area_are_told_whatever_gateway_counts_them(live: Live) -> None:
    around = LiveSurroundings(live, {"m1": "0351-1"}).around(subject())

    assert around.feeds == (("F1", Known(1.0, NOW)), ("F2", Known(0.0, NOW)))
    assert around.people == (Known(12.0, NOW), Known(3.0, NOW))
    assert (around.uncounted, around.phones) == (0, "0351-1")


def test_what_says_nothing_about_the_place_is_unknown(live: Live) -> None:
    see(live, LAMPS, PEOPLE, 12.0, float("nan"), 40.0, flags=(quality.SENSOR_FAULT, 0, 0))

    around = LiveSurroundings(live, {}).around(subject())

    assert (around.people, around.uncounted, around.phones) == ((), 2, "")


def test_a_gateway_nobody_knows_and_an_alarm_of_a_gateway_have_a_phone_at_most(live: Live) -> None:
    surroundings = LiveSurroundings(live, {"m1": "0351-1"})

    assert surroundings.around(gateway_subject("m1/gas", "link.down", REGISTRY)) == Around(phones="0351-1")
    assert LiveSurroundings(Live(), {"m1": "0351-1"}).around(subject()) == Around(phones="0351-1")


@pytest.mark.parametrize(
    ("point", "rule", "feeds"),
    [
        (FACE, "limit.alarm", ("F1", "F2")),
        (FACE, "limit.cut.1", ("F2",)),
        (FACE, "limit.cut.7", ("F1", "F2")),
        (REGISTRY.points[1], "feed.abnormal", ("F1",)),
        (PEOPLE.points[0], "limit.alarm", ()),
    ],
)
def test_a_cut_stage_acts_on_its_own_feed(point: Point, rule: str, feeds: tuple[str, ...]) -> None:
    assert feeds_of(point, rule) == feeds


def test_the_newest_of_a_point_is_the_one_the_mines_view_draws(live: Live) -> None:
    live.recalled["m1"] = {"OLD": Last(NOW - SECOND, 2.0, 0), "T01": Last(NOW - SECOND, 9.0, 0)}
    live.change(GAS)

    assert {point: live.last("m1", point) for point in live.values("m1")} == live.values("m1")
    assert live.last("m1", "nobody") is None
