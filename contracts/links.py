"""A gateway's link to the centre: of which kind it is, and the points under which the gateway tells what it measures of it.

Points, not a message: so outbox, store, statistics, charts and boards know them (decision 0012). They stand behind all others of the
registry, only where the configuration names the kind; `Point.sensor` carries it.
"""

import hashlib

from contracts.points import Point, Registry
from contracts.topics import Gateway
from contracts.units import LINK_QUANTITIES

KINDS = {"5g": ("5G", "5G"), "fibre": ("光纤", "fibre"), "other": ("其他", "other")}
"""Kind of link to its name (zh, en)."""
AREA = "link-"
_SHORT = {"link_up": "UP", "link_round_trip": "RTT", "link_receipt_delay": "RCV", "link_repeated": "REP"}
_LONGEST = 26


def linked(registry: Registry, gateway: Gateway, kind: str) -> Registry:
    """The registry with the points of that gateway's link behind all others; unchanged for the kind ""."""
    if not kind:
        return registry
    name = gateway.name if len(gateway.name) <= _LONGEST else hashlib.blake2b(gateway.name.encode(), digest_size=6).hexdigest()
    zh, en = KINDS[kind]
    made = [
        Point(
            f"L-{name}-{_SHORT[quantity]}",
            quantity,
            f"{AREA}{gateway.name}",
            f"网关 {gateway.name} 链路({zh})",
            f"gateway {gateway.name}, link ({en})",
            kind,
        )
        for quantity in LINK_QUANTITIES
    ]
    there = [point for point in made if point.id not in registry.number]
    return Registry(registry.mine, registry.mine_zh, registry.mine_en, (*registry.points, *there), registry.note)


def link_of(registry: Registry, gateway: str) -> tuple[str, dict[str, str]]:
    """(kind, quantity to point id) of a gateway (its short name); ("", {}) where it does not measure its link."""
    own = {point.quantity: point for point in registry.points if point.area == f"{AREA}{gateway}" and point.quantity in LINK_QUANTITIES}
    kind = next((point.sensor for point in own.values()), "")
    return (kind, {quantity: point.id for quantity, point in own.items()}) if len(own) == len(LINK_QUANTITIES) else ("", {})
