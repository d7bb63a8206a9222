"""Identifiers are found, points are exported, a day of gas drainage is shown: and a mine that is not the viewer's is not there."""

import asyncio
import csv
import io
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from msgspec.structs import replace

from console.fleet.registering import Deed, NotEntered, enter_profile, enter_workplace
from console.web.access import Role
from console.web.draw_programme import curve_of
from contracts.clock import DAY, HOUR, SECOND
from contracts.columns import Block
from contracts.points import Point, Registry, check_registry
from fleet.bodies import Profile, Workplace, write
from store.interface import WINDOW, Delivery
from store.records import fleet_log, gateways, registry
from store.records.fleet_log import New
from tests.console.apps import app_of
from tests.console.people_pit import CLOSED, add_person, client_of, session_of
from tests.console.web_pit import GATEWAYS, NORTH, SOUTH, Pit

GAS, PUMP, PIT_ID = "88.123.1/GAS-0042", "88.123.1/泵/1", "88.123.1/MINE"
PIPE = {"DS-CH4": ("pipe_methane", 40.0), "DS-Q": ("pipe_flow", 30.0), "DS-P": ("pipe_suction", 20.0), "DS-TE": ("pipe_temperature", 30.0)}
STATION = tuple(
    Point(name, quantity, "station", "抽采泵站", "drainage station", stream="pipe:main", identifier=PUMP)
    for name, quantity in {**{name: quantity for name, (quantity, _) in PIPE.items()}, "DS-BARO": "pressure"}.items()
)
PURE = 12.0 * (70.0 / 101.325) * (293.15 / 303.15)


def marked(point: Point) -> Point:
    return replace(point, identifier=GAS) if point.id == "T01" else replace(point, place_zh="=SUM(A1)") if point.id == "T02" else point


DRAINED = check_registry(Registry("north", NORTH.mine_zh, NORTH.mine_en, (*map(marked, NORTH.points), *STATION)))
FAR = check_registry(Registry("south", SOUTH.mine_zh, SOUTH.mine_en, (replace(SOUTH.points[0], identifier=GAS), *SOUTH.points[1:])))


def plant() -> Pit:
    """Two mines with one identifier in both, and half a day of drainage in the north."""
    pit = Pit()
    for mine, used in (("north", DRAINED), ("south", FAR)):
        pit.calm(mine)
        pit.live.registries[used.name] = used
        pit.live.change(GATEWAYS[mine], registry=used.name)
        with pit.records.begin() as db:
            registry.put(db, f"{mine}/gw1", used, 1)
            gateways.heard(db, f"{mine}/gw1", 1)
    with pit.records.begin() as db:
        mines = [
            Profile(mine="north", name_zh="北山煤矿", name_en="Beishan mine", identifier=PIT_ID),
            Profile(mine="south", name_zh="南沟煤矿", name_en="Nangou mine", identifier="88.123.1/OTHER"),
        ]
        profiles = [New("profile", mine.mine, "", "", write(mine)) for mine in mines]
        face = Workplace(
            mine="north",
            id="1301",
            kind="face",
            name_zh="1301工作面",
            name_en="face 1301",
            valid_from="2026-01-01",
            identifier="88.123.1/F1301",
        )
        fleet_log.append(db, [*profiles, New("workplace", "north", "", "1301", write(face))], "x", 1)
        there = Workplace(mine="south", id="2201", kind="face", name_zh="南沟工作面", name_en="Nangou face", valid_from="2026-01-01")
        fleet_log.append(db, [New("workplace", "south", "", "2201", write(there))], "x", 1)
    start = pit.clock.now() // DAY * DAY - 8 * HOUR
    values = {**{name: value for name, (_, value) in PIPE.items()}, "DS-BARO": 900.0}
    numbers = [DRAINED.number[name] for name in values]
    times = np.arange(start, start + 12 * HOUR, 60 * SECOND)
    block = Block.of(np.tile(numbers, len(times)), np.repeat(times, len(numbers)), np.tile(list(values.values()), len(times)))
    pit.store.append([Delivery("north/gw1", "e9", 0, 7, start, start, False, DRAINED, block)])
    return pit


class Caller:
    """One browser, in one event loop."""

    def __init__(self, app: FastAPI, cookies: dict[str, str] | None = None) -> None:
        self._runner, self._client = asyncio.Runner(), client_of(app, cookies)

    def get(self, path: str, **params: str) -> httpx.Response:
        return self._runner.run(self._client.get(path, params=params))

    def close(self) -> None:
        self._runner.run(self._client.aclose())
        self._runner.close()


@pytest.fixture(scope="module")
def pit() -> Pit:
    return plant()


@pytest.fixture(scope="module")
def client(pit: Pit) -> Iterator[Caller]:
    caller = Caller(app_of(pit.plant))
    yield caller
    caller.close()


def day_of(pit: Pit) -> str:
    return pit.plant.zone.day(pit.clock.now())


def test_an_identifier_is_found_with_its_slashes_everywhere_it_stands(client: Caller) -> None:
    found = client.get(f"/api/v1/id/{GAS}").json()["items"]
    assert [(one["kind"], one["mine"], one["id"], one["href"]) for one in found] == [
        ("point", "north", "T01", "/mines/north/points/T01"),
        ("point", "south", "T00", "/mines/south/points/T00"),
    ]
    pump = client.get(f"/api/v1/id/{PUMP}").json()["items"]
    assert {one["id"] for one in pump} == {point.id for point in STATION}


def test_a_mine_and_a_workplace_have_identifiers_too(client: Caller) -> None:
    [mine] = client.get(f"/api/v1/id/{PIT_ID}").json()["items"]
    [face] = client.get("/api/v1/id/88.123.1/F1301").json()["items"]
    assert (mine["kind"], mine["id"], face["kind"], face["id"]) == ("mine", "north", "workplace", "1301")


@pytest.mark.parametrize(("asked", "status"), [("88.123.1/nobody", 404), ("88.123.1/gas-0042", 404), ("GAS-0042", 422), ("88.123.1/", 422)])
def test_what_nobody_carries_is_404_and_what_is_none_is_422(client: Caller, asked: str, status: int) -> None:
    answer = client.get(f"/api/v1/id/{asked}")
    assert (answer.status_code, answer.json()["error"]["place"]) == (status, "path.identifier")


@pytest.mark.parametrize(
    ("text", "ids"),
    [("gas-0042", {"T01", "T00"}), ("泵/1", {point.id for point in STATION}), ("beishan", {"north"}), ("0W01", {"W01"}), ("没有", set())],
)
def test_search_takes_a_part_of_anything_in_any_case(client: Caller, text: str, ids: set[str]) -> None:
    assert {one["id"] for one in client.get("/api/v1/search", q=text).json()["items"]} == ids


def test_of_another_mine_nothing_is_found(pit: Pit) -> None:
    token = session_of(pit, add_person(pit, "wang", Role.ENGINEER, "north"))
    client = Caller(app_of(pit.plant, entry=CLOSED), token)
    try:
        assert [one["mine"] for one in client.get(f"/api/v1/id/{GAS}").json()["items"]] == ["north"]
        assert [client.get("/api/v1/search", q=text).json()["items"] for text in ("2201", "nangou", "88.123.1/OTHER")] == [[], [], []]
        assert client.get("/api/v1/id/88.123.1/OTHER").status_code == 404
        assert client.get("/api/v1/mines/south/points.csv").status_code == 404
        assert client.get("/api/v1/mines/south/drainage").status_code == 404
        assert "2201" not in client.get("/find", q="2201").text.replace("q=2201", "").replace('value="2201"', "")
    finally:
        client.close()


def test_points_carry_their_identifier_in_the_api_and_in_the_table(client: Caller) -> None:
    point = client.get("/api/v1/mines/north/points/T01").json()
    assert point["installed"]["identifier"] == GAS

    answer = client.get("/api/v1/mines/north/points.csv")
    rows = {row["point"]: row for row in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert (rows["T01"]["identifier"], rows["T01"]["unit"], rows["DS-Q"]["stream"]) == (GAS, "%CH4", "pipe:main")
    assert rows["T02"]["place_zh"] == "'=SUM(A1)"
    assert len(rows) == len(DRAINED.points)


def test_a_day_of_drainage_has_volumes_curves_and_says_what_is_missing(pit: Pit, client: Caller) -> None:
    shown = client.get("/api/v1/mines/north/drainage", day=day_of(pit)).json()

    [pipe] = shown["pipes"]
    assert (pipe["name"], len(pipe["flow"]), pipe["completeness"]) == ("pipe:main", DAY // WINDOW, 0.5)
    assert pipe["flow"][0] == pytest.approx(PURE, rel=1e-3)
    assert pipe["flow"][200] is None
    assert pipe["m3"] == pytest.approx(PURE * 720, rel=1e-3)
    volume, rate = shown["facts"]
    assert (volume["value"], volume["why"]["en"], rate["why"]["en"]) == (
        None,
        "too little data",
        "no main return with a section is registered",
    )
    assert (shown["standard_kpa"], shown["standard_c"], shown["over"]) == (101.325, 20.0, False)


def test_a_mine_without_a_pipe_and_a_day_that_is_none(client: Caller) -> None:
    south = client.get("/api/v1/mines/south/drainage").json()
    assert (south["pipes"], south["facts"]) == ([], [])
    assert client.get("/api/v1/mines/north/drainage", day="someday").status_code == 422


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_pages_show_the_same(pit: Pit, client: Caller, lang: str) -> None:
    drained = client.get("/mines/north/drainage", day=day_of(pit), lang=lang).text
    assert f"{PURE * 720:.1f} m³" in drained
    assert ("无证据" if lang == "zh" else "no evidence") in drained
    assert 'class="gap"' in drained
    none = client.get("/mines/south/drainage", lang=lang).text
    assert ("没有登记抽采管道" if lang == "zh" else "No drainage pipe is registered") in none
    assert "/mines/north/drainage" in client.get("/mines/north", lang=lang).text
    assert "/mines/south/drainage" not in client.get("/mines/south", lang=lang).text
    found = client.get("/find", q="GAS", lang=lang).text
    assert "/mines/north/points/T01" in found
    assert GAS in found
    assert GAS in client.get("/mines/north/points/T01", lang=lang).text
    assert ("没有找到" if lang == "zh" else "Nothing was found") in client.get("/find", q="zzz", lang=lang).text


def test_a_curve_has_no_line_over_a_gap() -> None:
    drawn = curve_of([1.0, 2.0, None, None, 2.0, None])
    assert (drawn.gaps, drawn.peak, len(drawn.lines), drawn.width) == (((2, 2), (5, 1)), 2.0, 2, 6)
    assert drawn.lines[1].startswith("M4 ")
    assert drawn.lines[1].endswith("H5")
    assert curve_of([None, None]).lines == ()
    assert curve_of([0.0]).lines == ("M0 60.0V60.0H1",)


@pytest.mark.parametrize("bad", ["GAS-0042", "88.123.1/", "88 .1/x"])
def test_a_mine_or_workplace_is_not_registered_with_an_identifier_of_another_form(bad: str) -> None:
    pit = Pit()
    deed = Deed("王工", pit.clock.now())
    good = Profile(mine="west", name_zh="西矿", name_en="West", identifier="88.123.1/WEST")
    face = Workplace(mine="west", id="1301", kind="face", name_zh="面", name_en="face", valid_from="2026-01-01", identifier=bad)
    with pit.records.begin() as db:
        with pytest.raises(NotEntered, match="identifier"):
            enter_profile(db, replace(good, identifier=bad), deed)
        enter_profile(db, good, deed)
        with pytest.raises(NotEntered, match="identifier"):
            enter_workplace(db, face, deed)
