"""Tells people: one call per recipient, done only after the channel accepted it. At least once, in order per alarm and recipient.

Every recipient has a task of its own, so a dead channel holds up nobody else, and one message that hangs holds up no other. What goes out
together is decided by `alerts.composing` and written down before it is sent: after a crash the same message is sent again under the same
key. What is unclear is tried again with full-jitter back-off.
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
from alerts.composing import Planned, Standing, compose
from alerts.config import Recipient
from alerts.message import Channel
from alerts.outgoing import Outgoing, message_of, outgoing
from alerts.pace import Pace
from alerts.packs.pack import Pack
from alerts.trial import Outcome, Trial, trial
from alerts.trouble import TRIES, Trouble
from contracts.clock import MINUTE, SECOND, Clock
from contracts.errors import GiveUp, Retry
from store.records.deliveries import Delivered, change_delivery, due_deliveries, waiting_recipients
from store.records.engine import Records
from store.records.messages import followers, leads, put_together, sent_since, settle_message, waiting_messages
from wire.together import together

Result = TypeVar("Result")
AT_ONCE = 8
"""Messages told to one recipient side by side."""
READ_AT_ONCE = 500
"""Deliveries looked at in one go."""
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
        self._whole = whole
        self._channel_paces = {name: Pace(whole.get(name, 0)) for name in channels}
        self._wake = {name: asyncio.Event() for name in self._recipients}
        self._under_way: set[int] = set()
        """Messages that are being sent."""
        self._one_at_a_time = asyncio.Lock()
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled."""
        await self.give_up_on_strangers()
        await together(self._look(), *(self._serve(name) for name in self._recipients))

    async def _look(self) -> None:
        """Find out for all of them who has anything waiting: a province has hundreds of recipients, and nearly all of them nothing."""
        while True:
            self._news.clear()
            for name in await self._call(self._records.read, waiting_recipients) & self._wake.keys():
                self._wake[name].set()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._news.wait()

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
        self._news.set()

    async def round(self, name: str) -> int:
        """Tell one recipient what is due, as far as its pace has room; the number of tries. What has no room waits as it is."""
        found = await self._taken(name, AT_ONCE)
        await asyncio.gather(*(self._tell(self._recipients[name], one) for one in found))
        return len(found)

    async def _taken(self, name: str, most: int) -> list[Outgoing]:
        """The messages that go now, `most` at most: those put together before, then new ones."""
        now = self._clock.now()
        paces = (self._paces[name], self._channel_paces[self._recipients[name].channel])
        room = min(pace.room(now, most) for pace in paces)
        for pace in paces:
            pace.take(now, room)  # before anything is awaited: recipients of one channel share its pace
        found = await self._due(self._recipients[name], now, room) if room > 0 else []
        for pace in paces:
            pace.give_back(room - len(found))
        self._under_way |= {one.row.id for one in found}
        return found

    async def _due(self, recipient: Recipient, now: int, most: int) -> list[Outgoing]:
        def look(db: Connection) -> tuple[list[Outgoing], list[Planned]]:
            rows = waiting_messages(db, recipient.name, now, most + len(self._under_way))
            again = [row for row in rows if row.id not in self._under_way][:most]
            at_once, rest = leads(db, recipient.name, now, READ_AT_ONCE), followers(db, recipient.name, now, READ_AT_ONCE)
            if not at_once and not rest:
                return [outgoing(db, row) for row in again], []
            sent = sent_since(db, recipient.name, now - MINUTE)
            standing = Standing(sent.count, sent.last, sent.digest, most - len(again), self._pace_of(recipient))
            return [outgoing(db, row) for row in again], compose(at_once, rest, standing, now)

        again, planned = await self._call(self._records.read, look)

        def write(db: Connection) -> list[Outgoing]:
            rows = [put_together(db, recipient.name, one.kind, [row.id for row in one.rows], now) for one in planned]
            return [outgoing(db, row) for row in rows if row is not None]

        return again + (await self._call(self._records.begin, write) if planned else [])

    def _pace_of(self, recipient: Recipient) -> int:
        known = (per_minute(recipient), self._whole.get(recipient.channel, 0))
        return min((pace for pace in known if pace), default=0)

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
        """Keeps as many messages on their way as may be; looks again when one is settled, and when woken."""
        sending: set[asyncio.Task[None]] = set()
        try:
            while True:
                self._wake[name].clear()
                found = await self._taken(name, AT_ONCE - len(sending)) if len(sending) < AT_ONCE else []
                sending |= {asyncio.create_task(self._tell(self._recipients[name], one)) for one in found}
                if not found:
                    await self._something(name, sending)
                for task in [task for task in sending if task.done()]:
                    sending.discard(task)
                    task.result()
        finally:
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _something(self, name: str, sending: set[asyncio.Task[None]]) -> None:
        woken = asyncio.create_task(self._wake[name].wait())
        try:
            await asyncio.wait({woken, *sending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()

    async def _tell(self, recipient: Recipient, one: Outgoing) -> None:
        try:
            await self._try(recipient, one)
        finally:
            self._under_way.discard(one.row.id)

    async def _try(self, recipient: Recipient, one: Outgoing) -> None:
        trouble, why, tried = "", "", one.attempts + 1
        try:
            await self._channels[recipient.channel].send(recipient.address, message_of(recipient, one))
        except Retry as error:
            why = scrubbed(str(error), recipient.address)
            values = self._again(one.attempts, error, why)
            trouble = "delivery_waits" if tried >= TRIES else ""
        except GiveUp as error:
            why = scrubbed(str(error), recipient.address)
            values, trouble = self._failed(why), "delivery_refused"
            log.warning("delivery_failed", recipient=recipient.name, alarm=one.parts[0].alarm.id, parts=len(one.parts), reason=why)
        else:
            values = {"state": Delivered.DONE, "last_error": "", "settled": self._clock.now()}
        settle = partial(self._settle, recipient=recipient, one=one, values=values | {"attempts": tried}, trouble=trouble, why=why)
        if await self._call(self._records.begin, settle):
            self.wake()

    def _settle(self, db: Connection, *, recipient: Recipient, one: Outgoing, values: dict[str, Any], trouble: str, why: str) -> bool:
        """Write what became of a try; whether others have something to hear of it."""
        if not settle_message(db, one.row.id, one.attempts, values) or self._trouble is None:
            return False
        now = self._clock.now()
        if trouble:
            return self._trouble.failed(db, recipient, trouble, why, now)
        return values.get("state") == Delivered.DONE and self._trouble.well(db, recipient, now)

    def _again(self, attempts: int, error: Retry, why: str) -> dict[str, Any]:
        longest = min(self._at_most, FIRST_WAIT_S * 2.0 ** min(attempts, 30))
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
