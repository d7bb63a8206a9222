"""Findings that were told and have not ended, over restarts: each is told once at its begin and once at its end, whoever says so."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import structlog

from contracts.clock import MINUTE
from contracts.payload import Finding

log = structlog.get_logger("edge.models")

SETTLED = 15 * MINUTE
"""After a start (other models, a restart): what stood before and was not found again by then is over."""
Key = tuple[str, str]


class Standing:
    """`path`: where they stand on disk."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: dict[Key, Finding] = {}
        self._before: dict[Key, Finding] = {_key(found): found for found in self._read()}
        self._began = 0

    def __len__(self) -> int:
        return len(self._open) + len(self._before)

    def restart(self) -> None:
        """Whoever found them has forgotten them."""
        self._before |= self._open
        self._open, self._began = {}, 0

    def heard(self, found: Finding) -> Finding | None:
        """What is to be told of a finding: with the begin it had before a restart; None where nobody was told of it."""
        key = _key(found)
        known = self._open.pop(key, None) or self._before.pop(key, None)
        if known is not None:
            found = msgspec.structs.replace(found, since=known.since, time=max(found.time, known.since))
        if not found.ended:
            self._open[key] = found
        elif known is None:
            return None
        return found

    def ended(self, now: int) -> Iterator[Finding]:
        """What stood before the start and was not found again."""
        self._began = min(self._began or now, now)
        if not self._before or now - self._began < SETTLED:
            return
        for found in self._before.values():
            over = max(now, found.since)
            yield msgspec.structs.replace(found, time=over, ended=over, decided=now)
        self._before = {}

    def keep(self) -> None:
        """Write them; a disk that refuses is said and costs no more than an end that is told late or not at all."""
        fresh = self._path.with_suffix(".half")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(msgspec.json.encode([*self._before.values(), *self._open.values()]))
            fresh.replace(self._path)
        except OSError as error:
            log.warning("standing findings not written", why=str(error))

    def _read(self) -> list[Finding]:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=list[Finding])
        except (OSError, msgspec.DecodeError):
            return []


def _key(found: Finding) -> Key:
    return found.what, found.subject
