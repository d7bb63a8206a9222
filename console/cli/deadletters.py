"""`davy deadletters`: what could not be stored, why, and its replay."""

import sys
from collections import Counter

import click
import httpx

from console.cli.api import Api, both, url_option
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_delivery import DeadView, ReplayView
from contracts.errors import BadConfig
from contracts.topics import Gateway

PAGE = 500
OUTCOMES = {
    "stored": "已入库 / stored",
    "refused": "仍被拒绝 / refused again",
    "not_replayed": "未重放 / not replayed",
}
HEADER = ("ID", "收到 received", "网关 gateway", "条目 item", "字节 bytes", "原因 reason", "说明 detail")


class Listing(click.Group):
    """Without a subcommand it lists."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        alone = not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names)
        return super().parse_args(ctx, ["list", *args] if alone and not ctx.resilient_parsing else args)


gateway_option = click.option("--gateway", metavar="MINE/GATEWAY", help="只看一个网关 / only of this gateway")


@click.group(name="deadletters", cls=Listing)
def command() -> None:
    """死信 / what could not be stored: list (the default), show, replay."""


@command.command(name="list")
@gateway_option
@click.option("--all", "resolved", is_flag=True, help="包括已处理的 / also those replayed or given up")
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="最多行数 / at most so many")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, gateway: str | None, resolved: bool, limit: int, url: str) -> None:
    """列出死信 / list dead letters, oldest first."""
    rows, more = fetch(Api(url, transport), gateway, limit, unresolved=not resolved)
    if not rows:
        click.echo("没有死信 / no dead letters")
        return
    for line in table(HEADER, [row_of(row) for row in rows]):
        click.echo(line)
    if more:
        click.echo(f"只列出 {len(rows)} 行, 还有更多 (--limit) / {len(rows)} shown, there are more (--limit)")


@command.command()
@click.argument("number", metavar="ID", type=click.IntRange(0))
@url_option
@click.pass_obj
def show(transport: httpx.BaseTransport | None, number: int, url: str) -> None:
    """一条死信 / everything known of one dead letter."""
    page = Api(url, transport).get("deadletters", Page[DeadView], unresolved="false", after=max(0, number - 1), limit=1)
    if not page.items or page.items[0].id != str(number):
        raise click.ClickException(f"没有死信 {number} / there is no dead letter {number}")
    row = page.items[0]
    told = (
        ("ID", row.id),
        ("网关 gateway", row.gateway),
        ("主题 topic", row.topic),
        ("收到 received", row.received),
        ("条目 item", item_of(row)),
        ("字节 bytes", str(row.size)),
        ("原因 reason", f"{row.reason}: {both(row.reason_words)}"),
        ("说明 detail", row.detail),
    )
    for line in table(("", ""), [(name, plain(value)) for name, value in told])[2:]:
        click.echo(line)


@command.command()
@click.argument("numbers", metavar="[ID]...", nargs=-1, type=click.IntRange(0))
@click.option("--all", "everything", is_flag=True, help="全部未处理的 / all that are not resolved")
@gateway_option
@url_option
@click.pass_obj
def replay(transport: httpx.BaseTransport | None, numbers: tuple[int, ...], everything: bool, gateway: str | None, url: str) -> None:
    """重放死信 / put dead letters through the pipeline again; exit code 1 where one was not stored."""
    if bool(numbers) == everything:
        raise click.UsageError("给出 ID 或 --all, 二者之一 / give IDs or --all, one of the two")
    if gateway and numbers:
        raise click.UsageError("--gateway 只与 --all 合用 / --gateway goes with --all only")
    api = Api(url, transport)
    wanted = [str(number) for number in numbers] if numbers else [row.id for row in fetch(api, gateway, None)[0]]
    if not wanted:
        click.echo("没有死信 / no dead letters")
        return
    counts: Counter[str] = Counter()
    for number in wanted:
        done = once(api, number)
        counts[done.outcome] += 1
        click.echo(f"{number}: {words_of(done.outcome)}{f' ({plain(done.reason)})' if done.reason else ''}")
    if len(wanted) > 1:
        click.echo("; ".join(f"{words_of(name)}: {count}" for name, count in counts.items()))
    if set(counts) - {"stored"}:
        sys.exit(1)


def once(api: Api, number: str) -> ReplayView:
    """Replay one. What the console refuses to replay at all does not stop those after it."""
    try:
        return api.post(f"deadletters/{number}/replay", ReplayView)
    except BadConfig as error:
        return ReplayView(number, "not_replayed", str(error))


def words_of(outcome: str) -> str:
    return OUTCOMES.get(outcome, plain(outcome))


def fetch(api: Api, gateway: str | None, limit: int | None, *, unresolved: bool = True) -> tuple[list[DeadView], bool]:
    """Dead letters page by page, at most `limit` (None: all), and whether there are more."""
    if gateway:
        Gateway.parse(gateway)
    rows: list[DeadView] = []
    after: str | None = "0"
    while after is not None and (limit is None or len(rows) < limit):
        size = PAGE if limit is None else min(PAGE, limit - len(rows))
        flag = "true" if unresolved else "false"
        page = api.get("deadletters", Page[DeadView], gateway=gateway, unresolved=flag, after=after, limit=size)
        rows += page.items
        after = page.next
    return rows, after is not None


def item_of(row: DeadView) -> str:
    """`epoch#seq`, as far as it could be read."""
    return f"{row.epoch}#{row.seq}" if row.epoch is not None else "?"


def row_of(row: DeadView) -> tuple[str, ...]:
    """One line of the list."""
    detail = plain(row.detail)
    short = detail if len(detail) <= 80 else detail[:79] + "…"
    return row.id, row.received, plain(row.gateway), plain(item_of(row)), str(row.size), plain(row.reason), short
