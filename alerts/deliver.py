"""Tells people: one call per recipient, done only after the channel accepted it. At least once, in order per alarm and recipient.

Every recipient has a task of its own, so a dead channel holds up nobody else. What is unclear is tried again with full-jitter back-off.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial
from secrets import SystemRandom
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from alerts.addresses import scrubbed
from alerts.channels import CHANNELS
from alerts.config import Recipient
from alerts.message import Channel, Message
from alerts.pace import Pace
from alerts.packs.pack import Pack
from alerts.trial import Outcome, Trial, trial
from alerts.trouble import TRIES, Trouble
from contracts.clock import SECOND, Clock, iso
from contracts.digest import content_name
from contracts.errors import GiveUp, Retry
from store.records.alarms import AlarmRow, TransitionRow
from store.records.deliveries import Delivered, DeliveryRow, change_delivery, due_deliveries, told_by, waiting_recipients
from store.records.engine import Records
from wire.together import together

Result = TypeVar("Result")
AT_ONCE = 8
"""Alarms told to one recipient side by side."""
LOOK_EVERY_S = 0.5
FIRST_WAIT_S = 1.0

_chance = SystemRandom().random
log = structlog.get_logger()


class Deliver:
    """Reads what the journal left to be told, and tells it."""

    def __init__(
        self,
        records: Records,
        recipients: Sequence[Recipient],
        channels: Mapping[str, Channel],
        clock: Clock,
        retry_at_most_s: float = 300.0,
        chance: Callable[[], float] = _chance,
        trouble: Trouble | None = None,
        channel_per_minute: Mapping[str, int] | None = None,
    ) -> None:
        self._records, self._channels, self._clock = records, channels, clock
        self._recipients = {recipient.name: recipient for recipient in recipients}
        self._at_most, self._chance = retry_at_most_s, chance
        self._trouble, whole = trouble, channel_per_minute or {}
        self._paces = {recipient.name: Pace(per_minute(recipient)) for recipient in recipients}
        self._channel_paces = {name: Pace(whole.get(name, 0)) for name in channels}
        self._wake = {name: asyncio.Event() for name in self._recipients}
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> None:
        """Until cancelled."""
        await self.give_up_on_strangers()
        await together(*(self._serve(name) for name in self._recipients))

    @property
    def recipients(self) -> tuple[Recipient, ...]:
        return tuple(self._recipients.values())

    async def trial(self, recipient: Recipient, pack: Pack) -> Trial:
        """Send one message that is marked as a test, now; it counts for the pace of the recipient, and is not tried again."""
        now = self._clock.now()
        paces = (self._paces[recipient.name], self._channel_paces[recipient.channel])
        if not all(pace.room(now, 1) for pace in paces):
            return Trial(recipient.name, now, Outcome.AGAIN, "no room within its pace, try again in a minute")
        for pace in paces:
            pace.take(now, 1)
        return await trial(recipient, self._channels, pack, now)

    def wake(self) -> None:
        """Look now: the journal has something new."""
        for event in self._wake.values():
            event.set()

    async def round(self, name: str) -> int:
        """Tell one recipient what is due, as far as its pace has room; the number of tries. What has no room waits as it is."""
        now = self._clock.now()
        paces = (self._paces[name], self._channel_paces[self._recipients[name].channel])
        room = min(pace.room(now, AT_ONCE) for pace in paces)
        for pace in paces:
            pace.take(now, room)  # before anything is awaited: recipients of one channel share its pace
        found = await self._due(name, now, room) if room else []
        for pace in paces:
            pace.give_back(room - len(found))
        await asyncio.gather(*(self._tell(self._recipients[name], *told) for told in found))
        return len(found)

    async def _due(self, name: str, now: int, most: int) -> list[tuple[DeliveryRow, AlarmRow, TransitionRow]]:
        def due(db: Connection) -> list[tuple[DeliveryRow, AlarmRow, TransitionRow]]:
            return [(row, *told_by(db, row)) for row in due_deliveries(db, name, now, most)]

        return await self._call(self._records.read, due)

    async def give_up_on_strangers(self) -> None:
        """What waits for a recipient nobody knows any more fails, and says so."""

        def settle(db: Connection) -> list[str]:
            lost = sorted(waiting_recipients(db) - set(self._recipients))
            for name in lost:
                while rows := due_deliveries(db, name, 1 << 62, 100):
                    for row in rows:
                        change_delivery(db, row, self._failed("recipient_not_configured"))
            return lost

        for name in await self._call(self._records.begin, settle):
            log.warning("deliveries_failed", recipient=name, reason="recipient_not_configured")

    async def _serve(self, name: str) -> None:
        while True:
            if not await self.round(name):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        await self._wake[name].wait()
                self._wake[name].clear()

    async def _tell(self, recipient: Recipient, row: DeliveryRow, about: AlarmRow, told: TransitionRow) -> None:
        trouble, why = "", ""
        try:
            await self._channels[recipient.channel].send(recipient.address, message_of(recipient, about, told))
        except Retry as error:
            why = scrubbed(str(error), recipient.address)
            values = self._again(row, error, why)
            trouble = "delivery_waits" if row.attempts + 1 >= TRIES else ""
        except GiveUp as error:
            why = scrubbed(str(error), recipient.address)
            values, trouble = self._failed(why), "delivery_refused"
            log.warning("delivery_failed", recipient=recipient.name, alarm=row.alarm_id, reason=why)
        else:
            values = {"state": Delivered.DONE, "last_error": "", "settled": self._clock.now()}
        settle = partial(
            self._settle, recipient=recipient, row=row, values=values | {"attempts": row.attempts + 1}, trouble=trouble, why=why
        )
        if await self._call(self._records.begin, settle):
            self.wake()

    def _settle(self, db: Connection, *, recipient: Recipient, row: DeliveryRow, values: dict[str, Any], trouble: str, why: str) -> bool:
        """Write what became of a try; whether others have something to hear of it."""
        if not change_delivery(db, row, values) or self._trouble is None:
            return False
        now = self._clock.now()
        if trouble:
            return self._trouble.failed(db, recipient, trouble, why, now)
        return values.get("state") == Delivered.DONE and self._trouble.well(db, recipient, now)

    def _again(self, row: DeliveryRow, error: Retry, why: str) -> dict[str, Any]:
        longest = min(self._at_most, FIRST_WAIT_S * 2.0 ** min(row.attempts, 30))
        wait = min(max(self._chance() * longest, error.wait), self._at_most)
        return {"next_try": self._clock.now() + int(wait * SECOND), "last_error": why}

    def _failed(self, reason: str) -> dict[str, Any]:
        return {"state": Delivered.FAILED, "last_error": reason, "settled": self._clock.now()}

    async def _call(self, opened: Callable[[], AbstractContextManager[Connection]], work: Callable[[Connection], Result]) -> Result:
        """In a thread: a commit waits for the disk, and the loop must not."""

        def call() -> Result:
            with opened() as db:
                return work(db)

        async with self._one_at_a_time:
            return await asyncio.to_thread(call)


def per_minute(recipient: Recipient) -> int:
    """How many messages a recipient may get within any 60 s: its own number, else its channel's; 0: no limit."""
    return recipient.per_minute or CHANNELS[recipient.channel].PER_MINUTE


def message_of(recipient: Recipient, row: AlarmRow, told: TransitionRow) -> Message:
    key = content_name(f"{told.id} {told.alarm_id} {told.at} {told.change} {recipient.name}".encode())
    names = ("id", "state", "mine", "gateway", "point", "rule", "quantity", "unit", "limit", "clause", "peak")
    flags = ("active", "acknowledged", "unknown", "late", "unverified", "place_zh", "place_en", "action_zh", "action_en")
    about = {name: getattr(row, name) for name in (*names, *flags)} | {"raised_at": iso(row.raised_at)}
    step = {name: getattr(told, name) for name in ("id", "change", "before", "after", "reason", "by", "value", "numbers", "unverified")}
    times = {name: iso(getattr(told, name)) for name in ("time", "decided", "received")}
    return Message(key, recipient.name, recipient.lang, {"zh": told.text_zh, "en": told.text_en}, about, step | times)
