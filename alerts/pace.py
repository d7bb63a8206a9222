"""How fast one may be told: at most so many messages within any 60 s. What does not fit waits where it is; nothing is dropped. Pure."""

from collections import deque

from contracts.clock import MINUTE


class Pace:
    """The last sends. `per_minute` 0: as many as there are."""

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._sent: deque[int] = deque()

    def room(self, now: int, most: int) -> int:
        """How many may go now, `most` at most. A clock set back frees the room."""
        if not self._most:
            return most
        while self._sent and not now - MINUTE < self._sent[0] <= now:
            self._sent.popleft()
        return min(most, self._most - len(self._sent))

    def take(self, now: int, count: int) -> None:
        """So many go now."""
        if self._most:
            self._sent.extend([now] * count)

    def give_back(self, count: int) -> None:
        """So many of the last taken did not go after all."""
        for _ in range(min(count, len(self._sent))):
            self._sent.pop()
