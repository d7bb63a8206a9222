"""`davy bench`: how fast, how much."""

import subprocess
import sys

import click

NAMES = ("codec", "outbox", "ingest", "path", "edge", "outage", "influx", "models", "alarm", "fleet", "profile")
_TAKE_POINTS = ("ingest", "path", "edge", "outage", "influx", "models", "alarm", "profile")


@click.command(name="bench")
@click.argument("name", type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="最后一行为 JSON / one JSON object on the last line")
@click.option("--points", type=int, default=None, help="测点数 (ingest, influx, alarm: 每矿) / points (the same: of each mine)")
@click.option("--seconds", type=float, default=None, help="时长 / how long")
def command(name: str, as_json: bool, points: int | None, seconds: float | None) -> None:
    """性能测试 / measure codec, outbox, ingest, path, edge, outage, influx, models, alarm or fleet."""
    arguments = [sys.executable, "-m", "bench", name]
    arguments += ["--json"] if as_json else []
    arguments += ["--seconds", str(seconds)] if seconds else []
    if points is not None and name not in _TAKE_POINTS:
        raise click.BadParameter(f"{name} has no points", param_hint="--points")
    arguments += ["--points", str(points)] if points is not None else []
    sys.exit(subprocess.run(arguments, check=False).returncode)  # noqa: S603  # our own module, our own arguments
