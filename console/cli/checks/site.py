"""What is to be examined on this machine: what the configuration files name, or, without any, what `davy up` uses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from console.cli.embedded import settings_in
from console.cli.kinds import KINDS, Settings, read_settings
from contracts.config import BrokerAddress
from contracts.errors import BadConfig
from edge_agent.config import EdgeSettings
from ingest.config import IngestSettings
from sim_sensors.config import Settings as SimSettings
from sim_sensors.demo import DEMO


@dataclass(frozen=True, slots=True)
class Read:
    """One file: its settings, or why they are refused."""

    path: str
    settings: Settings | None
    refused: BadConfig | None = None

    @property
    def kind(self) -> str:
        return next((name for name, kind in KINDS.items() if isinstance(self.settings, kind)), "")


@dataclass(frozen=True, slots=True)
class Site:
    """`embedded`: one process is everything here (`davy up`), pages and broker too. `now`: µs UTC."""

    now: int
    files: tuple[Read, ...] = ()
    embedded: bool = True
    host: str = "127.0.0.1"
    port: int = 8600
    centre: IngestSettings | None = None
    edges: tuple[EdgeSettings, ...] = ()
    simulators: tuple[SimSettings, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def centres(self) -> list[IngestSettings]:
        """Every centre that is named; more than one is a mistake where they share anything."""
        found = [file.settings for file in self.files if isinstance(file.settings, IngestSettings)]
        return found or ([self.centre] if self.centre else [])

    @property
    def brokers(self) -> list[BrokerAddress]:
        """Every broker that a process here connects to, once for each certificate."""
        found = [settings.broker for settings in (self.centre, *self.edges) if settings]
        return list({(broker.host, broker.port, broker.cert_file): broker for broker in found}.values())

    @property
    def folders(self) -> list[Path]:
        """Every folder that a process here writes to."""
        out = [Path(edge.folder) for edge in self.edges]
        if self.centre:
            records = sqlite_path(self.centre.records)
            out += [Path(self.centre.folder)] + ([Path(self.centre.store)] if self.centre.store != "memory:" else [])
            out += [records.parent] if records else []
        return list(dict.fromkeys(out))


def site_of(now: int, paths: Sequence[str], folder: Path, host: str, port: int, broker_port: int, environment: Mapping[str, str]) -> Site:
    """What the files name; without files, what `davy up` uses in `folder`."""
    if not paths:
        return Site(now, (), True, host, port, settings_in(folder, broker_port), (), (DEMO,), environment)
    files = tuple(_read(path, environment) for path in paths)
    found = [file.settings for file in files]
    return Site(
        now,
        files,
        False,
        host,
        port,
        next((settings for settings in found if isinstance(settings, IngestSettings)), None),
        tuple(settings for settings in found if isinstance(settings, EdgeSettings)),
        tuple(settings for settings in found if isinstance(settings, SimSettings)),
        environment,
    )


def _read(path: str, environment: Mapping[str, str]) -> Read:
    try:
        return Read(path, read_settings(path, environment))
    except BadConfig as error:
        return Read(path, None, error)


def sqlite_path(address: str) -> Path | None:
    """The file of an SQLite address; None for memory and for other databases."""
    name = address.removeprefix("sqlite:///")
    return Path(name) if name not in (address, "", ":memory:") else None
