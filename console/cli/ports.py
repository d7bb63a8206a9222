"""Are the ports free that we are about to use?"""

import socket
from collections.abc import Mapping

from contracts.errors import BadConfig


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def free_or_refuse(ports: Mapping[str, int]) -> None:
    """Nothing, or BadConfig naming the first port somebody else uses."""
    for name, port in ports.items():
        if not is_free(port):
            raise BadConfig(name, port, "a port nothing else listens on; is another davy running?")
