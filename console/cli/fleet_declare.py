"""`davy fleet declare`: facts by a person's word, each with the hash of the document it rests on."""

import click
import httpx

from console.cli.api import Api, both, url_option
from console.cli.fleet_said import correction_option, hash_of, name_option, stated, written
from console.cli.table import plain, table
from console.web.shapes import Page, Words
from console.web.shapes_fleet_register import Entered
from contracts.errors import BadConfig
from fleet.view import DeclaredView

HEADER = ("事实 fact", "对象 subject", "值 value", "自 from", "至 to", "今日有效 holds today", "文件 document", "sha256")


@click.group(name="declare")
def command() -> None:
    """申报事实 / facts by a person's word."""


@command.command(name="list")
@click.argument("mine", metavar="MINE")
@url_option
@click.pass_obj
def listing(transport: httpx.BaseTransport | None, mine: str, url: str) -> None:
    """列出申报 / list what a mine declared."""
    rows = [_row(one) for one in Api(url, transport).get(f"fleet/mines/{mine}/declared", Page[DeclaredView]).items]
    for line in table(HEADER, rows) if rows else ["没有申报 / nothing declared"]:
        click.echo(line)


@command.command()
@click.argument("mine", metavar="MINE")
@click.argument("fact", metavar="FACT")
@click.argument("value", metavar="VALUE", type=float)
@click.option("--subject", default="", help="工作面、岗位等 / the face, post, ... it is about; 缺省为全矿 / default: the whole mine")
@click.option("--from", "valid_from", required=True, help="自何日 / from which day (2026-01-31)")
@click.option("--to", "valid_to", required=True, help="至何日 / to which day it holds")
@click.option("--document", metavar="FILE", default="", help="所依据的文件; 只上报其哈希 / the document; only its hash is sent")
@click.option("--sha256", "digest", default="", help="文件的 SHA-256 (代替 --document) / the document's SHA-256, instead of --document")
@click.option("--document-name", default="", help="文件名称; 缺省为文件名 / what the document is called; default: the file's name")
@correction_option
@name_option
@url_option
@click.pass_obj
def add(
    transport: httpx.BaseTransport | None,
    mine: str,
    fact: str,
    value: float,
    subject: str,
    valid_from: str,
    valid_to: str,
    document: str,
    digest: str,
    document_name: str,
    correction: str,
    name: str,
    url: str,
) -> None:
    """申报 / declare a fact."""
    if bool(document) == bool(digest):
        raise BadConfig("--document", document, "a file, or --sha256 with its hash")
    body = stated(subject=subject, correction=correction, name=name)
    body |= {"fact": fact, "value": value, "valid_from": valid_from, "valid_to": valid_to}
    body |= {"document": digest or hash_of("--document", document), "document_name": document_name or document.rpartition("/")[2]}
    click.echo(written(Api(url, transport).post(f"fleet/mines/{mine}/declared", Entered, body)))


def _row(one: DeclaredView) -> tuple[str, ...]:
    title = plain(both(Words(one.title.zh, one.title.en)))
    held = "✓" if one.holds else "✗"
    return (
        title,
        plain(one.subject) or "-",
        f"{one.value:g}",
        one.valid_from,
        one.valid_to,
        held,
        plain(one.document_name),
        one.document[:16],
    )
