"""Who is told, and how."""

import msgspec

from alerts.channels import CHANNELS
from contracts.clock import SECOND
from contracts.config import Section
from contracts.errors import BadConfig
from store.records.deliveries import LONGEST_WAIT

MOST_PER_MINUTE = 6_000


class Recipient(Section, frozen=True):
    """One address on one channel. `address_from`: the environment variable that holds it (or, with `_FILE` behind its name, the path of a
    file that does). `mines` empty: all of them. `lang`: which text stands first. `per_minute` 0: what the channel allows. `admin`: hears of
    recipients that cannot be reached."""

    name: str
    address: str = ""
    address_from: str = ""
    channel: str = "webhook"
    lang: str = "zh"
    mines: tuple[str, ...] = ()
    per_minute: int = 0
    admin: bool = False

    def hears_of(self, mine: str) -> bool:
        return not self.mines or mine in self.mines


class AlertsSection(Section, frozen=True):
    """`alerts` of a process's configuration. `retry_at_most_s`: the longest wait between two tries. `channel_per_minute`: by channel, the
    most messages a minute to all of its recipients together; none: no such limit."""

    recipients: tuple[Recipient, ...] = ()
    retry_at_most_s: float = 300.0
    channel_per_minute: dict[str, int] = msgspec.field(default_factory=dict)


def check_alerts(section: AlertsSection) -> None:
    """Nothing, or BadConfig naming what is refused."""
    if not 1 <= section.retry_at_most_s <= LONGEST_WAIT / SECOND:
        raise BadConfig("alerts.retry_at_most_s", section.retry_at_most_s, f"1 to {LONGEST_WAIT // SECOND}")
    for channel, count in section.channel_per_minute.items():
        if channel not in CHANNELS:
            raise BadConfig("alerts.channel_per_minute", channel, ", ".join(CHANNELS))
        if not 1 <= count <= MOST_PER_MINUTE:
            raise BadConfig(f"alerts.channel_per_minute.{channel}", count, f"1 to {MOST_PER_MINUTE}")
    names: set[str] = set()
    for at, recipient in enumerate(section.recipients):
        _check(f"alerts.recipients[{at}]", recipient, names)
        names.add(recipient.name)


def _check(where: str, recipient: Recipient, names: set[str]) -> None:
    if not 1 <= len(recipient.name) <= 80 or recipient.name in names:
        raise BadConfig(f"{where}.name", recipient.name, "1 to 80 characters, used once")
    if recipient.channel not in CHANNELS:
        raise BadConfig(f"{where}.channel", recipient.channel, ", ".join(CHANNELS))
    if recipient.lang not in ("zh", "en"):
        raise BadConfig(f"{where}.lang", recipient.lang, "zh, en")
    if not 0 <= recipient.per_minute <= MOST_PER_MINUTE:
        raise BadConfig(f"{where}.per_minute", recipient.per_minute, f"0 to {MOST_PER_MINUTE}")
    if not recipient.address and not recipient.address_from:
        raise BadConfig(f"{where}.address", "", "an address, or address_from naming the variable that holds it")
    if recipient.address:
        CHANNELS[recipient.channel].check(f"{where}.address", recipient.address)
