"""Which process owns the centre, and does it live?"""

from dataclasses import dataclass

from sqlalchemy import inspect
from sqlalchemy.exc import SQLAlchemyError

from console.cli.checks.backup import reading
from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning
from contracts.clock import SECOND, iso
from contracts.errors import DavyError
from store.lease import is_dead, this_process
from store.records import owners
from store.records.owners import OWNERS, Owner


def judge_owner(owner: Owner | None, now: int, *, dead: bool) -> Verdict:
    """`owner` as it is written; `dead`: its process is known to live no more. `now`: by the database's clock."""
    if owner is None or owner.lasts == 0:
        return ok("没有中心在运行", "no centre runs")
    who, beat = f"{owner.claimant.host}, pid {owner.claimant.pid}", iso(owner.renewed)[:19] + "Z"
    if not dead and not owner.expired(now):
        since = iso(owner.since)[:19] + "Z"
        return ok(f"中心在运行: {who}, 自 {since}", f"a centre runs: {who}, since {since}")
    return warning(
        f"中心 ({who}) 已崩溃或停顿, 最近心跳 {beat}",
        f"the centre ({who}) crashed or stands still, last heartbeat {beat}",
        "启动中心, 它会接管; 停顿的进程恢复后不再写入, 自行结束",
        f"start a centre: it takes over{'' if dead else f' {owner.lasts // SECOND} s after the last heartbeat'}; "
        "one that stood still writes nothing when it wakes, and ends",
    )


@dataclass(frozen=True, slots=True)
class Owned:
    """What the records say of their owner. `now` by the database's clock, µs UTC."""

    owner: Owner | None
    now: int
    dead: bool

    @property
    def living(self) -> Owner | None:
        """The owner, where it lives."""
        owner = self.owner
        return owner if owner and owner.lasts and not owner.expired(self.now) and not self.dead else None


def owned_by(records: str, now: int) -> Owned | None:
    """None where there are no records yet, or none that can be read."""
    try:
        engine = reading(records)
        if engine is None:
            return None
        try:
            with engine.connect().execution_options(reading=True) as db:
                if not inspect(db).has_table(OWNERS.name):
                    return None
                owner, here = owners.of(db), owners.moment(db, now)
        finally:
            engine.dispose()
    except (SQLAlchemyError, DavyError):
        return None
    return Owned(owner, here, owner is not None and is_dead(owner.claimant, this_process()))


def probe_owner(site: Site) -> list[Finding]:
    """Nothing where there are no records yet, or none that can be read (`records` says so)."""
    found = owned_by(site.centre.records, site.now) if site.centre else None
    if site.centre is None or found is None:
        return []
    return [Finding(site.centre.store, judge_owner(found.owner, found.now, dead=found.dead))]
