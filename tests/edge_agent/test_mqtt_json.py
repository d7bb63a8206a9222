"""JSON of third parties over a real Mosquitto: what is taken, what is not, and when a topic is silent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from bench.ports import free_port
from contracts.clock import BUILD_TIME, MINUTE, SECOND, from_iso
from contracts.columns import join
from contracts.config import BrokerAddress
from contracts.errors import BadConfig
from contracts.quality import CLOCK_SUSPECT, DOUBTFUL, NOT_A_NUMBER, SENSOR_FAULT
from edge_agent.sources import make_source
from edge_agent.sources.gathered import Gathered
from edge_agent.sources.json_mapping import JsonTopic, Reader, follow, matches, parse_path, read_mapping
from edge_agent.sources.mqtt_json import MqttJson
from edge_agent.sources.settings import MqttJsonSettings
from edge_agent.sources.source import Answer
from ingest.broker.child import Listener
from tests.edge_agent.modbus_peer import registry_of
from tests.end_to_end.harness import AS_ROOT, Proc, broker_or_skip, configuration
from tests.waiting import LIMIT_S
from wire.client import Arrived, LinkDown, open_link

BELT = {
    "filter": "belt/+/telemetry",
    "time": {"path": "ts", "format": "ms"},
    "points": [
        {"point": "A", "path": "data.current[0]", "scale": 0.001},
        {"point": "B", "path": "list[id=T1].v", "state_path": "list[id=T1].q", "states": {"ok": 0, "bad": 128}},
    ],
}
FAN = {"filter": "fan", "points": [{"point": "C", "path": "run", "words": {"on": 1, "off": 0}}]}
AT = BUILD_TIME // 1000 + 7
"""ms."""


def mapping(folder: Path, *topics: object) -> str:
    (folder / "mapping.json").write_bytes(msgspec.json.encode({"topics": topics or (BELT, FAN)}))
    return str(folder / "mapping.json")


def belt(folder: Path, **time: str) -> Reader:
    return read_mapping(mapping(folder, BELT | ({"time": time} if time else {})), registry_of("A", "B"))[0]


def source(folder: Path, port: int = 1, **more: object) -> MqttJson:
    settings = MqttJsonSettings(name="other", mapping=mapping(folder), broker=BrokerAddress(port=port), **more)  # type: ignore[arg-type]
    made = make_source(settings, registry_of("A", "B", "C"))
    assert isinstance(made, MqttJson)
    return made


def test_a_document_becomes_readings_with_its_own_time_unit_factor_and_state(tmp_path: Path) -> None:
    document = b'{"ts": %d, "data": {"current": [85000]}, "list": [{"id": "T0", "v": 1}, {"id": "T1", "v": "2.5", "q": "bad"}]}' % AT

    rows, doubts = belt(tmp_path).rows(document)

    assert rows == [(0, AT * 1000, 85.0, 0), (1, AT * 1000, 2.5, SENSOR_FAULT)]
    assert doubts == []


def test_what_is_missing_or_unclear_is_named_and_never_good(tmp_path: Path) -> None:
    rows, doubts = belt(tmp_path).rows(b'{"ts": "soon", "data": {}, "list": [{"id": "T1", "v": null, "q": "perhaps"}]}')

    assert [(point, stamp, quality) for point, stamp, _, quality in rows] == [(1, None, DOUBTFUL | NOT_A_NUMBER | CLOCK_SUSPECT)]
    assert "no time at ts" in doubts[0]
    assert doubts[1:] == ["A: nothing at data.current[0]", "B: value 'None', state 'perhaps'"]


@pytest.mark.parametrize(
    ("time", "found", "wanted"),
    [
        ({"format": "s"}, "1795000000.5", BUILD_TIME + SECOND // 2),
        ({"format": "us"}, str(BUILD_TIME + 1), BUILD_TIME + 1),
        ({"format": "iso"}, '"2026-11-24T08:00:00+08:00"', from_iso("2026-11-24T00:00:00Z")),
        ({"format": "%Y-%m-%d %H:%M:%S", "zone": "+08:00"}, '"2026-11-24 08:00:00"', from_iso("2026-11-24T00:00:00Z")),
    ],
)
def test_times_are_read_in_the_format_that_the_mapping_names(tmp_path: Path, time: dict[str, str], found: str, wanted: int) -> None:
    rows, _ = belt(tmp_path, path="ts", **time).rows(b'{"ts": %s, "data": {"current": [1]}}' % found.encode())

    assert rows[0][1] == wanted


@given(st.binary(max_size=80))
def test_any_bytes_give_rows_or_a_reason(data: bytes) -> None:
    reader = Reader(msgspec.convert(BELT, JsonTopic), registry_of("A", "B"), "t")

    rows, doubts = reader.rows(data)

    assert rows or doubts


@given(*[st.lists(st.sampled_from(["a", "b", "+", "", "$x"]), min_size=1, max_size=4)] * 2, st.booleans())
def test_filters_match_as_the_standard_says(pattern: list[str], topic: list[str], rest: bool) -> None:
    wanted, name = "/".join([*pattern, *(["#"] if rest else [])]), "/".join("c" if level == "+" else level for level in topic)

    assert matches(wanted, name) == topic_matches_sub(wanted, name)


def test_paths_lead_to_what_they_say_and_others_are_refused() -> None:
    document = {"a.b": [{"x": 1}, {"x": [5, 6]}]}

    assert follow(document, parse_path('["a.b"][1].x[0]', "path")) == 5
    for bad in ("", "a..b", "a[", "[=]x]"):
        with pytest.raises(BadConfig, match="path"):
            parse_path(bad, "path")


@pytest.mark.parametrize(
    ("topic", "key"),
    [
        (BELT | {"filter": "a/#/b"}, r"topics\[0\].filter"),
        (BELT | {"filter": "a+"}, r"topics\[0\].filter"),
        (BELT | {"points": [{"point": "X", "path": "a"}]}, r"points\[0\].point"),
        (BELT | {"points": [{"point": "A", "path": "a", "scale": 0}]}, r"points\[0\].scale"),
        (BELT | {"points": [{"point": "A", "path": "a", "states": {"x": 256}}]}, r"states.x"),
        (BELT | {"time": {"path": "t", "format": "noon"}}, r"time.format"),
        (BELT | {"time": {"path": "t", "zone": "Mars"}}, r"time.zone"),
        (BELT | {"pionts": []}, "mapping"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused_by_place(tmp_path: Path, topic: dict[str, object], key: str) -> None:
    with pytest.raises(BadConfig, match=key):
        read_mapping(mapping(tmp_path, topic), registry_of("A", "B"))


async def test_a_retained_message_is_no_reading_and_does_not_make_a_topic_answer(tmp_path: Path) -> None:
    other = source(tmp_path)
    other.take(Arrived("fan", b'{"run": "on"}', True), 0)
    answer = await ask(other, BUILD_TIME)
    await other.close()

    assert answer.block is None
    assert [poll.answered for poll in answer.polls] == [0, 0]
    assert other.counts["retained"] == 1


def test_between_two_polls_everything_is_kept_in_order_of_time_and_what_overflows_is_counted_and_told() -> None:
    gathered = Gathered(3)
    for turn in range(5):
        gathered.add(turn, 1_000 * turn, None, float(turn), 0)

    block = gathered.take(BUILD_TIME, 10_000)

    assert block is not None
    assert block.point.tolist() == [2, 3, 4]
    assert (block.time - BUILD_TIME).tolist() == [-8_000, -7_000, -6_000]
    assert gathered.overflow() == "2 readings more than 3 between two polls: the oldest are lost"
    assert (gathered.overflow(), gathered.lost) == ("", 2)


def test_a_stamp_no_calendar_has_or_far_ahead_is_marked_and_the_reading_stays() -> None:
    gathered = Gathered(9)
    for stamp in (-1, BUILD_TIME + 6 * MINUTE, BUILD_TIME - 1):
        gathered.add(0, 0, stamp, 1.0, 0)

    block = gathered.take(BUILD_TIME, 0)

    assert block is not None
    assert block.quality.tolist() == [0, CLOCK_SUSPECT, CLOCK_SUSPECT]
    assert (block.time - BUILD_TIME).tolist() == [-1, 0, 6 * MINUTE]


async def ask(other: MqttJson, due: int) -> Answer:
    """The topics' answers as one."""
    parts = (await other.poll(due)).parts
    blocks = [part.block for part in parts if part.block is not None]
    polls = tuple(poll for part in parts for poll in part.polls)
    return Answer(join(blocks) if blocks else None, polls, "; ".join(part.why for part in parts if part.why))


@contextlib.asynccontextmanager
async def broker(folder: Path, port: int) -> AsyncIterator[Proc]:
    (folder / "mosquitto.conf").write_text(configuration(Listener(port=port)) + AS_ROOT, encoding="ascii")
    process = Proc([broker_or_skip(), "-c", str(folder / "mosquitto.conf")], folder / "mosquitto.log")
    process.start()
    try:
        yield process
    finally:
        process.terminate()


async def publish(port: int, topic: str, payload: bytes, *, retain: bool = False) -> None:
    async with open_link(BrokerAddress(port=port), "third-party") as link:
        await link.publish(topic, payload, retain=retain)


async def poll_until(other: MqttJson, turn: int, wanted: str = "") -> Answer:
    """Poll each 0.1 s until a reading came, or `wanted` stands in the reason."""
    for more in range(round(LIMIT_S / 0.1)):
        answer = await ask(other, BUILD_TIME + turn * MINUTE + more)
        if wanted in answer.why if wanted else answer.block is not None:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(answer.why)


@pytest.mark.servers
async def test_from_a_real_broker_fresh_documents_are_taken_also_after_it_was_started_again(tmp_path: Path) -> None:
    port = free_port()
    other = source(tmp_path, port, silent_periods=1, period_s=1.0)
    async with broker(tmp_path, port):
        await poll_until(other, 0, "fan: nothing fresh")
        await publish_when_heard(other, port, 1)
        await publish(port, "fan", b"{broken")
        damaged = await poll_until(other, 2, "fan: not JSON")
        await asyncio.sleep(1.1)  # silence of more than one period
        silent = await ask(other, BUILD_TIME + 3 * MINUTE)
    await poll_until(other, 4, "no broker")
    async with broker(tmp_path, port):
        await publish_when_heard(other, port, 5)
        await other.close()

    assert damaged.block is None
    assert other.counts["damaged"] == 1
    assert [poll.answered for poll in silent.polls] == [0, 0]
    assert "fan: nothing fresh" in silent.why


async def publish_when_heard(other: MqttJson, port: int, turn: int) -> None:
    """Subscribing takes a moment: publish until something is heard, retained too, which must never be counted fresh again."""
    for _ in range(round(LIMIT_S / 0.1)):
        with contextlib.suppress(LinkDown):
            await publish(port, "fan", b'{"run": "on"}', retain=True)
        await asyncio.sleep(0.1)
        answer = await ask(other, BUILD_TIME + turn * MINUTE)
        if answer.block is not None:
            assert (answer.block.point[0], answer.block.value[0], answer.block.quality[0]) == (2, 1.0, 0)
            if [poll.answered for poll in answer.polls] == [0, 1]:  # else a busy machine asked later than a period after it
                return
    raise AssertionError(answer.why)
