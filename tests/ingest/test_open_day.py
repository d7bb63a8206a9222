"""The day so far, drawn up from what came since, is the day drawn up from everything."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.clock import DAY, HOUR, MINUTE
from contracts.payload import DATA_STREAM, Batch, Extent, Poll
from contracts.topics import Lane
from ingest.books import ledger
from ingest.ledger import LedgerDay, Word
from ingest.open_day import REDRAWN, STEP, OpenDay
from store.interface import HeldColumns
from tests.ingest.desk import EPOCH, GATEWAY, NOW, REGISTRY, Desk, item, registry_item

pytestmark = pytest.mark.slow

NAME = str(GATEWAY)
START = NOW - NOW % DAY + DAY + HOUR
PERIOD = 2 * MINUTE


class Pit:
    """A gateway that makes an item every two minutes; what is held back comes later."""

    def __init__(self, folder: Path) -> None:
        self.desk, self.now, self.seq = Desk(folder), START, 1
        self.held_back: list[bytes] = []
        self.day = OpenDay(NAME)
        self.desk.take(registry_item(), now=START)

    def make(self, source: str, answered: int, *, sent: bool, count: int = 1) -> None:
        self.now += PERIOD * count
        run = Poll(source, PERIOD, self.now // PERIOD * PERIOD, count, min(answered, count))
        body = item(Batch(REGISTRY.name, self.now, [], [], b"", [], [run]), self.seq, made=self.now)
        self.seq += 1
        if sent:
            self.desk.take(body, now=self.now)
        else:
            self.held_back.append(body)

    def both(self) -> tuple[LedgerDay, LedgerDay]:
        return self.day.at(self.desk.holdings, self.now), ledger(self.desk.holdings, NAME, self.now, self.now + 1)[0]


deeds = st.one_of(
    st.tuples(st.just("make"), st.sampled_from("ab"), st.integers(0, 3), st.booleans(), st.integers(1, 9)),
    st.tuples(st.just("backlog"), st.integers(1, 4)),
    st.tuples(st.just("pause"), st.integers(1, 200)),
    st.tuples(st.just("birth"), st.integers(0, 5)),
    st.tuples(st.just("ask")),
)


@settings(max_examples=30, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(deeds, min_size=5, max_size=60))
def test_the_day_so_far_is_what_the_whole_day_gives(tmp_path: Path, story: list[tuple[object, ...]]) -> None:
    pit = Pit(tmp_path)
    for deed, *given_ in story:
        match deed, given_:
            case "make", [str(source), int(answered), bool(sent), int(count)]:
                pit.make(source, answered, sent=sent, count=count)
            case "backlog", [int(number)]:
                pit.desk.take(*pit.held_back[:number], lane=Lane.REPLAY, now=pit.now)
                del pit.held_back[:number]
            case "pause", [int(minutes)]:
                pit.now += minutes * MINUTE
            case "birth", [int(more)]:
                pit.desk.bear(Extent(EPOCH, DATA_STREAM, pit.seq + more, 0, False, last_time=pit.now))
            case _:
                so_far, whole = pit.both()
                assert so_far == whole
    so_far, whole = pit.both()
    assert so_far == whole


def settled(folder: Path) -> Pit:
    """Four hours, of which five items in the middle are held back, drawn up once."""
    pit = Pit(folder)
    for number in range(120):
        pit.make("a", 1, sent=not 30 <= number < 35)
    so_far, whole = pit.both()
    assert so_far == whole
    return pit


def test_a_backlog_into_what_was_settled_is_counted(tmp_path: Path) -> None:
    pit = settled(tmp_path)
    pit.desk.take(*pit.held_back, lane=Lane.REPLAY, now=pit.now)
    so_far, whole = pit.both()

    assert so_far == whole
    assert so_far.replayed == 5


def test_items_that_a_birth_tells_of_later_are_missing(tmp_path: Path) -> None:
    pit = settled(tmp_path)
    pit.desk.bear(Extent("00000000000000bb", DATA_STREAM, 7, 0, True, last_time=START + HOUR))
    so_far, whole = pit.both()

    assert so_far == whole
    assert so_far.missing == 5 + 7


def test_an_outage_over_the_cut_is_one_gap(tmp_path: Path) -> None:
    pit = settled(tmp_path)
    pit.now += HOUR
    pit.both()
    pit.make("a", 1, sent=True)
    so_far, whole = pit.both()

    assert so_far == whole
    assert [gap.word for gap in so_far.gaps if gap.source] == [Word.NOT_SAMPLED] * 2


def test_only_what_is_not_settled_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pit = Pit(tmp_path)
    for _ in range(120):
        pit.make("a", 1, sent=True)
    pit.both()
    asked: list[int] = []
    read = pit.desk.store.item_columns

    def item_columns(gateway: str, start: int, end: int) -> dict[str, HeldColumns]:
        asked.append(start)
        return read(gateway, start, end)

    monkeypatch.setattr(pit.desk.store, "item_columns", item_columns)
    pit.make("a", 1, sent=True)
    pit.day.at(pit.desk.holdings, pit.now)
    assert [pit.now - start <= 4 * STEP for start in asked] == [True]

    pit.now += REDRAWN
    pit.day.at(pit.desk.holdings, pit.now)
    assert asked[-1] == START - HOUR
