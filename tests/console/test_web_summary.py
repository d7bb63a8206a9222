"""A mine's figures from columns are what its points say one by one."""

import math
from collections import Counter
from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from alerts.packs import load
from console.web.board import Active, Scene, points_of
from console.web.states import AHEAD, DELIVERY, Standing, State
from console.web.summary import Summaries
from contracts import quality as q
from contracts.clock import BUILD_TIME, SECOND
from contracts.columns import Block
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.live import Live
from store.interface import Last

NOW = BUILD_TIME + 1000 * SECOND
PACK = load()
MINE = "north"
QUANTITIES = {
    "T1": ("methane", "face_return_corner"),
    "T2": ("methane", ""),
    "W1": ("wind_speed", "face_return_corner"),
    "S1": ("score", ""),
}
IDS = (*QUANTITIES, "T3", "T4")
GATEWAYS = ("gw1", "gw2")


def registry_of(ids: frozenset[str]) -> Registry:
    known = {id_: QUANTITIES.get(id_, ("methane", "face_low_high")) for id_ in sorted(ids)}
    points = (Point(id_, what, "1301", id_, id_, limit_row=row, mapped_by="李工" if row else "") for id_, (what, row) in known.items())
    return Registry(MINE, "北山", "Beishan", tuple(points))


bits = st.sampled_from([0, 0, 0, *q.NAMES, q.ALARM | q.CALIBRATION, q.CALIBRATION | q.SENSOR_FAULT]) | st.integers(0, 0xFFFF)
values = st.sampled_from([0.2, 0.99, 1.0, 1.4, math.nan, math.inf, -math.inf])
ages = st.sampled_from([0, SECOND, 3 * SECOND + DELIVERY, 3 * SECOND + DELIVERY + 1, 32 * SECOND, 40 * SECOND, -AHEAD, -AHEAD - 1])
ids = st.sampled_from([frozenset(IDS), frozenset(IDS), frozenset({"T1", "T3", "S1"}), frozenset({"T4", "W1"})])
readings = st.dictionaries(st.sampled_from(IDS), st.tuples(ages, values, bits), min_size=1)
gateway = st.sampled_from(GATEWAYS)
deeds = st.one_of(
    st.tuples(st.just("registry"), gateway, ids),
    st.tuples(st.just("hear"), gateway, st.sampled_from([0, 2, 4]), st.sampled_from([1, 5]), st.sampled_from([0, 2, -3])),
    st.tuples(st.just("read"), gateway, ids, readings),
    st.tuples(st.just("look")),
)
alarms = st.dictionaries(st.sampled_from([*IDS, "gone"]), st.booleans(), max_size=2)


def do(live: Live, deed: tuple[object, ...]) -> None:
    match deed:
        case ("registry", str(name), frozenset(named)):
            registry = registry_of(named)
            live.registries[registry.name] = registry
            live.change(Gateway(MINE, name), registry=registry.name, heard=NOW)
        case ("hear", str(name), int(ago), int(period), int(offset)):
            live.change(Gateway(MINE, name), heard=NOW - ago * SECOND, period=period * SECOND, clock_offset=offset * SECOND)
        case ("read", str(name), frozenset(named), dict(rows)):
            registry = registry_of(named)
            for id_, (age, value, flags) in rows.items():
                if id_ in named:
                    live.see(Gateway(MINE, name), registry, Block.of([registry.number[id_]], NOW - age, [value], flags))


def compare(summaries: Summaries, live: Live, standing: dict[str, bool], known: bool) -> None:
    active = Active(NOW, known, {(MINE, id_): Standing("7", unverified) for id_, unverified in standing.items()})
    points = points_of(Scene(live, PACK, active, NOW), MINE)
    sensors = [point for point in points if point.quantity != "score"]
    found = summaries.of(live, PACK, MINE, {id_: Standing("7", unverified) for id_, unverified in standing.items()}, NOW, known)

    assert dict(found.counts) == {state: Counter(p.state for p in sensors if p.installed.registered)[state] for state in State}
    aged = [point for point in sensors if point.age_s is not None]
    assert (found.newest is None) == (not aged)
    if found.newest is not None:
        assert round(found.newest[1] / SECOND, 1) == min(point.age_s for point in aged if point.age_s is not None)
        assert found.newest[0] in {point.time_us for point in aged}


BEGIN = [("registry", "gw1", frozenset(IDS)), ("read", "gw1", frozenset(IDS), {"T1": (0, 0.2, 0), "T3": (0, 1.4, q.CALIBRATION)})]


@settings(deadline=None)
@example([*BEGIN, ("hear", "gw1", 4, 1, 0)], {}, True, {})
@example(BEGIN, {"T1": True}, True, {})
@given(
    st.lists(deeds, max_size=12), alarms, st.booleans(), st.dictionaries(st.sampled_from(IDS), st.tuples(ages, values, bits), max_size=3)
)
def test_the_figures_of_a_mine_are_those_of_its_points(deeds, standing, known, recalled):
    live, summaries = Live(), Summaries()
    live.recalled[MINE] = {id_: Last(NOW - age, value, flags) for id_, (age, value, flags) in recalled.items()}
    for deed in deeds:
        if deed == ("look",):
            compare(summaries, live, standing, known)
        else:
            do(live, deed)
    compare(summaries, live, standing, known)


def test_a_point_that_two_gateways_name_is_that_of_the_one_that_reported_it_last() -> None:
    live, summaries = Live(), Summaries()
    for name in GATEWAYS:
        do(live, ("registry", name, frozenset({"T1"})))
    do(live, ("read", "gw1", frozenset({"T1"}), {"T1": (2 * SECOND, 0.2, 0)}))
    do(live, ("read", "gw2", frozenset({"T1"}), {"T1": (SECOND, 0.2, 0)}))
    compare(summaries, live, {}, known=True)
    do(live, ("hear", "gw2", 4, 1, 0))
    compare(summaries, live, {}, known=True)
    assert summaries.of(live, PACK, MINE, {}, NOW, alarms_known=True).counts[State.UNKNOWN] == 1
    do(live, ("read", "gw1", frozenset({"T1"}), {"T1": (0, 0.2, 0)}))
    compare(summaries, live, {}, known=True)

    assert summaries.of(live, PACK, MINE, {}, NOW, alarms_known=True).counts[State.NORMAL] == 1


def test_a_mine_nobody_has_heard_of_has_no_point_and_no_reading():
    assert Summaries().of(Live(), PACK, MINE, {}, NOW, alarms_known=True).newest is None


def test_a_layout_is_made_once_while_the_registries_stay(monkeypatch):
    live, summaries = Live(), Summaries()
    do(live, ("registry", "gw1", frozenset(IDS)))
    for age in (3 * SECOND, 2 * SECOND, SECOND):
        do(live, ("read", "gw1", frozenset(IDS), {"T1": (age, 0.2, 0)}))
        summaries.of(live, PACK, MINE, {}, NOW, alarms_known=True)
    kept = summaries._layouts[MINE]
    do(live, ("read", "gw1", frozenset(IDS), {"T2": (0, 0.2, 0)}))
    summaries.of(live, PACK, MINE, {}, NOW, alarms_known=True)
    assert summaries._layouts[MINE] is kept

    do(live, ("registry", "gw1", frozenset({"T1"})))
    assert summaries.of(live, PACK, MINE, {}, NOW, alarms_known=True).counts[State.NORMAL] == 1
    assert replace(kept).registered == len(IDS)
