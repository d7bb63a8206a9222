"""Pages of many mines: who needs somebody stands first, nobody is left out, and nothing grows without bound."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from alerts.alarm import Action, Deed
from console.web.pages_duty import STRIP
from console.web.province import GATEWAYS, MOST, Part, arranged, need, part_of, totals
from console.web.shapes import AlarmCount, MineView, Words
from console.web.states import MineState
from console.web.stream import _events
from console.web.watch import Watch
from contracts.clock import SECOND
from contracts.columns import Block
from contracts.points import Registry
from contracts.topics import Gateway
from tests.console.apps import app_of
from tests.console.web_pit import NOON, SOUTH, Pit

NAMES = [f"m{n:02d}" for n in range(MOST + 10)]
QUIET, LOUD = NAMES[-1], NAMES[-2]
"""The last of them by name: one that is not heard, and one with too much gas."""
NOTHING = Words("", "")


def view_of(id_: str, state: MineState, active: int | None = 0) -> MineView:
    count = None if active is None else AlarmCount(active)
    return MineView(id_, NOTHING, NOTHING, state, NOTHING, "", NOTHING, None, 0, None, count, {})


views = st.lists(
    st.builds(view_of, st.sampled_from(NAMES), st.sampled_from(list(MineState)), st.none() | st.integers(0, 3)),
    max_size=12,
    unique_by=lambda view: view.id,
)


class Province(Pit):
    """Many mines of four points each."""

    def go_on(self, but: frozenset[str] = frozenset(), gas: dict[str, float] | None = None) -> None:
        """A second passes, in which all report but these."""
        self.clock.advance(SECOND)
        for name in [name for name in NAMES if name not in but]:
            registry, gateway = Registry(name, f"矿{name}", f"Mine {name}", SOUTH.points), Gateway(name, "gw")
            self.live.registries[registry.name] = registry
            self.live.change(gateway, registry=registry.name, online=True, heard=self.clock.now())
            values = [(gas or {}).get(name, 0.2)] * len(registry.points)
            self.live.see(gateway, registry, Block.of(list(range(len(values))), self.clock.now(), values))


@pytest.fixture
def pit() -> Province:
    pit = Province()
    pit.go_on()
    pit.clock.advance(3 * SECOND)
    pit.go_on(frozenset({QUIET}), {LOUD: 1.2})
    return pit


@pytest_asyncio.fixture
async def client(pit: Province) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_of(pit.plant))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@given(views, st.integers(0, 12))
def test_no_mine_is_left_out_and_none_behind_needs_somebody_more(found: list[MineView], most: int) -> None:
    first, others = arranged(found, most)

    assert sorted(view.id for view in (*first, *others)) == sorted(view.id for view in found)
    assert len(first) <= most or not others
    if others:
        assert [*first, *others] == sorted(found, key=need)
        assert len(first) == most
    else:
        assert first == found


@given(views)
def test_every_mine_is_counted_under_its_state(found: list[MineView]) -> None:
    assert totals(found) == {state: sum(view.state == state for view in found) for state in MineState}


def test_unknown_comes_before_all_that_is_known_to_be_calm_and_of_equals_the_one_with_more_alarms() -> None:
    rows = [view_of("a", MineState.NORMAL), view_of("b", MineState.ALARM, 1), view_of("c", MineState.UNKNOWN, None)]
    rows += [view_of("d", MineState.ALARM, 2), view_of("e", MineState.PARTIAL)]

    assert [view.id for view in sorted(rows, key=need)] == ["d", "b", "c", "e", "a"]


@given(st.integers(1, 5), st.sets(st.sampled_from(NAMES), max_size=12))
def test_parts_one_after_the_other_are_all_gateways(most: int, some: set[str]) -> None:
    names, seen, after = sorted(some), [], ""
    while True:
        part = part_of(names, after, {"mine": "x"}, most)
        seen += part.shown
        assert part.all == len(names)
        if not part.more:
            break
        assert len(part.shown) == most
        after = part.more.removeprefix("?mine=x&after=")

    assert seen == names


def test_a_part_that_ends_with_the_last_gateway_has_none_behind_it() -> None:
    assert part_of(["a", "b"], "", {}, 2) == Part(["a", "b"], 2, "")


async def test_the_overview_has_cards_of_those_that_need_somebody_and_lists_all_others(client: httpx.AsyncClient) -> None:
    page = (await client.get("/?lang=en")).text
    cards, others = page.split('<section class="others"')

    assert re.findall(r'<article class="mine" data-mine="(\w+)" data-state="(\w+)"', cards)[:3] == [
        (LOUD, "alarm"),
        (QUIET, "unknown"),
        ("m00", "normal"),
    ]
    listed = re.findall(r'<li data-mine="(\w+)" data-state="(\w+)"[^>]* data-born=""', others)
    assert listed == [(name, "normal") for name in NAMES[MOST - 2 : -2]]
    assert re.findall(r'data-total="(\w+)"( hidden)?>.*?<b>(\d+)</b>', cards)[:3] == [
        ("alarm", "", "1"),
        ("unverified", " hidden", "0"),
        ("unknown", "", "1"),
    ]
    assert f"first={MOST}" in cards


async def test_an_overview_of_few_mines_is_as_it_was(pit: Province) -> None:
    few = Pit()
    few.calm()
    few.calm("south")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(few.plant)), base_url="http://test") as client:
        page = (await client.get("/")).text

    assert re.findall(r'<article class="mine" data-mine="(\w+)"', page) == ["north", "south"]
    assert not any(word in page for word in ("data-total", 'class="others"', "first="))


async def test_a_wall_of_many_mines_shows_the_first_and_counts_all(client: httpx.AsyncClient) -> None:
    page = (await client.get("/wall")).text

    assert re.findall(r'<li class="mine" data-mine="(\w+)"', page)[:2] == [LOUD, QUIET]
    assert len(re.findall('<li class="mine"', page)) == STRIP
    assert sum(int(count) for count in re.findall(r"data-total=.*?<b>(\d+)</b>", page)) == len(NAMES)


async def test_a_page_of_one_mine_draws_up_no_other(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[str] = []
    picture, view = Watch.picture, Watch.view
    monkeypatch.setattr(Watch, "picture", lambda self, scene, mine: drawn.append(mine) or picture(self, scene, mine))
    monkeypatch.setattr(Watch, "view", lambda self, scene, mine: drawn.append(mine) or view(self, scene, mine))
    for path in ("/wall", "/permits", "/calibration", "/log", "/handover", "/reports", "/inbox", "/inspect", "/drills", "/receipts"):
        assert (await client.get(f"{path}?mine=m07")).status_code == 200

    assert set(drawn) == {"m07"}


@pytest.mark.parametrize("path", ["/receipts", "/locktests"])
async def test_gateways_come_in_parts_and_of_one_mine(client: httpx.AsyncClient, path: str) -> None:
    shown = re.compile(r"<h2><code>(\w+/gw)</code>")
    first = (await client.get(path)).text
    more = re.search(r'<p><a href="(\?after=[^"]+)"', first)
    assert more is not None
    second, last = (await client.get(path + more.group(1))).text, (await client.get(f"{path}?after=m68")).text

    assert shown.findall(first) == [f"{name}/gw" for name in NAMES[:GATEWAYS]]
    assert shown.findall(second) == [f"{name}/gw" for name in NAMES[GATEWAYS : 2 * GATEWAYS]]
    assert shown.findall(last) == ["m68/gw", "m69/gw"]
    assert '<p><a href="?after=' not in last
    assert shown.findall((await client.get(f"{path}?mine=m33")).text) == ["m33/gw"]
    assert (await client.get(f"{path}?mine=nowhere")).status_code == 404


@pytest.mark.parametrize("path", ["/alarms", "/inbox", "/log", "/receipts", "/drills"])
async def test_every_mine_can_be_chosen_by_its_name(client: httpx.AsyncClient, path: str) -> None:
    options = re.findall(r'<option value="(m\d\d)"[^>]*>([^<]+)</option>', (await client.get(f"{path}?lang=en")).text)

    assert options == [(name, f"Mine {name}") for name in NAMES]


async def test_the_ledger_of_a_page_is_that_of_the_gateways_on_it(pit: Province) -> None:
    asked: list[str] = []
    plant = replace(pit.plant, ledger=lambda gateway, _start, _end: asked.append(gateway) or [])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app_of(plant)), base_url="http://test") as client:
        await client.get("/receipts")

    assert set(asked) == {f"{name}/gw" for name in NAMES[:GATEWAYS]}


async def test_drills_of_many_mines_are_asked_for_after_one_was_chosen(client: httpx.AsyncClient) -> None:
    every, one = (await client.get("/drills")).text, (await client.get("/drills?mine=m33")).text

    assert 'name="point"' not in every
    assert re.findall(r'name="mine" value="(\w+)"', one) == ["m33"]
    assert one.count('name="point"') == 1


async def following(stream: AsyncIterator[str]) -> dict:
    return json.loads((await anext(stream)).removeprefix("data: "))


async def test_of_mines_without_a_card_only_changes_are_told(pit: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.web.stream.EVERY_S", 0.0)
    stream = _events(Watch(pit.plant), "en", None, None, first=2)
    await anext(stream)
    first = await following(stream)
    pit.go_on(frozenset({QUIET}), {LOUD: 1.2})
    second = await following(stream)
    pit.go_on(frozenset({QUIET}), {LOUD: 1.2, "m05": 1.3})
    third = await following(stream)
    pit.go_on(frozenset({QUIET}), {LOUD: 1.2})
    fourth = await following(stream)

    assert [mine["id"] for mine in first["mines"] if "gateways" in mine] == [LOUD, QUIET]
    assert len(first["mines"]) == len(NAMES)
    assert [mine["id"] for mine in second["mines"]] == [LOUD, QUIET]
    assert second["totals"] | {"alarm": 1, "unknown": 1, "normal": len(NAMES) - 2} == second["totals"]
    assert {mine["id"]: mine["state"] for mine in third["mines"]} == {"m05": "alarm", LOUD: "alarm"}
    assert [mine["id"] for mine in fourth["mines"]] == [LOUD, QUIET, "m05"]
    assert fourth["mines"][-1]["state"] == "normal"
    await stream.aclose()


async def test_alarms_of_all_mines_are_counted_and_not_known_where_they_cannot_be_read(pit: Province) -> None:
    watch = Watch(pit.plant)
    pit.hear("north")
    pit.alarm("T00")
    stream = _events(watch, "en", None, None, first=0)
    await anext(stream)

    assert (await following(stream))["active"] == 1
    await stream.aclose()
    pit.records.close()
    object.__setattr__(pit.plant, "look", _unreadable)
    pit.clock.advance(20 * SECOND)
    stream = _events(watch, "en", None, None, first=0)
    await anext(stream)
    event = await following(stream)

    assert event["active"] is None
    assert event["totals"]["normal"] == 0
    await stream.aclose()


async def _unreadable(_work: object, *, store: bool = False) -> None:
    await asyncio.Event().wait()


async def test_a_reading_of_alarms_that_was_thrown_away_hides_nothing_from_the_next() -> None:
    """An alarm is read, but a deed makes the reading stale before it is taken over: the next one has to tell the alarm all the same."""
    pit = Pit()
    pit.calm()
    watch = Watch(pit.plant)
    await watch.scene()
    gate, run = asyncio.Event(), pit.plant.run

    async def late(work):  # type: ignore[no-untyped-def]
        done = work()
        await gate.wait()
        return done

    object.__setattr__(pit.plant, "run", late)
    pit.alarm("T00")
    pit.clock.advance(2 * SECOND)
    waiting = asyncio.ensure_future(watch.scene())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    watch.forget()
    gate.set()
    object.__setattr__(pit.plant, "run", run)
    await waiting
    scene = await watch.scene()

    assert [row.point for row in scene.active.rows] == ["T00"]
    with pit.records.begin() as db:
        pit.journal.act(db, scene.active.rows[0].id, Action(Deed.ACKNOWLEDGE, "x", "y"), NOON)
    watch.forget()
    assert (await watch.scene()).active.rows[0].acknowledged
