"""One look finds out for all recipients who has anything waiting: hundreds who have nothing cost nothing."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import event as happenings

from alerts import deliver as delivering
from alerts.config import Recipient
from alerts.deliver import Deliver
from contracts.clock import ManualClock
from store.records.engine import Records, open_records
from tests.alerts.test_deliver import ALIVE, NOW, Line, deliver_of, raise_and_return
from tests.waiting import until


@asynccontextmanager
async def running(deliver: Deliver) -> AsyncIterator[None]:
    task = asyncio.create_task(deliver.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    """In a file: they are written and read at once here."""
    opened = open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")
    yield opened
    opened.close()


@pytest.fixture
def asked(records: Records) -> list[str]:
    """What the records are asked."""
    found: list[str] = []
    happenings.listen(records.engine, "before_cursor_execute", lambda *given: found.append(given[2]))
    return found


async def test_who_is_told_later_hears_without_being_woken(
    records: Records, asked: list[str], pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "LOOK_EVERY_S", 0.01)
    line = Line()
    async with running(deliver_of(records, ManualClock(NOW), line, ALIVE)):
        await until(lambda: any("DISTINCT" in one for one in asked))
        raise_and_return(records, pack, [ALIVE])
        await until(lambda: len(line.accepted[ALIVE.address]) == 2)


async def test_a_word_from_the_journal_is_heard_at_once(records: Records, asked: list[str], pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivering, "LOOK_EVERY_S", 600.0)
    line = Line()
    deliver = deliver_of(records, ManualClock(NOW), line, ALIVE)
    async with running(deliver):
        await until(lambda: any("DISTINCT" in one for one in asked))
        raise_and_return(records, pack, [ALIVE])
        deliver.wake()
        await until(lambda: len(line.accepted[ALIVE.address]) == 2)


async def test_recipients_with_nothing_waiting_are_not_asked_for(
    records: Records, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "LOOK_EVERY_S", 0.01)
    people = [Recipient(name=f"p{number}", address=f"http://p{number}.example/") for number in range(40)]
    async with running(deliver_of(records, ManualClock(NOW), Line(), *people)):
        await until(lambda: sum("DISTINCT" in one for one in asked) > 3)
        asked.clear()
        await until(lambda: sum("DISTINCT" in one for one in asked) > 10)
        questions = [one for one in asked if one.lstrip().upper().startswith("SELECT")]
    assert len(questions) == sum("DISTINCT" in one for one in questions)
