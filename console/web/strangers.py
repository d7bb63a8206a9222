"""How often somebody who is not signed in may knock: so often that a door is found at once, and never so often that it is a burden. Pure.

Who is signed in is never counted here, nor what a gateway sends: no alarm passes through this.
"""

from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

EACH_S, EACH_AT_ONCE = 50.0, 500.0
"""Requests a second of one network, and at once after a rest (project setting). A control room may share one address."""
ALL_S, ALL_AT_ONCE = 200.0, 1_000.0
"""Of all strangers together (project setting)."""
MOST = 10_000
_OWN_NETWORK = 64
"""Bits of an IPv6 address that a subscriber cannot choose (RFC 6177: a site has at least such a network)."""


def network_of(address: str) -> str:
    """What failures and knocks are counted under: the address, of an IPv6 one its /64, where whoever holds it has them all."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> _OWN_NETWORK << _OWN_NETWORK)}/{_OWN_NETWORK}"


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float

    def refill(self, now: float, rate: float, most: float) -> None:
        self.left, self.at = min(most, self.left + max(now - self.at, 0.0) * rate), now


@dataclass(slots=True)
class Strangers:
    """Knocks at one door; `now` in seconds, monotonic."""

    _all: _Bucket = field(default_factory=lambda: _Bucket(ALL_AT_ONCE, 0.0))
    _of: dict[str, _Bucket] = field(default_factory=dict)

    def may(self, address: str, now: float) -> bool:
        """Whether one more is let in from there; counted where it is."""
        network = network_of(address)
        bucket = self._of.get(network)
        if bucket is None:
            if len(self._of) >= MOST:
                self._of.clear()
            bucket = self._of[network] = _Bucket(EACH_AT_ONCE, now)
        bucket.refill(now, EACH_S, EACH_AT_ONCE)
        self._all.refill(now, ALL_S, ALL_AT_ONCE)
        if bucket.left < 1 or self._all.left < 1:
            return False
        bucket.left -= 1
        self._all.left -= 1
        return True
