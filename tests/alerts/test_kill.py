"""kill -9 in a loop between journal and channels: every alarm reaches a real SMTP and a real HTTP receiver, none is invented, in order."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import pytest
from sqlalchemy import select

from store.records import alarms as table
from store.records.engine import open_records
from tests.alerts.mailbox import Mailbox, mailing
from tests.alerts.receiver import Receiver, receiving
from tests.waiting import LIMIT_S

pytestmark = pytest.mark.servers
CHILD, EACH, KILLS, GROUPED = Path(__file__).with_name("kill_child.py"), 3, 6, 4


def start(path: Path, http: str, mail: str, count: int = 0, first: int = 0, *more: str) -> "subprocess.Popen[bytes]":
    """A child that journals so many alarms, or delivers."""
    return subprocess.Popen([sys.executable, str(CHILD), str(path), http, mail, str(count), str(first), *more], cwd=CHILD.parents[2])


def killed_at(watched: Receiver | Mailbox, last: int, begin: Callable[[], "subprocess.Popen[bytes]"]) -> int:
    """How a child ended that delivers until the one that is watched has been tried so often, and is killed in that moment."""
    running: Queue[subprocess.Popen[bytes]] = Queue()
    watched.on_try = lambda number: running.get(timeout=LIMIT_S).kill() if number == last else None
    child = begin()
    running.put(child)
    try:
        return child.wait(LIMIT_S)
    finally:
        watched.on_try = lambda number: None


def in_order(told: list[tuple[int, int]]) -> bool:
    """(alarm, transition) as received: of each alarm the first time of every transition follows that of those before it."""
    first = list(dict.fromkeys(told))
    return all(
        [step for one, step in first if one == alarm] == sorted(step for one, step in first if one == alarm) for alarm in dict(first)
    )


def test_a_kill_at_any_moment_loses_no_alarm_on_any_channel_and_invents_none(tmp_path):
    path = tmp_path / "records.db"
    with receiving(Receiver([500, 429])) as receiver, mailing(Mailbox(data=["451 later"])) as mailbox:
        for kill in range(KILLS):
            assert start(path, receiver.address, mailbox.address, EACH, kill * EACH).wait(LIMIT_S) == 0
            watched = receiver if kill % 2 else mailbox
            assert killed_at(watched, watched.tries + 2, lambda: start(path, receiver.address, mailbox.address)) == -signal.SIGKILL
        assert start(path, receiver.address, mailbox.address).wait(LIMIT_S) == 0
    records = open_records(f"sqlite:///{path}")
    with records.read() as db:
        written = {(alarm.id, row.id) for alarm in table.alarms(db) for row in table.transitions(db, alarm.id)}
    records.close()
    by_http = [(message["alarm"]["id"], message["transition"]["id"]) for message in receiver.accepted]
    by_mail = [(int(mail["X-Davylamp-Alarm"]), int(mail["X-Davylamp-Transition"])) for mail in mailbox.mails]
    assert len(written) == 2 * EACH * KILLS
    for told in (by_http, by_mail):
        assert set(told) == written
        assert in_order(told)


def by_http(receiver: Receiver) -> list[list[tuple[int, int]]]:
    """Message by message the (alarm, transition) in it."""
    return [
        [(part["alarm"], part["transition"]) for part in message["parts"]] or [(message["alarm"]["id"], message["transition"]["id"])]
        for message in receiver.accepted
    ]


def by_mail(mailbox: Mailbox) -> list[list[tuple[int, int]]]:
    """The same of the mails."""
    told = [mail["X-Davylamp-Parts"] or f"{mail['X-Davylamp-Alarm']}:{mail['X-Davylamp-Transition']}" for mail in mailbox.mails]
    return [[(int(alarm), int(step)) for alarm, step in (part.split(":") for part in str(parts).split())] for parts in told]


def test_a_kill_at_any_moment_loses_nothing_of_what_is_told_together_and_puts_nothing_into_two_messages(tmp_path):
    path = tmp_path / "records.db"
    with receiving(Receiver([500, 429])) as receiver, mailing(Mailbox(data=["451 later"])) as mailbox:
        for kill in range(GROUPED):
            assert start(path, receiver.address, mailbox.address, 2 * EACH, kill * 2 * EACH, "grouped").wait(LIMIT_S) == 0
            watched = receiver if kill % 2 else mailbox
            assert (
                killed_at(watched, watched.tries + 1 + kill % 2, lambda: start(path, receiver.address, mailbox.address)) == -signal.SIGKILL
            )
        assert start(path, receiver.address, mailbox.address).wait(LIMIT_S) == 0
    records = open_records(f"sqlite:///{path}")
    with records.read() as db:
        written = {(alarm.id, row.id) for alarm in table.alarms(db) for row in table.transitions(db, alarm.id)}
        lost = db.execute(select(table.DELIVERIES.c.id).where(table.DELIVERIES.c.message_id.is_(None))).all()
    records.close()
    assert len(written) == 2 * 2 * EACH * GROUPED
    assert lost == []
    for messages in (by_http(receiver), by_mail(mailbox)):
        assert {part for message in messages for part in message} == written
        assert in_order([part for message in messages for part in message])
        assert max(len(message) for message in messages) > 1
        different = {tuple(message) for message in messages}
        assert sum(len(message) for message in different) == len(written)
    assert len(set(receiver.keys)) == len({tuple(message) for message in by_http(receiver)})
