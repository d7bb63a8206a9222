"""The mine behaves as a mine does."""

import numpy as np
import pytest

from sim_sensors.faults import Event, Kind, Script
from sim_sensors.mine.air import barometer, gases
from sim_sensors.mine.airway import CH4, share_air
from sim_sensors.mine.memory import Memory
from sim_sensors.mine.methane import sources
from sim_sensors.mine.preset import HIGH, Network
from sim_sensors.mine.shifts import SHIFT, Shifts
from sim_sensors.mine.simulation import Mine
from sim_sensors.mine.step import Step

START = 1_800_000_000
HOUR = 3600


def a_step(count: int = 2 * HOUR, seed: int = 1, script: tuple[Event, ...] = ()) -> Step:
    return Step(START, count, 1, HIGH, Memory(seed), Script(script, START), Shifts(HIGH.rota, seed, 1), np.zeros((2, 1)))


def still(count: int = 2 * HOUR, value: float = 0.0) -> np.ndarray:
    return np.full((count, 1), value)


def run(hours: int, seed: int = 1, script: tuple[Event, ...] = (), districts: int = 1) -> dict[str, np.ndarray]:
    mine = Mine(HIGH, seed, START - HOUR, districts, Script(script, START))
    mine.advance(HOUR)
    return mine.advance(hours * HOUR)


def test_cutting_raises_the_emission_at_once_and_long_after():
    idle = sources(a_step(), still(), still(), still()).face
    cut = still()
    cut[600:2400] = 1.0
    cutting = sources(a_step(), still(), cut, still()).face
    more = (cutting - idle)[:, 0]

    assert more[599] == pytest.approx(0, abs=1e-9)
    assert more[2399] > 1.5
    assert 0.2 < more[3600] < more[2399]


def test_an_outburst_throws_out_the_volume_the_script_says():
    burst = Event(kind=Kind.OUTBURST, start=100, duration=200, target="heading", strength=500.0)
    calm, thrown = (sources(a_step(script=script), still(), still(), still()).heading.sum() for script in ((), (burst,)))

    assert (thrown - calm) / 60 == pytest.approx(500, rel=0.01)


def test_a_falling_barometer_draws_gas_out_of_the_gob_and_a_rising_one_holds_it():
    falling, steady, rising = (sources(a_step(), still(value=fall), still(), still()).gob[-1, 0] for fall in (2.0, 0.0, -2.0))

    assert falling > steady > rising > 0


def test_the_barometer_falls_where_its_fall_says_so():
    pressure, fall = barometer(a_step(24 * HOUR))
    hourly = -(pressure[HOUR:] - pressure[:-HOUR])[:, 0]
    said = np.convolve(fall[:, 0], np.full(HOUR, 1 / HOUR), "valid")[1:]

    assert np.allclose(hourly, said, atol=0.02)


def test_less_air_means_more_gas_everywhere_behind_the_face():
    def with_fan(speed: float) -> np.ndarray:
        step = a_step()
        flows = share_air(HIGH.network, still(value=speed), still(value=1.0), still())
        gas = gases(step, flows, still(value=6.0 * speed), sources(step, still(), still(), still()))
        return np.array([getattr(gas, place)[-1, 0, CH4] for place in ("face", "corner", "return_near", "return_end", "heading_face")])

    assert (with_fan(0.6) > 1.3 * with_fan(1.0)).all()


def test_air_obeys_the_square_law_and_joins_at_the_junction():
    net = Network()
    flows = share_air(net, still(1, 1.0), still(1, 1.0), still(1))
    face, entry, district, fan = (float(flow[0, 0]) for flow in (flows.face, flows.entry, flows.district, flows.fan))

    assert face + entry == pytest.approx(district)
    assert net.face * face**2 == pytest.approx(net.entry * entry**2)
    assert fan + net.natural == pytest.approx((net.main + net.trunk) * district**2 + net.face * face**2)


def test_two_equal_districts_share_the_air_equally_and_as_one_alone():
    one = share_air(Network(), still(1, 1.0), still(1, 1.0), still(1))
    two = share_air(Network(), still(1, 1.0), np.ones((1, 2)), np.zeros((1, 2)))

    assert np.allclose(two.face, one.face[0, 0])


def test_open_doors_take_the_air_from_the_face():
    shut, open_ = (share_air(Network(), still(1, 1.0), still(1, 1.0), still(1, door)).face[0, 0] for door in (0.0, 1.0))

    assert open_ < 0.8 * shut


def test_methane_that_flows_in_leaves_by_the_main_return():
    signals = run(24, districts=2)
    made, leaving = signals["methane_made"].sum(), signals["methane_leaving"].sum()

    assert leaving == pytest.approx(made, rel=0.02)


def test_gas_of_the_corner_reaches_the_return_and_the_main_return_one_after_the_other():
    signals = run(2, script=(Event(kind=Kind.OUTBURST, start=600, duration=120, target="face", strength=300.0),))
    places = ("face", "return_near", "return_mid", "return_end", "district_return", "main_return")
    arrivals = [int(np.argmax(signals[f"methane_{place}"][:, 0] > 1.0)) for place in places]

    assert arrivals == sorted(arrivals)
    assert arrivals[-1] - arrivals[0] > 600


def test_nothing_is_cut_in_the_maintenance_shift_and_stops_happen_in_the_others():
    shifts = Shifts(HIGH.rota, 1, 2)
    first = START // (3 * SHIFT) * 3 * SHIFT - HIGH.rota.offset_h * HOUR
    thirds = [shifts.running("shearer", first + number * SHIFT, SHIFT) for number in range(3)]

    assert [bool(third.any()) for third in thirds] == list(HIGH.rota.cutting_shifts)
    assert all(0.3 < third.mean() < 0.8 for third in thirds if third.any())
    assert all((np.diff(third, axis=0) != 0).sum() > 4 for third in thirds if third.any())


def test_the_certified_system_cuts_the_power_and_the_shearer_stops_until_it_is_restored():
    signals = run(2, script=(Event(kind=Kind.OUTBURST, start=600, duration=300, target="face", strength=600.0),))
    fed = signals["feed_face"][:, 0] > 0

    assert fed[:600].all()
    assert not fed[700:800].any()
    assert fed[-1]
    assert signals["shearer_run"][~fed].max() == 0


def test_the_mine_does_not_depend_on_how_many_seconds_are_computed_at_once():
    script = (Event(kind=Kind.OUTBURST, start=700, duration=300, target="face", strength=600.0),)
    whole = run(1, script=script)
    mine = Mine(HIGH, 1, START - HOUR, 1, Script(script, START))
    mine.advance(HOUR)
    parts = [mine.advance(count) for count in (1, 59, 60, 613, 7, 60, 1400, 1400)]

    for name, values in whole.items():
        assert np.allclose(np.concatenate([part[name] for part in parts]), values, rtol=1e-7, atol=1e-9), name
