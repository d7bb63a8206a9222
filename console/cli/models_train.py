"""`davy models train|sign|card`: from readings to a signed bundle."""

from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from console.cli.care import read_key
from contracts.clock import DAY, SystemClock, from_iso, iso
from contracts.errors import BadConfig
from contracts.points import Registry, read_registry
from lab.labels import read_labels, without
from models.base import BadModel, Frame
from models.bundle import ANY_MINE, Bundle, read_bundle, sign_bundle

by_option = click.option("--by", required=True, help="谁 / who vouches for it")


@click.command()
@click.option("--points", type=click.Path(dir_okay=False, path_type=Path), required=True, help="测点表 points.json / the point registry")
@click.option("--from", "source", required=True, help="数据: CSV 文件或存储地址 / a table (CSV), or a store's address")
@click.option("--first", help="起 (UTC) / from, 2026-11-01T00:00:00Z (store; default: seven days before --last)")
@click.option("--last", help="止 (UTC) / to (store; default: now)")
@click.option("--statistics", is_flag=True, help="用 5 分钟统计 / learn from 5-minute statistics instead of raw readings")
@click.option("--number", type=click.IntRange(1), required=True, help="包的编号, 只增 / the bundle's number, counting up")
@click.option(
    "--figures", "results", multiple=True, type=click.Path(dir_okay=False, path_type=Path), help="评测结果 / saved results to carry"
)
@click.option(
    "--labels",
    type=click.Path(dir_okay=False, path_type=Path),
    help="标签 / labels (davy models labels): what they mark is not learned as normal",
)
@click.option("--jobs", type=int, default=-1, show_default=True, help="核数 / cores; -1: all")
@click.option("--dask", "cluster", help="Dask 调度器地址 / run on a Dask cluster: tcp://HOST:PORT")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="写到 / write the unsigned bundle here")
def train(
    points: Path,
    source: str,
    first: str | None,
    last: str | None,
    statistics: bool,
    number: int,
    results: tuple[Path, ...],
    labels: Path | None,
    jobs: int,
    cluster: str | None,
    out: Path,
) -> None:
    """训练一个矿的模型 / learn a mine's detectors from readings in which it was well."""
    from lab import ship  # noqa: PLC0415  # scikit-learn takes seconds to load
    from lab import train as lab  # noqa: PLC0415

    registry = read_registry(_bytes("--points", points))
    limits = _limits(registry)
    marked = read_labels(labels, registry.mine) if labels else []
    frame, left_out = without(_readings(registry, source, first, last, statistics, lambda said: click.echo(said, err=True)), marked)
    if labels:
        click.echo(f"{registry.mine}: {len(marked)} 个标签 / labels, {left_out} 个读数不学 / readings not learned from", err=True)
    try:
        with lab.on(cluster):
            made = lab.train(registry, limits, frame, lambda said: click.echo(said, err=True), jobs)
    except BadModel as error:
        raise BadConfig("--from", source, str(error)) from error
    figures = ship.figures_of([msgspec.json.decode(_bytes("--figures", path)) for path in results])
    data = ship.bundle_of(registry.mine, number, SystemClock().now(), [frame], made, figures)
    out.write_bytes(data)
    click.echo(f"{out}: {len(made)} 个检测器 / detectors, {len(data)} B, 未签名 / unsigned: davy models sign")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="签名密钥 / signing key (`davy care key`)")
@by_option
def sign(file: Path, key_file: Path, by: str) -> None:
    """为一个包签名 / vouch for a bundle; the file is replaced whole."""
    signed = sign_bundle(_bytes("FILE", file), read_key(key_file), by, SystemClock().now())
    half = file.with_name(file.name + ".half")
    half.write_bytes(signed)
    half.replace(file)
    click.echo(said(read_bundle(signed)))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def card(file: Path) -> None:
    """显示一个包的内容 / what a bundle is made of and what it reached."""
    bundle = read_bundle(_bytes("FILE", file))
    contents = bundle.contents
    click.echo(said(bundle))
    click.echo(f"矿 / mine {'任何 / any' if contents.mine == ANY_MINE else contents.mine}; 制作 / made {iso(contents.made)}")
    click.echo(f"数据 / data {contents.data}; 代码 / code {contents.code}")
    for member in contents.detectors:
        learned = member.settings.get("points", [])
        click.echo(
            f"  {member.name:<24} {member.kind:<12} {len(learned):>4} 测点 / points, 阈值 / threshold {member.threshold:g}, {member.size} B"
        )
    for suite, figures in contents.figures.items():
        click.echo(f"  {suite}: " + ", ".join(f"{name} {_figure(value)}" for name, value in figures.items()))


def said(bundle: Bundle) -> str:
    """Number, digest, and who vouches for it."""
    seal = bundle.seal
    who = f"{seal.signer} ({seal.key}), {iso(seal.signed)}" if seal.key else "未签名 / unsigned"
    return f"{bundle.contents.number}@{bundle.digest.hex()[:16]}: {who}"


def _figure(value: float | str | None) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _bytes(key: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadConfig(key, str(path), f"a file that can be read ({error.strerror})") from error


def _limits(registry: Registry) -> dict[str, float]:
    from alerts.packs import load  # noqa: PLC0415
    from lab.readings import limits_of  # noqa: PLC0415

    return limits_of(registry, {name: row.alarm_ge for name, row in load().rows.items()})


def _readings(
    registry: Registry, source: str, first: str | None, last: str | None, statistics: bool, progress: Callable[[str], None]
) -> Frame:
    from lab import readings  # noqa: PLC0415
    from store.address import open_store  # noqa: PLC0415

    if "://" not in source and Path(source).is_file():
        return readings.from_table(Path(source), registry)
    end = _time("--last", last) if last else SystemClock().now()
    begin = _time("--first", first) if first else end - 7 * DAY
    store = open_store(source)
    try:
        if statistics:
            return readings.from_statistics(store, registry, begin, end)
        return readings.from_store(store, registry, begin, end, tell=progress)
    finally:
        store.close()


def _time(key: str, text: str) -> int:
    try:
        return from_iso(text)
    except ValueError as error:
        raise BadConfig(key, text, "a time like 2026-11-24T08:00:00Z") from error
