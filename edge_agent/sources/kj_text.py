"""Bytes of a KJ file to numbered records of text. Pure; any bytes give records and the faults of the rest, nothing is raised."""

import codecs
from dataclasses import dataclass

from edge_agent.sources.kj_layout import FileKind, Layout

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_SEEN_OF_A_VALUE = 60
"""Characters of a refused value that are told."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing refused or doubted. `record` counts from 1 (0: the file itself); `text` is the whole record for the quarantine list."""

    record: int
    field: str
    value: str
    allowed: str
    text: str = ""

    def __str__(self) -> str:
        return f"record {self.record}, {self.field} = {self.value[:_SEEN_OF_A_VALUE]!r}; allowed: {self.allowed}"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as text, and the header of its section, by field name."""

    number: int
    text: str
    header: dict[str, str]


@dataclass(frozen=True, slots=True)
class Contents:
    """A file taken apart. `complete`: its end mark is there and nothing behind it; `rest`: what stands behind the last whole record.

    `headers`: one a section (empty where it is damaged); a record's `header` is one of these objects.
    """

    headers: list[dict[str, str]]
    records: list[Record]
    faults: list[Fault]
    complete: bool
    encoding: str
    rest: str


def decode(data: bytes, encodings: tuple[str, ...]) -> tuple[str, str]:
    """The text and its encoding: a byte order mark wins, then the first that fits, else the one with the fewest damaged places (U+FFFD).

    UTF-8 with a damaged byte often happens to be valid GB18030; many whole three-byte characters give it away.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), name
    tried: list[tuple[int, str, str]] = []
    for name in encodings:
        text = data.decode(name, "replace")
        damaged = text.count("\ufffd")
        if not damaged:
            return text, name
        if codecs.lookup(name).name == "utf-8" and sum(letter >= "\u0800" for letter in text) > 2 * damaged:
            return text, name
        tried.append((damaged, text, name))
    _, text, name = min(tried, key=lambda one: one[0])
    return text, name


def take_apart(data: bytes, layout: Layout, kind: FileKind) -> Contents:
    """Sections, headers and records of a file's bytes."""
    text, encoding = decode(data, layout.encodings)
    *sections, rest = text.split(layout.file_end)
    complete = bool(sections) and not rest.strip("\r\n\t \0\x1a\ufeff")
    headers: list[dict[str, str]] = []
    records: list[Record] = []
    faults: list[Fault] = []
    number = 0
    for section in sections if complete else [*sections, rest]:
        pieces = section.split(layout.record_end)
        if section is rest and not complete:
            rest = pieces.pop()
        headers.append({})
        number = _take_section(pieces, number, layout, kind, headers[-1], records, faults)
    return Contents(headers, records, faults, complete, encoding, rest.strip())


def _take_section(
    pieces: list[str], number: int, layout: Layout, kind: FileKind, header: dict[str, str], records: list[Record], faults: list[Fault]
) -> int:
    awaited = bool(kind.header)
    for piece in pieces:
        number += 1
        text = piece.strip("\r\n\t \ufeff")
        if not text:
            number -= piece is pieces[-1]
            continue
        if awaited:
            awaited = False
            fields = split_fields(text, layout.field_end, len(kind.header))
            if len(fields) == len(kind.header):
                header.update(zip(kind.header, fields, strict=True))
                continue
            if len(fields) != len(kind.fields):
                faults.append(Fault(number, "header", text, f"{len(kind.header)} fields: {', '.join(kind.header)}", text))
                if len(fields) < len(kind.fields):
                    continue
            else:
                faults.append(Fault(number, "header", "", "a header ahead of the first record"))
        records.append(Record(number, text, header))
    return number


def split_fields(text: str, mark: str, count: int) -> list[str]:
    """The fields of a record, stripped; empty ones behind the last are not counted."""
    fields = [field.strip() for field in text.split(mark)]
    while len(fields) > count and not fields[-1]:
        fields.pop()
    return fields


def rescued(record: Record, encoding: str, layout: Layout, count: int) -> list[Record]:
    """The records in one whose separator was taken for the second half of a damaged GBK character (`~` may be one); else none."""
    if record.text.count(layout.field_end) < count - 1:
        return []
    mark = layout.record_end.encode(encoding, "replace")
    text = "".join(
        "\ufffd" + layout.record_end if letter > "\x7f" and letter.encode(encoding, "ignore").endswith(mark) else letter
        for letter in record.text
    )
    pieces = text.split(layout.record_end)
    return [Record(record.number, piece.strip(), record.header) for piece in pieces] if len(pieces) > 1 else []
