"""Webhooks against a real server, and a process killed between journal and channel."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alerts.channels.webhook import Webhook
from alerts.message import Message
from bench.ports import free_port
from contracts.errors import GiveUp, Retry
from store.records import alarms as table
from store.records.engine import open_records
from tests.alerts.receiver import Receiver, receiving
from tests.waiting import LIMIT_S

pytestmark = pytest.mark.servers

CHILD = Path(__file__).with_name("deliver_child.py")
MESSAGE = Message("k1", "inspector", "zh", {"zh": "报警", "en": "alarm"}, {"id": 1}, {"id": 2})


async def sent(address: str) -> None:
    webhook = Webhook(timeout_s=LIMIT_S)
    try:
        await webhook.send(address, MESSAGE)
    finally:
        await webhook.close()


async def test_an_accepted_message_arrives_with_its_key_and_both_languages():
    with receiving(Receiver([204])) as receiver:
        await sent(receiver.address)
    assert receiver.keys == ["k1"]
    assert receiver.accepted[0]["text"] == {"zh": "报警", "en": "alarm"}


@pytest.mark.parametrize(
    ("code", "outcome"), [(400, GiveUp), (404, GiveUp), (408, Retry), (429, Retry), (500, Retry), (503, Retry), (302, Retry)]
)
async def test_the_answer_says_whether_to_try_again(code, outcome):
    with receiving(Receiver([code])) as receiver, pytest.raises(outcome):
        await sent(receiver.address)


async def test_nobody_there_is_tried_again():
    with pytest.raises(Retry):
        await sent(f"http://127.0.0.1:{free_port()}/hook")


def start(path: Path, receiver: Receiver, alarms: int) -> "subprocess.Popen[str]":
    """A child that has journaled and waits for a line to begin delivering."""
    command = [sys.executable, str(CHILD), str(path), receiver.address, str(alarms)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=CHILD.parents[2])
    assert child.stdout.readline() == "journaled\n"
    return child


def go(child: "subprocess.Popen[str]") -> int:
    child.stdin.write("\n")
    child.stdin.flush()
    code = child.wait(timeout=LIMIT_S)
    child.stdin.close()
    child.stdout.close()
    return code


def test_a_kill_between_journal_and_channel_loses_nothing_and_invents_nothing(tmp_path):
    alarms, path = 10, tmp_path / "records.db"
    with receiving(Receiver([500, 429])) as receiver:
        child = start(path, receiver, alarms)
        child.kill()  # journaled, nothing delivered yet
        assert child.wait() == -signal.SIGKILL
        child.stdin.close()
        child.stdout.close()
        for last in (4, 11):  # the receiver has the message, the sender dies before it knows
            child = start(path, receiver, 0)
            receiver.on_try = lambda number, child=child, last=last: child.kill() if number == last else None
            assert go(child) == -signal.SIGKILL
        receiver.on_try = lambda number: None
        assert go(start(path, receiver, 0)) == 0
    records = open_records(f"sqlite:///{path}")
    with records.read() as db:
        written = {row.id: row.alarm_id for alarm in table.alarms(db) for row in table.transitions(db, alarm.id)}
    records.close()
    received = [message["transition"]["id"] for message in receiver.accepted]
    assert len(written) == 2 * alarms
    assert set(received) == set(written)
    for alarm_id in written.values():
        first = [message["transition"]["change"] for message in receiver.accepted if message["alarm"]["id"] == alarm_id]
        assert first.index("raise") < first.index("return")
        assert "raise" not in first[first.index("return") :]
