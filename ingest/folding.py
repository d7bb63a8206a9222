"""Epochs that are over leave the centre's memory: each start of an agent makes two, and a centre runs for years.

Over: its gateway's births have not listed it for the retention (so the gateway has nothing of it left, or is another one), and none of its
readings is younger. Both databases go on holding its items, and its line stays with their digest. An old disk put back lists it again:
then it is read in again, and the receipt says of it what it always said.
"""

from contracts.clock import HOUR
from contracts.payload import Birth
from ingest.receipts import Holding
from store.interface import Store
from store.records import epochs
from store.records.engine import Records

EVERY = HOUR
"""How often a gateway's epochs are looked through."""
AT_ONCE = 50
"""Epochs folded away at one look."""
LISTED = 200
"""A birth that lists so many epochs of a stream may have left out others: it says nothing about those."""


def fold(records: Records, store: Store, gateway: str, holding: Holding, birth: Birth, oldest: int, now: int) -> list[str]:
    """Fold away what is over, in the databases; the epochs, which the caller forgets. `oldest`: µs UTC, the retention's far end."""
    listed = [extent.stream for extent in birth.catalogue]
    if now - holding.looked_through < EVERY or any(listed.count(stream) >= LISTED for stream in set(listed)):
        return []
    holding.looked_through = now
    there = {extent.epoch for extent in birth.catalogue}
    with records.begin() as db:
        rows = [row for row in epochs.of(db, gateway) if not row.folded and row.epoch not in there]
        young = {row.epoch for row in rows if max(row.last_seen, row.last_time) >= oldest}
        young |= {epoch for epoch, (_, newest) in holding.spans.items() if newest >= oldest}
        over = sorted({row.epoch: row.made for row in rows if row.epoch not in young}.items())[:AT_ONCE]
        for epoch, made in over:
            epochs.close(db, gateway, epoch)
            epochs.fold_away(db, gateway, epoch, store.range_digest(gateway, epoch, 0, max(made, 1) - 1))
    if len(over) == AT_ONCE:
        holding.looked_through = 0  # more may be over
    return [epoch for epoch, _ in over]
