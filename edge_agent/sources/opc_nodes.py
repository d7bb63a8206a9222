"""Which OPC UA node is which point, and what a status code means in quality bits. Pure; loads no OPC UA library."""

import math
from pathlib import Path

import msgspec

from contracts.errors import BadConfig
from contracts.points import Registry
from contracts.quality import DOUBTFUL, FROZEN, NOT_A_NUMBER, NOT_POLLED, OVER_RANGE, PAUSED, SENSOR_FAULT


class OpcNode(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """value = number of the node * scale + offset. `node`: `ns=2;s=Fan1.Speed`, or `nsu=<namespace URI>;s=...`, which outlives a
    server that numbers its namespaces anew."""

    point: str
    node: str
    scale: float = 1.0
    offset: float = 0.0


class OpcNodes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The node file."""

    nodes: tuple[OpcNode, ...]


def read_nodes(path: str, registry: Registry) -> list[OpcNode]:
    """The nodes of a node file, or BadConfig by place."""
    try:
        nodes = msgspec.json.decode(Path(path).read_bytes(), type=OpcNodes).nodes
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadConfig("nodes", path, f"a JSON file with nodes ({error})") from error
    if not nodes:
        raise BadConfig("nodes", "[]", "at least one node")
    for key in ("point", "node"):
        names = [getattr(node, key) for node in nodes]
        for at, name in enumerate(names):
            if names.count(name) > 1:
                raise BadConfig(f"nodes[{at}].{key}", name, f"a {key} that stands there once")
    for at, node in enumerate(nodes):
        if node.point not in registry.number:
            raise BadConfig(f"nodes[{at}].point", node.point, "a point id of the registry")
        if not (math.isfinite(node.scale) and node.scale and math.isfinite(node.offset)):
            raise BadConfig(f"nodes[{at}].scale", node.scale, "a number that is not 0, and a finite offset")
    return list(nodes)


SPECIAL = {
    0x0030: OVER_RANGE,  # GoodClamped
    0x0096: DOUBTFUL,  # GoodLocalOverride: set by hand
    0x408F: NOT_POLLED,  # UncertainNoCommunicationLastUsableValue
    0x4090: NOT_POLLED,  # UncertainLastUsableValue
    0x4092: NOT_POLLED,  # UncertainInitialValue
    0x4094: OVER_RANGE | DOUBTFUL,  # UncertainEngineeringUnitsExceeded
    0x808B: SENSOR_FAULT,  # BadDeviceFailure
    0x808C: SENSOR_FAULT,  # BadSensorFailure
    0x808D: PAUSED,  # BadOutOfService
}
NO_NODE = {0x801F, 0x8033, 0x8034, 0x8035, 0x803A}
"""User access denied, node id invalid, node id unknown, attribute id invalid, not readable: that is no reading of a sensor."""


def quality_of(status: int) -> int:
    """Quality bits of a 32-bit status code: nothing uncertain is ever 0, nothing bad ever usable."""
    code, severity = status >> 16, status >> 30
    quality = SPECIAL.get(code, (0, DOUBTFUL, NOT_POLLED, NOT_POLLED)[severity])
    if status & 0x0C00 == 0x0400:  # the info bits speak of a data value
        quality |= {0x0100: OVER_RANGE, 0x0200: OVER_RANGE, 0x0300: FROZEN}.get(status & 0x0300, 0)
    return quality


def overflowed(status: int) -> bool:
    """The server's queue for this node was full: it dropped values before this one (Part 4, 7.39, info bits)."""
    return status & 0x0C80 == 0x0480


def number_of(found: object, node: OpcNode) -> tuple[float, int]:
    """The scaled value, and NOT_A_NUMBER where the node holds something else."""
    try:
        number = float(found) if isinstance(found, int | float) else math.nan
    except OverflowError:
        number = math.nan
    if (node.scale, node.offset) != (1.0, 0.0):
        number = number * node.scale + node.offset
    return number, 0 if math.isfinite(number) else NOT_A_NUMBER
