"""The records' schema grows by steps: each is taken once, whole or not at all, and never past what the program knows."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from sqlalchemy import Connection, Engine, Inspector, MetaData, inspect, text

import store.records
from contracts.clock import BUILD_TIME
from store.records import audit, marks
from store.records.engine import engine_of, metadata, open_records
from store.records.migrations import MIGRATIONS, ForeignSchema, Migration, applied, migrate, missing

NOW = BUILD_TIME
for module in iter_modules(store.records.__path__):
    import_module(f"store.records.{module.name}")


def note(db: Connection) -> None:
    db.execute(text("alter table marks add column note varchar"))


def fails(db: Connection) -> None:
    note(db)
    raise RuntimeError("half way")


MORE: tuple[Migration, ...] = (
    *MIGRATIONS,
    ("note", note),
    ("notes are not empty", lambda db: db.execute(text("update marks set note = ''"))),
)

KNOWN = [name for name, _ in MIGRATIONS]


@pytest.fixture(autouse=True)
def _the_steps_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """No copy of what they made (tests/template.py)."""
    monkeypatch.setattr("store.records.engine.migrate", migrate)


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    opened = engine_of(database)
    yield opened
    opened.dispose()


def names(engine: Engine) -> list[str]:
    with engine.connect().execution_options(reading=True) as db:
        return [step.name for step in applied(db)]


def shape(found: Inspector, table: str) -> tuple[object, ...]:
    """What must agree: columns with their kind and whether they may be empty, keys, indexes."""
    columns = {column["name"]: (column["type"].python_type, column["nullable"]) for column in found.get_columns(table)}
    indexes = {index["name"]: (index["column_names"], bool(index["unique"])) for index in found.get_indexes(table)}
    keys = sorted((key["constrained_columns"], key["referred_table"]) for key in found.get_foreign_keys(table))
    return columns, found.get_pk_constraint(table)["constrained_columns"], indexes, keys


def test_the_steps_lead_to_the_tables_the_program_speaks_of(engine: Engine, tmp_path: Path) -> None:
    migrate(engine, NOW)
    spoken_of = engine_of(f"sqlite:///{tmp_path / 'declared.sqlite'}")
    metadata.create_all(spoken_of)
    made, declared = inspect(engine), inspect(spoken_of)
    assert set(made.get_table_names()) - {"migrations"} == set(metadata.tables)
    assert {table: shape(made, table) for table in metadata.tables} == {table: shape(declared, table) for table in metadata.tables}
    spoken_of.dispose()


def test_a_database_of_the_first_step_alone_is_brought_through_all_later_ones(database: str, engine: Engine) -> None:
    migrate(engine, NOW, MIGRATIONS[:1])
    with engine.begin() as db:
        marks.set(db, "a", "1")
        audit.append(db, "permit", "T01", {}, "person-7", 5)
    records = open_records(database)
    with records.read() as db:
        assert [step.name for step in applied(db)] == KNOWN
        assert marks.get(db, "a") == "1"
        audit.verify(audit.links(db))
    records.close()


def test_only_missing_steps_are_taken_in_order_and_each_once(engine: Engine) -> None:
    assert migrate(engine, NOW, MORE[:-1]) == [*KNOWN, "note"]
    with engine.begin() as db:
        marks.set(db, "a", "1")
    assert migrate(engine, NOW + 1, MORE) == ["notes are not empty"]
    assert migrate(engine, NOW + 2, MORE) == []
    with engine.connect().execution_options(reading=True) as db:
        at = [NOW] * (len(KNOWN) + 1) + [NOW + 1]
        assert [(step.number, step.at) for step in applied(db)] == list(enumerate(at, 1))
        assert db.execute(text("select note from marks")).scalar_one() == ""


def test_a_step_that_fails_leaves_nothing_and_can_be_taken_again(engine: Engine) -> None:
    migrate(engine, NOW)
    with pytest.raises(RuntimeError):
        migrate(engine, NOW, (*MIGRATIONS, ("note", fails)))
    assert names(engine) == KNOWN
    assert "note" not in {column["name"] for column in inspect(engine).get_columns("marks")}
    assert migrate(engine, NOW, MORE[:-1]) == ["note"]


def test_an_older_program_refuses_a_newer_database_and_touches_nothing(database: str, engine: Engine) -> None:
    migrate(engine, NOW, MORE)
    with pytest.raises(ForeignSchema, match=rf"step {len(KNOWN) + 2} .*it knows {len(KNOWN)}"):
        open_records(database)
    assert names(engine) == [name for name, _ in MORE]


def test_a_database_with_other_steps_is_refused(engine: Engine) -> None:
    migrate(engine, NOW, MORE[:-1])
    with pytest.raises(ForeignSchema, match=f"step {len(KNOWN) + 1} of the records is 'note'"):
        migrate(engine, NOW, (*MIGRATIONS, ("another", note)))


def test_a_database_from_before_there_were_steps_is_taken_over(engine: Engine) -> None:
    metadata.create_all(engine)
    with engine.begin() as db:
        marks.set(db, "a", "1")
    assert migrate(engine, NOW) == KNOWN
    with engine.begin() as db:
        assert marks.get(db, "a") == "1"


def test_nothing_is_missing_where_all_was_taken(engine: Engine) -> None:
    assert missing([]) == KNOWN
    migrate(engine, NOW)
    with engine.connect().execution_options(reading=True) as db:
        assert missing(applied(db)) == []


def test_the_first_step_is_frozen(engine: Engine) -> None:
    """It made these tables on the day of the first release; a change of the schema is a further step."""
    migrate(engine, NOW, MIGRATIONS[:1])
    found = MetaData()
    found.reflect(engine)
    assert {name: len(table.columns) for name, table in found.tables.items()} == {
        "alarm_marks": 4,
        "alarm_transitions": 20,
        "alarms": 38,
        "audit": 8,
        "counters": 4,
        "deadletters": 12,
        "deliveries": 10,
        "epochs": 13,
        "gateways": 14,
        "items": 9,
        "loss_corrections": 7,
        "losses": 8,
        "marks": 2,
        "migrations": 3,
        "registries": 3,
        "registry_uses": 5,
    }
