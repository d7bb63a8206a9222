"""What the contracts refuse, in exactly which words, and what just passes beside it."""

from typing import Any

import msgspec
import numpy as np
import pytest

from contracts import care, config
from contracts.columns import Block, join
from contracts.config import BrokerAddress, check_broker
from contracts.errors import BadConfig, BadPayload, Conflict, GiveUp, Retry
from contracts.facts import Fact, FactSet, read_facts, write_facts
from contracts.keys import BadSignature
from contracts.payload import MAX_BYTES, Receipt, State, decode, encode
from contracts.ranges import Ranges
from contracts.topics import BadTopic, Gateway, Lane, parse_topic
from tests.contracts.refusals import refused, spoiled

# ------------------------------------------------------------ errors


def test_errors_say_what_they_are_made_of() -> None:
    assert (str(Retry("later")), Retry("later").wait, Retry("later", 7).wait) == ("later", 1.0, 7)
    assert str(BadConfig("a.b", 7, "1 to 6")) == "a.b = 7 is refused; allowed: 1 to 6"
    assert str(BadPayload("column", "too short")) == "column: too short"
    assert all(issubclass(kind, GiveUp) for kind in (BadConfig, BadPayload, BadTopic, Conflict, BadSignature))


# ------------------------------------------------------------ the broker's address


@pytest.mark.parametrize(
    ("values", "key", "allowed"),
    [
        ({"host": ""}, "broker.host", "a host name or an address"),
        ({"port": 0}, "broker.port", "1 to 65535"),
        ({"port": 65536}, "broker.port", "1 to 65535"),
        ({"keepalive_s": 0}, "broker.keepalive_s", "1 to 65535 seconds"),
        ({"keepalive_s": 65536}, "broker.keepalive_s", "1 to 65535 seconds"),
    ],
)
def test_an_address_no_broker_can_have_is_refused(values: dict[str, Any], key: str, allowed: str) -> None:
    [value] = values.values()
    assert refused(check_broker, BrokerAddress(**values)) == (key, value, allowed)
    for port in (1, 65535):
        check_broker(BrokerAddress(port=port, keepalive_s=port))


def test_a_file_that_is_no_toml_is_quoted_in_part() -> None:
    key, value, allowed = refused(config.load, BrokerAddress, "x" * 99, {})

    assert (key, value) == ("file", "x" * 40)
    assert allowed.startswith("TOML (")
    assert allowed.endswith(")")


class Gauge(config.Section, frozen=True):
    name: str
    span: tuple[int, ...] = ()


class Plant(config.Section, frozen=True):
    gauges: tuple[Gauge, ...] = ()
    broker: BrokerAddress = msgspec.field(default_factory=lambda: BrokerAddress(username="owner"))


@pytest.mark.parametrize(
    ("text", "key", "value", "allowed"),
    [
        ("gauges = 7", "gauges", 7, "`array`, got `int`"),
        ("[[gauges]]\nname = 'a'\nspan = [1, 'x']", "gauges[0].span[1]", "x", "`int`, got `str`"),
        ("[[gauges]]\nspan = [1]", "gauges[0].name", None, "a value for `name`"),
        ("broker.port = '7'", "broker.port", "7", "`int`, got `str`"),
        ("[[gauges]]\nname = 'a'\nmore = 1", "gauges[0].more", 1, "keys name, span"),
        ("more = 1", "more", 1, "keys gauges, broker"),
    ],
)
def test_a_key_that_does_not_fit_is_refused_in_these_words(text: str, key: str, value: object, allowed: str) -> None:
    assert refused(config.load, Plant, text, {}) == (key, value, allowed)


class Odd(config.Section, frozen=True):
    X: int


@pytest.mark.parametrize(("text", "key"), [("X = 'a'", "X"), ("X = 1\nYX = 2", "YX"), ("", "X")])
def test_a_key_may_begin_and_end_with_any_letter(text: str, key: str) -> None:
    assert refused(config.load, Odd, text, {})[0] == key


def test_a_section_has_the_default_its_owner_makes_and_the_environment_over_it() -> None:
    assert config.load(Plant, "broker.port = 7", {"DAVY_BROKER_HOST": "h"}).broker == BrokerAddress(host="h", port=7, username="owner")
    key, value, allowed = refused(config.load, Plant, "", {"DAVY_BROKER_PASSWORD_FILE": "/nowhere"})
    assert (key, value) == ("DAVY_BROKER_PASSWORD_FILE", "/nowhere")
    assert allowed.startswith("the path of a text file this process may read (")


# ------------------------------------------------------------ topics


def test_a_topic_of_nobody_is_quoted_and_the_form_told() -> None:
    for topic, said in (
        ("x" * 300, f"{'x' * 200!r} is not davy/v1/<mine>/<gateway>/<lane>"),
        ("davy/v1/m/g/" + "n" * 99, f"{'n' * 40!r} is not a lane; lanes: {', '.join(Lane)}"),
    ):
        with pytest.raises(BadTopic) as told:
            parse_topic(topic)
        assert str(told.value) == said
    assert refused(Gateway.parse, "m") == ("gateway", "m", "mine/gateway")
    assert refused(Gateway.parse, "M/g")[:2] == ("mine", "M")
    assert refused(Gateway.parse, "m/G")[:2] == ("gateway", "G")


# ------------------------------------------------------------ payloads


def test_what_is_no_message_is_told_by_name_and_in_bounds() -> None:
    assert spoiled(decode, State, b"x" * (MAX_BYTES + 1)) == ("too-large", f"{MAX_BYTES + 1} bytes; the limit is {MAX_BYTES}")
    assert spoiled(decode, State, b"") == ("empty", "0 bytes")
    assert spoiled(decode, State, encode(State(2, True, 5))) == ("version", "protocol version 2; this centre reads 1")
    reason, detail = spoiled(decode, State, b'{"v":1,"online":"' + b"\x80" * 10 + b'"}')
    assert (reason, detail.startswith("not a State: ")) == ("malformed", True)
    assert spoiled(decode, State, b'{"v":1,"online":7}') == ("malformed", "not a State: Expected `bool`, got `int` - at `$.online`")
    key = "k" * 400
    reason, detail = spoiled(decode, care.Desired, msgspec.json.encode({"documents": {key: 7}}))
    assert (reason, len(detail) <= len("not a Desired: ") + 300) == ("malformed", True)
    assert decode(Receipt, msgspec.json.encode({"v": 1, "generation": "g", "nonce": 1, "serial": 2, "credit": 3, "epochs": []})).serial == 2


# ------------------------------------------------------------ ranges


def test_ranges_say_which_range_is_empty_or_there_already() -> None:
    ranges = Ranges([(5, 7, 1), (1, 2, 9)])
    for first, last, said in (
        (4, 3, "range 4..3 is empty"),
        (7, 9, "range 7..9 overlaps what is there"),
        (3, 5, "range 3..5 overlaps what is there"),
        (2, 2, "range 2..2 overlaps what is there"),
        (0, 9, "range 0..9 overlaps what is there"),
    ):
        with pytest.raises(ValueError, match=r"^range") as told:
            ranges.add(first, last, 0)
        assert str(told.value) == said
    assert (repr(ranges), len(ranges)) == ("Ranges([(1, 2, 9), (5, 7, 1)])", 5)
    assert (1 in ranges, 2 in ranges, 3 in ranges, 0 in ranges, 7 in ranges, 8 in ranges) == (True, True, False, False, True, False)
    assert (ranges == list(ranges), ranges == Ranges(ranges), Ranges() == Ranges([(0, 0, 0)])) == (False, True, False)


@pytest.mark.parametrize(
    ("added", "rows"),
    [
        ((3, 4, 2), [(1, 7, 12)]),
        ((3, 3, 2), [(1, 3, 11), (5, 7, 1)]),
        ((4, 4, 2), [(1, 2, 9), (4, 7, 3)]),
        ((9, 9, 2), [(1, 2, 9), (5, 7, 1), (9, 9, 2)]),
        ((0, 0, 2), [(0, 2, 11), (5, 7, 1)]),
        ((8, 8, 2**64 - 1), [(1, 2, 9), (5, 8, 0)]),
    ],
)
def test_neighbours_are_joined_and_their_digests_added(added: tuple[int, int, int], rows: list[tuple[int, int, int]]) -> None:
    ranges = Ranges([(1, 2, 9), (5, 7, 1)])
    ranges.add(*added)

    assert list(ranges) == rows


def test_what_is_missing_is_told_within_the_bounds_that_were_asked() -> None:
    ranges = Ranges([(1, 2, 0), (5, 7, 0), (20, 20, 0)])
    assert ranges.missing(0, 9) == [(0, 0), (3, 4), (8, 9)]
    assert ranges.missing(2, 5) == [(3, 4)]
    assert ranges.missing(6, 7) == ranges.missing(5, 4) == ranges.missing(1, 2) == []
    assert ranges.missing(8, 19) == [(8, 19)]
    assert ranges.missing(3, 3) == [(3, 3)]
    assert (ranges.through(), Ranges().through(), Ranges([(0, 4, 0), (6, 6, 0)]).through()) == (-1, -1, 4)


# ------------------------------------------------------------ columns


def test_blocks_are_cut_joined_and_compared_by_each_column() -> None:
    block = Block.of([3, 4, 9], [1, 2, 3], [0.5, 1.5, 2.5], [0, 1, 2])
    rows = block.rows(1, 3)
    assert (rows.point.tolist(), rows.time.tolist(), rows.value.tolist(), rows.quality.tolist()) == ([4, 9], [2, 3], [1.5, 2.5], [1, 2])
    taken = block.take(np.array([True, False, True]))
    assert (taken.point.tolist(), taken.time.tolist(), taken.value.tolist(), taken.quality.tolist()) == ([3, 9], [1, 3], [0.5, 2.5], [0, 2])
    assert join([block.rows(0, 1), rows]).same(block)
    for other in (
        Block.of([3, 4, 8], [1, 2, 3], [0.5, 1.5, 2.5], [0, 1, 2]),
        Block.of([3, 4, 9], [1, 2, 4], [0.5, 1.5, 2.5], [0, 1, 2]),
        Block.of([3, 4, 9], [1, 2, 3], [0.5, 1.5, 2.4], [0, 1, 2]),
        Block.of([3, 4, 9], [1, 2, 3], [0.5, 1.5, 2.5], [0, 1, 3]),
    ):
        assert not block.same(other)
    plain = Block.of([1, 2], 7, [0.0, 1.0])
    assert (plain.time.tolist(), plain.quality.tolist(), len(plain), plain.at is plain.point) == ([7, 7], [0, 0], 2, True)
    assert [column.dtype.str for column in (plain.point, plain.time, plain.value, plain.quality)] == ["<i4", "<i8", "<f8", "<u2"]


def test_facts_come_back_from_their_bytes() -> None:
    facts = FactSet("m", "2026-11-01", (Fact("upgrade_done", 1.0, 1.0, 0, 1, "test@1", subject="x"),))

    assert read_facts(write_facts(facts)) == facts
    assert write_facts(read_facts(write_facts(facts))) == write_facts(facts)
