"""The points of a gateway's link: their ids, names and place, and a registry that names only some of them."""

import hashlib

from contracts.links import link_of, linked
from contracts.points import Point, Registry
from contracts.topics import Gateway
from contracts.units import LINK_QUANTITIES

OWN = Registry("m1", "一矿", "Mine 1", (Point("T01", "methane", "face-1", "瓦斯", "gas"),), "as of today")


def test_the_points_of_a_link_are_named_in_both_languages_and_stand_behind_all_others() -> None:
    found = linked(OWN, Gateway("m1", "gate-1"), "5g")

    assert [(point.id, point.quantity, point.area, point.place_zh, point.place_en, point.sensor) for point in found.points[1:]] == [
        (f"L-gate-1-{short}", quantity, "link-gate-1", "网关 gate-1 链路(5G)", "gateway gate-1, link (5G)", "5g")
        for short, quantity in zip(("UP", "RTT", "RCV", "REP"), LINK_QUANTITIES, strict=True)
    ]
    assert (found.mine, found.mine_zh, found.mine_en, found.points[0], found.note) == ("m1", "一矿", "Mine 1", OWN.points[0], "as of today")
    assert linked(found, Gateway("m1", "gate-1"), "fibre").points == found.points, "what is there already stays as it is"
    assert linked(OWN, Gateway("m1", "gate-1"), "") is OWN


def test_a_name_of_26_letters_stands_in_the_id_and_a_longer_one_by_its_hash() -> None:
    fits, long = "g" * 26, "g" * 27

    assert linked(OWN, Gateway("m1", fits), "other").points[1].id == f"L-{fits}-UP"
    short = hashlib.blake2b(long.encode(), digest_size=6).hexdigest()
    assert linked(OWN, Gateway("m1", long), "other").points[1].id == f"L-{short}-UP"


def test_a_link_is_known_where_all_its_points_are() -> None:
    found = linked(OWN, Gateway("m1", "gate-1"), "fibre")

    kind, points = link_of(found, "gate-1")
    assert (kind, list(points)) == ("fibre", list(LINK_QUANTITIES))
    assert points["link_up"] == "L-gate-1-UP"
    assert link_of(found, "gate-2") == ("", {})
    assert link_of(Registry("m1", "一矿", "Mine 1", found.points[:-1], ""), "gate-1") == ("", {})
