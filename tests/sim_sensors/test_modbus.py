"""Devices served as real Modbus TCP servers, read with a real client."""

import asyncio
import contextlib

import msgspec
import numpy as np
import pytest
from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from contracts.clock import BUILD_TIME, SECOND, ManualClock
from contracts.errors import BadConfig, Retry
from contracts.points import Point, Registry, read_registry
from contracts.quality import CALIBRATION, NOT_POLLED
from contracts.registers import WORDS, Form, Register, RegisterMap, from_words, read_register_map, to_words
from sim_sensors.__main__ import run
from sim_sensors.config import DeviceSettings, Settings, build
from sim_sensors.demo import DEMO, write_files
from sim_sensors.device import Device, Reading
from sim_sensors.faults import Event, Kind
from sim_sensors.field.modbus import ModbusField
from sim_sensors.field.words import NOTHING, value_words
from tests.waiting import LIMIT_S


def test_nothing_is_written_as_a_value_no_sensor_sends():
    for form in Form:
        register = Register("a", 0, form, 1, 9)
        assert value_words(register, np.nan) == NOTHING[form]
        assert value_words(register, 12.5) == to_words(register, 12.5)


def test_no_reading_a_simulated_sensor_can_give_looks_like_nothing():
    device = build(DeviceSettings(name="m", kind="mine"), BUILD_TIME)
    for register, setting in zip(device.registers.registers, device.layout.settings, strict=True):
        for value in (setting.sensor.low, setting.sensor.high):
            assert to_words(register, value) != NOTHING[register.form]


def test_a_register_map_that_forgets_a_point_is_refused():
    device = build(DeviceSettings(name="m", kind="mine"), BUILD_TIME)

    class Forgetful:
        registry = device.registry
        registers = RegisterMap(1, device.registers.registers[1:])

        def read(self, now: int) -> Reading:
            return device.read(now)

        def silent(self, _now: int) -> bool:
            return False

    with pytest.raises(BadConfig, match="one register for each point"):
        ModbusField(Forgetful(), ManualClock())


async def poll(port: int, registers: RegisterMap) -> tuple[np.ndarray, np.ndarray]:
    """Values and state codes over the wire, in the map's order, in requests of whole points."""
    words: dict[int, int] = {}
    async with AsyncModbusTcpClient("127.0.0.1", port=port) as client:
        last = max(register.state_address for register in registers.registers)
        for at in range(0, last + 1, 120):
            answer = await client.read_holding_registers(at, count=min(120, last + 1 - at), device_id=registers.unit)
            assert not answer.isError()
            words.update(enumerate(answer.registers, start=at))
    values = [from_words(r, [words[at] for at in range(r.address, r.address + WORDS[r.form])]) for r in registers.registers]
    return np.array(values), np.array([words[r.state_address] for r in registers.registers])


@contextlib.asynccontextmanager
async def served(device: Device, clock: ManualClock):
    field = ModbusField(device, clock)
    port = await field.start()
    try:
        yield port
    finally:
        await field.stop()


@pytest.mark.servers
async def test_a_client_reads_exactly_what_the_device_shows_as_time_goes_on():
    script = (Event(kind=Kind.TEST_GAS, start=2, duration=60, target="1101-T1", strength=2.0),)
    settings = DeviceSettings(name="m", kind="mine", unit=7, script=script)
    clock, twin = ManualClock(), build(settings, BUILD_TIME)
    async with served(build(settings, BUILD_TIME), clock) as port:
        for seconds in (0, 1, 30, 100):
            clock.wall = BUILD_TIME + seconds * SECOND
            values, quality = await poll(port, twin.registers)
            expected, states = twin.read(clock.now())
            assert np.array_equal(values, expected)
            assert np.array_equal(quality, states)
            assert bool(quality[twin.registry.number["1101-T1"]] & CALIBRATION) == (seconds == 30)


@pytest.mark.servers
async def test_a_dropout_arrives_as_state_32_and_no_value():
    script = (Event(kind=Kind.DROPOUT, start=10, duration=10, target="1101-T1"),)
    device, clock = build(DeviceSettings(name="m", kind="mine", script=script), BUILD_TIME), ManualClock()
    number = device.registry.number["1101-T1"]
    async with served(device, clock) as port:
        shown = []
        for second in (9, 12, 25):
            clock.wall = BUILD_TIME + second * SECOND
            values, quality = await poll(port, device.registers)
            shown.append((values[number], quality[number]))

    assert shown[1] == (-327.68, NOT_POLLED)
    assert shown[0][1] == shown[2][1] == 0
    assert -0.5 < shown[0][0] < 4
    assert -0.5 < shown[2][0] < 4


@pytest.mark.servers
async def test_a_silent_device_answers_nobody_and_then_answers_again():
    script = (Event(kind=Kind.DEVICE_SILENT, start=10, duration=10, target="device"),)
    device, clock = build(DeviceSettings(name="m", kind="mine", script=script), BUILD_TIME), ManualClock()
    told = []
    async with served(device, clock) as port:
        for second, patience_s in ((9, LIMIT_S), (10, 0.2), (19, 0.2), (20, LIMIT_S)):
            clock.wall = BUILD_TIME + second * SECOND
            async with AsyncModbusTcpClient("127.0.0.1", port=port, timeout=patience_s, retries=0) as client:
                try:
                    told.append(not (await client.read_holding_registers(0, count=2, device_id=1)).isError())
                except ModbusIOException:
                    told.append(False)

    assert told == [True, False, False, True]


@pytest.mark.servers
async def test_a_replay_over_modbus_gives_the_rows_of_the_file_and_silence_between_episodes():
    device, clock = build(DeviceSettings(name="s", kind="replay"), BUILD_TIME), ManualClock()
    async with served(device, clock) as port:
        for second in (0, 1, 2, 260):
            clock.wall = BUILD_TIME + second * SECOND
            values, quality = await poll(port, device.registers)
            assert np.array_equal(values, device.read(clock.now())[0])
            assert not quality.any()
        clock.wall = BUILD_TIME + 280 * SECOND
        assert (await poll(port, device.registers))[1].tolist() == [NOT_POLLED] * 28


@pytest.mark.servers
async def test_other_units_addresses_and_writes_are_refused():
    device, clock = build(DeviceSettings(name="m", kind="mine", unit=3), BUILD_TIME), ManualClock()
    async with served(device, clock) as port, AsyncModbusTcpClient("127.0.0.1", port=port) as client:
        assert (await client.read_holding_registers(60_000, count=1, device_id=3)).isError()
        assert (await client.read_holding_registers(0, count=1, device_id=4)).isError()
        assert (await client.write_register(0, 1, device_id=3)).isError()
        assert not (await client.read_holding_registers(0, count=1, device_id=3)).isError()


@pytest.mark.servers
async def test_a_taken_port_is_worth_another_try_and_a_stopped_device_can_start_again():
    device, clock = build(DeviceSettings(name="m", kind="mine"), BUILD_TIME), ManualClock()
    field, second = ModbusField(device, clock), ModbusField(device, clock)
    port = await field.start()
    with pytest.raises(Retry, match=str(port)):
        await second.start(port=port)
    await field.stop()
    assert await second.start(port=port) == port
    await second.stop()


@pytest.mark.servers
async def test_the_demo_s_mines_are_served_and_match_the_files_written_for_the_edge(tmp_path):
    free = msgspec.structs.replace(DEMO, devices=tuple(msgspec.structs.replace(one, port=0) for one in DEMO.devices))
    folders = write_files(tmp_path, free)
    ports: asyncio.Future[dict[str, int]] = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(run(free, ready=ports.set_result))
    try:
        async with asyncio.timeout(LIMIT_S):
            served_at = await ports
        for name, port in served_at.items():
            registry = read_registry((folders[name] / "points.json").read_bytes())
            registers = read_register_map((folders[name] / "registers.json").read_bytes())
            values, quality = await poll(port, registers)
            assert registry.mine == name
            assert len(values) == len(registry.points)
            assert np.isfinite(values[quality != NOT_POLLED]).all()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_settings_error_is_told_before_anything_listens():
    with pytest.raises(BadConfig, match="preset"):
        await run(Settings(devices=(DeviceSettings(name="m", kind="mine", preset="none"),)))


def test_two_points_may_stand_in_another_order_in_the_register_map():
    points = tuple(Point(name, "temperature", "", name, name) for name in ("a", "b"))

    class Swapped:
        registry = Registry("m", "m", "m", points)
        registers = RegisterMap(1, (Register("b", 0, Form.I16, 0, 1), Register("a", 2, Form.I16, 0, 3)))

        def read(self, now: int) -> Reading:
            return np.array([1.0, 2.0]), np.zeros(2, np.uint16)

        def silent(self, _now: int) -> bool:
            return False

    memory = [0] * 4
    ModbusField(Swapped(), ManualClock())._show(0, memory)

    assert memory == [2, 0, 1, 0]
