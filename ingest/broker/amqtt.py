"""amqtt, a broker in Python: stands in where Mosquitto cannot be installed. One trusted tenant only.

It shows retained messages to clients that never subscribed to them (seen in 0.12.1), has no ACL worth the name, and is ten times slower.
`python -m ingest.broker.amqtt HOST PORT` runs it.
"""

import asyncio
import sys

from amqtt.broker import Broker

from ingest.broker.child import Listener


def command(listener: Listener) -> list[str]:
    """What to run."""
    return [sys.executable, "-m", "ingest.broker.amqtt", listener.host, str(listener.port)]


async def serve(host: str, port: int) -> None:
    """Until cancelled."""
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    broker = Broker({"listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}"}}, "plugins": plugins})
    await broker.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], int(sys.argv[2])))
