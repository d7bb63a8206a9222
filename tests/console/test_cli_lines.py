"""What `davy tail` prints of a message: readable, whatever it is."""

import json
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cli.lines import SENTENCES, line
from console.cli.seen import READ, Reader, as_json
from contracts import care
from contracts.care import Answer, Command, Desired, Reported, signed
from contracts.clock import BUILD_TIME, SECOND
from contracts.codec import pack
from contracts.columns import Block
from contracts.payload import (
    MESSAGES,
    Batch,
    Birth,
    Body,
    Event,
    Extent,
    Finding,
    Item,
    Lost,
    Poll,
    Receipt,
    RegistryPart,
    Returns,
    State,
    Told,
    decode,
    encode,
)
from contracts.topics import Lane
from ingest.pipeline import STREAM
from tests.console.web_pit import NORTH
from tests.contracts.samples import SAMPLES
from tests.contracts.strategies import mutants
from wire.client import Arrived

EPOCH = "ab12cd34ef567890"
NAN = float("nan")
BLOCK = Block.of(
    [0, 1, 2, 3, 4, 5], [BUILD_TIME] * 3 + [BUILD_TIME + 4 * SECOND] * 3, [0.42, 0.1, NAN, 7.0, -0.0, 1e9], [0, 5, 512, 0, 0, 0]
)
BATCH = Item(1, EPOCH, 41, BUILD_TIME, pack(BLOCK, NORTH.name, [Poll("field", SECOND, BUILD_TIME, 5, 4)], 1))
HALF = len(NORTH.data) // 2
PARTS = [
    Item(1, EPOCH, at, BUILD_TIME, RegistryPart(NORTH.name, at, 2, data)) for at, data in enumerate((NORTH.data[:HALF], NORTH.data[HALF:]))
]
BIRTH = Birth(1, "0.1.0", 5, BUILD_TIME, "trusted", NORTH.name, "cmsr-2025", SECOND, "g7", [Extent(EPOCH, "data", 42, 3, False)], True)
EVENT = Event("T00", "limit.alarm", "raise", BUILD_TIME, 1.32, 1.0, 4, "CMSR2025 Art.536, Table 19", "limit_reached", BUILD_TIME, "", True)
RECEIPT = Receipt(1, "g7", 5, 9, 1 << 20, [Told(EPOCH, "data", 41, [(0, 41, 3), (50, 55, 4)], [(3, 4)], [(43, 43)])])


def arrived(lane: str, payload: bytes, retained: bool = False) -> Arrived:
    return Arrived(f"davy/v1/north/gw1/{lane}", payload, retained)


def said(reader: Reader, lane: str, message: Item | Birth | State | Receipt, retained: bool = False) -> str:
    return line(reader.read(arrived(lane, encode(message), retained), BUILD_TIME + 2 * SECOND))


# ---------------------------------------------------------------- lines


def test_a_batch_says_how_many_readings_when_the_first_of_them_and_its_identity() -> None:
    text = said(Reader(), "live", BATCH)

    assert text.startswith("2026-11-18T11:06:42.000Z  north/gw1            live ")
    assert "readings 6 · 2026-11-18T11:06:40.000Z +4 s · #0=0.42, #1=0.1 [报警 alarm, 标校 calibration], #2=nan" in text
    assert "… +2 · 巡检 polls field 4/5 · 时钟回拨 clock set back" in text
    assert f"{NORTH.name} (未见 not seen) · {EPOCH}#41" in text


def test_points_have_names_and_units_once_their_registry_came_by_in_pieces() -> None:
    reader = Reader()

    assert f"registry {NORTH.name} 1/2 · {EPOCH}#0" in said(reader, "live", PARTS[0])
    assert "2/2 · 北山煤矿 Beishan mine, 测点 points 13" in said(reader, "live", PARTS[1])
    assert "T00=0.42 %CH4, T01=0.1 %CH4 [" in said(reader, "replay", BATCH)
    assert "not seen" not in said(reader, "live", BATCH)


def test_an_event_says_point_place_rule_change_value_limit_and_clause() -> None:
    reader = Reader()
    for message in PARTS:
        said(reader, "live", message)
    said(reader, "birth", BIRTH)
    text = said(reader, "event", Item(1, EPOCH, 7, BUILD_TIME, EVENT))

    assert "T00 1301工作面回风隅角 Return corner, face 1301 · limit.alarm raise 未核实 unverified" in text
    assert "value 1.32 %CH4 [标校 calibration] · 限值 limit 1.0 %CH4" in text
    assert "clause CMSR2025 Art.536, Table 19 · limit_reached" in text


def test_a_limit_and_a_value_that_nobody_knows_are_not_shown_as_numbers() -> None:
    text = said(Reader(), "event", Item(1, EPOCH, 7, BUILD_TIME, msgspec.structs.replace(EVENT, limit=None, value=None)))

    assert "value ?" in text
    assert "limit 未知 unknown" in text


def test_first_states_of_many_points_say_how_many_and_which_first() -> None:
    first = Returns("*", "return", BUILD_TIME, "first_reading", BUILD_TIME, [f"T0{at}" for at in range(6)], [0.1] * 6)
    text = said(Reader(), "event", Item(1, EPOCH, 7, BUILD_TIME, first))

    assert "测点 points 6: T00, T01, T02, T03 … · * return" in text
    assert "first_reading" in text


def test_a_birth_says_epochs_registry_and_clock() -> None:
    text = said(Reader(), "birth", BIRTH)

    assert "clock trusted 2026-11-18T11:06:40.000Z -2.000 s" in text
    assert f"registry {NORTH.name}" in text
    assert f"data {EPOCH} 已产生 made 42, 仍有 held from 3" in text
    assert "blank disk · 代 generation g7" in text


def test_the_age_of_a_retained_birth_is_not_taken_for_a_clock_offset() -> None:
    text = said(Reader(), "birth", BIRTH, retained=True)

    assert "-2.000 s" not in text
    assert text.endswith("保留 retained")


def test_a_receipt_says_through_what_is_above_dead_and_lost_and_the_credit() -> None:
    text = said(Reader(), "receipt", RECEIPT)

    assert "receipt 9, 代 generation g7 · 信用 credit 1024 KiB" in text
    assert f"data {EPOCH} 连续至 through 41, 其上 above 6, 死信 dead 2, 丢失 lost 1" in text


def test_states_and_losses_are_said() -> None:
    assert "离线 offline" in said(Reader(), "state", State(1, False, 0))
    assert "在线 online 2026-11-18" in said(Reader(), "state", State(1, True, BUILD_TIME))
    assert f"丢失 lost data {EPOCH}#5–9 (disk-full)" in said(
        Reader(), "event", Item(1, EPOCH, 8, BUILD_TIME, Lost("data", EPOCH, 5, 9, "disk-full"))
    )


@pytest.mark.parametrize(
    ("lane", "payload", "why"),
    [
        ("live", b"\x93\x01", "refused: malformed: not a Item"),
        ("live", b"", "refused: empty: 0 bytes"),
        ("receipt", encode(State(1, True, 0)), "refused: malformed: not a Receipt"),
        ("birth", encode(msgspec.structs.replace(BIRTH, v=9)), "refused: version: protocol version 9"),
        ("event", encode(BATCH), "refused: wrong-lane: Batch on lane event"),
        ("live", encode(Item(1, "short", 0, 0, EVENT)), "refused: identity"),
        ("live", encode(Item(1, EPOCH, 0, 0, Batch(NORTH.name, 0, [0, 3], [0, 3], b"1234567"))), "refused: column: values: 7 bytes"),
        ("live", encode(Item(1, EPOCH, 0, 0, RegistryPart("x", 5, 2, b""))), "refused: registry-part: part 5 of 2"),
    ],
)
def test_what_cannot_be_read_is_shown_with_the_reason(lane: str, payload: bytes, why: str) -> None:
    assert why in line(Reader().read(arrived(lane, payload), BUILD_TIME))


def test_what_cannot_be_read_shows_json_as_it_is_and_other_bytes_in_hex() -> None:
    reader = Reader()

    assert '7 字节 bytes: {"a":1}' in line(reader.read(arrived("desired", b'{"a":1}'), 0))
    assert "2 字节 bytes: ff 00" in line(reader.read(arrived("command", b"\xff\0"), 0))
    assert "refused" not in line(reader.read(arrived("desired", b"", True), 0))


def test_everything_the_wire_carries_has_a_sentence() -> None:
    bodies = set(get_args(Body))

    assert bodies | set(MESSAGES) | (set(care.MESSAGES) - {Desired, Command}) <= SENTENCES.keys()
    assert set(READ) | set(STREAM) == set(Lane)


def test_a_finding_says_what_where_how_sure_and_by_which_models() -> None:
    found = Finding("gas_accumulation", "heading", ["T01", "T02"], BUILD_TIME, BUILD_TIME, 0, 0.8, BUILD_TIME, "3@35c1", {"T01": 1.4})
    text = said(Reader(), "event", Item(1, EPOCH, 7, BUILD_TIME, found))

    assert "model gas_accumulation heading · 测点 points T01, T02 · 可信度 sure 0.8" in text
    assert "goes on · 模型包 bundle 3@35c1" in text


def test_orders_say_who_wants_what_of_whom_but_no_document() -> None:
    secret = bytes(range(32))
    order = Desired(1, "north/gw1", 7, BUILD_TIME, "Li", {"edge.toml": "password = 'x1y2'"})
    asked = Command(1, "north/gw1", "c-1", BUILD_TIME, BUILD_TIME, "Li", "freeze", {"why": "x1y2"})
    wanted = line(Reader().read(arrived("desired", signed(order, secret)), BUILD_TIME))
    command = line(Reader().read(arrived("command", signed(asked, secret)), BUILD_TIME))

    assert "north/gw1 版本 version 7, Li" in wanted
    assert "documents edge.toml · 确认 confirm 60 s" in wanted
    assert "command freeze c-1, Li" in command
    assert "arguments why" in command
    assert "x1y2" not in wanted + command


def test_reports_and_answers_are_said() -> None:
    told = encode(Reported(1, BUILD_TIME, "0.1.0", 3, "refused", 4, "no room", [(4, "no room")]))
    answer = encode(Answer(1, "c-1", BUILD_TIME, "done", "", "12 items"))

    assert "running 3, refused, 期望 wanted 4 · no room" in line(Reader().read(arrived("reported", told), BUILD_TIME))
    assert "answer c-1: done · 12 items" in line(Reader().read(arrived("answer", answer), BUILD_TIME))


def test_topics_that_are_not_ours_are_shown_too() -> None:
    text = line(Reader().read(Arrived("spBv1.0/a\x1b/NDATA", b"\x08\x01", False), 0))

    assert "spBv1.0/a\ufffd/NDATA" in text
    assert "refused: topic" in text
    assert "08 01" in text


@given(mutants(), st.sampled_from(list(Lane)))
def test_whatever_comes_is_one_printable_line_and_one_json_object(payload: bytes, lane: Lane) -> None:
    seen = Reader().read(arrived(lane, payload), BUILD_TIME)

    assert line(seen).isprintable()
    assert json.loads(as_json(seen))["bytes"] == len(payload)


# ---------------------------------------------------------------- JSON


@pytest.mark.parametrize(
    ("name", "lane"), [("batch", "live"), ("registry", "live"), ("event", "event"), ("lost", "event"), ("birth", "birth")]
)
def test_the_message_in_the_json_decodes_to_the_message_that_was_sent(name: str, lane: str) -> None:
    told = json.loads(as_json(Reader().read(arrived(lane, encode(SAMPLES[name])), BUILD_TIME)))

    assert decode(type(SAMPLES[name]), json.dumps(told["message"]).encode()) == SAMPLES[name]
    assert (told["at"], told["gateway"], told["lane"]) == ("2026-11-18T11:06:40.000000Z", "north/gw1", lane)


def test_values_are_numbers_in_the_json_where_json_can_write_them() -> None:
    told = json.loads(as_json(Reader().read(arrived("live", encode(BATCH)), 0)))

    assert told["message"]["body"]["values"] == [0.42, 0.1, None, 7.0, -0.0, 1e9]


def test_the_json_keeps_the_bytes_of_what_cannot_be_read() -> None:
    told = json.loads(as_json(Reader().read(arrived("live", b"\x93\x01"), 0)))

    assert told["message"] is None
    assert (told["refused"]["reason"], told["payload"]) == ("malformed", "kwE=")
