"""Mail by SMTP. The address is Apprise's; the talk with the server is our own, because its codes say whether to try again."""

import contextlib
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formataddr, formatdate
from typing import Any, ClassVar
from urllib.parse import urlsplit

from alerts.channels.aside import aside
from alerts.channels.by_apprise import plugin
from alerts.message import Message
from alerts.text import body, subject
from contracts.errors import BadConfig, GiveUp, Retry

EXAMPLE = "mailtos://USER:PASSWORD@SERVER:587?from=ALARM@OWN.CN&to=ONE@OWN.CN (mailtos: STARTTLS, or TLS with mode=ssl; mailto: neither)"
PATIENCE_S = 15.0
FULL = 552
"""The mailbox is full (RFC 5321): it will have room again."""


class Mail:
    """One mail a message. `Message-ID` is made of the message's key: mail readers know a repeated one."""

    PER_MINUTE: ClassVar[int] = 30

    @staticmethod
    def check(key: str, address: str) -> None:
        made = plugin(address) if urlsplit(address).scheme in ("mailto", "mailtos") else None
        if made is None or len(made.targets) != 1 or made.cc or made.bcc or not made.smtp_host:
            raise BadConfig(key, f"{urlsplit(address).scheme}://***", f"one address such as {EXAMPLE}")

    @staticmethod
    def reach(address: str) -> tuple[str, int] | None:
        made = plugin(address)
        return None if made is None else (made.smtp_host, made.port)

    async def send(self, address: str, message: Message) -> None:
        await aside(lambda: _send(plugin(address), message))

    async def close(self) -> None:
        """Nothing stays open."""


def _send(made: Any, message: Message) -> None:
    to = made.targets[0][1]
    try:
        server = _connected(made)
        try:
            server.send_message(_mail(made, message), made.from_addr[1], [to])
        finally:
            with contextlib.suppress(OSError, smtplib.SMTPException):
                server.quit()
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refused(code, said) from error
    except smtplib.SMTPAuthenticationError as error:  # somebody will mend the password, and what waits is sent then
        raise Retry(f"SMTP {error.smtp_code} user or password refused", 0.0) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Retry(f"{type(error).__name__}: {error}", 0.0) from error
    except UnicodeError as error:
        raise GiveUp(f"address: {error}") from error


def _connected(made: Any) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if not made.verify_certificate:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if made.secure_mode == "ssl":
        server: smtplib.SMTP = smtplib.SMTP_SSL(made.smtp_host, made.port, timeout=PATIENCE_S, context=context)
    else:
        server = smtplib.SMTP(made.smtp_host, made.port, timeout=PATIENCE_S)
    try:
        if made.secure_mode == "starttls":
            server.starttls(context=context)
        if made.user and made.password:
            server.login(made.user, made.password)
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def _mail(made: Any, message: Message) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["Date"] = subject(message), formatdate(localtime=False)
    mail["From"] = formataddr((made.from_addr[0] or "Davylamp 安全灯", made.from_addr[1]))
    mail["To"] = made.targets[0][1]
    mail["Message-ID"] = f"<{message.key}@davylamp>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Davylamp-Alarm"], mail["X-Davylamp-Transition"] = str(message.alarm.get("id", "")), str(message.transition.get("id", ""))
    if message.parts:
        mail["X-Davylamp-Parts"] = " ".join(f"{part['alarm']}:{part['transition']}" for part in message.parts)
    mail.set_content(body(message))
    return mail


def _refused(code: int, said: bytes | str) -> GiveUp | Retry:
    text = f"SMTP {code} {(said.decode(errors='replace') if isinstance(said, bytes) else said)[:200]}"
    return GiveUp(text) if 500 <= code < 600 and code != FULL else Retry(text, 0.0)
