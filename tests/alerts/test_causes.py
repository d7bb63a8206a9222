"""What follows from what: a fan that stops and the gas after it are one happening, and nothing graver hides behind it."""

import pytest

from alerts.causes import WINDOW, Raised, cause_for, rank_of
from contracts.clock import BUILD_TIME, SECOND
from store.records.causes import CauseRow

NOW = BUILD_TIME


def cause(rule: str = "fan.gas", area: str = "8101", rank: int = 2, last: int = NOW, cleared: int | None = None) -> CauseRow:
    return CauseRow(1, "m1", area, "m1/gw1", rule, 1, NOW, last, 1, rank, cleared)


def raised(rule: str, area: str = "8101", priority: int = 0, gateway: str = "m1/gw1") -> Raised:
    return Raised("m1", area, gateway, rule, priority)


@pytest.mark.parametrize(
    ("of", "follows"),
    [
        (cause(), "limit.alarm"),
        (cause(), "gas.rise"),
        (cause(), "feed.abnormal"),
        (cause("feed.unexplained", rank=3), "sensor.stuck"),
        (cause("doors.open"), "limit.alarm"),
        (cause("link.down", area=""), "source.stale"),
        (cause("source.stale", area=""), "source.points"),
    ],
)
def test_a_cause_explains_what_follows_from_it_within_its_reach(of, follows):
    found = cause_for(raised(follows, priority=of.rank), [of], NOW)
    assert found is not None
    assert found.quiet


def test_another_area_another_gateway_and_another_time_are_another_cause():
    assert cause_for(raised("limit.alarm", area="8102"), [cause()], NOW) is None
    assert cause_for(raised("source.points", area="", gateway="m1/gw2"), [cause("source.stale", area="")], NOW) is None
    assert cause_for(raised("limit.alarm"), [cause()], NOW + WINDOW + SECOND) is None
    assert cause_for(raised("limit.alarm"), [cause(cleared=NOW)], NOW) is None


def test_what_is_graver_than_all_told_so_far_is_no_mere_follower():
    found = cause_for(raised("limit.cut.0"), [cause()], NOW)
    assert found is not None
    assert not found.quiet
    assert cause_for(raised("limit.cut.1"), [cause(rank=rank_of(raised("limit.cut.0")))], NOW).quiet
    assert not cause_for(raised("limit.alarm", priority=1), [cause(rank=2)], NOW).quiet


def test_the_same_rule_in_the_same_area_belongs_together_but_is_not_quiet():
    found = cause_for(raised("limit.cut.1"), [cause("limit.cut.0", rank=1)], NOW)
    assert found is not None
    assert not found.quiet


def test_what_is_explained_and_what_is_alike_the_explanation_comes_first():
    alike, fan = cause("limit.alarm"), cause()
    assert cause_for(raised("limit.alarm", priority=2), [alike, fan], NOW).cause is fan


def test_without_an_area_nothing_is_near_but_the_gateway():
    assert cause_for(raised("limit.alarm", area=""), [cause(area="")], NOW) is None
    assert cause_for(raised("limit.alarm", area=""), [cause("limit.alarm", area="")], NOW) is not None
