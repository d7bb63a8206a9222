"""A mine with one methane sensor that has limits, and records in memory."""

from collections.abc import Iterator

import pytest

from alerts.journal import Journal
from alerts.packs import load
from alerts.packs.pack import Pack
from contracts.points import Point, Registry
from store.records.engine import Records, open_records
from tests.alerts.centre import INSPECTOR, OTHER_MINE, Centre


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load()


@pytest.fixture(scope="session")
def registry() -> Registry:
    corner = Point("T01", "methane", "8101", "8101回风隅角", "8101 return corner", limit_row="face_return_corner", mapped_by="王工")
    return Registry("m1", "示范一矿", "Demo Mine 1", (corner, Point("T02", "methane", "8101", "8101回风巷", "8101 return roadway")))


@pytest.fixture
def records() -> Iterator[Records]:
    records = open_records("sqlite://")
    yield records
    records.close()


@pytest.fixture
def centre(records: Records, registry: Registry, pack: Pack) -> Centre:
    return Centre(records, Journal(pack, [INSPECTOR, OTHER_MINE]), registry)
