"""Accusations from the log and back into it: written once, withdrawn where later facts no longer bear them."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from contracts.facts import Fact, FactSet, write_facts
from fleet import suspecting
from fleet.bodies import Suspicion, read
from store.records import fleet_log
from store.records.engine import Records, open_records
from store.records.fleet_log import New

LAST = date(2026, 3, 1)
MINES, DAYS = 12, 50
LATE = (20, 25, 30, 35, 40, 45)
"""Days ago on which the first mine held back a third of its readings."""


def _set(mine: int, ago: int, share: float) -> New:
    day = (LAST - timedelta(days=ago)).isoformat()
    facts = (
        Fact("late_undeclared_share", share, 1.0, 0, 1, "upload.late_undeclared@1", subject="gw1", evidence=("gap:m/gw1/e/4",)),
        Fact("points_frozen", 0.0, 1.0, 0, 1, "points.frozen@1"),
    )
    return New("facts", f"m{mine}", day, "", write_facts(FactSet(f"m{mine}", day, facts)))


@pytest.fixture
def records() -> Iterator[Records]:
    made = open_records("sqlite://")
    with made.begin() as db:
        sets = [_set(mine, ago, 0.33 if mine == 0 and ago in LATE else 0.001) for mine in range(MINES) for ago in range(DAYS)]
        fleet_log.append(db, sets, "p", 1)
    yield made
    made.close()


def _standing(db: Connection) -> list[Suspicion]:
    return [read(entry.body, Suspicion) for entry in fleet_log.current(db, "suspicion")]


def test_an_accusation_is_written_once_and_points_to_the_facts(records: Records) -> None:
    with records.begin() as db:
        assert suspecting.record(db, LAST, LAST, "p", 2) == 1
        assert suspecting.record(db, LAST, LAST, "p", 3) == 0
        (told,) = _standing(db)
        entries = {entry.n: entry for entry in fleet_log.entries(db)}
    assert (told.mine, told.day, told.kind, told.numbers["days"]) == ("m0", LAST.isoformat(), "late_upload", 5.0)
    assert told.score >= told.threshold
    refs = [entries[int(ref.removeprefix("log:"))] for ref in told.evidence if ref.startswith("log:")]
    assert [(one.mine, one.day) for one in refs] == [("m0", (LAST - timedelta(days=ago)).isoformat()) for ago in (40, 35, 30, 25, 20)]
    assert "gap:m/gw1/e/4" in told.evidence


def test_who_is_not_asked_about_is_weighed_but_not_written(records: Records) -> None:
    with records.begin() as db:
        assert suspecting.record(db, LAST, LAST, "p", 2, ["m3"]) == 0
        assert suspecting.record(db, LAST, LAST, "p", 2, ["m0"]) == 1


def test_facts_that_come_later_withdraw_it(records: Records) -> None:
    with records.begin() as db:
        suspecting.record(db, LAST, LAST, "p", 2)
        fleet_log.append(db, [_set(0, ago, 0.0) for ago in LATE[:3]], "p", 3)
        assert suspecting.record(db, LAST, LAST, "p", 4) == 1
        (told,) = _standing(db)
        assert told.withdrawn
        assert told.correction == "facts_changed"
        assert suspecting.record(db, LAST, LAST, "p", 5) == 0


def test_an_accusation_that_was_withdrawn_can_come_back(records: Records) -> None:
    with records.begin() as db:
        suspecting.record(db, LAST, LAST, "p", 2)
        fleet_log.append(db, [_set(0, ago, 0.0) for ago in LATE[:3]], "p", 3)
        suspecting.record(db, LAST, LAST, "p", 4)
        fleet_log.append(db, [_set(0, ago, 0.33) for ago in LATE[:3]], "p", 5)
        assert suspecting.record(db, LAST, LAST, "p", 6) == 1
        (told,) = _standing(db)
        assert not told.withdrawn
        assert len(list(fleet_log.entries(db))) == MINES * DAYS + 6 + 3
