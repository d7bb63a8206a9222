"""Paper: what people wrote is text in a PDF and in a spreadsheet, never a command; numbers are numbers; both languages are set."""

import csv
import io
import shutil
import subprocess

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.paper import press
from console.paper.paper import Column, Number, Paper, Part, data_of, text_of
from console.paper.press import BadPaper, NoFont, family_of
from console.paper.sheets import csv_of, xlsx

HOSTILE = '#panic("run") $x^2$ *bold* = head\n- list <label> @ref \\ `raw` //'
FORMULAS = ["=1+1", "+cmd|'/c calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "=HYPERLINK(1)"]
CONTROL = {chr(code) for code in (*range(9), *range(11, 32), 127, 0xFFFE, 0xFFFF)}
"""What XML cannot hold."""
needs_font = pytest.mark.skipif(
    not set(press.FAMILIES) & set(press.fonts().families()), reason="no font with Chinese signs on this machine (fonts-noto-cjk)"
)


def paper(*rows: tuple[str | int | Number, ...], lang: str = "zh", title: str = "安全监控日报表") -> Paper:
    part = Part("报警", ("依据",), tuple(Column(name) for name in ("测点", "最大", "备注")), rows, "没有记录")
    labels = {"name": "签名", "time": "时间", "page": "页"}
    return Paper(lang, title, (("矿井", "北山煤矿"),), (part,), ("矿长",), "未知不等于正常", "草稿", labels=labels)


ROW = ("T01", Number(1.325, 2), "未知")


@needs_font
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_paper_is_a_pdf_and_the_same_data_make_the_same_bytes(lang):
    made = press.pdf("paper", data_of(paper(ROW, lang=lang)))

    assert made.startswith(b"%PDF-")
    assert made == press.pdf("paper", data_of(paper(ROW, lang=lang)))
    assert made != press.pdf("paper", data_of(paper(ROW, ROW, lang=lang)))


@needs_font
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not installed (poppler-utils)")
def test_the_words_of_a_pdf_can_be_read_out_of_it(tmp_path):
    file = tmp_path / "paper.pdf"
    file.write_bytes(press.pdf("paper", data_of(paper(ROW))))

    said = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True).stdout

    assert all(word in said for word in ("安全监控日报表", "北山煤矿", "1.32", "未知", "矿长", "草稿"))


@needs_font
def test_what_people_wrote_is_set_as_text_and_never_run():
    press.pdf("paper", data_of(paper((HOSTILE, 1, HOSTILE), title=HOSTILE)))
    press.pdf("paper", data_of(paper(("\x00\x07\ud7ff\U0001f525", 1, "\u202e"))))


@needs_font
def test_a_png_is_the_first_page():
    made = press.png("paper", data_of(paper(ROW)), ppi=36)

    assert made.startswith(b"\x89PNG")
    width, height = (int.from_bytes(made[at : at + 4], "big") for at in (16, 20))
    assert abs(width - 298) <= 2
    assert abs(height - 421) <= 2


@needs_font
def test_data_a_template_cannot_be_made_of_are_refused_by_name():
    with pytest.raises(BadPaper, match=r"paper\.typ"):
        press.pdf("paper", {"lang": "zh"})


def test_the_best_font_is_taken_and_without_one_nothing_is_printed():
    assert family_of(["DejaVu Sans", "WenQuanYi Micro Hei", "Noto Sans CJK SC"]) == "Noto Sans CJK SC"
    assert family_of(["WenQuanYi Micro Hei"]) == "WenQuanYi Micro Hei"
    with pytest.raises(NoFont, match="fonts-noto-cjk"):
        family_of(["DejaVu Sans", "Libertinus Serif"])


def test_a_machine_without_the_font_refuses_instead_of_printing_boxes(monkeypatch):
    class Bare:
        def families(self) -> list[str]:
            return ["DejaVu Sans"]

    monkeypatch.setattr(press, "fonts", Bare)
    with pytest.raises(NoFont):
        press.pdf("paper", data_of(paper(ROW)))


def cells(made: bytes) -> dict[str, openpyxl.cell.Cell]:
    sheet = openpyxl.load_workbook(io.BytesIO(made)).active
    return {str(cell.value): cell for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")}


def test_a_number_is_a_number_in_a_spreadsheet_and_keeps_all_its_digits():
    found = cells(xlsx(paper(ROW, ("T02", 7, "好"))))

    assert (found["1.325"].value, found["1.325"].number_format) == (1.325, "0.00")
    assert found["7"].value == 7
    assert found["未知"].value == "未知"
    assert {"安全监控日报表", "北山煤矿", "矿长", "草稿", "未知不等于正常"} <= set(found)


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_people_wrote_is_a_formula(text):
    found = cells(xlsx(paper(("T01", 1, text))))
    [cell] = [cell for value, cell in found.items() if value.strip() == text.strip()]
    said = next(row for row in csv.reader(io.StringIO(csv_of(paper(("T01", 1, text))).decode("utf-8-sig"))) if row[:1] == ["T01"])

    assert cell.data_type == "s"
    assert said[2] == f"'{text}"


def test_a_csv_opens_in_excel_as_utf8_and_says_when_a_part_is_empty():
    made = csv_of(paper())

    assert made.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in made
    assert "没有记录" in made.decode("utf-8-sig")


@given(st.text(max_size=60))
@settings(max_examples=10, deadline=None)
def test_any_text_goes_into_a_spreadsheet_and_comes_out_as_text(text):
    book = openpyxl.load_workbook(io.BytesIO(xlsx(paper(("T01", 1, text), title=text or "x")))).active
    rows = list(csv.reader(io.StringIO(csv_of(paper(("T01", 1, text))).decode("utf-8-sig"))))
    kept = "".join("\ufffd" if letter in CONTROL else letter for letter in text)

    assert all(cell.data_type != "f" for row in book.iter_rows() for cell in row)
    assert next(row for row in rows if row[:1] == ["T01"])[2] in (kept, f"'{kept}")


def test_a_cell_is_read_with_its_own_decimals():
    assert [text_of(cell) for cell in ("未知", 3, Number(0.996, 4), Number(24, 0))] == ["未知", "3", "0.9960", "24"]
