"""A test message: what one recipient would get, marked as a test, sent now and past the queue. No alarm stands behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from secrets import token_hex

from alerts.addresses import scrubbed
from alerts.config import Recipient
from alerts.message import Channel, Message
from alerts.packs.pack import Pack
from alerts.sentence import Facts, sentence
from contracts.clock import SECOND, iso
from contracts.errors import GiveUp, Retry

MARKS = {"zh": "【测试消息，不是报警】", "en": "[TEST MESSAGE, NOT AN ALARM] "}
ROW = "face_return_corner"


class Outcome(StrEnum):
    """`again`: unclear or not yet; a real message would be tried again. `refused`: it never will be taken."""

    ACCEPTED = "accepted"
    AGAIN = "again"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of a test message. `at`: µs UTC; `reason`: what the channel said, empty where it was accepted."""

    recipient: str
    at: int
    outcome: Outcome
    reason: str = ""


def sample(recipient: Recipient, pack: Pack, now: int) -> Message:
    """An alarm of an invented mine in today's words: place, value, limit, clause, trend, since when, what to do first."""
    row = pack.rows[ROW]
    action = row.action or pack.actions["after_alarm"]
    limit = row.alarm_ge
    facts = Facts(
        change="raise",
        reason="limit_reached",
        rule="limit.alarm",
        mine=("测试矿", "Test mine"),
        place=(row.location_zh, row.location_en),
        point="T00",
        quantity=row.quantity,
        unit=row.unit,
        value=None if limit is None else limit + 0.2,
        limit=limit,
        clause=row.reference,
        action=(action.zh, action.en),
        action_clause=action.reference,
        since=now - 20 * SECOND,
        end=None,
        peak=None,
        rise_per_min=0.6,
        active=True,
    )
    text = {lang: mark + sentence(facts, pack.documents, lang) for lang, mark in MARKS.items()}
    step = {"id": 0, "change": "test", "time": iso(now), "value": facts.value}
    return Message(f"test-{token_hex(8)}", recipient.name, recipient.lang, text, {"id": 0, "mine": ""}, step, test=True)


async def trial(recipient: Recipient, channels: Mapping[str, Channel], pack: Pack, now: int) -> Trial:
    """Send one, once."""
    try:
        await channels[recipient.channel].send(recipient.address, sample(recipient, pack, now))
    except Retry as error:
        return Trial(recipient.name, now, Outcome.AGAIN, scrubbed(str(error), recipient.address))
    except GiveUp as error:
        return Trial(recipient.name, now, Outcome.REFUSED, scrubbed(str(error), recipient.address))
    return Trial(recipient.name, now, Outcome.ACCEPTED)
