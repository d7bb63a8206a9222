"""How people get in: what of it is configured, what is refused early, and how long anything lasts. Pure.

All numbers here are project settings: no source names them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from contracts.clock import DAY, HOUR, MINUTE, SECOND
from contracts.config import Section, load
from contracts.errors import BadConfig
from store.records.sessions import Failed

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSWORD_LEAST, PASSWORD_MOST = 10, 200
PIN_LEAST, PIN_MOST = 6, 12
FREE_OF_LOGIN, FREE_OF_ADDRESS = 5, 20
"""Failures in a row that cost no wait; behind a reverse proxy many people may share an address."""
LONGEST_WAIT = 15 * MINUTE
FORGOTTEN_AFTER = DAY
"""A failure that is older no longer counts."""


class SignInSection(Section, frozen=True):
    """`idle_h`: hours without a call until a session ends, `longest_h`: hours until it ends in any case. A wall board's ends by neither."""

    idle_h: int = 12
    longest_h: int = 168


class OidcSection(Section, frozen=True):
    """The company's own sign-in (OpenID Connect); none where `issuer` is empty. `claim`: which of its facts is the name that
    `davy people set --claim` gave a person. `name`: what the button says."""

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""
    claim: str = "preferred_username"
    name: str = "OIDC"


class DoorSettings(Section, frozen=True):
    """`DAVY_SIGN_IN_...` and `DAVY_OIDC_...`."""

    sign_in: SignInSection = SignInSection()
    oidc: OidcSection = OidcSection()


@dataclass(frozen=True, slots=True)
class Shown:
    """A sign-in of the demo, told on its sign-in page. Never anywhere else."""

    login: str
    password: str
    role: str
    mines: tuple[str, ...] = ()
    pin: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """How the pages are entered. `closed` False: by everybody who reaches the port (loopback only); nobody has to sign in."""

    closed: bool = False
    settings: DoorSettings = field(default_factory=DoorSettings)
    shown: tuple[Shown, ...] = ()


def doors_in(environment: Mapping[str, str]) -> DoorSettings:
    """The settings in the environment, checked; BadConfig naming the variable."""
    settings = load(DoorSettings, "", environment)
    for key in ("idle_h", "longest_h"):
        if getattr(settings.sign_in, key) < 1:
            raise BadConfig(f"sign_in.{key}", getattr(settings.sign_in, key), "1 or more hours")
    oidc = settings.oidc
    if oidc.issuer and not oidc.issuer.startswith("https://") and not oidc.issuer.startswith(tuple(f"http://{host}" for host in LOOPBACK)):
        raise BadConfig("oidc.issuer", oidc.issuer, "an https:// address (http:// on loopback only)")
    if oidc.issuer and not (oidc.client_id and oidc.client_secret):
        raise BadConfig("oidc.client_id, oidc.client_secret", "(not both given)", "both, as the issuer registered this console")
    return settings


def wait_after(failures: int, free: int) -> int:
    """µs in which nothing is tried after so many failures in a row: none for the first `free`, then doubling from 1 s."""
    return 0 if failures < free else min(SECOND << min(failures - free, 20), LONGEST_WAIT)


def failing(found: Failed, free: int, now: int) -> Failed:
    """One failure more."""
    failures = 1 + (found.failures if now - found.last < FORGOTTEN_AFTER else 0)
    return Failed(failures, now, now + wait_after(failures, free))


def forgiven(found: Failed) -> Failed:
    """One failure fewer: the last attempt was none."""
    return Failed(max(0, found.failures - 1), found.last, 0)


def told_late(failures: int) -> float:
    """Seconds until a wrong PIN is called wrong; a right one is never kept waiting."""
    return min(0.5 * 2.0 ** min(failures, 6), 10.0)


def ends_of(now: int, settings: SignInSection, board: bool) -> int:
    """When a session made now ends at the latest."""
    return 1 << 60 if board else now + settings.longest_h * HOUR


def over(seen: int, ends: int, now: int, settings: SignInSection, board: bool) -> bool:
    """Whether a session is over at `now`."""
    return now >= ends or (not board and now - seen >= settings.idle_h * HOUR)


def check_password(login: str, password: str) -> None:
    """BadConfig for one that is too short, too long, or the login itself."""
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        raise BadConfig("password", f"({len(password)} characters)", f"{PASSWORD_LEAST} to {PASSWORD_MOST} characters (project setting)")
    if login and login.lower() in password.lower():
        raise BadConfig("password", "(contains the login)", "a password without the login in it")


def check_pin(pin: str) -> None:
    """BadConfig for one that is no PIN, or that is guessed first: one digit over and over, or a run."""
    if not (pin.isascii() and pin.isdigit() and PIN_LEAST <= len(pin) <= PIN_MOST):
        raise BadConfig("pin", f"({len(pin)} characters)", f"{PIN_LEAST} to {PIN_MOST} digits (project setting)")
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    if len(steps) == 1 and steps <= {0, 1, 9}:
        raise BadConfig("pin", "(a run of digits)", "digits that are neither all equal nor a run")


def way_back(asked: str | None) -> str:
    """Where to go after signing in: a path of this console only."""
    ours = asked is not None and asked.startswith("/") and not asked.startswith(("//", "/\\")) and asked.isprintable()
    return asked if asked is not None and ours and len(asked) < 500 else "/"
