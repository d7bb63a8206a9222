"""Delivers what is journaled over HTTP and SMTP; made to be killed.

Arguments: database file, two addresses, how many alarms to journal instead, number of the first, and `grouped` where what has one cause
is told together.
"""

import asyncio
import os
import sys

from alerts.channels import CHANNELS
from alerts.config import AlertsSection, Recipient
from alerts.deliver import Deliver
from alerts.journal import Journal
from alerts.packs import load
from alerts.telling import Routed
from contracts.clock import SECOND, SystemClock
from contracts.payload import Event
from contracts.points import Point, Registry
from store.records.deliveries import waiting_recipients
from store.records.engine import Records, open_records

sys.path.insert(0, os.getcwd())
from tests.alerts.deliver_child import journal  # tests are found from the repository only


def people(http: str, mail: str) -> list[Recipient]:
    return [
        Recipient(name="inspector", address=http),
        Recipient(name="engineer", address=mail, channel="mail", per_minute=6_000),
    ]


def journal_grouped(records: Records, recipients: list[Recipient], count: int, first: int) -> None:
    """A fan stop in an area of its own, as many alarms that follow from it, and the return of all of them."""
    section = AlertsSection(recipients=tuple(recipients), follow_up_s=1, all_clear_s=1)
    book, clock, area = Journal(load(), audience=Routed(section)), SystemClock(), f"A{first}"
    points = tuple(Point(f"T{number}", "methane", area, "风巷", "roadway") for number in range(first, first + count))
    registry, rules = Registry("m1", "一矿", "Mine 1", points), ["fan.gas", *["limit.alarm"] * (count - 1)]
    for change, value, reason, age in (("raise", 1.2, "limit_reached", 2), ("return", 0.4, "below_deadband", 1)):
        for point, rule in zip(points, rules, strict=True):
            time = clock.now() - age * SECOND
            event = Event(point.id, rule, change, time, value, 1.0, 0, "", reason, time)
            with records.begin() as db:
                book.event(db, "m1", "m1/gw1", event, clock.now(), registry)


async def deliver(path: str, recipients: list[Recipient]) -> None:
    records = open_records(f"sqlite:///{path}")
    channels = {name: kind() for name, kind in CHANNELS.items()}
    task = asyncio.create_task(Deliver(records, recipients, channels, SystemClock(), retry_at_most_s=1.0).run())
    while True:
        await asyncio.sleep(0.05)
        with records.read() as db:
            if not waiting_recipients(db):
                task.cancel()
                return


def main() -> None:
    path, recipients = sys.argv[1], people(sys.argv[2], sys.argv[3])
    count, first = int(sys.argv[4]), int(sys.argv[5])
    if count:
        records = open_records(f"sqlite:///{path}")
        (journal_grouped if sys.argv[6:] else journal)(records, recipients, count, first)
        records.close()
    else:
        asyncio.run(deliver(path, recipients))


if __name__ == "__main__":
    main()
