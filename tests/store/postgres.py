"""A PostgreSQL of the tests' own: in a folder of its own, on a free port of the loopback, ended by the test."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bench.ports import free_port
from tests.waiting import LIMIT_S, wait_until

NEWEST = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))


def _somebody() -> dict[str, Any]:
    """PostgreSQL refuses root: as root it runs as the user its package made."""
    if os.getuid() != 0:
        return {}
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        pytest.skip("PostgreSQL does not run as root, and there is no user postgres")
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


@contextmanager
def postgresql() -> Iterator[str]:
    """Its SQLAlchemy address; skips where PostgreSQL is not installed."""
    if not NEWEST:
        pytest.skip("PostgreSQL is not installed (Debian package postgresql)")
    programs, who, folder = NEWEST[-1].parent, _somebody(), Path(tempfile.mkdtemp(prefix="davy-pg-"))
    if who:
        os.chown(folder, who["user"], who["group"])
    port, data = free_port(), folder / "data"
    initdb = [programs / "initdb", "-D", data, "-U", "davy", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder, "fsync": "off", "shared_buffers": "16MB"}
    try:
        subprocess.run(initdb, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=LIMIT_S, **who)
        with (folder / "log").open("wb") as log:
            arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            server = subprocess.Popen([programs / "postgres", "-D", data, *arguments], cwd=folder, stdout=log, stderr=log, **who)
        try:
            _wait(f"host=127.0.0.1 port={port} user=davy dbname=postgres", server)
            yield f"postgresql://davy@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(2)  # fast shutdown: clients are sent away
            server.wait(LIMIT_S)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(where: str, server: subprocess.Popen[bytes]) -> None:
    def answers() -> bool:
        assert server.poll() is None, "PostgreSQL ended at its start"
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(where, connect_timeout=20).close()
            return True
        return False

    wait_until(answers)


@contextmanager
def a_schema(address: str) -> Iterator[str]:
    """The address of an empty schema, gone afterwards."""
    name = f"t{os.urandom(6).hex()}"
    _order(address, f"create schema {name}")
    try:
        yield f"{address}?options=-csearch_path%3D{name}"
    finally:
        _order(address, f"drop schema {name} cascade")


def _order(address: str, statement: str) -> None:
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(statement)  # type: ignore[arg-type]
