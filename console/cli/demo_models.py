"""Models for the demo's mines, learned when the demo runs: `python -m console.cli.demo_models FOLDER`, in a process of its own.

Each simulated mine learns from a day of itself in which nothing happened (another seed than the one that is shown). The replayed mine
has none: its few recorded rows are all there is, and would be judged by what was learned from them.
"""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path

import click
import numpy as np

from alerts.packs import load
from console.cli.children import own_environment
from console.cli.demo import KEY, demo_key
from contracts.clock import DAY, SECOND, SystemClock
from contracts.keys import key_id, public_of
from edge_agent.advice.kept import KeptBundles
from lab.readings import limits_of
from lab.ship import bundle_of
from lab.train import train
from models.base import Frame
from models.bundle import SUFFIX, sign_bundle
from sim_sensors.config import DeviceSettings
from sim_sensors.demo import DEMO
from sim_sensors.layout import Layout, lay_out
from sim_sensors.mine.preset import find_preset
from sim_sensors.source import SimulatedSource

OTHER_SEED = 1000
HOUR_S = 3600
SIGNER = "演示 demo"


async def learn(folder: Path) -> None:
    """Run this module beside the demo; its end when we are cancelled."""
    arguments = (sys.executable, "-m", "console.cli.demo_models", str(folder))
    process = await asyncio.create_subprocess_exec(*arguments, cwd=Path(__file__).parents[2], env=own_environment())
    try:
        await process.wait()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()


def learn_all(folder: Path, now: int) -> None:
    """Every simulated mine that has no usable models gets some."""
    secret = demo_key(folder / "mines" / KEY)
    for device in DEMO.devices:
        place = folder / "mines" / device.name / "outbox" / "models"
        public = public_of(secret)
        kept = KeptBundles(place, {key_id(public): public}, device.name)
        if device.kind != "mine" or kept.in_use() is not None:
            continue
        click.echo(f"模型 / models                {device.name}: 正在学习 / learning ...")
        data, count = learned(device, 1 + max(kept.numbers, default=0), now)
        put(place / "incoming", sign_bundle(data, secret, SIGNER, now))
        click.echo(f"模型 / models                {device.name}: {count} 个检测器, 交给网关 / detectors, given to its gateway")


def learned(device: DeviceSettings, number: int, now: int) -> tuple[bytes, int]:
    """An unsigned bundle of a simulated mine, and how many detectors it has."""
    layout = layout_of(device)
    frame = quiet_day(device, layout, now // DAY * DAY - DAY)
    limits = limits_of(layout.registry, {name: row.alarm_ge for name, row in load().rows.items()})
    members = train(layout.registry, limits, frame, jobs=1)
    return bundle_of(device.name, number, now, [frame], members, {}), len(members)


def layout_of(device: DeviceSettings) -> Layout:
    return lay_out(device.name, device.mine_zh, device.mine_en, find_preset(device.preset), device.points, device.unit)


def quiet_day(device: DeviceSettings, layout: Layout, start: int) -> Frame:
    """A day of the mine without any event, one row a second; NaN where a sensor said that its reading is none."""
    source = SimulatedSource(layout, find_preset(device.preset), device.seed + OTHER_SEED, start)
    hours = [source.span(first, HOUR_S)[:2] for first in range(0, DAY // SECOND, HOUR_S)]
    values, quality = (np.concatenate([hour[part] for hour in hours]) for part in range(2))
    names = tuple(point.id for point in layout.registry.points)
    return Frame(names, start + np.arange(len(values)) * SECOND, np.where(quality != 0, np.nan, values))


def put(incoming: Path, data: bytes) -> None:
    """The file is there whole or not at all."""
    incoming.mkdir(parents=True, exist_ok=True)
    half = incoming / "demo.half"
    half.write_bytes(data)
    half.replace(incoming / f"demo{SUFFIX}")


if __name__ == "__main__":
    os.nice(10)
    learn_all(Path(sys.argv[1]), SystemClock().now())
