"""`davy people add|list|set|passwd|pin|token|remove|erase`: who may sign in, changed also while the centre runs."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy import Connection

from console import people as house
from console.cli.people_secret import asked_secret
from console.cli.store_care import settings_of, where
from console.cli.table import plain, table
from console.web.access import Role
from console.web.entry import doors_in
from console.web.sessions import new_session
from contracts.clock import SystemClock
from contracts.errors import BadConfig
from store.records import people
from store.records.engine import open_records
from store.records.people import Person

ROLES = click.Choice([str(role) for role in Role])
HEADER = ("登录名 login", "姓名 name", "角色 role", "矿井 mines", "辖区 district", "密码 password", "个人密码 PIN", "启用 active")
ONCE = "只显示这一次 / shown this once"


@contextmanager
def opened(config: str | None, folder: str) -> Iterator[tuple[Connection, int]]:
    """One transaction in the records, and now (µs UTC); also while the centre runs."""
    address = settings_of(config, folder).records
    path = address.removeprefix("sqlite:///")
    if path != address and not os.path.isdir(os.path.dirname(path) or "."):
        raise BadConfig("records", address, "a folder that is there: --folder of `davy up`, or the centre's --config")
    records = open_records(address)
    try:
        with records.begin() as db:
            yield db, SystemClock().now()
    finally:
        records.close()


def facts_of(command: Callable[..., Any]) -> Callable[..., Any]:
    """What is known of a person beside name, role and mines."""
    for option in (
        click.option("--duty", help="职务 / their duty, as people say it"),
        click.option("--phone", help="电话 / telephone"),
        click.option("--claim", help="在公司统一登录 (OIDC) 中的名称 / their name at the company's own sign-in (OIDC)"),
        click.option("--lang", type=click.Choice(["zh", "en"]), help="语言 / language"),
        click.option("--district", help="监管监察执法人员的辖区 / an inspector's district"),
    ):
        command = option(command)
    return command


mine_option = click.option(
    "--mine",
    "mines",
    multiple=True,
    metavar="MINE",
    help="矿井, 可重复; 监管、省级和管理员不给则为全部 / a mine, repeatable; see docs/people.md",
)
generate_option = click.option("--generate", is_flag=True, help="随机生成, 只显示一次 / make one at random, shown once")


@click.group(name="people")
def command() -> None:
    """人员、角色和登录 / people, roles and sign-in (docs/people.md)."""


@command.command()
@where
@click.argument("login")
@click.option("--name", required=True, help="姓名 / name")
@click.option("--role", required=True, type=ROLES, help="角色 / role")
@mine_option
@facts_of
@generate_option
@click.option("--no-password", is_flag=True, help="无密码, 只用公司统一登录 / none: they come in by OIDC only")
def add(
    config: str | None,
    folder: str,
    login: str,
    name: str,
    role: str,
    mines: tuple[str, ...],
    generate: bool,
    no_password: bool,
    **facts: Any,
) -> None:
    """登记一个人 / register a person. 密码来自 DAVY_PASSWORD(_FILE)、--generate 或键盘 / the password: from there, or typed."""
    password = "" if no_password else asked_secret("password", house.make_password if generate else None)
    with opened(config, folder) as (db, now):
        given = {name: value for name, value in facts.items() if value is not None}
        person = house.add(db, now, login, name, role, mines, password, **given)
    click.echo(f"已登记 / registered: {person.login} ({person.role})")
    if generate and password:
        click.echo(f"密码 / password, {ONCE}: {password}")


@command.command(name="list")
@where
def list_(config: str | None, folder: str) -> None:
    """列出人员 / list them."""
    with opened(config, folder) as (db, _):
        rows = [_row(db, person) for person in people.listing(db)]
    for line in table(HEADER, rows) if rows else ["没有登记任何人员 / nobody is registered"]:
        click.echo(line)


@command.command(name="set")
@where
@click.argument("login")
@click.option("--name", help="姓名 / name")
@click.option("--role", type=ROLES, help="角色 / role")
@mine_option
@click.option("--active/--inactive", default=None, help="启用或停用 / may sign in, or may not")
@facts_of
def set_(config: str | None, folder: str, login: str, mines: tuple[str, ...], **facts: Any) -> None:
    """修改一个人, 立即生效 / change a person, at once. --mine 代替原有矿井 / --mine replaces the mines they had."""
    given = {name: value for name, value in facts.items() if value is not None} | ({"mines": mines} if mines else {})
    if not given:
        raise click.UsageError("没有要修改的 / nothing to change")
    with opened(config, folder) as (db, now):
        person = house.known(db, login)
        without = sorted(set(mines) - set(people.pins_of(db, person.id))) if mines and people.pins_of(db, person.id) else []
        house.change(db, now, person, given)
    click.echo(f"已修改 / changed: {login}")
    if without:
        click.echo(f"尚无个人密码 / no PIN yet at: {', '.join(without)} (davy people pin)")


@command.command()
@where
@click.argument("login")
@generate_option
def passwd(config: str | None, folder: str, login: str, generate: bool) -> None:
    """设新密码, 此人全部退出登录 / give a new password; all their sessions end."""
    password = asked_secret("password", house.make_password if generate else None)
    with opened(config, folder) as (db, now):
        ended = house.set_password(db, now, house.known(db, login), password)
    click.echo(f"已修改 / changed; {ended} 个登录已退出 / sessions ended")
    if generate:
        click.echo(f"密码 / password, {ONCE}: {password}")


@command.command()
@where
@click.argument("login")
@click.option("--mine", "mines", multiple=True, metavar="MINE", help="只在此矿 / at this mine only; repeatable")
@generate_option
def pin(config: str | None, folder: str, login: str, mines: tuple[str, ...], generate: bool) -> None:
    """设值班看板的个人密码 / give the PIN for the wall board, from DAVY_PIN(_FILE), --generate or typed; one at each of their mines."""
    typed = "" if generate else asked_secret("pin", None)
    with opened(config, folder) as (db, now):
        person = house.known(db, login)
        if not (mines or person.mines):
            raise BadConfig("login", login, "somebody of a mine: a PIN belongs to one")
        for mine in mines or person.mines:
            if generate:
                click.echo(f"{mine}: {house.make_pin(db, now, person, mine)}  ({ONCE})")
            else:
                house.set_pin(db, now, person, mine, typed)
    click.echo(f"已设 / set: {', '.join(mines or person.mines)}")


@command.command()
@where
@click.argument("login")
def token(config: str | None, folder: str, login: str) -> None:
    """给程序用的令牌 / a token for programs that call the API as this person: `Authorization: Bearer`, or DAVY_TOKEN for davy itself."""
    with opened(config, folder) as (db, now):
        person = house.known(db, login)
        if not person.active:
            raise BadConfig("login", login, "somebody who may sign in")
        made = new_session(db, person, "console", "console", doors_in(os.environ).sign_in, now)
    click.echo(f"# {ONCE}", err=True)
    click.echo(made)


@command.command()
@where
@click.argument("login")
def remove(config: str | None, folder: str, login: str) -> None:
    """停用一个人并取消个人密码, 姓名保留在记录中 / they may sign in no more; their name stays where they acted."""
    with opened(config, folder) as (db, now):
        house.remove(db, now, house.known(db, login))
    click.echo(f"已停用 / removed: {login}")


@command.command()
@where
@click.argument("login")
@click.option("--yes", is_flag=True, help="不再询问 / do not ask")
def erase(config: str | None, folder: str, login: str, yes: bool) -> None:
    """从记录中抹去姓名, 不可恢复; 审计链不变 / take the name out of the records for good; the audit chain stays whole."""
    if not yes:
        click.confirm(f"{login}: 不可恢复, 继续? / this cannot be undone, go on?", abort=True)
    with opened(config, folder) as (db, now):
        count = house.erase(db, now, house.known(db, login))
    click.echo(f"已抹去 / erased; {count} 处改为化名 / places have the pseudonym now")


def _row(db: Connection, person: Person) -> tuple[str, ...]:
    return (
        plain(person.login),
        plain(person.name) or "-",
        person.role,
        ", ".join(person.mines) or ("全部 all" if person.role in (Role.INSPECTOR, Role.PROVINCE, Role.ADMIN) else "-"),
        plain(person.district) or "-",
        "有 yes" if person.password else "-",
        ", ".join(people.pins_of(db, person.id)) or "-",
        "是 yes" if person.active else "否 no",
    )
