"""`davy up`: everything on one machine. With `--demo` also three mines with their agents."""

import asyncio
import os
import signal
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import click
import msgspec
import structlog

from console.cli.demo_fleet import demo_fleet
from console.cli.demo_people import demo_people
from console.cli.demo_run import Demo, Sim, demo_of
from console.cli.embedded import settings_in
from console.cli.logs import configure_logs, without_secrets
from console.cli.ports import free_or_refuse
from console.fleet.upkeep import run_fleet
from console.web.app import create_app
from console.web.entry import LOOPBACK, Entry, doors_in
from console.web.plant import Plant
from console.web.serve import Server
from contracts.clock import SystemClock
from ingest.broker.child import Listener
from ingest.broker.choice import choose_broker
from ingest.config import IngestSettings
from ingest.process import Centre, make_centre
from sim_sensors.demo import DEMO, FIRST_PORT, from_port
from wire.health import watched_by

log = structlog.get_logger("up")

Work = Coroutine[None, None, None]
PAGES_END_S = 5.0
"""Open pages are given so long to be told that it is over."""


def hosts_of(host: str) -> tuple[str, ...]:
    """The names the pages answer to: on loopback only its own, so that no foreign page can reach them by another name."""
    return ("127.0.0.1", "localhost", "[::1]") if on_loopback(host) else ("*",)


def on_loopback(host: str) -> bool:
    """Whether only this machine can reach the pages."""
    return host in LOOPBACK


def plant_of(centre: Centre) -> Plant:
    """The centre as the pages see it."""
    return Plant(
        store=centre.store,
        records=centre.records,
        live=centre.live,
        journal=centre.journal,
        ledger=centre.ledger,
        clock=centre.clock,
        run=centre.intake.run_in_store,
        limits=centre.pack,
        replay=centre.replay,
        backup=centre.backup,
        backups=lambda: centre.backups.state,
        recipients=centre.deliver.recipients,
        trial=lambda recipient: centre.deliver.trial(recipient, centre.pack),
        rota=centre.rota,
        alerts=centre.alerts,
        handling=centre.handling,
        seal=centre.seal,
    )


async def up(
    settings: IngestSettings, folder: Path, host: str, port: int, demo: bool, closed: bool = False, sim: Sim | None = None
) -> None:
    """Run until SIGINT or SIGTERM. `closed`: one has to sign in, also on loopback."""
    broker_port, sim = settings.broker.port, sim or Sim()
    free_or_refuse({"DAVY_PORT (console)": port, "DAVY_BROKER_PORT (broker)": broker_port})
    if settings.metrics_port:
        free_or_refuse({"--metrics-port": settings.metrics_port})
    if demo:
        free_or_refuse({f"simulator {device.name}": device.port for device in from_port(DEMO, sim.port).devices})
    click.echo(f"1/4 消息代理 / broker          127.0.0.1:{broker_port}")
    broker, said = choose_broker(folder / "broker", Listener(port=broker_port))
    if said:
        click.echo(click.style(said, bold=True), err=True)
    await broker.start()
    try:
        click.echo(f"2/4 存储与接收 / store, ingest {folder}{_elsewhere(settings.store)}")
        centre = make_centre(settings, SystemClock())
        try:
            watched = centre.watched()
            shown = demo_people(folder, centre.records, [device.name for device in DEMO.devices], centre.clock.now()) if demo else ()
            if demo:
                demo_fleet(centre.records, DEMO.devices, centre.clock.now())
            entry = Entry(closed or not on_loopback(host), doors_in(os.environ), shown if on_loopback(host) else ())
            plant = plant_of(centre)
            app = create_app(plant, hosts_of(host), watched.registry, entry)
            server = Server(app, host, port)
            async with AsyncExitStack() as more:
                await more.enter_async_context(watched_by(watched, settings.metrics_host, settings.metrics_port))
                beside = await more.enter_async_context(demo_of(folder, broker_port, sim, centre.clock.now(), app)) if demo else None
                await _serve([broker.run(), centre.run(), server.serve(), run_fleet(centre, plant)], server, beside)
        finally:
            centre.close()
    finally:
        await broker.stop()


def _elsewhere(store: str) -> str:
    """A store that is no folder, as it is shown."""
    return f", {without_secrets(store)}" if "://" in store else ""


async def _serve(work: Sequence[Work], server: Server, demo: Demo | None) -> None:
    """`work`: the parts of the centre, the third of them the pages."""
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    beside = [*demo.work, *(child.run() for child in demo.children)] if demo is not None else []
    tasks = [loop.create_task(part) for part in (*work, *beside)]
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    pages = f"http://{server.config.host}:{server.config.port}"
    click.echo(f"3/4 网页 / pages               {pages}")
    stop, listening = loop.create_task(stopping.wait()), loop.create_task(server.listening.wait())
    await asyncio.wait([stop, listening, *tasks], return_when=asyncio.FIRST_COMPLETED)
    if listening.done():
        click.echo("4/4 运行中, 按 Ctrl-C 结束 / running, Ctrl-C ends it")
        if demo is not None:
            click.echo(f"三分钟演示故事 / the three-minute story: {pages}/story")
    done, _ = await asyncio.wait([stop, *tasks], return_when=asyncio.FIRST_COMPLETED)
    listening.cancel()
    server.should_exit = True
    await asyncio.wait([tasks[2]], timeout=PAGES_END_S)
    for task in [stop, *tasks]:
        task.cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    if stop not in done:
        for failure in (result for result in results if isinstance(result, Exception)):
            raise failure


@click.command(name="up")
@click.option("--demo", is_flag=True, help="带三个演示矿井 / with three demo mines (two simulated, one replayed)")
@click.option("--folder", default=lambda: os.environ.get("DAVY_HOME", "run"), help="数据目录 / data folder", show_default="run")
@click.option("--host", default="127.0.0.1", show_default=True, help="网页监听地址 / address the pages listen on")
@click.option(
    "--port", type=int, default=lambda: int(os.environ.get("DAVY_PORT", "8600")), show_default="8600", help="网页端口 / port of the pages"
)
@click.option(
    "--broker-port",
    type=int,
    default=lambda: int(os.environ.get("DAVY_BROKER_PORT", "18830")),
    show_default="18830",
    help="消息代理端口 / port of the broker",
)
@click.option(
    "--metrics-port",
    type=click.IntRange(0, 65535),
    default=0,
    envvar="DAVY_METRICS_PORT",
    help="指标端口 (/metrics, /healthz, /readyz), 缺省不开 / port of metrics and health; off by default",
)
@click.option(
    "--sim-port",
    type=click.IntRange(1, 65_000),
    default=FIRST_PORT,
    envvar="DAVY_SIM_PORT",
    show_default=True,
    help="演示设备的第一个端口 / first port of the demo's simulated devices",
)
@click.option(
    "--sim-speed",
    type=click.FloatRange(1, 10),
    default=1.0,
    show_default=True,
    help="演示矿井的时间倍速 / simulated seconds that pass in one in the demo's mines",
)
@click.option(
    "--store",
    metavar="ADDRESS",
    envvar="DAVY_STORE",
    help="读数存储, 缺省在 --folder 中; influx+http://HOST:8086/ORG 供 Grafana 面板 / readings; in --folder by default, and "
    "influx+http://HOST:8086/ORG for boards in Grafana",
)
@click.option("--webhook", metavar="URL", multiple=True, help="报警推送地址, 可重复 / where alarms are told (JSON POST), repeatable")
@click.option("--sign-in", is_flag=True, help="本机也要登录 / one has to sign in on this machine too; on other addresses one always has to")
def command(
    demo: bool,
    folder: str,
    host: str,
    port: int,
    broker_port: int,
    metrics_port: int,
    sim_port: int,
    sim_speed: float,
    store: str | None,
    webhook: tuple[str, ...],
    sign_in: bool,
) -> None:
    """一条命令运行全部 / broker, store, ingest, alarms and pages on one machine."""
    import uvloop  # noqa: PLC0415  # only the long-running processes want it

    configure_logs()
    place = Path(folder).resolve()
    place.mkdir(parents=True, exist_ok=True)
    settings = msgspec.structs.replace(settings_in(place, broker_port, webhook, store), metrics_port=metrics_port)
    uvloop.run(up(settings, place, host, port, demo, sign_in, Sim(sim_port, sim_speed)))
