"""Any bytes are a message or BadPayload, at bounded cost; a message survives its bytes and its JSON."""

import random
import time
import tracemalloc

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.codec import unpack
from contracts.errors import BadPayload
from contracts.payload import MAX_BYTES, MESSAGES, Batch, Birth, Event, Item, Receipt, State, decode, encode
from contracts.twin import to_json
from tests.contracts.samples import AT, BODIES, EPOCH, SAMPLES
from tests.contracts.strategies import any_of, mutants

REASONS = {"too-large", "empty", "malformed", "version", "column", "polls"}


def read(kind: type, data: bytes) -> object:
    """What a reader does with bytes: the message (and block), or the reason why not. Anything else is a failure."""
    try:
        message = decode(kind, data)
        assert isinstance(message, kind)
        assert encode(decode(kind, encode(message))) == encode(message)
        if isinstance(message, Item) and isinstance(message.body, Batch):
            block = unpack(message.body)
            assert {len(block.point), len(block.time), len(block.value), len(block.quality)} == {len(block)}
    except BadPayload as error:
        refused = error
    else:
        return message
    assert refused.reason in REASONS
    assert 0 < len(refused.detail) < 600
    return refused.reason


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_survives_its_bytes(kind: type) -> None:
    @settings(max_examples=40, deadline=None)
    @given(any_of(kind))
    def check(message: Item) -> None:
        data = encode(message)
        assert encode(decode(kind, data)) == data

    check()


@pytest.mark.parametrize("kind", MESSAGES)
def test_every_message_survives_its_json(kind: type) -> None:
    @settings(max_examples=40, deadline=None)
    @given(any_of(kind, finite=True))
    def check(message: Item) -> None:
        assert encode(decode(kind, to_json(message))) == encode(message)

    check()


def test_json_says_null_for_numbers_that_are_not_finite() -> None:
    event = msgspec.structs.replace(BODIES["event"], value=float("inf"), numbers={"slope": float("nan")})

    body = decode(Item, to_json(Item(1, EPOCH, 0, AT, event))).body

    assert isinstance(body, Event)
    assert body.value is None
    assert body.numbers["slope"] != body.numbers["slope"]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=120))
def test_any_bytes_are_a_message_or_a_named_error(data: bytes) -> None:
    for kind in MESSAGES:
        read(kind, data)
        read(kind, b"{" + data)


@settings(max_examples=300, deadline=None)
@given(mutants())
def test_damaged_messages_are_a_message_or_a_named_error(data: bytes) -> None:
    for kind in MESSAGES:
        read(kind, data)


def test_thousands_of_flipped_cut_and_spliced_messages_raise_nothing_else() -> None:
    chance = random.Random(20261124)
    whole = [(type(message), data) for message in SAMPLES.values() for data in (encode(message), to_json(message))]
    refused = 0
    for _ in range(12_000):
        kind, data = chance.choice(whole)
        damaged, at = bytearray(data), chance.randrange(len(data))
        damaged[at] = chance.randrange(256)
        if chance.random() < 0.3:
            other = chance.choice(whole)[1]
            damaged[at:] = other[chance.randrange(len(other)) :]
        refused += isinstance(read(kind, bytes(damaged)), str)
    assert refused > 3_000


@pytest.mark.parametrize("name", SAMPLES)
def test_a_truncated_message_is_never_a_message(name: str) -> None:
    message = SAMPLES[name]
    for data in (encode(message), to_json(message)):
        assert {read(type(message), data[:end]) for end in range(len(data))} <= {"empty", "malformed"}


def batch_bytes(values: object, points: list[int], times: list[int], quality: list[int]) -> bytes:
    return msgspec.msgpack.encode([1, EPOCH, 0, AT, ["batch", "r", AT, points, times, values, quality]])


BOMBS = {
    "a run of four thousand million readings": batch_bytes(b"\0" * 8, [0, 1 << 32], [0, 1 << 32], []),
    "runs whose sum wraps around 64 bits": batch_bytes(b"\0" * 8, [0, 1 << 63, 0, 1 << 63, 0, 1], [0, 1], []),
    "thousands of runs of one reading": batch_bytes([None] * 12_000, [0, 1] * 12_000, [1, 1] * 12_000, []),
    "thousands of quality runs over everything": batch_bytes([None] * 30_000, [0, 30_000], [0, 30_000], [0, 30_000, 1] * 5_000),
    "an array that says it is huge": b"\x95\x01\xa1e\x00\x00\x97\xa5batch\xa1r\x00\xdd\xff\xff\xff\xff",
    "bytes that say they are huge": b"\x95\x01\xa1e\x00\x00\x97\xa5batch\xa1r\x00\x90\x90\xc6\xff\xff\xff\xff",
    "sixty thousand nested arrays": b"\x91" * 60_000,
    "sixty thousand nested arrays in an unknown field": encode(SAMPLES["state"])[:1].replace(b"\x93", b"\x94")
    + encode(SAMPLES["state"])[1:]
    + b"\x91" * 60_000,
    "nested objects in an unknown JSON key": b'{"unknown":' + b'{"a":' * 12_000,
    "a JSON number of sixty thousand digits": b'{"v":' + b"9" * 60_000 + b"}",
    "a JSON number of four thousand digits": b'{"v":1,"online":true,"at":' + b"9" * 4_000 + b"}",
    "a mebibyte": b"\x95" + b"\0" * (1 << 20),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_cost_neither_time_nor_memory(name: str) -> None:
    tracemalloc.start()
    before = time.process_time()
    for kind in MESSAGES:
        read(kind, BOMBS[name])
    spent, (_, peak) = time.process_time() - before, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert spent < 1.0
    assert peak < 16 << 20


def test_numbers_that_no_clock_counter_or_column_can_hold_are_refused() -> None:
    state = encode(State(1, True, AT))[:3]
    for number in (b"\xff", b"\xcf" + b"\xff" * 8, msgspec.msgpack.encode(253_402_300_800_000_000)):
        assert read(State, state + number) == "malformed"
    huge = b'{"v":1,"generation":"g","nonce":%d,"serial":1,"credit":1,"epochs":[]}'
    assert read(Receipt, huge % 2**64) == "malformed"
    assert isinstance(read(Receipt, huge % (2**64 - 1)), Receipt)


def test_a_payload_of_64_kib_is_read_and_one_byte_more_is_not() -> None:
    filled = Birth(1, "", 0, AT, "trusted", "", "", 1, "", [])
    room = MAX_BYTES - len(encode(filled)) - 2
    assert len(encode(msgspec.structs.replace(filled, agent="x" * room))) == MAX_BYTES

    assert decode(Birth, encode(msgspec.structs.replace(filled, agent="x" * room))).agent == "x" * room
    assert read(Birth, encode(msgspec.structs.replace(filled, agent="x" * (room + 1)))) == "too-large"


@pytest.mark.parametrize("name", SAMPLES)
def test_fields_appended_by_a_newer_minor_version_are_passed_over(name: str) -> None:
    message = SAMPLES[name]
    rows = [*msgspec.msgpack.decode(encode(message)), "new", [1, {"deep": None}]]
    named = {**msgspec.json.decode(to_json(message)), "new": "field"}

    assert encode(decode(type(message), msgspec.msgpack.encode(rows))) == encode(message)
    assert encode(decode(type(message), msgspec.json.encode(named))) == encode(message)


@pytest.mark.parametrize("name", SAMPLES)
def test_another_major_version_is_refused_by_its_number(name: str) -> None:
    message = msgspec.structs.replace(SAMPLES[name], v=2)

    for data in (encode(message), to_json(message)):
        with pytest.raises(BadPayload, match="version: protocol version 2; this centre reads 1"):
            decode(type(message), data)


@pytest.mark.parametrize("text", ['{"v":1,"online":true,"at":1}', ' \t\r\n{"at": 1, "online": true, "v": 1, "more": [1]}'])
def test_json_is_told_from_messagepack_by_its_first_byte(text: str) -> None:
    assert decode(State, text.encode()) == State(1, True, 1)
