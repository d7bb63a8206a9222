"""The fleet's reports as files: the province's and a mine's, each with the head of the log and the hash of the rules it rests on."""

import asyncio
import re
from collections.abc import Callable

from console.paper import press, sheets
from console.paper.paper import Paper
from console.reports.fleet import province_paper
from console.reports.fleet_figures import mine_data, province_data
from console.reports.fleet_ink import FleetInk
from console.reports.fleet_mine import mine_paper
from fleet.view import LineView, MineView, ProvinceView

MEDIA = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def province_file(view: ProvinceView, ink: FleetInk, form: str, now: int, *, audited: bool) -> tuple[bytes, str]:
    """The province's report: its bytes and its name (plain ASCII). NoFont where no font has Chinese signs."""
    paper = province_paper(ink, view, now, audited=audited)
    make: dict[str, Callable[[], bytes]] = {
        "pdf": lambda: press.pdf("fleet", province_data(paper, ink, view)),
        "xlsx": lambda: _xlsx(paper, ink, view.line),
        "csv": lambda: sheets.csv_of(paper),
    }
    return make[form](), _name("fleet", view.day, view.pack, ink.lang, form)


def _xlsx(paper: Paper, ink: FleetInk, line: LineView) -> bytes:
    from console.reports.fleet_book import xlsx_with_chart  # noqa: PLC0415  # with openpyxl, when the first spreadsheet is made

    return xlsx_with_chart(paper, ink, line)


def mine_file(view: MineView, ink: FleetInk, form: str, now: int, *, audited: bool, loaded: bool) -> tuple[bytes, str]:
    """A mine's report, likewise."""
    paper = mine_paper(ink, view, now, audited=audited, loaded=loaded)
    make: dict[str, Callable[[], bytes]] = {
        "pdf": lambda: press.pdf("fleet", mine_data(paper, ink, view)),
        "xlsx": lambda: sheets.xlsx(paper),
        "csv": lambda: sheets.csv_of(paper),
    }
    return make[form](), _name(f"fleet-{view.profile.id}", view.day, view.pack, ink.lang, form)


def _name(what: str, day: str, pack: str, lang: str, form: str) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "_", f"{what}-{day}-{pack}-{lang}.{form}")


async def in_a_thread(work: Callable[[], tuple[bytes, str]]) -> tuple[bytes, str]:
    """Beside the event loop: setting a long report takes seconds."""
    return await asyncio.to_thread(work)
