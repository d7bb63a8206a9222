"""Which process a configuration is for, and what of it is refused."""

from pathlib import Path

import pytest

from console.cli.kinds import KINDS, broker_in, kind_of, read_settings
from contracts.errors import BadConfig

INGEST = 'store = "s"\nrecords = "sqlite://"\nfolder = "f"\n'
EDGE = 'mine = "a"\ngateway = "g"\nfolder = "f"\npoints = "p"\n[[sources]]\nname = "x"\nkind = "modbus_tcp"\nregisters = "r"\n'
SIM = '[[devices]]\nname = "x"\nkind = "mine"\n'


def put(folder: Path, text: str) -> str:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("text", "kind"), [(EDGE, "edge"), (INGEST, "ingest"), (SIM, "sim")])
def test_a_file_is_known_by_its_keys(tmp_path: Path, text: str, kind: str) -> None:
    assert type(read_settings(put(tmp_path, text), {})) is KINDS[kind]


def test_a_centre_whose_databases_the_environment_names_is_known(tmp_path: Path) -> None:
    """As in a container: docker/centre.toml names neither."""
    (tmp_path / "secret").write_text("sqlite://", encoding="ascii")
    environment = {"DAVY_STORE": "s", "DAVY_RECORDS_FILE": str(tmp_path / "secret")}

    assert type(read_settings(put(tmp_path, 'folder = "f"\n'), environment)) is KINDS["ingest"]


def test_the_file_s_own_keys_stand_before_the_environment(tmp_path: Path) -> None:
    assert type(read_settings(put(tmp_path, SIM), {"DAVY_STORE": "s"})) is KINDS["sim"]
    with pytest.raises(BadConfig, match="keys"):
        read_settings(put(tmp_path, 'folder = "f"\n'), {"DAVY_PORT": "1"})


@pytest.mark.parametrize("keys", [(), ("broker",), ("folder", "broker"), ("colour",), ("sources", "store")])
def test_keys_of_no_kind_or_of_several_are_refused(keys: tuple[str, ...]) -> None:
    with pytest.raises(BadConfig, match="keys"):
        kind_of(keys)


def test_a_key_written_wrong_is_named_with_the_keys_there_are(tmp_path: Path) -> None:
    with pytest.raises(BadConfig) as refused:
        read_settings(put(tmp_path, INGEST + "retention_day = 3\n"), {})

    assert refused.value.key == "retention_day"
    assert "retention_days" in refused.value.allowed


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (INGEST + "[broker]\nport = 0\n", "broker.port"),
        (INGEST + "[broker]\nport = 70000\n", "broker.port"),
        (INGEST + '[broker]\nhost = ""\n', "broker.host"),
        (EDGE + "[broker]\nkeepalive_s = 0\n", "broker.keepalive_s"),
        (INGEST + '[[alerts.recipients]]\nname = "a"\naddress = "http://x"\nchannel = "pigeon"\n', "alerts.recipients[0].channel"),
        (SIM + "port = 70000\n", "devices[0].port"),
        (EDGE + "period_s = 0.001\n", "sources[0].period_s"),
        ("a = [1", "file"),
        ("\udcff", "file"),
    ],
)
def test_what_is_refused_is_named(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    with pytest.raises(BadConfig) as refused:
        read_settings(str(path), {})

    assert refused.value.key == key


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="readable"):
        read_settings(str(tmp_path / "none.toml"), {})


def test_the_environment_stands_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVY_BROKER_PORT", "1999")

    assert broker_in(put(tmp_path, EDGE)).port == 1999


def test_a_simulator_has_no_broker(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no broker"):
        broker_in(put(tmp_path, SIM))
