"""Reports: numbers with how complete they are, unknown never 0; what is reviewed is frozen, a correction is a new version; files."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import numpy as np
import openpyxl
import pytest
import pytest_asyncio
from click.testing import CliRunner
from fastapi import FastAPI

from console.cli.reports import command
from console.duty.content import hash_of
from console.paper import press
from console.reports.facts import PointFacts, gateway_facts, windows_in, with_statistics
from console.reports.kinds import KINDS
from console.web.access import Role
from console.web.watch import Watch
from console.web.words import WORDS
from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.payload import Poll
from ingest.ledger import LedgerDay, Word
from store.interface import WINDOW, Buckets
from store.records import audit
from tests.console.apps import app_of
from tests.console.cli_network import network_of
from tests.console.people_pit import CLOSED, add_person, client_of, session_of
from tests.console.test_duty import SHIFTS
from tests.console.web_pit import Pit

TODAY, YESTERDAY = "2026-11-19", "2026-11-18"
BLANK = PointFacts("T01", ("", ""), "methane")


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return app_of(Pit().plant)


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    pit.calm("south")
    return pit


@pytest_asyncio.fixture
async def web(app: FastAPI, pit: Pit) -> AsyncIterator[httpx.AsyncClient]:
    app.state.watch = Watch(pit.plant)
    async with client_of(app) as web:
        yield web


async def report(web: httpx.AsyncClient, path: str = f"daily/north/{TODAY}", status: int = 200, **query: Any) -> Any:
    answer = await web.get(f"/api/v1/reports/{path}", params={"lang": "en"} | query)
    assert (answer.status_code, answer.text if answer.status_code != status else "") == (status, "")
    return answer.json()


async def post(web: httpx.AsyncClient, what: str, status: int = 200, day: str = YESTERDAY, kind: str = "daily", **body: Any) -> Any:
    answer = await web.post(f"/api/v1/reports/{kind}/north/{day}/{what}", json=body)
    assert (answer.status_code, answer.text if answer.status_code != status else "") == (status, "")
    return answer.json()


def table(view: dict[str, Any], title: str) -> list[dict[str, Any]]:
    """The rows of a part by the names of its columns."""
    [part] = [part for part in view["paper"]["parts"] if part["title"] == title]
    names = [column["name"] for column in part["columns"]]
    return [dict(zip(names, row, strict=True)) for row in part["rows"]]


def facts(view: dict[str, Any]) -> dict[str, str]:
    return dict(view["paper"]["facts"])


def buckets(*rows: tuple[int, float, float, float, int, int]) -> Buckets:
    """Rows: window number, min, mean, max, count, good."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * 6
    start = np.array(columns[0], np.int64) * WINDOW
    low, mean, high = (np.array(column, float) for column in columns[1:4])
    return Buckets(WINDOW, start, low, mean, high, high, np.array(columns[4], np.int64), np.array(columns[5], np.int64))


def test_statistics_weigh_windows_by_their_readings_and_say_how_complete_they_are():
    found = with_statistics(BLANK, buckets((0, 0.1, 0.2, 0.3, 300, 300), (1, 0.1, 0.8, 1.2, 100, 60), (2, 0.2, 0.2, 0.2, 300, 300)), 4)

    assert (found.minimum, found.maximum, found.peak_at, found.readings, found.good) == (0.1, 1.2, WINDOW, 700, 660)
    assert found.mean == pytest.approx((0.2 * 300 + 0.8 * 100 + 0.2 * 300) / 700)
    assert found.complete == pytest.approx(700 / 1200)


def test_without_readings_nothing_is_a_number_and_without_windows_not_even_the_completeness():
    silent, unborn = with_statistics(BLANK, buckets(), 288), with_statistics(BLANK, buckets(), 0)

    assert (silent.minimum, silent.mean, silent.maximum, silent.peak_at, silent.complete) == (None, None, None, None, 0.0)
    assert unborn.complete is None


def test_a_window_of_readings_that_are_no_numbers_counts_as_read_and_gives_no_number():
    nan = float("nan")
    found = with_statistics(BLANK, buckets((0, nan, nan, nan, 300, 0), (1, 0.4, 0.5, 0.6, 300, 300)), 2)

    assert (found.minimum, found.mean, found.maximum, found.complete, found.good) == (0.4, 0.5, 0.6, 1.0, 300)
    assert with_statistics(BLANK, buckets((0, nan, nan, nan, 300, 0)), 1).maximum is None


def polls(source: str, first: int, count: int, answered: int | None = None) -> Poll:
    return Poll(source=source, first=first, period=SECOND, count=count, answered=count if answered is None else answered)


def test_silence_at_the_ends_of_a_span_is_due_and_a_gap():
    whole = gateway_facts("north/gw1", [polls("a", 0, 100)], [], 0, 100 * SECOND)
    late, early = (gateway_facts("north/gw1", [polls("a", at * SECOND, 50)], [], 0, 100 * SECOND) for at in (50, 0))

    assert (whole.coverage, whole.gaps) == (1.0, ())
    for found in (late, early):
        assert found.coverage == 0.5
        assert [(gap.word, gap.end - gap.start) for gap in found.gaps] == [(Word.NOT_SAMPLED, 50 * SECOND)]


def test_of_a_gateway_nobody_heard_of_the_coverage_is_unknown_and_the_span_a_gap():
    found = gateway_facts("north/gw1", [], [], 0, DAY)

    assert (found.coverage, found.completeness) == (None, None)
    assert [(gap.start, gap.end) for gap in found.gaps] == [(0, DAY)]
    assert (
        gateway_facts("north/gw1", [polls("a", 0, 100, 60)], [LedgerDay("north/gw1", 0, made=4, committed=3)], 0, 100 * SECOND).coverage
        == 0.6
    )


def test_windows_are_whole_ones():
    assert [windows_in(0, end) for end in (0, WINDOW - 1, WINDOW, DAY)] == [0, 0, 1, 288]


async def test_the_daily_report_says_highest_when_and_flagged_and_unknown_where_nothing_came(pit, web):
    at = pit.clock.now() - HOUR
    for second in range(0, 600, 2):
        pit.read({"T00": 1.4 if second == 300 else 0.4, "T12": 0.2}, {"T00": 4} if second == 300 else None, at=at + second * SECOND)
    pit.clock.advance(10 * MINUTE)

    view = await report(web)
    rows = {row["point"]: row for row in table(view, "Measured values")}

    assert rows["T00"]["max"] == {"value": 1.4, "decimals": 2}
    assert rows["T00"]["time of max"] == f"{pit.plant.zone.clock(at + 300 * SECOND)} (calibration)"
    assert rows["T00"]["alarm value"] == {"value": 1.0, "decimals": 2}
    assert rows["T00"]["good / all readings"] == "300 / 301"
    assert [rows["T90"][name] for name in ("max", "mean", "min")] != [0, 0, 0]
    assert rows["A01"]["alarm value"] == "none known"
    assert facts(view)["coverage"] == "unknown"
    assert "nothing on record does not mean" in facts(view)["note"]
    assert view["version"] is None


async def test_a_point_without_readings_is_unknown_everywhere(pit, web):
    view = await report(web, f"daily/north/{YESTERDAY}")

    for row in [*table(view, "Measured values"), *table(view, "Switch points")]:
        said = {name: value for name, value in row.items() if name not in ("point", "place", "measures", "alarm value", "complete")}
        assert set(said.values()) == {"unknown"}
        assert row["complete"] == "0.00 %"


async def test_alarms_stand_with_who_acknowledged_and_who_reported_and_planned_ones_are_counted_apart(pit, web):
    one, two = pit.alarm("T00", 1.32), pit.alarm("T11", 1.6, 1.5, rule="limit.cut.0")
    await web.post(f"/api/v1/wall/{one}/acknowledge", json={"name": "Zhang"})
    await web.post(f"/api/v1/wall/{one}/report", json={"name": "Zhang", "leader": "Wang"})
    pit.link_down("north")
    assert two

    view = await report(web)
    [alarm], [cut] = table(view, "Alarms"), table(view, "Cut values reached")

    assert alarm["acknowledged"].endswith("Zhang")
    assert alarm["reported to the leader on duty"].endswith("Zhang Wang")
    assert (cut["acknowledged"], cut["reported to the leader on duty"], cut["returned"]) == (
        "nobody",
        "no report on record",
        "not returned",
    )
    assert len(table(view, "Faults and links")) == 1
    assert facts(view)["no report on record"] == "1 on record"
    assert facts(view)["not acknowledged"] == "2 on record"


async def test_gaps_of_the_ledger_are_listed(pit, web):
    pit.gaps()

    found = {row["gap"] for row in table(await report(web), "Gaps")}

    assert "not sampled" in found


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
async def test_each_report_is_a_file_in_each_format_and_says_the_same(pit, web, kind, lang):
    pit.alarm("T00", 1.32)
    await web.post("/api/v1/mines/north/shifts", json={"name": "x", "shifts": SHIFTS})
    turn = {"turn": 1} if KINDS[kind].of_turn else {}
    forms = ["xlsx", "csv", *(["pdf"] if set(press.FAMILIES) & set(press.fonts().families()) else [])]
    made = {}
    for form in forms:
        answer = await web.get(f"/api/v1/reports/{kind}/north/{TODAY}/file", params={"format": form, "lang": lang} | turn)
        assert answer.status_code == 200, answer.text
        assert f'filename="{kind}-north-{TODAY}' in answer.headers["content-disposition"]
        made[form] = answer.content
    title = WORDS[f"paper.title.{kind}"][lang == "en"]
    rows = list(csv.reader(io.StringIO(made["csv"].decode("utf-8-sig"))))
    sheet = openpyxl.load_workbook(io.BytesIO(made["xlsx"])).active

    assert title in rows[0][0]
    assert title in sheet["A1"].value
    assert made.get("pdf", b"%PDF-").startswith(b"%PDF-")
    assert any(office in cell for row in rows for cell in row for office in [WORDS[f"paper.office.{KINDS[kind].signed[0]}"][lang == "en"]])


async def test_a_review_is_of_a_frozen_version_that_later_data_do_not_change(pit, web):
    await post(web, "reviews", 409, name="Chen", office="chief_engineer", version=1, hash="0" * 64)
    frozen = await post(web, "versions", name="Zhang")
    seen = frozen["versions"][0]
    pit.read({"T00": 0.9}, at=pit.clock.now() - 30 * HOUR)
    await post(web, "reviews", 409, name="Chen", office="chief_engineer", version=1, hash="0" * 64)
    await post(web, "reviews", name="Chen", office="chief_engineer", version=1, hash=seen["hash"], words="read")
    await post(web, "reviews", 409, name="Zhou", office="chief_engineer", version=1, hash=seen["hash"])
    view = await post(web, "reviews", name="Wang", office="mine_manager", version=1, hash=seen["hash"])

    assert (view["missing"], view["versions"][0]["reviewed"], view["version"]) == ([], True, 1)
    english, draft = await report(web, f"daily/north/{YESTERDAY}"), await report(web, f"daily/north/{YESTERDAY}", version=0)
    assert english["paper"]["mark"] == "reviewed"
    values = [next(row["max"] for row in table(one, "Measured values") if row["point"] == "T00") for one in (english, draft)]
    assert values == ["unknown", {"value": 0.9, "decimals": 2}]
    with pit.records.read() as db:
        links = audit.links(db)
    audit.verify(links)
    told = [link for link in links if link.kind.startswith("report.")]
    assert [link.kind for link in told] == ["report.frozen", "report.reviewed", "report.reviewed"]
    assert all(seen["hash"] in link.payload.decode() for link in told)


async def test_a_correction_is_a_new_version_with_its_reason_to_be_reviewed_anew(pit, web):
    first = (await post(web, "versions", name="Zhang"))["versions"][0]
    await post(web, "reviews", name="Chen", office="chief_engineer", version=1, hash=first["hash"])
    pit.read({"T00": 0.9}, at=pit.clock.now() - 30 * HOUR)
    assert (await post(web, "versions", 422, name="Zhang"))["error"]["place"] == "body.reason"
    view = await post(web, "versions", name="Zhang", reason="late data")
    await post(web, "reviews", 409, name="Wang", office="mine_manager", version=1, hash=first["hash"])

    assert [(one["version"], one["reason"], len(one["reviews"])) for one in view["versions"]] == [(2, "late data", 0), (1, "", 1)]
    assert view["missing"] == ["chief_engineer", "mine_manager"]
    old, new = [await report(web, f"daily/north/{YESTERDAY}", version=version) for version in (1, 2)]
    values = [next(row["max"] for row in table(one, "Measured values") if row["point"] == "T00") for one in (old, new)]
    assert values == ["unknown", {"value": 0.9, "decimals": 2}]
    assert (await report(web, f"daily/north/{YESTERDAY}", version=0))["version"] is None


async def test_the_hash_is_of_what_was_frozen(pit, web):
    from store.records import reports  # noqa: PLC0415  # looked at from below

    await post(web, "versions", name="Zhang")
    with pit.records.read() as db:
        [row] = reports.versions(db, "north", "daily", YESTERDAY, -1)

    assert row.hash == hash_of(row.content)
    assert '"zh"' in row.content
    assert '"en"' in row.content


@pytest.mark.parametrize(
    ("path", "status", "place"),
    [
        (f"nothing/north/{TODAY}", 404, "path.kind"),
        (f"daily/nowhere/{TODAY}", 404, "path.mine"),
        ("daily/north/yesterday", 422, "path.day"),
        ("daily/north/2026-11-25", 422, "path.day"),
        (f"daily/north/{TODAY}?turn=0", 422, "query.turn"),
        (f"shift/north/{TODAY}?turn=0", 409, "path.mine"),
        (f"daily/north/{TODAY}?version=3", 404, "query.version"),
    ],
)
async def test_a_report_that_cannot_be_is_refused(pit, web, path, status, place):
    answer = await web.get(f"/api/v1/reports/{path}")

    assert (answer.status_code, answer.json()["error"]["place"]) == (status, place)


async def test_without_a_font_a_pdf_is_refused_by_name_and_the_others_are_made(pit, web, monkeypatch):
    monkeypatch.setattr(press, "FAMILIES", ())
    path = f"/api/v1/reports/daily/north/{TODAY}/file"

    refused = await web.get(path, params={"format": "pdf"})

    assert (refused.status_code, refused.json()["error"]["place"]) == (503, "query.format")
    assert "fonts-noto-cjk" in refused.json()["error"]["allowed"]
    assert (await web.get(path, params={"format": "csv"})).status_code == 200


async def test_a_day_that_is_not_over_and_a_report_nobody_reviews_are_not_frozen(pit, web):
    assert (await post(web, "versions", 409, day=TODAY, name="x"))["error"]["place"] == "path.day"
    assert (await post(web, "versions", 409, kind="log", name="x"))["error"]["place"] == "path.kind"


async def test_a_shift_report_is_of_its_shift(pit, web):
    await web.post("/api/v1/mines/north/shifts", json={"name": "x", "shifts": SHIFTS})
    await web.post("/api/v1/log", json={"mine": "north", "words": "handed gas checker the meter", "name": "Zhang"})

    view = await report(web, f"shift/north/{TODAY}", turn=1)

    assert (view["end_us"] - view["start_us"], view["turn"]) == (8 * HOUR, 1)
    assert [row["entry"] for row in table(view, "Entries")] == ["handed gas checker the meter"]
    assert (await report(web, f"shift/north/{TODAY}", 422, turn=2))["error"]["place"] == "path.day"
    assert (await report(web, f"shift/north/{YESTERDAY}", 422, turn=3))["error"]["place"] == "query.turn"


async def test_who_is_not_of_the_mine_sees_what_was_reviewed_and_nothing_else(pit, web):
    seen = (await post(web, "versions", name="Zhang"))["versions"][0]
    cookies = session_of(pit, add_person(pit, "lin", Role.INSPECTOR))
    async with client_of(app_of(pit.plant, entry=CLOSED), cookies) as outside:
        path = f"/api/v1/reports/daily/north/{YESTERDAY}"
        assert (await outside.get(path)).status_code == 404
        for office in ("chief_engineer", "mine_manager"):
            await post(web, "reviews", name=office, office=office, version=1, hash=seen["hash"])
        assert (await outside.get(path)).status_code == 200
        assert (await outside.get(f"{path}?version=0")).status_code == 404
        states = (await outside.get("/api/v1/reports?mine=north")).json()["items"]
    assert {one["day"]: one["states"]["daily"] for one in states}[YESTERDAY] == "reviewed"


async def test_an_engineer_does_not_review_as_mine_manager(pit):
    cookies = session_of(pit, add_person(pit, "chen", Role.ENGINEER, "north"))
    async with client_of(app_of(pit.plant, entry=CLOSED), cookies) as web:
        seen = (await post(web, "versions"))["versions"][0]
        refused = await post(web, "reviews", 403, office="mine_manager", version=1, hash=seen["hash"])
        done = await post(web, "reviews", office="chief_engineer", version=1, hash=seen["hash"])

    assert refused["error"]["place"] == "body.office"
    assert done["versions"][0]["reviews"][0]["by"] == "chen name"


def test_the_command_writes_a_file_and_lists_the_days(pit, tmp_path):
    with network_of(pit.plant) as network:
        run = lambda *words: CliRunner().invoke(command, words, obj=network, env={"DAVY_URL": None})  # noqa: E731
        made = run("make", "daily", "north", TODAY, "--format", "csv", "--lang", "en", "--to", str(tmp_path / "day.csv"))
        piped = run("make", "log", "north", TODAY, "--format", "csv", "--to", "-")
        listed = run("list", "north", "--days", "2")
        refused = run("make", "daily", "nowhere", TODAY)

    assert made.exit_code == 0, made.output
    assert (tmp_path / "day.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "运行日志" in piped.stdout_bytes.decode("utf-8-sig")
    assert [line.split()[0] for line in listed.output.splitlines()[2:]] == [TODAY, YESTERDAY]
    assert "path.mine" in str(refused.exception)
