"""The small disk of the long night is full when it is said to be, and empty again afterwards."""

import errno
import os
from pathlib import Path

import pytest

from bench.soak.disk import small_disk
from contracts.errors import GiveUp

MB = 24


@pytest.mark.servers
@pytest.mark.timeout(60)
@pytest.mark.parametrize("used", [0, 3 << 20], ids=["empty", "in use"])
async def test_a_filled_disk_takes_no_byte_more_until_it_is_cleared(tmp_path: Path, used: int, monkeypatch: pytest.MonkeyPatch) -> None:
    place, synced, really = tmp_path / "disk", list[int](), os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: synced.append(file) or really(file))
    try:
        async with small_disk(tmp_path / "disk.img", place, MB) as disk:
            kept = place / "kept"
            kept.write_bytes(bytes(used))
            disk.fill()
            with pytest.raises(OSError, match="No space left") as full:
                (place / "more").write_bytes(bytes(8192))
            disk.clear()
            (place / "more").write_bytes(bytes(8192))
            assert full.value.errno == errno.ENOSPC
            assert kept.stat().st_size == used
            assert len(synced) < 100  # what is taken already is not written over: of a province's disk that is a quarter of an hour
    except GiveUp as error:
        pytest.skip(str(error))
