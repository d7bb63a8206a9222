"""The records' schema: this program's, an older one that it will bring up to date, or a newer one that it must not touch."""

from sqlalchemy.exc import SQLAlchemyError

from console.cli.checks.backup import reading
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.errors import DavyError
from store.records.migrations import ForeignSchema, applied, missing


def judge_schema(foreign: str, todo: list[str]) -> Verdict:
    """`foreign`: why it is not ours; `todo`: names of the steps to be taken."""
    if foreign:
        return wrong(
            f"结构不是本程序的: {foreign}",
            f"the schema is not this program's: {foreign}",
            "使用写入它的程序版本, 或从备份恢复",
            "use the version of the program that wrote it, or put a backup in its place",
        )
    if todo:
        return warning(
            f"结构较旧, 还差 {len(todo)} 步 ({', '.join(todo)}); 旧版程序此后不能再读",
            f"an older schema: {len(todo)} steps to go ({', '.join(todo)}); an older program cannot read it afterwards",
            "先备份 (davy store backup), 再启动中心: 它自动升级",
            "back it up first (davy store backup), then start the centre: it brings them up to date",
        )
    return ok("结构与程序相符", "the schema is this program's")


def probe_schema(site: Site) -> list[Finding]:
    """Nothing where there are no records yet, or none that can be read (`records` says so)."""
    if site.centre is None:
        return []
    try:
        engine = reading(site.centre.records)
        if engine is None:
            return []
        try:
            with engine.connect().execution_options(reading=True) as db:
                done = applied(db)
        finally:
            engine.dispose()
    except (SQLAlchemyError, DavyError):
        return []
    if not done:
        return []
    try:
        verdict = judge_schema("", missing(done))
    except ForeignSchema as error:
        verdict = judge_schema(str(error), [])
    return [Finding(site.centre.records.partition("@")[2] or site.centre.records, verdict)]
