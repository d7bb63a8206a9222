"""A mine whose monitoring system drops files: a registry, a source on a folder, and a clock that moves when told to."""

from pathlib import Path

from alerts.packs import load
from contracts.clock import SECOND, ManualClock, from_iso
from contracts.points import Point, Registry
from edge_agent.sources.kj_files import KjFiles
from edge_agent.sources.kj_layout import read_layout
from edge_agent.sources.settings import KjFilesSettings
from edge_agent.sources.source import Answer
from tests.waiting import LIMIT_S

ROOT = Path(__file__).parents[2]
LAYOUT = ROOT / "docs" / "sources" / "kj_layout.toml"
PACK = load()
NOON = from_iso("2026-11-24T08:00:00Z")
"""16:00 in Shanghai."""


def point(name: str, quantity: str, **more: object) -> Point:
    return Point(name, quantity, "face", "工作面", "face", **more)  # type: ignore[arg-type]


REGISTRY = Registry(
    "mine",
    "矿",
    "mine",
    (
        point("T01", "methane", limit_row="face_low_high", mapped_by="A. Person"),
        point("T02", "methane"),
        point("C01", "carbon_monoxide"),
        point("D01", "air_door"),
        point("K01", "run_state"),
        point("T03", "methane", valid_to=NOON),
        point("T03-2", "methane", valid_from=NOON),
        point("F01", "run_state"),
        point("F02", "run_state"),
    ),
)
HEADER = "140000000001;示例矿;2026-11-24 16:00:00~"


def record(code: str, value: str, time: str = "2026-11-24 16:00:00", state: str = "正常") -> str:
    return f"{code};0001;工作面;{value};%CH4;{state};{time}~"


class KjMine:
    """`drop` is the KJ system's folder, `own` the source's."""

    def __init__(self, folder: Path, **settings: object) -> None:
        self.drop, self.own, self.clock = folder / "kj", folder / "own", ManualClock(NOON)
        self.drop.mkdir(exist_ok=True)
        told = {"name": "kj", "folder": str(self.drop), "layout": str(LAYOUT), "memory": str(self.own), "timeout_s": LIMIT_S, **settings}
        self.settings = KjFilesSettings(**told)  # type: ignore[arg-type]
        self.source = self.fresh()

    def fresh(self, cursor: int = 0) -> KjFiles:
        """The source as after a start of the agent."""
        source = KjFiles(self.settings, read_layout(str(LAYOUT)), {}, REGISTRY, PACK, self.clock)
        source.resume(cursor)
        return source

    def write(self, name: str, text: str | bytes) -> Path:
        """A file as the KJ system drops it."""
        path = self.drop / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    async def poll(self, seconds: float = 15) -> Answer:
        """Time passes, then a poll is due."""
        self.clock.advance(round(seconds * SECOND))
        return await self.source.poll(self.clock.now())


def shown(answer: Answer, registry: Registry = REGISTRY) -> list[tuple[str, int, str, int]]:
    """(point, seconds since NOON, value, quality) of an answer's readings."""
    if answer.block is None:
        return []
    columns = (answer.block.point, answer.block.time, answer.block.value, answer.block.quality)
    return [
        (registry.points[number].id, (time - NOON) // SECOND, f"{value:g}", quality)
        for number, time, value, quality in zip(*(column.tolist() for column in columns), strict=True)
    ]
