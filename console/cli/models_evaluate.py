"""`davy models evaluate`: figures on public data by public protocols, a baseline beside. `davy models page`: docs/models.md of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from contracts.errors import BadConfig

SUITES = ("skab", "nab", "methane", "seismic", "ims", "fan", "sim")
"""As `lab.evaluate.SUITES`, which is loaded only when a suite runs."""
ALL = "all"


@click.command()
@click.option(
    "--suite", type=click.Choice([*SUITES, ALL]), required=True, help="测试集 / suite; all: 数据在的都评 / every one whose data are there"
)
@click.option("--data", type=click.Path(path_type=Path), help="数据目录 / folder of the suite's data (default: DAVY_DATA)")
@click.option("--json", "as_json", is_flag=True, help="最后一行为 JSON / one JSON object on the last line")
@click.option(
    "--save",
    type=click.Path(path_type=Path),
    help="另存结果 / also keep the result in this file; all: 目录, 每个测试集一个文件 / a folder, a file a suite",
)
def evaluate(suite: str, data: Path | None, as_json: bool, save: Path | None) -> None:
    """按公开规程评测 / evaluate by the public protocol. --json: 最后一行 / the last line is one JSON object."""
    from lab import evaluate as lab  # noqa: PLC0415  # scikit-learn takes seconds to load

    if suite == ALL:
        _every(data, as_json, save)
        return
    result = lab.evaluate(suite, data, _tell)
    if save is not None:
        _keep(save, lab.line(result))
    for said in shown(result["figures"]):
        click.echo(said)
    if as_json:
        click.echo(lab.line(result))


def _every(data: Path | None, as_json: bool, save: Path | None) -> None:
    """Suite by suite; each is kept as soon as it is done, and one that cannot be run is told, never left out in silence."""
    from lab import evaluate as lab  # noqa: PLC0415

    results, missing = {}, {}
    runnable = lab.available(data)
    for at, (suite, why) in enumerate(runnable.items(), 1):
        _tell(f"[{at}/{len(runnable)}] {suite}{': ' + why if why else ''}")
        if why:
            missing[suite] = why
            continue
        results[suite] = lab.evaluate(suite, data, _tell)
        if save is not None:
            _keep(save / f"{suite}.json", lab.line(results[suite]))
        for said in shown({suite: results[suite]["figures"]}):
            click.echo(said)
    for suite in missing:
        click.echo(f"{suite}: 未评测, 没有数据 / not evaluated, no data")
    if as_json:
        figures = {suite: result["figures"] for suite, result in results.items()}
        click.echo(lab.line({"suite": ALL, "figures": figures, "missing": missing}))


@click.command()
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs/models"),
    show_default=True,
    help="结果目录 / folder of saved results",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("docs/models.md"),
    show_default=True,
    help="写到, 中文页在旁边 / write to; the Chinese page stands beside it",
)
def page(results: Path, out: Path) -> None:
    """由结果生成 docs/models.md 和图 / make docs/models.md and its plots from saved results."""
    from lab.page.write import write_page  # noqa: PLC0415

    if not results.is_dir():
        raise BadConfig("--results", str(results), "a folder of results (davy models evaluate --suite all --save FOLDER)")
    try:
        for path in write_page(results, out, _tell):
            click.echo(path)
    except OSError as error:
        raise BadConfig("--out", str(out), f"a place that can be written to ({error.strerror})") from error


def _tell(said: str) -> None:
    click.echo(said, err=True)


def _keep(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise BadConfig("--save", str(path), f"a file that can be written ({error.strerror})") from error


def shown(figures: dict[str, Any], indent: str = "") -> Iterator[str]:
    """Figures as lines, a table as an indented list."""
    for name, value in figures.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from shown(value, indent + "  ")
        else:
            yield f"{indent}{name:<32} {value:.4g}" if isinstance(value, float) else f"{indent}{name:<32} {value}"
