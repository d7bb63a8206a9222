"""The embedded shape: everything of `davy up` in one folder."""

from collections.abc import Sequence
from pathlib import Path

from alerts.config import AlertsSection, Recipient
from contracts.config import BrokerAddress
from ingest.config import IngestSettings


def settings_in(folder: Path, broker_port: int, webhooks: Sequence[str] = ()) -> IngestSettings:
    """The embedded shape: everything in one folder."""
    return IngestSettings(
        store=str(folder / "store"),
        records=f"sqlite:///{folder / 'records.sqlite'}",
        folder=str(folder / "ingest"),
        broker=BrokerAddress(port=broker_port),
        alerts=AlertsSection(recipients=tuple(Recipient(name=url, address=url) for url in webhooks)),
    )
