"""Configuration: default < file < environment; what is wrong is refused by key, value and what is allowed."""

from pathlib import Path
from typing import Annotated

import msgspec
import pytest

from contracts.config import BrokerAddress, Section, load
from contracts.errors import BadConfig

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class Source(Section, frozen=True):
    name: str
    period_ms: int = 1000


class Outbox(Section, frozen=True):
    folder: str = "outbox"
    max_mb: float = 512.0
    broker: BrokerAddress = BrokerAddress()


class Edge(Section, frozen=True):
    mine: str
    port: Port = 8600
    live: bool = True
    outbox: Outbox = Outbox(max_mb=64.0)
    broker: BrokerAddress = BrokerAddress(username="edge")
    sources: tuple[Source, ...] = ()


def edge(text: str = "", read_secret: dict[str, str] | None = None, **environment: str) -> Edge:
    return load(Edge, 'mine = "qinshui-3"\n' + text, environment, (read_secret or {}).__getitem__)


def test_defaults_hold_where_nobody_says_anything() -> None:
    assert edge() == Edge(mine="qinshui-3")


def test_the_file_wins_over_the_default_and_the_environment_over_the_file() -> None:
    text = "port = 1\n[broker]\nport = 2\nhost = 'file'"

    assert edge(text).port == 1
    assert edge(text, DAVY_PORT="3").port == 3
    assert edge(text, DAVY_BROKER_HOST="env").broker == BrokerAddress(host="env", port=2, username="edge")


def test_nested_environment_names_reach_nested_keys() -> None:
    seen = edge(DAVY_OUTBOX_BROKER_KEEPALIVE_S="7", DAVY_OUTBOX_MAX_MB="1.5", DAVY_LIVE="false")

    assert (seen.outbox.broker.keepalive_s, seen.outbox.max_mb, seen.live) == (7, 1.5, False)


def test_the_owner_s_default_of_a_section_survives_a_part_of_it() -> None:
    seen = edge("[outbox]\nfolder = 'x'\n[broker]\nport = 2")

    assert seen.outbox == Outbox(folder="x", max_mb=64.0)
    assert seen.broker.username == "edge"


def test_the_environment_alone_is_enough() -> None:
    assert load(Edge, "", {"DAVY_MINE": "m"}) == Edge(mine="m")


def test_a_secret_comes_from_a_file_and_a_value_wins_over_it(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("柠檬\n", encoding="utf-8")

    assert load(Edge, "mine='m'", {"DAVY_BROKER_PASSWORD_FILE": str(secret)}).broker.password == "柠檬"
    assert edge(read_secret={"x": "a"}, DAVY_BROKER_PASSWORD_FILE="x", DAVY_BROKER_PASSWORD="b").broker.password == "b"


def test_a_secret_that_cannot_be_read_is_refused_by_its_variable(tmp_path: Path) -> None:
    garbled = tmp_path / "garbled"
    garbled.write_bytes(b"\xff\xfe")

    for path in (tmp_path / "absent", tmp_path, garbled):
        with pytest.raises(BadConfig) as refused:
            load(Edge, "mine='m'", {"DAVY_BROKER_PASSWORD_FILE": str(path)})
        assert (refused.value.key, refused.value.value) == ("DAVY_BROKER_PASSWORD_FILE", str(path))


@pytest.mark.parametrize(
    ("text", "environment", "key", "value", "allowed"),
    [
        ("prot = 1", {}, "prot", 1, "keys mine, port, live, outbox, broker, sources"),
        ("[broker]\nprot = 1", {}, "broker.prot", 1, "keys host, port, username"),
        ("[outbox.broker]\nprot = 1", {}, "outbox.broker.prot", 1, "keys host, port, username"),
        ("[[sources]]\nname = 'a'\n[[sources]]\nname = 'b'\nrate = 2", {}, "sources[1].rate", 2, "keys name, period_ms"),
        ("[[sources]]\nperiod_ms = 5", {}, "sources[0].name", None, "a value for `name`"),
        ("port = 'x'", {}, "port", "x", "`int`, got `str`"),
        ("port = 65536", {}, "port", 65536, "`int` <= 65535"),
        ("", {"DAVY_PORT": "65536"}, "port", 65536, "`int` <= 65535"),
        ("[broker]\nport = 1.5", {}, "broker.port", 1.5, "`int`, got `float`"),
        ("broker = 1", {}, "broker", 1, "`object`, got `int`"),
        ("[[sources]]\nname = 'a'\nperiod_ms = 'fast'", {}, "sources[0].period_ms", "fast", "`int`, got `str`"),
        ("", {"DAVY_PORT": "eighty"}, "DAVY_PORT", "eighty", "`int`, got `str`"),
        ("", {"DAVY_OUTBOX_BROKER_PORT": ""}, "DAVY_OUTBOX_BROKER_PORT", "", "`int`, got `str`"),
    ],
)
def test_what_is_wrong_is_refused_by_key_value_and_what_is_allowed(
    text: str, environment: dict[str, str], key: str, value: object, allowed: str
) -> None:
    with pytest.raises(BadConfig) as refused:
        load(Edge, 'mine = "qinshui-3"\n' + text, environment)

    assert (refused.value.key, refused.value.value) == (key, value)
    assert allowed in refused.value.allowed
    assert str(refused.value).startswith(f"{key} = {value!r} is refused; allowed: ")


def test_a_required_key_that_nobody_gives_is_named() -> None:
    with pytest.raises(BadConfig, match=r"^mine = None is refused; allowed: a value for `mine`$"):
        load(Edge, "", {})


@pytest.mark.parametrize("text", ["mine =", "[broker", "mine = 'a'\nmine = 'b'", "x = " + "[" * 5_000])
def test_a_file_that_is_not_toml_is_refused(text: str) -> None:
    with pytest.raises(BadConfig, match=r"^file = .* allowed: TOML"):
        load(Edge, text, {})


def test_a_configuration_is_frozen() -> None:
    with pytest.raises(AttributeError):
        edge().port = 1  # type: ignore[misc]


class Wheel(Section, frozen=True, tag_field="kind"):
    name: str


class Big(Wheel, frozen=True, tag="big"):
    spokes: int = 8


class Small(Wheel, frozen=True, tag="small"):
    colour: str = ""


class Cart(Section, frozen=True):
    wheels: list[Big | Small]


@pytest.mark.parametrize(
    ("row", "key", "allowed"),
    [
        ("name = 'a'\nkind = 'small'\nspokes = 3", "wheels[0].spokes", "keys kind, name, colour"),
        ("name = 'a'\nkind = 'big'\nspokes = 'x'", "wheels[0].spokes", "`int`, got `str`"),
        ("name = 'a'\nkind = 'round'", "wheels[0].kind", "Invalid value 'round'"),
        ("name = 'a'", "wheels[0].kind", "a value for `kind`"),
    ],
)
def test_a_section_of_one_kind_among_several_is_refused_by_the_keys_of_its_kind(row: str, key: str, allowed: str) -> None:
    with pytest.raises(BadConfig) as refused:
        load(Cart, f"[[wheels]]\n{row}\n", {})

    assert refused.value.key == key
    assert refused.value.allowed.startswith(allowed)
