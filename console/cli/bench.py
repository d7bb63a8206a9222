"""`davy bench`: how fast, how much."""

import subprocess
import sys

import click

NAMES = (
    "codec",
    "outbox",
    "ingest",
    "path",
    "edge",
    "outage",
    "influx",
    "models",
    "alarm",
    "fleet",
    "pages",
    "soak",
    "province",
    "profile",
)
_TAKE_POINTS = ("ingest", "path", "edge", "outage", "influx", "models", "alarm", "province", "profile")

_TAKE = {"store": ("soak", "province")}


@click.command(name="bench")
@click.argument("name", type=click.Choice(NAMES))
@click.option("--json", "as_json", is_flag=True, help="最后一行为 JSON / one JSON object on the last line")
@click.option("--points", type=int, default=None, help="测点数 (ingest, influx, alarm: 每矿) / points (the same: of each mine)")
@click.option("--seconds", type=float, default=None, help="时长 / how long")
@click.option("--minutes", type=float, default=None, help="时长 (soak) / how long (soak)")
@click.option("--seed", type=int, default=None, help="故障计划的种子 (soak) / of the plan of faults (soak)")
@click.option(
    "--store", type=click.Choice(("embedded", "influx")), default=None, help="遥测存储 (soak, province) / telemetry store (soak, province)"
)
def command(
    name: str, as_json: bool, points: int | None, seconds: float | None, minutes: float | None, seed: int | None, store: str | None
) -> None:
    """性能测试 / measure codec, outbox, ingest, path, edge, outage, influx, models, alarm, fleet, pages, soak or province."""
    arguments = [sys.executable, "-m", "bench", name]
    arguments += ["--json"] if as_json else []
    arguments += ["--seconds", str(seconds)] if seconds else []
    if points is not None and name not in _TAKE_POINTS:
        raise click.BadParameter(f"{name} has no points", param_hint="--points")
    arguments += ["--points", str(points)] if points is not None else []
    for option, value in (("minutes", minutes), ("seed", seed), ("store", store)):
        if value is not None and name not in _TAKE.get(option, ("soak",)):
            raise click.BadParameter(f"{name} has no {option}", param_hint=f"--{option}")
        arguments += [f"--{option}", str(value)] if value is not None else []
    if seconds is not None and name == "soak":
        raise click.BadParameter("soak is told in minutes", param_hint="--seconds")
    sys.exit(subprocess.run(arguments, check=False).returncode)  # noqa: S603  # our own module, our own arguments
