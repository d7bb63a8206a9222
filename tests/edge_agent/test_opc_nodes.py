"""Which node is which point, and what its status code means."""

from pathlib import Path

import msgspec
import pytest
from asyncua import ua

from contracts.errors import BadConfig
from contracts.quality import DOUBTFUL, FROZEN, NOT_A_NUMBER, NOT_POLLED, OVER_RANGE, PAUSED, SENSOR_FAULT, UNUSABLE
from edge_agent.sources.opc_nodes import OpcNode, number_of, overflowed, quality_of, read_nodes
from tests.edge_agent.modbus_peer import registry_of


def test_no_uncertain_status_is_good_and_no_bad_one_usable() -> None:
    codes = {name: code for name, code in vars(ua.StatusCodes).items() if isinstance(code, int)}

    assert len(codes) > 200
    assert [name for name, code in codes.items() if name.startswith("Uncertain") and quality_of(code) == 0] == []
    assert [name for name, code in codes.items() if name.startswith("Bad") and not quality_of(code) & UNUSABLE] == []
    assert quality_of(0xFFFFFFFF) & UNUSABLE


@pytest.mark.parametrize(
    ("status", "bits"),
    [
        (ua.StatusCodes.Good, 0),
        (ua.StatusCodes.GoodLocalOverride, DOUBTFUL),
        (ua.StatusCodes.GoodClamped, OVER_RANGE),
        (0x0500, OVER_RANGE),
        (0x0700, FROZEN),
        (ua.StatusCodes.UncertainSensorNotAccurate, DOUBTFUL),
        (ua.StatusCodes.UncertainLastUsableValue, NOT_POLLED),
        (ua.StatusCodes.UncertainNoCommunicationLastUsableValue, NOT_POLLED),
        (ua.StatusCodes.UncertainInitialValue, NOT_POLLED),
        (ua.StatusCodes.UncertainEngineeringUnitsExceeded, OVER_RANGE | DOUBTFUL),
        (ua.StatusCodes.BadSensorFailure, SENSOR_FAULT),
        (ua.StatusCodes.BadDeviceFailure, SENSOR_FAULT),
        (ua.StatusCodes.BadOutOfService, PAUSED),
        (ua.StatusCodes.BadNoCommunication, NOT_POLLED),
    ],
)
def test_status_codes_become_quality_bits(status: int, bits: int) -> None:
    assert quality_of(status) == bits
    assert not overflowed(status)
    assert overflowed(status | 0x0480)


def test_what_is_no_number_is_none() -> None:
    node = OpcNode("A", "i=1", 2.0, 1.0)

    assert number_of(True, node) == (3.0, 0)
    assert [number_of(found, node)[1] for found in ("7", None, [1.0], float("inf"), 10**400)] == [NOT_A_NUMBER] * 5


@pytest.mark.parametrize(
    ("nodes", "key"),
    [
        ([{"point": "X", "node": "i=1"}], r"nodes\[0\].point"),
        ([{"point": "A", "node": "i=1"}, {"point": "A", "node": "i=2"}], r"nodes\[0\].point"),
        ([{"point": "A", "node": "i=1"}, {"point": "B", "node": "i=1"}], r"nodes\[0\].node"),
        ([{"point": "A", "node": "i=1", "scale": 0}], r"nodes\[0\].scale"),
        ([], "nodes"),
    ],
)
def test_a_node_file_that_cannot_be_meant_is_refused_by_place(tmp_path: Path, nodes: list[dict[str, object]], key: str) -> None:
    (tmp_path / "n.json").write_bytes(msgspec.json.encode({"nodes": nodes}))

    with pytest.raises(BadConfig, match=key):
        read_nodes(str(tmp_path / "n.json"), registry_of("A", "B"))
