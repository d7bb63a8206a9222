"""Files of a store are counted one after another through one database, and one that is none harms no other."""

from pathlib import Path

import duckdb
import pytest

from store.backup.telemetry import Reader
from store.embedded import EmbeddedStore
from tests.store.conftest import delivery_of


def partition(folder: Path, *seqs: int) -> Path:
    store = EmbeddedStore(folder)
    store.append([delivery_of(seq) for seq in seqs])
    store.close()
    (path,) = folder.glob("0*.duckdb")
    return path


def test_each_file_has_its_own_rows_and_what_is_none_is_an_error_and_no_more(tmp_path: Path) -> None:
    three, five = partition(tmp_path / "it's three", 1, 2, 3), partition(tmp_path / "five", 1, 2, 3, 4, 5)
    (tmp_path / "none.duckdb").write_bytes(b"nothing of the kind")
    reader = Reader()
    with reader.open():
        assert reader.count(three) == {"item": 3, "mark": 1, "poll": 0, "reading": 3}
        for path in (tmp_path / "none.duckdb", tmp_path / "gone.duckdb"):
            with pytest.raises(duckdb.Error):
                reader.count(path)
        assert reader.count(five) == {"item": 5, "mark": 1, "poll": 0, "reading": 5}
        assert reader.count(three)["item"] == 3
        assert reader.fingerprint(three) == reader.fingerprint(three) != reader.fingerprint(five)
    with duckdb.connect(str(three)) as again:  # nothing holds it any more
        assert again.execute("select count(*) from reading").fetchall() == [(3,)]
