"""`davy models labels|marks`: what people said of findings, for the next training and as figures. Nothing here touches an alarm."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from console.cli.table import table
from contracts.clock import iso
from contracts.errors import BadConfig
from lab.labels import COLUMNS

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from store.records.findings import FindingRow, Tally

Rows = TypeVar("Rows")

records_option = click.option("--records", "address", required=True, help="记录库地址 / records: sqlite:///FILE or postgresql://...")
mine_option = click.option("--mine", help="只看一个矿 / only this mine")
HEADER = (
    "种类 kind",
    "发现 findings",
    "属实 true",
    "标校气 test_gas",
    "检修 maintenance",
    "无意义 nonsense",
    "未标记 unmarked",
    "属实率 precision",
)


@click.command()
@records_option
@mine_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="写到文件 / write here instead of to the screen")
def labels(address: str, mine: str | None, out: Path | None) -> None:
    """导出标记为标签 (CSV) / findings people marked, as labels for `davy models train --labels`."""
    from store.records import findings  # noqa: PLC0415  # SQLAlchemy takes long to load

    rows = _asked(address, lambda db: findings.labels(db, mine))
    text = as_csv(rows)
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadConfig("--out", str(out), f"a file that can be written ({error.strerror})") from error
    click.echo(f"{out}: {len(rows)} 个标签 / labels")


@click.command()
@records_option
@mine_option
def marks(address: str, mine: str | None) -> None:
    """每种发现被标记成什么 / of each kind of finding, what people said it was, and the share that was true."""
    from store.records import findings  # noqa: PLC0415

    counted = _asked(address, lambda db: findings.tally(db, mine))
    if not counted:
        click.echo("没有发现 / no findings")
        return
    for said in table(HEADER, [row(one) for one in counted]):
        click.echo(said)


def _asked(address: str, ask: "Callable[[Connection], Rows]") -> "Rows":
    """The answer of records that are there."""
    from console.cli.store_care import there  # noqa: PLC0415
    from store.records.engine import open_records  # noqa: PLC0415

    records = open_records(there(address))
    try:
        with records.read() as db:
            return ask(db)
    finally:
        records.close()


def as_csv(rows: Iterable["FindingRow"]) -> str:
    """A line a marked finding: the mark that holds, who gave it and when; `ended` is empty where it goes on. Blanks between points."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in rows:
        said = next(remark for remark in reversed(one.remarks) if remark.mark == one.mark)
        ended = iso(one.ended) if one.ended else ""
        writer.writerow((one.mine, " ".join(one.points), one.kind, iso(one.since), ended, said.mark, said.name, iso(said.at)))
    return out.getvalue()


def row(one: "Tally") -> tuple[str, ...]:
    """Counts as cells; no share where nobody marked any."""
    share = one.precision
    numbers = (one.count, *one.marked.values(), one.unmarked)
    return (one.kind, *(str(number) for number in numbers), "-" if share is None else f"{100 * share:.0f} %")
