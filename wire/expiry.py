"""When the certificates of a link end: a certificate that runs out unnoticed takes a mine off the line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from contracts.clock import DAY, SECOND, Clock
from contracts.config import BrokerAddress

WARN_DAYS = 30


@dataclass(frozen=True, slots=True)
class Certificate:
    """A file the link uses, by its key in the configuration. `end`: µs UTC, the first of those in it; None where it cannot be read."""

    key: str
    path: str
    end: int | None
    why: str = ""

    def days(self, now: int) -> int | None:
        """Whole days left, below 0 once it is over."""
        return None if self.end is None else (self.end - now) // DAY


def certificates(address: BrokerAddress) -> list[Certificate]:
    """Those an address names; read anew each time, because they are renewed in place."""
    named = [("ca_file", address.ca_file), ("cert_file", address.cert_file)]
    return [_read(key, path) for key, path in named if path]


def _read(key: str, path: str) -> Certificate:
    try:
        found = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        return Certificate(key, path, None, str(error))
    return Certificate(key, path, min(int(one.not_valid_after_utc.timestamp()) * SECOND for one in found))


class CertificateDays(Collector):
    """`davy_certificate_days_left{file}`; no sample for a file that cannot be read."""

    def __init__(self, address: BrokerAddress, clock: Clock) -> None:
        self._address, self._clock = address, clock

    def collect(self) -> Iterator[Metric]:
        days = GaugeMetricFamily("davy_certificate_days_left", "Whole days until a certificate of the link ends", labels=["file"])
        for one in certificates(self._address):
            left = one.days(self._clock.now())
            if left is not None:
                days.add_metric([one.key], left)
        yield days
