"""Which broker `davy up` starts."""

from pathlib import Path

from ingest.broker import mosquitto
from ingest.broker.child import BrokerProcess, Listener


def choose_broker(folder: Path, listener: Listener) -> tuple[BrokerProcess, str]:
    """Mosquitto; where it is not installed amqtt, with a sentence that must be said aloud."""
    try:
        return mosquitto.mosquitto(folder, listener), ""
    except mosquitto.NoBroker as error:
        from ingest.broker import amqtt  # noqa: PLC0415  # loaded only where it is needed

        said = f"{error}. amqtt stands in: one trusted tenant only, ten times slower / 以 amqtt 代替: 仅限单一可信用户, 慢十倍"
        return BrokerProcess(amqtt.command(listener), folder / "broker.log", listener), said
