"""A vendor's point list becomes a registry: every doubt is told, an error writes nothing, and importing again changes nothing."""

from pathlib import Path

import msgspec
import openpyxl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from alerts.packs import load
from console.cli.edge import command as edge
from contracts.clock import from_iso
from contracts.errors import BadConfig
from contracts.points import Point, Registry, read_registry
from edge_agent.sources.kj_layout import read_layout
from edge_agent.sources.kj_points import PointIndex
from edge_agent.sources.point_import import Imported, import_points

LAYOUT = Path(__file__).parents[2] / "docs" / "sources" / "kj_layout.toml"
READ, PACK = read_layout(str(LAYOUT)), load()
HEADING = ["测点编码", "传感器类型", "单位", "高量程", "低量程", "上限报警", "上限断电", "上限复电", "安装位置", "区域"]
T01 = ["T01", "甲烷", "%CH4", "4", "0", "1.0", "1.5", "1.0", "工作面", "face"]
C01 = ["C01", "0004", "ppm", "1000", "0", "", "", "", "回风巷", "face"]
LIST = [HEADING, T01, C01, ["D01", "风门", "", "", "", "", "", "", "风门一", "face"]]


class Desk:
    """A folder to work in."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out, self.codes = folder, folder / "points.json", folder / "codes.json"

    def write(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    def table(self, rows: list[list[str]], name: str = "list.csv", encoding: str = "utf-8") -> str:
        return self.write(name, "\r\n".join(",".join(row) for row in rows).encode(encoding))

    def run(self, file: str, *more: str) -> Result:
        told = ["import", file, "--mine", "mine-a", "--layout", str(LAYOUT), "--lang", "en", *more]
        return CliRunner().invoke(edge, told)

    def registry(self) -> Registry:
        return read_registry(self.out.read_bytes())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr("console.cli.edge_import.load", lambda: PACK)  # read once
    return Desk(tmp_path)


def ids(registry: Registry) -> list[tuple[str, str]]:
    return [(point.id, point.quantity) for point in registry.points]


THREE = [("T01", "methane"), ("C01", "carbon_monoxide"), ("D01", "air_door")]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-8-sig"])
def test_a_csv_list_becomes_a_registry(desk: Desk, encoding: str) -> None:
    done = desk.run(desk.table(LIST, encoding=encoding), "--out", str(desk.out))

    assert (done.exit_code, ids(desk.registry())) == (0, THREE)
    assert desk.registry().points[0].place_zh == "工作面"


def test_an_xlsx_list_with_a_title_above_its_heading_becomes_a_registry(desk: Desk) -> None:
    book = openpyxl.Workbook()
    for row in [["测点清单"], [], *LIST[:2], ["C01", "0004", "ppm", 1000, 0, None, None, None, "回风巷", "face"], LIST[3]]:
        book.active.append(row)
    book.save(desk.folder / "list.xlsx")
    done = desk.run(str(desk.folder / "list.xlsx"), "--out", str(desk.out))

    assert (done.exit_code, ids(desk.registry())) == (0, THREE)


def test_a_definition_file_becomes_a_registry_and_its_looser_settings_are_told(desk: Desk) -> None:
    text = "1;矿;2026-11-24 15:00:00~T01;F01;0001;%CH4;4;0;1.2;;1.5;1;;;工作面;2026-11-24 15:00:00~||"
    mapping = desk.write("map.csv", "place,row\n工作面,face_low_high\n")
    done = desk.run(desk.write("m_CDDY_1.txt", text), "--out", str(desk.out), "--mapping", mapping, "--by", "Wang")

    assert (done.exit_code, ids(desk.registry())) == (0, THREE[:1])
    assert "alarm value (1.2 %CH4) is looser than 1 %CH4" in done.output
    assert "Art.536" in done.output


def test_without_out_the_list_is_only_shown(desk: Desk) -> None:
    done = desk.run(desk.table(LIST))

    assert done.exit_code == 0
    assert "no official limit chosen" in done.output
    assert sorted(path.name for path in desk.folder.iterdir()) == ["list.csv"]


def test_the_review_is_in_chinese_where_nobody_asks_otherwise(desk: Desk) -> None:
    done = CliRunner().invoke(edge, ["import", desk.table(LIST), "--mine", "mine-a", "--layout", str(LAYOUT)])

    assert "未选择规定限值" in done.output
    assert "安装位置" in done.output


def changed(row: list[str], field: str, text: str) -> list[str]:
    return [text if name == field else cell for name, cell in zip(HEADING, row, strict=True)]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([T01, changed(T01, "安装位置", "别处")], "a code used twice"),
        ([changed(T01, "传感器类型", "水位")], "unknown sensor type"),
        ([changed(T01, "单位", "kPa")], "unknown unit"),
        ([changed(T01, "高量程", '"4,0"')], "a decimal comma"),
        ([changed(T01, "高量程", "four")], "not a number"),
        ([changed(T01, "高量程", "0")], "the range begins"),
        ([T01, changed(C01, "测点编码", "")], "no readable point code"),
    ],
)
def test_an_error_is_told_and_nothing_is_written(desk: Desk, rows: list[list[str]], told: str) -> None:
    done = desk.run(desk.table([HEADING, *rows]), "--out", str(desk.out))

    assert (done.exit_code, desk.out.exists()) == (1, False)
    assert told in done.output
    assert "nothing was written" in done.output


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([T01, T01], "the same row again"),
        ([changed(T01, "高量程", "400")], "outside of physical range"),
        ([changed(T01, "单位", "")], "no unit"),
        ([changed(T01, "安装位置", "")], "no place"),
        ([changed(T01, "安装位置", "２号工作面")], "full-width characters"),
        ([changed(T01, "上限报警", "１．０")], "full-width digits"),
        ([changed(T01, "上限报警", "1.1")], "no official limit chosen"),
    ],
)
def test_a_doubt_is_told_and_the_registry_is_written(desk: Desk, rows: list[list[str]], told: str) -> None:
    done = desk.run(desk.table([HEADING, *rows]), "--out", str(desk.out))

    assert (done.exit_code, len(desk.registry().points)) == (0, 1)
    assert told in done.output


def test_a_file_that_is_there_is_not_written_over(desk: Desk) -> None:
    desk.out.write_text("mine", encoding="utf-8")
    file = desk.table(LIST)
    refused = desk.run(file, "--out", str(desk.out))

    assert isinstance(refused.exception, BadConfig)
    assert desk.out.read_text(encoding="utf-8") == "mine"
    assert desk.run(file, "--out", str(desk.out), "--force").exit_code == 0
    assert ids(desk.registry()) == THREE


def test_importing_the_registry_or_the_list_again_changes_nothing(desk: Desk) -> None:
    file = desk.table(LIST)
    mapping = desk.write("map.csv", "place,row\nT01,face_low_high\n")
    desk.run(file, "--out", str(desk.out), "--mapping", mapping, "--by", "Wang")
    again, onto = desk.folder / "again.json", desk.folder / "onto.json"
    desk.run(str(desk.out), "--out", str(again))
    desk.run(file, "--onto", str(desk.out), "--out", str(onto))

    assert again.read_bytes() == onto.read_bytes() == desk.out.read_bytes()


def test_a_moved_point_is_closed_and_opened_anew_at_the_time_told(desk: Desk) -> None:
    desk.run(desk.table(LIST), "--out", str(desk.out))
    moved = desk.table([HEADING, changed(T01, "安装位置", "回风隅角"), *LIST[2:]], "moved.csv")
    untold = desk.run(moved, "--onto", str(desk.out), "--out", str(desk.out), "--force")
    done = desk.run(moved, "--onto", str(desk.out), "--out", str(desk.out), "--force", "--at", "2026-11-24T08:00:00Z")

    noon = from_iso("2026-11-24T08:00:00Z")
    assert (untold.exit_code, done.exit_code) == (1, 0)
    old, new = desk.registry().points[0], desk.registry().points[3]
    assert [(one.id, one.valid_from, one.valid_to, one.place_zh) for one in (old, new)] == [
        ("T01", 0, noon, "工作面"),
        ("T01-2", noon, None, "回风隅角"),
    ]
    again = desk.folder / "again.json"
    desk.run(moved, "--onto", str(desk.out), "--out", str(again), "--at", "2026-11-25T08:00:00Z")
    assert again.read_bytes() == desk.out.read_bytes()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("place,row\n工作面,no_such_row\n", "no such row"),
        ("place,row\n别处,face_low_high\n", "no point or place of that name"),
        ("place,row\nC01,face_low_high\n", "that measures methane"),
    ],
)
def test_a_mapping_that_fits_nothing_is_an_error(desk: Desk, text: str, told: str) -> None:
    done = desk.run(desk.table(LIST), "--out", str(desk.out), "--mapping", desk.write("map.csv", text), "--by", "Wang")

    assert (done.exit_code, desk.out.exists()) == (1, False)
    assert told in done.output


def test_a_mapping_needs_a_name_and_stands_with_it(desk: Desk) -> None:
    file, mapping = desk.table(LIST), desk.write("map.csv", "place,row\n工作面,face_low_high\n")

    assert isinstance(desk.run(file, "--mapping", mapping).exception, BadConfig)
    desk.run(file, "--mapping", mapping, "--by", "Wang", "--out", str(desk.out))
    point = desk.registry().points[0]
    assert (point.limit_row, point.mapped_by) == ("face_low_high", "Wang")


def test_codes_that_cannot_be_ids_are_written_beside_and_the_source_finds_their_points(desk: Desk) -> None:
    code = "140000000001" + "01MN0001" + "0" * 20
    file = desk.table([HEADING, changed(T01, "测点编码", code), changed(C01, "测点编码", "甲01")])
    assert isinstance(desk.run(file, "--out", str(desk.out)).exception, BadConfig)
    assert not desk.out.exists()
    desk.run(file, "--out", str(desk.out), "--codes-out", str(desk.codes))

    codes = msgspec.json.decode(desk.codes.read_bytes(), type=dict[str, str])
    index = PointIndex(desk.registry(), codes)
    assert [index.find(one, 0) for one in (code, "甲01")] == [0, 1]
    onto = desk.folder / "onto.json"
    desk.run(file, "--onto", str(desk.out), "--codes", str(desk.codes), "--out", str(onto), "--codes-out", str(desk.codes))
    assert onto.read_bytes() == desk.out.read_bytes()


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.csv", b"a,b\n1,2\n"), ("a.xlsx", b"no workbook"), ("a.txt", b"T01;1~"), ("a.csv", b"\xff\xfe\x00"), ("a.json", b"[]")],
)
def test_a_file_that_is_no_list_is_refused(desk: Desk, name: str, data: bytes) -> None:
    assert isinstance(desk.run(desk.write(name, data)).exception, BadConfig)


def test_two_points_whose_ids_look_like_installations_stay_two_points(desk: Desk) -> None:
    points = (Point("T01", "methane", "face", "工作面", "e"), Point("T01-2", "methane", "face", "别处", "e"))
    desk.out.write_bytes(Registry("mine-a", "矿", "m", points).data)
    file, again = desk.table([HEADING, T01, changed(changed(T01, "测点编码", "T01-2"), "安装位置", "别处")]), desk.folder / "again.json"
    done = desk.run(file, "--onto", str(desk.out), "--out", str(again))

    assert (done.exit_code, again.read_bytes()) == (0, desk.out.read_bytes())


def test_a_point_moved_twice_is_three_installations(desk: Desk) -> None:
    desk.run(desk.table([HEADING, T01]), "--out", str(desk.out))
    for place, day in (("二处", "24"), ("三处", "25")):
        moved = desk.table([HEADING, changed(T01, "安装位置", place)], "moved.csv")
        desk.run(moved, "--onto", str(desk.out), "--out", str(desk.out), "--force", "--at", f"2026-11-{day}T08:00:00Z")

    assert [point.id for point in desk.registry().points] == ["T01", "T01-2", "T01-3"]
    assert [point.valid_to is None for point in desk.registry().points] == [False, False, True]
    mapping = desk.write("map.csv", "place,row\nT01,face_low_high\n")
    desk.run(str(desk.out), "--mapping", mapping, "--by", "Wang", "--out", str(desk.out), "--force")
    assert [point.limit_row for point in desk.registry().points] == ["", "", "face_low_high"]


def test_a_point_that_comes_back_after_its_end_needs_a_time(desk: Desk) -> None:
    noon = from_iso("2026-11-24T08:00:00Z")
    gone = Point("T01", "methane", "face", "工作面", "e", valid_to=noon)
    desk.out.write_bytes(Registry("mine-a", "矿", "m", (gone,)).data)
    file, again = desk.table([HEADING, T01]), desk.folder / "again.json"
    codes = [desk.run(file, "--onto", str(desk.out), *more).exit_code for more in ((), ("--at", "2026-11-23T08:00:00Z"))]
    done = desk.run(file, "--onto", str(desk.out), "--out", str(again), "--at", "2026-11-25T08:00:00Z")

    assert (codes, done.exit_code) == ([1, 1], 0)
    assert [(point.id, point.valid_to) for point in read_registry(again.read_bytes()).points] == [("T01", noon), ("T01-2", None)]


cells = st.sampled_from(["T01", "T02", "T01-2", "甲1", "", "Ｔ１", "x" * 40])
lists = st.lists(st.tuples(cells, st.sampled_from(["甲烷", "0004", "?"]), st.sampled_from(["处", "二处", ""])), max_size=6)


@given(lists)
def test_any_list_that_is_accepted_is_the_same_when_it_comes_again(rows: list[tuple[str, str, str]]) -> None:
    layout = READ
    texts = [(at, {"point": code, "sensor_type": kind, "place": place}) for at, (code, kind, place) in enumerate(rows)]
    once = import_points(texts, layout, Imported(Registry("m", "矿", "m", ())), None)
    again = import_points(texts, layout, Imported(once.registry, once.codes), None)

    if not once.refused:
        assert again.registry.data == once.registry.data
        index = PointIndex(once.registry, once.codes)
        assert all(index.find(code, 0) is not None for _, texts_ in texts for code in [texts_["point"]])


MORE = [*HEADING, "工业互联网标识", "测流", "断面"]


def with_more(row: list[str], *more: str) -> list[str]:
    return [*row, *more]


def test_identifier_stream_and_section_come_along(desk: Desk) -> None:
    done = desk.run(desk.table([MORE, with_more(T01, "88.123.1/GAS-0042", "return:main", "12.5")]), "--out", str(desk.out))

    [point] = desk.registry().points
    assert done.exit_code == 0
    assert (point.identifier, point.stream, point.section_m2) == ("88.123.1/GAS-0042", "return:main", 12.5)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("GAS-0042", "", ""), "no industrial internet identifier"),
        (("", "main", ""), "expected pipe:NAME"),
        (("", "", "wide"), "a section is 0 to 500"),
        (("", "", "900"), "a section is 0 to 500"),
        (("", "", "-1"), "a section is 0 to 500"),
    ],
)
def test_a_bad_identifier_stream_or_section_writes_nothing(desk: Desk, more: tuple[str, str, str], told: str) -> None:
    done = desk.run(desk.table([MORE, with_more(T01, *more)]), "--out", str(desk.out))

    assert (done.exit_code, desk.out.exists()) == (1, False)
    assert told in done.output


def test_an_identifier_given_later_is_filled_in_and_another_one_is_another_installation(desk: Desk) -> None:
    desk.run(desk.table(LIST[:2]), "--out", str(desk.out))
    onto = ("--onto", str(desk.out), "--out", str(desk.out), "--force")
    filled = desk.run(desk.table([MORE, with_more(T01, "88.123.1/A", "", "")]), *onto)
    assert "filled in; the installation is the same" in filled.output
    assert [(point.id, point.identifier) for point in desk.registry().points] == [("T01", "88.123.1/A")]

    assert "say when with --at" in desk.run(desk.table([MORE, with_more(T01, "88.123.1/B", "", "")]), *onto).output
    desk.run(desk.table([MORE, with_more(T01, "88.123.1/B", "", "")]), *onto, "--at", "2026-11-30T00:00:00Z")
    assert [(point.id, point.identifier) for point in desk.registry().points] == [("T01", "88.123.1/A"), ("T01-2", "88.123.1/B")]
    assert desk.registry().points[0].valid_to == from_iso("2026-11-30T00:00:00Z")
