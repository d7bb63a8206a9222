"""A setting of the mine's own system that is looser than the regulation becomes an alarm of its point, with the clause."""

from alerts.journal import Journal
from alerts.packs import load
from alerts.returns import take_returns
from alerts.subject import check_event
from alerts.transitions import MOST_RETURNS, SETTING_RULE
from alerts.words import REASONS, RULES
from contracts.points import Point, Registry
from edge_agent.findings import ORDER, changes, within, worst
from edge_agent.sources.kj_settings import Finding
from store.records import alarms
from store.records.engine import open_records

NOW = 1_790_000_000_000_000
REGISTRY = Registry("mine", "矿", "mine", (Point("T01", "methane", "face", "处", "place"),))


def finding(setting: str, found: float | None = 2.0, point: str = "T01") -> Finding:
    return Finding(point, setting, found, 1.0, "%", "face", "CMSR2025 Art.536, Table 19", "zh", "en")


def test_a_looser_setting_is_raised_once_told_again_when_it_changes_and_cleared_when_it_is_gone() -> None:
    first, other = worst([finding("cut"), finding("alarm")]), worst([finding("alarm", 3.0)])

    [raised] = changes({}, first, "pack", NOW)
    assert (raised.change, raised.value, raised.limit, raised.clause, raised.reason) == (
        "raise",
        2.0,
        1.0,
        "CMSR2025 Art.536, Table 19",
        "looser_alarm",
    )
    assert changes(first, first, "pack", NOW) == []
    assert [event.value for event in changes(first, other, "pack", NOW)] == [3.0]
    assert [event.change for event in changes(first, {}, "pack", NOW)] == ["return"]


def test_the_centre_takes_these_events_and_has_words_for_them() -> None:
    for setting in ORDER:
        for value in (None, 2.0):
            [event] = changes({}, worst([finding(setting, value)]), "pack", NOW)
            check_event(event, REGISTRY)
            assert event.rule in RULES
            assert event.reason in REASONS


def test_points_found_within_are_told_once_and_the_centre_keeps_a_mark_of_each() -> None:
    points = tuple(Point(f"T{n}", "methane", "face", "处", "place") for n in range(3))
    registry = Registry("mine", "矿", "mine", points)
    [told] = within((), {point.id for point in points}, "pack", NOW)
    assert list(within({point.id for point in points}, {"T0", "T1"}, "pack", NOW)) == []
    assert [one.points for one in within({"T0"}, {"T0", "T2"}, "pack", NOW)] == [["T2"]]

    records, journal = open_records("sqlite://"), Journal(load())
    with records.begin() as db:
        for event in changes({}, worst([finding("alarm", point="T1")]), "pack", NOW - 1):
            journal.event(db, "mine", "mine/gate", event, NOW, registry)
        take_returns(journal, db, "mine", "mine/gate", told, NOW, registry)
        assert alarms.marks(db, "mine", SETTING_RULE) == dict.fromkeys(("T0", "T2"), NOW)
        [waits] = alarms.alarms(db, mine="mine", rule=SETTING_RULE, open_only=True)
        assert (waits.point, waits.active, waits.changed) == ("T1", False, NOW)
    records.close()


def test_so_many_points_go_in_as_many_items_as_it_takes() -> None:
    many = {f"T{n}" for n in range(MOST_RETURNS + 1)}
    assert sorted(len(one.points) for one in within((), many, "pack", NOW)) == [1, MOST_RETURNS]
