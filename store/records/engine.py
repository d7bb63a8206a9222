"""Opening the records database (SQLAlchemy Core): SQLite, or PostgreSQL.

Every domain file declares its tables on `metadata`; `migrations` makes them. On both databases one writer writes at a time and readers
see one moment: SQLite by BEGIN IMMEDIATE and its log, PostgreSQL by an advisory lock and REPEATABLE READ.
"""

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import StaticPool

from contracts.clock import Clock, SystemClock
from contracts.errors import BadConfig
from store.records.migrations import migrate

metadata = MetaData()

DOMAINS = (
    "alarms",
    "audit",
    "calibrations",
    "calls",
    "causes",
    "counters",
    "deadletters",
    "drills",
    "duty",
    "epochs",
    "evidence",
    "findings",
    "fleet_log",
    "gateways",
    "handling",
    "items",
    "losses",
    "marks",
    "messages",
    "owners",
    "people",
    "permits",
    "registry",
    "reports",
    "sessions",
    "setbacks",
)

WAIT_MS = 30_000
"""How long a writer waits for the one before it."""
WRITER_LOCK = 0x64617679
"""The advisory lock of the one writer ("davy")."""
_SNAPSHOT = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


class Records:
    """The records database. `begin()` is one transaction: it commits at the end or leaves nothing."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.fence: Callable[[Connection], None] | None = None
        """Asked first in every transaction that writes: it raises where the process may write no more (`store.lease`)."""

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.engine.begin() as connection:
            if self.fence is not None:
                self.fence(connection)
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """For reading only; nothing is kept open afterwards. It waits for no writer, and no writer waits for it."""
        options = _SNAPSHOT if self.engine.dialect.name == "postgresql" else {}
        with self.engine.connect().execution_options(reading=True, **options) as connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def open_records(address: str, clock: Clock | None = None) -> Records:
    """Open `sqlite:///path`, `sqlite://` (memory) or `postgresql://user@host/name`, its schema brought up to this program's.

    BadConfig for another address; ForeignSchema where a newer program wrote it.
    """
    engine = engine_of(address)
    try:
        migrate(engine, (clock or SystemClock()).now())
    except BaseException:
        engine.dispose()
        raise
    return Records(engine)


def declared() -> MetaData:
    """Every table the program speaks of."""
    for name in DOMAINS:
        import_module(f"store.records.{name}")
    return metadata


def engine_of(address: str) -> Engine:
    """The database behind an address, its schema as it is; BadConfig for an address that is none."""
    try:
        url = make_url(address)
    except ArgumentError as error:
        raise BadConfig("records", "(an address)", "sqlite:///path or postgresql://user@host/name") from error
    kind = url.get_backend_name()
    if kind == "sqlite":
        return _sqlite(url)
    if kind == "postgresql":
        return _postgresql(url)
    raise BadConfig("records", url.render_as_string(), "sqlite:///path or postgresql://user@host/name")


def _sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    else:
        engine = create_engine(url, connect_args={"check_same_thread": False, "timeout": WAIT_MS / 1000})
    event.listen(engine, "connect", _sqlite_settings)
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_settings(connection: Any, _record: object) -> None:
    """WAL and full sync: what was acknowledged survives a power cut. Transactions are ours to begin (see below)."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={WAIT_MS}"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reading") else "BEGIN IMMEDIATE")


def _postgresql(url: URL) -> Engine:
    engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True, json_serializer=_written, json_deserializer=_read)
    event.listen(engine, "connect", _postgresql_settings)
    event.listen(engine, "begin", _postgresql_begin)
    return engine


def _postgresql_settings(connection: Any, _record: object) -> None:
    from psycopg.types.string import StrDumper  # noqa: PLC0415  # only where there is a PostgreSQL

    class Printable(StrDumper):
        """PostgreSQL's text cannot hold NUL: it is kept as its picture, so that a hostile name cannot hold up the line."""

        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\u2400"))

    connection.adapters.register_dumper(str, Printable)
    connection.execute(f"SET lock_timeout = {WAIT_MS}")
    connection.commit()


def _postgresql_begin(connection: Connection) -> None:
    if not connection.get_execution_options().get("reading"):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")


def _written(value: Any) -> str:
    """JSON has no NaN and no infinity, and PostgreSQL keeps to it: they are written as {"float": "nan"}."""
    if isinstance(value, dict):
        value = {name: {"float": repr(one)} if isinstance(one, float) and not math.isfinite(one) else one for name, one in value.items()}
    return json.dumps(value, allow_nan=False)


def _read(text: str) -> Any:
    return json.loads(text, object_hook=lambda found: float(found["float"]) if isinstance(found.get("float"), str) else found)
