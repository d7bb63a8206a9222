"""The embedded telemetry store: DuckDB in one folder, owned by one process, partitioned by the day of arrival.

    owner.lock                          who owns the folder
    catalogue.duckdb                    names and their numbers, generation, held rows and polls of dropped partitions
    000007-2026-11-24.open.duckdb       a partition as it was written
    000006-2026-11-23.sealed.duckdb     a closed one, sorted by (series, time)

One call of `append` is one transaction in one file, so readings and the rows that say they are held cannot part.
"""

from store.embedded.owner import Owned
from store.embedded.store import EmbeddedStore

__all__ = ["EmbeddedStore", "Owned"]
