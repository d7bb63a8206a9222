"""What `--demo` adds to `davy up`: the simulated mines, their agents, a line that can be cut, and the story that is directed on them."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI

from console.cli.children import Child
from console.cli.demo import write_demo
from console.cli.demo_models import install_models
from console.story.director import Director
from console.story.plot import OTHER
from sim_sensors.demo import DEMO, FIRST_PORT, from_port
from sim_sensors.field.line import Line

ORDERS = "orders.json"
QUIET_S = 900
"""The mines' own scripts begin so late: the story has them for itself first."""


@dataclass(frozen=True, slots=True)
class Demo:
    """`work` runs beside the centre, the children beside both."""

    children: list[Child]
    work: list[Coroutine[None, None, None]]


@dataclass(frozen=True, slots=True)
class Sim:
    """Of the simulated devices: their first port, and how many simulated seconds pass in one."""

    port: int = FIRST_PORT
    speed: float = 1.0


@asynccontextmanager
async def demo_of(folder: Path, broker_port: int, sim: Sim, now: int, app: FastAPI) -> AsyncIterator[Demo]:
    """The demo of a folder; `app` gets the page of its story. At the end the line is taken away."""
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    line = Line(broker_port)
    await line.mend()
    try:
        files = write_demo(folder, broker_port, {OTHER: line.port}, from_port(DEMO, sim.port))
        install_models(folder, now)
        orders = folder / "mines" / ORDERS
        director = app.state.story = Director(app.state.watch, orders, line, sim.speed)
        agents = [Child(f"edge {mine}", ["edge", "--config", str(path)], logs / f"edge-{mine}.log") for mine, path in files.agents.items()]
        settings = ["--orders", str(orders), "--quiet", str(QUIET_S), "--port", str(sim.port), "--speed", str(sim.speed)]
        yield Demo([Child("sim", ["sim", *settings], logs / "sim.log"), *agents], [director.run()])
    finally:
        await line.cut()
