"""The demo's models, made anew: `python -m console.cli.demo_learning` (some minutes) writes them into the product.

Each simulated mine learns from a day of itself in which nothing happened, and the gassy one's outlook from days in which gas gathered at
the face; all of other seeds than the one that is shown. The replayed mine has none: its few recorded rows are all there is, and would be
judged by what was learned from them.
"""

from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np

from alerts.packs import load
from console.cli.demo_models import NUMBER
from contracts.clock import BUILD_TIME, DAY, SECOND
from contracts.quality import UNUSABLE
from lab.readings import limits_of
from lab.ship import bundle_of
from lab.train import Made, train
from models.base import Frame
from models.bundle import SUFFIX
from models.outlook import Outlook, OutlookSettings
from models.places import spots_of
from sim_sensors.config import DeviceSettings
from sim_sensors.demo import DEMO
from sim_sensors.faults import Event, Kind
from sim_sensors.layout import Layout, lay_out
from sim_sensors.mine.preset import find_preset
from sim_sensors.source import SimulatedSource

OTHER_SEED = 1000
HOUR_S, DAY_S = 3600, DAY // SECOND
OUTLOOK = "outlook"
GATHERINGS, DAYS = 24, 2
"""How often gas gathers in a day the outlook learns from, and such days."""
LEAST = 0.5
"""The outlook warns from here on: the limit will more likely be reached than not."""
EVERY_S = 5
"""A row so often is what the outlook sees at the edge (`models.signs.LOOK`)."""


def learned(device: DeviceSettings, number: int, now: int) -> tuple[bytes, int]:
    """An unsigned bundle of a simulated mine, and how many detectors it has."""
    layout, first = layout_of(device), now // DAY * DAY - DAY
    frame = quiet_day(device, layout, first)
    limits = limits_of(layout.registry, {name: row.alarm_ge for name, row in load().rows.items()})
    members, frames = train(layout.registry, limits, frame, jobs=1), [frame]
    if find_preset(device.preset).gas_class == "high":
        gassy = [gathering_day(device, layout, first - day * DAY, day) for day in range(1, DAYS + 1)]
        settings = OutlookSettings(spots_of(layout.registry, limits), LEAST)
        outlook: Made = (OUTLOOK, Outlook(settings).fit_many(gassy), 1.0)
        members, frames = [*members, outlook], [*frames, *gassy]
    return bundle_of(device.name, number, now, frames, members, {}), len(members)


def layout_of(device: DeviceSettings) -> Layout:
    return lay_out(device.name, device.mine_zh, device.mine_en, find_preset(device.preset), device.points, device.unit)


def quiet_day(device: DeviceSettings, layout: Layout, start: int) -> Frame:
    """A day of the mine without any event, one row a second; NaN where a sensor said that its reading is none."""
    return _day(SimulatedSource(layout, find_preset(device.preset), device.seed + OTHER_SEED, start), layout, start, 1, 0xFFFF)


def gathering_day(device: DeviceSettings, layout: Layout, start: int, number: int) -> Frame:
    """A day in which gas gathers at the return corner again and again, at first a little and then more; a row every five seconds."""
    seed = device.seed + OTHER_SEED + number
    source = SimulatedSource(layout, find_preset(device.preset), seed, start, 1.0, tuple(_gatherings(np.random.default_rng(seed))))
    return _day(source, layout, start, EVERY_S, UNUSABLE)


def _gatherings(chance: np.random.Generator) -> Iterator[Event]:
    apart = DAY_S // GATHERINGS
    for at in range(GATHERINGS):
        first, little = at * apart + int(chance.integers(300, 1200)), int(chance.integers(30, 90))
        yield _less_air(first, little, float(chance.uniform(2.0, 4.0)))
        yield _less_air(first + little, int(chance.integers(240, 600)), float(chance.uniform(2.0, 8.0)))


def _less_air(start: int, duration: int, times: float) -> Event:
    return Event(kind=Kind.GAS_ACCUMULATION, start=start, duration=duration, target="corner", strength=times)


def _day(source: SimulatedSource, layout: Layout, start: int, every: int, bad: int) -> Frame:
    """One row in `every` seconds of a day; NaN where a reading has one of the `bad` state codes."""
    hours = [source.span(first, HOUR_S)[:2] for first in range(0, DAY_S, HOUR_S)]
    values, quality = (np.concatenate([hour[part][::every] for hour in hours]) for part in range(2))
    names = tuple(point.id for point in layout.registry.points)
    return Frame(names, start + np.arange(len(values)) * every * SECOND, np.where((quality & np.uint16(bad)) != 0, np.nan, values))


def write_shipped(folder: Path) -> None:
    """Every simulated mine's bundle, into files."""
    for device in DEMO.devices:
        if device.kind != "mine":
            continue
        data, count = learned(device, NUMBER, BUILD_TIME)
        (folder / f"{device.name}{SUFFIX}").write_bytes(data)
        click.echo(f"{device.name}: {count} detectors, {len(data)} bytes")


if __name__ == "__main__":
    write_shipped(Path(__file__).parent / "shipped")
