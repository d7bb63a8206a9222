"""Modbus TCP against a real server: what is read, in how few requests, and what a dead device costs."""

import asyncio
import time
from pathlib import Path

import pytest

from bench.ports import free_port
from contracts.checks import Bounds, flagged
from contracts.clock import BUILD_TIME, SECOND, SystemClock
from contracts.points import Point, Registry
from contracts.registers import Form, Register, RegisterMap, Table
from edge_agent.sources import make_source
from edge_agent.sources.modbus_device import WouldWrite
from edge_agent.sources.modbus_tcp import ModbusTcp
from edge_agent.sources.settings import ModbusTcpSettings
from sim_sensors.config import DeviceSettings, build
from sim_sensors.field.modbus import ModbusField
from tests.edge_agent.modbus_peer import Tap, bits, registry_of, tcp, unit, words, written
from tests.waiting import LIMIT_S

PATIENT_S = 60.0
"""Where a device answers, however busy the machine is."""


def settings(folder: Path, registers: RegisterMap, port: int, timeout_s: float = PATIENT_S) -> ModbusTcpSettings:
    return ModbusTcpSettings(name="field", port=port, registers=written(folder, registers), timeout_s=timeout_s)


@pytest.mark.servers
async def test_a_poll_brings_what_the_device_shows(tmp_path: Path) -> None:
    device = build(DeviceSettings(name="mine-x", kind="mine", seed=3), SystemClock().now())
    field = ModbusField(device, SystemClock())
    port = await field.start("127.0.0.1", 0)
    try:
        source = make_source(settings(tmp_path, device.registers, port), device.registry)
        answer = await source.poll(BUILD_TIME)
        await source.close()
    finally:
        await field.stop()

    assert answer.why == ""
    assert answer.block is not None
    assert len(answer.block) == len(device.registers.registers)
    bounds = Bounds.of(device.registry)
    assert flagged(answer.block, bounds).same(answer.block)
    assert len(set(answer.block.value.tolist())) > len(answer.block) // 4
    assert answer.polls[0].answered == 1


@pytest.mark.servers
async def test_a_device_that_accepts_and_never_answers_costs_its_poll_the_timeout_and_is_unanswered(tmp_path: Path) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    registry = Registry("m", "矿", "m", (Point("T01", "methane", "a", "处", "place"),))
    registers = RegisterMap(1, (Register("T01", 0),))
    source = make_source(settings(tmp_path, registers, port, timeout_s=1.0), registry)
    began = time.monotonic()
    answer = await source.poll(BUILD_TIME)
    await source.close()
    server.close()

    assert answer.block is None
    assert answer.polls[0].answered == 0
    assert answer.why
    assert time.monotonic() - began < 6.0


@pytest.mark.servers
async def test_a_device_that_is_not_there_is_unanswered_and_is_read_once_it_comes(tmp_path: Path) -> None:
    port = free_port()
    device = build(DeviceSettings(name="mine-x", kind="mine", seed=3), SystemClock().now())
    source = make_source(settings(tmp_path, device.registers, port), device.registry)
    assert (await source.poll(BUILD_TIME)).block is None
    field = ModbusField(device, SystemClock())
    await field.start("127.0.0.1", port)
    try:
        for turn in range(round(LIMIT_S / 0.1)):
            answer = await source.poll(BUILD_TIME + turn * SECOND)
            if answer.block is not None:
                break
            await asyncio.sleep(0.1)
    finally:
        await source.close()
        await field.stop()

    assert answer.block is not None


async def test_an_answer_of_fewer_registers_than_asked_for_is_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registers = RegisterMap(1, (Register("P0", 0, Form.U16, 0, None), Register("P1", 1, Form.U16, 0, None)))
    registry = Registry("mine", "矿", "mine", tuple(Point(f"P{at}", "methane", "a", "处", "place") for at in range(2)))
    source = make_source(settings(tmp_path, registers, 1), registry)
    monkeypatch.setattr(source, "_client", ShortOfBreath())

    answer = await source.poll(BUILD_TIME)

    assert answer.block is None
    assert [(poll.count, poll.answered) for poll in answer.polls] == [(1, 0)]
    assert answer.why == "1 registers instead of 2 to holding 0+2"


class ShortOfBreath:
    """A device that leaves registers out."""

    connected = True

    async def read_holding_registers(self, *_: object, **__: object) -> "ShortOfBreath":
        return self

    read_coils = read_discrete_inputs = read_input_registers = read_holding_registers

    def isError(self) -> bool:  # noqa: N802  # pymodbus names it
        return False

    @property
    def registers(self) -> list[int]:
        return [5]


@pytest.mark.servers
async def test_being_stopped_in_the_middle_of_a_request_means_stopped(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    registry = Registry("m", "矿", "m", (Point("T01", "methane", "a", "处", "place"),))
    port = server.sockets[0].getsockname()[1]
    source = make_source(settings(tmp_path, RegisterMap(1, (Register("T01", 0),)), port), registry)
    task = asyncio.ensure_future(source.poll(BUILD_TIME))
    await asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await source.close()
    server.close()


FOUR = RegisterMap(
    1,
    (
        Register("H", 0, Form.I16, 1),
        Register("I", 10, Form.U16, 2, table=Table.INPUT),
        Register("C", 2, table=Table.COIL),
        Register("D", 5, table=Table.DISCRETE),
    ),
)
REST = ([bits(0, False, False, True)], [bits(5, True)], [words(10, 250)])


@pytest.mark.servers
async def test_all_four_tables_are_read_and_what_goes_over_the_wire_can_only_be_function_codes_1_to_4(tmp_path: Path) -> None:
    async with tcp(unit(1, [words(0, 65531)], REST)) as port:
        tap = Tap(port)
        proxy = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
        source = make_source(settings(tmp_path, FOUR, proxy.sockets[0].getsockname()[1]), registry_of("H", "I", "C", "D"))
        answers = [await source.poll(BUILD_TIME + turn * SECOND) for turn in range(3)]
        await source.close()
        proxy.close()

    assert [answer.why for answer in answers] == ["", "", ""]
    assert answers[0].block is not None
    assert answers[0].block.value.tolist() == [-0.5, 2.5, 1.0, 1.0]
    assert function_codes(tap.sent) == [1, 2, 3, 4] * 3


def function_codes(sent: bytes) -> list[int]:
    """Of Modbus TCP frames: a header of 7 bytes whose 5th and 6th say how many follow the 6th."""
    codes, at = [], 0
    while at < len(sent):
        codes.append(sent[at + 7])
        at += 6 + int.from_bytes(sent[at + 4 : at + 6], "big")
    return codes


@pytest.mark.servers
async def test_a_write_is_refused_before_it_reaches_the_wire(tmp_path: Path) -> None:
    async with tcp(unit(1, [words(0, 7)])) as port:
        tap = Tap(port)
        proxy = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
        made = settings(tmp_path, RegisterMap(1, (Register("H", 0),)), proxy.sockets[0].getsockname()[1])
        source = make_source(made, registry_of("H"))
        assert isinstance(source, ModbusTcp)
        await source.poll(BUILD_TIME)
        before = tap.sent
        with pytest.raises(WouldWrite, match="function code 6 is no read"):
            await source._client.write_register(0, 1, device_id=1)
        await source.close()
        proxy.close()

    assert tap.sent == before


@pytest.mark.servers
async def test_an_address_the_device_lacks_costs_its_own_point_only_and_is_named(tmp_path: Path) -> None:
    registers = RegisterMap(1, tuple(Register(name, at) for at, name in enumerate("ABCDEFGH")))
    async with tcp(unit(1, [words(0, 1, 2, 3, 4, 5), words(6, 7, 8)])) as port:
        source = make_source(settings(tmp_path, registers, port), registry_of(*"ABCDEFGH"))
        answers = [await source.poll(BUILD_TIME + turn * SECOND) for turn in range(2)]
        await source.close()

    for answer in answers:
        assert answer.block is not None
        assert answer.block.value.tolist() == [1, 2, 3, 4, 5, 7, 8]
        assert answer.polls[0].answered == 1
        assert answer.why == "exception 2 (illegal data address) to holding 5+1"


@pytest.mark.servers
async def test_a_request_that_is_never_answered_does_not_keep_the_others_from_being_asked(tmp_path: Path) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(frame := await reader.read(12)) == 12:
            if frame[8:10] != b"\0\0":
                writer.write(frame[:4] + b"\0\5" + frame[6:8] + b"\2\0\7")

    server = await asyncio.start_server(half, "127.0.0.1", 0)
    registers = RegisterMap(1, (Register("A", 0), Register("B", 1000), Register("C", 2000)))
    source = make_source(settings(tmp_path, registers, server.sockets[0].getsockname()[1], timeout_s=2.0), registry_of(*"ABC"))
    first, second = [await source.poll(BUILD_TIME + turn * SECOND) for turn in range(2)]
    await source.close()
    server.close()

    assert first.block is None
    assert second.block is not None
    assert second.block.point.tolist() == [1, 2]
    assert "no answer to holding 0+1" in second.why


@pytest.mark.servers
async def test_a_device_that_hangs_never_slows_the_one_beside_it(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        asked.set()
        await reader.read()
        writer.close()

    hung = await asyncio.start_server(mute, "127.0.0.1", 0)
    registry, registers = registry_of("A", "B"), RegisterMap(1, (Register("A", 0),))
    async with tcp(unit(1, [words(0, 7)])) as port:
        good = make_source(
            ModbusTcpSettings(name="good", port=port, registers=written(tmp_path, registers), period_s=0.1, timeout_s=PATIENT_S), registry
        )
        bad = make_source(settings(tmp_path, registers, hung.sockets[0].getsockname()[1]), registry)
        silent = asyncio.ensure_future(bad.poll(BUILD_TIME))
        await asked.wait()
        answers = [await good.poll(BUILD_TIME + turn * SECOND // 10) for turn in range(12)]
        still_asked = not silent.done()
        await good.close()
        silent.cancel()
        await bad.close()
        hung.close()

    assert still_asked
    assert all(answer.block is not None for answer in answers)


@pytest.mark.servers
async def test_a_device_that_was_started_again_is_read_again(tmp_path: Path) -> None:
    registers, port = RegisterMap(1, (Register("A", 0),)), free_port()
    async with tcp(unit(1, [words(0, 7)]), port=port):
        source = make_source(settings(tmp_path, registers, port, timeout_s=3.0), registry_of("A"))
        assert (await source.poll(BUILD_TIME)).block is not None
    gone = [await source.poll(BUILD_TIME + turn * SECOND) for turn in range(1, 4)]
    async with tcp(unit(1, [words(0, 8)]), port=port):
        back = [await source.poll(BUILD_TIME + turn * SECOND) for turn in range(20, 22)]
    await source.close()

    assert [answer.block for answer in gone] == [None] * 3
    assert gone[-1].why
    assert back[-1].block is not None
    assert back[-1].block.value.tolist() == [8]
