"""The ledger of a gateway's day so far, drawn up again and again: what is settled is kept, and only what came since is read."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from contracts.clock import DAY, HOUR, MINUTE
from contracts.payload import Poll
from ingest.books import Items, items_of, part, runs_of
from ingest.holdings import Holdings
from ingest.ledger import Gap, LedgerDay, joined
from store.records import epochs

STEP = 10 * MINUTE
"""The settled part grows in steps of this; it ends two or three of them before now and before the newest poll of any source."""
REDRAWN = 6 * HOUR
"""After so long everything is read again: a source may have told old polls in a new item."""
_SUMS = ("made", "committed", "late", "replayed", "missing", "lost", "dead", "due", "answered")
State = tuple[int, int, int, int]
"""Items held, dead, told to be made, and declared lost, outside the part that is still open: where it changes, nothing is settled."""


@dataclass(slots=True)
class OpenDay:
    """One gateway's. To be asked in the store's thread."""

    gateway: str
    _settled: LedgerDay = field(init=False, default_factory=lambda: LedgerDay("", -1))
    _cut: int = field(init=False, default=0)
    _edge: list[Poll] = field(init=False, default_factory=list)
    _state: State | None = field(init=False, default=None)
    _drawn: int = field(init=False, default=0)

    def at(self, holdings: Holdings, now: int) -> LedgerDay:
        """The same as `ingest.books.ledger` of the day of `now` (µs UTC)."""
        day = now - now % DAY
        end = day + DAY
        rows: Items | None = None
        if self._settled.day == day and now - self._drawn < REDRAWN:
            rows = items_of(holdings, self.gateway, self._cut, end)
            if self._state_of(holdings, rows) != self._state:
                rows = None
        if rows is None:
            self._settled, self._cut, self._drawn = LedgerDay(self.gateway, day), day, now
            rows, runs = items_of(holdings, self.gateway, day, end), runs_of(holdings.store, self.gateway, day, end)
        else:
            runs = self._edge + holdings.store.runs(self.gateway, self._cut, end)
        rows, runs = self._settle(holdings, rows, runs, now)
        self._state = self._state_of(holdings, rows)
        return _together(self._settled, part(holdings, self.gateway, self._cut, end, runs, rows))

    def _settle(self, holdings: Holdings, rows: Items, runs: list[Poll], now: int) -> tuple[Items, list[Poll]]:
        """Move the cut; the items and polls of what is still open."""
        newest: dict[str, int] = {}
        for run in runs:
            newest[run.source] = max(newest.get(run.source, 0), run.first + max(run.count - 1, 0) * run.period)
        cut = min([now, *newest.values()]) // STEP * STEP - 2 * STEP
        while across := [run.first for run in runs if run.answered < run.count and run.first < cut < run.first + run.count * run.period]:
            cut = min(across)  # which of its instants were answered is not known: only a run that was answered throughout is cut
        runs = [part for run in runs for part in _cut_at(run, cut)]
        if newest and cut > self._cut:
            before = {key: of_key.take(of_key.made < cut) for key, of_key in rows.items()}
            rows = {key: of_key.take(of_key.made >= cut) for key, of_key in rows.items()}
            settled = part(holdings, self.gateway, self._cut, cut, runs, _filled(before))
            self._settled, self._cut = _together(self._settled, settled), cut
        nearest: dict[str, Poll] = {}
        for run in runs:
            if run.first < self._cut and (run.source not in nearest or run.first > nearest[run.source].first):
                nearest[run.source] = run
        self._edge = list(nearest.values())
        return _filled(rows), self._edge + [run for run in runs if run.first >= self._cut]

    def _state_of(self, holdings: Holdings, rows: Items) -> State:
        """Items made in the step after the cut count as settled too: one of them may tell a poll from before it."""
        open_rows = [of_key.take(of_key.made >= self._cut + STEP) for of_key in rows.values()]
        holding = holdings.of(self.gateway)
        dead = sum(int(of_key.dead.sum()) for of_key in open_rows)
        with holdings.records.read() as db:
            made = sum(row.made for row in epochs.of(db, self.gateway))
        return (
            sum(map(len, holding.held.values())) - sum(map(len, open_rows)),
            sum(map(len, holding.dead.values())) - dead,
            made,
            sum(map(len, holding.lost.values())),
        )


def _filled(rows: Items) -> Items:
    return {key: of_key for key, of_key in rows.items() if len(of_key)}


def _cut_at(run: Poll, cut: int) -> tuple[Poll, ...]:
    """The run, or its two parts where it was answered throughout and goes over the cut."""
    before = -(-(cut - run.first) // run.period) if run.period else 0
    if run.answered < run.count or not 0 < before < run.count:
        return (run,)
    rest = run.count - before
    return (
        Poll(run.source, run.period, run.first, before, before, run.cursor),
        Poll(run.source, run.period, run.first + before * run.period, rest, rest, run.cursor),
    )


def _together(settled: LedgerDay, still_open: LedgerDay) -> LedgerDay:
    sums = {name: getattr(settled, name) + getattr(still_open, name) for name in _SUMS}
    return replace(still_open, gaps=_of_both([*settled.gaps, *still_open.gaps]), **sums)


def _of_both(gaps: Iterable[Gap]) -> list[Gap]:
    """A gap of polls that goes over the cut is one."""
    every = list(gaps)
    of_polls, of_items = joined([gap for gap in every if gap.source]), [gap for gap in every if not gap.source]
    return sorted(of_polls + of_items, key=lambda gap: (gap.start, gap.word))
