"""`davy fleet recheck`: days judged anew from the fact sets in the log, held against the verdicts that stand there."""

import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import click
import msgspec

from console.cli.fleet_verdicts import both, last_day
from console.cli.store_care import settings_of, there, where
from console.cli.table import plain, table
from fleet.bodies import Status
from fleet.criteria.words import STATUS_WORDS
from fleet.packs import USUAL, Pack, load
from fleet.recheck import Recheck, recheck
from store.records.engine import open_records

USUAL_DAYS = 30
MOST_NAMED = 20
DAY = click.DateTime(["%Y-%m-%d"])


@click.command(name="recheck")
@click.option("--pack", "pack_id", default=USUAL, show_default=True, help="判据包的名称或文件 / a pack's id or file")
@click.option("--from", "first", type=DAY, help=f"第一天; 缺省为 {USUAL_DAYS} 天 / the first day; default: {USUAL_DAYS} days")
@click.option("--to", "last", type=DAY, help="最后一天; 缺省为有事实的最后一天 / the last day; default: the last one with facts")
@click.option("--processes", type=click.IntRange(1, 64), default=os.cpu_count() or 1, help="进程数, 缺省为核数 / processes; default: cores")
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / print JSON")
@where
def command(
    pack_id: str, first: datetime | None, last: datetime | None, processes: int, as_json: bool, config: str | None, folder: str
) -> None:
    """按日志中的事实重新判断, 与已写入的结论核对; 不同则退出码为 1 / judge days anew and compare; exit code 1 where a verdict differs."""
    pack, address = load(pack_id), there(settings_of(config, folder).records)
    records = open_records(address)
    try:
        with records.read() as db:
            end = last.date() if last else last_day(db, None)
        begin = first.date() if first else end - timedelta(days=USUAL_DAYS - 1)
        done = recheck(records, address, pack, begin, end, processes)
    finally:
        records.close()
    for line in [msgspec.json.encode(done).decode()] if as_json else written(done, pack, begin, end):
        click.echo(line)
    sys.exit(1 if done.differ else 0)


def written(done: Recheck, pack: Pack, first: date, last: date) -> Iterator[str]:
    """What came out, as people read it."""
    header = ("日 day", *(both(STATUS_WORDS[status]) for status in Status))
    yield f"{plain(pack.name)}  {first} – {last}"
    yield from table(header, [(day, *(str(counts[status.value]) for status in Status)) for day, counts in sorted(done.days.items())])
    yield ""
    yield f"重新判断 / judged anew: {done.sets}  相同 / the same: {done.same}  不同 / different: {len(done.differ)}"
    if done.absent:
        yield f"日志中没有, 或按另一版本的判据包 / not in the log, or by another text of the pack: {done.absent}"
    for mine, day in done.differ[:MOST_NAMED]:
        yield f"  不同 / different: {plain(mine)} {day}"
    if len(done.differ) > MOST_NAMED:
        yield f"  另有 {len(done.differ) - MOST_NAMED} 处 / and {len(done.differ) - MOST_NAMED} more"
