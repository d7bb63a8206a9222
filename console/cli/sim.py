"""`davy sim`: simulated mines and replays as Modbus devices."""

import asyncio
from importlib import import_module
from pathlib import Path

import click
import msgspec

from console.cli.files import configured
from console.cli.logs import configure_logs
from sim_sensors.__main__ import run
from sim_sensors.config import Settings
from sim_sensors.demo import DEMO, from_port, later, quicker, write_files


class Sim(click.Group):
    """A province needs records and criteria: loaded only where one is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return ["province"]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name != "province":
            return None
        command: click.Command = import_module("console.cli.sim_province").command
        return command


@click.group(name="sim", cls=Sim, invoke_without_command=True)
@click.option("--config", "path", metavar="FILE", help="模拟矿井配置 / settings (TOML); 缺省为演示 / default: the demo's three mines")
@click.option("--write", "folder", metavar="FOLDER", help="只写出点表和寄存器表 / only write points.json and registers.json per mine")
@click.option("--host", help="监听地址 / address to listen on")
@click.option(
    "--orders", metavar="FILE", type=click.Path(path_type=Path), help="运行中要求模拟矿井做的事 / what the mines are to do while they run"
)
@click.option(
    "--quiet", metavar="SECONDS", type=click.IntRange(0, 86_400), default=0, help="脚本推迟开始 / the scripts begin so much later"
)
@click.option(
    "--port",
    metavar="PORT",
    type=click.IntRange(1, 65_000),
    help="第一个设备的端口, 其余依次 / port of the first device; the others follow",
)
@click.option("--speed", type=click.FloatRange(0, 1000, min_open=True), help="每秒经过的模拟秒数 / simulated seconds that pass in one")
@click.pass_context
def command(
    ctx: click.Context,
    path: str | None,
    folder: str | None,
    host: str | None,
    orders: Path | None,
    quiet: int,
    port: int | None,
    speed: float | None,
) -> None:
    """模拟矿井与回放 / simulated mines and replays, served over Modbus TCP; `province`: a whole province's facts."""
    if ctx.invoked_subcommand is not None:
        return
    settings = configured(Settings, path) if path else DEMO
    settings = later(msgspec.structs.replace(settings, host=host or settings.host), quiet)
    settings = from_port(settings, port) if port else settings
    settings = quicker(settings, speed) if speed else settings
    if folder:
        for name, place in write_files(Path(folder), settings).items():
            click.echo(f"{name}: {place}/points.json {place}/registers.json")
        return
    configure_logs()
    asyncio.run(run(settings, orders=orders))
