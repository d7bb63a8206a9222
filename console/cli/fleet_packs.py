"""`davy fleet packs list|show|lint|diff`: criteria packs, what they ask, what nobody read, and how two of them differ."""

from collections.abc import Iterator

import click

from console.cli.table import plain, table
from fleet.packs import Criterion, Pack, load, names
from fleet.packs.diff import differences
from fleet.packs.pack import CONDITIONS, Op, Text

HEADER = ("判据包 pack", "施行 valid", "角色 role", "判据 criteria", "计入 counted", "未定 open", "名称 title")
ROLES = {"in_force": "现行 in force", "predecessor": "已废止 predecessor", "comparison": "比较 comparison"}
BASES = {"official": "官方 official", "project": "本项目 project", "unknown": "未知 unknown"}
CONDITION_WORDS = {Op.HOLDS: "为是 is so", Op.UNEXPIRED: "当日有效 valid on the day"}
WHAT = {"added": "新增 added", "removed": "没有了 removed", "changed": "改变 changed"}
CRITERIA = ("判据 criterion", "系统 system", "要求 asked", "依据 basis", "文件与条款 document, clause", "可信 confidence")


@click.group(name="packs")
def command() -> None:
    """判据包 / criteria packs: list, show, lint, diff."""


@command.command(name="list")
def listing() -> None:
    """列出随产品的判据包 / list the packs of the product."""
    rows = []
    for name in names():
        pack = load(name)
        counted = sum(one.counted for one in pack.criteria)
        span = f"{pack.valid_from} – {pack.valid_to or ''}".strip()
        numbers = (str(len(pack.criteria)), str(counted), str(len(pack.criteria) - counted))
        rows.append((pack.name, span, ROLES[pack.role], *numbers, f"{pack.title.zh} / {pack.title.en}"))
    for line in table(HEADER, rows):
        click.echo(line)


@command.command()
@click.argument("pack", metavar="PACK")
@click.option("--text", is_flag=True, help="原文 / the pack's own text (YAML)")
def show(pack: str, text: bool) -> None:
    """显示一个判据包 / show a pack: its id, or the path of a .yaml file."""
    found = load(pack)
    if text:
        click.echo(found.text, nl=False)
        return
    for line in written(found):
        click.echo(line)


@command.command()
@click.argument("file", metavar="FILE")
def lint(file: str) -> None:
    """检查判据包文件; 猜出来的数值不予接受 / check a pack's file; a guessed number is refused."""
    found = load(file)
    counted = sum(one.counted for one in found.criteria)
    click.echo(f"{plain(found.name)}: 通过 / fine: {len(found.criteria)} 项判据 criteria, {counted} 项计入 counted")
    for line in remarks(found):
        click.echo(f"  {line}")


@command.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
def diff(before: str, after: str) -> None:
    """比较两个判据包 / what differs between two packs (ids or files)."""
    one, two = load(before), load(after)
    found = differences(one, two)
    click.echo(f"{plain(one.name)} → {plain(two.name)}")
    for item in found:
        pack = one if item.what == "removed" else two
        criterion = pack.criterion(item.criterion)
        title = f"  {criterion.zh} / {criterion.en}" if criterion and not item.field else ""
        change = f"  {item.field}: {item.before} → {item.after}" if item.field else ""
        click.echo(plain(f"  {WHAT[item.what]}  {item.criterion or '(pack)'}{title}{change}"))
    if not found:
        click.echo("  判据相同 / the same criteria")


def written(pack: Pack) -> Iterator[str]:
    """A pack as people read it: what it is, what it asks, what nobody read."""
    yield f"{plain(pack.name)}  {ROLES[pack.role]}"
    yield from _both(pack.title)
    span = f"{pack.valid_from} – {pack.valid_to}" if pack.valid_to else f"{pack.valid_from} –"
    yield f"施行 / in force: {span}  范围 / scope: {plain(pack.scope.zh)} / {plain(pack.scope.en)}  截至 / as of: {pack.as_of}"
    yield ""
    yield from table(CRITERIA, [_row(one) for one in pack.criteria])
    yield ""
    for one in pack.criteria:
        yield f"{one.id}  {plain(one.zh)} / {plain(one.en)}"
        for zh, en in ((one.how_zh, one.how_en), (one.open_zh, one.open_en)):
            if zh or en:
                yield f"  {plain(zh)} / {plain(en)}"
    yield from _titled("未读 / what was not read", pack.not_read)
    yield from _titled("设定 / settings", (pack.settings, pack.levels_note, pack.weights_note))
    if pack.aims:
        yield from _titled("目标, 不是判据 / aims, no criteria", pack.aims)
    if pack.assessing:
        yield from _titled("由省评定 / assessed by the province", (pack.assessing.lead, *pack.assessing.province))
        yield from _titled("由市评定 / assessed by the city", (pack.assessing.city,))


def remarks(pack: Pack) -> Iterator[str]:
    """What is allowed and worth a look: numbers whose clause was not read, documents nobody names."""
    for one in pack.criteria:
        if one.counted and not one.clause:
            yield f"{one.id}: 条款号未读 / the number of its clause was not read"
    named = {one.document for one in pack.criteria} | {one.document for one in pack.aims}
    named |= {pack.assessing.document} if pack.assessing else set()
    for name in pack.documents:
        if name not in named:
            yield f"documents.{name}: 没有判据引用 / no criterion names it"


def asked(one: Criterion) -> str:
    """What a value is held against, in words; what is open says so."""
    if one.op in CONDITIONS:
        return CONDITION_WORDS[one.op]
    if one.threshold is None:
        return "未定 open"
    return f"{one.op.value} {one.threshold:g}{one.unit and ' ' + one.unit}"


def _row(one: Criterion) -> tuple[str, ...]:
    clause = f"{one.document} {one.clause}".strip() or "-"
    return one.id, one.system, asked(one), BASES[one.basis], plain(clause), one.confidence


def _both(text: Text) -> Iterator[str]:
    yield plain(text.zh)
    yield plain(text.en)


def _titled(title: str, texts: tuple[Text, ...]) -> Iterator[str]:
    yield ""
    yield f"{title}:"
    for text in texts:
        yield f"  - {plain(text.zh)} / {plain(text.en)}"
