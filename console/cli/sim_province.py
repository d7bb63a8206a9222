"""`davy sim province`: 900 mines that do not exist, honest, sloppy and cheating, with months of facts; and the truth beside them."""

import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from console.fleet.registering import today
from console.fleet.trial_writing import ACTOR, Wanted, write_province, write_truth
from contracts.clock import SystemClock
from fleet import judging, suspecting
from fleet.packs import USUAL, load
from store.records.engine import Records, open_records

ZONE = 8


@click.command(name="province")
@click.option("--mines", type=click.IntRange(1, 5_000), default=900, show_default=True, help="矿井数 / how many mines")
@click.option("--days", type=click.IntRange(1, 1_095), default=90, show_default=True, help="天数 / days of facts")
@click.option("--last", type=click.DateTime(["%Y-%m-%d"]), help="最后一天; 缺省为昨天 / the last day; default: yesterday")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="随机种子 / the seed: one seed, one province")
@click.option("--records", "address", metavar="ADDRESS", help="记录库地址 / the records; 缺省 / default: --folder 中的 records.sqlite")
@click.option(
    "--folder", default="province", show_default=True, help="数据目录, 供 DAVY_HOME / a folder of its own, as DAVY_HOME for `davy up`"
)
@click.option(
    "--truth", "truth", metavar="FILE", help="真实情况写入的文件 / where the truth goes (JSON); 缺省 / default: FOLDER/truth.json"
)
@click.option("--facts-only", is_flag=True, help="不判定, 不查疑点 / no verdicts, counts and suspicions")
def command(
    mines: int, days: int, last: datetime | None, seed: int, address: str | None, folder: str, truth: str | None, facts_only: bool
) -> None:
    """模拟省份: 写入日志 / a simulated province with months of facts, into records of its own; ground truth into a file beside them."""
    clock, place = SystemClock(), Path(folder)
    until = last.date() if last else date.fromisoformat(today(ZONE, clock.now())) - timedelta(days=1)
    wanted = Wanted(seed, mines, days, until)
    if address is None or truth is None:
        place.mkdir(parents=True, exist_ok=True)
    records = open_records(address or f"sqlite:///{place / 'records.sqlite'}", clock)
    try:
        began = time.monotonic()
        written = _written(records, wanted, clock.now())
        write_truth(Path(truth) if truth else place / "truth.json", wanted, written)
        took = time.monotonic() - began
        click.echo(f"已写入 / written: {mines} 座矿 mines, {wanted.first} .. {wanted.last}, {mines * days} 矿·日 mine-days, {took:.0f} s")
        if not facts_only:
            _judged(records, wanted, clock.now())
    finally:
        records.close()
    click.echo(f"真实情况 / the truth: {truth or place / 'truth.json'} (不在日志中 / not in the log)")


def _written(records: Records, wanted: Wanted, now: int) -> list[dict[str, Any]]:
    told = []
    for done, truth in write_province(records, wanted, now):
        told.append(truth)
        _tell(f"{done}/{wanted.mines} 座矿 mines")
    _tell("")
    return told


def _judged(records: Records, wanted: Wanted, now: int) -> None:
    began = time.monotonic()
    pack = load(USUAL)
    _tell("查找疑点 / looking for cheats")
    with records.begin() as db:
        suspicions = suspecting.record(db, wanted.first, wanted.last, ACTOR, now)
    _tell("判定 / judging")
    with records.begin() as db:
        done = judging.record(db, pack, wanted.first, wanted.last, ACTOR, now)
    _tell("")
    took = time.monotonic() - began
    told = f"判定 verdicts {done.verdicts}, 计数 counts {done.counts}, 疑点 suspicions {suspicions}"
    click.echo(f"{told}, {pack.id}, {took:.0f} s")


def _tell(text: str) -> None:
    """On a terminal only; nothing in a log."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", err=True, nl=False)
