"""Alarm health as Grafana gets it: the last day's figures of every mine, a quiet one's too, and no drill in any of them."""

from collections.abc import Iterator

import pytest

from alerts.drill import drill_event
from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import BUILD_TIME, HOUR, SECOND
from contracts.payload import Event
from contracts.points import Point, Registry
from ingest.grafana_health import HealthCopy
from store.records.engine import Records, open_records

NOW = BUILD_TIME
REGISTRY = Registry("m1", "一矿", "Mine 1", (Point("T01", "methane", "8101", "回风隅角", "return corner"),))


@pytest.fixture
def records() -> Iterator[Records]:
    opened = open_records("sqlite://")
    yield opened
    opened.close()


def take(records: Records, *events: Event) -> None:
    journal = Journal(load())
    with records.begin() as db:
        for event in events:
            journal.event(db, "m1", "m1/gw1", event, event.time, REGISTRY)


def raised(at: int, change: str = "raise") -> Event:
    reason = "limit_reached" if change == "raise" else "below_deadband"
    return Event("T01", "limit.alarm", change, at, 1.2, 1.0, 0, "CMSR2025 Art.536, Table 19", reason, at)


def copied(records: Records, *mines: str, now: int = NOW + HOUR) -> list[str]:
    sent: list[str] = []
    HealthCopy(records, sent.extend).turn(mines, now)
    return sent


def test_a_mines_last_day_is_copied_with_its_ten_minutes_and_its_most_frequent(records: Records) -> None:
    for n in range(3):
        take(records, raised(NOW + n * 20 * SECOND), raised(NOW + n * 20 * SECOND + 12 * SECOND, "return"))
    figures, tens, top = copied(records, "m1")
    assert figures.startswith("alarm_health,mine=m1 called=3i,")
    for said in ("peak=3i", "chattering=1i", "fleeting=0i", "never=1i", "aside_planned=0i"):
        assert said in figures
    assert "ack_median_s" not in figures, "nothing was acknowledged: that is no wait of 0 s"
    assert tens == f"alarm_tens,mine=m1 n=3i {NOW - NOW % (600 * SECOND)}\n"
    assert top.startswith("alarm_top,mine=m1,rank=0 ")
    assert "回风隅角" in top
    assert "n=3i,share=1.0" in top


def test_a_quiet_mine_is_copied_as_quiet(records: Records) -> None:
    (figures,) = copied(records, "m2")
    assert figures.startswith("alarm_health,mine=m2 called=0i,")
    assert "top_share" not in figures


def test_a_drill_is_in_no_figure(records: Records) -> None:
    take(records, drill_event("T01", 1, NOW))
    (figures,) = copied(records, "m1")
    assert "called=0i" in figures
    assert "never=0i" in figures


def test_what_is_over_for_a_day_is_gone(records: Records) -> None:
    take(records, raised(NOW), raised(NOW + 30 * SECOND, "return"))
    (figures,) = copied(records, "m1", now=NOW + 26 * HOUR)
    assert "called=0i" in figures
