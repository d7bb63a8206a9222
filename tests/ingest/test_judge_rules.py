"""Where the edge does not carry our pack, the centre decides by the same rules, those beside the limits too."""

from pathlib import Path

from alerts.packs import load
from contracts.clock import SECOND
from contracts.columns import Block
from contracts.points import Point, Registry
from ingest.judge import Judge
from ingest.live import Live
from store.records import alarms as table
from tests.ingest.desk import GATEWAY, NOW, Desk

DOORS = Registry(
    "mine",
    "矿",
    "mine",
    (Point("D1", "air_door", "h", "外风门", "outer", pair="D2"), Point("D2", "air_door", "h", "内风门", "inner", pair="D1")),
)


def test_both_doors_open_are_an_alarm_with_the_clause(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    judge = Judge(desk.records, desk.journal, load(), Live())

    assert judge.take_over(GATEWAY, "an older pack", DOORS, Block.of([0, 1], NOW, [1.0, 1.0]), NOW)
    assert judge.take_over(GATEWAY, "an older pack", DOORS, Block.of([0, 1], NOW + SECOND, [1.0, 0.0]), NOW + SECOND) is False

    with desk.records.begin() as db:
        [alarm] = table.alarms(db, rule="doors.open")
    assert (alarm.active, alarm.clause, alarm.point) == (True, "CMSR2025 Art.542", "D1")
