"""The codec's peer carries the same readings: a comparison with less in it would be none."""

import numpy as np
import pytest

from bench.rows import from_json_rows, from_msgpack_rows, json_rows, msgpack_rows
from bench.supply import READINGS, Supply
from contracts.clock import BUILD_TIME


@pytest.mark.parametrize(("to_bytes", "to_block"), [(msgpack_rows, from_msgpack_rows), (json_rows, from_json_rows)])
@pytest.mark.parametrize("flagged", [0.0, 0.02])
def test_rows_come_back_as_the_columns_they_were(to_bytes, to_block, flagged):
    block = Supply("m1", flagged=flagged).batch(7, BUILD_TIME)

    assert to_block(to_bytes(block)).same(block)


def test_a_supply_cuts_each_instant_into_runs_of_200_points():
    supply = Supply("m1", points=600)

    blocks = [supply.batch(n, BUILD_TIME) for n in range(4)]

    assert [(int(block.point[0]), len(block)) for block in blocks] == [(0, 200), (200, 200), (400, 200), (0, 200)]
    assert not blocks[0].same(blocks[3])


def test_a_supply_flags_about_the_share_it_was_asked_for():
    supply = Supply("m1", flagged=0.02)

    flagged = np.concatenate([supply.batch(n, BUILD_TIME).quality for n in range(50)]) != 0

    assert 0.01 < flagged.mean() < 0.03
    assert len(flagged) == 50 * READINGS
