"""Numbers for names: a series is (mine, point id), an epoch (gateway, epoch), a source of polls (gateway, source).

A number is durable before the first row that uses it is written; a crash between the two leaves an unused number.
"""

from collections.abc import Iterable
from typing import Literal

import duckdb
import numpy as np

from contracts.points import Registry
from store.embedded.columns import Ids

Kind = Literal["series", "epoch", "source"]

_READ = "select kind, id, scope, name from catalogue.name order by kind, id"
_WRITE = "insert into catalogue.name select $kind, unnest($ids), $scope, unnest($names)"
_CACHED_REGISTRIES = 4_096


class Names:
    """The catalogue's names, in memory too."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._ids: dict[Kind, dict[str, dict[str, int]]] = {"series": {}, "epoch": {}, "source": {}}
        self._next: dict[Kind, int] = {"series": 0, "epoch": 0, "source": 0}
        self._registries: dict[tuple[str, str], Ids] = {}
        for kind, number, scope, name in connection.execute(_READ).fetchall():
            self._ids[kind].setdefault(scope, {})[name] = number
            self._next[kind] = number + 1

    def known(self, kind: Kind, scope: str) -> dict[str, int]:
        """Name to number within a scope."""
        return self._ids[kind].get(scope, {})

    def every(self, kind: Kind) -> Iterable[tuple[str, str, int]]:
        """All (scope, name, number)."""
        return ((scope, name, number) for scope, names in self._ids[kind].items() for name, number in names.items())

    def numbers(self, kind: Kind, scope: str, names: Iterable[str]) -> list[int]:
        """The numbers of these names, given durably where they have none."""
        ids = self._ids[kind].setdefault(scope, {})
        names = list(names)
        missing = [name for name in dict.fromkeys(names) if name not in ids]
        if missing:
            first = self._next[kind]
            given = list(range(first, first + len(missing)))
            self._connection.execute(_WRITE, {"kind": kind, "ids": given, "scope": scope, "names": missing})
            self._next[kind] = first + len(missing)
            ids.update(zip(missing, given, strict=True))
        return [ids[name] for name in names]

    def series(self, mine: str, registry: Registry) -> Ids:
        """Point number to series number, for all points of a registry."""
        key = (mine, registry.name)
        found = self._registries.get(key)
        if found is None:
            found = np.array(self.numbers("series", mine, (point.id for point in registry.points)), np.int32)
            if len(self._registries) >= _CACHED_REGISTRIES:
                self._registries.clear()
            self._registries[key] = found
        return found
