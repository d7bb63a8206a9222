"""Has each recipient ever got anything? An address that was never tried is a hope."""

from sqlalchemy import Connection, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from console.cli.checks.backup import reading
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning
from contracts.errors import DavyError
from store.records.alarms import DELIVERIES
from store.records.audit import AUDIT
from store.records.deliveries import Delivered


def judge_reached(name: str, *, reached: bool) -> Verdict:
    if reached:
        return ok("收到过消息", "has got a message before")
    return warning(
        "从未收到过任何消息, 也未测试过",
        "has never got a message, and was never tested",
        f"中心运行时: davy alarms test '{name}'",
        f"while the centre runs: davy alarms test '{name}'",
    )


def probe_reached(site: Site) -> list[Finding]:
    """Of the recipients a file names; nothing where there are no records yet (the centre has not run)."""
    if site.embedded or site.centre is None or not site.centre.alerts.recipients:
        return []
    try:
        engine = reading(site.centre.records)
        if engine is None:
            return []
        try:
            with engine.connect().execution_options(reading=True) as db:
                if not all(inspect(db).has_table(table.name) for table in (AUDIT, DELIVERIES)):
                    return []
                names = [one.name for one in site.centre.alerts.recipients]
                return [Finding(name, judge_reached(name, reached=_reached(db, name))) for name in names]
        finally:
            engine.dispose()
    except (SQLAlchemyError, DavyError):
        return []


def _reached(db: Connection, name: str) -> bool:
    """By a real message, or by a test that was accepted."""
    tests = select(AUDIT.c.payload).where(AUDIT.c.kind == "alarm.test", AUDIT.c.subject == f"recipient {name}")
    if any(b'"accepted"' in payload for payload in db.execute(tests).scalars()):
        return True
    done = select(DELIVERIES.c.id).where(DELIVERIES.c.recipient == name, DELIVERIES.c.state == Delivered.DONE).limit(1)
    return db.execute(done).first() is not None
