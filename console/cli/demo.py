"""The files of the demo: three mines' points, registers and agent configurations in one folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from console.cli.care import read_key
from contracts.keys import new_key, public_of
from sim_sensors.config import Settings
from sim_sensors.demo import DEMO, write_files

GATEWAY = "gate-1"
KEY = "demo.key"
"""Signs the demo's models; its own gateways trust it, and nobody else does."""


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Agent configuration file by mine id."""

    agents: dict[str, Path]


def write_demo(folder: Path, broker_port: int, lines: Mapping[str, int] | None = None, demo: Settings = DEMO) -> DemoFiles:
    """Write (again) what the demo's agents are configured with; their outboxes are left as they are. `lines`: ports of those mines whose
    way to the broker is another one."""
    places = write_files(folder / "mines")
    public = public_of(demo_key(folder / "mines" / KEY)).hex()
    agents: dict[str, Path] = {}
    for device in demo.devices:
        place = places[device.name]
        agents[device.name] = place / "edge.toml"
        agents[device.name].write_text(
            f"""mine = "{device.name}"
gateway = "{GATEWAY}"
folder = "{place / "outbox"}"
points = "{place / "points.json"}"
trust = ["{public}"]

[broker]
port = {(lines or {}).get(device.name, broker_port)}

[outbox]
max_mb = 512

[[sources]]
name = "field"
kind = "modbus_tcp"
period_s = 1.0
port = {device.port}
registers = "{place / "registers.json"}"
""",
            encoding="utf-8",
        )
    return DemoFiles(agents)


def demo_key(path: Path) -> bytes:
    """The secret key in a file, made where there is none."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(new_key().hex() + "\n", encoding="ascii")
    return read_key(path)
