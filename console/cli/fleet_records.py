"""The records that `davy fleet` reads, also while the centre runs: a reader waits for nobody and holds up nobody."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from console.cli.store_care import settings_of, there
from store.records.engine import open_records


@contextmanager
def reading(config: str | None, folder: str) -> Iterator[Connection]:
    """The records of a configuration or of the folder of `davy up`; BadConfig where there are none."""
    records = open_records(there(settings_of(config, folder).records))
    try:
        with records.read() as db:
            yield db
    finally:
        records.close()
