"""Points, batch files, keys and orders that are refused, in exactly which words; and what just passes beside them."""

import math
import struct
from hashlib import blake2b
from io import BytesIO
from typing import Any

import msgspec
import numpy as np
import pytest

from contracts import care, keys
from contracts.anchors import read_anchors
from contracts.batchfile import BatchFile, FileWriter, Kind, header_for, read_file
from contracts.checks import Bounds, flagged
from contracts.clock import END_OF_TIME
from contracts.columns import Block
from contracts.identifiers import check_identifier
from contracts.keys import BadSignature, key_id, public_of, sign
from contracts.payload import MAX_BYTES, Event, Item, State, decode, encode
from contracts.points import LARGEST_M2, LONGEST_TEXT, MOST_POINTS, Point, Registry, check_registry, read_registry
from contracts.quality import CLOCK_SUSPECT, NAMES, NOT_A_NUMBER, OUT_OF_RANGE, words
from contracts.texts import shown
from contracts.twin import to_json
from contracts.whereabouts import whereabouts
from tests.contracts.refusals import refused, spoiled

SECRET, FOREIGN = bytes(range(32)), bytes(range(1, 33))
PUBLIC = public_of(SECRET)


# ------------------------------------------------------------ points


def point(**values: Any) -> Point:
    return Point(**{"id": "T01", "quantity": "methane", "area": "a", "place_zh": "z", "place_en": "e"} | values)


def registry(*points: Point, **values: Any) -> Registry:
    return Registry(**{"mine": "m", "mine_zh": "z", "mine_en": "e", "points": points} | values)


NO_ID = "1 to 32 of letters, digits, _ and -, starting with a letter or digit"
STREAMS = "pipe:NAME, pipe:NAME/BRANCH or return:NAME, of letters, digits and -"


@pytest.mark.parametrize(
    ("values", "key", "value", "allowed"),
    [
        ({"id": "a" * 33}, "id", "a" * 33, NO_ID),
        ({"id": "OK-1"}, "id", "OK-1", "an id used once in the registry"),
        ({"limit_row": "x"}, "mapped_by", "", "the name of the person who mapped this place to a limit row"),
        ({"valid_from": -1}, "valid_from", -1, "a time from 1970 to 9999, µs UTC"),
        ({"valid_from": END_OF_TIME}, "valid_from", END_OF_TIME, "a time from 1970 to 9999, µs UTC"),
        ({"valid_from": 5, "valid_to": 5}, "valid_to", 5, "a time after valid_from, to 9999, µs UTC"),
        ({"valid_to": END_OF_TIME}, "valid_to", END_OF_TIME, "a time after valid_from, to 9999, µs UTC"),
        ({"stream": "pipe"}, "stream", "pipe", STREAMS),
        ({"section_m2": -0.1}, "section_m2", -0.1, "0 to 500.0 m²"),
        ({"section_m2": 500.1}, "section_m2", 500.1, "0 to 500.0 m²"),
        ({"feeds": ("no",)}, "feeds", "no", "the id of a point of this registry that is a feed_state"),
        ({"fans": ("OK-1",)}, "fans", "OK-1", "the id of a point of this registry that is a run_state"),
        ({"pair": "OK-1"}, "pair", "OK-1", "the id of a point of this registry that is a air_door"),
        ({"area": "x" * 1001}, "area", "x" * 40, "at most 1000 characters"),
        ({"sensor": "x" * 1001}, "sensor", "x" * 40, "at most 1000 characters"),
    ],
)
def test_a_bad_point_is_refused_in_these_words(values: dict[str, Any], key: str, value: object, allowed: str) -> None:
    assert refused(check_registry, registry(point(id="OK-1"), point(**values))) == (f"points[1].{key}", value, allowed)


def test_doors_are_a_pair_only_where_each_names_the_other() -> None:
    def doors(first: str, second: str) -> Registry:
        return registry(point(id="D1", quantity="air_door", pair=first), point(id="D2", quantity="air_door", pair=second))

    assert check_registry(doors("D2", "D1"))
    for first, second, at, value in (("D2", "", 0, "D2"), ("D1", "", 0, "D1"), ("D2", "D2", 0, "D2")):
        said = (f"points[{at}].pair", value, "the other door of the pair, which names this one")
        assert refused(check_registry, doors(first, second)) == said
    mixed = registry(point(id="D1", quantity="air_door", pair="D2"), point(id="D2", quantity="air_door", pair="D1"), point(pair="D1"))
    assert refused(check_registry, mixed)[0] == "points[2].pair"


def test_a_registry_has_bounds_and_what_just_fits_is_taken() -> None:
    longest = "x" * LONGEST_TEXT
    fits = point(area=longest, valid_from=END_OF_TIME - 2, valid_to=END_OF_TIME - 1, section_m2=LARGEST_M2, id="a" * 32)
    assert check_registry(registry(fits, point(section_m2=0.0, valid_from=0, valid_to=1), note=longest))
    for name in ("mine_zh", "mine_en", "note"):
        assert refused(check_registry, registry(point(), **{name: longest + "x"})) == (name, "x" * 40, "at most 1000 characters")
    many = tuple(point(id=f"P{at}") for at in range(MOST_POINTS + 1))
    assert refused(check_registry, registry(*many)) == ("points", MOST_POINTS + 1, f"at most {MOST_POINTS} points")
    assert len(check_registry(registry(*many[:-1])).points) == MOST_POINTS
    key, value, allowed = refused(read_registry, b"[]")
    assert (key, value, allowed) == ("registry", "2 bytes", "JSON of a registry (Expected `object`, got `array`)")


# ------------------------------------------------------------ batch files

HEADER = header_for(SECRET, "m/g", "0" * 16, 3, b"p" * 32, 99)


def file(*frames: tuple[Kind, bytes]) -> bytes:
    out = BytesIO()
    writer = FileWriter(out, HEADER)
    for kind, data in frames:
        writer.add(kind, data)
    digest = writer.finish(SECRET)
    assert (writer.count, writer.size) == (len(frames), len(out.getvalue()) - 96)
    assert digest == blake2b(out.getvalue()[:-96], digest_size=32).digest()
    return out.getvalue()


def resigned(body: bytes) -> bytes:
    """Any bytes with the digest and signature that fit them."""
    digest = blake2b(body, digest_size=32).digest()
    return body + digest + sign(SECRET, b"davylamp batch file 1\n" + digest)


WHOLE = file((Kind.BIRTH, b"b"), (Kind.DATA, b""), (Kind.EVENT, b"event"))
START = len(WHOLE) - 96 - 5 - sum(5 + len(data) for data in (b"b", b"", b"event"))
LONG_HEADER = b"DAVYFIL1" + struct.pack(">I", MAX_BYTES + 1) + bytes(MAX_BYTES + 200)
CUT = "its contents do not have the digest at its end"
NONE = "it does not begin as a batch file of a gateway does, or is shorter than one can be"


def test_a_file_is_read_as_it_was_written() -> None:
    read = read_file(WHOLE, {"m/g": PUBLIC}.get)

    assert isinstance(read, BatchFile)
    assert (read.header, read.frames) == (HEADER, [(Kind.BIRTH, b"b"), (Kind.DATA, b""), (Kind.EVENT, b"event")])
    assert (HEADER.v, HEADER.gateway, HEADER.key, HEADER.number, HEADER.previous, HEADER.made) == (1, "m/g", PUBLIC, 3, b"p" * 32, 99)
    assert read.digest == WHOLE[-96:-64]
    assert list(read.of(Kind.BIRTH, Kind.EVENT)) == [b"b", b"event"]
    assert read_file(file(), {"m/g": PUBLIC}.get).frames == []


@pytest.mark.parametrize(
    ("data", "reason", "detail"),
    [
        (b"", "not-a-file", NONE),
        (b"DAVYFIL1" + bytes(100 + 4), "not-a-file", NONE),
        (b"X" + WHOLE[1:], "not-a-file", NONE),
        (WHOLE[:-1], "cut-or-altered", CUT),
        (b"DAVYFIL1" + bytes(4 + 101), "cut-or-altered", CUT),
        (
            resigned(LONG_HEADER),
            "cut-or-altered",
            f"a header of {MAX_BYTES + 1} bytes",
        ),
        (resigned(b"DAVYFIL1" + struct.pack(">I", 1) + bytes(5)), "cut-or-altered", "a header of 1 bytes"),
        (resigned(WHOLE[:START] + b"X" + WHOLE[START + 1 : -96]), "malformed", "frame 1 is of kind b'X' with 1 bytes"),
        (resigned(WHOLE[: -96 - 5 - 5] + b"E\0\0\0\3"), "malformed", "frame 3 is of kind b'V' with 5 bytes"),
        (resigned(WHOLE[:-97] + b"\4"), "malformed", "the frames do not end where the file does"),
        (resigned(WHOLE[:-101] + b"D\0\0\0\3"), "malformed", "the frames do not end where the file does"),
    ],
)
def test_what_is_no_file_is_refused_in_these_words(data: bytes, reason: str, detail: str) -> None:
    assert spoiled(read_file, data, {"m/g": PUBLIC}.get) == (reason, detail)


def test_a_file_of_somebody_else_is_foreign() -> None:
    nobody, other = dict[str, bytes]().get, {"m/g": public_of(FOREIGN)}.get
    assert spoiled(read_file, WHOLE, nobody) == ("foreign", "no public key of gateway 'm/g' is given here")
    said = f"made with key {key_id(PUBLIC)}; the one given for 'm/g' is {key_id(public_of(FOREIGN))}"
    assert spoiled(read_file, WHOLE, other) == ("foreign", said)
    with pytest.raises(BadSignature):
        read_file(WHOLE[:-64] + sign(SECRET, WHOLE[-96:-64]), {"m/g": PUBLIC}.get)


# ------------------------------------------------------------ keys and orders

DESIRED = care.Desired(1, "m/g", 7, 99, "p-x", {"edge.toml": "x"}, 30)
COMMAND = care.Command(1, "m/g", "c1", 99, 199, "p-x", "restart", {"now": "1"})


def test_a_signature_that_does_not_hold_names_the_key() -> None:
    keys.verify(PUBLIC, b"data", sign(SECRET, b"data"))
    for public, data, signature in ((PUBLIC, b"other", sign(SECRET, b"data")), (PUBLIC, b"data", b"short"), (b"short", b"data", b"x" * 64)):
        with pytest.raises(BadSignature) as told:
            keys.verify(public, data, signature)
        assert str(told.value) == f"signature does not hold for key {key_id(public)}"
    assert (len(keys.new_key()), keys.new_key() != keys.new_key(), len(key_id(PUBLIC))) == (32, True, 12)


@pytest.mark.parametrize("order", [DESIRED, COMMAND], ids=["desired", "command"])
def test_an_order_is_opened_only_where_a_trusted_key_signed_it(order: care.Desired | care.Command) -> None:
    data = care.signed(order, SECRET)
    trusted = care.trusted_by([PUBLIC.hex()])
    assert trusted == {key_id(PUBLIC): PUBLIC}
    assert care.opened(type(order), data, trusted) == order

    for known, said in (({}, "none"), (care.trusted_by([public_of(FOREIGN).hex()]), key_id(public_of(FOREIGN)))):
        with pytest.raises(BadSignature) as told:
            care.opened(type(order), data, known)
        assert str(told.value) == f"key {key_id(PUBLIC)!r} is not trusted here; trusted: {said}"
    sealed = decode(care.Sealed, data)
    assert (sealed.v, sealed.key, decode(type(order), sealed.body)) == (1, key_id(PUBLIC), order)
    for changed in (msgspec.structs.replace(sealed, body=sealed.body + b"x"), msgspec.structs.replace(sealed, signature=b"x" * 64)):
        with pytest.raises(BadSignature, match="does not hold"):
            care.opened(type(order), encode(changed), trusted)
    with pytest.raises(BadSignature, match=r"^key 'kkkkkkkkkkkkkkkkkkkk' is"):
        care.opened(type(order), encode(msgspec.structs.replace(sealed, key="k" * 99)), trusted)


def test_a_public_key_that_is_none_is_refused() -> None:
    assert spoiled(care.trusted_by, [PUBLIC.hex(), "z" * 99]) == ("key", f"{'z' * 20!r} is not hex")
    assert spoiled(care.trusted_by, ["00"]) == ("key", "1 bytes; a public key has 32")
    assert len(care.trusted_by([PUBLIC.hex(), public_of(FOREIGN).hex()])) == 2


# ------------------------------------------------------------ words

TREE = {"rows": [{"a": 1}, {"b": {"y": 1, "x": 2}}]}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("Expected `int` - at `$.rows[0].a`", (".rows[0].a", 1)),
        ("no - at `$.rows[1].b`", (".rows[1].b", ["x", "y"])),
        ("a - at `$.x - at `$.rows[1].b.x`", (".rows[1].b.x", 2)),
        ("no - at `$.rows[2].a`", (".rows[2].a", None)),
        ("no - at `$.rows[1].c`", (".rows[1].c", None)),
        ("no - at `$.rows[...].a`", (".rows[...].a", None)),
        ("no - at `$.rows[0].a.b`", (".rows[0].a.b", None)),
        ("nowhere", ("", ["rows"])),
    ],
)
def test_an_error_of_a_document_names_the_place_and_what_stands_there(message: str, said: tuple[str, object]) -> None:
    assert whereabouts(TREE, message) == said


def test_quality_is_said_in_the_language_that_was_asked() -> None:
    assert words(0) == words(0, "en") == []
    assert words(5) == ["报警", "标校"]
    assert words(5, "en") == ["alarm", "calibration"]
    assert words(1 << 15) == ["未知标志 32768"]
    assert words((1 << 15) | 1, "en") == ["alarm", "unknown flag 32768"]
    assert words(sum(NAMES), "en") == [en for _, en in NAMES.values()]


def test_what_turns_or_hides_a_text_is_shown_as_a_sign_of_its_own() -> None:
    assert shown("煤 gas") == "煤 gas"
    assert shown("a\u202eb\n") == "a\ufffdb\ufffd"
    assert shown("a\u202eb\n", "\n") == "a\ufffdb\n"
    assert shown("X\u202e") == "X\ufffd"
    assert shown("a\u3000b\u200b") == "a\u3000b\ufffd"


# ------------------------------------------------------------ found lacking one by one


def test_bits_are_added_by_the_bounds_of_each_point_and_nothing_else_changes() -> None:
    points = (point(id="A"), point(id="B", quantity="wind_speed"))
    bounds = Bounds.of(registry(*points))
    assert (bounds.low.tolist(), bounds.high.tolist()) == ([one.measures.low for one in points], [one.measures.high for one in points])
    assert (bounds.low.dtype, bounds.high.dtype) == (np.float64, np.float64)

    inside = Block.of([0, 1], [5, 6], bounds.high, [1, 2])
    assert flagged(inside, bounds) is inside
    unsure = flagged(inside, bounds, clock_suspect=True)
    assert (unsure.point.tolist(), unsure.time.tolist(), unsure.value.tolist()) == ([0, 1], [5, 6], bounds.high.tolist())
    assert unsure.quality.tolist() == [1 | CLOCK_SUSPECT, 2 | CLOCK_SUSPECT]
    odd = flagged(Block(*columns(inside, [float("nan"), bounds.low[1] - 1]), slice(0, 2)), bounds)
    assert (odd.quality.tolist(), odd.run, odd.quality.dtype) == ([1 | NOT_A_NUMBER, 2 | OUT_OF_RANGE], slice(0, 2), np.uint16)
    mixed = flagged(Block(*columns(inside, [float("inf"), bounds.low[1]])), bounds)
    assert (mixed.quality.tolist(), mixed.run) == ([1 | NOT_A_NUMBER, 2], None)


def columns(block: Block, values: list[float]) -> tuple[Any, Any, Any, Any]:
    return block.point, block.time, np.array(values), block.quality


def test_columns_have_their_types_whatever_they_are_made_of() -> None:
    block = Block.of([1, 2], np.array([1, 2], np.int32), [1, 2], np.array([1, 2], np.int64))  # type: ignore[arg-type]

    assert [column.dtype.str for column in (block.point, block.time, block.value, block.quality)] == ["<i4", "<i8", "<f8", "<u2"]


def test_bytes_that_only_look_like_a_letter_are_messagepack() -> None:
    assert spoiled(decode, State, b"X") == ("malformed", "not a State: Expected `array`, got `int`")


def test_a_json_of_numbers_by_name_reads_null_as_no_number() -> None:
    event = {"kind": "event", "point": "p", "rule": "r", "change": "raise", "time": 1, "value": None, "limit": 2.0, "quality": 0}
    event |= {"clause": "", "reason": "", "decided": 1, "numbers": {"a": None, "b": 1.5}}
    item = decode(Item, msgspec.json.encode({"v": 1, "epoch": "e", "seq": 0, "made": 1, "body": event}))

    assert isinstance(item.body, Event)
    assert math.isnan(item.body.numbers["a"])
    assert (item.body.numbers["b"], item.body.value, item.body.limit) == (1.5, None, 2.0)
    told = msgspec.json.decode(to_json(item))
    assert (list(told), told["body"]["kind"], told["body"]["numbers"]) == (
        ["v", "epoch", "seq", "made", "body"],
        "event",
        {"a": None, "b": 1.5},
    )


def test_long_names_are_quoted_in_part() -> None:
    long = "g" * 99
    out = BytesIO()
    FileWriter(out, header_for(SECRET, long, "0" * 16, 1, b"", 1)).finish(SECRET)
    assert spoiled(read_file, out.getvalue(), dict[str, bytes]().get) == ("foreign", f"no public key of gateway {'g' * 90!r} is given here")
    said = f"made with key {key_id(PUBLIC)}; the one given for {'g' * 90!r} is {key_id(public_of(FOREIGN))}"
    assert spoiled(read_file, out.getvalue(), {long: public_of(FOREIGN)}.get) == ("foreign", said)
    line = "x" * 200
    assert spoiled(read_anchors, f"# a\n{line}") == (
        "anchor",
        f"line 2: {'x' * 100!r} is no anchor; one looks like 12:<64 hex digits>:2026-11-30",
    )
    said = "prefix/suffix like 88.123.1/GAS-0042: segments of letters and digits joined by dots, a slash, printable letters without spaces"
    assert refused(check_identifier, "there", "x y") == ("there", "x y", f"{said}, at most 128 letters")


def test_a_header_may_be_as_long_as_a_payload() -> None:
    size = len(encode(header_for(SECRET, "g" * 60000, "0" * 16, 1, b"", 1)))
    gateway = "g" * (60000 + MAX_BYTES - size)
    out = BytesIO()
    FileWriter(out, header_for(SECRET, gateway, "0" * 16, 1, b"", 1)).finish(SECRET)

    assert read_file(out.getvalue(), {gateway: PUBLIC}.get).header.gateway == gateway


def test_all_trusted_keys_are_named() -> None:
    trusted = care.trusted_by([public_of(bytes(range(at, at + 32))).hex() for at in (1, 2)])
    with pytest.raises(BadSignature) as told:
        care.opened(care.Command, care.signed(COMMAND, SECRET), trusted)
    assert str(told.value).endswith(f"; trusted: {', '.join(trusted)}")


def test_a_place_may_end_with_any_letter() -> None:
    assert whereabouts({"X": {"XX": 3}}, "no - at `$.X.XX`") == (".X.XX", 3)
