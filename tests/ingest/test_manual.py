"""A sensor that has failed for ten minutes opens a task of monitoring by hand; it stays until a person closes it."""

from collections.abc import Iterator

import pytest

from alerts.calibration_desk import About, begin, end
from contracts import quality as q
from contracts.clock import BUILD_TIME, MINUTE, SECOND
from contracts.columns import Block
from contracts.points import Point, Registry
from contracts.topics import Gateway
from ingest.manual import LASTING, ManualTasks
from store.records import audit, calibrations
from store.records.calibrations import TaskRow
from store.records.engine import Records, open_records

NOW, GATEWAY = BUILD_TIME, Gateway("m1", "gw1")
REGISTRY = Registry(
    "m1",
    "一矿",
    "Mine 1",
    (
        Point("T1", "methane", "8101", "一", "one"),
        Point("TE", "temperature", "8101", "二", "two"),
        Point("T2", "methane", "8101", "三", "three"),
    ),
)


@pytest.fixture
def records() -> Iterator[Records]:
    opened = open_records("sqlite://")
    yield opened
    opened.close()


def feed(tasks: ManualTasks, now: int, *qualities: int) -> None:
    tasks.see(GATEWAY, REGISTRY, Block.of(range(len(qualities)), now, [0.3] * len(qualities), list(qualities)))
    tasks.tick(now)


def listed(records: Records) -> list[TaskRow]:
    with records.read() as db:
        return calibrations.tasks(db)


def test_a_lasting_fault_opens_one_task_and_a_short_one_none(records):
    tasks = ManualTasks(records)
    for second in range(0, 601, 30):
        feed(tasks, NOW + second * SECOND, q.SENSOR_FAULT, q.SENSOR_FAULT, q.NOT_POLLED if second > 60 else 0)
        assert len(listed(records)) == (second >= 600)
    [task] = listed(records)
    assert (task.point, task.cause, task.since, task.opened, task.name) == ("T1", "fault", NOW, NOW + LASTING, "")
    with records.read() as db:
        assert [link.kind for link in audit.links(db)] == ["manual.opened"]


def test_a_sensor_that_serves_again_is_noted_and_the_task_stays_until_a_person_closes_it(records):
    tasks = ManualTasks(records)
    for minute in range(12):
        feed(tasks, NOW + minute * MINUTE, q.SENSOR_FAULT)
    feed(tasks, NOW + 12 * MINUTE, 0)
    [task] = listed(records)
    assert (task.mended, task.closed) == (NOW + 12 * MINUTE, 0)
    with records.begin() as db:
        end(db, task, "周调度", "已更换", NOW + 13 * MINUTE)
    feed(tasks, NOW + 14 * MINUTE, 0)
    assert [one.closed for one in listed(records)] == [NOW + 13 * MINUTE]


def test_after_a_start_nothing_is_called_well_before_it_spoke(records):
    tasks = ManualTasks(records)
    for minute in range(12):
        feed(tasks, NOW + minute * MINUTE, q.SENSOR_FAULT)
    again = ManualTasks(records)
    again.tick(NOW + 12 * MINUTE)
    assert [task.mended for task in listed(records)] == [0]
    feed(again, NOW + 13 * MINUTE, q.SENSOR_FAULT)
    for minute in range(14, 30):
        feed(again, NOW + minute * MINUTE, q.SENSOR_FAULT)
    assert [(task.mended, task.closed) for task in listed(records)] == [(0, 0)]


def test_a_task_a_person_opened_is_theirs_to_end(records):
    with records.begin() as db:
        begin(db, About("m1", "T2", "周调度", "传感器移走"), "told", NOW, NOW)
        assert begin(db, About("m1", "T2", "周调度"), "told", NOW, NOW) is None
    tasks = ManualTasks(records)
    for minute in range(5):
        feed(tasks, NOW + minute * MINUTE, 0, 0, 0)
    assert [task.mended for task in listed(records)] == [0]
