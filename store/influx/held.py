"""Which items are held: rows in the `ledger` bucket, written after the readings; the ranges of every epoch in memory.

`held` and `polls` carry a row per item (time: when it was made, the last digits of its number as nanoseconds, so no two meet);
`extent` carries the ranges of an epoch and its span, so that a start reads one row an epoch and not one an item. Its time is the owner's
token (docs/decisions/0010): of several the newest counts, so what a former owner sends too late is passed over.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec

from contracts.clock import DAY
from contracts.digest import MASK
from contracts.payload import Poll
from contracts.ranges import Ranges
from store.influx.lines import Piece, as_field, tag
from store.influx.reads import END, micros, text, within
from store.influx.refusal import RefusedField, write_batch
from store.influx.server import Server
from store.interface import Delivery, HeldItem

BLOCK = 10_000
"""Numbers of an epoch in one series: a digest that memory forgot is found by reading no more than these."""
_RANGES_IN_FIELD = 500
_POLLS_IN_FIELD = 200
_KEPT_BLOCKS = 64
_TOKENS = DAY
"""µs after 1970 at which tokens end: seconds of a clock reach it in the year 4707."""
Key = tuple[str, str]
"""(gateway, epoch)."""


class _Item(msgspec.Struct, array_like=True):
    """The text of a held row; the digest as hex: Flux has no unsigned comparison we need, and JSON no 64 bits everywhere."""

    seq: int
    digest: str
    made: int
    received: int
    replayed: bool
    readings: int

    def held(self, epoch: str) -> HeldItem:
        return HeldItem(epoch, self.seq, int(self.digest, 16), self.made, self.received, self.replayed, self.readings)


@dataclass(slots=True)
class Extent:
    """What is held of one epoch; `low` > `high` where no item of it has readings."""

    ranges: Ranges = field(default_factory=Ranges)
    low: int = END
    high: int = -END

    def grown(self, deliveries: Iterable[Delivery]) -> "Extent":
        """With those items as well."""
        out = Extent(Ranges(self.ranges), self.low, self.high)
        for delivery in deliveries:
            out.ranges.add(delivery.seq, delivery.seq, delivery.digest)
            if (span := delivery.span) is not None:
                out.low, out.high = min(out.low, span[0]), max(out.high, span[1])
        return out


class HeldRows:
    """The memory of it, and its rows. `token`: of the owner; raised above those that are there already."""

    def __init__(self, server: Server, token: int = 0) -> None:
        self._server, self._token = server, min(token, _TOKENS - 1)
        self._from = f"from(bucket: {text(server.address.bucket('ledger'))})"
        self.extents: dict[Key, Extent] = self._read_extents()
        self._digests: dict[tuple[str, str, int], dict[int, int]] = {}
        """(gateway, epoch, block) to the digests of its numbers, whole blocks only; the newest few."""

    # ------------------------------------------------------------ asking

    def of(self, gateway: str) -> dict[str, Extent]:
        return {epoch: extent for (owner, epoch), extent in self.extents.items() if owner == gateway}

    def digest_of(self, gateway: str, epoch: str, seq: int) -> int | None:
        extent = self.extents.get((gateway, epoch))
        if extent is None or seq not in extent.ranges:
            return None
        return self._block(gateway, epoch, seq // BLOCK).get(seq)

    def range_digest(self, gateway: str, epoch: str, first: int, last: int) -> int:
        extent, total = self.extents.get((gateway, epoch)), 0
        for low, high, digest in extent.ranges if extent else ():
            if first <= low and high <= last:
                total += digest
            elif low <= last and first <= high:
                total += self._part(gateway, epoch, max(low, first), min(high, last))
        return total & MASK

    def _part(self, gateway: str, epoch: str, first: int, last: int) -> int:
        blocks = range(first // BLOCK, last // BLOCK + 1)
        return sum(d for block in blocks for seq, d in self._block(gateway, epoch, block).items() if first <= seq <= last)

    def _block(self, gateway: str, epoch: str, block: int) -> dict[int, int]:
        key = (gateway, epoch, block)
        if key not in self._digests:
            chosen = f" and r.gateway == {text(gateway)} and r.epoch == {text(epoch)} and r.block == {text(str(block))}"
            items = [item for _, item in self._items(within(0, END), chosen)]
            self._keep(key, {item.seq: int(item.digest, 16) for item in items})
        return self._digests[key]

    def _keep(self, key: tuple[str, str, int], digests: dict[int, int]) -> None:
        self._digests[key] = digests
        while len(self._digests) > _KEPT_BLOCKS:
            del self._digests[next(iter(self._digests))]

    def items(self, gateway: str, start: int, end: int) -> list[HeldItem]:
        found = self._items(_made_within(start, end), f" and r.gateway == {text(gateway)}")
        held = [item.held(epoch) for epoch, item in found if start <= item.made < end]
        known = self.of(gateway)
        whole = [item for item in held if item.epoch in known and item.seq in known[item.epoch].ranges]
        return sorted(whole, key=lambda item: (item.epoch, item.seq))

    def _items(self, span: str, chosen: str) -> list[tuple[str, _Item]]:
        rows = self._texts("held", span, chosen)
        return [(epoch, msgspec.json.decode(said, type=_Item)) for epoch, said in rows]

    def polls(self, gateway: str, start: int, end: int) -> list[Poll]:
        rows = self._texts("polls", _made_within(start, end), f" and r.gateway == {text(gateway)}")
        polls = [poll for _, said in rows for poll in msgspec.json.decode(said, type=list[Poll])]
        return sorted((poll for poll in polls if start <= poll.first < end), key=lambda poll: (poll.source, poll.first))

    def _texts(self, measurement: str, span: str, chosen: str) -> list[tuple[str, str]]:
        flux = (
            f'{self._from} |> {span} |> filter(fn: (r) => r._measurement == "{measurement}"{chosen}) |> keep(columns: ["_value", "epoch"])'
        )
        return [(row["epoch"], row["_value"]) for row in self._server.rows(flux)]

    def _read_extents(self) -> dict[Key, Extent]:
        kept = '|> keep(columns: ["_time", "_value", "_field", "gateway", "epoch"])'
        flux = f'{self._from} |> {within(0, _TOKENS)} |> filter(fn: (r) => r._measurement == "extent") {kept}'
        rows = list(self._server.rows(flux))
        times = micros([row["_time"] for row in rows])
        newest: dict[Key, int] = {}
        for row, token in zip(rows, times, strict=True):
            key = (row["gateway"], row["epoch"])
            newest[key] = max(token, newest.get(key, 0))
        self._token = max([self._token, *(token + 1 for token in newest.values())])
        fields: dict[Key, dict[str, str]] = {}
        for row, token in zip(rows, times, strict=True):
            if token == newest[row["gateway"], row["epoch"]]:
                fields.setdefault((row["gateway"], row["epoch"]), {})[row["_field"]] = row["_value"]
        out = {}
        for key, said in fields.items():
            parts = [msgspec.json.decode(said[f"r{at}"], type=list[tuple[int, int, str]]) for at in range(int(said["parts"]))]
            ranges = Ranges((first, last, int(digest, 16)) for part in parts for first, last, digest in part)
            out[key] = Extent(ranges, int(said["low"]), int(said["high"]))
        return out

    # ------------------------------------------------------------ writing

    def write_rows(self, deliveries: Sequence[tuple[int, Delivery]]) -> list[RefusedField]:
        """Held rows and polls of deliveries, each with its number in the call; what InfluxDB refused."""
        pieces = [Piece(owner, _lines(delivery).encode(), 0) for owner, delivery in deliveries]
        return write_batch(lambda lines: self._server.write("ledger", lines, "ns"), pieces)

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """The last step of an append: the ranges of every epoch that grew, on disk and then in memory."""
        by_epoch: dict[Key, list[Delivery]] = {}
        for delivery in deliveries:
            by_epoch.setdefault((delivery.gateway, delivery.epoch), []).append(delivery)
        grown = {key: self.extents.get(key, Extent()).grown(new) for key, new in by_epoch.items()}
        self._server.write("ledger", "".join(_extent_line(*key, extent, self._token) for key, extent in grown.items()).encode(), "ns")
        for delivery in deliveries:
            self._learn(delivery)
        self.extents.update(grown)

    def _learn(self, delivery: Delivery) -> None:
        """A block that memory holds, or that has nothing on disk yet, stays whole with the new number."""
        key = (delivery.gateway, delivery.epoch, delivery.seq // BLOCK)
        if key in self._digests:
            self._digests[key][delivery.seq] = delivery.digest
            return
        extent = self.extents.get(key[:2])
        first = key[2] * BLOCK
        if extent is None or extent.ranges.missing(first, first + BLOCK - 1) == [(first, first + BLOCK - 1)]:
            self._keep(key, {delivery.seq: delivery.digest})


def _made_within(start: int, end: int) -> str:
    return within(_clamped(start), _clamped(end) + 1)


def _clamped(time: int) -> int:
    """A time InfluxDB can hold with nanoseconds added; the true one stands in the row."""
    return min(max(time, 1), END - 2)


def _lines(delivery: Delivery) -> str:
    block, rest = divmod(delivery.seq, BLOCK)
    tags, key, nanos = _tags(delivery.gateway, delivery.epoch, block), f"i{rest // 1000}", rest % 1000
    replayed = "true" if delivery.replayed else "false"
    row = f'[{delivery.seq},\\"{delivery.digest:x}\\",{delivery.made},{delivery.received},{replayed},{len(delivery.block)}]'  # an _Item
    held = f'held,{tags} {key}="{row}" {_clamped(delivery.made) * 1000 + nanos}\n'
    return held + "".join(_poll_lines(delivery.polls, tags, key, nanos)) if delivery.polls else held


def _poll_lines(made: Sequence[Poll], tags: str, key: str, nanos: int) -> Iterable[str]:
    by_time: dict[int, list[Poll]] = {}
    for poll in made:
        by_time.setdefault(_clamped(poll.first), []).append(poll)
    for time, polls in by_time.items():
        for at in range(0, len(polls), _POLLS_IN_FIELD):
            part = f"{key}_{at // _POLLS_IN_FIELD}" if at else key
            yield f"polls,{tags} {part}={_text(polls[at : at + _POLLS_IN_FIELD])} {time * 1000 + nanos}\n"


@lru_cache(maxsize=4_096)
def _tags(gateway: str, epoch: str, block: int) -> str:
    return f"block={block},epoch={tag(epoch)},gateway={tag(gateway)}"


def _extent_line(gateway: str, epoch: str, extent: Extent, token: int) -> str:
    ranges = [(first, last, f"{digest:x}") for first, last, digest in extent.ranges]
    parts = [ranges[at : at + _RANGES_IN_FIELD] for at in range(0, len(ranges), _RANGES_IN_FIELD)]
    texts = "".join(f",r{at}={_text(part)}" for at, part in enumerate(parts))
    fields = f"parts={len(parts)}i,low={extent.low}i,high={extent.high}i{texts}"
    return f"extent,epoch={tag(epoch)},gateway={tag(gateway)} {fields} {token * 1000}\n"


def _text(what: object) -> str:
    return as_field(msgspec.json.encode(what).decode())
