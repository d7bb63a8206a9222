"""Who is told, and how."""

import msgspec

from alerts.channels import CHANNELS
from alerts.packs.handling import USUAL
from alerts.rota import District, Rota, check_rota, gaps
from contracts.clock import SECOND
from contracts.config import Section
from contracts.errors import BadConfig
from store.records.deliveries import LONGEST_WAIT

MOST_PER_MINUTE = 6_000
MOST_STEPS = 9
LONGEST_PHONE = 60
ROLES = ("", "mine", "inspector", "admin")
"""Empty: everything. `mine`: alarms of its mines. `inspector`: what is referred. `admin`: the centre's own alarms."""


class Recipient(Section, frozen=True):
    """One address on one channel. `address_from`: the environment variable that holds it (or, with `_FILE` behind its name, the path of a
    file that does). `mines` empty: all of them. `lang`: which text stands first. `per_minute` 0: what the channel allows. `admin`: hears of
    recipients that cannot be reached. `role`: what it hears of (`ROLES`). `areas`: only of these areas of its mines; empty: all.
    `district`: an inspector's. `step`: 0 hears at once, 1 and more when nobody acknowledged."""

    name: str
    address: str = ""
    address_from: str = ""
    channel: str = "webhook"
    lang: str = "zh"
    mines: tuple[str, ...] = ()
    per_minute: int = 0
    admin: bool = False
    role: str = ""
    areas: tuple[str, ...] = ()
    district: str = ""
    step: int = 0

    def hears_of(self, mine: str) -> bool:
        return not self.mines or mine in self.mines


class AlertsSection(Section, frozen=True):
    """`alerts` of a process's configuration. `retry_at_most_s`: the longest wait between two tries. `channel_per_minute`: by channel, the
    most messages a minute to all of its recipients together; none: no such limit. `escalate_after_min`: not acknowledged for so long, the
    next step hears (0: nobody). `repeat_after_min`: said again so often after the last step (0: never). `follow_up_s`: what follows from
    a cause waits so long for others; `all_clear_s`: a return so long for the rest of its cause. The four are project settings. `handling`:
    the pack by which alarms are answered for, by its name or the path of a .yaml file (docs/handling.md). `duty_phones`: by mine, whom to
    call, as messages say it."""

    recipients: tuple[Recipient, ...] = ()
    retry_at_most_s: float = 300.0
    channel_per_minute: dict[str, int] = msgspec.field(default_factory=dict)
    districts: tuple[District, ...] = ()
    rota: tuple[Rota, ...] = ()
    escalate_after_min: int = 10
    repeat_after_min: int = 30
    follow_up_s: int = 10
    all_clear_s: int = 120
    handling: str = USUAL
    duty_phones: dict[str, str] = msgspec.field(default_factory=dict)


_RANGES = {
    "retry_at_most_s": (1, LONGEST_WAIT // SECOND),
    "escalate_after_min": (0, 1_440),
    "repeat_after_min": (0, 1_440),
    "follow_up_s": (0, 60),
    "all_clear_s": (0, 600),
}


def check_alerts(section: AlertsSection) -> None:
    """Nothing, or BadConfig naming what is refused."""
    for key, (low, high) in _RANGES.items():
        if not low <= getattr(section, key) <= high:
            raise BadConfig(f"alerts.{key}", getattr(section, key), f"{low} to {high}")
    for channel, count in section.channel_per_minute.items():
        if channel not in CHANNELS:
            raise BadConfig("alerts.channel_per_minute", channel, ", ".join(CHANNELS))
        if not 1 <= count <= MOST_PER_MINUTE:
            raise BadConfig(f"alerts.channel_per_minute.{channel}", count, f"1 to {MOST_PER_MINUTE}")
    for mine, phone in section.duty_phones.items():
        if not 1 <= len(phone.strip()) <= LONGEST_PHONE:
            raise BadConfig(f"alerts.duty_phones.{mine}", phone, f"1 to {LONGEST_PHONE} characters")
    districts = _check_districts(section)
    names: set[str] = set()
    for at, recipient in enumerate(section.recipients):
        _check(f"alerts.recipients[{at}]", recipient, names)
        _check_role(f"alerts.recipients[{at}]", recipient, districts)
        names.add(recipient.name)
    _check_rotas(section)


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


def _check_districts(section: AlertsSection) -> list[str]:
    names: list[str] = []
    for at, district in enumerate(section.districts):
        if not 1 <= len(district.name) <= 80 or district.name in names:
            raise BadConfig(f"alerts.districts[{at}].name", district.name, "1 to 80 characters, used once")
        if not district.mines:
            raise BadConfig(f"alerts.districts[{at}].mines", [], "one mine at least")
        names.append(district.name)
    return names


def _check_role(where: str, recipient: Recipient, districts: list[str]) -> None:
    if recipient.role not in ROLES:
        raise BadConfig(f"{where}.role", recipient.role, '"" (everything), ' + ", ".join(role for role in ROLES if role))
    if not 0 <= recipient.step <= MOST_STEPS:
        raise BadConfig(f"{where}.step", recipient.step, f"0 to {MOST_STEPS}")
    if recipient.step and recipient.role not in ("", "mine"):
        raise BadConfig(f"{where}.step", recipient.step, f"0: role {recipient.role} has no steps")
    if recipient.areas and (recipient.role not in ("", "mine") or len(recipient.mines) != 1):
        raise BadConfig(f"{where}.areas", list(recipient.areas), "areas of one mine, for role mine: name it in mines")
    if recipient.district and (recipient.role != "inspector" or recipient.district not in districts):
        allowed = "one of alerts.districts, for role inspector: " + ", ".join(districts)
        raise BadConfig(f"{where}.district", recipient.district, allowed)
    if recipient.district and recipient.mines:
        raise BadConfig(f"{where}.mines", list(recipient.mines), "none beside a district: the district names them")


def _check_rotas(section: AlertsSection) -> None:
    known, seen = [one.name for one in section.recipients], set[str]()
    for at, rota in enumerate(section.rota):
        check_rota(f"alerts.rota[{at}]", rota, known)
        if rota.name in seen:
            raise BadConfig(f"alerts.rota[{at}].name", rota.name, "a name used once")
        seen.add(rota.name)
    always = [one for one in section.recipients if one.role in ("", "mine") and not any(one.name in rota.names for rota in section.rota)]
    for at, rota in enumerate(section.rota):
        members = [one for one in section.recipients if one.name in rota.names]
        for gap in gaps(rota):
            if not all(any(covers(other, one) for other in always) for one in members):
                allowed = "a name, or a recipient outside the rotas that hears of the same mines and areas and takes over in the gap"
                raise BadConfig(f"alerts.rota[{at}].{gap.day} {gap.shift}", [], allowed)


def covers(other: Recipient, one: Recipient) -> bool:
    """Whether somebody hears of all that another one hears of."""
    mines = not other.mines or (bool(one.mines) and set(one.mines) <= set(other.mines))
    return mines and (not other.areas or (bool(one.areas) and set(one.areas) <= set(other.areas)))
