"""Sign-in: can anybody, and has nobody else the pages?"""

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from console.cli.checks.backup import reading
from console.cli.checks.knock import opens
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from console.web.entry import LOOPBACK
from contracts.errors import DavyError
from store.records.people import PEOPLE


def judge_sign_in(people: int | None, *, local: bool, unlocked: bool) -> Verdict:
    """`people` that may sign in (None: not known); `local`: only this machine reaches the pages; `unlocked`: they answer without."""
    if unlocked and not local:
        return wrong(
            "网页不登录即可打开, 而且别的机器能访问",
            "the pages open without sign-in, and other machines reach them",
            "只在本机回环监听, 或经 davy centre / davy up --sign-in 运行 (docs/people.md)",
            "listen on loopback only, or run them by davy centre or davy up --sign-in (docs/people.md)",
        )
    if unlocked:
        return ok("网页只在本机打开, 不需登录", "the pages open on this machine only, without sign-in")
    if not people and people is not None:
        return warning(
            "没有人可以登录: 网页要求登录",
            "nobody can sign in, and the pages ask for it",
            "登记第一个人: davy people add admin --name 姓名 --role admin --generate --config centre.toml",
            "register the first person: davy people add admin --name NAME --role admin --generate --config centre.toml",
        )
    return ok("有人可以登录", "people can sign in") if people else ok("尚无记录", "no records yet")


def probe_sign_in(site: Site) -> list[Finding]:
    """`davy up` on loopback asks nobody to sign in; a centre always does."""
    local = site.host in LOOPBACK
    if site.centre is None:
        return []
    unlocked = opens(site.host, site.port)
    if site.embedded and local and not unlocked:
        return []
    return [Finding(f"{site.host}:{site.port}", judge_sign_in(_people(site.centre.records), local=local, unlocked=unlocked))]


def _people(address: str) -> int | None:
    """How many active ones the records have; None where there are no records, or none that can be read (`records` says so)."""
    try:
        engine = reading(address)
        if engine is None:
            return None
        try:
            with engine.connect().execution_options(reading=True) as db:
                if not inspect(db).has_table(PEOPLE.name):
                    return None
                return int(db.execute(select(func.count()).where(PEOPLE.c.active)).scalar_one())
        finally:
            engine.dispose()
    except (SQLAlchemyError, DavyError):
        return None
