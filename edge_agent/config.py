"""The agent's configuration (TOML; see `docs/edge.md`)."""

from typing import Literal

import msgspec

from contracts.batchfile import MOST_BYTES
from contracts.care import trusted_by
from contracts.clock import DAY
from contracts.config import BrokerAddress, Section, check_broker
from contracts.errors import BadConfig, BadPayload
from contracts.topics import Gateway
from edge_agent.sources import AnySource
from wire.health import check_metrics


class OutboxSettings(Section, frozen=True):
    """Room on the gateway's disk. `max_mb` bounds the data stream; events have a tenth of it and are never dropped."""

    max_mb: int = 2048
    segment_mb: int = 4
    keep_days: float = 7.0
    reserve_mb: int = 64

    @property
    def keep(self) -> int:
        return int(self.keep_days * DAY)


class BlackBoxSettings(Section, frozen=True):
    """What is frozen at an alarm: so many hours before it and minutes after it. `max_mb`: all cases together; the oldest goes first."""

    before_h: float = 4.0
    after_min: float = 10.0
    max_mb: int = 512


class FilesSettings(Section, frozen=True):
    """Files for a link without return path (docs/files.md): each `every_s` s one into `folder` (empty: none), of at most `max_mb`."""

    folder: str = ""
    every_s: float = 60.0
    max_mb: int = 16


class LinkSettings(Section, frozen=True):
    """The link to the centre: `kind` is 5g, fibre or other, and then the gateway measures it (docs/edge.md); empty: it does not."""

    kind: Literal["", "5g", "fibre", "other"] = ""


class EdgeSettings(Section, frozen=True):
    """One agent: one gateway of one mine. `metrics_port` 0: nobody can ask how it is (see docs/operate.md)."""

    mine: str
    gateway: str
    folder: str
    points: str
    sources: list[AnySource]
    broker: BrokerAddress = BrokerAddress()
    outbox: OutboxSettings = OutboxSettings()
    blackbox: BlackBoxSettings = BlackBoxSettings()
    files: FilesSettings = FilesSettings()
    link: LinkSettings = LinkSettings()
    trust: list[str] = msgspec.field(default_factory=list)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0

    @property
    def name(self) -> Gateway:
        return Gateway.parse(f"{self.mine}/{self.gateway}")


def check(settings: EdgeSettings) -> EdgeSettings:
    """The settings themselves, or BadConfig for what the types alone cannot refuse."""
    _ = settings.name
    check_broker(settings.broker)
    check_metrics(settings.metrics_host, settings.metrics_port)
    try:
        trusted_by(settings.trust)
    except BadPayload as error:
        raise BadConfig("trust", settings.trust, f"public keys of 64 hex digits ({error.detail})") from error
    _check_files(settings.files)
    if not settings.sources:
        raise BadConfig("sources", "[]", "at least one [[sources]]")
    names = [source.name for source in settings.sources]
    for at, source in enumerate(settings.sources):
        where = f"sources[{at}]"
        if names.count(source.name) > 1:
            raise BadConfig(f"{where}.name", source.name, "a name used once")
        source.check(where)
    for name, section in (("outbox", settings.outbox), ("blackbox", settings.blackbox)):
        for key, value in msgspec.structs.asdict(section).items():
            if value < 0:
                raise BadConfig(f"{name}.{key}", value, "a number not below 0")
    return settings


def _check_files(files: FilesSettings) -> None:
    if not files.every_s >= 1:
        raise BadConfig("files.every_s", files.every_s, "1 or more seconds")
    if not 1 <= files.max_mb <= MOST_BYTES >> 21:
        raise BadConfig("files.max_mb", files.max_mb, f"1 to {MOST_BYTES >> 21}")
