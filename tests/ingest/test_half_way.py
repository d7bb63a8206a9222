"""A database that fails in the middle of a group: memory, files and databases agree afterwards, and nothing is blamed on an item."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from alerts.packs import load
from contracts.clock import DAY, SECOND
from contracts.columns import Block
from contracts.errors import Retry
from contracts.payload import DATA_STREAM, Extent, Lost
from contracts.topics import Lane
from ingest.judge import Judge
from ingest.live import Live
from ingest.suspects import Suspects
from store.records import deadletters, losses
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, data_item, item, registry_item

NAME = str(GATEWAY)
OTHER = "00000000000000bb"


class FailsAtCommit:
    """A transaction that does all its work and is not committed."""

    def __init__(self, inner: AbstractContextManager[Any]) -> None:
        self.inner = inner

    def __enter__(self) -> Any:
        return self.inner.__enter__()

    def __exit__(self, *_: object) -> None:
        error = OperationalError("COMMIT", {}, Exception("disk full"))
        self.inner.__exit__(type(error), error, None)
        raise error


def failing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = desk.records.begin
    monkeypatch.setattr(desk.records, "begin", lambda: FailsAtCommit(begin()))


def test_a_loss_whose_transaction_failed_is_declared_when_it_comes_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item())
    lost = item(Lost(DATA_STREAM, EPOCH, 1, 3, "torn tail"), 0, epoch=OTHER)
    with pytest.MonkeyPatch.context() as full:
        failing(desk, full)
        with pytest.raises(OperationalError):
            desk.take(lost, lane=Lane.EVENT)

    desk.take(lost, lane=Lane.EVENT)

    with desk.records.read() as db:
        assert [(loss.first, loss.last) for loss in losses.of(db, NAME)] == [(1, 3)]


def test_a_conflict_whose_transaction_failed_is_kept_when_it_comes_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item(), data_item(1, 0.5))
    with pytest.MonkeyPatch.context() as full:
        failing(desk, full)
        with pytest.raises(OperationalError):
            desk.take(data_item(1, 0.9))

    desk.take(data_item(1, 0.9))

    with desk.records.read() as db:
        assert [letter.reason for letter in deadletters.listing(db)] == ["conflict"]


def test_readings_stored_before_the_records_failed_are_held_and_their_birth_is_still_known(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item())
    desk.bear(Extent(EPOCH, DATA_STREAM, 3, 0, False), nonce=7)
    with pytest.MonkeyPatch.context() as full:
        failing(desk, full)
        with pytest.raises(OperationalError):
            desk.take(data_item(1), data_item(2, at=NOW + DAY))

    receipt = desk.holdings.receipt(GATEWAY, 1000)

    assert receipt is not None
    assert (receipt.nonce, receipt.epochs[0].through) == (7, 1)


def test_items_in_hand_when_a_database_failed_are_not_suspected_after_a_restart(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item())
    with pytest.MonkeyPatch.context() as full:
        full.setattr(desk.store, "append", _refuse)
        with pytest.raises(Retry):
            desk.take(data_item(1))

    assert Suspects(tmp_path).deaths == {}


def _refuse(_: object) -> None:
    raise Retry("the store cannot write")


def test_an_alarm_the_journal_would_not_have_is_raised_at_the_next_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(tmp_path)
    judge = Judge(desk.records, desk.journal, load(), Live())
    high = Block.of([0], NOW, [1.4])
    with monkeypatch.context() as full:
        failing(desk, full)
        with pytest.raises(OperationalError):
            judge.take_over(GATEWAY, "", REGISTRY, high, NOW)

    assert judge.take_over(GATEWAY, "", REGISTRY, high, NOW)


def test_a_silence_the_journal_would_not_have_is_told_at_the_next_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, live = Desk(tmp_path), Live()
    judge = Judge(desk.records, desk.journal, load(), live)
    live.change(GATEWAY, heard=NOW, period=SECOND)
    with monkeypatch.context() as full:
        failing(desk, full)
        with pytest.raises(OperationalError):
            judge.silence(NOW + 10 * SECOND)

    assert judge.silence(NOW + 10 * SECOND)
    assert not judge.silence(NOW + 10 * SECOND)


def test_two_epochs_of_one_span_in_one_group_are_both_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.take(registry_item())

    desk.take(data_item(1, 0.5), data_item(1, 0.8, epoch=OTHER), data_item(2, 0.5, epoch=OTHER))

    assert desk.values() == [(NOW, 0.5, 0), (NOW, 0.8, 1)]


def test_bytes_that_are_no_item_are_one_dead_letter_however_often_they_come(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    for _ in range(5):
        desk.take(b"\xff junk", b"\xff junk")

    with desk.records.read() as db:
        assert len(deadletters.listing(db)) == 1
