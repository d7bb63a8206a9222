"""A worker with a memory store and records in memory, and items as an agent would make them."""

from dataclasses import dataclass, field
from pathlib import Path

from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import BUILD_TIME, DAY, SECOND
from contracts.codec import pack
from contracts.columns import Block
from contracts.payload import Batch, Birth, Body, Extent, Item, Poll, RegistryPart, encode
from contracts.points import Point, Registry
from contracts.topics import Gateway, Lane
from ingest.commit import Recorder
from ingest.group import Outcome
from ingest.holdings import Holdings
from ingest.pipeline import Arrival
from ingest.suspects import Suspects
from ingest.worker import Worker
from store.interface import Store
from store.memory import MemoryStore
from store.records.engine import Records, open_records

GATEWAY = Gateway("mine", "gate-1")
NOW = BUILD_TIME + 10 * DAY
EPOCH = "00000000000000aa"

REGISTRY = Registry(
    "mine",
    "矿",
    "mine",
    (
        Point("T01", "methane", "face", "回风隅角", "return corner", limit_row="face_return_corner", mapped_by="test"),
        Point("W01", "wind_speed", "face", "回风巷", "return"),
    ),
)


@dataclass
class Desk:
    folder: Path
    records: Records = field(default_factory=lambda: open_records("sqlite://"))
    store: Store = field(default_factory=MemoryStore)

    def __post_init__(self) -> None:
        self.journal = Journal(load())
        self.restart()

    def restart(self) -> None:
        """The process starts again; both databases are as they were."""
        self.holdings = Holdings(self.store, self.records, self.journal)
        self.recorder = Recorder(self.holdings, self.journal)
        self.worker = Worker(self.holdings, self.recorder, Suspects(self.folder), 90 * DAY)

    def take(self, *payloads: bytes, lane: Lane = Lane.LIVE, now: int = NOW, gateway: Gateway = GATEWAY) -> Outcome:
        return self.worker.take([Arrival(gateway, lane, payload, now) for payload in payloads], now)

    def values(self, point: str = "T01") -> list[tuple[int, float, int]]:
        series = self.store.series("mine", point, 0, 1 << 62)
        return list(zip(series.time.tolist(), series.value.tolist(), series.fold.tolist(), strict=True))

    def bear(self, *extents: Extent, nonce: int = 1, generation: str = "") -> bool:
        birth = Birth(1, "test", nonce, NOW, "trusted", REGISTRY.name, "", SECOND, generation, list(extents))
        return self.holdings.born(GATEWAY, birth, NOW)


def item(body: Body, seq: int, epoch: str = EPOCH, made: int = NOW) -> bytes:
    return encode(Item(1, epoch, seq, made, body))


def registry_item(seq: int = 0, epoch: str = EPOCH) -> bytes:
    return item(RegistryPart(REGISTRY.name, 0, 1, REGISTRY.data), seq, epoch)


def batch(value: float, at: int = NOW, flags: int = 0) -> Batch:
    return pack(Block.of([0, 1], at, [value, 1.5]), REGISTRY.name, [Poll("s", SECOND, at)], flags)


def data_item(seq: int, value: float = 0.5, at: int = NOW, epoch: str = EPOCH, flags: int = 0) -> bytes:
    return item(batch(value, at, flags), seq, epoch, at)
