"""A real SMTP server that keeps what it accepted and answers as told."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller

from bench.ports import free_port
from tests.waiting import LIMIT_S

TAKEN = "250 OK"


@dataclass
class Mailbox:
    """`rcpt`, `data`: answers to give first; then 250."""

    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    tries: int = 0
    on_try: Callable[[int], None] = lambda number: None
    port: int = 0

    async def handle_RCPT(self, server, session, envelope, address, options) -> str:  # noqa: N802  # the library's name
        answer = self.rcpt.pop(0) if self.rcpt else TAKEN
        if answer == TAKEN:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  # the library's name
        self.tries += 1
        answer = self.data.pop(0) if self.data else TAKEN
        if answer == TAKEN:
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.on_try(self.tries)
        return answer

    @property
    def address(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=alarm@mine.example&to=inspector@mine.example"


@contextmanager
def mailing(mailbox: Mailbox) -> Iterator[Mailbox]:
    """Serve on a free port of the loopback, until the block ends."""
    mailbox.port = free_port()
    controller = Controller(mailbox, hostname="127.0.0.1", port=mailbox.port, ready_timeout=LIMIT_S)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()
