"""A code means the installation of its time, and never another point whose id looks like the next one."""

from pathlib import Path

import msgspec
import pytest

from contracts.errors import BadConfig
from contracts.points import Point, Registry
from edge_agent.sources import make_source
from edge_agent.sources.kj_points import PointIndex, read_codes
from edge_agent.sources.settings import KjFilesSettings
from tests.edge_agent.kj_mine import LAYOUT, NOON, REGISTRY


def registry(*points: tuple[str, int, int | None]) -> Registry:
    made = [Point(name, "methane", "face", "处", "place", valid_from=begin, valid_to=end) for name, begin, end in points]
    return Registry("mine", "矿", "mine", tuple(made))


def test_a_code_is_the_installation_of_its_time() -> None:
    index = PointIndex(registry(("T01", 0, 10), ("T01-2", 10, 20), ("T01-3", 30, None)), {})

    assert [index.find("T01", time) for time in (0, 9, 10, 19, 20, 29, 30)] == [0, 0, 1, 1, None, None, 2]


def test_two_points_at_one_time_are_two_points_whatever_their_ids_look_like() -> None:
    index = PointIndex(registry(("T01", 0, None), ("T01-2", 0, None), ("T02", 0, 10), ("T02-2", 5, None)), {})

    assert [index.find(code, 7) for code in ("T01", "T01-2", "T02", "T02-2")] == [0, 1, 2, 3]
    assert index.find("T02", 12) is None


def test_a_code_of_the_vendor_leads_to_the_installations_of_its_point() -> None:
    index = PointIndex(registry(("P1", 0, 10), ("P1-2", 10, None)), {"14000001MN0001": "P1"})

    assert [index.find("14000001MN0001", time) for time in (5, 15)] == [0, 1]
    assert "P1" not in index


@pytest.mark.parametrize("text", ["[]", '{"a": 1}', "no json", '{"a": "T99"}'])
def test_codes_that_lead_nowhere_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "codes.json").write_text(text, encoding="utf-8")

    with pytest.raises(BadConfig, match="codes"):
        read_codes(str(tmp_path / "codes.json"), REGISTRY)


async def test_a_source_made_from_its_settings_reads_by_the_codes(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "codes.json").write_bytes(msgspec.json.encode({"甲01": "T01"}))
    text = "1;矿;2026-11-24 16:00:00~甲01;0001;工作面;0.45;%CH4;正常;2026-11-24 16:00:00~||"
    (tmp_path / "drop" / "m_CDSS_1.txt").write_text(text, encoding="gbk")
    settings = KjFilesSettings(
        name="kj", folder=str(tmp_path / "drop"), layout=str(LAYOUT), memory=str(tmp_path / "own"), codes=str(tmp_path / "codes.json")
    )
    source = make_source(settings, REGISTRY)
    source.resume(0)
    answer = await source.poll(NOON)
    await source.close()

    assert answer.block is not None
    assert (answer.block.point.tolist(), answer.block.value.tolist()) == ([0], [0.45])


def test_a_layout_without_values_is_refused(tmp_path: Path) -> None:
    (tmp_path / "layout.toml").write_text('name = "n"\n[kinds]\n', encoding="utf-8")
    settings = KjFilesSettings(name="kj", folder="f", layout=str(tmp_path / "layout.toml"), memory=str(tmp_path / "own"))

    with pytest.raises(BadConfig, match="at least one kind with role values"):
        make_source(settings, REGISTRY)
