"""A setting of the mine's own system that is looser than the regulation becomes an alarm of its point, with the clause."""

from alerts.subject import check_event
from alerts.words import REASONS, RULES
from contracts.points import Point, Registry
from edge_agent.findings import ORDER, changes, worst
from edge_agent.sources.kj_settings import Finding

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
