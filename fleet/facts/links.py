"""The link of each gateway on a mine's day: round trip, what had to be sent again, delay of receipts, availability. Pure.

Measured by the gateway itself every 10 s, where its configuration names the link's kind (`contracts.links`, docs/edge.md):
round trip: median of the publishes of these 10 s, from handing one to the socket to the broker's acknowledgement (MQTT PUBACK);
sent again: items sent that had been sent before without a receipt (TCP hides lost packets, so this is what loss is to us);
receipt delay: median from sending an item to the receipt that names it (stored at the centre, and told);
up: whether it was connected at that instant. A gateway that was off measured nothing: that is less data, not a link that was down.

A gateway that measures nothing: only availability, from the items the centre holds, as far as they tell it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE
from contracts.facts import Fact
from contracts.links import KINDS
from contracts.units import SCORED_EVERY
from fleet.facts.day import Day, made, nothing
from store.interface import HeldItem, Series

HOW = {name: f"link.{name}@1" for name in ("round_trip", "repeated", "up", "receipt")}
HOW_ITEMS = "link.items@1"
PERCENTILE = 95.0


@dataclass(frozen=True, slots=True)
class LinkDay:
    """What is known of a gateway's link (`name`: short) in a day: `kind` and `points` as `contracts.links.link_of` gives them ("", {}: it
    measures none), `series` by quantity, and the items of its data stream made that day as the centre holds them."""

    name: str
    kind: str = ""
    points: Mapping[str, str] = field(default_factory=dict)
    series: Mapping[str, Series] = field(default_factory=dict)
    items: Sequence[HeldItem] = ()


def links(day: Day, gateways: Sequence[LinkDay]) -> list[Fact]:
    """`network_delay_ms`, `network_loss_share`, `link_available_share` and `receipt_delay_ms` of every gateway."""
    return [fact for one in gateways for fact in (_measured(day, one) if one.kind else _told_by_items(day, one))]


def _measured(day: Day, link: LinkDay) -> list[Fact]:
    up = _good(link, "link_up")
    return [
        _fact(day, link, "network_delay_ms", "link_round_trip", HOW["round_trip"], _p95(_good(link, "link_round_trip"))),
        _fact(day, link, "network_loss_share", "link_repeated", HOW["repeated"], _mean(_good(link, "link_repeated"), 100.0)),
        _fact(day, link, "link_available_share", "link_up", HOW["up"], _mean(up)),
        _fact(day, link, "receipt_delay_ms", "link_receipt_delay", HOW["receipt"], _p95(_good(link, "link_receipt_delay"))),
    ]


def _fact(day: Day, link: LinkDay, name: str, quantity: str, how: str, value: float | None) -> Fact:
    """The four are told together: so many instants as told whether it was up are known. An instant in which nothing was sent has no round
    trip; that is nothing missing."""
    due, told, count = (day.end - day.start) // SCORED_EVERY, len(_good(link, "link_up")), len(_good(link, quantity))
    share = told / due
    if not count:
        return nothing(day, name, how, "too_little_data", subject=link.name, completeness=share)
    numbers = {"samples": float(count), "told": float(told), "due": float(due)}
    evidence = [f"point:{link.points[quantity]}", f"link:{link.kind if link.kind in KINDS else 'other'}"]
    return made(day, name, how, value, share, subject=link.name, numbers=numbers, evidence=evidence)


def _good(link: LinkDay, quantity: str) -> NDArray[np.float64]:
    series = link.series.get(quantity)
    return np.empty(0) if series is None else series.value[np.isfinite(series.value)]


def _p95(values: NDArray[np.float64]) -> float | None:
    return float(np.percentile(values, PERCENTILE)) if len(values) else None


def _mean(values: NDArray[np.float64], whole: float = 1.0) -> float | None:
    return float(values.mean()) / whole if len(values) else None


def _told_by_items(day: Day, link: LinkDay) -> list[Fact]:
    """Of the minutes in which the gateway made something, those of which something came live: a link that was up."""
    unmeasured = [
        nothing(day, name, HOW_ITEMS, "link_not_measured", subject=link.name)
        for name in ("network_delay_ms", "network_loss_share", "receipt_delay_ms")
    ]
    made_in = {(item.made - day.start) // MINUTE for item in link.items if day.start <= item.made < day.end}
    if not made_in:
        return [*unmeasured, nothing(day, "link_available_share", HOW_ITEMS, "no_items", subject=link.name)]
    live = {(item.made - day.start) // MINUTE for item in link.items if not item.replayed and day.start <= item.made < day.end}
    minutes = (day.end - day.start) // MINUTE
    numbers = {"minutes_made": float(len(made_in)), "minutes_live": float(len(live))}
    share = len(live) / len(made_in)
    fact = made(
        day,
        "link_available_share",
        HOW_ITEMS,
        share,
        len(made_in) / minutes,
        subject=link.name,
        numbers=numbers,
        evidence=[f"gateway:{link.name}"],
    )
    return [*unmeasured, fact]
