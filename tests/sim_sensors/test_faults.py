"""Every fault and hazard shows in the values, and its truth says so."""

from functools import cached_property

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND
from contracts.quality import ALARM, CALIBRATION, NOT_POLLED, OVER_RANGE, POWER_CUT
from sim_sensors.config import DeviceSettings, build
from sim_sensors.faults import Event, Kind
from sim_sensors.source import SimulatedSource

pytestmark = pytest.mark.slow

POINT = "1101-T1"


class Story:
    """A mine with a script beside the same mine without it, each second of both."""

    def __init__(self, event: Event, seconds: int, preset: str = "high") -> None:
        self.with_it, self.without = (self._mine(preset, script) for script in ((event,), ()))
        self.instants = [BUILD_TIME + second * SECOND for second in range(seconds)]
        self.number = self.with_it.registry.number

    @staticmethod
    def _mine(preset: str, script: tuple[Event, ...]) -> SimulatedSource:
        device = build(DeviceSettings(name="m", kind="mine", preset=preset, seed=3, script=script), BUILD_TIME)
        assert isinstance(device, SimulatedSource)
        return device

    @cached_property
    def shown(self) -> tuple[np.ndarray, np.ndarray]:
        readings = [self.with_it.read(now) for now in self.instants]
        return np.array([values for values, _ in readings]), np.array([quality for _, quality in readings])

    @cached_property
    def calm(self) -> np.ndarray:
        return np.array([self.without.read(now)[0] for now in self.instants])

    def values(self, point: str = POINT) -> np.ndarray:
        return self.shown[0][:, self.number[point]]

    def quiet(self, point: str = POINT) -> np.ndarray:
        return self.calm[:, self.number[point]]

    def quality(self, point: str = POINT) -> np.ndarray:
        return self.shown[1][:, self.number[point]]

    def real(self, point: str = POINT) -> np.ndarray:
        return np.array([self.with_it.truth(now).values[self.number[point]] for now in self.instants])

    def told(self) -> list[Kind | None]:
        events = [self.with_it.truth(now).events for now in self.instants]
        return [found[0].kind if found else None for found in events]


def story(
    kind: Kind, target: str, seconds: int = 300, start: int = 60, duration: int = 120, strength: float = 1.0, preset: str = "high"
) -> Story:
    return Story(Event(kind=kind, start=start, duration=duration, target=target, strength=strength), seconds, preset)


def test_a_fault_is_told_from_its_first_to_its_last_second():
    told = story(Kind.DRIFT, POINT).told()

    assert told == [None] * 60 + [Kind.DRIFT] * 120 + [None] * 120


def test_a_drifting_sensor_leaves_the_truth_slowly():
    drift = story(Kind.DRIFT, POINT, strength=3.0)
    error = drift.values() - drift.quiet()

    assert np.abs(error[:60]).max() == 0
    assert error[179] == pytest.approx(0.1, abs=0.011)
    assert np.allclose(drift.real(), drift.with_it.truth(drift.instants[0]).values[drift.number[POINT]], atol=0.2)


def test_a_frozen_sensor_shows_its_last_number_and_goes_on_afterwards():
    frozen = story(Kind.FROZEN, POINT)
    values, quiet = frozen.values(), frozen.quiet()

    assert (values[59:180] == values[59]).all()
    assert np.array_equal(values[180:], quiet[180:])
    assert len(set(quiet[59:180])) > 1


def test_a_spike_is_there_and_gone():
    spike = story(Kind.SPIKE, POINT, duration=2, strength=2.5)

    assert np.allclose((spike.values() - spike.quiet())[59:63], [0, 2.5, 2.5, 0])


def test_a_dropout_reports_nothing_and_says_not_polled():
    dropout = story(Kind.DROPOUT, POINT)

    assert np.isnan(dropout.values()[60:180]).all()
    assert (dropout.quality()[60:180] == NOT_POLLED).all()
    assert np.isfinite(dropout.values()[180:]).all()


def test_test_gas_makes_a_plateau_marked_as_calibration_and_alarm():
    gas = story(Kind.TEST_GAS, POINT, strength=2.0, duration=180)
    values, quality = gas.values(), gas.quality()

    assert np.abs(values[110:178] - 2.0).max() < 0.06
    assert (quality[110:178] == ALARM | CALIBRATION).all()
    assert (quality[60:240] & CALIBRATION).all()
    assert not quality[240:].any()
    assert gas.real().max() < 1.0


def test_test_gas_below_the_alarm_is_calibration_alone():
    gas = story(Kind.TEST_GAS, POINT, strength=0.5, duration=180)

    assert (gas.quality()[70:230] == CALIBRATION).all()


def test_a_clock_jump_moves_the_stamps_and_nothing_else():
    jump = story(Kind.CLOCK_JUMP, "clock", strength=-60.0)
    stamps = np.array([jump.with_it.stamp(now) - now for now in jump.instants]) / SECOND

    assert (stamps[60:180] == -60).all()
    assert not stamps[:60].any()
    assert not stamps[180:].any()
    assert np.array_equal(jump.values(), jump.quiet())


def test_a_stopped_local_fan_lets_gas_gather_in_the_heading_and_its_lock_cuts_the_power():
    stop = story(Kind.FAN_STOP, "local_fan", 600, duration=240)

    assert stop.values("1103-FAN1")[100] == 0
    assert stop.values("1103-WS")[100] < 0.3
    assert stop.values("1103-FEED")[100] == 0
    assert stop.values("1103-T1").max() > 1.0
    assert stop.values("1103-T1")[-1] < 1.0
    assert (stop.quality("1103-T1")[stop.values("1103-T1") >= 1.0] & (ALARM | POWER_CUT)).all()


def test_a_stopped_main_fan_takes_the_pressure_and_the_air_and_the_gas_rises():
    stop = story(Kind.FAN_STOP, "main_fan", 1500, duration=1200)

    assert stop.values("MF-P")[200] < 50
    assert stop.values("1101-WS")[200] < 0.7
    assert stop.values("1101-T0").max() > 2 * stop.quiet("1101-T0").max()
    assert stop.values("BARO")[200] > stop.quiet("BARO")[200] + 5


def test_gas_accumulates_in_the_corner_where_the_brattice_fell():
    corner = story(Kind.GAS_ACCUMULATION, "corner", strength=4.0)

    assert corner.values("1101-T0")[60:].max() > 1.8 * corner.quiet("1101-T0")[60:].max()
    assert np.allclose(corner.values("1101-T2"), corner.quiet("1101-T2"), atol=0.05)


def test_a_torn_duct_lets_the_heading_fill():
    heading = story(Kind.GAS_ACCUMULATION, "heading", 600, duration=500, strength=5.0)

    assert heading.values("1103-T1")[550] > 2 * heading.quiet("1103-T1")[550]
    assert heading.values("1103-FAN1")[300] == 1


def test_an_outburst_fills_the_heading_with_gas_beyond_the_range_of_a_catalytic_sensor():
    burst = story(Kind.OUTBURST, "heading", 300, duration=120, strength=800.0)
    over = burst.real("1103-T1") > 4.5

    assert over.sum() > 60
    assert burst.values("1103-T1").max() == 4.0
    assert (burst.quality("1103-T1")[burst.values("1103-T1") == 4.0] & OVER_RANGE).any()


def test_a_full_range_sensor_follows_an_outburst():
    burst = story(Kind.OUTBURST, "heading", 400, duration=200, strength=500.0, preset="outburst")

    assert burst.values("1103-T1").max() > 15
    assert not (burst.quality("1103-T1") & OVER_RANGE).any()


def test_a_belt_fire_gives_smoke_and_carbon_monoxide_at_the_belt_first_and_in_the_return_later():
    fire = story(Kind.BELT_FIRE, "belt", 2400, duration=2000, strength=0.08)
    at_belt, in_return = (int(np.argmax(fire.values(point) >= limit)) for point, limit in (("1101-BE-CO", 10), ("1101-CO", 24)))

    assert 60 < at_belt < in_return
    assert fire.values("1101-BE-SM").max() == 1
    assert fire.quality("1101-CO").max() & ALARM
    assert fire.quiet("1101-CO").max() < 10


def test_bearing_wear_grows_in_vibration_and_temperature():
    wear = story(Kind.BEARING_WEAR, "main_fan", 1500, duration=1400, strength=2.0)
    vibration = wear.values("MF-VI")

    assert vibration[1400] > 2.5 * wear.quiet("MF-VI")[1400]
    assert vibration[200:300].mean() < vibration[800:900].mean() < vibration[1350:1450].mean()
    assert wear.values("MF-TB1")[1450] > wear.quiet("MF-TB1")[1450] + 8
    assert np.abs(wear.values("MF-TB2") - wear.quiet("MF-TB2")).max() == 0


def test_open_doors_show_both_open_and_the_face_loses_air():
    doors = story(Kind.DOORS_OPEN, "doors")
    both = doors.values("1-DOOR1") * doors.values("1-DOOR2")

    assert (both[60:180] == 1).all()
    assert doors.quiet("1-DOOR1")[60:180].mean() < 1
    assert doors.values("1101-WS")[100] < 0.85 * doors.quiet("1101-WS")[100]


def test_a_lock_test_cuts_the_supply_of_its_place_and_gives_it_back():
    test = story(Kind.LOCK_TEST, "1103-T1", strength=2.0, duration=180, seconds=400)
    feed, gas = test.values("1103-FEED"), test.values("1103-T1")
    off = np.flatnonzero(feed == 0)

    assert (off[0], off[-1]) == (75, 219)
    assert gas[75] >= 1.5
    assert (test.quality("1103-T1")[60:240] & CALIBRATION).all()
    assert (test.quiet("1103-FEED") == 1).all()
    assert (test.values("1101-FEED") == 1).all()
    assert test.real("1103-T1").max() < 1.0


def test_a_feed_that_sticks_stays_on_while_the_fan_stands():
    both = (
        Event(kind=Kind.FAN_STOP, start=60, duration=240, target="local_fan"),
        Event(kind=Kind.FEED_STUCK, start=60, duration=120, target="heading"),
    )
    mine = Story._mine("high", both)
    feed = [mine.read(BUILD_TIME + s * SECOND)[0][mine.registry.number["1103-FEED"]] for s in range(320)]

    assert feed[60:180] == [1] * 120
    assert feed[181:299] == [0] * 118


def test_every_hazard_is_told_as_one_and_every_fault_as_none():
    hazards = {kind for kind in Kind if Event(kind=kind, start=0, duration=1, target="x").hazard}

    assert hazards == {
        Kind.FAN_STOP, Kind.GAS_ACCUMULATION, Kind.OUTBURST, Kind.BELT_FIRE, Kind.BEARING_WEAR, Kind.DOORS_OPEN, Kind.FEED_STUCK
    }  # fmt: skip


def test_a_hazard_in_the_second_district_leaves_the_first_alone():
    event = Event(kind=Kind.FAN_STOP, start=10, duration=100, target="local_fan/2")
    mine = build(DeviceSettings(name="m", kind="mine", points=103, script=(event,)), BUILD_TIME)
    values, _ = mine.read(BUILD_TIME + 60 * SECOND)

    assert values[mine.registry.number["1103-FAN1"]] == 1
    assert values[mine.registry.number["2103-FAN1"]] == 0


def test_an_event_comes_back_with_its_period():
    event = Event(kind=Kind.DROPOUT, start=10, duration=5, target=POINT, every=60)
    mine = build(DeviceSettings(name="m", kind="mine", script=(event,)), BUILD_TIME)
    silent = [s for s in range(200) if np.isnan(mine.read(BUILD_TIME + s * SECOND)[0][mine.registry.number[POINT]])]

    assert silent == [s for s in range(200) if s >= 10 and (s - 10) % 60 < 5]


def test_blasting_fills_the_heading_with_fumes_that_leave_again():
    blast = story(Kind.BLASTING, "heading", 1600, duration=60, strength=0.1)
    fumes = blast.values("1103-CO")

    assert fumes.max() > 50
    assert fumes[-60:].max() < 10
    assert np.array_equal(blast.values("1101-BE-CO"), blast.quiet("1101-BE-CO"))


def test_a_vehicle_leaves_a_little_carbon_monoxide_at_the_belt_while_it_passes():
    vehicle = story(Kind.VEHICLE, "intake", 420, duration=120, strength=0.006)
    more = vehicle.values("1101-BE-CO") - vehicle.quiet("1101-BE-CO")

    assert 3 <= more[100:180].max() <= 8
    assert np.abs(more[280:]).max() == 0
    assert vehicle.values("1101-BE-SM").max() == 0


def test_a_low_takes_the_pressure_and_gives_it_back():
    low = story(Kind.BAROMETER_FALL, "weather", 4000, start=100, duration=3600, strength=4.0)
    lower = low.quiet("BARO") - low.values("BARO")

    assert lower[1900] == pytest.approx(4.0, abs=0.11)
    assert np.abs(lower[3750:]).max() < 0.11
    assert low.values("1101-T0")[1000:1900].mean() > low.quiet("1101-T0")[1000:1900].mean()
