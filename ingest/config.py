"""Configuration of the centre's ingest."""

from pathlib import Path

import msgspec

from alerts.config import AlertsSection, check_alerts
from alerts.packs.handling import load_handling
from contracts.clock import SECOND
from contracts.config import BrokerAddress, Section, check_broker
from contracts.errors import BadConfig
from store.backup.schedule import CLAUSE
from store.lease import LASTS, LEAST_S
from wire.health import check_metrics

MOST_DAYS, LEAST_YEARS = 90, 2


class BackupSection(Section, frozen=True):
    """Every `every_days` (0: the centre makes none by itself), into `folder` (empty: `backups` in the ingest's), kept `keep_years`.
    Raw readings older than `raw_days` are dropped once a verified backup has them (0: never). CMSR 2025 Art. 526."""

    every_days: int = 90
    keep_years: int = 2
    raw_days: int = 92
    folder: str = ""


class FilesSection(Section, frozen=True):
    """Batch files of links without return path (docs/files.md): taken out of `folder` (empty: none is watched) where the public key of
    their gateway stands in `keys`, by its name `mine/gateway`."""

    folder: str = ""
    keys: dict[str, str] = msgspec.field(default_factory=dict)


class IngestSettings(Section, frozen=True):
    """`store` and `records` are addresses; `credit_kb` bounds what one gateway may have in flight. `lease_s`: how long a centre that
    crashed keeps another one out. `metrics_port`: docs/operate.md."""

    store: str
    records: str
    folder: str
    broker: BrokerAddress = BrokerAddress()
    name: str = "davy-ingest"
    credit_kb: int = 1024
    retention_days: int = 92
    lease_s: int = LASTS // SECOND
    alerts: AlertsSection = AlertsSection()
    backup: BackupSection = BackupSection()
    files: FilesSection = FilesSection()
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0

    @property
    def backups(self) -> Path:
        """The folder of the backups that the centre makes itself."""
        return Path(self.backup.folder or Path(self.folder) / "backups")


def check(settings: IngestSettings) -> IngestSettings:
    """The settings themselves, or BadConfig for what the types alone cannot refuse."""
    check_broker(settings.broker)
    check_metrics(settings.metrics_host, settings.metrics_port)
    check_alerts(settings.alerts)
    load_handling(settings.alerts.handling)
    for key, low in (("credit_kb", 64), ("retention_days", 1), ("lease_s", LEAST_S)):
        if getattr(settings, key) < low:
            raise BadConfig(key, getattr(settings, key), f"{low} or more")
    _check_backup(settings.backup, settings.retention_days)
    return settings


def _check_backup(backup: BackupSection, retention_days: int) -> None:
    if not 0 <= backup.every_days <= MOST_DAYS:
        raise BadConfig("backup.every_days", backup.every_days, f"1 to {MOST_DAYS} days ({CLAUSE}), or 0 for none")
    if backup.keep_years < LEAST_YEARS:
        raise BadConfig("backup.keep_years", backup.keep_years, f"{LEAST_YEARS} or more ({CLAUSE})")
    if backup.raw_days and backup.raw_days < retention_days:
        raise BadConfig("backup.raw_days", backup.raw_days, f"retention_days ({retention_days}) or more, or 0 for ever")
