"""The stores under test, deliveries in few words, and records in memory and in a file."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from contracts.clock import BUILD_TIME, DAY, SECOND
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Point, Registry
from store.embedded import EmbeddedStore
from store.interface import Delivery, Store
from store.memory import MemoryStore
from store.records.engine import Records, open_records
from tests.store.influx_server import open_on_influxd
from tests.store.postgres import a_schema, postgresql

OPEN: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _folder: MemoryStore(),
    "embedded": EmbeddedStore,
    "influx": open_on_influxd,
}
"""Every implementation of `store.interface.Store`: a further one adds a line and passes test_store_*.py."""
DURABLE = ("embedded", "influx")

NOON = (BUILD_TIME // DAY + 1) * DAY + DAY // 2
"""A noon the tests count from, µs UTC."""


@cache
def registry_of(mine: str) -> Registry:
    return Registry(mine, mine, mine, tuple(Point(f"T{n:02d}", "methane", "face", "", "") for n in range(20)))


def with_marks(names: Iterable[str]) -> list[ParameterSet]:
    """The names as parameters; what starts a server says so."""
    return [pytest.param(name, marks=[pytest.mark.servers] if name == "influx" else []) for name in names]


Row = tuple[int, int, float, int]


def delivery_of(
    seq: int,
    rows: list[Row] | None = None,
    *,
    gateway: str = "north/gw1",
    epoch: str = "e1",
    digest: int | None = None,
    made: int = NOON,
    received: int = NOON,
    replayed: bool = False,
    polls: tuple[Poll, ...] = (),
    doubt: bool = False,
) -> Delivery:
    """An item with rows (point number, seconds after noon, value, quality); one reading of T00 at `seq` s where none are given."""
    rows = [(0, seq, float(seq), 0)] if rows is None else rows
    points, times, values, qualities = ([row[at] for row in rows] for at in range(4))
    block = Block.of(points, [NOON + second * SECOND for second in times], values, qualities)
    known = 1_000 + seq if digest is None else digest
    return Delivery(gateway, epoch, seq, known, made, received, replayed, registry_of(gateway.partition("/")[0]), block, polls, doubt)


@pytest.fixture(params=with_marks(OPEN))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    opened = OPEN[request.param](tmp_path)
    yield opened
    opened.close()


@pytest.fixture(params=with_marks(DURABLE))
def durable(request: pytest.FixtureRequest) -> Callable[[Path], Store]:
    return OPEN[request.param]


def rows_of(
    store: Store, point: str = "T00", mine: str = "north", span: tuple[int, int] = (0, 1 << 60)
) -> list[tuple[int, float, int, int]]:
    """(time, value, quality, fold) of a point."""
    found = store.series(mine, point, *span)
    return list(zip(found.time.tolist(), found.value.tolist(), found.quality.tolist(), found.fold.tolist(), strict=True))


@pytest.fixture(name="rows")
def _rows() -> Callable[..., list[tuple[int, float, int, int]]]:
    return rows_of


@pytest.fixture(name="delivery")
def _delivery() -> Callable[..., Delivery]:
    return delivery_of


@pytest.fixture(name="noon")
def _noon() -> int:
    return NOON


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL of these tests."""
    with postgresql() as address:
        yield address


POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.servers)


@contextmanager
def address_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if kind != "postgresql":
        yield "sqlite://" if kind == "memory" else f"sqlite:///{folder / 'records.sqlite'}"
        return
    with a_schema(request.getfixturevalue("postgres")) as address:
        yield address


@pytest.fixture(params=["file", POSTGRESQL])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database that several may open."""
    with address_of(request.param, request, tmp_path) as address:
        yield address


@pytest.fixture(params=["memory", "file", POSTGRESQL])
def records(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Records]:
    with address_of(request.param, request, tmp_path) as address:
        opened = open_records(address)
        yield opened
        opened.close()
