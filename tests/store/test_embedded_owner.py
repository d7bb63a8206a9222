"""A store has an address and, embedded, one owner."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from contracts.errors import BadConfig, GiveUp
from store.address import open_store
from store.embedded import EmbeddedStore, Owned
from store.interface import Delivery
from store.memory import MemoryStore

Make = Callable[..., Delivery]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path)
    yield opened
    opened.close()


def test_an_address_opens_a_store(tmp_path: Path) -> None:
    assert isinstance(open_store("memory:"), MemoryStore)
    store = open_store(str(tmp_path / "deep" / "folder's"))
    assert isinstance(store, EmbeddedStore)
    store.close()


@pytest.mark.parametrize("address", ["", "influx+http://localhost:8086", "davy+http://there"])
def test_an_address_nobody_serves_is_refused(address: str) -> None:
    with pytest.raises(BadConfig, match="store"):
        open_store(address)


def test_a_second_owner_is_refused_with_the_pid_of_the_first(store: EmbeddedStore, tmp_path: Path) -> None:
    with pytest.raises(Owned, match=str(os.getpid())) as refused:
        EmbeddedStore(tmp_path)
    assert refused.value.pid == os.getpid()
    store.append([])


def test_another_process_is_refused_too(store: EmbeddedStore, tmp_path: Path) -> None:
    code = f"from store.embedded import EmbeddedStore; EmbeddedStore({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode != 0
    assert f"owned by process {os.getpid()}" in done.stderr


def test_the_lock_of_a_dead_owner_is_taken_over(tmp_path: Path) -> None:
    (tmp_path / "owner.lock").write_text("999999999\n")
    EmbeddedStore(tmp_path).close()
    assert (tmp_path / "owner.lock").read_text() == f"{os.getpid()}\n"


def test_a_closed_store_frees_the_folder_and_may_be_closed_again(tmp_path: Path) -> None:
    first = EmbeddedStore(tmp_path)
    first.close()
    first.close()
    EmbeddedStore(tmp_path).close()


def test_what_is_no_store_is_told_without_duckdbs_words_alone(tmp_path: Path) -> None:
    (tmp_path / "catalogue.duckdb").write_bytes(b"not a database" * 1000)
    for _ in range(2):
        with pytest.raises(GiveUp, match=f"{tmp_path.name} cannot be opened"):
            EmbeddedStore(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(GiveUp, match="cannot be a store"):
        EmbeddedStore(tmp_path / "file")


def test_a_store_that_cannot_open_frees_the_folder(tmp_path: Path) -> None:
    EmbeddedStore(tmp_path).close()
    with duckdb.connect(str(tmp_path / "catalogue.duckdb")) as catalogue:
        catalogue.execute("update fact set value = '99' where key = 'format'")
    for _ in range(2):
        with pytest.raises(GiveUp, match="format 99"):
            EmbeddedStore(tmp_path)
