"""Files that come from elsewhere: bombs, endless nesting, poisoned lists and links; what is no list is refused, and in no time."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import openpyxl
import pytest

from console.fleet.notices import read_list
from console.fleet.registering import NotEntered
from contracts.clock import from_iso
from contracts.errors import BadConfig
from contracts.points import Registry
from edge_agent.sources import point_list, workbook
from edge_agent.sources.kj_layout import read_layout
from edge_agent.sources.point_import import LONGEST, Imported, import_points
from edge_agent.sources.point_list import read_point_list
from tests.edge_agent.test_csv_tail import HEAD, append, row, tail

LAYOUT = read_layout(str(Path(__file__).parents[2] / "docs" / "sources" / "kj_layout.toml"))
HEADING = ("测点编码", "传感器类型", "单位", "安装位置", "区域")
GOOD = ("T01", "甲烷", "%CH4", "工作面", "face")
ENTITIES = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{more}<!ENTITY file SYSTEM "file:///etc/passwd">]>"""
BILLION = ENTITIES.format(more="".join(f'<!ENTITY a{at + 1} "{f"&a{at};" * 10}">' for at in range(9)))
SHEET = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
CELL = '<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def book(**parts: str) -> bytes:
    """A workbook of one sheet, some of its parts changed: `sheet`, `strings`."""
    made = openpyxl.Workbook()
    made.active.append(list(HEADING))
    made.active.append(list(GOOD))
    plain, out = io.BytesIO(), io.BytesIO()
    made.save(plain)
    named = {"xl/worksheets/sheet1.xml": parts.get("sheet"), "xl/sharedStrings.xml": parts.get("strings")}
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, named.pop(name, None) or old.read(name))
        for name, text in named.items():
            new.writestr(name, text or "")
    return out.getvalue()


def listed(folder: Path, data: bytes, name: str = "list.xlsx") -> point_list.Rows:
    (folder / name).write_bytes(data)
    return read_point_list(str(folder / name), LAYOUT)


def refused(folder: Path, data: bytes) -> None:
    """Both doors that take a workbook refuse it by name, soon and without much memory."""
    tracemalloc.start()
    with pytest.raises(BadConfig, match="FILE = "):
        listed(folder, data)
    with pytest.raises(NotEntered):
        read_list("list.xlsx", data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 60_000_000


def test_a_workbook_is_read(tmp_path: Path) -> None:
    assert [texts["point"] for _, texts in listed(tmp_path, book())] == ["T01"]


@pytest.mark.parametrize(
    "data",
    [
        book(sheet=SHEET.format(rows=CELL.format(row=1, text=" " * (70 << 20)))),
        book(strings=" " * (70 << 20)),
        book(sheet=SHEET.format(rows="<row><c><is>" * 2_000)),
        book(sheet=BILLION + SHEET.format(rows=CELL.format(row=1, text="&a9;"))),
        book(sheet=ENTITIES.format(more="") + SHEET.format(rows=CELL.format(row=1, text="&file;"))),
        book(sheet="this is no XML"),
        book(sheet=SHEET.format(rows='<row r="x"><c r="no" t="s"><v>99999999</v></c></row>')),
        book()[:-40],
        b"PK\x03\x04 and nothing else",
        b"",
    ],
    ids=["bomb", "strings", "nested", "entities", "file", "no-xml", "no-cell", "cut", "no-zip", "empty"],
)
def test_a_workbook_that_is_a_bomb_or_none_is_refused(tmp_path: Path, data: bytes) -> None:
    refused(tmp_path, data)


def test_rows_that_are_not_there_cost_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cell in the last row of each of many sheets: the rows before it are made up by the reader."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 5_000)
    rows = CELL.format(row=1, text="x") + CELL.format(row=workbook.MOST_ROWS, text="y")
    tracemalloc.start()
    with pytest.raises(BadConfig):
        listed(tmp_path, book(sheet=SHEET.format(rows=rows)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3_000_000  # cells of nothing would be 8 MB


def test_a_workbook_of_too_many_parts_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO(book())
    with zipfile.ZipFile(out, "a") as more:
        for at in range(workbook.MOST_PARTS + 1):
            more.writestr(f"x/{at}", "")
    with pytest.raises(BadConfig, match="parts"):
        listed(tmp_path, out.getvalue())


def test_a_list_that_is_longer_than_any_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(point_list, "MOST_BYTES", 1_000)
    with pytest.raises(BadConfig, match="at most"):
        listed(tmp_path, b"x" * 1_001, "list.csv")
    monkeypatch.undo()
    monkeypatch.setattr(point_list, "MOST_ROWS", 3)
    with pytest.raises(BadConfig, match="at most 3 rows"):
        listed(tmp_path, "\n".join([",".join(HEADING), *[",".join(GOOD)] * 4]).encode(), "list.csv")


@pytest.mark.parametrize("bad", [b'"' + b"x" * 200_000 + b'",1\n', b"a\rb,1\n", b"\x00,1\n"])
def test_bytes_that_are_no_csv_are_refused_by_name(tmp_path: Path, bad: bytes) -> None:
    with pytest.raises(BadConfig, match="FILE = "):
        listed(tmp_path, bad, "list.csv")
    with pytest.raises(NotEntered):
        read_list("list.csv", bad)


# ------------------------------------------------------------ what stands in a list


def imported(folder: Path, *rows: tuple[str, ...]) -> Imported:
    made = openpyxl.Workbook()
    for one in (HEADING, *rows):
        made.active.append([f"'{cell}" if cell.startswith("=") else cell for cell in one])
        for cell in made.active[made.active.max_row]:
            if isinstance(cell.value, str) and cell.value.startswith("'="):
                cell.value, cell.data_type = cell.value[1:], "s"
    out = io.BytesIO()
    made.save(out)
    return import_points(listed(folder, out.getvalue()), LAYOUT, Imported(Registry("mine", "矿", "mine", ())), 0)


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("place", "工作面\u202egpj"),
        ("place", "工作面\u200b"),
        ("place", "x" * (LONGEST + 1)),
        ("area", "face\u2066"),
        ("point", "T\u200b01"),
        ("point", "T\u202e10"),
    ],
)
def test_text_that_is_not_seen_or_has_no_end_is_told_by_row_and_field_and_nothing_is_written(tmp_path: Path, field: str, text: str) -> None:
    bad = dict(zip(("point", "type", "unit", "place", "area"), GOOD, strict=True)) | {field: text}
    made = imported(tmp_path, tuple(bad.values()))

    assert made.refused
    assert [(doubt.row, doubt.field) for doubt in made.doubts if doubt.error] == [(2, field)]
    assert not any({"\u202e", "\u200b", "\u2066"} & set(doubt.value + doubt.point) for doubt in made.doubts if doubt.error)


@pytest.mark.parametrize(
    "code", ["../../etc/passwd", "/etc/passwd", "C:\\x", "a/b", "..", "=cmd|' /C calc'!A0", "T01'; drop table points;--", "T 01"]
)
def test_a_code_that_is_a_path_a_formula_or_a_command_becomes_an_id_of_letters_and_digits(tmp_path: Path, code: str) -> None:
    (point,) = imported(tmp_path, (code, *GOOD[1:])).registry.points

    assert point.id.isalnum()


def test_a_code_that_stands_twice_with_other_content_is_refused(tmp_path: Path) -> None:
    assert imported(tmp_path, GOOD, (*GOOD[:3], "回风巷", "face")).refused
    assert not imported(tmp_path, GOOD, GOOD).refused


def test_a_cell_of_several_lines_is_one_text(tmp_path: Path) -> None:
    (point,) = imported(tmp_path, (*GOOD[:3], "1301 \r\n 工作面\t回风", "face")).registry.points

    assert point.place_zh == "1301 工作面 回风"


# ------------------------------------------------------------ a file that is read all the time


@pytest.mark.parametrize("bad", ["2026-11-24 08:00:01,0.6\r0.7,9,\n", '2026-11-24 08:00:01,"' + "x" * 140_000 + '",9,\n'])
async def test_bytes_that_are_no_csv_do_not_end_the_agent_and_the_rows_around_them_come(tmp_path: Path, bad: str) -> None:
    """Such a row ended the agent, which met it again at every start: nothing of that gateway was read any more."""
    append(tmp_path, HEAD + row(0, 0.5))
    with (tmp_path / "gas.csv").open("a", encoding="utf-8", newline="") as file:
        file.write(bad + row(2, 0.7))
    one = tail(tmp_path)
    answer = await one.poll(from_iso("2026-11-24T08:00:00Z"))

    assert answer.block is not None
    assert answer.block.value.tolist() == [0.5, 0.7]
    assert (one.damaged, "no CSV" in answer.why) == (1, True)


async def test_a_heading_that_is_no_csv_is_told_and_waited_for(tmp_path: Path) -> None:
    (tmp_path / "gas.csv").write_bytes(b"time,A\rB\n" + row(0, 0.5).encode())
    answer = await tail(tmp_path).poll(from_iso("2026-11-24T08:00:00Z"))

    assert answer.block is None
    assert "no CSV" in answer.why
