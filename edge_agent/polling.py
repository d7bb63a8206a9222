"""The sources of an agent: each polled on its own grid, sent back to where it was kept, and what each says of itself."""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Protocol

import msgspec
import structlog

from contracts.clock import MINUTE, SECOND, Clock
from edge_agent.clockwatch import ClockWatch
from edge_agent.sources import Answer, Source
from edge_agent.sources.source import Counts

log = structlog.get_logger("edge")

MOST_WORDS, MOST_WHY = 500, 300
"""Peers whose last word is kept, and letters of it."""
HUSH, HUSH_PART = SECOND // 10, 4
"""How long others keep still for a poll that is under way, µs, and no longer than this part of its period: a device that is slow or
dead holds up nobody."""
SAY_AGAIN = MINUTE
"""What a peer says differently at every poll is logged so often at most."""


class Word(msgspec.Struct):
    """What a source, or one peer behind it, last said of itself. Times µs UTC. `why` was said at `why_at`: why nobody answered, or what
    was missing or refused. `since`: when it began to answer, or to be silent."""

    name: str
    answered: bool
    since: int
    at: int = 0
    polls: int = 0
    answers: int = 0
    why: str = ""
    why_at: int = 0


class Desk(Protocol):
    """Who takes what sources bring."""

    @property
    def has_room(self) -> bool:
        """Whether what comes now would be kept."""
        ...

    def take(self, answer: Answer, *, keep: bool = True) -> bool:
        """Judge it; keep it where there is room and `keep`. Whether it was kept."""
        ...

    def place_of(self, source: str) -> int:
        """The place of the newest answer of a source that was kept."""
        ...


class Polling:
    """Polls until cancelled. A source is never asked twice at a time."""

    def __init__(self, sources: Sequence[Source], desk: Desk, watch: ClockWatch, clock: Clock) -> None:
        self.sources, self._desk, self._watch, self._clock = list(sources), desk, watch, clock
        self.skipped = 0
        """Instants that passed while we were busy with the one before."""
        self.last_poll = dict[str, int]()
        """Of each source the monotonic µs at which it was last asked to the end."""
        self._instead = dict[str, Source]()
        self._behind = set[str]()
        """Sources that know a place to go back to, and brought something that was not kept."""
        self._asking, self._hush_until, self._answered = 0, 0, asyncio.Event()
        self._words, self._logged = dict[str, Word](), dict[str, int]()

    def resume(self) -> None:
        """All go on after what was kept of them."""
        for source in self.sources:
            source.resume(self._desk.place_of(source.name))

    def replace(self, source: Source) -> None:
        """Put a fresh source in the place of the one of its name, before its next poll."""
        self._instead[source.name] = source

    async def close(self) -> None:
        for source in self.sources:
            await source.close()

    async def forever(self, source: Source) -> None:
        """Poll at multiples of the period. An instant that passed while we were busy or off is not made up for: it was not sampled."""
        last = began = 0
        while True:
            source = await self._current(source)
            now = self._watch.now()
            due = (now // source.period + 1) * source.period
            if self._watch.set_back is False and due <= last:
                due = last + source.period
            await asyncio.sleep((due - now) / SECOND)
            begins = self._clock.monotonic()
            if last:  # by both clocks: the wall clock may have been set
                self.skipped += max(0, min((due - last) // source.period, round((begins - began) / source.period)) - 1)
            last, began = due, begins
            self._asking, self._hush_until = self._asking + 1, max(self._hush_until, begins + min(HUSH, source.period // HUSH_PART))
            try:
                await self.ask(source, due)
            finally:
                self._asking -= 1
                self._answered.set()
            self.last_poll[source.name] = self._clock.monotonic()

    async def quiet(self) -> None:
        """Until no poll is under way, or has been for so long: a poll is many short exchanges, and each would wait for whoever is busy."""
        while self._asking and (left := self._hush_until - self._clock.monotonic()) > 0:
            self._answered.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left / SECOND):
                    await self._answered.wait()

    async def _current(self, source: Source) -> Source:
        fresh = self._instead.pop(source.name, None)
        if fresh is None:
            return source
        await source.close()
        fresh.resume(self._desk.place_of(source.name))
        self._behind.discard(source.name)
        self.sources = [fresh if one is source else one for one in self.sources]
        return fresh

    async def ask(self, source: Source, due: int) -> None:
        """One poll. What was not kept is judged all the same; a source that can go back brings it again when there is room, and until
        then nothing of it is kept: its place would leap over what is missing."""
        if source.name in self._behind and self._desk.has_room:
            self._behind.discard(source.name)
            source.resume(self._desk.place_of(source.name))
            log.info("source goes back to what was kept", source=source.name)
        for part in (await source.poll(due)).parts:
            kept = self._desk.take(part, keep=source.name not in self._behind)
            if not kept and any(poll.cursor for poll in part.polls):
                self._behind.add(source.name)
            self._note(part, due)

    def _note(self, part: Answer, due: int) -> None:
        for poll in part.polls:
            answered = poll.answered == poll.count
            word = self._words.get(poll.source)
            if word is None:
                if len(self._words) >= MOST_WORDS:
                    return
                word = self._words[poll.source] = Word(poll.source, answered, due)
                if not answered:
                    self._log(word, part.why, due)
            elif word.answered != answered:
                word.answered, word.since = answered, due
                self._log(word, part.why, due)
            elif part.why and part.why[:MOST_WHY] != word.why and due - self._logged.get(word.name, 0) >= SAY_AGAIN:
                self._log(word, part.why, due)
            word.at, word.polls, word.answers = due, word.polls + poll.count, word.answers + poll.answered
            if part.why:
                word.why, word.why_at = part.why[:MOST_WHY], due

    def _log(self, word: Word, why: str, due: int) -> None:
        self._logged[word.name] = due
        tell = log.info if word.answered else log.warning
        tell("source answers" if word.answered else "source is silent", source=word.name, why=why[:MOST_WHY])

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """What each source that counts has counted since its start."""
        return {source.name: dict(source.counts) for source in self.sources if isinstance(source, Counts)}

    @property
    def words(self) -> list[Word]:
        """The last word of every peer, by name."""
        return [self._words[name] for name in sorted(self._words)]
