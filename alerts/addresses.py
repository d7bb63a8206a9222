"""Addresses are secrets: where they come from, and what may be shown of them."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from alerts.config import AlertsSection, Recipient
from contracts.errors import BadConfig

HIDDEN = "***"
SHORTEST = 6
"""Parts of an address shorter than this are no secrets: a port, `to`, `v2`."""
_OPEN = ("http", "https", "mqtt", "mqtts", "mailto", "mailtos")
"""Schemes whose host is a machine; elsewhere a token stands in its place."""
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,79}\Z")


def addressed(
    section: AlertsSection,
    environment: Mapping[str, str],
    read: Callable[[str], str] = lambda path: Path(path).read_text(encoding="utf-8"),
) -> AlertsSection:
    """The section with every `address_from` looked up: the variable of that name, or the file that `<name>_FILE` names. Else BadConfig."""
    return msgspec.structs.replace(
        section,
        recipients=tuple(
            msgspec.structs.replace(one, address=_address(f"alerts.recipients[{at}].address_from", one, environment, read))
            if one.address_from
            else one
            for at, one in enumerate(section.recipients)
        ),
    )


def _address(key: str, one: Recipient, environment: Mapping[str, str], read: Callable[[str], str]) -> str:
    name = one.address_from
    if not _NAME.match(name):
        raise BadConfig(key, name, "the name of an environment variable: A-Z, 0-9, _")
    given = environment.get(name, "")
    if not given and f"{name}_FILE" in environment:
        try:
            given = read(environment[f"{name}_FILE"])
        except (OSError, UnicodeDecodeError) as error:
            raise BadConfig(f"{name}_FILE", environment[f"{name}_FILE"], f"a text file this process may read ({error})") from error
    if not given.strip():
        raise BadConfig(key, name, f"a variable that is set: {name} (the address) or {name}_FILE (a file with it)")
    return given.strip()


def masked(address: str) -> str:
    """What may be shown of an address: its scheme, its host where that is a machine, and that there is more."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    if not parts.scheme:
        return HIDDEN if address else ""
    return f"{parts.scheme}://{host}{port}/{HIDDEN}" if parts.scheme in _OPEN and host else f"{parts.scheme}://{HIDDEN}"


def scrubbed(text: str, address: str) -> str:
    """A text without the address and without the parts of it that can be secrets: an answer may quote them."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return text.replace(address, HIDDEN) if address else text
    values = [value for _, value in parse_qsl(parts.query)]
    inner = [parts.username, parts.password, *parts.path.split("/"), parts.query, *values]
    if parts.scheme not in _OPEN:
        inner.append(parts.netloc.rpartition("@")[2])
    secrets = {form for part in inner if part for form in (part, unquote(part)) if len(form) >= SHORTEST}
    for secret in sorted({address, *secrets}, key=len, reverse=True):
        text = text.replace(secret, HIDDEN) if secret else text
    return text
