"""The token that Grafana gets, on a real InfluxDB: it reads the boards' buckets, and nothing else."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.__main__ import davy
from contracts.clock import SystemClock
from contracts.errors import DavyError
from store.influx import Server, read_token
from store.influx.server import InfluxAddress
from tests.store.influx_server import TOKEN, shared

pytestmark = pytest.mark.servers


def with_token(path: Path, prefix: str) -> Server:
    return Server(InfluxAddress.parse(shared().address(prefix)), path.read_text(encoding="utf-8"))


def of(server: Server, kind: str) -> list[dict[str, str]]:
    return list(server.rows(f'from(bucket: "{server.address.bucket(kind)}") |> range(start: 0)'))


def test_the_token_reads_the_boards_buckets_and_cannot_write(tmp_path: Path) -> None:
    admin, now = shared().server("readable"), SystemClock().now()
    for kind in ("raw", "statistics", "events", "ledger"):
        admin.write(kind, f"m v=1.0 {now}\n".encode())
    assert read_token(admin, tmp_path / "token")
    reader = with_token(tmp_path / "token", "readable")

    assert [len(of(reader, kind)) for kind in ("raw", "statistics", "events")] == [1, 1, 1]
    for kind in ("raw", "statistics", "events", "ledger"):
        with pytest.raises(DavyError, match=r"40[134]"):
            reader.write(kind, f"m v=2.0 {now}\n".encode())
        with pytest.raises(DavyError, match=r"40[134]"):
            reader.delete(kind, 1 << 60)
    with pytest.raises(DavyError):
        of(reader, "ledger")
    assert [row["_value"] for row in of(admin, "raw")] == ["1"]


def test_a_valid_token_that_is_there_stays_and_a_foreign_one_is_replaced(tmp_path: Path) -> None:
    admin, path = shared().server("readable"), tmp_path / "token"
    read_token(admin, path)
    first = path.read_text(encoding="utf-8")

    assert not read_token(admin, path)
    assert path.read_text(encoding="utf-8") == first
    path.write_text("of another server", encoding="utf-8")
    assert read_token(admin, path)
    assert path.stat().st_mode & 0o777 == 0o600


def test_store_init_writes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAVY_INFLUX_TOKEN", TOKEN)
    for said in ("written", "there"):
        result = CliRunner().invoke(davy, ["store", "init", shared().address("byinit"), "--grafana-token", str(tmp_path / "t")])
        assert (result.exit_code, said in result.output) == (0, True)
