"""A message as it goes out: what was put together, with the alarms as they stand now."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from alerts.composing import Together
from alerts.config import Recipient
from alerts.drill import is_drill
from alerts.message import Message
from alerts.summary import LISTED, Peaks, kind_of, rule_words, summary
from contracts.clock import iso
from contracts.digest import content_name
from store.records.alarms import AlarmRow, TransitionRow
from store.records.causes import CauseRow, causes, peaks_of
from store.records.messages import MessageRow, Part, parts_of

_NAMES = ("id", "state", "mine", "gateway", "point", "rule", "quantity", "unit", "limit", "clause", "peak", "priority")
_FLAGS = ("active", "acknowledged", "unknown", "late", "unverified", "place_zh", "place_en", "action_zh", "action_en")
_STEP = ("id", "change", "before", "after", "reason", "by", "value", "numbers", "unverified")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message and what is still to be told by it. `peaks`: the highest by cause, quantity and unit."""

    row: MessageRow
    parts: list[Part]
    causes: dict[int, CauseRow] = field(default_factory=dict)
    peaks: Peaks = field(default_factory=dict)

    @property
    def attempts(self) -> int:
        return self.parts[0].delivery.attempts


def outgoing(db: Connection, row: MessageRow) -> Outgoing:
    """Read what a message needs."""
    parts = parts_of(db, row.id)
    ids = {part.delivery.cause_id for part in parts} - {None}
    if row.kind == Together.SINGLE or not ids:
        return Outgoing(row, parts)
    known = causes(db, (one for one in ids if one is not None))
    return Outgoing(row, parts, known, peaks_of(db, known) if row.kind == Together.GROUP else {})


def message_of(recipient: Recipient, one: Outgoing) -> Message:
    """The message for its channel."""
    kind, first = kind_of(one.row.kind, one.parts, one.causes), one.parts[0]
    about, step, key = _about(first.alarm), _step(first.transition), key_of(recipient, one)
    if kind == Together.SINGLE:
        text = {"zh": first.transition.text_zh, "en": first.transition.text_en}
        return Message(key, recipient.name, recipient.lang, text, about, step, test=is_drill(first.alarm.rule))
    text = {lang: summary(kind, one.parts, one.causes, one.peaks, lang) for lang in ("zh", "en")}
    parts = [_part(part, whole=len(one.parts) <= LISTED) for part in one.parts]
    cause = one.causes.get(one.parts[-1].delivery.cause_id or 0) if kind != Together.DIGEST else None
    return Message(key, recipient.name, recipient.lang, text, about, step, False, kind, parts, None if cause is None else _cause(cause))


def key_of(recipient: Recipient, one: Outgoing) -> str:
    """The same at every try: it rests on what was written when the message was put together."""
    told = one.parts[0].transition
    if one.row.parts == 1:
        return content_name(f"{told.id} {told.alarm_id} {told.at} {told.change} {recipient.name}".encode())
    return content_name(f"message {one.row.id} {one.row.made} {recipient.name}".encode())


def _about(row: AlarmRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*_NAMES, *_FLAGS)} | {"raised_at": iso(row.raised_at)}


def _step(told: TransitionRow) -> dict[str, Any]:
    times = {name: iso(getattr(told, name)) for name in ("time", "decided", "received")}
    return {name: getattr(told, name) for name in _STEP} | times


def _part(part: Part, *, whole: bool) -> dict[str, Any]:
    """One transition of several. `whole`: with its text; of many only what finds it again."""
    alarm, told = part.alarm, part.transition
    about = {name: getattr(alarm, name) for name in ("mine", "area", "point", "rule", "state")}
    step = {"alarm": alarm.id, "transition": told.id, "cause": part.delivery.cause_id, "change": told.change, "value": told.value}
    text = {"text": {"zh": told.text_zh, "en": told.text_en}} if whole else {}
    return step | about | {"time": iso(told.time)} | text


def _cause(row: CauseRow) -> dict[str, Any]:
    """What they follow from."""
    words = {lang: rule_words(row.rule, lang) for lang in ("zh", "en")}
    times = {"opened": iso(row.opened), "cleared": None if row.cleared is None else iso(row.cleared)}
    return {"id": row.id, "mine": row.mine, "area": row.area, "rule": row.rule, "text": words, "alarms": row.members} | times
