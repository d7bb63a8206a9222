"""People are counted by area, with the time of the count; who they are is neither kept nor told."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from contracts.clock import SECOND, ManualClock
from contracts.errors import BadConfig
from contracts.points import Point, Registry
from edge_agent.sources import make_source
from edge_agent.sources.kj_layout import read_layout
from edge_agent.sources.positions import Positions
from edge_agent.sources.settings import PositionsSettings
from edge_agent.sources.source import Answer
from tests.edge_agent.kj_mine import NOON, ROOT, shown

LAYOUT = ROOT / "docs" / "sources" / "positions_layout.toml"
AREAS = Registry("mine", "矿", "mine", tuple(Point(name, "persons", name, "处", "place") for name in ("A1", "A2", "ALL")))
HEADER = "140000000001;示例矿;2026-11-24 16:00:00~"
SECRETS = ("张三丰", "李四光", "王五常", "C7701", "C7702", "C7703")


def person(card: str, name: str, area: str) -> str:
    return f"{card};{name};{area};S1;2026-11-24 07:58:00~"


PEOPLE = person("C7701", "张三丰", "A1") + person("C7702", "李四光", "A1") + person("C7703", "王五常", "A9")


class Lamp:
    """A source on a folder of position files."""

    def __init__(self, folder: Path, layout_text: str = "", **told: object) -> None:
        self.drop, self.own, self.clock = folder / "people", folder / "own", ManualClock(NOON)
        self.drop.mkdir()
        layout = LAYOUT
        if layout_text:
            layout = folder / "layout.toml"
            layout.write_text(layout_text, encoding="utf-8")
        settings = PositionsSettings(name="people", folder=str(self.drop), layout=str(layout), memory=str(self.own), **told)  # type: ignore[arg-type]
        self.source = Positions(settings, read_layout(str(layout)), AREAS, self.clock)

    async def read(self, text: str, name: str = "m_RYSS_1.txt", encoding: str = "utf-8") -> Answer:
        (self.drop / name).write_bytes(text.encode(encoding))
        self.clock.advance(15 * SECOND)
        first = await self.source.poll(self.clock.now())
        self.clock.advance(15 * SECOND)
        second = await self.source.poll(self.clock.now())
        return first if first.block is not None else second


async def test_people_are_counted_by_area_at_the_time_of_the_file(tmp_path: Path) -> None:
    answer = await Lamp(tmp_path, total_point="ALL").read(HEADER + PEOPLE + "||", encoding="gbk")

    assert shown(answer, AREAS) == [("A1", 0, "2", 0), ("A2", 0, "0", 0), ("ALL", 0, "3", 0)]
    assert "1 people are elsewhere" in answer.why


async def test_a_mine_nobody_is_in_has_nobody_in_every_area(tmp_path: Path) -> None:
    assert [row[2] for row in shown(await Lamp(tmp_path).read(HEADER + "||"), AREAS)] == ["0", "0", "0"]


async def test_a_card_that_stands_twice_in_a_file_is_one_person_where_it_was_last(tmp_path: Path) -> None:
    answer = await Lamp(tmp_path).read(HEADER + person("C7701", "张三丰", "A1") + person("C7701", "张三丰", "A2") + "||")

    assert [row[2] for row in shown(answer, AREAS)][:2] == ["0", "1"]


async def test_a_file_without_its_end_is_not_counted(tmp_path: Path) -> None:
    answer = await Lamp(tmp_path).read(HEADER + PEOPLE)

    assert (answer.block, answer.polls[0].answered) == (None, 0)
    assert "file_end" in answer.why


async def test_with_a_damaged_record_the_counts_are_doubtful(tmp_path: Path) -> None:
    answer = await Lamp(tmp_path).read(HEADER + PEOPLE + "C7704;赵六~||")

    assert shown(answer, AREAS)[0] == ("A1", 0, "2", 4096)


async def test_without_a_time_nothing_is_counted(tmp_path: Path) -> None:
    assert (await Lamp(tmp_path).read("140000000001;示例矿;gestern~" + PEOPLE + "||")).block is None


async def test_two_moments_in_one_file_are_counted_apart(tmp_path: Path) -> None:
    text = HEADER + PEOPLE + "||" + HEADER.replace("16:00:00", "16:00:10") + person("C7701", "张三丰", "A2") + "||"

    assert [row[:3] for row in shown(await Lamp(tmp_path).read(text), AREAS) if row[0] == "A1"] == [("A1", 0, "2"), ("A1", 10, "0")]


async def test_counts_that_the_vendor_made_are_taken_as_they_are(tmp_path: Path) -> None:
    layout = 'name = "n"\n[kinds.Q]\nrole = "persons"\nfiles = ["*_Q_*"]\nheader = ["_", "_", "upload_time"]\nfields = ["area", "count"]\n'
    answer = await Lamp(tmp_path, layout).read(HEADER + "A1;7~A2;many~||", name="m_Q_1.txt")

    assert shown(answer, AREAS)[:2] == [("A1", 0, "7", 4096), ("A2", 0, "0", 4096)]


@pytest.mark.parametrize(
    "text",
    [
        HEADER + PEOPLE + "||",
        HEADER + PEOPLE,
        HEADER + PEOPLE.replace(";A1;", ";") + "||",
        PEOPLE + "||",
        "张三丰;李四光~" + PEOPLE + "C7703;王五常||",
        HEADER + "S1;A1;张三丰;C7701;李四光~||",
        HEADER.replace("2026-11-24 16:00:00", "张三丰") + PEOPLE + "||",
        PEOPLE * 3 + "||" + PEOPLE[:-9],
    ],
)
async def test_no_name_and_no_card_number_is_kept_or_told(tmp_path: Path, text: str) -> None:
    lamp = Lamp(tmp_path)
    with capture_logs() as logs:
        answer = await lamp.read(text)
        again = await lamp.read(text + " ", name="m_RYSS_2.txt")
    await lamp.source.close()

    told = answer.why + again.why + str(logs) + repr(vars(lamp.source)) + repr(lamp.source.counts)
    kept = b"".join(path.read_bytes() for path in lamp.own.rglob("*") if path.is_file())
    assert len(kept) > 0
    for secret in SECRETS:
        assert secret not in told
        for encoding in ("utf-8", "gbk", "utf-16-le"):
            assert secret.encode(encoding) not in kept


COUNTED = 'name = "n"\n[kinds.Q]\nrole = "persons"\nfiles = ["*_Q_*"]\nfields = ["area", "count", "time"]\n'


@pytest.mark.parametrize(
    "text", ["A1;张三丰;2026-11-24 16:00:00~||", "A1;3;李四光~||", "王五常;C7701;C7702~||", "张三丰;1;2026-11-24 16:00:00~||"]
)
async def test_a_name_in_the_place_of_a_number_or_a_time_is_not_told(tmp_path: Path, text: str) -> None:
    lamp = Lamp(tmp_path, COUNTED)
    with capture_logs() as logs:
        answer = await lamp.read(text, name="m_Q_1.txt")
    await lamp.source.close()

    told = answer.why + str(logs) + "".join(path.read_bytes().decode("utf-8", "replace") for path in lamp.own.rglob("*"))
    assert [secret for secret in SECRETS if secret in told] == []


def test_a_source_without_areas_or_with_a_total_that_is_none_is_refused(tmp_path: Path) -> None:
    settings = PositionsSettings(name="p", folder="f", layout=str(LAYOUT), memory=str(tmp_path), total_point="A7")

    with pytest.raises(BadConfig, match="total_point"):
        make_source(settings, AREAS)
    with pytest.raises(BadConfig, match="persons"):
        make_source(settings, Registry("mine", "矿", "mine", ()))


def test_the_sample_layout_is_accepted_and_says_it_is_an_example() -> None:
    assert read_layout(str(LAYOUT)).kinds
    assert "NOT A STANDARD" in LAYOUT.read_text(encoding="utf-8")
