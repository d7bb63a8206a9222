"""Modbus RTU against a real server on a serial line (a pair of pseudo terminals): dead units, late answers, a line that goes."""

import asyncio
import itertools
from pathlib import Path

import pytest

from contracts.clock import BUILD_TIME, SECOND
from contracts.columns import join
from contracts.errors import BadConfig
from contracts.registers import Form, Register, RegisterMap
from edge_agent.sources import make_source
from edge_agent.sources.modbus_rtu import ModbusRtu, rest_s
from edge_agent.sources.settings import ModbusRtuSettings
from edge_agent.sources.source import Answer
from tests.edge_agent.modbus_peer import registry_of, serial, unit, words, written
from tests.waiting import LIMIT_S

PATIENT_S = 60.0
"""Where a unit answers, however busy the machine is."""
TIMEOUT_S = 0.5
"""Where answers are late. From one to the next question three of it pass at least, and 2.2 until the late answer."""


def source(folder: Path, device: str, *maps: RegisterMap, period_s: float = 1.0, timeout_s: float = PATIENT_S) -> ModbusRtu:
    paths = tuple(written(folder, registers, f"unit-{registers.unit}.json") for registers in maps)
    settings = ModbusRtuSettings(name="line", device=device, registers=paths, baudrate=115200, timeout_s=timeout_s, period_s=period_s)
    made = make_source(settings, registry_of("A", "B", "C", "D"))
    assert isinstance(made, ModbusRtu)
    return made


async def ask(rtu: ModbusRtu, due: int) -> Answer:
    """The units' answers as one."""
    parts = (await rtu.poll(due)).parts
    blocks = [part.block for part in parts if part.block is not None]
    polls = tuple(poll for part in parts for poll in part.polls)
    return Answer(join(blocks) if blocks else None, polls, "; ".join(part.why for part in parts if part.why))


def one(number: int, point: str) -> RegisterMap:
    return RegisterMap(number, (Register(point, 0, Form.I16, 1),))


@pytest.mark.servers
async def test_the_units_of_a_line_are_polled_one_after_another_by_reads_only(tmp_path: Path) -> None:
    async with serial(unit(1, [words(0, 15)]), unit(2, [words(0, 25)]), unit(7, [words(0, 75)])) as line:
        rtu = source(tmp_path, line.client_end, one(1, "A"), one(2, "B"), one(7, "C"))
        answer = await ask(rtu, BUILD_TIME)
        await rtu.close()

    assert answer.why == ""
    assert answer.block is not None
    assert answer.block.value.tolist() == [1.5, 2.5, 7.5]
    assert [(poll.source, poll.answered) for poll in answer.polls] == [("line/1", 1), ("line/2", 1), ("line/7", 1)]
    assert [(frame[0], frame[1]) for frame in line.heard] == [(1, 3), (2, 3), (7, 3)]
    assert rtu.raw() == {0: "000f", 1: "0019", 2: "004b"}


@pytest.mark.servers
async def test_a_dead_unit_costs_its_timeout_once_then_rests_and_the_others_are_read_all_the_time(tmp_path: Path) -> None:
    async with serial(unit(1, [words(0, 15)]), unit(2, [words(0, 25)])) as line:
        line.dead = {2}
        rtu = source(tmp_path, line.client_end, one(2, "B"), one(1, "A"), timeout_s=3.0)
        answers = [await ask(rtu, BUILD_TIME + turn * SECOND) for turn in range(4)]
        await rtu.close()

    assert [frame[0] for frame in line.heard] == [2, 1, 1, 1, 1], "it rests"
    assert [[poll.answered for poll in answer.polls] for answer in answers] == [[0, 1]] * 4
    assert all(answer.block is not None and answer.block.value.tolist() == [1.5] for answer in answers)
    assert answers[1].why.startswith("unit 2: silent 1 times in a row, asked again in ")


@pytest.mark.servers
async def test_a_unit_that_comes_back_is_read_after_its_rest(tmp_path: Path) -> None:
    async with serial(unit(1, [words(0, 15)])) as line:
        line.dead = {1}
        rtu = source(tmp_path, line.client_end, one(1, "A"), timeout_s=0.5)
        await ask(rtu, BUILD_TIME)
        line.dead = set()
        for turn in range(round(LIMIT_S / 0.1)):
            answer = await ask(rtu, BUILD_TIME + turn * SECOND)
            if answer.block is not None:
                break
            await asyncio.sleep(0.1)  # its rest goes by
        await rtu.close()

    assert answer.block is not None
    assert answer.why == ""


def test_a_silent_unit_is_asked_more_and_more_rarely_up_to_a_minute_and_never_before_a_late_answer_has_passed() -> None:
    assert [rest_s(failures, 1.0, 0.3) for failures in range(1, 9)] == [0.6, 2, 4, 8, 16, 32, 60, 60]
    assert rest_s(10_000, 0.1, 0.5) == 60
    assert rest_s(2, 0.1, 0.5) == 1.0


@pytest.mark.servers
async def test_an_answer_that_comes_late_is_never_taken_for_that_to_another_question(tmp_path: Path) -> None:
    """Both requests are of one length: nothing in an RTU frame tells their answers apart."""
    registers = RegisterMap(1, (Register("A", 0), Register("B", 1000)))
    async with serial(unit(1, [words(0, 111), words(1000, 222)])) as line:
        rtu = source(tmp_path, line.client_end, registers, period_s=0.1, timeout_s=TIMEOUT_S)
        line.late_s = {1: 2.2 * TIMEOUT_S}
        seen: dict[int, set[float]] = {0: set(), 1: set()}
        turns = itertools.count()
        while (turn := next(turns)) < 14 or not all(seen.values()):
            if turn == 7:
                line.late_s = {}
            answer = await ask(rtu, BUILD_TIME + turn * SECOND // 10)
            if answer.block is not None:
                for point, value in zip(answer.block.point.tolist(), answer.block.value.tolist(), strict=True):
                    seen[point].add(value)
            await asyncio.sleep(0.35)
        await rtu.close()

    assert seen == {0: {111}, 1: {222}}


@pytest.mark.servers
async def test_a_line_that_is_not_there_is_unanswered_and_opened_once_it_comes(tmp_path: Path) -> None:
    link = tmp_path / "tty"
    rtu = source(tmp_path, str(link), one(1, "A"))
    gone = await ask(rtu, BUILD_TIME)
    soon = await ask(rtu, BUILD_TIME + SECOND // 10)
    async with serial(unit(1, [words(0, 15)])) as line:
        link.symlink_to(line.client_end)
        back = await ask(rtu, BUILD_TIME + 60 * SECOND)
        await rtu.close()

    assert gone.block is None
    assert gone.polls[0].answered == 0
    assert gone.why == "unit 1: serial line cannot be opened"
    assert "next try" in soon.why
    assert back.block is not None


def test_two_maps_of_one_unit_are_refused(tmp_path: Path) -> None:
    first, second = written(tmp_path, one(1, "A"), "a.json"), written(tmp_path, one(1, "B"), "b.json")
    settings = ModbusRtuSettings(name="line", device="tty", registers=(first, second))

    with pytest.raises(BadConfig, match="used once"):
        make_source(settings, registry_of("A", "B"))
