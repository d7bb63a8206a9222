"""The bench as a whole: its legs, one after the other, into the embedded store or into InfluxDB."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.ingest import Load
from bench.province.legs import ended, growth, highest, long_run, of_load, ordered, say, steps_embedded
from bench.province.plan import INFLUXD, Plan, steps
from bench.province.senders import Order
from bench.province.site import into
from bench.senders import mine_name
from bench.servers import ORG, TOKEN, find_server, influxd
from store.influx import InfluxAddress, InfluxStore, Server, init_buckets
from store.influx.reads import END, FIRST

Measured = tuple[dict[str, float], dict[str, str]]
"""Figures, and what else is to be told."""


async def measure(plan: Plan) -> Measured:
    """All figures of `bench.figures.PROVINCE`; `gave_way_first` in words."""
    with TemporaryDirectory(prefix="davy-bench-") as name:
        folder = Path(name)
        figures, notes = await long_run(plan, folder / "long"), dict[str, str]()
        if plan.top_per_s:
            found, notes["gave_way_first"] = await steps_embedded(plan, folder / "steps", figures["committed_per_s"])
            figures |= found
        if plan.growth:
            figures |= await growth(plan, folder / "growth")
    return figures, notes


async def measure_influx(plan: Plan) -> Measured:
    """All figures of `bench.figures.PROVINCE_INFLUX`: the same load into InfluxDB, steps upward, and InfluxDB's own limit beside them."""
    from bench.influx import _limit  # noqa: PLC0415  # one limit for both benches

    os.environ["DAVY_INFLUX_TOKEN"] = TOKEN
    find_server("influxd")
    with TemporaryDirectory(prefix="davy-bench-") as name:
        folder = Path(name)
        figures, notes = await _into_influx(plan, folder / "long")
        say("InfluxDB's own limit: prepared lines")
        load = Load(plan.seconds, plan.mines, plan.points, plan.window, 0.0)
        figures |= await _limit(load, min(int(figures["committed_per_s"] * plan.seconds), 20_000_000) // 200 * 200, folder / "limit")
    figures["of_limit"] = figures.get("highest_sustained_per_s", figures["committed_per_s"]) / figures["limit_readings_per_s"]
    return figures, notes


async def _into_influx(plan: Plan, folder: Path) -> Measured:
    notes = dict[str, str]()
    async with influxd(folder / "influx") as (url, pid):
        server = Server(InfluxAddress(url, ORG), TOKEN)
        init_buckets(server)
        async with into(folder, f"influx+{url}/{ORG}", plan.points, plan.window, {INFLUXD: pid}) as site:
            held = await ordered(site, Order(plan.mines, plan.period_s, plan.settle_s, plan.seconds))
            figures = of_load(plan, held)
            if plan.top_per_s:
                found, notes["gave_way_first"] = await highest(plan, site, figures["committed_per_s"])
                figures |= found
            over = await ended(site)
        store = InfluxStore(server)
        most = max([plan.mines, *steps(plan.mines, plan.points, plan.top_per_s)])
        readings = sum(sum(store.count(mine_name(n), FIRST, END).values()) for n in range(most))
        store.close()
    return figures | {"lost": over.readings - readings, "altered": over.altered}, notes
