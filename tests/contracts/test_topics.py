"""A topic names one gateway and one lane, or is refused."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import BadConfig, BadTopic
from contracts.topics import DOWN, RETAINED, UP, Gateway, Lane, every, parse_topic

IDS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)


@settings(max_examples=60, deadline=None)
@given(IDS, IDS, st.sampled_from(Lane))
def test_a_topic_says_gateway_and_lane(mine: str, name: str, lane: Lane) -> None:
    gateway = Gateway(mine, name)

    assert parse_topic(gateway.topic(lane)) == (gateway, lane)
    assert Gateway.parse(str(gateway)) == gateway


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.text(max_size=9), min_size=3, max_size=3).map(lambda ids: "davy/v1/" + "/".join(ids))))
def test_any_text_is_a_topic_or_bad_topic(text: str) -> None:
    with contextlib.suppress(BadTopic):
        gateway, lane = parse_topic(text)
        assert gateway.topic(lane) == text


def test_a_refusal_quotes_a_long_topic_in_part() -> None:
    for topic in ("x" * 60_000, "davy/v1/m/g/" + "x" * 60_000):
        with pytest.raises(BadTopic) as refused:
            parse_topic(topic)
        assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "topic",
    [
        *("", "davy/v1/m/g", "davy/v1/m/g/live/x", "davy/v2/m/g/live", "davy/v1/M/g/live", "davy/v1/-m/g/live", "davy/v1/m//live"),
        *(
            "davy/v1/m/g/live\n",
            "davy/v1/m/g\n/live",
            "davy/v1/+/g/live",
            "davy/v1/m/g/#",
            "davy/v1/m/g/LIVE",
            f"davy/v1/{'m' * 41}/g/live",
        ),
        *("davy/v1/矿/g/live", "davy/v1/m/g/", "/davy/v1/m/g/live"),
    ],
)
def test_topics_of_nobody_are_refused(topic: str) -> None:
    with pytest.raises(BadTopic):
        parse_topic(topic)


@pytest.mark.parametrize(
    ("text", "key"), [("mine", "gateway"), ("/g", "mine"), ("m/", "gateway"), ("m/g/x", "gateway"), ("m/G", "gateway")]
)
def test_a_gateway_name_is_refused_by_key_value_and_rule(text: str, key: str) -> None:
    with pytest.raises(BadConfig) as refused:
        Gateway.parse(text)

    assert refused.value.key == key
    assert refused.value.allowed


def test_every_lane_has_one_direction() -> None:
    assert set(UP) | set(DOWN) == set(Lane)
    assert not set(UP) & set(DOWN)
    assert set(Lane) >= RETAINED


def test_a_filter_takes_the_lane_of_all_gateways() -> None:
    assert every(Lane.BIRTH) == "davy/v1/+/+/birth"
