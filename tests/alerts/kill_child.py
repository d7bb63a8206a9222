"""Delivers what is journaled over HTTP and SMTP; made to be killed.

Arguments: database file, two addresses, how many alarms to journal instead, number of the first.
"""

import asyncio
import os
import sys

from alerts.channels import CHANNELS
from alerts.config import Recipient
from alerts.deliver import Deliver
from contracts.clock import SystemClock
from store.records.deliveries import waiting_recipients
from store.records.engine import open_records

sys.path.insert(0, os.getcwd())
from tests.alerts.deliver_child import journal  # tests are found from the repository only


def people(http: str, mail: str) -> list[Recipient]:
    return [
        Recipient(name="inspector", address=http),
        Recipient(name="engineer", address=mail, channel="mail", per_minute=6_000),
    ]


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
        journal(records, recipients, count, first)
        records.close()
    else:
        asyncio.run(deliver(path, recipients))


if __name__ == "__main__":
    main()
