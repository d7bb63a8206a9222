"""The fleet's reports: three series apart, hashes and how to verify, three formats, two languages; nothing anybody wrote is a formula."""

import csv
import io
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from console.cli.fleet_report import command
from console.paper.paper import Paper, text_of
from console.paper.sheets import csv_of
from console.reports.fleet import province_paper
from console.reports.fleet_ink import FleetInk
from console.reports.fleet_mine import mine_paper
from console.web.times import BEIJING
from fleet.bodies import Profile, write
from store.records import fleet_log
from store.records.fleet_log import New
from tests.console.apps import app_of
from tests.console.cli_network import InProcess
from tests.console.fleet_pit import LAST, fleet_of
from tests.console.people_pit import client_of
from tests.console.web_pit import NOON, Pit

EVIL = ('=HYPERLINK("http://x","y")', "+1", "-2+3", "@SUM(A1)", "|calc", "%0a=1")


@pytest.fixture(scope="module")
def pit() -> Pit:
    return fleet_of()


async def _view(pit: Pit, mine: str = ""):
    fleet = app_of(pit.plant).state.fleet
    return await fleet.mine(mine, "", "") if mine else await fleet.province("", "")


def words_of(paper: Paper) -> str:
    cells = [text_of(cell) for part in paper.parts for row in part.rows for cell in row]
    notes = [text for part in paper.parts for text in (part.title, *part.notes, part.empty)]
    return "\n".join([paper.title, *(" ".join(fact) for fact in paper.facts), *notes, *cells])


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_provinces_report_rests_on_the_head_and_the_rules(pit: Pit, lang: str) -> None:
    view = await _view(pit)
    told = words_of(province_paper(FleetInk(lang, BEIJING), view, NOON, audited=True))

    assert view.head[1] in told
    assert view.pack_hash in told
    assert LAST.isoformat() in told
    assert "davy fleet verify" in told
    for one in view.reported:
        assert one.where in told
    assert view.suspects[0].mine in told


async def test_what_is_suspected_is_only_for_who_audits(pit: Pit) -> None:
    view, ink = await _view(pit), FleetInk("en", BEIJING)

    assert "Suspicions" not in words_of(province_paper(ink, view, NOON, audited=False))
    assert "Suspicions" in words_of(province_paper(ink, view, NOON, audited=True))


async def test_not_loaded_is_a_word_and_never_zero() -> None:
    paper = province_paper(FleetInk("en", BEIJING), await _view(Pit()), NOON, audited=True)
    three = paper.parts[0]

    assert [row[2] for row in three.rows if row[0] == "Officially assessed"] == ["not loaded"]


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_mines_report_has_every_criterion_with_its_clause(pit: Pit, lang: str) -> None:
    province = await _view(pit)
    mine = next(tile.mine for city in province.cities for tile in city.tiles if tile.mine.startswith("sim-"))
    view = await _view(pit, mine)
    told = words_of(mine_paper(FleetInk(lang, BEIJING), view, NOON, audited=True, loaded=True))

    for system in view.systems:
        for one in system.criteria:
            assert getattr(one.title, lang) in told
            assert getattr(one.clause, lang) in told
    assert all(fact.how in told for fact in view.facts)
    assert view.head[1] in told


@pytest.mark.parametrize("evil", EVIL)
async def test_nothing_anybody_wrote_is_a_formula(evil: str) -> None:
    pit = Pit()
    with pit.records.begin() as db:
        profile = Profile(mine="evil", name_zh=evil, name_en=evil, city="太原", gas_class=evil)
        fleet_log.append(db, [New("profile", "evil", "", "", write(profile))], "x", NOON)
    async with client_of(app_of(pit.plant)) as web:
        for mine in ("", "evil"):
            asked = {"lang": "en", "mine": mine, "day": "2026-11-29"}
            text = (await web.get("/api/v1/fleet/report", params=asked | {"format": "csv"})).content.decode("utf-8-sig")
            for row in csv.reader(io.StringIO(text)):
                assert [cell for cell in row if cell.startswith(evil)] == []
            assert not mine or f"'{evil}" in text.replace('""', '"')
            book = load_workbook(io.BytesIO((await web.get("/api/v1/fleet/report", params=asked | {"format": "xlsx"})).content))
            kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
            assert kinds <= {"s", "n", "d"}


async def test_the_spreadsheet_carries_the_chart_and_its_numbers(pit: Pit) -> None:
    async with client_of(app_of(pit.plant)) as web:
        answer = await web.get("/api/v1/fleet/report?format=xlsx&lang=en")
    book = load_workbook(io.BytesIO(answer.content))
    view = await _view(pit)

    assert book.sheetnames[1] == "Progress"
    sheet = book["Progress"]
    assert len(sheet._charts) == 1
    assert [cell.value for cell in sheet["F"]][1:7] == [total for _, total in view.line.reported]
    assert [cell.value for cell in sheet["B"]][1:][: len(view.line.evidence)] == [count for _, count in view.line.evidence]


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_pdf_is_one_and_the_same_each_time(pit: Pit, lang: str) -> None:
    async with client_of(app_of(pit.plant)) as web:
        for mine in ("", "north"):
            first, second = [await web.get("/api/v1/fleet/report", params={"lang": lang, "mine": mine}) for _ in range(2)]
            assert first.content.startswith(b"%PDF")
            assert first.content == second.content
            name = f"fleet{'-north' if mine else ''}-{LAST}-shanxi-2025-{lang}.pdf"
            assert first.headers["content-disposition"] == f'attachment; filename="{name}"'


def test_the_command_writes_the_file(pit: Pit, tmp_path: Path) -> None:
    target = tmp_path / "fleet.csv"
    done = CliRunner().invoke(command, ["--format", "csv", "--lang", "en", "--to", str(target)], obj=InProcess(pit.plant))
    there = CliRunner().invoke(command, ["nowhere", "--format", "csv"], obj=InProcess(pit.plant))

    assert done.exit_code == 0, done.output
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
    assert "Report on intelligent mines" in target.read_text(encoding="utf-8-sig")
    assert there.exit_code != 0


async def test_a_csv_is_the_paper_word_for_word(pit: Pit) -> None:
    paper = province_paper(FleetInk("zh", BEIJING), await _view(pit), NOON, audited=True)
    async with client_of(app_of(pit.plant)) as web:
        assert (await web.get("/api/v1/fleet/report?format=csv&lang=zh")).content == csv_of(paper)
