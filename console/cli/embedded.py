"""The embedded shape: everything of `davy up` in one folder."""

from collections.abc import Sequence
from pathlib import Path

from alerts.addresses import HIDDEN, masked
from alerts.config import AlertsSection, Recipient
from contracts.config import BrokerAddress
from ingest.config import IngestSettings


def settings_in(folder: Path, broker_port: int, webhooks: Sequence[str] = (), store: str | None = None) -> IngestSettings:
    """The embedded shape: everything in one folder. `store`: where readings go instead."""
    return IngestSettings(
        store=store or str(folder / "store"),
        records=f"sqlite:///{folder / 'records.sqlite'}",
        folder=str(folder / "ingest"),
        broker=BrokerAddress(port=broker_port),
        alerts=AlertsSection(recipients=tuple(Recipient(name=name, address=url) for name, url in named(webhooks).items())),
    )


def named(webhooks: Sequence[str]) -> dict[str, str]:
    """Addresses by a name that holds no secret: scheme and host, the second one there with a number."""
    out: dict[str, str] = {}
    for url in dict.fromkeys(webhooks):
        name = shown = masked(url).removesuffix(f"/{HIDDEN}")[:70]
        at = 1
        while name in out:
            at += 1
            name = f"{shown} {at}"
        out[name] = url
    return out
