"""A list of official assessments (CSV in UTF-8 or GB 18030, or XLSX) as it was published: every doubtful row is named, none is guessed."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

import msgspec
from sqlalchemy import Connection

from console.fleet import registers
from console.fleet.registering import Deed, NotEntered, bare, enter_assessment, notice_id
from fleet.bodies import Assessment, Level, Object, Profile

T = TypeVar("T")
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "mine": ("mine", "煤矿", "煤矿名称", "矿井", "矿井名称", "选煤厂", "选煤厂名称"),
    "object": ("object", "对象", "类型", "项目类型"),
    "subject": ("subject", "工作面", "工作面编号"),
    "level": ("level", "等级", "评定等级", "智能化等级"),
    "notice_date": ("notice_date", "公示日期", "公告日期"),
    "authority": ("authority", "评定单位", "公示单位"),
    "document": ("document", "文件", "公示文件", "文号"),
    "document_sha256": ("document_sha256", "sha256"),
    "rule": ("rule", "评定办法"),
    "valid_to": ("valid_to", "有效期至"),
    "revoked": ("revoked", "撤销日期"),
}
"""Headings by field. A column with another heading is told, and not read."""
OBJECTS = {
    **{str(one): one for one in Object},
    **dict.fromkeys(("煤矿", "矿井"), Object.MINE),
    **dict.fromkeys(("工作面", "采煤工作面", "掘进工作面", "采掘工作面"), Object.FACE),
    "选煤厂": Object.WASHERY,
}
LEVELS = {**{str(one): one for one in Level}, "初级": Level.PRIMARY, "中级": Level.INTERMEDIATE, "高级": Level.ADVANCED}
DATES = ("notice_date", "valid_to", "revoked")
MOST_ROWS, HEADING_WITHIN, MOST_COLUMNS = 5_000, 10, 60
MOST_BYTES, MOST_SHEETS = 64_000_000, 50
"""Of a workbook when it is unpacked: a small file can hold gigabytes of nothing."""
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A row that is not entered as it stands: which (as the file counts, from 1), which field, what stood there, what is allowed."""

    row: int
    field: str
    value: str
    allowed: str


@dataclass(slots=True)
class Outcome:
    """What came of a list. `good`: rows that can be entered; `written`: whether they were; `already`: rows that stand already; `ignored`:
    headings not read."""

    rows: int = 0
    good: int = 0
    written: bool = False
    already: int = 0
    doubtful: list[Doubt] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Listed:
    """The rows of a list: number and texts by field; headings that are not ours."""

    rows: tuple[tuple[int, dict[str, str]], ...]
    ignored: tuple[str, ...]


def read_list(name: str, data: bytes) -> Listed:
    """The rows of a file; NotEntered where it is no such list."""
    tables = _sheets(data) if name.lower().endswith((".xlsx", ".xlsm")) else iter([_table(data)])
    for table in tables:
        for at, row in enumerate(table[:HEADING_WITHIN]):
            fields = [_field(cell) for cell in row]
            if "mine" in fields:
                return _rows(table, at, fields)
    raise NotEntered("file", name, f"a CSV or XLSX list with a heading mine or 煤矿名称 in its first {HEADING_WITHIN} rows")


def enter_list(
    db: Connection,
    listed: Listed,
    given: Mapping[str, str],
    deed: Deed,
    mines: frozenset[str] | None,
    *,
    good_only: bool = False,
    dry: bool = False,
) -> Outcome:
    """Enter all rows, or (one is doubtful and not `good_only`, or `dry`) none. `given`: what the list's head says for all its rows.
    `mines`: whom the caller may see; None: all."""
    outcome = Outcome(len(listed.rows), ignored=list(listed.ignored))
    profiles = [one.body for id_, one in registers.profiles(db).items() if mines is None or id_ in mines]
    fresh: set[str] = set()
    attempt = db.begin_nested()
    for number, texts in listed.rows:
        try:
            body = _fresh(assessment_of({**given, **{name: text for name, text in texts.items() if text}}, profiles), fresh)
            if _stands(db, body):
                outcome.already += 1
                continue
            enter_assessment(db, body, deed)
            fresh.add(body.id)
        except NotEntered as refused:
            outcome.doubtful.append(Doubt(number, refused.field, str(refused.value)[:80], refused.allowed))
    outcome.good, outcome.written = len(fresh), bool(fresh) and not dry and (good_only or not outcome.doubtful)
    if outcome.written:
        attempt.commit()
    else:
        attempt.rollback()
    return outcome


def assessment_of(texts: Mapping[str, str], profiles: Sequence[Profile]) -> Assessment:
    """A row as a notice; NotEntered where a field says nothing we know."""
    mine = _mine(texts.get("mine", ""), profiles)
    object_ = _one_of("object", texts.get("object", "") or str(mine.object), OBJECTS)
    dates = {name: _date(name, texts.get(name, "")) for name in DATES}
    body = Assessment(
        id="",
        mine=mine.mine,
        object=object_,
        subject=texts.get("subject", ""),
        authority=texts.get("authority", ""),
        level=_one_of("level", texts.get("level", ""), LEVELS),
        document=texts.get("document", ""),
        document_sha256=texts.get("document_sha256", "").lower(),
        rule=texts.get("rule", ""),
        **dates,
    )
    return msgspec.structs.replace(body, id=notice_id(body))


def _fresh(body: Assessment, earlier: set[str]) -> Assessment:
    if body.id in earlier:
        raise NotEntered("mine", body.mine, "a notice that does not stand in an earlier row")
    return body


def _stands(db: Connection, body: Assessment) -> bool:
    there = registers.newest(db, "assessment", body.mine, body.id)
    if there is None or not isinstance(there[1], Assessment):
        return False
    standing = bare(there[1])
    return all(getattr(standing, name) == getattr(body, name) for name in body.__struct_fields__ if name != "by")


def _mine(text: str, profiles: Sequence[Profile]) -> Profile:
    found = [one for one in profiles if one.mine == text] or [one for one in profiles if text and text in (one.name_zh, one.name_en)]
    if len(found) != 1:
        what = (
            "a registered mine's id or its exact name"
            if not found
            else f"an id: several have that name ({', '.join(one.mine for one in found)})"
        )
        raise NotEntered("mine", text, what)
    return found[0]


def _one_of(name: str, text: str, known: Mapping[str, T]) -> T:
    if text not in known:
        raise NotEntered(name, text, ", ".join(known))
    return known[text]


def _date(name: str, text: str) -> str:
    if not text and name != "notice_date":
        return ""
    found = _DATE.match(text)
    if found is None:
        raise NotEntered(name, text, "a date such as 2024-12-31 or 2024年12月31日")
    return "-".join((found[1], found[2].zfill(2), found[3].zfill(2)))


def _field(cell: str) -> str | None:
    text = cell.strip().lower()
    return next((name for name, words in HEADINGS.items() if text in words), None)


def _rows(table: list[list[str]], at: int, fields: list[str | None]) -> Listed:
    named = [name for name in fields if name]
    if len(set(named)) != len(named):
        raise NotEntered("file", ", ".join(table[at]), "headings of which each names another field")
    rows = []
    for number, row in enumerate(table[at + 1 :], start=at + 2):
        texts = {name: cell.strip() for name, cell in zip(fields, row, strict=False) if name}
        if any(texts.values()):
            rows.append((number, texts))
    if len(rows) > MOST_ROWS:
        raise NotEntered("file", len(rows), f"at most {MOST_ROWS} rows")
    return Listed(tuple(rows), tuple(cell.strip() for cell, name in zip(table[at], fields, strict=True) if not name and cell.strip()))


def _table(data: bytes) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(_text(data))))
    except csv.Error as error:
        raise NotEntered("file", "(bytes)", f"CSV ({error})") from error


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotEntered("file", "(bytes)", "CSV in UTF-8 or GB 18030, or an XLSX workbook")


def _sheets(data: bytes) -> Iterator[list[list[str]]]:
    import openpyxl  # type: ignore[import-untyped]  # noqa: PLC0415  # a fifth of a second, for the rare list that is a workbook
    from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        if sum(part.file_size for part in ZipFile(io.BytesIO(data)).infolist()) > MOST_BYTES:
            raise NotEntered("file", "(bytes)", f"an XLSX workbook of at most {MOST_BYTES // 1_000_000} MB when unpacked")
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for sheet in book.worksheets[:MOST_SHEETS]:
            rows = sheet.iter_rows(max_row=MOST_ROWS + HEADING_WITHIN + 1, max_col=MOST_COLUMNS, values_only=True)
            yield [[_cell(cell) for cell in row] if any(cell is not None for cell in row) else [] for row in rows]
    except (InvalidFileException, BadZipFile, ParseError, KeyError, TypeError, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise NotEntered("file", "(bytes)", f"an XLSX workbook ({error})") from error


def _cell(cell: object) -> str:
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell)
