"""What is taken in and not committed, and what of it is committed together next. Pure."""

from collections.abc import Iterable

from contracts.payload import Birth
from contracts.topics import Gateway, Lane
from ingest.pipeline import Arrival

Entry = Arrival | tuple[Gateway, Birth, int]
"""An item; or a birth and when it was heard (µs UTC, 0: retained)."""
MOST_IN_GROUP, MOST_BYTES_IN_GROUP = 400, 1 << 20
"""What comes meanwhile waits for the whole group."""


class Inbox:
    """In order of arrival, but live data and events go ahead of a backlog that is more than a group.

    Nothing goes ahead of a birth: it is answered with all that came before it, and what is not named is sent again.
    """

    def __init__(self) -> None:
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        self._entries.append(entry)

    def clear(self) -> None:
        self._entries.clear()

    @property
    def full(self) -> bool:
        """Whether there is a whole group."""
        return _fitting(self._entries) < len(self._entries) or len(self._entries) == MOST_IN_GROUP

    def take(self) -> list[Entry]:
        """The next group, out of the inbox."""
        if _fitting(self._entries) < len(self._entries):
            self._entries = _prompt_first(self._entries)
        fits = _fitting(self._entries)
        group, self._entries = self._entries[:fits], self._entries[fits:]
        return group


def _fitting(entries: Iterable[Entry]) -> int:
    """How many of the first are a group: one at least."""
    count = size = 0
    for entry in entries:
        size += len(entry.payload) if isinstance(entry, Arrival) else 0
        if count and (count >= MOST_IN_GROUP or size > MOST_BYTES_IN_GROUP):
            break
        count += 1
    return count


def _prompt_first(entries: list[Entry]) -> list[Entry]:
    born = next((at for at, entry in enumerate(entries) if not isinstance(entry, Arrival)), len(entries))
    before = entries[:born]
    backlog = [isinstance(entry, Arrival) and entry.lane is Lane.REPLAY for entry in before]
    prompt = [entry for entry, later in zip(before, backlog, strict=True) if not later]
    return prompt + [entry for entry, later in zip(before, backlog, strict=True) if later] + entries[born:]
