"""One message of every kind and body kind, protocol v1. `python -m tests.contracts.samples` writes the golden bytes that are not there yet.

Golden files are never written again: what they hold is on disks and in brokers of released versions.
"""

import struct
from pathlib import Path
from typing import Any

from contracts.care import Answer, Command, Desired, Reported, Sealed
from contracts.payload import Batch, Birth, Event, Extent, Finding, Item, Lost, Poll, Receipt, RegistryPart, Returns, State, Told, encode

GOLDEN = Path(__file__).parent / "golden" / "v1"
EPOCH, OLDER, EVENTS = "9f1c04d2a7be6358", "03d5e1aa90c47b12", "5be0917c3aa2f846"
REGISTRY = "d3b07384d113edec"
AT = 1_795_000_000_000_000
VALUES = (0.85, 0.86, 24.0, float("inf"), -0.0, 5e-324)

BODIES: dict[str, Batch | RegistryPart | Event | Returns | Lost] = {
    "batch": Batch(
        REGISTRY,
        AT,
        [0, 3, 7, 2, 0, 1],
        [0, 3, 1_000_000, 3],
        struct.pack("<6d", *VALUES),
        [2, 1, 4, 4, 1, 1536],
        [Poll("modbus-face", 1_000_000, AT, 3, 2), Poll("replay", 1_000_000, AT, 1, 1, 4711)],
        2,
    ),
    "registry": RegistryPart(REGISTRY, 0, 2, b'{"mine":"qinshui-3"'),
    "event": Event(
        "T01",
        "limit.alarm",
        "raise",
        AT,
        1.02,
        1.0,
        5,
        "CMSR2025 Art.536, Table 19",
        "alarm_under_calibration",
        AT + 40_000,
        "cmsr-2025@a1b2c3d4e5f60718",
        True,
        {"peak": 1.02, "count": 3.0},
    ),
    "returns": Returns(
        "limit.cut.0",
        "restore",
        AT,
        "first_reading",
        AT + 40_000,
        ["T01", "T02"],
        [0.85, None],
        16,
        1.0,
        "CMSR2025 Art.536, Table 19",
        "cmsr-2025@a1b2c3d4e5f60718",
    ),
    "finding": Finding(
        "gas_accumulation",
        "heading-1103",
        ["T01", "T02"],
        AT,
        AT + 60_000_000,
        AT + 90_000_000,
        0.8,
        AT + 90_040_000,
        "3@35c1dc4ef5ea781a",
        {"T01": 1.4},
    ),
    "lost": Lost("data", OLDER, 118, 131, "torn tail"),
}

SAMPLES: dict[str, Any] = {
    "batch": Item(1, EPOCH, 42, AT + 50_000, BODIES["batch"]),
    "registry": Item(1, EPOCH, 0, AT + 50_000, BODIES["registry"]),
    "event": Item(1, EVENTS, 42, AT + 50_000, BODIES["event"]),
    "returns": Item(1, EVENTS, 43, AT + 50_000, BODIES["returns"]),
    "finding": Item(1, EVENTS, 44, AT + 90_050_000, BODIES["finding"]),
    "lost": Item(1, EVENTS, 41, AT + 50_000, BODIES["lost"]),
    "birth": Birth(
        1,
        "davylamp 0.1.0",
        7_340_032,
        AT,
        "trusted",
        REGISTRY,
        "cmsr-2025@a1b2c3d4e5f60718",
        1_000_000,
        "c0ffee0012345678",
        [
            Extent(OLDER, "data", 132, 90, True, "", 117, AT - 60_000_000),
            Extent(EPOCH, "data", 43, 0, False, OLDER, 40, AT),
            Extent(EVENTS, "event", 43, 43, False),
        ],
        True,
    ),
    "state": State(1, False, AT),
    "receipt": Receipt(
        1,
        "c0ffee0012345678",
        7_340_032,
        12,
        1_048_576,
        [
            Told(OLDER, "data", 131, [(0, 117, 0xFEDCBA9876543210)], [(17, 17)], [(118, 131)]),
            Told(EPOCH, "data", 40, [(0, 40, 0x0123456789ABCDEF), (42, 42, 1)]),
        ],
    ),
    "sealed": Sealed(1, "0a1b2c3d4e5f", bytes(range(64)), b"\x97\x01"),
    "desired": Desired(1, "qinshui-3/gate-1", 7, AT, "王工", {"edge.toml": 'mine = "qinshui-3"', "points.json": "{}"}, 90),
    "reported": Reported(1, AT, "davylamp 0.1.0", 6, "reverted", 7, "no receipt in 90 s", [(5, "edge.toml: sources[0].port")]),
    "command": Command(1, "qinshui-3/gate-1", "c-19", AT, AT + 60_000_000, "王工", "resend", {"from": "2026-11-24T08:00:00Z"}),
    "answer": Answer(1, "c-19", AT, "refused", "expired", "0 items"),
}


def write_missing() -> None:
    """Write the golden file of every sample that has none."""
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, message in SAMPLES.items():
        path = GOLDEN / f"{name}.bin"
        if not path.exists():
            path.write_bytes(encode(message))


if __name__ == "__main__":
    write_missing()
