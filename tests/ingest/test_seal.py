"""The key that signs evidence: made once, nobody else may read it, its public half in the audit chain, never made anew unseen."""

import json
from pathlib import Path

import pytest

from contracts.clock import BUILD_TIME
from contracts.errors import BadConfig
from ingest.seal import NAME, seal_in
from store.records import audit
from store.records.engine import open_records


def test_it_is_made_at_the_first_start_and_stays(tmp_path: Path) -> None:
    records = open_records("sqlite://")
    first, second = (seal_in(tmp_path, records, BUILD_TIME) for _ in range(2))
    with records.read() as db:
        links = audit.links(db)
    records.close()
    assert first.public == second.public
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0
    assert [(link.kind, json.loads(link.payload)["public"]) for link in links] == [("evidence.key", first.public.hex())]
    assert first.secret.hex() not in repr(first)


def test_a_damaged_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"short")
    records = open_records("sqlite://")
    with pytest.raises(BadConfig, match="32 bytes"):
        seal_in(tmp_path, records, BUILD_TIME)
    records.close()
