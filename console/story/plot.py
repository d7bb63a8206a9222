"""The plot: eight chapters in scenes. A scene says what is done, what has to be seen, and within which time. Data only.

How long a scene waits, how much richer the cut is and how strong the test gas is are settings of this project's demo.
"""

from dataclasses import dataclass
from enum import StrEnum

MINE, OTHER, GATEWAY = "demo-a", "demo-b", "demo-b/gate-1"
"""Where gas gathers and a sensor is calibrated; whose link dies, and whom the simulated notice names."""
AREA, CORNER, FACE, SHEARER = "face-1101", "1101-T0", "1101-T1", "1101-SH-RUN"
CALIBRATED, FAR = "MR-T", "1101-T1"
"""The sensor under test gas, and a point of the other mine whose chart shows the gap and its filling."""


class Chapter(StrEnum):
    """What is told, in this order."""

    CUTTING = "cutting"
    GAS = "gas"
    WARNING = "warning"
    ALARM = "alarm"
    ANSWER = "answer"
    CALIBRATION = "calibration"
    LINK = "link"
    FLEET = "fleet"


class Scene(StrEnum):
    """What has to be seen next."""

    STANDS = "stands"
    CUTS = "cuts"
    RISES = "rises"
    WARNED = "warned"
    ALARMED = "alarmed"
    ACKNOWLEDGED = "acknowledged"
    RETURNED = "returned"
    ANSWERED = "answered"
    CLOSED = "closed"
    PERMITTED = "permitted"
    QUIET = "quiet"
    FITS = "fits"
    BLIND = "blind"
    BACK = "back"
    AIR = "air"
    COUNTED = "counted"


class Deed(StrEnum):
    """What the demo's people do, once."""

    ACKNOWLEDGE = "acknowledge"
    ANSWER = "answer"
    CLOSE = "close"
    PERMIT = "permit"
    END_PERMIT = "end_permit"
    NOTICE = "notice"
    REVOKE = "revoke"


class Air(StrEnum):
    """The curtain at the return corner: whole, or fallen a little or wholly, so that less air comes there."""

    WHOLE = "whole"
    LITTLE = "little"
    FALLEN = "fallen"


@dataclass(frozen=True, slots=True)
class Plan:
    """One scene. `limit_s`: seen within, or it was not; `holds_s`: so long it stays when it was seen. `needs`: what an earlier scene must
    have found, or this one cannot be. `cuts`: the shearer works (True), stands (False), does as its shift plans (None)."""

    chapter: Chapter
    scene: Scene
    limit_s: int
    holds_s: int = 3
    needs: str = ""
    deeds: tuple[Deed, ...] = ()
    cuts: bool | None = None
    air: Air = Air.WHOLE
    gas: bool = False
    link: bool = True


PLOT: tuple[Plan, ...] = (
    Plan(Chapter.CUTTING, Scene.STANDS, 40, cuts=False),
    Plan(Chapter.CUTTING, Scene.CUTS, 40, cuts=True),
    Plan(Chapter.GAS, Scene.RISES, 90, 1, "level", cuts=True, air=Air.LITTLE),
    Plan(Chapter.WARNING, Scene.WARNED, 75, 1, "level", cuts=True, air=Air.LITTLE),
    Plan(Chapter.ALARM, Scene.ALARMED, 90, 5, "level", cuts=True, air=Air.FALLEN),
    Plan(Chapter.ANSWER, Scene.ACKNOWLEDGED, 30, 2, "alarm", (Deed.ACKNOWLEDGE,), cuts=False),
    Plan(Chapter.ANSWER, Scene.RETURNED, 150, 1, "alarm", cuts=False),
    Plan(Chapter.ANSWER, Scene.ANSWERED, 30, 3, "alarm", (Deed.ANSWER,), cuts=False),
    Plan(Chapter.ANSWER, Scene.CLOSED, 30, 3, "alarm", (Deed.CLOSE,)),
    Plan(Chapter.CALIBRATION, Scene.PERMITTED, 30, 1, "", (Deed.PERMIT,)),
    Plan(Chapter.CALIBRATION, Scene.QUIET, 60, 1, "permit", gas=True),
    Plan(Chapter.CALIBRATION, Scene.FITS, 110, 2, "planned", gas=True),
    Plan(Chapter.LINK, Scene.BLIND, 60, 8, gas=True, link=False),
    Plan(Chapter.LINK, Scene.BACK, 120, 3, gas=True),
    Plan(Chapter.CALIBRATION, Scene.AIR, 120, 1, "permit", gas=True),
    Plan(Chapter.FLEET, Scene.COUNTED, 40, 1, "", (Deed.END_PERMIT, Deed.NOTICE)),
)
CHAPTERS = tuple(Chapter)

CUT_GAS = 3.0
"""So many times the usual gas comes from the cut: a gassy part of the seam."""
ORDER_S = 300
"""Nothing that is ordered lasts longer, whatever becomes of this process."""
TEST_GAS = 2.0
"""%CH4."""
LITTLE_UP_TO, FALLEN_UP_TO = 0.95, 1.45
"""%CH4 towards which the corner goes while the curtain has fallen a little, or wholly."""
MOST_LESS = 25.0
"""No curtain falls further."""
RISE = 0.1
"""%CH4 above the level before: the gas is seen to rise."""


def calibration_seconds(speed: float) -> int:
    """Real seconds that a calibration takes, flag and all, where so many simulated seconds pass in one: a third of it the sensor reads
    air again. What judges the curve wants a level that stands for 20 real seconds (`alerts.testgas`)."""
    return round(1.5 * (30.0 + 20.0 / speed))
