"""Epochs that are over leave the centre's memory, and nothing it says of them changes."""

from pathlib import Path

import pytest

from contracts.clock import DAY, HOUR, MINUTE
from contracts.payload import DATA_STREAM, EVENT_STREAM, Birth, Extent, Lost, Told
from contracts.topics import Lane
from ingest.books import ledger
from ingest.pipeline import Arrival
from store.records import deadletters, epochs, losses
from tests.ingest.desk import GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item

NAME = str(GATEWAY)
RETENTION = 92 * DAY
FIRST = "00000000000000f0"


def name(n: int) -> str:
    return f"{n:016x}"


def bear(desk: Desk, now: int, *extents: Extent, generation: str = "") -> bool:
    return desk.holdings.born(GATEWAY, Birth(1, "test", now, now, "trusted", REGISTRY.name, "", DAY, generation, list(extents)), now)


def take(desk: Desk, now: int, *payloads: bytes, lane: Lane = Lane.REPLAY) -> None:
    desk.worker.take([Arrival(GATEWAY, lane, payload, now) for payload in payloads], now)


def told(desk: Desk, epoch: str) -> Told:
    receipt = desk.holdings.receipt(GATEWAY, 1000)
    assert receipt is not None
    return next(one for one in receipt.epochs if one.epoch == epoch)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """One old epoch: items 0, 1, 2 and 4 held (the last dead), 3 lost; and a later one that is listed alone, long after."""
    desk = Desk(tmp_path)
    bear(desk, NOW, Extent(FIRST, DATA_STREAM, 5, 0, False, last_time=NOW))
    take(desk, NOW, registry_item(0, FIRST), data_item(1, 0.5, epoch=FIRST), data_item(2, 0.5, NOW + MINUTE, epoch=FIRST))
    take(desk, NOW, data_item(4, 0.5, NOW + DAY, epoch=FIRST))
    take(desk, NOW, item(Lost(DATA_STREAM, FIRST, 3, 3, "torn tail"), 0, name(7)), lane=Lane.EVENT)
    return desk


def fold(desk: Desk) -> int:
    later = NOW + RETENTION + 2 * DAY
    bear(desk, later, Extent(name(1), DATA_STREAM, 0, 0, False))
    assert (FIRST, DATA_STREAM) not in desk.holdings.of(NAME).held
    return later


def test_its_line_stays_with_the_digest_of_its_items(desk: Desk) -> None:
    sums = [digest for _, _, digest in desk.holdings.of(NAME).held[FIRST, DATA_STREAM]]
    fold(desk)

    with desk.records.read() as db:
        [row] = [row for row in epochs.of(db, NAME) if row.epoch == FIRST]
    assert (row.folded, row.closed, row.made, row.digest) == (True, True, 5, sum(sums) % (1 << 64))


def test_an_old_disk_put_back_hears_what_it_always_heard_and_nothing_is_stored_twice(desk: Desk) -> None:
    extent = Extent(FIRST, DATA_STREAM, 5, 0, True, through=4, last_time=NOW)
    bear(desk, NOW + HOUR, extent)
    before, values, generation = told(desk, FIRST), desk.values(), desk.store.generation
    later = fold(desk)
    desk.restart()
    desk.holdings.of(NAME)

    renewed = bear(desk, later + HOUR, extent, Extent(name(2), DATA_STREAM, 0, 0, False), generation=generation)

    assert (told(desk, FIRST), renewed) == (before, False)
    take(desk, later + HOUR, data_item(1, 0.5, epoch=FIRST), data_item(4, 0.5, NOW + DAY, epoch=FIRST))
    assert desk.values() == values
    with desk.records.read() as db:
        assert [letter.reason for letter in deadletters.listing(db)] == ["future"]


def test_a_shorter_copy_of_an_old_disk_is_told_the_digest_of_its_part(desk: Desk) -> None:
    shorter = Extent(FIRST, DATA_STREAM, 2, 0, True, last_time=NOW)
    bear(desk, NOW + HOUR, shorter)
    before = told(desk, FIRST)
    later = fold(desk)

    bear(desk, later, shorter)

    assert told(desk, FIRST) == before


def test_an_item_of_it_that_comes_unlisted_is_a_duplicate_and_one_lost_is_not_lost_again(desk: Desk) -> None:
    values = desk.values()
    later = fold(desk)

    take(desk, later, data_item(1, 0.5, epoch=FIRST))
    take(desk, later, item(Lost(DATA_STREAM, FIRST, 0, 4, "outbox full"), 1, name(7)), lane=Lane.EVENT)

    assert desk.values() == values
    with desk.records.read() as db:
        assert [(loss.first, loss.last) for loss in losses.of(db, NAME)] == [(3, 3)]


def test_an_item_of_an_old_disk_that_never_came_is_kept_as_a_dead_letter_too_old_for_the_store(desk: Desk) -> None:
    later = fold(desk)
    bear(desk, later, Extent(FIRST, DATA_STREAM, 7, 0, True, last_time=NOW))

    take(desk, later, data_item(5, 0.6, epoch=FIRST), data_item(6, 0.6, epoch=FIRST))

    assert (told(desk, FIRST).through, told(desk, FIRST).dead) == (6, [(4, 6)])
    with desk.records.read() as db:
        assert [letter.reason for letter in deadletters.listing(db)] == ["future", "too-old", "too-old"]


def test_the_ledger_of_its_days_says_what_it_said(desk: Desk) -> None:
    day = NOW - NOW % DAY
    before = ledger(desk.holdings, NAME, day, day + DAY)
    fold(desk)

    assert ledger(desk.holdings, NAME, day, day + DAY) == before
    assert (before[0].committed, before[0].missing, before[0].lost) == (4, 0, 1)


@pytest.mark.parametrize("kept", ["listed", "young", "young readings", "a full list"])
def test_it_stays_in_memory_while(desk: Desk, kept: str) -> None:
    later = NOW + RETENTION + 2 * DAY
    listed = [Extent(name(1), DATA_STREAM, 0, 0, False)]
    if kept == "listed":
        listed.append(Extent(FIRST, DATA_STREAM, 5, 0, True))
    if kept == "young":
        later = NOW + RETENTION - HOUR
    if kept == "young readings":
        desk.holdings.of(NAME).spans[FIRST] = (NOW, later)
    if kept == "a full list":
        listed += [Extent(name(n), EVENT_STREAM, 1, 0, True) for n in range(100, 300)]

    bear(desk, later, *listed)

    assert (FIRST, DATA_STREAM) in desk.holdings.of(NAME).held


def test_the_memory_of_a_gateway_that_starts_every_day_is_bounded_by_the_retention(tmp_path: Path) -> None:
    desk, most = Desk(tmp_path), 0
    desk.holdings.retention = 10 * DAY
    for n in range(50):
        now, epoch = NOW + n * DAY, name(n)
        bear(desk, now, Extent(epoch, DATA_STREAM, 2, 0, False, last_time=now))
        take(desk, now, registry_item(0, epoch), data_item(1, 0.5, now, epoch))
        holding = desk.holdings.of(NAME)
        most = max(most, len(holding.held), len(holding.spans), len(holding.asked))
    desk.restart()

    assert most <= 10 + 3
    assert len(desk.holdings.of(NAME).held) <= most
    assert len(desk.holdings.whole(NAME).held) == 50
