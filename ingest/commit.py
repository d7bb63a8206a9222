"""Writes one group into the records: events, losses, dead letters, each with its held row, in one transaction."""

from collections import Counter

from sqlalchemy import Connection

from alerts.journal import Journal
from alerts.returns import take_returns
from contracts.clock import DAY
from contracts.digest import item_digest
from contracts.errors import BadPayload
from contracts.payload import DATA_STREAM, EVENT_STREAM, Event, Finding, Lost, Returns
from contracts.topics import Gateway
from ingest.findings import take as take_finding
from ingest.group import Group, Outcome
from ingest.holdings import Holdings
from ingest.pipeline import Arrival, Identity, Opened, Refused
from store.records import audit, counters, deadletters, items, losses

_HELD = {Lost: "lost", Finding: "finding"}
"""What an item of the event stream is held as; all others are events."""


class Recorder:
    """The hand that writes what does not go into the store."""

    def __init__(self, holdings: Holdings, journal: Journal) -> None:
        self.holdings, self.journal = holdings, journal
        self.records = holdings.records

    def record(self, group: Group, now: int, outcome: Outcome) -> None:
        came = [placed.opened.identity for placed in group.placed] + [opened.identity for opened in group.events]
        losers = {gateway for gateway in {identity.gateway for identity in came} if self.holdings.of(str(gateway)).lost}
        corrected = [identity for identity in came if identity.gateway in losers and self._was_lost(identity)]
        if not (group.events or group.refused or group.duplicates or corrected):
            return
        for opened in group.events:
            self.prepare(opened)
        with self.records.begin() as db:
            told = [self._event(db, opened, now, outcome) for opened in group.events]
            refusals = [*group.refused, *(refused for refused in told if refused is not None)]
            for refused in refusals:
                self._refuse(db, refused)
            for identity in corrected:
                losses.came_after_all(db, str(identity.gateway), identity.stream, identity.epoch, identity.seq, now)
            for gateway, n in Counter(str(identity.gateway) for identity in group.duplicates).items():
                counters.add(db, gateway, now - now % DAY, "duplicate", n)
        for opened, dead in zip(group.events, told, strict=True):
            if dead is None:
                self.holdings.of(str(opened.arrival.gateway)).hold(opened.identity)
        for refused in refusals:
            if refused.identity is not None:
                self.holdings.of(str(refused.arrival.gateway)).hold(refused.identity, dead=True)
        outcome.refused += len(refusals)
        outcome.reasons.update(refused.reason for refused in refusals)
        outcome.duplicates += len(group.duplicates)

    def _was_lost(self, identity: Identity) -> bool:
        lost = self.holdings.of(str(identity.gateway)).lost.get((identity.epoch, identity.stream))
        return lost is not None and identity.seq in lost

    def _event(self, db: Connection, opened: Opened, now: int, outcome: Outcome) -> Refused | None:
        try:
            self.journal_item(db, opened, now)
        except BadPayload as error:
            return Refused(opened.arrival, error.reason, error.detail, opened.identity)
        is_event = isinstance(opened.item.body, Event | Returns)
        if is_event:
            outcome.alarmed.add(opened.arrival.gateway.mine)
        hold(db, opened.identity, opened.arrival, _HELD.get(type(opened.item.body), "event"))
        return None

    def prepare(self, opened: Opened) -> None:
        """Before the transaction in which it is journalled: what it speaks of may have been folded away."""
        if isinstance(opened.item.body, Lost):
            self.holdings.with_epoch(str(opened.arrival.gateway), opened.item.body.epoch)

    def journal_item(self, db: Connection, opened: Opened, now: int) -> None:
        """Do what an item of the event stream says; BadPayload where nobody's agent can have said it."""
        body, gateway = opened.item.body, opened.arrival.gateway
        if isinstance(body, Event):
            self._journal(db, gateway, body, opened.arrival.received, now)
        elif isinstance(body, Returns):
            known = self.holdings.registry_of(gateway)
            take_returns(self.journal, db, gateway.mine, str(gateway), body, opened.arrival.received, known)
        elif isinstance(body, Finding):
            take_finding(db, gateway.mine, str(gateway), body, opened.arrival.received)
        elif isinstance(body, Lost):
            self._lose(db, gateway, body, now)

    def _journal(self, db: Connection, gateway: Gateway, event: Event, received: int, now: int) -> None:
        if event.rule == "gateway.conflict":
            self.journal.conflict(db, str(gateway), event.reason[:200], now, event.numbers)
            return
        known = self.holdings.registry_of(gateway)
        placed = known if known is not None and event.point in known.number else None
        self.journal.event(db, gateway.mine, str(gateway), event, received, placed)

    def _lose(self, db: Connection, gateway: Gateway, lost: Lost, now: int) -> None:
        if not 0 <= lost.first <= lost.last < 1 << 62 or lost.stream not in (DATA_STREAM, EVENT_STREAM):
            raise BadPayload("lost", f"numbers {lost.first} to {lost.last} of stream {lost.stream[:20]!r}")
        for first, last in self.holdings.of(str(gateway)).lose(lost.epoch, lost.stream, lost.first, lost.last):
            losses.declare(db, str(gateway), lost.stream, lost.epoch, first, last, lost.reason[:200], now)
            facts = {"stream": lost.stream, "epoch": lost.epoch, "first": first, "last": last, "reason": lost.reason[:200]}
            audit.append(db, "loss.declared", str(gateway), facts, str(gateway), now)

    def _refuse(self, db: Connection, refused: Refused) -> None:
        arrival, identity = refused.arrival, refused.identity
        deadletters.put(
            db,
            gateway=str(arrival.gateway),
            topic=arrival.gateway.topic(arrival.lane),
            payload=arrival.payload,
            reason=refused.reason,
            detail=refused.detail,
            received=arrival.received,
            epoch=identity.epoch if identity else None,
            seq=identity.seq if identity else None,
            digest=identity.digest if identity else item_digest(arrival.payload),
        )
        if identity is not None:
            hold(db, identity, arrival, "dead")
        if refused.reason == "conflict":
            self.journal.conflict(db, str(arrival.gateway), refused.detail, arrival.received, {})
            counters.add(db, str(arrival.gateway), arrival.received - arrival.received % DAY, "conflict")


def hold(db: Connection, identity: Identity, arrival: Arrival, kind: str) -> None:
    """The row that says an item is held, beside its content."""
    items.hold(
        db,
        str(identity.gateway),
        identity.epoch,
        identity.stream,
        identity.seq,
        identity.digest,
        identity.made,
        arrival.received,
        arrival.replayed,
        kind,
    )
