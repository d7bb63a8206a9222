"""`davy fleet facts`: what is known of a mine's day, how it was made, how complete it is; where there is no evidence, why."""

from typing import Any

import click
import httpx
import msgspec

from console.cli.api import Api, url_option
from console.cli.table import plain, table
from console.web.shapes import Page
from contracts.errors import BadConfig
from contracts.facts import FACTS, Fact, Way
from contracts.topics import check_id
from fleet.facts.words import why_words

HEADER = ("事实 fact", "对象 subject", "值 value", "完整度 complete", "方式 how", "说明 why")
NONE = "无证据 no evidence"


class DayOfFacts(msgspec.Struct):
    """A day as the API tells it. `n` 0: it stands in no log, the day is not over."""

    day: str
    n: int
    hash: str
    facts: list[Fact]


@click.command(name="facts")
@click.argument("mine", metavar="MINE")
@click.argument("day", metavar="[DAY]", required=False)
@click.option("--from", "first", metavar="DAY", help="从此日起 / from this day on (ISO date of the mine's zone)")
@click.option("--to", "last", metavar="DAY", help="到此日止 / up to this day; 缺省为今日 / default: today")
@click.option("--today", is_flag=True, help="今日至此 (未入账) / today so far; it stands in no log")
@click.option("--json", "as_json", is_flag=True, help="原样输出 JSON / the answer as JSON")
@url_option
@click.pass_obj
def command(
    transport: httpx.BaseTransport | None,
    mine: str,
    day: str | None,
    first: str | None,
    last: str | None,
    today: bool,
    as_json: bool,
    url: str,
) -> None:
    """矿井每日事实 / the daily facts of a mine: value, completeness, how it was made, evidence."""
    if day and (first or last or today):
        raise BadConfig("DAY", day, "a day, or --from and --to, or --today")
    place = f"fleet/mines/{check_id('mine', mine)}/facts" + ("/today" if today else "")
    query = {} if today else {"from": day or first, "to": day or last}
    api = Api(url, transport)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(api.get(place, dict[str, Any], **query)), indent=1))
        return
    for line in written(api.get(place, Page[DayOfFacts], **query).items):
        click.echo(line)


def written(days: list[DayOfFacts]) -> list[str]:
    """As people read it: a table a day."""
    if not days:
        return ["没有事实 / no facts are in the log for these days"]
    lines: list[str] = []
    for one in days:
        at = f"log:{one.n} {one.hash[:16]}" if one.n else "今日至此, 未入账 / so far today, in no log"
        lines += [f"{plain(one.day)}  {plain(at)}", *table(HEADER, [_row(fact) for fact in one.facts]), ""]
    return lines[:-1]


def _row(fact: Fact) -> tuple[str, ...]:
    meaning = FACTS.get(fact.name)
    name = f"{meaning.zh} {fact.name}" if meaning else fact.name
    unit = f" {meaning.unit}" if meaning and meaning.unit else ""
    value = NONE if fact.value is None else f"{fact.value:g}{unit}"
    how = f"{fact.how} ({'申报 declared' if fact.way is Way.DECLARED else '实测 measured'})"
    why = " ".join(why_words(fact.why)) if fact.why else ""
    return plain(name), plain(fact.subject), value, f"{fact.completeness * 100:.1f} %", plain(how), plain(why)
