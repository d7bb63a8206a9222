"""A backup every 3 months, each kept for 2 years (CMSR 2025 Art. 526); raw readings go only after one has them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.clock import DAY, HOUR, MINUTE, from_iso, iso
from store.backup import CLAUSE, backup_due
from store.backup.notes import Note
from store.backup.schedule import Kept, kept_until, may_drop, months_later, next_due, removable, retry_after

TIMES = st.integers(0, from_iso("2099-01-01"))


def test_where_there_was_none_one_is_due_and_the_clause_is_told() -> None:
    assert backup_due(None, 0).due
    assert "526" in backup_due(None, 0).clause == CLAUSE


@pytest.mark.parametrize(
    ("made", "due"),
    [
        ("2026-08-15T12:30:00", "2026-11-15T12:30:00"),
        ("2026-11-30", "2027-02-28"),
        ("2027-11-30", "2028-02-29"),
        ("2026-12-31", "2027-03-31"),
    ],
)
def test_the_next_is_due_three_months_later(made: str, due: str) -> None:
    at = from_iso(due)
    assert iso(backup_due(from_iso(made), at).at) == iso(at)
    assert (backup_due(from_iso(made), at - 1).due, backup_due(from_iso(made), at).due) == (False, True)


def test_a_backup_is_kept_for_two_years() -> None:
    assert iso(kept_until(from_iso("2028-02-29T01:02:03"))) == "2030-02-28T01:02:03.000000Z"


def test_a_backup_from_the_future_proves_nothing() -> None:
    assert backup_due(from_iso("2027-01-01"), from_iso("2026-12-31")).due


@given(last=TIMES, later=st.integers(0, 400 * DAY))
def test_once_due_it_stays_due_and_never_later_than_92_days(last: int, later: int) -> None:
    found = backup_due(last, last + later)
    assert 89 * DAY <= found.at - last <= 92 * DAY
    assert found.due == (last + later >= found.at)


@given(last=TIMES, every=st.integers(1, 90))
def test_the_centre_makes_the_next_one_in_time_for_the_clause(last: int, every: int) -> None:
    due = next_due(last, 0, every)
    assert last < due <= last + every * DAY
    assert not backup_due(last, due - 1).due


def test_a_new_centre_makes_its_first_after_a_day() -> None:
    assert next_due(None, 7 * DAY, 90) == 8 * DAY


def test_a_failed_one_is_tried_again_ever_more_slowly_but_always() -> None:
    assert [retry_after(tries) for tries in (1, 2, 3)] == [MINUTE, 2 * MINUTE, 4 * MINUTE]
    assert {retry_after(tries) for tries in (10, 100, 10_000)} == {6 * HOUR}


NOTES = st.builds(lambda made: Note(f"/b/{made}", "d", made), st.integers(from_iso("2020-01-01"), from_iso("2030-01-01")))


@given(kept=st.lists(NOTES), now=st.integers(from_iso("2020-01-01"), from_iso("2035-01-01")), years=st.integers(0, 5), verified=NOTES)
def test_only_an_old_backup_goes_and_only_where_a_younger_verified_one_stays(
    kept: list[Note], now: int, years: int, verified: Note
) -> None:
    gone = removable([*kept, verified], now, years, verified)
    assert verified not in gone
    for one in kept:
        until = months_later(one.made, 12 * max(years, 2))
        assert (one in gone) == (one.made < verified.made and until <= now)
    assert all(kept_until(one.made) <= now for one in gone)


KEPT = st.builds(
    lambda started, took, trouble: Kept(Note(f"/b/{started}", "d", started + took), started, trouble),
    st.integers(from_iso("2026-01-01"), from_iso("2028-01-01")),
    st.integers(0, DAY),
    st.sampled_from(["", "", "gone"]),
)


@given(kept=st.lists(KEPT, max_size=6), now=st.integers(from_iso("2026-01-01"), from_iso("2028-06-01")), keep=st.integers(1, 400))
def test_raw_readings_may_go_only_where_they_are_old_and_a_whole_backup_began_after_them(kept: list[Kept], now: int, keep: int) -> None:
    found = may_drop(kept, now, keep)
    whole = [one for one in kept if not one.trouble and one.started <= now]
    if not whole:
        assert (found.before, found.note, bool(found.why)) == (0, None, True)
        return
    newest = max(whole, key=lambda one: one.started)
    assert found.note is not None
    assert found.note.made >= newest.started
    assert found.before % DAY == 0
    assert found.before <= newest.started
    assert now - keep * DAY - found.before >= DAY  # nothing that ingest still takes can be older
    assert bool(found.why) == (found.before < (now - keep * DAY) // DAY * DAY - DAY)


def test_damage_and_loss_say_why_nothing_goes() -> None:
    note = Note("/b/1", "d", 5)
    assert may_drop([], 400 * DAY, 92).why == "there is no verified backup"
    assert may_drop([Kept(note, 0, "raw/x: hash")], 400 * DAY, 92).why == "raw/x: hash"
