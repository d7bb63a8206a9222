"""The tables of alarms, and their rows. `alarms` reads and writes them.

A change of an alarm is compare-and-set on `version`; a delivery is written in the transaction of its transition.
"""

from dataclasses import dataclass

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
    true,
)

from store.records.engine import metadata

FLAGS = ("open", "active", "acknowledged", "unknown", "suppressed", "unverified", "late", "momentary", "cut", "planned", "out_of_service")
_TIMES = ("raised_at", "since", "changed", "created", "last_change")
NAMES = ("point", "quantity", "unit", "clause", "action_clause")
TEXTS = ("mine_zh", "mine_en", "place_zh", "place_en", "action_zh", "action_en", "text_zh", "text_en")

ALARMS = Table(
    "alarms",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mine", String(40), nullable=False),
    Column("gateway", String(81), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("state", String(30), nullable=False),
    *(Column(name, Boolean, nullable=False) for name in FLAGS),
    *(Column(name, BigInteger, nullable=False) for name in _TIMES),
    *(Column(name, String(200), nullable=False) for name in NAMES),
    *(Column(name, Text, nullable=False) for name in TEXTS),
    Column("shelved_until", BigInteger),
    Column("value", Float),
    Column("limit", Float),
    Column("peak", Float),
    Column("version", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("area", String(40), nullable=False, server_default=""),
    Column("cause_id", Integer),
    Index("one_open_alarm", "mine", "subject", "rule", unique=True, sqlite_where=text("open"), postgresql_where=text("open")),
    Index("alarms_of_gateway", "gateway", "open"),
    Index("alarms_told", "mine", "subject", "rule", "changed"),
    Index("alarms_changed", "last_change", "mine"),
    Index("alarms_of_cause", "cause_id"),
    Index("alarms_by_state", "state", "id"),
)

TRANSITIONS = Table(
    "alarm_transitions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", ForeignKey("alarms.id"), nullable=False),
    *(Column(name, BigInteger, nullable=False) for name in ("at", "time", "decided", "received")),
    *(Column(name, String(40), nullable=False) for name in ("change", "before", "after")),
    *(Column(name, Text, nullable=False) for name in ("reason", "by", "detail", "clause", "text_zh", "text_en")),
    Column("value", Float),
    Column("limit", Float),
    Column("quality", Integer, nullable=False),
    Column("unverified", Boolean, nullable=False),
    Column("numbers", JSON, nullable=False),
    Index("transitions_of_alarm", "alarm_id", "change", "time"),
    Index("transitions_by_time", "at"),
)

MARKS = Table(
    "alarm_marks",
    metadata,
    Column("mine", String(40), nullable=False),
    Column("subject", String(40), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("changed", BigInteger, nullable=False),
    PrimaryKeyConstraint("mine", "subject", "rule"),
)
"""The newest return where no alarm is open: a raise that comes after it is a past alarm."""

DELIVERIES = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alarm_id", ForeignKey("alarms.id"), nullable=False),
    Column("transition_id", ForeignKey("alarm_transitions.id"), nullable=False),
    Column("recipient", String(80), nullable=False),
    Column("channel", String(40), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_try", BigInteger, nullable=False),
    Column("last_error", Text, nullable=False),
    Column("settled", BigInteger),
    Column("cause_id", Integer),
    Column("lead", Boolean, nullable=False, server_default=true()),
    Column("message_id", Integer),
    Index("deliveries_waiting", "state", "recipient", "alarm_id", "id"),
    Index("deliveries_of_alarm", "alarm_id"),
    Index("deliveries_of_cause", "cause_id", "recipient"),
    Index("deliveries_of_message", "message_id"),
    Index("deliveries_due", "state", "recipient", "lead", "next_try"),
)


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """One alarm. `subject` is the point, or the gateway's name where `point` is empty; times µs UTC (raised_at, since, changed: source
    time; created, last_change: the centre's)."""

    id: int
    mine: str
    gateway: str
    subject: str
    rule: str
    state: str
    open: bool
    active: bool
    acknowledged: bool
    unknown: bool
    suppressed: bool
    unverified: bool
    late: bool
    momentary: bool
    cut: bool
    planned: bool
    out_of_service: bool
    raised_at: int
    since: int
    changed: int
    created: int
    last_change: int
    point: str
    quantity: str
    unit: str
    clause: str
    action_clause: str
    mine_zh: str
    mine_en: str
    place_zh: str
    place_en: str
    action_zh: str
    action_en: str
    text_zh: str
    text_en: str
    shelved_until: int | None
    value: float | None
    limit: float | None
    peak: float | None
    version: int
    priority: int
    """1 is the highest; 0: not known (written before there were priorities)."""
    area: str = ""
    cause_id: int | None = None
    """What it follows from, with others (`store.records.causes`)."""


@dataclass(frozen=True, slots=True)
class TransitionRow:
    """One step of an alarm. `time`: source; `decided`: who decided it; `received`: the centre; `at`: written. `by`: a person,
    `detail`: what was seen; or empty."""

    id: int
    alarm_id: int
    at: int
    time: int
    decided: int
    received: int
    change: str
    before: str
    after: str
    reason: str
    by: str
    detail: str
    clause: str
    text_zh: str
    text_en: str
    value: float | None
    limit: float | None
    quality: int
    unverified: bool
    numbers: dict[str, float]
