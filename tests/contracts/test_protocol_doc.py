"""`docs/protocol.md` says what the code does: its examples are decoded, its tables held against the structs."""

import math
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec
import numpy as np
import pytest

from contracts import batchfile, care, payload, quality
from contracts.batchfile import FileHeader
from contracts.codec import MAX_DECODED, MAX_READINGS, pack, unpack
from contracts.columns import Block
from contracts.digest import MASK, item_digest
from contracts.payload import (
    Batch,
    Birth,
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
from contracts.points import Point, Registry, read_registry
from contracts.topics import DOWN, ID_RULE, RETAINED, UP, Lane

DOC = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
WIRE = [Item, Batch, Poll, RegistryPart, Event, Returns, Finding, Lost, Birth, Extent, State, Receipt, Told, FileHeader, *care.MESSAGES]
KINDS = {kind.__name__: kind for kind in payload.MESSAGES}
WORDS: dict[Any, str] = {payload.Count: "count", payload.Stamp: "stamp", payload.Bits: "bits", payload.Signed: "signed"}
WORDS |= {int: "int", str: "text", bool: "bool", bytes: "bytes", float: "number", type(None): "null"}


def fences(language: str) -> dict[tuple[str, ...], str]:
    """The fenced examples of one language by the words after it."""
    found = re.findall(rf"^```{language}((?: [^\n]*)?)\n(.*?)^```$", DOC, flags=re.MULTILINE | re.DOTALL)
    return {tuple(words.split()): text for words, text in found}


def hex_bytes(text: str) -> bytes:
    return bytes.fromhex("".join(line.partition("#")[0] for line in text.splitlines()))


def tables(heading: str) -> Iterator[list[str]]:
    """The rows of the first table under a heading, cells stripped."""
    section = re.split(r"^#+ ", DOC.partition(f"\n{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    assert rows, heading
    for row in rows[2:]:
        yield [cell.strip() for cell in row[1:-1].split("|")]


HEX = {words: hex_bytes(text) for words, text in fences("hex").items()}
JSON = {words: text.encode() for words, text in fences("json").items()}


@pytest.mark.parametrize("words", HEX, ids=" ".join)
def test_hex_examples_are_messages_written_as_we_write_them(words: tuple[str, str]) -> None:
    assert encode(decode(KINDS[words[0]], HEX[words])) == HEX[words]


@pytest.mark.parametrize("words", [words for words in JSON if words[0] in KINDS], ids=" ".join)
def test_json_examples_are_the_messages_of_the_same_name(words: tuple[str, str]) -> None:
    message = decode(KINDS[words[0]], JSON[words])

    assert encode(message) == HEX.get(words, encode(message))


def test_examples_show_every_kind_of_message() -> None:
    assert {words[0] for words in [*HEX, *JSON]} >= set(KINDS)


def readings(text: str) -> Block:
    rows = [line.split() for line in text.splitlines()[1:]]
    point, time, value, bits = zip(*rows, strict=True)
    return Block.of([int(p) for p in point], [int(t) for t in time], [float(v) for v in value], [int(q) for q in bits])


def test_the_worked_example_unpacks_to_its_readings_and_packs_to_its_columns() -> None:
    block = readings(fences("readings")["batch",])
    batch = decode(Item, HEX["Item", "batch"]).body
    assert isinstance(batch, Batch)

    assert unpack(batch).same(block)
    assert pack(block, batch.registry, batch.polls) == batch


def test_values_as_a_list_are_the_same_readings() -> None:
    batch = decode(Item, JSON["Item", "batch-as-list"]).body
    assert isinstance(batch, Batch)

    seen, told = unpack(batch), readings(fences("readings")["batch",])

    assert np.array_equal(seen.value, told.value, equal_nan=True)
    assert math.isnan(seen.value[2])
    assert seen.point.tolist() == told.point.tolist()


def test_the_registry_example_is_what_its_item_carries_and_its_name_says() -> None:
    part = decode(Item, HEX["Item", "registry"]).body
    assert isinstance(part, RegistryPart)

    registry = read_registry(JSON["Registry", "registry"].strip())

    assert registry.data == part.data == JSON["Registry", "registry"].strip()
    assert registry.name == part.name == decode(Birth, JSON["Birth", "birth"]).registry
    assert f"`{registry.name}`" in DOC


def test_digests_are_those_of_the_examples_and_the_receipt_holds_their_sums() -> None:
    items = {name: item_digest(data) for (kind, name), data in HEX.items() if kind == "Item"}
    told = decode(Receipt, HEX["Receipt", "receipt"]).epochs

    (text,) = fences("digests").values()
    for line in text.splitlines():
        names, _, digits = line.rpartition(" ")
        assert sum(items[name.strip()] for name in names.split("+")) & MASK == int(digits, 16)
    assert told[1].held == [(0, 1, (items["registry"] + items["batch"]) & MASK)]
    assert told[2].held == [(0, 1, (items["event"] + items["lost"]) & MASK)]


def type_word(hint: Any) -> str:
    """A type as the doc spells it."""
    if hint in WORDS:
        return WORDS[hint]
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return hint.__name__
    inner = [type_word(argument) for argument in get_args(hint) if argument is not Ellipsis]
    origin = get_origin(hint)
    if origin is list or Ellipsis in get_args(hint):
        return f"list of {inner[0]}"
    if origin is tuple:
        return f"({', '.join(inner)})"
    if origin is dict:
        return f"map of {inner[0]} to {inner[1]}"
    last = ", or " if inner[-1].startswith("list") else " or "
    return ", ".join(inner[:-1]) + last + inner[-1]


def fields_of(kind: Any) -> list[list[str]]:
    """Position, name, type and default of every field, as the doc's table must have them."""
    hints = typing.get_type_hints(kind, include_extras=True)
    tag = kind.__struct_config__.tag
    rows = [["0", "", "tag", f"`{tag}`"]] if tag else []
    for at, field in enumerate(msgspec.structs.fields(kind), len(rows)):
        default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
        word = "required" if default is msgspec.NODEFAULT else f"`{msgspec.json.encode(default).decode()}`"
        rows.append([str(at), f"`{field.name}`", type_word(hints[field.name]), word])
    return rows


@pytest.mark.parametrize("kind", [*WIRE, Registry, Point], ids=lambda kind: kind.__name__)
def test_every_struct_has_its_table_field_by_field(kind: type) -> None:
    assert [row[:4] for row in tables(f"### {kind.__name__}")] == fields_of(kind)


def test_no_struct_of_the_wire_is_left_out() -> None:
    things = (*vars(payload).values(), *vars(care).values(), *vars(batchfile).values())
    structs = {thing for thing in things if isinstance(thing, type) and issubclass(thing, msgspec.Struct)}

    assert structs - {payload.Wire, payload.Versioned} == set(WIRE)


def test_every_lane_is_there_with_its_direction_and_retention() -> None:
    told = [row[:3] for row in tables("## 1. Topics and lanes")]

    assert told == [[f"`{lane}`", "up" if lane in UP else "down", "yes" if lane in RETAINED else "no"] for lane in Lane]
    assert set(UP) | set(DOWN) == set(Lane)


def test_every_quality_bit_is_there_in_both_languages() -> None:
    assert list(tables("## 7. Quality")) == [[str(bit), zh, en] for bit, (zh, en) in quality.NAMES.items()]


def test_limits_flags_and_reasons_are_those_of_the_code() -> None:
    limits = {row[0]: row[1] for row in tables("## 13. Limits")}

    assert limits["payload"] == f"{payload.MAX_BYTES:,} bytes"
    assert limits["readings in a batch"] == f"{MAX_DECODED:,}"
    assert limits["readings in a batch that always fits"] == f"{MAX_READINGS:,}"
    assert limits["mine and gateway id"] == ID_RULE
    assert (payload.CLOCK_SET_BACK, payload.CLOCK_UNSURE, payload.VERSION, payload.READS) == (1, 2, 1, (1,))
    assert (payload.DATA_STREAM, payload.EVENT_STREAM) == ("data", "event")
