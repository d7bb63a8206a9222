"""Findings of the models on the gateways: checked and kept. Advisory: no alarm is raised, ended or counted by one."""

import math

from sqlalchemy import Connection

from contracts.clock import MINUTE
from contracts.errors import BadPayload
from contracts.payload import Finding
from store.records import findings

MOST_POINTS, MOST_WORD = 200, 120
AHEAD = 5 * MINUTE


def take(db: Connection, mine: str, gateway: str, finding: Finding, received: int) -> None:
    """Keep it; BadPayload where no model of ours can have said it."""
    check(finding, received)
    findings.take(db, mine, gateway, finding, received)


def check(finding: Finding, now: int) -> None:
    """BadPayload naming the field that cannot be."""
    for name, word, most in (("what", finding.what, 60), ("subject", finding.subject, MOST_WORD), ("models", finding.models, MOST_WORD)):
        if not word or len(word) > most or not word.isprintable():
            raise BadPayload("finding", f"{name} {word[:40]!r}: 1 to {most} printable characters")
    if len(finding.points) > MOST_POINTS or any(len(point) > MOST_WORD for point in finding.points):
        raise BadPayload("finding", f"{len(finding.points)} points: at most {MOST_POINTS}, of at most {MOST_WORD} characters")
    if not 0.0 <= finding.sure <= 1.0 or any(math.isnan(part) or math.isinf(part) for part in finding.parts.values()):
        raise BadPayload("finding", f"sure {finding.sure!r}: 0 to 1, and finite parts")
    if not finding.since <= finding.time <= now + AHEAD or (finding.ended and finding.ended < finding.since):
        raise BadPayload("finding", f"since {finding.since}, time {finding.time}, ended {finding.ended}: in this order, not in the future")
