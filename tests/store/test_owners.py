"""One process owns the centre: a second is refused by name, a dead or silent one is replaced, and who lost it writes nothing more."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.clock import HOUR, SECOND, ManualClock, SystemClock
from contracts.errors import GiveUp
from store.lease import Lease, _begun, is_dead, this_process
from store.records import marks, owners
from store.records.engine import Records, open_records
from store.records.owners import Claimant, Held, NotOwner, Owner
from tests.waiting import LIMIT_S

NOW = 1_800_000_000 * SECOND
LASTS = 30 * SECOND
ONE, TWO = Claimant("pit-1", "here", 7, 70), Claimant("pit-2", "there", 8, 80)


def take(records: Records, who: Claimant, now: int, *, dead: bool = False) -> Owner:
    with records.begin() as db:
        return owners.take(db, who, LASTS, now, dead=dead)


def test_a_second_one_is_refused_and_told_who_it_is_and_since_when(records: Records) -> None:
    take(records, ONE, NOW)
    with pytest.raises(Held, match=r"pit-1, pid 7, since 2027-01-15T08:00:00Z, last heartbeat 2027-01-15T08:00:00Z.* 30 s") as refused:
        take(records, TWO, NOW + LASTS)
    assert "已有中心在运行: pit-1, pid 7" in str(refused.value)
    assert refused.value.owner.claimant == ONE


def test_one_without_a_heartbeat_for_its_time_is_replaced_and_its_token_counts_no_more(records: Records) -> None:
    first = take(records, ONE, NOW)
    second = take(records, TWO, NOW + LASTS + 1)
    assert second.token > first.token
    with records.begin() as db, pytest.raises(NotOwner):
        owners.renew(db, first, NOW + LASTS + 2)
    with records.read() as db:
        assert owners.of(db) == second


def test_a_heartbeat_keeps_it(records: Records) -> None:
    first = take(records, ONE, NOW)
    with records.begin() as db:
        owners.renew(db, first, NOW + 20 * SECOND)
    with pytest.raises(Held):
        take(records, TWO, NOW + 50 * SECOND)


@pytest.mark.parametrize("later", [0, -HOUR])
def test_a_dead_one_and_one_that_gave_back_are_replaced_at_once_whatever_the_clock_says(records: Records, later: int) -> None:
    first = take(records, ONE, NOW)
    second = take(records, TWO, NOW + later, dead=True)
    with records.begin() as db:
        owners.release(db, first)  # too late: not its own any more
    with pytest.raises(Held):
        take(records, ONE, NOW + later)
    with records.begin() as db:
        owners.release(db, second)
    third = take(records, ONE, NOW + later)
    assert first.token < second.token < third.token


def test_records_begun_anew_go_on_with_larger_tokens(records: Records) -> None:
    first = take(records, ONE, NOW)
    with records.begin() as db:
        db.execute(owners.OWNERS.delete())
    assert take(records, ONE, NOW + 5 * SECOND).token > first.token


def test_of_many_that_start_at_once_one_becomes_the_owner(database: str) -> None:
    opened = [open_records(database) for _ in range(4)]
    held, gate = list[bool](), threading.Barrier(4)

    def start(records: Records, who: Claimant) -> None:
        gate.wait(LIMIT_S)
        try:
            take(records, who, NOW)
            held.append(True)
        except Held:
            held.append(False)

    threads = [threading.Thread(target=start, args=(one, Claimant("pit", "here", n, n))) for n, one in enumerate(opened)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert sorted(held) == [False, False, False, True]
    for one in opened:
        one.close()


# ---------------------------------------------------------------- the lease


@pytest.fixture
def two(database: str) -> Iterator[tuple[Records, Records]]:
    first, second = open_records(database), open_records(database)
    yield first, second
    first.close()
    second.close()


def stolen(records: Records) -> Owner:
    """Another process takes over, as after a pause that was too long."""
    with records.engine.begin() as db:
        return owners.take(db, TWO, LASTS, owners.moment(db, SystemClock().now()), dead=True)


def test_a_process_that_lives_is_not_replaced_by_its_neighbour(two: tuple[Records, Records]) -> None:
    lease = Lease(two[0], SystemClock())
    with pytest.raises(Held, match=f"pid {lease.owner.claimant.pid}"):
        Lease(two[1], SystemClock())
    lease.release()
    again = Lease(two[1], SystemClock())
    assert again.owner.token > lease.owner.token
    again.release()


def test_after_a_take_over_no_transaction_commits_no_receipt_is_given_and_the_heartbeat_says_so(two: tuple[Records, Records]) -> None:
    lease = Lease(two[0], SystemClock())
    with two[0].begin() as db:
        marks.set(db, "before", "1")
    lease.confirm()
    stolen(two[1])
    with pytest.raises(NotOwner), two[0].begin() as db:
        marks.set(db, "after", "1")
    with pytest.raises(NotOwner):
        lease.confirm()
    assert not lease.lost
    lease.beat()
    assert "another centre took over" in lease.lost
    assert lease.unready() == [f"lease: {lease.lost}"]
    lease.release()
    with two[1].read() as db:
        assert (marks.get(db, "before"), marks.get(db, "after")) == ("1", None)
        assert owners.of(db).claimant == TWO  # type: ignore[union-attr]


def test_without_a_young_heartbeat_nothing_else_is_written_either(tmp_path: Path) -> None:
    records, clock = open_records(f"sqlite:///{tmp_path / 'r.sqlite'}"), ManualClock(NOW)
    lease = Lease(records, clock)
    clock.advance(25 * SECOND)
    lease.check()
    clock.advance(1)
    with pytest.raises(NotOwner, match="25 s: we stood still"):
        lease.check()
    assert lease.unready()
    lease.beat()
    lease.check()
    assert lease.unready() == []
    lease.release()
    records.close()


def test_the_heartbeat_comes_by_itself_three_times_in_a_lease(tmp_path: Path) -> None:
    records, beats, enough = open_records(f"sqlite:///{tmp_path / 'r.sqlite'}"), 0, threading.Event()
    lease = Lease(records, SystemClock(), SECOND // 10)
    before = lease.owner.renewed

    def count() -> None:
        nonlocal beats
        beats += 1
        real()
        if beats == 3:
            enough.set()

    real, lease.beat = lease.beat, count  # type: ignore[method-assign]
    assert enough.wait(LIMIT_S)
    with records.read() as db:
        found = owners.of(db)
    assert found is not None
    assert found.renewed > before
    lease.release()
    records.close()


def test_records_that_are_locked_are_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.records.engine.WAIT_MS", 50)
    address = f"sqlite:///{tmp_path / 'r.sqlite'}"
    first, second = open_records(address), open_records(address)
    with first.begin(), pytest.raises(GiveUp, match="a process stands in them"):
        Lease(second, SystemClock())
    first.close()
    second.close()


# ---------------------------------------------------------------- who lives


def test_we_live_a_number_that_is_used_again_does_not_and_of_strangers_nothing_is_known() -> None:
    us = this_process()
    assert us.begun > 0
    assert not is_dead(us, us)
    assert is_dead(Claimant(us.host, us.place, us.pid, us.begun - 1), us)
    assert is_dead(Claimant(us.host, us.place, 1 << 22 | 1, 5), us)
    assert not is_dead(Claimant(us.host, "another kernel", 1 << 22 | 1, 5), us)


@pytest.mark.parametrize(("state", "begun"), [("S", 4711), ("T", 4711), ("Z", None), ("X", None)])
def test_a_process_that_is_only_waited_for_is_dead_one_that_is_stopped_is_not(tmp_path: Path, state: str, begun: int | None) -> None:
    (tmp_path / "12").mkdir()
    stat = f"12 (a (strange) name) {state} {' '.join(str(n) for n in range(4, 22))} 4711 0 0"
    (tmp_path / "12" / "stat").write_text(stat, encoding="utf-8")
    assert _begun(12, tmp_path) == begun
    assert _begun(13, tmp_path) is None


def test_without_proc_nobody_is_thought_dead(tmp_path: Path) -> None:
    us = this_process(tmp_path)
    assert us.place.startswith("unknown ")
    assert us.place != this_process(tmp_path).place
