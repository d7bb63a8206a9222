"""Held rows and dead letters."""

import random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.errors import Conflict
from contracts.ranges import Ranges
from store.records import deadletters, items
from store.records.engine import Records
from store.records.items import ItemRow

TOP = (1 << 64) - 1


def hold(
    db: Any, seq: int, *, epoch: str = "e1", stream: str = "event", digest: int | None = None, kind: str = "event", made: int = 50
) -> bool:
    return items.hold(db, "north/gw1", epoch, stream, seq, 100 + seq if digest is None else digest, made, made + 1, False, kind)


def test_an_item_is_held_once(records: Records) -> None:
    with records.begin() as db:
        assert (hold(db, 0), hold(db, 0), hold(db, 1), hold(db, 0, epoch="e2")) == (True, False, True, True)
        assert items.digest_of(db, "north/gw1", "e1", 1, "event") == 101
        assert items.digest_of(db, "north/gw1", "e1", 1, "data") is None


def test_another_content_is_a_conflict(records: Records) -> None:
    with records.begin() as db:
        hold(db, 0, digest=TOP)
        with pytest.raises(Conflict, match="north/gw1 e1 event 0"):
            hold(db, 0, digest=TOP - 1)
        assert items.digest_of(db, "north/gw1", "e1", 0, "event") == TOP


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(digests=st.dictionaries(st.integers(0, 30), st.integers(0, TOP), max_size=20), seed=st.integers(0, 9))
def test_ranges_carry_the_sum_of_their_digests(records: Records, digests: dict[int, int], seed: int) -> None:
    order = list(digests)
    random.Random(seed).shuffle(order)
    expected = Ranges((seq, seq, digest) for seq, digest in digests.items())
    with records.begin() as db:
        for seq in order:
            hold(db, seq, digest=digests[seq])
        assert items.held(db, "north/gw1") == ({("e1", "event"): expected} if digests else {})
        assert items.range_digest(db, "north/gw1", "e1", 5, 20) == sum(d for seq, d in digests.items() if 5 <= seq <= 20) & TOP
        db.rollback()


def test_held_is_by_epoch_and_stream_and_counts_dead_letters(records: Records) -> None:
    with records.begin() as db:
        for seq in (0, 1, 4):
            hold(db, seq, kind="dead" if seq else "event")
        hold(db, 2, stream="data", kind="registry")
        hold(db, 9, epoch="e2", kind="dead")
        held = items.held(db, "north/gw1")
        assert held == {
            ("e1", "event"): Ranges([(0, 1, 201), (4, 4, 104)]),
            ("e1", "data"): Ranges([(2, 2, 102)]),
            ("e2", "event"): Ranges([(9, 9, 109)]),
        }
        assert items.dead(db, "north/gw1") == {("e1", "event"): [(1, 1), (4, 4)], ("e2", "event"): [(9, 9)]}
        assert (items.held(db, "north/gw2"), items.dead(db, "north/gw2")) == ({}, {})


def test_items_are_found_by_when_they_were_made(records: Records) -> None:
    with records.begin() as db:
        for seq in range(6):
            hold(db, 5 - seq, made=100 - seq, digest=TOP - seq)
        found = items.between(db, "north/gw1", 96, 99)
        assert [row.seq for row in found] == [1, 2, 3]
        assert found[0] == ItemRow("north/gw1", "e1", "event", 1, TOP - 4, 96, 97, False, "event")


def bury(db: Any, reason: str = "malformed", gateway: str = "north/gw1", **words: Any) -> int:
    row = {"epoch": "e1", "seq": 3, "digest": TOP, **words}
    return deadletters.put(
        db, gateway=gateway, topic=f"davy/v1/{gateway}/live", payload=b"\x00\xff", reason=reason, detail="why", received=7, **row
    )


def test_a_dead_letter_keeps_the_item_and_its_reason(records: Records) -> None:
    with records.begin() as db:
        number = bury(db)
        found = deadletters.get(db, number)
    assert found == deadletters.DeadLetter(
        number, "north/gw1", "davy/v1/north/gw1/live", b"\x00\xff", "malformed", "why", 7, "e1", 3, TOP, None, ""
    )


def test_a_dead_letter_may_be_no_item(records: Records) -> None:
    with records.begin() as db:
        found = deadletters.get(db, bury(db, epoch=None, seq=None))
        assert found is not None
        assert (found.epoch, found.seq) == (None, None)
        assert deadletters.get(db, 999) is None


def test_a_dead_letter_is_resolved_once_and_stays(records: Records) -> None:
    with records.begin() as db:
        number = bury(db)
        assert deadletters.resolve(db, number, "replayed", 9)
        assert not deadletters.resolve(db, number, "given up", 10)
        assert not deadletters.resolve(db, 999, "replayed", 9)
        found = deadletters.get(db, number)
        assert found is not None
        assert (found.resolved, found.resolution, found.payload) == (9, "replayed", b"\x00\xff")


def test_dead_letters_are_listed_in_pages(records: Records) -> None:
    with records.begin() as db:
        numbers = [bury(db, gateway=f"north/gw{n % 2}") for n in range(6)]
        deadletters.resolve(db, numbers[2], "replayed", 9)
        page = deadletters.listing(db, limit=2)
        rest = deadletters.listing(db, after=page[-1].id)
        assert [row.id for row in page + rest] == [n for n in numbers if n != numbers[2]]
        assert [row.id for row in deadletters.listing(db, unresolved=False)] == numbers
        assert [row.id for row in deadletters.listing(db, gateway="north/gw0")] == [numbers[0], numbers[4]]


def test_unresolved_dead_letters_are_counted_by_reason(records: Records) -> None:
    with records.begin() as db:
        for reason in ("future", "malformed", "malformed"):
            last = bury(db, reason)
        deadletters.resolve(db, last, "replayed", 9)
        assert deadletters.count(db) == {"future": 1, "malformed": 1}
