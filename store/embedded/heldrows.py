"""Held rows and polls of a gateway as columns: a day of one has 86,400 of each, and the gap ledger counts them over and over."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from contracts.payload import Poll
from store.embedded import schema
from store.embedded.partition import Partition
from store.embedded.shelf import Shelf
from store.interface import HeldColumns

Columns = dict[str, NDArray[np.int64]]


def item_columns(shelf: Shelf, epochs: Mapping[str, int], gateway: str, start: int, end: int) -> dict[str, HeldColumns]:
    """`Store.item_columns`. `epochs`: the gateway's, by name to number."""
    parts = [part for part in (shelf.kept, *shelf.partitions) if part.made.meets(start, end)]
    found = _asked(shelf, parts, schema.ITEM_COLUMNS, gateway, start, end)
    if not found:
        return {}
    order = np.lexsort((found["seq"], found["epoch"]))
    rows = {name: column[order] for name, column in found.items()}
    out = {}
    for name, number in sorted(epochs.items()):
        low, high = np.searchsorted(rows["epoch"], (number, number + 1))
        if low < high:
            seq, made, received = (rows[column][low:high] for column in ("seq", "made", "received"))
            out[name] = HeldColumns(seq, made, received, rows["replayed"][low:high].astype(np.bool_))
    return out


def runs(shelf: Shelf, sources: Mapping[str, int], gateway: str, start: int, end: int) -> list[Poll]:
    """`Store.runs`. `sources`: the gateway's, by name to number."""
    parts = [part for part in (shelf.kept, *shelf.partitions) if part.polled.meets(start, end)]
    found = _asked(shelf, parts, schema.POLL_COLUMNS, gateway, start, end)
    if not found:
        return []
    names = {number: name for name, number in sources.items()}
    ranks = {number: rank for rank, (_, number) in enumerate(sorted(sources.items()))}
    rank = np.array([ranks[number] for number in found["source"].tolist()], np.int64)
    order = np.lexsort((found["first"], rank))
    polls = {name: column[order] for name, column in found.items()}
    begins, ends = _runs(polls)
    counts, answers = (np.add.reduceat(polls[name], begins) for name in ("count", "answered"))
    rows = zip(
        *(polls[name][begins].tolist() for name in ("source", "period", "first")),
        *(column.tolist() for column in (counts, answers, polls["cursor"][ends])),
        strict=True,
    )
    return [Poll(names[source], *row) for source, *row in rows]


def _asked(shelf: Shelf, parts: Sequence[Partition], question: str, gateway: str, start: int, end: int) -> Columns:
    """The columns of all partitions; nothing where no row is."""
    tables = [shelf.ask(part, question, gateway=gateway, start=start, end=end) for part in parts]
    tables = [table for table in tables if len(next(iter(table.values())))]
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]} if tables else {}


def _runs(polls: Columns) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where runs begin, and the last row of each."""
    whole = (polls["answered"] == polls["count"]) & (polls["period"] > 0)
    after = polls["first"] + polls["count"] * polls["period"]
    same = (polls["source"][1:] == polls["source"][:-1]) & (polls["period"][1:] == polls["period"][:-1])
    goes_on = same & whole[1:] & whole[:-1] & (polls["first"][1:] == after[:-1])
    begins = np.flatnonzero(np.append(True, ~goes_on))
    return begins, np.append(begins[1:], len(polls["first"])) - 1
