"""What was looked at in one instant: only what the pages and the API show as well. Nothing here is of the story's own making."""

from dataclasses import dataclass, field

from console.web.shapes import PointView, Words
from ingest.ledger import LedgerDay
from store.records.alarms import AlarmRow
from store.records.findings import FindingRow
from store.records.handling import Told
from store.records.permits import PermitRow, SpokenRow

NONE = Words("", "")


@dataclass(frozen=True, slots=True)
class Far:
    """The other mine: is its gateway heard, how many of its points are unknown, why they say they are."""

    online: bool = False
    unknown: int = 0
    points: int = 0
    reason: PointView | None = None


@dataclass(frozen=True, slots=True)
class Official:
    """Mines officially assessed on the day; None: no notice was ever entered. `entry`: of the story's own notice, 0 where it does not
    stand."""

    mines: int | None = None
    entry: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """None: not looked at, or not there. `findings`: of the mine, that began since the story did; `sent`: messages about the planned
    alarm."""

    now: int
    corner: PointView | None = None
    face: PointView | None = None
    shearer: PointView | None = None
    calibrated: PointView | None = None
    far: Far = field(default_factory=Far)
    findings: tuple[FindingRow, ...] = ()
    alarm: AlarmRow | None = None
    clause: Words = NONE
    """What the alarm rests on."""
    others: tuple[AlarmRow, ...] = ()
    """Other alarms of the corner that stand, such as that of a steep rise."""
    received: int = 0
    """When the centre had the alarm (its own clock)."""
    told: Told | None = None
    permit: PermitRow | None = None
    planned: AlarmRow | None = None
    spoken: SpokenRow | None = None
    sent: int = 0
    day: LedgerDay | None = None
    official: Official | None = None

    @property
    def ready(self) -> bool:
        """Whether all that plays a part is there and fresh."""
        there = [self.corner, self.face, self.shearer, self.calibrated]
        return all(one is not None and one.state != "unknown" for one in there) and self.far.online and self.far.unknown < self.far.points
