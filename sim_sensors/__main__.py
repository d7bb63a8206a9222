"""`python -m sim_sensors [settings.toml]`: serve the demo's mines, or those of a settings file, over Modbus TCP until stopped."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import structlog

from contracts.clock import Clock, SystemClock
from contracts.config import load
from contracts.errors import DavyError
from sim_sensors.config import Settings, build, check
from sim_sensors.demo import DEMO
from sim_sensors.field.modbus import ModbusField
from sim_sensors.orders import Orders
from sim_sensors.source import SimulatedSource

_log = structlog.get_logger("sim_sensors")


async def run(
    settings: Settings,
    clock: Clock | None = None,
    ready: Callable[[dict[str, int]], None] | None = None,
    orders: Path | None = None,
) -> None:
    """Serve every device until cancelled. `ready` is told the ports by device name once all listen; Retry where a port is taken.

    `orders`: a file of what the simulated mines are to do beside their scripts (`sim_sensors.orders`)."""
    time = clock or SystemClock()
    start = time.now()
    check(settings)
    built = {one.name: (build(one, start), one) for one in settings.devices}
    fields = {name: (ModbusField(device, time), one.port) for name, (device, one) in built.items()}
    obey = {name: (device, one.script) for name, (device, one) in built.items() if isinstance(device, SimulatedSource)}
    ports: dict[str, int] = {}
    try:
        for name, (field, port) in fields.items():
            ports[name] = await field.start(settings.host, port)
            _log.info("device listens", device=name, host=settings.host, port=ports[name], points=len(field.device.registry.points))
        if ready is not None:
            ready(ports)
        await (asyncio.Event().wait() if orders is None else Orders(orders, obey, time).run())
    finally:
        for field, _ in fields.values():
            await field.stop()


def main() -> int:
    """The process: 0 at the end, 2 where the settings are refused or a port is taken."""
    try:
        settings = load(Settings, Path(sys.argv[1]).read_text("utf-8"), os.environ) if len(sys.argv) > 1 else DEMO
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(run(settings))
    except (DavyError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
