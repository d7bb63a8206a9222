"""`davy centre`: ingest and pages in one process, from one configuration; what a mine company runs in production on one machine."""

import asyncio
import os
import signal
from collections.abc import Sequence

import click
import structlog

from console.cli.files import configured
from console.cli.ingest import spare_collector
from console.cli.ports import free_or_refuse
from console.cli.processes import run_process
from console.cli.up import hosts_of, plant_of
from console.fleet.upkeep import run_fleet
from console.web.app import create_app
from console.web.entry import Entry, doors_in
from console.web.serve import Server
from contracts.clock import SystemClock
from contracts.config import BrokerAddress
from ingest.config import IngestSettings
from ingest.process import make_centre
from wire.health import watched_by
from wire.together import together

log = structlog.get_logger("centre")


async def run_centre(settings: IngestSettings, host: str, port: int, names: Sequence[str]) -> None:
    """Until SIGINT or SIGTERM. `names`: what the pages are called in an address bar."""
    free_or_refuse({"--port": port})
    doors = doors_in(os.environ)
    centre = make_centre(settings, SystemClock())
    try:
        watched = centre.watched()
        plant = plant_of(centre)
        server = Server(create_app(plant, names, watched.registry, Entry(True, doors)), host, port)
        async with watched_by(watched, settings.metrics_host, settings.metrics_port):
            work = asyncio.ensure_future(together(centre.run(), run_fleet(centre, plant)))
            pages = asyncio.ensure_future(server.serve())
            told = asyncio.ensure_future(_told(server, settings.broker))
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, setattr, server, "should_exit", True)
            await asyncio.wait([work, pages], return_when=asyncio.FIRST_COMPLETED)
            failed = work.done()
            server.should_exit = True
            told.cancel()
            work.cancel()
            await asyncio.wait([work, pages])
            if failed:
                work.result()
            pages.result()
    finally:
        centre.close()


async def _told(server: Server, broker: BrokerAddress) -> None:
    """Says once that the pages can be opened, and where: a terminal that stays empty tells nobody whether it runs."""
    await server.listening.wait()
    pages = f"http://{server.config.host}:{server.config.port}"
    log.info("running", pages=pages, broker=f"{broker.host}:{broker.port}", sign_in="davy people add registers the first person")


@click.command(name="centre")
@click.option("--config", "path", metavar="FILE", required=True, help="接收的配置文件 / the ingest's configuration (TOML)")
@click.option("--host", default="127.0.0.1", show_default=True, help="网页监听地址 / address the pages listen on")
@click.option("--port", type=int, default=8600, show_default=True, envvar="DAVY_PORT", help="网页端口 / port of the pages")
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="网页在地址栏中的名称, 可多次; 其他名称不予应答 / a name of the pages in an address bar; repeatable; other names are refused",
)
def command(path: str, host: str, port: int, names: tuple[str, ...]) -> None:
    """运行中心: 接收和网页 / run the centre: ingest and pages in one process, for production."""
    spare_collector()
    run_process(run_centre(configured(IngestSettings, path), host, port, names or hosts_of(host)))
