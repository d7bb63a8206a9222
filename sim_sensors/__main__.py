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

_log = structlog.get_logger("sim_sensors")


async def run(settings: Settings, clock: Clock | None = None, ready: Callable[[dict[str, int]], None] | None = None) -> None:
    """Serve every device until cancelled. `ready` is told the ports by device name once all listen; Retry where a port is taken."""
    time = clock or SystemClock()
    start = time.now()
    check(settings)
    fields = {one.name: (ModbusField(build(one, start), time), one.port) for one in settings.devices}
    ports: dict[str, int] = {}
    try:
        for name, (field, port) in fields.items():
            ports[name] = await field.start(settings.host, port)
            _log.info("device listens", device=name, host=settings.host, port=ports[name], points=len(field.device.registry.points))
        if ready is not None:
            ready(ports)
        await asyncio.Event().wait()
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
