"""Numbers for names: a series is (mine, point id), an epoch (gateway, epoch), a source of polls (gateway, source).

A number is durable before the first row that uses it is written; a crash between the two leaves an unused number.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

import duckdb
import numpy as np

from contracts.points import Registry
from store.embedded.columns import Ids

Kind = Literal["series", "epoch", "source"]

_READ = "select kind, id, scope, name from catalogue.name order by kind, id"
_WRITE = "insert into catalogue.name select unnest($kinds), unnest($ids), unnest($scopes), unnest($names)"
_CACHED_REGISTRIES = 4_096


class Names:
    """The catalogue's names, in memory too."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._new: list[tuple[Kind, int, str, str]] | None = None
        """Given inside `together` and not durable yet; None outside."""
        self._read()

    def _read(self) -> None:
        self._ids: dict[Kind, dict[str, dict[str, int]]] = {"series": {}, "epoch": {}, "source": {}}
        self._next: dict[Kind, int] = {"series": 0, "epoch": 0, "source": 0}
        self._registries: dict[tuple[str, str], Ids] = {}
        for kind, number, scope, name in self._connection.execute(_READ).fetchall():
            self._ids[kind].setdefault(scope, {})[name] = number
            self._next[kind] = number + 1

    @contextmanager
    def together(self) -> Iterator[None]:
        """Numbers given inside are written at the end in one durable step: a province that begins gives thousands."""
        self._new, whole = [], False
        try:
            yield
            self._write(self._new)
            whole = True
        finally:
            self._new = None
            if not whole:  # a number in memory that is not durable must not be used
                self._read()

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
            given = [(kind, first + at, scope, name) for at, name in enumerate(missing)]
            if self._new is None:
                self._write(given)
            else:
                self._new += given
            self._next[kind] = first + len(missing)
            ids.update((name, number) for _, number, _, name in given)
        return [ids[name] for name in names]

    def _write(self, given: list[tuple[Kind, int, str, str]]) -> None:
        if given:
            kinds, ids, scopes, names = map(list, zip(*given, strict=True))
            self._connection.execute(_WRITE, {"kinds": kinds, "ids": ids, "scopes": scopes, "names": names})

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
