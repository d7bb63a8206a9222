"""What the simulated mines are ordered to do in a scene. Pure."""

from console.story.play import Story
from console.story.plot import CALIBRATED, CUT_GAS, FALLEN_UP_TO, LITTLE_UP_TO, MINE, MOST_LESS, ORDER_S, TEST_GAS, Air, calibration_seconds
from sim_sensors.faults import Kind
from sim_sensors.orders import Order, Wanted


def orders_of(story: Story) -> Wanted:
    """By mine. Nothing is ordered but while the story plays, or is paused."""
    plan, run = story.plan, story.run
    if plan is None:
        return {}
    wanted = []
    if plan.cuts is not None:
        wanted.append(Order(kind=Kind.CUTTING, target="shearer", strength=CUT_GAS if plan.cuts else -1.0, seconds=ORDER_S, number=run))
    if plan.air is not Air.WHOLE and "level" in story.noted:
        times = less_air(float(story.noted["level"]), float(story.noted["face"]), plan.air)
        wanted.append(Order(kind=Kind.GAS_ACCUMULATION, target="corner", strength=times, seconds=ORDER_S, number=run))
    if plan.gas and "permit" in story.noted:
        wanted.append(
            Order(
                kind=Kind.TEST_GAS,
                target=CALIBRATED,
                strength=TEST_GAS,
                seconds=round(calibration_seconds(story.speed) * story.speed),
                number=run,
            )
        )
    return {MINE: tuple(wanted)}


def linked(story: Story) -> bool:
    """Whether the other mine's line stands: always, but for one scene. Paused in it, the line stays cut."""
    return story.plan is None or story.plan.link


def less_air(corner: float, face: float, air: Air) -> float:
    """How many times less air comes to the corner, so that its gas goes towards the plot's level: what is above the face's gas grows so
    many times."""
    towards = LITTLE_UP_TO if air is Air.LITTLE else FALLEN_UP_TO
    return round(min(max((towards - face) / max(corner - face, 0.03), 1.2 if air is Air.LITTLE else 2.0), MOST_LESS), 2)
