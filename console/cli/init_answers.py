"""What `davy init` has to know, checked, and the two configurations it makes of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from alerts.channels import CHANNELS
from console.cli.embedded import named
from console.cli.init_points import Listed, registers_name
from console.cli.init_words import KINDS
from contracts.errors import BadConfig
from contracts.topics import check_id

OPEN_CHANNELS = ("webhook",)
"""Channels whose address may stand in the configuration where it has no user and no password in it."""
NAME = "field"
"""What the source is called."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who is told: by which channel, at which address."""

    channel: str
    address: str

    @property
    def secret(self) -> bool:
        """Whether the address belongs into a file of its own."""
        parts = urlsplit(self.address)
        return self.channel not in OPEN_CHANNELS or bool(parts.username or parts.password or parts.query)


@dataclass(frozen=True, slots=True)
class Answers:
    """`device`: where the source is, by kind: HOST:PORT, a serial line, a URL, a file or a folder. `store`: `embedded` or an InfluxDB
    address; `records`: `sqlite` or a PostgreSQL address. `tls`: certificates are in `tls/` of the folder."""

    mine: str
    mine_zh: str
    mine_en: str
    gateway: str = "gate-1"
    kind: str = "modbus_tcp"
    device: str = ""
    period_s: float = 1.0
    broker_host: str = "127.0.0.1"
    broker_port: int = 18830
    tls: bool = False
    store: str = "embedded"
    records: str = "sqlite"
    told: tuple[Told, ...] = ()
    start: str = ""


def checked(answers: Answers) -> Answers:
    """The answers themselves, or BadConfig naming option, value and what is allowed. The configurations' own loaders check the rest."""
    check_id("--mine", answers.mine)
    check_id("--gateway", answers.gateway)
    if answers.kind not in KINDS:
        raise BadConfig("--source", answers.kind, ", ".join(KINDS))
    for name in ("mine_zh", "mine_en", "device"):
        value = getattr(answers, name)
        if not value.strip() or not value.isprintable():
            raise BadConfig(f"--{name.replace('_', '-')}", value, f"a text that can be printed{_where(answers.kind, name)}")
    if answers.store != "embedded":
        if not answers.store.startswith(("influx+http://", "influx+https://")):
            raise BadConfig("--store", answers.store, "embedded, or influx+http://HOST:8086/ORG (its token in DAVY_INFLUX_TOKEN_FILE)")
        import_module("store.influx.server").InfluxAddress.parse(answers.store)  # its client only where there is one
    if answers.records != "sqlite" and not answers.records.startswith("postgresql://"):
        raise BadConfig("--records", "(an address)", "sqlite, or postgresql://USER@HOST/NAME")
    for one in answers.told:
        if one.channel not in CHANNELS:
            raise BadConfig("--tell", one.channel, f"CHANNEL=ADDRESS with {', '.join(CHANNELS)}")
        CHANNELS[one.channel].check("--tell", one.address)
    return answers


WHERE = {
    "modbus_tcp": "HOST:PORT",
    "modbus_rtu": "/dev/ttyUSB0 (:BAUD)",
    "opc_ua": "opc.tcp://HOST:4840/",
    "mqtt_json": "HOST:PORT",
    "csv_tail": "FILE.csv",
    "replay": "FILE.csv",
    "kj_files": "FOLDER",
    "positions": "FOLDER",
}


def _where(kind: str, name: str) -> str:
    return f": {WHERE[kind]}" if name == "device" and kind in WHERE else ""


def host_port(option: str, text: str, port: int) -> tuple[str, int]:
    """`HOST`, `HOST:PORT` or `[ADDRESS]:PORT`; BadConfig else."""
    try:
        parts = urlsplit(f"//{text}")
        found, given = parts.hostname, parts.port
    except ValueError:
        found, given = None, None
    if not found or parts.path or parts.query or "@" in parts.netloc or given == 0:
        raise BadConfig(option, text, f"HOST or HOST:PORT, as 192.0.2.7:{port}")
    return found, given or port


def edge_keys(answers: Answers, listed: Listed, place: PurePath) -> dict[str, Any]:
    """What edge.toml says. `place`: the folder on the gateway, absolute."""
    return {
        "mine": answers.mine,
        "gateway": answers.gateway,
        "folder": str(place / "outbox"),
        "points": str(place / "points.json"),
        "broker": _broker(answers, place, "gateway"),
        "sources": _sources(answers, listed, place),
    }


def _sources(answers: Answers, listed: Listed, place: PurePath) -> list[dict[str, Any]]:
    if answers.kind == "modbus_tcp":
        host, port = host_port("--device", answers.device, 502)
        patience = round(min(0.8, answers.period_s * 0.8), 3)
        return [
            {
                "name": NAME if len(listed.stations) == 1 else f"{NAME}-{station}",
                "kind": answers.kind,
                "period_s": answers.period_s,
                "host": host,
                "port": port,
                "timeout_s": max(0.02, patience),
                "registers": str(place / registers_name(station, len(listed.stations))),
            }
            for station in listed.stations
        ]
    return [{"name": NAME, "kind": answers.kind, "period_s": answers.period_s, **_source(answers, listed, place)}]


def _source(answers: Answers, listed: Listed, place: PurePath) -> dict[str, Any]:
    """The keys of a kind's own."""
    kind, device = answers.kind, answers.device
    if kind == "modbus_rtu":
        line, _, baud = device.partition(":")
        if baud and not baud.isdigit():
            raise BadConfig("--device", device, "a serial line, as /dev/ttyUSB0 or /dev/ttyUSB0:9600")
        maps = [str(place / registers_name(station, len(listed.stations))) for station in listed.stations]
        return {"device": line, "baudrate": int(baud or 9600), "registers": maps}
    if kind == "opc_ua":
        return {"url": device, "nodes": str(place / "nodes.json")}
    if kind == "mqtt_json":
        host, port = host_port("--device", device, 1883)
        return {"mapping": str(place / "mapping.json"), "broker": {"host": host, "port": port}}
    if kind == "replay":
        return {"file": device, "start": answers.start}
    if kind == "csv_tail":
        return {"file": device, "zone": "+08:00"}
    dropped = {"folder": device, "layout": str(place / "layout.toml"), "memory": str(place / "memory")}
    return dropped | ({"codes": str(place / "codes.json")} if kind == "kj_files" and listed.codes else {})


def centre_keys(answers: Answers, place: PurePath) -> dict[str, Any]:
    """What centre.toml says. `place`: the folder at the centre, absolute. Store and records lie where `davy up --folder` has them too."""
    centre = place / "centre"
    return {
        "store": str(centre / "store") if answers.store == "embedded" else answers.store,
        "records": f"sqlite:///{centre / 'records.sqlite'}" if answers.records == "sqlite" else without_password(answers.records),
        "folder": str(centre / "ingest"),
        "broker": _broker(answers, place, "centre"),
        "alerts": {"recipients": recipients(answers)} if answers.told else {},
    }


def without_password(address: str) -> str:
    """An address as it may stand in a file that others read."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username}@{host}" if parts.username else host).geturl()


def recipients(answers: Answers) -> list[dict[str, Any]]:
    """The section of each who is told."""
    names = recipient_names(answers.told)
    return [
        {"name": name, "channel": one.channel, **({"address_from": variable(at)} if one.secret else {"address": one.address})}
        for at, (name, one) in enumerate(zip(names, answers.told, strict=True), start=1)
    ]


def recipient_names(told: Sequence[Told]) -> list[str]:
    """As `davy up --webhook` calls them."""
    open_ones = iter(named([one.address for one in told if not one.secret]))
    return [f"{one.channel} {at}" if one.secret else next(open_ones) for at, one in enumerate(told, start=1)]


def variable(at: int) -> str:
    """The environment variable of a recipient's address."""
    return f"DAVY_RECIPIENT_{at}"


def secrets(answers: Answers) -> dict[str, tuple[str, str]]:
    """File in `secrets/` to (the variable that names it, its content)."""
    out = {f"recipient-{at}": (f"{variable(at)}_FILE", one.address) for at, one in enumerate(answers.told, start=1) if one.secret}
    if answers.records != "sqlite" and without_password(answers.records) != answers.records:
        out["records"] = ("DAVY_RECORDS_FILE", answers.records)
    return out


def _broker(answers: Answers, place: PurePath, whose: str) -> dict[str, Any]:
    found: dict[str, Any] = {"host": answers.broker_host, "port": answers.broker_port}
    if answers.tls:
        tls = place / "tls" / whose
        found |= {"ca_file": str(tls / "ca.pem"), "cert_file": str(tls / "cert.pem"), "key_file": str(tls / "key.pem")}
    return found
