"""What a source may be told, a section a kind. Light on purpose: a kind's library is loaded by its source alone."""

from pathlib import Path
from typing import Literal

from contracts.clock import from_iso
from contracts.config import BrokerAddress, Section, check_broker
from contracts.errors import BadConfig


class SourceSettings(Section, frozen=True, tag_field="kind"):
    """What every source has. `period_s`: seconds between two polls."""

    name: str
    period_s: float = 1.0

    @property
    def kind(self) -> str:
        """The file in `edge_agent/sources/` that reads it."""
        return str(self.__struct_config__.tag)

    def check(self, where: str) -> None:
        """Nothing, or BadConfig for what the types alone cannot refuse; `where` leads to this section."""
        if not 0.05 <= self.period_s <= 3600:
            raise BadConfig(f"{where}.period_s", self.period_s, "0.05 to 3600 seconds")

    def need(self, where: str, *keys: str) -> None:
        """BadConfig where one of those texts is empty."""
        for key in keys:
            if not getattr(self, key):
                raise BadConfig(f"{where}.{key}", "", f"a value: kind {self.kind} needs it")


class ModbusTcpSettings(SourceSettings, frozen=True, tag="modbus_tcp"):
    """One Modbus TCP device. `registers`: its register map, a JSON file."""

    registers: str = ""
    host: str = "127.0.0.1"
    port: int = 502
    timeout_s: float = 0.8

    def check(self, where: str) -> None:
        super().check(where)
        self.need(where, "registers")
        if not 1 <= self.port <= 65535:
            raise BadConfig(f"{where}.port", self.port, "1 to 65535")
        if not 0.02 <= self.timeout_s <= 60:
            raise BadConfig(f"{where}.timeout_s", self.timeout_s, "0.02 to 60 seconds")


class ModbusRtuSettings(SourceSettings, frozen=True, tag="modbus_rtu"):
    """One serial line (RS-485). `registers`: a register map for each unit on it. `timeout_s`: above the slowest unit's answer."""

    device: str = ""
    registers: tuple[str, ...] = ()
    baudrate: int = 9600
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1
    timeout_s: float = 0.5

    def check(self, where: str) -> None:
        super().check(where)
        self.need(where, "device", "registers")
        if not 0.02 <= self.timeout_s <= 60:
            raise BadConfig(f"{where}.timeout_s", self.timeout_s, "0.02 to 60 seconds")
        if not 300 <= self.baudrate <= 4_000_000:
            raise BadConfig(f"{where}.baudrate", self.baudrate, "300 to 4000000")


class OpcUaSettings(SourceSettings, frozen=True, tag="opc_ua"):
    """One OPC UA server. `nodes`: which node is which point, a JSON file.

    `mode`: `read` once a period, or `subscribe` to what changes between two reads as well. `times`: stamps are the instant of the poll
    (`gateway`), or what the server says of itself (`server`) or of the device (`source`).
    """

    url: str = ""
    nodes: str = ""
    mode: Literal["read", "subscribe"] = "subscribe"
    times: Literal["gateway", "server", "source"] = "gateway"
    timeout_s: float = 2.0
    sampling_ms: float = 100.0
    queue: int = 50
    most_kept: int = 20_000
    policy: Literal["none", "basic256sha256"] = "none"
    security: Literal["sign", "sign_and_encrypt"] = "sign_and_encrypt"
    cert_file: str = ""
    key_file: str = ""
    server_cert_file: str = ""
    username: str = ""
    password_file: str = ""

    def check(self, where: str) -> None:
        super().check(where)
        self.need(where, "url", "nodes")
        if not self.url.startswith("opc.tcp://"):
            raise BadConfig(f"{where}.url", self.url, "an address like opc.tcp://192.0.2.7:4840/path")
        if self.policy != "none":
            self.need(where, "cert_file", "key_file", "server_cert_file")
        if self.username:
            self.need(where, "password_file")
        for key, low, high in (("timeout_s", 0.1, 60), ("sampling_ms", 0, 3_600_000), ("queue", 1, 10_000), ("most_kept", 1, 100_000)):
            if not low <= getattr(self, key) <= high:
                raise BadConfig(f"{where}.{key}", getattr(self, key), f"{low} to {high}")


class MqttJsonSettings(SourceSettings, frozen=True, tag="mqtt_json"):
    """JSON that others publish on their broker. `mapping`: which topic and place in the document is which point, a JSON file.

    A topic from which nothing fresh came for `silent_periods` periods counts as not answered.
    """

    mapping: str = ""
    broker: BrokerAddress = BrokerAddress(port=1883)
    password_file: str = ""
    client_id: str = ""
    silent_periods: int = 3
    most_kept: int = 20_000

    def check(self, where: str) -> None:
        super().check(where)
        self.need(where, "mapping")
        check_broker(self.broker)
        for key, high in (("silent_periods", 10_000), ("most_kept", 100_000)):
            if not 1 <= getattr(self, key) <= high:
                raise BadConfig(f"{where}.{key}", getattr(self, key), f"1 to {high}")


class ReplaySettings(SourceSettings, frozen=True, tag="replay"):
    """A CSV file as if it were measured from `start` on, `speed` times as fast."""

    file: str = ""
    start: str = ""
    speed: float = 1.0

    def check(self, where: str) -> None:
        super().check(where)
        self.need(where, "file", "start")
        try:
            from_iso(self.start)
        except ValueError as error:
            raise BadConfig(f"{where}.start", self.start, "a time like 2026-11-24T08:00:00Z") from error
        if self.speed <= 0:
            raise BadConfig(f"{where}.speed", self.speed, "a number above 0")


class CsvTailSettings(SourceSettings, frozen=True, tag="csv_tail"):
    """A CSV file that somebody else keeps appending to. `zone`: of times that name none. `absent_after`: periods without a new row
    that count as no answer."""

    file: str = ""
    delimiter: str = ","
    zone: str = "+00:00"
    absent_after: int = 3

    def check(self, where: str) -> None:
        super().check(where)
        self.need(where, "file")
        if len(self.delimiter) != 1:
            raise BadConfig(f"{where}.delimiter", self.delimiter, "one letter")
        if not 1 <= self.absent_after <= 10_000:
            raise BadConfig(f"{where}.absent_after", self.absent_after, "1 to 10000")


class DropFolderSettings(SourceSettings, frozen=True):
    """Files that others drop into `folder`, which is only read. `layout`: how they are written (TOML); `memory`: a folder of our own.

    `patience_s`: how long a file without its end mark is waited for. `absent_after`: periods without new readings that count as no answer.
    """

    period_s: float = 15.0
    folder: str = ""
    layout: str = ""
    memory: str = ""
    patience_s: float = 10.0
    absent_after: int = 3
    timeout_s: float = 5.0

    def check(self, where: str) -> None:
        super().check(where)
        self.need(where, "folder", "layout", "memory")
        folder, own = Path(self.folder).resolve(), Path(self.memory).resolve()
        if own == folder or folder in own.parents:
            raise BadConfig(f"{where}.memory", self.memory, "a folder outside the one that is read: nothing is written there")
        for key, low, high in (("patience_s", 0, 3600), ("absent_after", 1, 10_000), ("timeout_s", 0.1, 600)):
            if not low <= getattr(self, key) <= high:
                raise BadConfig(f"{where}.{key}", getattr(self, key), f"{low} to {high}")


class KjFilesSettings(DropFolderSettings, frozen=True, tag="kj_files"):
    """Files of the mine's monitoring system. `codes`: its point codes by our point ids, a JSON file; without it a code is the id."""

    codes: str = ""


class PositionsSettings(DropFolderSettings, frozen=True, tag="positions"):
    """Personnel position files: people are counted by area, and nothing else is read. `total_point`: point id of all people together."""

    total_point: str = ""


AnySource = (
    ModbusTcpSettings
    | ModbusRtuSettings
    | OpcUaSettings
    | MqttJsonSettings
    | CsvTailSettings
    | ReplaySettings
    | KjFilesSettings
    | PositionsSettings
)
"""Every kind of source there is."""
