"""Facts about places come from the registry's mapped rows; what nobody said is not guessed."""

from contracts.points import Registry
from models.places import spots_of
from sim_sensors.layout import lay_out
from sim_sensors.mine.preset import HIGH


def upstream(registry: Registry, point: str) -> tuple[str, ...]:
    return {spot.point: spot for spot in spots_of(registry, {})}[point].upstream


def test_the_order_of_the_air_runs_from_the_face_to_the_main_return():
    registry = lay_out("m", "m", "m", HIGH).registry

    assert upstream(registry, "1101-T2") == ("1101-T1", "1101-CH4-SH", "1101-T0", "1101-TM")
    assert upstream(registry, "1103-T2") == ("1103-T1",)
    assert {"1101-T2", "1103-T2"} <= set(upstream(registry, "1-T"))
    assert upstream(registry, "MR-T")[-1] == "1-T"


def test_with_two_districts_nobody_has_said_which_face_belongs_to_which():
    registry = lay_out("m", "m", "m", HIGH, 103).registry

    assert upstream(registry, "1-T") == ()
    assert upstream(registry, "2101-T2") == ("2101-T1", "2101-CH4-SH", "2101-T0", "2101-TM")


def test_a_limit_that_is_not_known_stays_unknown():
    registry = lay_out("m", "m", "m", HIGH).registry
    spots = {spot.point: spot for spot in spots_of(registry, {"1101-T0": 1.0})}

    assert spots["1101-T0"].limit == 1.0
    assert spots["1101-T3"].limit is None
