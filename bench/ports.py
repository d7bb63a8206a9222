"""Ports for servers that are started, killed and started again: nobody else's as long as this process lives."""

import itertools
import random
import socket
from pathlib import Path

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""The ports that the kernel gives to outgoing connections, and to servers that ask for any."""
LOWEST, HIGHEST = 20_000, 65_535
"""Below stand the ports that programs, ours too, have by default."""

_claims: list[socket.socket] = []


def free_port() -> int:
    """A TCP port of the loopback interface: not in use, never given to an outgoing connection, and given out once.

    An OSError where there is none left.
    """
    every, theirs = range(LOWEST, HIGHEST + 1), ephemeral()
    outside = [port for port in every if port not in theirs] or every
    start = random.SystemRandom().randrange(len(outside))
    for port in itertools.chain(outside[start:], outside[:start]):
        if claim(port):
            return port
    raise OSError(f"no free port between {outside[0]} and {outside[-1]}")


def claim(port: int) -> bool:
    """Take that port, unless somebody listens on it or has claimed it.

    The claim is the UDP port of the same number, which nobody here speaks: the kernel gives it to one process at a time and takes it
    back however that process ends.
    """
    mark = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        mark.bind(("127.0.0.1", port))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
    except OSError:
        mark.close()
        return False
    _claims.append(mark)
    return True


def ephemeral() -> range:
    """The kernel's range; the customary one where it does not say."""
    try:
        low, high = EPHEMERAL.read_text(encoding="ascii").split()
    except OSError:
        low, high = "32768", "65535"
    return range(int(low), int(high) + 1)
