"""JSON to an MQTT topic at QoS 1; accepted when the broker acknowledged it."""

import asyncio
from secrets import token_hex
from typing import ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec

from alerts.message import Message
from contracts.config import BrokerAddress
from contracts.errors import BadConfig, GiveUp, Retry
from wire.client import open_link

EXAMPLE = "mqtt://USER:PASSWORD@HOST:1883/TOPIC or mqtts://HOST:8883/TOPIC?ca=FILE; not below davy/"
PATIENCE_S = 15.0
_PORTS = {"mqtt": 1883, "mqtts": 8883}


class Mqtt:
    """A connection a message: alarms are few, and what is not open cannot be half dead. The receiver knows a repeated one by `key`."""

    PER_MINUTE: ClassVar[int] = 0

    @staticmethod
    def check(key: str, address: str) -> None:
        if _parts(address) is None:
            raise BadConfig(key, f"{urlsplit(address).scheme}://***", f"an address such as {EXAMPLE}")

    @staticmethod
    def reach(address: str) -> tuple[str, int] | None:
        found = _parts(address)
        return None if found is None else (found[0].host, found[0].port)

    async def send(self, address: str, message: Message) -> None:
        found = _parts(address)
        if found is None:
            raise GiveUp(f"not an address such as {EXAMPLE}")
        broker, topic = found
        try:
            async with asyncio.timeout(PATIENCE_S), open_link(broker, f"davy-alarms-{token_hex(4)}") as link:
                await link.publish(topic, msgspec.json.encode(message))
        except TimeoutError as error:
            raise Retry(f"no answer in {PATIENCE_S:g} s", 0.0) from error
        except BadConfig as error:
            raise Retry(str(error), 0.0) from error  # a file of certificates: somebody will mend it

    async def close(self) -> None:
        """Nothing stays open."""


def _parts(address: str) -> tuple[BrokerAddress, str] | None:
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    topic, ca = unquote(parts.path.removeprefix("/")), parse_qs(parts.query).get("ca", [""])[0]
    good = parts.scheme in _PORTS and parts.hostname and topic and not set(topic) & set("+#\0") and not topic.startswith(("davy/", "$"))
    if not good or not parts.hostname or "#" in address or (parts.scheme == "mqtts") != bool(ca):
        return None
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    return BrokerAddress(host=parts.hostname, port=port, username=user, password=password, ca_file=ca), topic
