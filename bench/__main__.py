"""`python -m bench NAME [--json] [--seconds S]`: codec, outbox, ingest, path, edge, outage, influx, models, alarm,
fleet, soak, province, profile; `bench table FILE`."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from bench import alarm, codec, edge, fleet, influx, ingest, models, outage, outbox, pages, path, profile, report, table
from bench.province import run as province
from bench.province.plan import Plan as Province
from bench.soak import run as soak
from contracts.clock import SystemClock
from contracts.errors import DavyError

Command = Callable[..., Any]
Result = TypeVar("Result")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def bench() -> None:
    """性能测试 / how fast, how much, against whom: whole processes, real broker, loopback only."""


def _common(seconds: float) -> Callable[[Command], Command]:
    def add(command: Command) -> Command:
        command = click.option("--json", "as_json", is_flag=True, help="最后一行为 JSON / one JSON object on the last line")(command)
        length = click.FloatRange(0.1, 3600)
        return click.option("--seconds", type=length, default=seconds, show_default=True, help="时长 / how long")(command)

    return add


def _say(name: str, figures: Mapping[str, float], as_json: bool, notes: Mapping[str, str] | None = None) -> None:
    said = report.report(name, figures, SystemClock().now(), notes)
    click.echo(report.line(said) if as_json else report.words(said))


@bench.command(name="codec")
@_common(20)
def codec_command(seconds: float, as_json: bool) -> None:
    """编解码 / readings to bytes and back, one core."""
    _say("codec", codec.measure(seconds), as_json)


@bench.command(name="outbox")
@_common(12)
def outbox_command(seconds: float, as_json: bool) -> None:
    """发件箱 / readings made durable on the gateway's disk."""
    _say("outbox", outbox.measure(seconds), as_json)


@bench.command(name="ingest")
@_common(20)
@click.option("--mines", type=click.IntRange(1, 1000), default=30, show_default=True, help="矿井数 / gateways sending at once")
@click.option("--points", type=click.IntRange(200), default=1000, show_default=True, help="每矿测点数 (200 的倍数) / points a mine, by 200")
@click.option("--window", type=click.IntRange(1), default=40, show_default=True, help="每网关在途批数 / items without receipt a gateway")
@click.option("--rate", type=click.FloatRange(0), default=0.0, help="总读数每秒 / readings/s offered in all; 0: as receipts allow")
def ingest_command(seconds: float, as_json: bool, mines: int, points: int, window: int, rate: float) -> None:
    """接收 / from the broker to a committed store."""
    if points % 200:
        raise click.BadParameter(f"{points}: a multiple of 200", param_hint="--points")
    load = ingest.Load(seconds, mines, points, window, rate)
    _say("ingest", _run(ingest.measure(load)), as_json)


@bench.command(name="path")
@_common(60)
@click.option("--points", type=click.IntRange(60), default=1000, show_default=True, help="测点数 / points read each second")
def path_command(seconds: float, as_json: bool, points: int) -> None:
    """全程 / from a reading to the edge's decision, to committed, to the page."""
    _say("path", _run(path.measure(seconds, points)), as_json)


@bench.command(name="edge")
@_common(60)
@click.option("--points", type=click.IntRange(60), default=1000, show_default=True, help="测点数 / points read each second")
@click.option(
    "--sources", type=click.IntRange(1, 50), default=4, show_default=True, help="设备数 / Modbus devices they are shared out among"
)
@click.option("--backlog", type=click.IntRange(60), default=3600, show_default=True, help="积压秒数 / seconds of readings to drain")
def edge_command(seconds: float, as_json: bool, points: int, sources: int, backlog: int) -> None:
    """边缘代理 / the agent alone: CPU, memory, decisions, an outage and its drain."""
    _say("edge", _run(edge.measure(edge.Plan(seconds, points, sources, backlog))), as_json)


@bench.command(name="profile")
@click.option("--seconds", type=click.FloatRange(5, 600), default=30, show_default=True, help="时长 / how long, for each view")
@click.option("--points", type=click.IntRange(60), default=1000, show_default=True, help="测点数 / points read each second")
@click.option(
    "--sources", type=click.IntRange(1, 50), default=4, show_default=True, help="设备数 / Modbus devices they are shared out among"
)
def profile_command(seconds: float, points: int, sources: int) -> None:
    """代理的时间与内存去向 / where the agent's time and memory go (needs py-spy on PATH; perf where there is one)."""
    click.echo(profile.markdown(_run(profile.measure(points, sources, seconds))))


@bench.command(name="outage")
@_common(60)
@click.option("--days", type=click.FloatRange(0.001, 30), default=7, show_default=True, help="断网天数 / days without a link")
@click.option("--points", type=click.IntRange(60), default=1000, show_default=True, help="测点数 / points read each second")
@click.option(
    "--sources", type=click.IntRange(1, 50), default=1, show_default=True, help="设备数 / Modbus devices they are shared out among"
)
def outage_command(seconds: float, as_json: bool, days: float, points: int, sources: int) -> None:
    """断网数日 (加速) / days of outage, accelerated: bytes on disk, nothing altered, the drain for --seconds at most."""
    _say("outage", _run(outage.measure(outage.Plan(seconds, days, points, sources))), as_json)


@bench.command(name="influx")
@_common(20)
@click.option("--mines", type=click.IntRange(1, 1000), default=30, show_default=True, help="矿井数 / gateways sending at once")
@click.option("--points", type=click.IntRange(200), default=1000, show_default=True, help="每矿测点数 (200 的倍数) / points a mine, by 200")
@click.option("--window", type=click.IntRange(1), default=40, show_default=True, help="每网关在途批数 / items without receipt a gateway")
@click.option(
    "--readings", type=click.IntRange(20_000), default=900_000, show_default=True, help="Telegraf 各组读数 / readings of each Telegraf run"
)
def influx_command(seconds: float, as_json: bool, mines: int, points: int, window: int, readings: int) -> None:
    """InfluxDB: 与直接写入和 Telegraf 对比 / from the broker into InfluxDB, against straight writes and Telegraf."""
    if points % 200:
        raise click.BadParameter(f"{points}: a multiple of 200", param_hint="--points")
    load = ingest.Load(seconds, mines, points, window, 0.0)
    _say("influx", _run(influx.measure(influx.Plan(load, readings // 200 * 200))), as_json)


@bench.command(name="models")
@_common(60)
@click.option("--points", type=click.IntRange(60), default=1000, show_default=True, help="测点数 / points scored each second")
def models_command(seconds: float, as_json: bool, points: int) -> None:
    """模型 / what the anomaly models cost at the edge: CPU, memory, waits."""
    _say("models", models.measure(seconds, points), as_json)


@bench.command(name="alarm")
@_common(60)
@click.option("--mines", type=click.IntRange(1, 1000), default=150, show_default=True, help="矿井数 / mines sending meanwhile")
@click.option("--points", type=click.IntRange(200), default=400, show_default=True, help="每矿测点数 (200 的倍数) / points a mine, by 200")
@click.option("--rate", type=click.FloatRange(0), default=0.0, help="总读数每秒 / readings/s of all mines; 0: each point once a second")
def alarm_command(seconds: float, as_json: bool, mines: int, points: int, rate: float) -> None:
    """报警全程 / a limit crossed at a sensor to the inspector's webhook, 150 mines' load running."""
    if points % 200:
        raise click.BadParameter(f"{points}: a multiple of 200", param_hint="--points")
    _say("alarm", _run(alarm.measure(alarm.Plan(seconds, mines, points, rate or float(mines * points)))), as_json)


@bench.command(name="fleet")
@_common(60)
@click.option("--mines", type=click.IntRange(1, 5000), default=900, show_default=True, help="矿井数 / mines")
@click.option("--days", type=click.IntRange(1, 800), default=90, show_default=True, help="判断天数 / days judged")
@click.option(
    "--points", type=click.IntRange(0), default=1000, show_default=True, help="一矿一日的测点数 / points of a mine's day; 0: none"
)
@click.option(
    "--page/--no-page", default=True, show_default=True, help="是否在浏览器中画出全省页面 / draw the province's page in a browser"
)
def fleet_command(seconds: float, as_json: bool, mines: int, days: int, points: int, page: bool) -> None:  # noqa: ARG001  # its own time
    """全省视图 / the fleet view: verdicts of a province from its log, facts of one mine's day."""
    _say("fleet", fleet.measure(fleet.Plan(mines, days, points=points, page=page)), as_json)


@bench.command(name="soak")
@click.option("--json", "as_json", is_flag=True, help="最后一行为 JSON / one JSON object on the last line")
@click.option("--minutes", type=click.FloatRange(0.5, 2880), default=120, show_default=True, help="时长 / how long load and faults go on")
@click.option("--seed", type=int, default=1, show_default=True, help="故障计划的种子 / of the plan of faults: the same night again")
@click.option("--mines", type=click.IntRange(5, 1000), default=150, show_default=True, help="矿井数 / mines of 200 points at 1 Hz")
@click.option(
    "--store", type=click.Choice(("embedded", "influx")), default="embedded", show_default=True, help="遥测存储 / telemetry store"
)
def soak_command(as_json: bool, minutes: float, seed: int, mines: int, store: str) -> None:
    """长夜 / a province's load while everything is killed, stopped, filled, cut; then every reading and alarm held against the truth."""
    figures = _run(soak.measure(soak.Night(minutes, seed, mines, store == "influx")))
    _say("soak_influx" if store == "influx" else "soak", figures, as_json)


@bench.command(name="province")
@_common(600)
@click.option(
    "--store", type=click.Choice(("embedded", "influx")), default="embedded", show_default=True, help="遥测存储 / telemetry store"
)
@click.option("--mines", type=click.IntRange(1, 5000), default=900, show_default=True, help="矿井数 / mines, each point once a second")
@click.option("--points", type=click.IntRange(200), default=200, show_default=True, help="每矿测点数 (200 的倍数) / points a mine, by 200")
@click.option("--top", type=click.FloatRange(0), default=1e6, show_default=True, help="逐级加压的上限 / readings/s steps go up to; 0: none")
@click.option("--step", type=click.FloatRange(1, 600), default=60, show_default=True, help="每级时长 (秒) / seconds a step is held")
@click.option("--growth/--no-growth", default=True, show_default=True, help="1 至 900 矿的增长 / CPU a reading from 1 to 900 mines")
@click.option(
    "--history", type=click.IntRange(0, 20), default=3, show_default=True, help="有历史并被查看的矿 / mines with a past, looked at"
)
@click.option(
    "--past", type=(int, int), default=(24, 90), show_default=True, help="其小时读数和天数统计 / hours of readings, days of statistics"
)
def province_command(seconds: float, as_json: bool, store: str, top: float, step: float, past: tuple[int, int], **given: Any) -> None:
    """全省 / a province at 1 Hz while people look at it, then upward until something gives way, then from 1 to 900 mines."""
    if given["points"] % 200:
        raise click.BadParameter(f"{given['points']}: a multiple of 200", param_hint="--points")
    settle = min(10.0, seconds)
    mines, points, growth = given["mines"], given["points"], given["growth"]
    plan = Province(seconds, mines, points, 20, given["history"], past, step, settle, top, growth)
    figures, notes = _run(province.measure_influx(plan) if store == "influx" else province.measure(plan))
    _say("province_influx" if store == "influx" else "province", figures, as_json, notes)


@bench.command(name="pages")
@_common(90)
@click.option("--starts", type=click.IntRange(1, 20), default=3, show_default=True, help="新启动次数 / fresh servers, for the cold figure")
@click.option("--visits", type=click.IntRange(1, 20), default=3, show_default=True, help="每页打开次数 / how often each page is opened")
def pages_command(seconds: float, as_json: bool, starts: int, visits: int) -> None:
    """演示系统每个页面的首次绘制 / first paint of every page of the demo, which has run for --seconds."""
    _say("pages", pages.measure(pages.Plan(seconds, starts, visits)), as_json)


@bench.command(name="table")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--into", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="写入文档 / document whose table to replace")
def table_command(files: tuple[Path, ...], into: Path | None) -> None:
    """表格 / the table of docs/benchmarks.md from saved JSON lines."""
    rows = table.markdown(report.read_lines("\n".join(file.read_text(encoding="utf-8") for file in files)))
    if into:
        table.put_into(into, rows)
    else:
        click.echo(rows)


def _run(measuring: Coroutine[Any, Any, Result]) -> Result:
    """Run it; SIGTERM ends it as Ctrl-C does, so that no child is left behind."""

    async def run() -> Result:
        task = asyncio.ensure_future(measuring)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await task

    return asyncio.run(run())


def main() -> None:
    """One line for what is refused on purpose, never a traceback."""
    try:
        bench(prog_name="python -m bench")
    except DavyError as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(2)
    except asyncio.CancelledError:
        sys.exit(143)


if __name__ == "__main__":
    main()
