"""The newest of everything: never back in time, whatever the order, and the same as taking readings one by one."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from contracts.clock import SECOND
from contracts.columns import Block
from contracts.topics import Gateway
from ingest.live import GatewayLive, Live
from store.interface import Last
from tests.ingest.desk import GATEWAY, NOW, REGISTRY

RUNS = st.lists(st.tuples(st.integers(0, 1), st.lists(st.tuples(st.integers(0, 5), st.floats(0, 9)), min_size=1, max_size=2)), max_size=8)
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.floats(0, 9), st.integers(0, 3)), max_size=12)


@given(st.lists(ROWS, max_size=6))
def test_blocks_leave_the_same_newest_readings_as_their_rows_one_by_one(blocks: list[list[tuple[int, int, float, int]]]) -> None:
    live, expected = Live(), dict[str, Last]()
    for rows in blocks:
        if rows:
            live.see(GATEWAY, REGISTRY, Block.of(*[list(column) for column in zip(*rows, strict=True)]))  # type: ignore[arg-type]
        for number, time, value, quality in sorted(rows, key=lambda row: row[1]):
            point = REGISTRY.points[number].id
            if point not in expected or time >= expected[point].time:
                expected[point] = Last(time, value, quality)

    assert live.values("mine") == expected


@given(RUNS)
def test_a_block_whose_points_are_one_run_leaves_the_same_as_any_other(blocks: list[tuple[int, list[tuple[int, float]]]]) -> None:
    one_run, any_block = Live(), Live()
    for wanted, rows in blocks:
        first = min(wanted, len(REGISTRY.points) - len(rows))
        times, values = zip(*rows, strict=True)
        block = Block.of(list(range(first, first + len(rows))), list(times), list(values), 3)
        any_block.see(GATEWAY, REGISTRY, block)
        one_run.see(GATEWAY, REGISTRY, msgspec.structs.replace(block, run=slice(first, first + len(rows))))

    assert one_run.values("mine") == any_block.values("mine")


@given(st.lists(st.tuples(st.booleans(), ROWS), max_size=6))
def test_a_group_at_once_is_the_same_as_its_blocks_one_by_one(blocks: list[tuple[bool, list[tuple[int, int, float, int]]]]) -> None:
    one_by_one, at_once, other = Live(), Live(), Gateway("mine", "gate-2")
    group = [
        (other if of_other else GATEWAY, REGISTRY, Block.of(*[list(column) for column in zip(*rows, strict=True)]), False)  # type: ignore[arg-type]
        for of_other, rows in blocks
        if rows
    ]
    for gateway, registry, block, _ in group:
        one_by_one.see(gateway, registry, block)
    at_once.see_all(group)

    assert (at_once.values("mine"), at_once.owners("mine")) == (one_by_one.values("mine"), one_by_one.owners("mine"))
    assert at_once.registries == ({REGISTRY.name: REGISTRY} if group else {})


def test_what_the_store_knew_gives_way_to_newer_readings_only() -> None:
    live = Live(recalled={"mine": {"T01": Last(NOW, 0.5, 0), "W01": Last(NOW, 1.0, 0)}})
    live.see(GATEWAY, REGISTRY, Block.of([0, 1], [NOW - 1, NOW + 1], [0.9, 2.0]))

    assert live.values("mine") == {"T01": Last(NOW, 0.5, 0), "W01": Last(NOW + 1, 2.0, 0)}
    assert live.owners("mine") == {"W01": str(GATEWAY)}


def test_a_point_belongs_to_the_gateway_that_reported_it_last() -> None:
    live, other = Live(), Gateway("mine", "gate-2")
    live.see(GATEWAY, REGISTRY, Block.of([0], NOW, [0.1]))
    live.see(other, REGISTRY, Block.of([0], NOW + SECOND, [0.2]))

    assert live.owners("mine") == {"T01": str(other)}


def test_three_periods_without_a_word_are_silence() -> None:
    gateway = GatewayLive(GATEWAY, period=SECOND, heard=NOW)

    assert not gateway.silent(NOW + 3 * SECOND)
    assert gateway.silent(NOW + 3 * SECOND + 1)
    assert GatewayLive(GATEWAY).silent(NOW)
