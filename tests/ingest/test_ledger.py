"""The gap ledger's coverage: an outage is counted on every day it touches."""

from pathlib import Path

import numpy as np

from contracts.clock import DAY, HOUR, SECOND
from contracts.payload import DATA_STREAM, Batch, Extent, Poll
from contracts.ranges import Ranges
from contracts.topics import Lane
from ingest.books import ledger
from ingest.ledger import Made, Word, missing, polled
from store.records import losses
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item

NAME = str(GATEWAY)
DAY_0 = NOW - NOW % DAY - 5 * DAY


def polls(desk: Desk, seq: int, first: int, hours: int) -> None:
    run = Poll("s", HOUR, first, hours, hours)
    desk.take(item(Batch(REGISTRY.name, first, [], [], b"", [], [run]), seq, made=first), lane=Lane.REPLAY)


def test_an_outage_over_midnight_is_not_sampled_on_both_days(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item())
    polls(desk, 1, DAY_0, 12)
    polls(desk, 2, DAY_0 + DAY + 6 * HOUR, 18)

    rows = ledger(desk.holdings, NAME, DAY_0, DAY_0 + 2 * DAY)

    assert [(row.due, row.answered) for row in rows] == [(24, 12), (24, 18)]


def test_an_outage_of_days_is_not_sampled_on_each_of_them(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item())
    polls(desk, 1, DAY_0, 12)
    polls(desk, 2, DAY_0 + 3 * DAY + 6 * HOUR, 18)

    rows = ledger(desk.holdings, NAME, DAY_0, DAY_0 + 4 * DAY)

    assert [(row.due, row.answered) for row in rows] == [(24, 12), (24, 0), (24, 0), (24, 18)]
    assert [gap.word for row in rows for gap in row.gaps if gap.source] == [Word.NOT_SAMPLED] * 4


def test_before_the_first_and_after_the_last_poll_nothing_is_known_to_have_been_due(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item())
    polls(desk, 1, DAY_0 + DAY + 6 * HOUR, 6)

    rows = ledger(desk.holdings, NAME, DAY_0, DAY_0 + 3 * DAY)

    assert [(row.due, row.answered, row.coverage) for row in rows] == [(0, 0, None), (6, 6, 1.0), (0, 0, None)]


def test_an_instant_without_a_period_counts_once_and_says_nothing_of_others() -> None:
    alone = [Poll("s", 0, DAY_0 + HOUR), Poll("s", 0, DAY_0 + 2 * HOUR)]

    assert polled(alone, DAY_0, DAY_0 + DAY) == (2, 2, [])


def test_a_loss_that_came_after_all_is_no_loss_though_its_correction_failed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item(), data_item(1))
    with desk.records.begin() as db:
        losses.declare(db, NAME, DATA_STREAM, EPOCH, 1, 2, "torn tail", NOW)
    desk.restart()

    [row] = ledger(desk.holdings, NAME, NOW, NOW + SECOND)

    assert row.lost == 1


def test_an_epoch_of_which_nothing_came_yet_is_missing_on_the_day_of_its_newest_item(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.bear(Extent(EPOCH, DATA_STREAM, 5, 0, True, last_time=DAY_0 + HOUR))

    first, second = ledger(desk.holdings, NAME, DAY_0, DAY_0 + 2 * DAY)

    assert (first.made, first.missing, first.completeness) == (5, 5, 0.0)
    assert (second.made, second.completeness) == (0, None)


def made(*numbers: int) -> Made:
    stamps, no = np.array(numbers, np.int64), np.zeros(len(numbers), np.bool_)
    return Made(stamps, 10 * stamps, stamps, no, no)


def test_a_hole_belongs_to_the_day_of_the_item_before_it_and_the_first_one_to_the_first_items_day() -> None:
    held, lost = Ranges([(2, 4, 0), (7, 8, 0), (11, 11, 0)]), Ranges([(9, 9, 0)])

    assert missing(held, lost, 14, made(2, 3)) == [(0, 1)]
    assert missing(held, lost, 14, made(4, 7)) == [(5, 6)]
    assert missing(held, lost, 14, made(8, 11)) == [(10, 10), (12, 13)]
    assert missing(held, lost, 14, made(3, 7)) == []
    assert missing(Ranges(), lost, 3, made()) == []


def test_items_are_known_by_their_numbers() -> None:
    some = made(3, 5, 9)

    assert [number in some for number in (2, 3, 4, 9, 10)] == [False, True, False, True, False]
    assert [some.newest_before(number, 7) for number in (3, 4, 9, 99)] == [7, 30, 50, 90]
    assert some.take(some.made > 30).seq.tolist() == [5, 9]
