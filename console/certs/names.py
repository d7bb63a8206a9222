"""Names that can stand in a certificate."""

import re
from ipaddress import ip_address

from contracts.errors import BadConfig
from contracts.topics import Gateway
from ingest.broker.production import CARE, INGEST

BROKER = "davy-broker"
MOST_IN_NAME = 64
"""RFC 5280, appendix A.1: ub-common-name."""

_LABEL = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z")


def check_client(name: str) -> str:
    """The name itself, `mine/gateway`, `davy-ingest` or `davy-care`; BadConfig for what can be none."""
    if name in (INGEST, CARE):
        return name
    if "/" not in name:
        raise BadConfig("NAME", name, f"mine/gateway, {INGEST}, {CARE} or {BROKER}")
    gateway = str(Gateway.parse(name))
    if len(gateway) > MOST_IN_NAME:
        raise BadConfig("NAME", name, f"mine/gateway of at most {MOST_IN_NAME} characters together (X.509 common name)")
    return gateway


def check_host(name: str) -> str:
    """A DNS name or an IP address under which gateways reach the broker; BadConfig for anything else."""
    if not is_address(name) and (not _HOST.match(name) or name.rpartition(".")[2].isdigit()):
        raise BadConfig("--name", name, "a DNS name or an IP address")
    return name


def is_address(name: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
