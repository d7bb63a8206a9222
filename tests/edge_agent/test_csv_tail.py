"""A CSV file that grows, is torn, replaced and cut: every whole row comes out once."""

from pathlib import Path

import numpy as np
import pytest

from contracts.clock import SECOND, from_iso
from contracts.errors import BadConfig
from contracts.quality import NOT_A_NUMBER
from edge_agent.sources import make_source
from edge_agent.sources.csv_tail import MOST_BYTES, CsvTail
from edge_agent.sources.settings import CsvTailSettings
from tests.edge_agent.modbus_peer import registry_of

HEAD = "time,A,other,B\n"
AT = "2026-11-24T08:00:00Z"


def tail(folder: Path, zone: str = "+00:00", cursor: int = 0) -> CsvTail:
    made = make_source(CsvTailSettings(name="logger", file=str(folder / "gas.csv"), zone=zone), registry_of("A", "B"))
    assert isinstance(made, CsvTail)
    made.resume(cursor)
    return made


def row(second: int, a: object, b: object = "") -> str:
    return f"2026-11-24 08:00:{second:02},{a},9,{b}\n"


def append(folder: Path, text: str) -> None:
    with (folder / "gas.csv").open("a", encoding="utf-8") as file:
        file.write(text)


async def values(one: CsvTail, due: int = 0) -> list[float]:
    block = (await one.poll(from_iso(AT) + due)).block
    return [] if block is None else block.value.tolist()


async def test_rows_come_as_they_are_appended_and_a_torn_line_is_waited_for(tmp_path: Path) -> None:
    append(tmp_path, HEAD + row(0, 0.5, 1.5) + "2026-11-24 08:00:01,0.")
    one = tail(tmp_path)
    answer = await one.poll(from_iso(AT))
    append(tmp_path, "6,9,\n")

    assert answer.block is not None
    assert answer.block.point.tolist() == [0, 1]
    assert np.unique(answer.block.time).tolist() == [from_iso(AT)]
    assert await values(one) == [0.6]
    assert await values(one) == []


async def test_it_goes_on_after_its_cursor(tmp_path: Path) -> None:
    append(tmp_path, HEAD + row(0, 0.5))
    one = tail(tmp_path)
    cursor = (await one.poll(from_iso(AT))).polls[0].cursor
    await one.close()
    append(tmp_path, row(1, 0.6))

    assert await values(tail(tmp_path, cursor=cursor)) == [0.6]
    assert 0 < cursor < 1 << 63


async def test_of_a_file_that_is_replaced_the_rest_comes_first_then_the_new_one_from_its_beginning(tmp_path: Path) -> None:
    append(tmp_path, HEAD + row(0, 0.5))
    one = tail(tmp_path)
    assert await values(one) == [0.5]
    append(tmp_path, row(1, 0.6) + "2026-11-24 08")
    (tmp_path / "gas.csv").rename(tmp_path / "gas.1.csv")
    append(tmp_path, HEAD + row(2, 0.7))

    assert await values(one) == [0.6]
    assert (await one.poll(from_iso(AT))).why == "the old file ended within a line: b'2026-11-24 08'"
    assert await values(one) == [0.7]


async def test_a_file_replaced_while_we_were_off_is_known_by_its_first_lines(tmp_path: Path) -> None:
    append(tmp_path, HEAD + row(0, 0.5))
    one = tail(tmp_path)
    cursor = (await one.poll(from_iso(AT))).polls[0].cursor
    (tmp_path / "gas.csv").unlink()
    append(tmp_path, HEAD + row(5, 0.1) + row(6, 0.2))
    other = tail(tmp_path, cursor=cursor)
    answer = await other.poll(from_iso(AT))

    assert answer.block is not None
    assert answer.block.value.tolist() == [0.1, 0.2]
    assert answer.why == "another file: read from its beginning"


async def test_a_file_that_is_cut_is_read_from_its_beginning(tmp_path: Path) -> None:
    append(tmp_path, HEAD + row(0, 0.5) + row(1, 0.6))
    one = tail(tmp_path)
    await values(one)
    (tmp_path / "gas.csv").write_text(HEAD + row(2, 0.7), encoding="utf-8")

    assert [await values(one) for _ in range(2)] == [[], [0.7]]


async def test_damage_is_named_and_costs_its_own_cell_or_row_only(tmp_path: Path) -> None:
    append(tmp_path, HEAD + row(0, "much", 1.5) + "noon,1,9,2\n" + row(2, 0.7))
    one = tail(tmp_path)
    answer = await one.poll(from_iso(AT))

    assert answer.block is not None
    assert (answer.block.point.tolist(), answer.block.quality.tolist()) == ([0, 1, 0], [NOT_A_NUMBER, 0, 0])
    assert answer.why == "no number: 'much'; no time: 'noon,1,9,2'"
    assert one.damaged == 1


async def test_times_without_a_zone_are_those_of_the_zone(tmp_path: Path) -> None:
    append(tmp_path, HEAD + row(0, 0.5))
    answer = await tail(tmp_path, zone="+08:00").poll(from_iso(AT))

    assert answer.block is not None
    assert answer.block.time.tolist() == [from_iso("2026-11-24T00:00:00Z")]
    with pytest.raises(BadConfig, match="zone"):
        tail(tmp_path, zone="Mars")


async def test_without_new_rows_for_some_periods_it_is_not_answered_nor_while_there_is_no_file(tmp_path: Path) -> None:
    one = tail(tmp_path)
    gone = await one.poll(from_iso(AT))
    append(tmp_path, HEAD + row(0, 0.5))
    answers = [await one.poll(from_iso(AT) + turn * SECOND) for turn in range(4)]

    assert gone.polls[0].answered == 0
    assert "cannot be read" in gone.why
    assert [answer.polls[0].answered for answer in answers] == [1, 1, 1, 0]
    assert answers[3].why == "no new row for 3 polls"


async def test_a_long_file_is_caught_up_in_steps_without_losing_a_row(tmp_path: Path) -> None:
    lines = [f"2026-11-24 08:00:00.{at:06},{at},9,\n" for at in range(20_000)]
    append(tmp_path, HEAD + "".join(lines))
    one = tail(tmp_path)
    found: list[float] = []
    steps = 0
    while more := await values(one):
        found += more
        steps += 1

    assert found == list(range(20_000))
    assert steps == -(-sum(map(len, lines)) // MOST_BYTES)
