"""A process that journals alarms and delivers them; made to be killed. Arguments: database file, receiver's address, number of alarms."""

import asyncio
import sys

from alerts.channels import CHANNELS
from alerts.config import Recipient
from alerts.deliver import Deliver
from alerts.journal import Journal
from alerts.packs import load
from contracts.clock import SECOND, SystemClock
from contracts.payload import Event
from store.records.deliveries import waiting_recipients
from store.records.engine import Records, open_records


def journal(records: Records, recipients: list[Recipient], count: int, first: int = 0) -> None:
    book, clock = Journal(load(), recipients), SystemClock()
    for number in range(first, first + count):
        with records.begin() as db:
            for change, value, age in (("raise", 1.2, 2), ("return", 0.4, 1)):
                time = clock.now() - age * SECOND
                event = Event(f"T{number}", "limit.alarm", change, time, value, 1.0, 0, "", "limit_reached", time)
                book.event(db, "m1", "m1/gw1", event, clock.now(), None)


async def deliver(records: Records, recipient: Recipient) -> None:
    deliver = Deliver(records, [recipient], {name: kind() for name, kind in CHANNELS.items()}, SystemClock(), retry_at_most_s=1.0)
    task = asyncio.create_task(deliver.run())
    while True:
        await asyncio.sleep(0.05)
        with records.read() as db:
            if not waiting_recipients(db):
                task.cancel()
                return


def main() -> None:
    path, address, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    records, recipient = open_records(f"sqlite:///{path}"), Recipient(name="inspector", address=address)
    journal(records, [recipient], count)
    sys.stdout.write("journaled\n")
    sys.stdout.flush()
    if sys.stdin.readline():
        asyncio.run(deliver(records, recipient))


if __name__ == "__main__":
    main()
