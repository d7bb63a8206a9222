"""Mosquitto in production: TLS for everybody, a certificate per gateway, and rights by the name in it.

Tried on Mosquitto 2.0.11 (`tests/end_to_end/test_identity.py`): `%u` takes a name with a slash as it stands, so one set of patterns
serves every gateway.
"""

from pathlib import PurePath

from contracts.errors import BadConfig
from contracts.topics import DOWN, PREFIX, UP, Lane, every
from ingest.broker.child import Listener
from ingest.broker.mosquitto import ROOM

INGEST = "davy-ingest"
"""Name in the certificate of the centre's ingest. It has no slash, so no gateway can have it."""

ORDERS = (Lane.DESIRED, Lane.COMMAND)
CARE = "davy-care"
"""Name in the certificate of whoever sends orders to gateways (`davy care`). It can read no reading and write none."""

CONFIGURATION, ACCESS, CA, SERVER, REVOKED = "mosquitto.conf", "acl", "ca.pem", "broker.pem", "crl.pem"
"""Files of the broker's folder. SERVER holds certificate and key, so that a renewal is one rename."""


def configuration(listener: Listener, folder: PurePath) -> str:
    """The text of mosquitto.conf; `folder` is where these files stand on the broker's machine. BadConfig for a path Mosquitto cannot read.

    `use_username_as_clientid`: a session is the certificate's, whatever the client calls itself. So nobody throws another gateway out, and
    an owner who comes back with a new certificate ends the session of whoever still holds the old one.
    """
    if not folder.is_absolute() or not str(folder).isprintable():
        raise BadConfig("broker folder", str(folder), "an absolute path without control characters")
    return "\n".join(
        (
            f"# Davylamp. Rights: {ACCESS}. After a change of {REVOKED}, {ACCESS} or {SERVER}: SIGHUP.",
            f"listener {listener.port} {listener.host}",
            f"cafile {folder / CA}",
            f"certfile {folder / SERVER}",
            f"keyfile {folder / SERVER}",
            f"crlfile {folder / REVOKED}",
            "require_certificate true",
            "use_identity_as_username true",
            "use_username_as_clientid true",
            "allow_anonymous false",
            "allow_zero_length_clientid false",
            f"acl_file {folder / ACCESS}",
            *ROOM,
            "log_type notice",
            "log_type information",
            "",
        )
    )


def access() -> str:
    """The text of the access list. What is not named is denied, `$SYS` included; patterns hold for every name."""
    return "\n".join(
        (
            "# The centre reads what goes up and writes what goes down.",
            f"user {INGEST}",
            *(f"topic read {every(lane)}" for lane in UP),
            *(f"topic write {every(lane)}" for lane in DOWN),
            *(f"topic read {every(lane)}" for lane in ORDERS),
            "",
            "# Orders to gateways, and what became of them.",
            f"user {CARE}",
            *(f"topic readwrite {every(lane)}" for lane in ORDERS),
            *(f"topic read {every(lane)}" for lane in (Lane.REPORTED, Lane.ANSWER)),
            "",
            "# A gateway writes its own lanes up and reads its own lanes down; %u is the name in its certificate, mine/gateway.",
            *(f"pattern write {PREFIX}/%u/{lane}" for lane in UP),
            *(f"pattern read {PREFIX}/%u/{lane}" for lane in DOWN),
            "",
        )
    )
