"""What people enter into the fleet's log: refused where it cannot stand, appended where it can, never rewritten."""

import io
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from zipfile import ZIP_DEFLATED, ZipFile

import msgspec
import openpyxl  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Connection

from console.fleet import notices, registering, registers
from console.fleet.registering import Deed, NotEntered
from contracts.clock import BUILD_TIME
from fleet.bodies import Assessment, Declared, Level, Object, Profile, Reported, Stage, Step, Target, Workplace
from store.records import audit, fleet_log
from store.records.engine import Records, open_records

BY = Deed("李工", BUILD_TIME)
HASH = sha256(b"notice").hexdigest()
TODAY = registering.today(8, BUILD_TIME)


@pytest.fixture(scope="module")
def records() -> Iterator[Records]:
    records = open_records("sqlite://")
    with records.begin() as connection:
        for mine, zh in (("a", "甲矿"), ("b", "乙矿"), ("c", "丙矿"), ("c2", "丙矿")):
            registering.enter_profile(connection, Profile(mine=mine, name_zh=zh, name_en=f"Mine {mine}"), BY)
        washery = Profile(mine="w", name_zh="洗选厂", name_en="Washery", object=Object.WASHERY)
        registering.enter_profile(connection, washery, BY)
    yield records
    records.close()


@pytest.fixture
def db(records: Records) -> Iterator[Connection]:
    """One transaction a test; it is undone."""
    with records.engine.connect() as connection:
        standing = connection.begin()
        yield connection
        standing.rollback()


def notice(**more: object) -> Assessment:
    fields = {"id": "", "mine": "a", "object": Object.MINE, "authority": "省能源局", "level": Level.PRIMARY} | more
    return Assessment(**{"notice_date": "2025-03-01", "document": "公示第1号"} | fields)


def stage(step: Step = Step.APPLICATION, day: str = "2025-03-01", **more: str) -> Stage:
    return Stage(**{"project": "p1", "mine": "a", "object": Object.MINE, "step": step, "date": day} | more)


def face(**more: object) -> Workplace:
    fields = {"mine": "a", "id": "1301", "kind": "face", "name_zh": "1301工作面", "name_en": "Face 1301", "valid_from": "2025-01-01"}
    return Workplace(**fields | more)


def word(**more: object) -> Declared:
    fields = {"mine": "a", "name": "upgrade_done", "value": 1.0, "valid_from": "2025-01-01", "valid_to": "2026-12-31", "by": "x"}
    return Declared(**fields | {"document": HASH, "document_name": "验收报告.pdf"} | more)


def refused(error: pytest.ExceptionInfo[NotEntered]) -> tuple[str, bool]:
    return error.value.field, error.value.clash


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (Profile(mine="Ä", name_zh="x", name_en="x"), "mine"),
        (Profile(mine="n", name_zh=" ", name_en="x"), "name_zh"),
        (Profile(mine="n", name_zh="x", name_en="x", city="郑州"), "city"),
        (Profile(mine="n", name_zh="x", name_en="x", object=Object.FACE), "object"),
        (Profile(mine="n", name_zh="x", name_en="x", gas_class="some"), "gas_class"),
        (Profile(mine="n", name_zh="x", name_en="x", depth_m=0), "depth_m"),
        (Profile(mine="n", name_zh="x", name_en="x", capacity_mt=float("nan")), "capacity_mt"),
        (Profile(mine="n", name_zh="x", name_en="x", zone_hours=20), "zone_hours"),
    ],
)
def test_a_profile_that_cannot_stand_is_refused_by_its_field(db: Connection, body: Profile, field: str) -> None:
    with pytest.raises(NotEntered) as error:
        registering.enter_profile(db, body, BY)

    assert refused(error) == (field, False)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"mine": "nowhere"}, "mine"),
        ({"authority": " "}, "authority"),
        ({"document": ""}, "document"),
        ({"document_sha256": "12"}, "document_sha256"),
        ({"rule": "shanxi-2099"}, "rule"),
        ({"notice_date": "2025-02-30"}, "notice_date"),
        ({"notice_date": "2099-01-01"}, "notice_date"),
        ({"valid_to": "2025-02-01"}, "valid_to"),
        ({"revoked": "2025-02-01"}, "revoked"),
        ({"object": Object.FACE}, "subject"),
        ({"subject": "1301"}, "subject"),
        ({"mine": "w"}, "subject"),
        ({"id": "no spaces"}, "id"),
    ],
)
def test_a_notice_that_cannot_stand_is_refused_by_its_field(db: Connection, more: dict[str, object], field: str) -> None:
    with pytest.raises(NotEntered) as error:
        registering.enter_assessment(db, notice(**more), BY)

    assert refused(error) == (field, False)
    assert registers.assessments(db) == []


def test_the_same_notice_twice_is_refused_whatever_its_id_or_wording(db: Connection) -> None:
    registering.enter_assessment(db, notice(), BY)

    for again in (notice(), notice(id="other"), notice(document="公示 第一号")):
        with pytest.raises(NotEntered) as error:
            registering.enter_assessment(db, again, BY)
        assert error.value.clash
    assert len(registers.assessments(db)) == 1
    registering.enter_assessment(db, notice(level=Level.ADVANCED), BY)
    registering.enter_assessment(db, notice(object=Object.FACE, subject="1301"), BY)


def test_an_id_is_of_one_mine_only(db: Connection) -> None:
    registering.enter_assessment(db, notice(id="n1"), BY)

    with pytest.raises(NotEntered) as error:
        registering.enter_assessment(db, notice(id="n1", mine="b"), BY)
    assert refused(error) == ("id", True)


def test_a_correction_says_why_and_leaves_the_first_entry_where_it_is(db: Connection) -> None:
    first = registering.enter_assessment(db, notice(id="n1"), BY)
    with pytest.raises(NotEntered) as error:
        registering.enter_assessment(db, notice(id="n1", revoked="2025-08-01"), BY)
    assert refused(error) == ("correction", True)

    second = registering.enter_assessment(db, notice(id="n1", revoked="2025-08-01", correction="公示撤销"), Deed("王工", BUILD_TIME + 1))
    [kept] = registers.assessments(db)
    entries = [entry for entry in fleet_log.entries(db) if entry.kind == "assessment"]

    assert (kept.n, kept.body.revoked) == (second, "2025-08-01")
    assert [entry.n for entry in entries] == [first, second]
    assert entries[0].actor != entries[1].actor


def test_nothing_can_be_corrected_that_does_not_stand_and_nothing_said_twice(db: Connection) -> None:
    with pytest.raises(NotEntered):
        registering.enter_workplace(db, face(correction="x"), BY)
    registering.enter_workplace(db, face(), BY)
    with pytest.raises(NotEntered):
        registering.enter_workplace(db, face(correction="the same again"), BY)
    registering.enter_workplace(db, face(length_m=220.0, correction="长度已测"), BY)

    assert [one.body.length_m for one in registers.workplaces(db, "a")] == [220.0]


def test_every_entry_has_its_link_in_the_audit_chain_and_names_stand_nowhere(db: Connection) -> None:
    n = registering.enter_declared(db, word(), BY)
    entry = next(fleet_log.entries(db, n))
    link = audit.links(db)[-1]

    assert (link.kind, link.actor) == ("fleet.declared", audit.pseudonym("李工"))
    assert msgspec.json.decode(link.payload)["hash"] == entry.hash == fleet_log.link_hash(entry)
    assert registers.declared(db, "a")[0].body.by == entry.actor == audit.pseudonym("李工")
    assert all("李工" not in f"{one.actor}{one.body.decode()}" for one in fleet_log.entries(db))
    assert all("李工" not in f"{one.actor}{one.payload.decode()}" for one in audit.links(db))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": "luck"}, "name"),
        ({"value": float("inf")}, "value"),
        ({"document": "A" * 64}, "document"),
        ({"document_name": ""}, "document_name"),
        ({"valid_to": ""}, "valid_to"),
        ({"valid_to": "2024-12-31"}, "valid_to"),
        ({"subject": "a b"}, "subject"),
    ],
)
def test_a_declaration_needs_its_document_and_the_days_it_holds(db: Connection, more: dict[str, object], field: str) -> None:
    with pytest.raises(NotEntered) as error:
        registering.enter_declared(db, word(**more), BY)

    assert refused(error) == (field, False)


@pytest.mark.parametrize(
    ("more", "field"),
    [({"kind": "shop"}, "kind"), ({"length_m": -1.0}, "length_m"), ({"id": ""}, "id"), ({"valid_to": "2024-01-01"}, "valid_to")],
)
def test_a_workplace_that_cannot_stand_is_refused_by_its_field(db: Connection, more: dict[str, object], field: str) -> None:
    with pytest.raises(NotEntered) as error:
        registering.enter_workplace(db, face(**more), BY)

    assert refused(error) == (field, False)


def test_steps_of_a_project_go_forward_are_past_and_of_one_object(db: Connection) -> None:
    registering.enter_stage(db, stage(), BY)

    for wrong, field in (
        (stage(Step.FIRST_REVIEW, "2025-02-28"), "date"),
        (stage(Step.SELF_ASSESSMENT, "2025-03-02"), "date"),
        (stage(Step.NOTICE, "2099-01-01"), "date"),
        (stage(Step.FIRST_REVIEW, "2025-03-05", object=Object.FACE, subject="1301"), "object"),
        (stage(blocker="x" * 301, correction="y"), "blocker"),
    ):
        with pytest.raises(NotEntered) as error:
            registering.enter_stage(db, wrong, BY)
        assert error.value.field == field
    registering.enter_stage(db, stage(Step.FIRST_REVIEW, TODAY, blocker="数据未接入"), BY)

    assert [one.body.step for one in registers.stages(db, "a")] == [Step.APPLICATION, Step.FIRST_REVIEW]


def test_a_total_without_source_and_a_target_with_a_wrong_number_are_refused(db: Connection) -> None:
    with pytest.raises(NotEntered):
        registering.enter_reported(db, Reported(id="r", date="2026-01", total=400, where=" ", confidence="seen"), BY)
    with pytest.raises(NotEntered):
        registering.enter_target(db, Target(id="t", year=2026, kind="scope", value=5, source="s", confidence="seen"), BY)
    registering.enter_reported(db, Reported(id="r", date="2026-01", total=400, where="w", confidence="seen"), BY)
    registering.enter_target(db, Target(id="t", year=2026, kind="total", value=500, source="s", confidence="seen"), BY)


def test_the_programme_is_loaded_once_and_what_a_person_changed_is_left(db: Connection) -> None:
    first = registering.load_series(db, BY)
    count = len(list(fleet_log.entries(db)))
    again = registering.load_series(db, BY)

    assert (len(first.entered), again.entered, again.already) == (16, (), first.entered)
    assert len(list(fleet_log.entries(db))) == count
    told = next(one.body for one in registers.reported(db) if one.body.id == "sx-2025-11")
    registering.enter_reported(db, msgspec.structs.replace(told, total=370, correction="更正"), BY)
    assert registering.load_series(db, BY).differs == ("sx-2025-11",)
    assert registering.load_series(db, BY, "回到原报道").entered == ("sx-2025-11",)
    assert {one.body.total for one in registers.reported(db) if one.body.id == "sx-2025-11"} == {369}
    assert registers.assessments(db) == [], "what the press told is never an assessment"


LIST = """序号,煤矿名称,等级,公示日期,备注
1,甲矿,初级,2025年3月1日,
2,乙矿,中级,2025/3/1,
3,丙矿,初级,2025-03-01,
4,丁矿,初级,2025-03-01,
5,乙矿,特级,2025-03-01,
6,甲矿,初级,2025.03.01,again
7,b,高级,去年,
"""
HEAD = {"authority": "省能源局", "document": "公示第1号"}


def enter(db: Connection, text: str = LIST, *, good_only: bool = False, dry: bool = False) -> notices.Outcome:
    return notices.enter_list(db, notices.read_list("list.csv", text.encode()), HEAD, BY, None, good_only=good_only, dry=dry)


def test_every_doubtful_row_is_named_and_one_of_them_holds_up_the_list(db: Connection) -> None:
    outcome = enter(db)

    assert [(one.row, one.field) for one in outcome.doubtful] == [(4, "mine"), (5, "mine"), (6, "level"), (7, "mine"), (8, "notice_date")]
    assert "several" in outcome.doubtful[0].allowed
    assert (outcome.rows, outcome.good, outcome.written, outcome.ignored) == (7, 2, False, ["序号", "备注"])
    assert registers.assessments(db) == []


def test_the_good_rows_alone_may_be_entered_and_a_second_time_they_stand_already(db: Connection) -> None:
    assert enter(db, dry=True, good_only=True).written is False
    assert registers.assessments(db) == []
    assert enter(db, good_only=True).written
    assert [(one.body.mine, one.body.level, one.body.notice_date) for one in registers.assessments(db)] == [
        ("a", Level.PRIMARY, "2025-03-01"),
        ("b", Level.INTERMEDIATE, "2025-03-01"),
    ]
    again = enter(db, good_only=True)
    assert (again.good, again.already) == (0, 3)
    assert len(registers.assessments(db)) == 2


def test_who_sees_some_mines_enters_of_those_only(db: Connection) -> None:
    listed = notices.read_list("list.csv", LIST.encode("gb18030"))
    outcome = notices.enter_list(db, listed, HEAD, BY, frozenset({"b"}), good_only=True)

    assert [one.body.mine for one in registers.assessments(db)] == ["b"]
    assert (outcome.doubtful[0].row, outcome.doubtful[0].field) == (2, "mine")


def test_a_workbook_is_read_as_the_text_is(db: Connection) -> None:
    book = openpyxl.Workbook()
    book.active.append(["山西省智能化煤矿名单"])
    book.active.append(["煤矿名称", "对象", "工作面", "等级", "公示日期"])
    book.active.append(["甲矿", "采煤工作面", 1301, "高级", date(2025, 3, 1)])
    data = io.BytesIO()
    book.save(data)
    outcome = notices.enter_list(db, notices.read_list("list.xlsx", data.getvalue()), HEAD, BY, None)
    [kept] = registers.assessments(db)

    assert outcome.written
    assert (kept.body.object, kept.body.subject, kept.body.level, kept.body.notice_date) == (
        Object.FACE,
        "1301",
        Level.ADVANCED,
        "2025-03-01",
    )


def test_a_workbook_that_unpacks_to_more_than_anybody_lists_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "MOST_BYTES", 10_000)
    data = io.BytesIO()
    with ZipFile(data, "w", ZIP_DEFLATED) as book:
        book.writestr("xl/sharedStrings.xml", b" " * (notices.MOST_BYTES + 1))

    with pytest.raises(NotEntered, match="unpacked"):
        notices.read_list("list.xlsx", data.getvalue())


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.csv", b"no,heading\n1,2"), ("a.csv", b"\xff\xff\xff"), ("a.xlsx", b"PK nothing"), ("a.csv", "煤矿,矿井\n甲,乙".encode())],
)
def test_what_is_no_list_is_refused(name: str, data: bytes) -> None:
    with pytest.raises(NotEntered) as error:
        notices.read_list(name, data)

    assert error.value.field == "file"
