"""Who owns the centre: one row with a heartbeat and a fencing token that only grows. Rows and verdicts; `store.lease` keeps the row alive.

A writer holds the database's one writer lock from its first statement, so a token that was read in a transaction holds to its end.
"""

from dataclasses import dataclass, replace

from sqlalchemy import BigInteger, Column, Connection, String, Table, Text, func, insert, select, update

from contracts.clock import SECOND, iso
from contracts.errors import GiveUp, Retry
from store.records.engine import metadata

CENTRE = "centre"

OWNERS = Table(
    "owners",
    metadata,
    Column("name", String(40), primary_key=True),
    *(Column(name, BigInteger, nullable=False) for name in ("token", "pid", "begun")),
    *(Column(name, Text, nullable=False) for name in ("host", "place")),
    *(Column(name, BigInteger, nullable=False) for name in ("since", "renewed", "lasts")),
)


@dataclass(frozen=True, slots=True)
class Claimant:
    """A process. `place`: kernel and pid namespace in which `pid` means something; `begun`: its start in that kernel's ticks."""

    host: str
    place: str
    pid: int
    begun: int


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owns the centre, with which token. `since`, `renewed`: µs UTC of the database's clock; `lasts`: µs without a heartbeat after
    which anybody may take over, 0 where it was given back."""

    token: int
    claimant: Claimant
    since: int
    renewed: int
    lasts: int

    def expired(self, now: int) -> bool:
        """Given back, or without a heartbeat for its time (or a time that is yet to come: the clock was set back)."""
        return abs(now - self.renewed) > self.lasts or self.lasts == 0


class Held(GiveUp):
    """Another centre owns these records."""

    def __init__(self, owner: Owner) -> None:
        who = f"{owner.claimant.host}, pid {owner.claimant.pid}"
        since, beat = iso(owner.since)[:19] + "Z", iso(owner.renewed)[:19] + "Z"
        limit = owner.lasts / SECOND
        super().__init__(
            f"已有中心在运行: {who}, 自 {since}, 最近心跳 {beat}。请先停止它; 若已崩溃, {limit:g} 秒无心跳后可接管 / "
            f"another centre owns these records: {who}, since {since}, last heartbeat {beat}. Stop it first; "
            f"one that crashed is taken over {limit:g} s after its last heartbeat"
        )
        self.owner = owner


class NotOwner(Retry):
    """This process owns the centre no more, or cannot know: it must not commit and must not receipt. No item's fault."""


def of(db: Connection) -> Owner | None:
    """The owner as it is written, also one that gave back or crashed; None where there never was one."""
    row = db.execute(select(OWNERS).where(OWNERS.c.name == CENTRE)).mappings().first()
    if row is None:
        return None
    claimant = Claimant(row["host"], row["place"], row["pid"], row["begun"])
    return Owner(row["token"], claimant, row["since"], row["renewed"], row["lasts"])


def take(db: Connection, claimant: Claimant, lasts: int, now: int, *, dead: bool) -> Owner:
    """Become the owner, in a transaction that writes. `dead`: the owner of `of` is known to live no more. Held where it may live."""
    before = of(db)
    if before is not None and not dead and not before.expired(now):
        raise Held(before)
    token = max(now // SECOND, before.token + 1 if before else 0)
    """Seconds of the clock where they are larger: records that were lost and begun anew go on above those before."""
    owner = Owner(token, claimant, now, now, lasts)
    who = {"host": claimant.host, "place": claimant.place, "pid": claimant.pid, "begun": claimant.begun}
    row = {**who, "token": token, "since": now, "renewed": now, "lasts": lasts}
    if before is None:
        db.execute(insert(OWNERS).values(name=CENTRE, **row))
    else:
        db.execute(update(OWNERS).where(OWNERS.c.name == CENTRE).values(row))
    return owner


def renew(db: Connection, owner: Owner, now: int) -> Owner:
    """A heartbeat. NotOwner where another took over."""
    require(db, owner)
    db.execute(update(OWNERS).where(OWNERS.c.name == CENTRE).values(renewed=now))
    return replace(owner, renewed=now)


def release(db: Connection, owner: Owner) -> None:
    """Give back what is still ours: the next one need not wait."""
    db.execute(update(OWNERS).where(OWNERS.c.name == CENTRE, OWNERS.c.token == owner.token).values(lasts=0))


def require(db: Connection, owner: Owner) -> None:
    """NotOwner unless it is the owner still. In a transaction that writes, that holds to its end."""
    if db.execute(select(OWNERS.c.token).where(OWNERS.c.name == CENTRE)).scalar() != owner.token:
        raise NotOwner("另一个中心已接管 / another centre took over: nothing is committed and nothing receipted here")


def moment(db: Connection, now: int) -> int:
    """µs UTC by the clock that all claimants share: PostgreSQL's own, else `now` (a file has one machine)."""
    if db.dialect.name != "postgresql":
        return now
    return int(db.execute(select(func.extract("epoch", func.clock_timestamp()))).scalar_one() * SECOND)
