"""A centre put back from a backup does not pretend to hold what it lacks: every gateway is told of a new generation."""

from pathlib import Path

import pytest

from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import ManualClock
from ingest.holdings import Holdings
from store.backup import back_up, restore
from store.embedded import EmbeddedStore
from store.records import marks
from store.records.engine import open_records
from tests.store.conftest import delivery_of

pytestmark = pytest.mark.slow


def test_a_restored_centre_starts_with_a_generation_nobody_knows(tmp_path: Path) -> None:
    store, records = EmbeddedStore(tmp_path / "store"), open_records(f"sqlite:///{tmp_path / 'records.sqlite'}")
    Holdings(store, records, Journal(load()))
    store.append([delivery_of(0)])
    made = back_up(store, records, tmp_path / "backups", ManualClock(), "test")
    store.append([delivery_of(1)])
    store.close()
    records.close()

    restore(made.place, tmp_path / "again", ManualClock())
    store, records = EmbeddedStore(tmp_path / "again" / "store"), open_records(f"sqlite:///{tmp_path / 'again' / 'records.sqlite'}")
    holdings = Holdings(store, records, Journal(load()))
    assert store.generation != made.manifest.generation
    assert next(iter(holdings.store.held("north/gw1")["e1"]))[:2] == (0, 0)
    with records.read() as db:
        assert marks.get(db, "store_generation") == store.generation
    store.close()
    records.close()
