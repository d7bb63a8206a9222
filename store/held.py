"""Held rows as columns and polls in few runs, for stores that have them as rows. Pure."""

from collections.abc import Iterable, Sequence

import numpy as np

from contracts.payload import Poll
from store.interface import HeldColumns, HeldItem


def by_epoch(items: Iterable[HeldItem]) -> dict[str, HeldColumns]:
    """`Store.item_columns` of `Store.items`."""
    of: dict[str, list[HeldItem]] = {}
    for item in items:
        of.setdefault(item.epoch, []).append(item)
    return {epoch: _columns(sorted(rows, key=lambda row: row.seq)) for epoch, rows in of.items()}


def _columns(rows: Sequence[HeldItem]) -> HeldColumns:
    return HeldColumns(
        np.array([row.seq for row in rows], np.int64),
        np.array([row.made for row in rows], np.int64),
        np.array([row.received for row in rows], np.int64),
        np.array([row.replayed for row in rows], np.bool_),
    )


def in_few(polls: Iterable[Poll]) -> list[Poll]:
    """`Store.runs` of `Store.polls`."""
    out: list[Poll] = []
    for poll in polls:
        last = out[-1] if out else None
        if (
            last is not None
            and poll.period
            and (last.source, last.period) == (poll.source, poll.period)
            and last.answered == last.count
            and poll.answered == poll.count
            and last.first + last.count * last.period == poll.first
        ):
            count = last.count + poll.count
            out[-1] = Poll(poll.source, poll.period, last.first, count, count, poll.cursor)
        else:
            out.append(poll)
    return out
