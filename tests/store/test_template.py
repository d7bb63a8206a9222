"""The copied tables of the tests' records are the migrated ones."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine

from contracts.clock import BUILD_TIME
from store.records import engine as opening
from store.records import marks
from store.records.engine import engine_of, open_records
from store.records.migrations import applied, migrate
from tests.template import Template

NOW = BUILD_TIME


def inside(engine: Engine) -> tuple[list[tuple[object, ...]], list[object], tuple[object, ...]]:
    """Every table and index as it was written, the steps, and how the file is written to."""
    with engine.connect().execution_options(reading=True) as db:
        raw = db.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        shape = sorted(raw.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall(), key=repr)
        return shape, applied(db), raw.execute("PRAGMA journal_mode").fetchone()


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_copy_is_what_the_steps_make_to_the_letter(kind: str, tmp_path: Path) -> None:
    stepped, copied = (
        engine_of("sqlite://" if kind == "memory" else f"sqlite:///{tmp_path / name}") for name in ("stepped.sqlite", "copied.sqlite")
    )
    assert Template()(copied, NOW) == migrate(stepped, NOW)
    assert inside(copied) == inside(stepped)
    stepped.dispose()
    copied.dispose()


def test_what_is_there_is_left_and_the_steps_that_are_missing_are_taken(tmp_path: Path) -> None:
    engine = engine_of(f"sqlite:///{tmp_path / 'records.sqlite'}")
    template = Template()
    template(engine, NOW)
    with engine.begin() as db:
        marks.set(db, "a", "1")
        db.exec_driver_sql("DELETE FROM migrations WHERE name = 'setbacks'")
        db.exec_driver_sql("DROP TABLE setbacks")
    assert template(engine, NOW) == ["setbacks"]
    with engine.begin() as db:
        assert marks.get(db, "a") == "1"
        assert db.exec_driver_sql("SELECT count(*) FROM setbacks").scalar() == 0
    assert template(engine, NOW) == []
    engine.dispose()


def test_the_tests_open_their_records_that_way() -> None:
    assert isinstance(opening.migrate, Template)
    records = open_records("sqlite://")
    with records.read() as db:
        assert len(applied(db)) > 0
    records.close()
