"""Step 1: the tables of the first release, as they were then. Frozen: the domain files go on, this does not.

Strings have no length here: PostgreSQL would refuse a longer one and hold up the line; digests are the signed integers of their bits.
A database of the time before there were steps has these tables already, and keeps them.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

_first = MetaData()


def _texts(names: str) -> list[Column[str]]:
    return [Column(name, Text, nullable=False) for name in names.split()]


def _numbers(names: str) -> list[Column[int]]:
    return [Column(name, BigInteger, nullable=False) for name in names.split()]


def _flags(names: str) -> list[Column[bool]]:
    return [Column(name, Boolean, nullable=False) for name in names.split()]


def _key(texts: str, numbers: str = "") -> list[Column[str] | Column[int]]:
    return [
        *(Column(name, Text, primary_key=True) for name in texts.split()),
        *(Column(name, BigInteger, primary_key=True, autoincrement=False) for name in numbers.split()),
    ]


Table(
    "alarms",
    _first,
    Column("id", Integer, primary_key=True),
    *_texts("mine gateway subject rule state"),
    *_flags("open active acknowledged unknown suppressed unverified late momentary cut"),
    *_numbers("raised_at since changed created last_change"),
    *_texts("point quantity unit clause action_clause"),
    *_texts("mine_zh mine_en place_zh place_en action_zh action_en text_zh text_en"),
    Column("shelved_until", BigInteger),
    *(Column(name, Float) for name in ("value", "limit", "peak")),
    Column("version", Integer, nullable=False),
    Index("one_open_alarm", "mine", "subject", "rule", unique=True, sqlite_where=text("open"), postgresql_where=text("open")),
    Index("alarms_of_gateway", "gateway", "open"),
    Index("alarms_told", "mine", "subject", "rule", "changed"),
)
Table(
    "alarm_transitions",
    _first,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", ForeignKey("alarms.id"), nullable=False),
    *_numbers("at time decided received"),
    *_texts("change before after reason by detail clause text_zh text_en"),
    *(Column(name, Float) for name in ("value", "limit")),
    Column("quality", Integer, nullable=False),
    *_flags("unverified"),
    Column("numbers", JSON, nullable=False),
    Index("transitions_of_alarm", "alarm_id", "change", "time"),
)
Table("alarm_marks", _first, *_key("mine subject rule"), *_numbers("changed"))
Table(
    "deliveries",
    _first,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", ForeignKey("alarms.id"), nullable=False),
    Column("transition_id", ForeignKey("alarm_transitions.id"), nullable=False),
    *_texts("recipient channel state"),
    Column("attempts", Integer, nullable=False),
    *_numbers("next_try"),
    *_texts("last_error"),
    Column("settled", BigInteger),
    Index("deliveries_waiting", "state", "recipient", "alarm_id", "id"),
    Index("deliveries_of_alarm", "alarm_id"),
)
Table(
    "audit",
    _first,
    *_key("", "n"),
    *_numbers("at"),
    *_texts("kind subject"),
    Column("payload", LargeBinary, nullable=False),
    *_texts("actor previous hash"),
)
Table("counters", _first, *_key("gateway", "day"), Column("word", Text, primary_key=True), *_numbers("n"))
Table(
    "deadletters",
    _first,
    Column("id", Integer, primary_key=True),
    *_texts("gateway topic"),
    Column("payload", LargeBinary, nullable=False),
    *_texts("reason detail"),
    *_numbers("received"),
    Column("epoch", Text),
    Column("seq", BigInteger),
    *_numbers("digest"),
    Column("resolved", BigInteger),
    *_texts("resolution"),
    Index("deadletters_open", "resolved", "gateway"),
)
Table(
    "epochs",
    _first,
    *_key("gateway epoch stream"),
    *_numbers("made first_held"),
    *_flags("closed"),
    *_texts("predecessor"),
    *_numbers("through last_time first_seen last_seen"),
    *_flags("folded"),
    Column("digest", BigInteger),
)
Table(
    "gateways",
    _first,
    *_key("gateway"),
    *_numbers("first_seen heard born"),
    *_texts("agent clock_state registry pack generation newest_epoch nonce"),
    *_numbers("clock period"),
    *_flags("blank_disk"),
)
Table(
    "items",
    _first,
    *_key("gateway epoch stream", "seq"),
    *_numbers("digest made received"),
    *_flags("replayed"),
    *_texts("kind"),
    Index("items_made", "gateway", "made"),
)
Table(
    "losses",
    _first,
    Column("id", Integer, primary_key=True),
    *_texts("gateway stream epoch"),
    *_numbers("first last"),
    *_texts("reason"),
    *_numbers("at"),
    Index("losses_of", "gateway", "epoch"),
)
Table("loss_corrections", _first, *_key("gateway stream epoch", "seq"), *_texts("reason"), *_numbers("declared at"))
Table("marks", _first, *_key("key"), *_texts("value"))
Table("registries", _first, *_key("name"), *_texts("mine"), Column("data", LargeBinary, nullable=False))
Table("registry_uses", _first, *_key("gateway name"), *_numbers("first_received received"), Column("turn", Integer, nullable=False))


def apply(db: Connection) -> None:
    """Create the tables that are not there."""
    _first.create_all(db)
