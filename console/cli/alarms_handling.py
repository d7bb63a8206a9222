"""`davy alarms inbox|show|acknowledge|answer|close|return|evidence|verify`: how alarms are answered for, and the evidence of them."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import httpx

from alerts.evidence import read_evidence
from alerts.handling import Standing
from console.cli.api import Api, both, url_option
from console.cli.table import plain, table
from console.web.shapes import Page
from console.web.shapes_alarms import AlarmStory
from console.web.shapes_handling import DeskView, EvidenceView, HandlingView
from contracts.clock import iso
from contracts.errors import BadConfig
from contracts.keys import key_id

HEADER = ("待办 desk", "编号 alarm", "矿 mine", "测点 point", "报警 alarm", "开始 raised (UTC)", "期限 due (UTC)", "呈送 referred")
TROUBLES = {
    "signature": "签名不符 / the signature does not hold",
    "strange_key": "不是给出的密钥签名 / signed by another key than the one given",
    "missing": "清单中有而文件中缺少 / named in the manifest and not there",
    "not_in_manifest": "不在清单中 / not in the manifest",
    "changed": "已被改动 / changed since it was signed",
    "twice": "出现两次 / there twice",
    "damaged": "损坏 / damaged",
}
by_option: Callable[[Any], Any] = click.option("--name", required=True, help="谁 / who")


@click.command()
@click.option("--mine", help="只看这座矿 / only of this mine")
@url_option
@click.pass_obj
def inbox(transport: httpx.BaseTransport | None, /, mine: str | None, url: str) -> None:
    """待办: 逾期、被退回、新报警、待答复 / what a mine has to do: overdue, sent back, new, to be answered."""
    rows = Api(url, transport).get("inbox", Page[DeskView], mine=mine).items
    if not rows:
        click.echo("没有待办 / nothing to be done")
    for line in table(HEADER, [_desk(row) for row in rows]) if rows else ():
        click.echo(line)


@click.command()
@click.argument("alarm")
@url_option
@click.pass_obj
def show(transport: httpx.BaseTransport | None, /, alarm: str, url: str) -> None:
    """一条报警: 经过、答复、呈送 / one alarm: its timeline, answers and referrals."""
    api = Api(url, transport)
    story, handled = api.get(f"alarms/{number(alarm)}", AlarmStory), api.get(f"alarms/{number(alarm)}/handling", HandlingView)
    click.echo(f"{plain(story.alarm.id)} {plain(both(story.alarm.title))}")
    click.echo(
        f"  {both(story.alarm.state_words)}; {both(handled.standing_words)}{f'; 期限 due {handled.due[:19]}Z' if handled.due else ''}"
    )
    for step in story.timeline:
        who = f" {plain(step.name)}:" if step.name else ""
        why = both(step.reason_words) + (f" ({step.detail})" if step.detail else "")
        click.echo(f"  {step.at[:23]}Z {both(step.change_words)}{who} {plain(why)}")
        for notice in step.notices:
            after = f" +{notice.after_s:.3f} s" if notice.after_s is not None else ""
            click.echo(f"    → {plain(notice.recipient)} ({notice.channel}) {both(notice.state_words)}{after}")
    _handled(handled)


@click.command()
@click.argument("alarm")
@by_option
@click.option("--words", required=True, help="看到了什么, 做了什么 / what was found or done")
@url_option
@click.pass_obj
def acknowledge(transport: httpx.BaseTransport | None, /, alarm: str, name: str, words: str, url: str) -> None:
    """确认报警: 有人看到了, 不再逐级通知 / a person has seen it: no further step is told. It is no answer."""
    story = Api(url, transport).post(f"alarms/{number(alarm)}/acknowledge", AlarmStory, {"name": name, "words": words})
    click.echo(f"{plain(story.alarm.id)} {plain(both(story.alarm.title))}")
    click.echo(f"  {both(story.alarm.state_words)}")


@click.command()
@click.argument("alarm")
@by_option
@click.option("--cause", required=True, help="原因编号 / cause, by its id (davy alarms show)")
@click.option("--words", default="", help="说明 / in words")
@click.option("--peak", type=float, help="最高值 / peak")
@click.option("--duration", "duration_s", type=float, help="持续秒数 / duration, s")
@click.option("--cut", type=click.Choice(["yes", "no", "not_due", "unknown"]), default="unknown", help="断电 / power cut")
@click.option("--feed", type=click.Choice(["off", "on", "unknown"]), default="unknown", help="馈电 / feed")
@click.option("--withdrawal", type=click.Choice(["yes", "no", "unknown"]), default="unknown", help="撤人 / withdrawal")
@click.option("--withdrawn", type=int, help="撤出人数 / people withdrawn")
@click.option("--measures", default="", help="措施 / measures")
@click.option("--reported-to", default="", help="向谁汇报 / reported to")
@url_option
@click.pass_obj
def answer(transport: httpx.BaseTransport | None, /, alarm: str, url: str, **given: Any) -> None:
    """矿方答复: 新增一版, 不覆盖 / the mine answers: a further version, never in place of another."""
    api = Api(url, transport)
    known = api.get(f"alarms/{number(alarm)}/handling", HandlingView)
    stated = {name: value for name, value in given.items() if value is not None}
    _handled(api.post(f"alarms/{number(alarm)}/answer", HandlingView, stated | {"version": known.version}))


def _word(verb: str, path: str, text: str) -> click.Command:
    @click.command(name=verb, help=text)
    @click.argument("alarm")
    @by_option
    @click.option("--words", required=True, help="意见 / in words")
    @click.option("--version", type=int, help="所读的版本, 默认最新 / the version you read; the newest where it is not given")
    @url_option
    @click.pass_obj
    def command(transport: httpx.BaseTransport | None, /, alarm: str, name: str, words: str, version: int | None, url: str) -> None:
        api = Api(url, transport)
        read = api.get(f"alarms/{number(alarm)}/handling", HandlingView).version if version is None else version
        _handled(api.post(f"alarms/{number(alarm)}/{path}", HandlingView, {"name": name, "words": words, "version": read}))

    return command


close = _word("close", "close", "监管: 核销矿方答复 / inspector: close the mine's answer.")
send_back = _word("return", "return", "监管: 退回矿方 / inspector: send the answer back to the mine.")


@click.command()
@click.argument("alarm")
@by_option
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="写入文件 / file to write")
@url_option
@click.pass_obj
def evidence(transport: httpx.BaseTransport | None, /, alarm: str, name: str, out: Path, url: str) -> None:
    """生成证据: 一个签名文件 / evidence as one signed file, made now and kept at the centre as well."""
    api = Api(url, transport)
    if out.exists():
        raise BadConfig("--out", str(out), "a file that is not there yet")
    made = api.post(f"alarms/{number(alarm)}/evidence", EvidenceView, {"name": name})
    data, _ = api.file(f"alarms/{number(alarm)}/evidence/{made.id}")
    try:
        out.write_bytes(data)
    except OSError as error:
        raise BadConfig("--out", str(out), f"a file that can be written ({error.strerror})") from error
    click.echo(f"{out}: {len(data)} B, {made.digest}, 密钥 key {made.key}")


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--key", "key", metavar="HEX", help="可信公钥, 64 位十六进制 / the public key you trust (GET /api/v1/evidence/key, kept elsewhere)"
)
def verify(file: Path, key: str | None) -> None:
    """校验证据文件, 不联网 / check an evidence file without any network; says all that does not fit, exit code 1 then."""
    try:
        data = file.read_bytes()
        trusted = None if key is None else {bytes.fromhex(key)}
    except OSError as error:
        raise BadConfig("FILE", str(file), f"a file that can be read ({error.strerror})") from error
    except ValueError as error:
        raise BadConfig("--key", key, "64 hex digits") from error
    found = read_evidence(data, trusted)
    manifest = found.manifest
    assert manifest is not None
    click.echo(f"报警 alarm {manifest.alarm}, {plain(manifest.mine)}/{plain(manifest.point)}, {iso(manifest.made)}, {plain(manifest.by)}")
    click.echo(f"读数 readings {iso(manifest.span[0])} – {iso(manifest.span[1])}")
    click.echo(f"审计链 audit chain {manifest.chain[0]} {plain(manifest.chain[1])}")
    for code, what in found.troubles:
        click.echo(f"  不符 does not fit: {plain(what)}: {TROUBLES.get(code, code)}")
    if found.troubles:
        sys.exit(1)
    known = "已核对 checked" if trusted is not None else "未与可信公钥核对 / not checked against a key you keep: --key"
    click.echo(f"完好 / whole: {len(found.files)} 个文件 files; 密钥 key {found.key or key_id(bytes.fromhex(manifest.public))} ({known})")


def number(alarm: str) -> str:
    """The argument as it may stand in a path."""
    if not (alarm.isascii() and alarm.isdigit()):
        raise BadConfig("ALARM", alarm, "the number of an alarm")
    return alarm


def _desk(row: DeskView) -> tuple[str, ...]:
    alarm = row.alarm
    moments = ("-" if moment is None else f"{moment[:19]}Z" for moment in (alarm.raised, row.due))
    return (
        row.group,
        alarm.id,
        plain(alarm.mine),
        plain(alarm.point),
        plain(both(alarm.title)),
        *moments,
        " ".join(one.reason for one in row.reasons) or "-",
    )


def _handled(view: HandlingView) -> None:
    for one in view.answers:
        against = "; ".join(both(trouble.words) for trouble in one.contradictions)
        click.echo(f"  答复 answer {one.version} {one.at[:19]}Z {plain(one.by)}: {plain(both(one.cause))} {plain(one.form.words)}".rstrip())
        if against:
            click.echo(f"    与数据矛盾 / against the data: {against}")
    for said in view.verdicts:
        click.echo(f"  监管 inspector {said.at[:19]}Z {plain(said.by)}: {both(said.verdict_words)} ({said.version}) {plain(said.words)}")
    for why in view.referrals:
        click.echo(f"  呈送 referred {why.at[:19]}Z: {both(why.words)}{' (核销 closed)' if why.ended else ''}")
    click.echo(f"  {both(view.standing_words)}")
    if view.standing in (Standing.DUE, Standing.RETURNED):
        click.echo(f"  原因 causes (--cause): {'; '.join(f'{cause.id} {both(cause.words)}' for cause in view.causes)}")
