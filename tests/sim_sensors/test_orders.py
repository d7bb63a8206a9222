"""Orders: the simulated mines do what they are told from the next second on, and what was shown stays true."""

from pathlib import Path

import numpy as np
import pytest

from contracts.clock import BUILD_TIME, SECOND, ManualClock
from contracts.errors import BadConfig
from contracts.quality import CALIBRATION
from sim_sensors.config import DeviceSettings, build
from sim_sensors.demo import DEMO, from_port, later, quicker
from sim_sensors.faults import Event, Kind
from sim_sensors.orders import Obedience, Order, Orders, read_orders, write_orders
from sim_sensors.source import SimulatedSource

POINT, CUTTING = "MR-T", Order(kind=Kind.CUTTING, target="shearer", strength=3.0, seconds=40)
GAS = Order(kind=Kind.TEST_GAS, target=POINT, strength=2.0, seconds=30)


def mine(*script: Event) -> SimulatedSource:
    device = build(DeviceSettings(name="m", kind="mine", seed=11, script=script), BUILD_TIME)
    assert isinstance(device, SimulatedSource)
    return device


def shown(device: SimulatedSource, first: int, last: int) -> np.ndarray:
    return np.array([np.concatenate(device.read(BUILD_TIME + second * SECOND)) for second in range(first, last)])


def test_a_script_changed_while_it_runs_shows_the_same_as_one_that_was_so_from_the_start() -> None:
    cut = Event(kind=Kind.CUTTING, start=41, duration=60, target="shearer", strength=3.0)
    corner = Event(kind=Kind.GAS_ACCUMULATION, start=75, duration=30, target="corner", strength=5.0)
    told, known = mine(), mine(cut, corner)
    before = shown(told, 0, 41)
    told.play([cut], BUILD_TIME + 40 * SECOND)
    middle = shown(told, 41, 75)
    told.play([cut, corner], BUILD_TIME + 74 * SECOND)

    whole = np.concatenate([before, middle, shown(told, 75, 200)])
    np.testing.assert_array_equal(whole, shown(known, 0, 200))
    np.testing.assert_array_equal(whole, shown(told, 0, 200))  # going back means computing from the start again
    assert not np.array_equal(whole[120:], shown(mine(), 120, 200))


@pytest.mark.parametrize("hours", [0, 9])
def test_told_to_stand_the_shearer_stands_and_told_to_cut_it_cuts_and_gas_comes(hours: int) -> None:
    start = BUILD_TIME + hours * 3600 * SECOND
    script = (
        Event(kind=Kind.CUTTING, start=10, duration=20, target="shearer", strength=-1.0),
        Event(kind=Kind.CUTTING, start=30, duration=300, target="shearer", strength=5.0),
    )
    device = build(DeviceSettings(name="m", kind="mine", seed=11, script=script), start)
    number = device.registry.number
    values = np.array([device.read(start + second * SECOND)[0] for second in range(330)])

    assert set(values[10:30, number["1101-SH-RUN"]]) == {0.0}
    assert set(values[30:330, number["1101-SH-RUN"]]) == {1.0}
    assert values[300:330, number["1101-T1"]].mean() > values[10:30, number["1101-T1"]].mean() + 0.1


def test_an_order_ends_when_it_is_gone_from_the_file_and_by_itself() -> None:
    obedience = Obedience(())
    assert obedience.follow((CUTTING,), 100)
    assert not obedience.follow((CUTTING,), 110)
    assert obedience.follow((), 120)

    [event] = obedience.events()
    assert (event.start, event.duration) == (100, 20)
    obedience.follow((CUTTING,), 130)
    obedience.follow((), 999)
    assert obedience.events()[-1].duration == CUTTING.seconds


def test_a_calibration_is_carried_out_so_that_its_gas_is_never_there_without_its_flag() -> None:
    device, obedience = mine(), Obedience(())
    number = device.registry.number[POINT]
    obedience.follow((GAS,), 10)
    device.play(obedience.events(), BUILD_TIME + 9 * SECOND)
    shown(device, 0, 16)
    obedience.follow((), 16)
    device.play(obedience.events(), BUILD_TIME + 15 * SECOND)

    seen = [device.read(BUILD_TIME + second * SECOND) for second in range(80)]
    high = [second for second in range(80) if seen[second][0][number] > 0.7]
    assert high
    assert all(seen[second][1][number] & CALIBRATION for second in high)
    assert not any(seen[second][1][number] & CALIBRATION for second in range(41, 80))


def test_the_file_is_followed_and_what_cannot_be_played_changes_nothing(tmp_path: Path) -> None:
    device, clock, path = mine(), ManualClock(BUILD_TIME), tmp_path / "orders.json"
    orders = Orders(path, {"m": (device, ())}, clock)
    orders.look()
    clock.advance(20 * SECOND)
    write_orders(path, {"m": (CUTTING,), "elsewhere": (CUTTING,)})
    orders.look()

    assert [event.start for event in device.script.events] == [21]
    write_orders(path, {"m": (CUTTING, Order(kind=Kind.DRIFT, target="no-such-point"))})
    with pytest.raises(BadConfig, match="target"):
        orders.look()
    assert [event.kind for event in device.script.events] == [Kind.CUTTING]
    path.write_text("no json")
    with pytest.raises(BadConfig, match="orders"):
        orders.look()
    clock.advance(5 * SECOND)
    path.unlink()
    orders.look()
    assert [(event.start, event.duration) for event in device.script.events] == [(21, 5)]
    assert read_orders(path) == {}


def test_the_demo_s_mines_can_be_had_on_other_ports_quiet_at_first_and_quicker() -> None:
    changed = quicker(later(from_port(DEMO, 4000), 900), 5.0)

    assert [(one.port, one.speed) for one in changed.devices] == [(4000, 5.0), (4001, 5.0), (4002, 5.0)]
    assert min(event.start for one in changed.devices for event in one.script) == 960
    assert from_port(DEMO, DEMO.devices[0].port) == DEMO
