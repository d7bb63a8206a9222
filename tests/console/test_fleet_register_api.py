"""Entering through the API and the commands: who may, what is answered, what then stands."""

import base64
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from console.cli.demo_fleet import demo_fleet
from console.cli.fleet import command
from console.fleet import registering, registers
from console.fleet.registering import Deed
from console.web.access import Role
from fleet.bodies import Profile
from sim_sensors.demo import DEMO
from store.records import audit, fleet_log
from tests.console.apps import app_of
from tests.console.cli_network import network_of
from tests.console.people_pit import add_person, client_of, closed_app, session_of
from tests.console.web_pit import Pit

NOTICE = {"mine": "north", "level": "primary", "notice_date": "2025-03-01", "authority": "省能源局", "document": "公示第1号"}
FACE = {"id": "1301", "kind": "face", "name_zh": "面", "name_en": "Face", "valid_from": "2025-01-01"}
STAGE = {"project": "p1", "step": "application", "date": "2025-03-01"}
WORD = {"fact": "upgrade_done", "value": 1, "valid_from": "2025-01-01", "valid_to": "2027-01-01", "document_name": "报告"}
DOCUMENT = b"the report"


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    with pit.records.begin() as db:
        for mine in ("north", "south"):
            registering.enter_profile(db, Profile(mine=mine, name_zh=f"{mine}矿", name_en=mine), Deed("x", pit.clock.now()))
    return pit


def of(pit: Pit, role: Role, *mines: str) -> httpx.AsyncClient:
    return client_of(closed_app(pit), session_of(pit, add_person(pit, f"{role}-{len(mines)}", role, *mines)))


async def test_the_province_enters_notices_and_the_count_is_no_longer_not_loaded(pit: Pit) -> None:
    async with of(pit, Role.PROVINCE) as web:
        assert (await web.get("/api/v1/fleet/series")).json()["official"] is None
        answer = await web.post("/api/v1/fleet/assessments", json=NOTICE)
        assert answer.status_code == 200
        assert (await web.get("/api/v1/fleet/series")).json()["official"] == 1
        [one] = (await web.get("/api/v1/fleet/assessments?mine=north")).json()["items"]
        assert (one["n"], one["level"], one["document"], one["mine_name"]["en"]) == (answer.json()["n"], "primary", "公示第1号", "north")
        again = await web.post("/api/v1/fleet/assessments", json=NOTICE)
        assert (again.status_code, again.json()["error"]["place"]) == (409, "body.correction")
        future = await web.post("/api/v1/fleet/assessments", json=NOTICE | {"notice_date": "2099-01-01"})
        assert (future.status_code, future.json()["error"]["place"]) == (422, "body.notice_date")
    with pit.records.read() as db:
        assert audit.links(db)[-1].actor == audit.pseudonym("province-0 name")


async def test_a_mine_s_engineer_enters_what_is_of_the_mine_and_no_assessment(pit: Pit) -> None:
    async with of(pit, Role.ENGINEER, "north") as web:
        for what, body in (
            ("workplaces", FACE),
            ("stages", STAGE),
            ("declared", WORD | {"document_base64": base64.b64encode(DOCUMENT).decode()}),
        ):
            assert (await web.post(f"/api/v1/fleet/mines/north/{what}", json=body)).status_code == 200
            assert len((await web.get(f"/api/v1/fleet/mines/north/{what}")).json()["items"]) == 1
            others, nothing = [await web.post(f"/api/v1/fleet/mines/{mine}/{what}", json=body) for mine in ("south", "nowhere")]
            assert (others.status_code, nothing.status_code) == (404, 404)
            assert others.text.replace("south", "") == nothing.text.replace("nowhere", "")
        [word] = (await web.get("/api/v1/fleet/mines/north/declared")).json()["items"]
        assert (word["document"], word["holds"]) == (sha256(DOCUMENT).hexdigest(), True)
        for path, body in (("assessments", NOTICE), ("profiles", {"mine": "north", "name_zh": "x", "name_en": "x"}), ("series/load", {})):
            answer = await web.post(f"/api/v1/fleet/{path}", json=body)
            assert (answer.status_code, answer.json()["error"]["place"]) == (403, "session.role")
        assert [one["id"] for one in (await web.get("/api/v1/fleet/profiles")).json()["items"]] == ["north"]


@pytest.mark.parametrize("role", [Role.INSPECTOR, Role.ADMIN])
async def test_inspector_and_admin_enter_nothing(pit: Pit, role: Role) -> None:
    async with of(pit, role) as web:
        for path, body in (("mines/north/workplaces", FACE), ("mines/north/stages", STAGE), ("assessments", NOTICE)):
            assert (await web.post(f"/api/v1/fleet/{path}", json=body)).status_code == 403


async def test_a_dispatcher_of_the_mine_declares_nothing_and_the_province_may_enter_a_step(pit: Pit) -> None:
    async with of(pit, Role.DISPATCHER, "north") as web:
        assert (await web.post("/api/v1/fleet/mines/north/declared", json=WORD | {"document": "0" * 64})).status_code == 403
    async with of(pit, Role.PROVINCE) as web:
        assert (await web.post("/api/v1/fleet/mines/north/stages", json=STAGE)).status_code == 200
        assert (await web.post("/api/v1/fleet/mines/north/workplaces", json=FACE)).status_code == 403


async def test_a_list_names_its_doubtful_rows_and_writes_nothing_of_it(pit: Pit) -> None:
    text = "煤矿名称,等级\nnorth矿,初级\nsouth矿,特级\n"
    body = {
        "file": "名单.csv",
        "content_base64": base64.b64encode(text.encode()).decode(),
        **{name: NOTICE[name] for name in ("notice_date", "authority", "document")},
    }
    async with of(pit, Role.PROVINCE) as web:
        answer = (await web.post("/api/v1/fleet/assessments/list", json=body)).json()
        assert (answer["rows"], answer["entered"], answer["written"]) == (2, 1, False)
        assert [(one["row"], one["field"], one["value"]) for one in answer["doubtful"]] == [(3, "level", "特级")]
        answer = (await web.post("/api/v1/fleet/assessments/list", json=body | {"good_only": True})).json()
        assert (answer["entered"], answer["written"]) == (1, True)
        bad = await web.post("/api/v1/fleet/assessments/list", json=body | {"content_base64": "%"})
        assert (bad.status_code, bad.json()["error"]["place"]) == (422, "body.content_base64")
        bad = await web.post("/api/v1/fleet/assessments/list", json=body | {"content_base64": ""})
        assert (bad.status_code, bad.json()["error"]["place"]) == (422, "body.file")


async def test_where_nobody_signs_in_a_name_is_asked_for(pit: Pit) -> None:
    async with client_of(app_of(pit.plant)) as web:
        answer = await web.post("/api/v1/fleet/mines/north/workplaces", json=FACE)
        assert (answer.status_code, answer.json()["error"]["place"]) == (422, "body.name")
        assert (await web.post("/api/v1/fleet/mines/north/workplaces", json=FACE | {"name": "李工"})).status_code == 200
        day = await web.get("/api/v1/fleet/series?day=never")
        assert (day.status_code, day.json()["error"]["place"]) == (422, "query.day")


def test_the_demo_s_mines_are_registered_once_and_no_notice_is_made_up(pit: Pit) -> None:
    heads = []
    for _ in range(2):
        demo_fleet(pit.records, DEMO.devices, pit.clock.now())
        with pit.records.read() as db:
            heads.append(fleet_log.head(db))
            assert {one.name for one in DEMO.devices} <= set(registers.profiles(db))
            assert registers.assessments(db) == []
            assert len(registers.targets(db)) == 4

    assert heads[0] == heads[1]


@pytest.fixture
def davy(pit: Pit) -> Iterator[Callable[..., Result]]:
    """`davy fleet ...`, with the console's own application for a network."""
    with network_of(pit.plant) as network:
        yield lambda *typed: CliRunner().invoke(command, typed, obj=network, env={"DAVY_URL": None})


def test_the_commands_enter_and_list_what_the_api_knows(davy: Callable[..., Result], tmp_path: Path) -> None:
    document = tmp_path / "report.pdf"
    document.write_bytes(DOCUMENT)
    for typed, listed, said in (
        (
            ("profile", "add", "west", "--zh", "西矿", "--en", "West", "--city", "大同", "--capacity", "1.8"),
            ("profile", "list"),
            "西矿 West",
        ),
        (
            ("workplace", "add", "north", "1301", "--kind", "face", "--zh", "面", "--en", "Face", "--from", "2025-01-01", "--series", "no"),
            ("workplace", "list", "north"),
            "1301",
        ),
        (
            ("declare", "add", "north", "upgrade_done", "1", "--from", "2025-01-01", "--to", "2027-01-01", "--document", str(document)),
            ("declare", "list", "north"),
            sha256(DOCUMENT).hexdigest()[:16],
        ),
        (
            ("stage", "add", "north", "p1", "application", "--date", "2025-03-01", "--blocker", "无数据"),
            ("stage", "list", "north"),
            "无数据",
        ),
        (
            ("assess", "add", "north", "--level", "primary", "--notice-date", "2025-03-01", "--authority", "局", "--document", "公示"),
            ("assess", "list", "north"),
            "初级 primary",
        ),
    ):
        entered = davy(*typed, "--name", "李工")
        assert (entered.exit_code, "已录入 entered" in entered.output) == (0, True), entered.output
        assert said in davy(*listed).output
        assert davy(*typed, "--name", "李工").exit_code != 0, "the same again needs a correction"


def test_the_programme_is_loaded_and_shown_with_both_baselines(davy: Callable[..., Result]) -> None:
    assert "已录入 entered 16, 已有 already there 0" in davy("series", "load", "--name", "x").output
    assert "已录入 entered 0, 已有 already there 16" in davy("series", "load", "--name", "x").output
    lines = davy("series", "show", "--day", "2026-11-30").output.splitlines()

    assert "未录入 not loaded" in lines[0]
    assert any(line.startswith("2024 (过去 past): 新增 +150") for line in lines)
    assert any("118 → 268: +150" in line and "Xinhua" in line for line in lines)
    assert any("107 → 268: +161" in line and "山西日报" in line for line in lines)
    assert any(line.startswith("2027 (下一个 next): 未见数字 no number was seen") for line in lines)


def test_a_told_total_and_a_target_are_entered_with_their_source(davy: Callable[..., Result]) -> None:
    told = ("series", "report", "r1", "400", "--date", "2026-06", "--where", "山西日报", "--confidence", "seen", "--name", "x")
    asked = ("series", "target", "t1", "--year", "2028", "--kind", "increment", "--value", "50", "--baseline", "b", "400", "--source", "s")

    assert davy(*told).exit_code == 0
    assert davy(*asked, "--confidence", "seen", "--name", "x").exit_code == 0
    output = davy("series", "show").output
    assert ("2026-06" in output, "2028 (下一个 next): 新增 +50" in output) == (True, True)


def test_a_list_is_imported_and_doubtful_rows_end_with_1(davy: Callable[..., Result], pit: Pit, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("煤矿名称,等级\nnorth矿,初级\n某矿,初级\n", encoding="utf-8")
    head = ("assess", "import", str(path), "--notice-date", "2025-03-01", "--authority", "局", "--document", "公示", "--name", "x")
    doubtful = davy(*head)

    assert (doubtful.exit_code, "第 3 行 row 3: mine" in doubtful.output) == (1, True)
    assert davy(*head, "--dry").exit_code == 1
    assert "已录入 entered 1" in davy(*head, "--good-only").output
    with pit.records.read() as db:
        assert [one.body.mine for one in registers.assessments(db)] == ["north"]


def test_a_declaration_without_its_document_is_refused_before_it_is_sent(davy: Callable[..., Result]) -> None:
    outcome = davy("declare", "add", "north", "upgrade_done", "1", "--from", "2025-01-01", "--to", "2027-01-01")

    assert outcome.exit_code != 0
    assert "--document" in str(outcome.exception)
