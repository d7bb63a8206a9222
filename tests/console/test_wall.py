"""The wall board: one card an alarm, what needs somebody first; the power to order withdrawal at the cut value; never calm by mistake."""

import re
from dataclasses import replace

import msgspec
import pytest

from console.web.access import Role
from console.web.wall import MOST_CARDS, board_of, order, rank, withdrawal_words
from contracts.clock import SECOND
from store.records.alarms import AlarmRow
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, add_person, client_of, session_of
from tests.console.test_duty import SHIFTS
from tests.console.test_web_pages import CHINESE, FOREIGN, _text
from tests.console.web_pit import Pit


@pytest.fixture
def pit() -> Pit:
    pit = Pit()
    pit.calm()
    pit.calm("south")
    return pit


def rows(pit: Pit) -> list[AlarmRow]:
    with pit.records.read() as db:
        return pit.journal.active(db)


def shown(pit: Pit, changed: list[AlarmRow] | None = None) -> list[str]:
    board = board_of(rows(pit) if changed is None else changed, {}, {}, pit.pack)
    return [card.alarm.id for card in board.cards]


def test_cards_stand_by_what_needs_somebody_then_priority_then_age(pit):
    pit.alarm("T00")
    pit.clock.advance(SECOND)
    pit.alarm("T01")
    base = sorted(rows(pit), key=lambda row: row.id)[0]
    made = [
        replace(base, id=1, priority=3, raised_at=10),
        replace(base, id=2, priority=1, raised_at=30),
        replace(base, id=3, priority=1, raised_at=20),
        replace(base, id=4, priority=1, raised_at=5, acknowledged=True),
        replace(base, id=5, priority=0, raised_at=25),
        replace(base, id=6, priority=1, raised_at=1, unverified=True),
        replace(base, id=7, priority=1, raised_at=22),
    ]

    assert shown(pit, made) == ["3", "7", "5", "2", "6", "1", "4"]
    assert shown(pit, made[::-1]) == shown(pit, made)
    assert [order(row) for row in sorted(made, key=order)] == sorted(order(row) for row in made)


def test_a_priority_nobody_knows_is_the_highest():
    assert [rank(priority) for priority in (0, 1, 2, 3, 4, 5, -1)] == [1, 1, 2, 3, 4, 1, 1]


def test_what_is_aside_by_design_has_no_card_but_is_counted(pit):
    pit.alarm("T00")
    [row] = rows(pit)
    aside = [replace(row, id=n, state=state) for n, state in enumerate(("shelved", "suppressed", "planned", "out_of_service"), 2)]

    board = board_of([row, *aside], {}, {}, pit.pack)

    assert [card.alarm.id for card in board.cards] == [str(row.id)]
    assert board.aside == {"shelved": 1, "suppressed": 1, "planned": 1, "out_of_service": 1}


def test_what_has_no_room_is_counted_and_the_loudest_is_of_all(pit):
    pit.alarm("T00")
    [row] = rows(pit)
    many = [replace(row, id=n, priority=2) for n in range(MOST_CARDS + 5)]

    board = board_of(many, {}, {}, pit.pack)

    assert (len(board.cards), board.more, board.loudest) == (MOST_CARDS, 5, 2)
    assert board_of([replace(one, acknowledged=True) for one in many], {}, {}, pit.pack).loudest == 0


@pytest.mark.parametrize(
    ("point", "value", "limit", "rule", "unverified", "stands", "due"),
    [
        ("T00", 1.6, 1.5, "limit.cut.0", False, True, True),
        ("T00", 1.2, 1.0, "limit.alarm", False, True, False),
        ("T00", 1.6, 1.0, "limit.alarm", False, True, True),
        ("T00", 1.6, 1.0, "limit.alarm", True, True, False),
        ("CO1", 30, 24, "limit.alarm", False, False, False),
    ],
)
async def test_the_power_to_order_withdrawal_stands_on_gas_cards_and_is_due_at_the_cut_value(
    pit, point, value, limit, rule, unverified, stands, due
):
    pit.alarm(point, value, limit, rule=rule, unverified=unverified)
    pit.read({point: value})

    async with client_of(app_of(pit.plant)) as web:
        page = (await web.get("/wall?lang=en")).text

    assert ("Art.196" in page, "AT THE CUT-OFF VALUE" in page) == (stands, due)


def test_the_words_of_the_power_are_the_clause_s(pit):
    text, clause = withdrawal_words(pit.pack)

    assert "矿调度员有权责令现场作业人员停止作业" in text.zh
    assert "196" in clause.zh
    assert withdrawal_words(msgspec.structs.replace(pit.pack, actions={})) is None


async def test_a_calm_board_says_that_silence_is_not_safety_and_shows_the_mines_as_they_are(pit):
    async with client_of(app_of(pit.plant)) as web:
        calm = (await web.get("/wall?lang=en")).text
        pit.clock.advance(60 * SECOND)
        silent = (await web.get("/wall?lang=en&mine=north")).text

    assert "Silence is not safety" in calm
    assert 'data-loudest="0"' in calm
    assert 'data-state="unknown"' in silent


async def test_a_highest_value_stands_only_on_what_is_over_else_it_would_lag_behind_the_reading(pit):
    alarm = pit.alarm("T00", 1.32)
    pit.read({"T00": 3.2})
    async with client_of(app_of(pit.plant)) as client:
        during = (await client.get("/wall?lang=en")).text
        pit.clock.advance(SECOND)
        pit.returned("T00")
        pit.clock.advance(3 * SECOND)
        after = (await client.get("/wall?lang=en")).text

    assert f"/alarms/{alarm}" in during
    assert "peak" not in re.sub(r"<style.*?</style>", "", during)
    assert "peak 1.32" in after


async def test_a_board_session_gets_the_wall_with_a_pin_pad_and_a_dispatcher_without(pit):
    pit.alarm("T00")
    board = session_of(pit, add_person(pit, "board", Role.DISPATCHER, "north"), board=True)
    person = session_of(pit, add_person(pit, "zhang", Role.DISPATCHER, "north"))
    outside = session_of(pit, add_person(pit, "province", Role.PROVINCE))
    app = app_of(pit.plant, entry=CLOSED)
    pages = []
    for cookies in (board, person, outside):
        async with client_of(app, cookies) as web:
            pages.append((await web.get("/wall?lang=en")).text)

    assert ['data-way="pin"' in page for page in pages] == [True, False, True]
    assert ['data-way="signed"' in page for page in pages] == [False, True, False]
    assert ['data-deed="report"' in page for page in pages] == [True, True, False]
    assert "Nangou" not in pages[0] + pages[1]


async def test_a_page_of_the_control_room_in_english_holds_no_chinese_and_one_in_chinese_no_english(pit):
    pit.alarm("T00")
    async with client_of(app_of(pit.plant)) as web:
        await web.post("/api/v1/mines/north/shifts", json={"name": "x", "shifts": SHIFTS})
        for path in ("/wall", "/handover?mine=north", "/reports?mine=north", "/reports/daily/north/2026-11-18"):
            pages = [_text((await web.get(path, params={"lang": lang})).text) for lang in ("en", "zh")]
            rest = set(re.findall(r"[A-Za-z_]{2,}", pages[1])) - FOREIGN - {"CO", "UTC", "PDF", "XLSX", "CSV", "hash"}

            assert (path, CHINESE.findall(pages[0])) == (path, [])
            assert (path, rest) == (path, set())
