"""A head of the fleet's log is left with a gateway over a real broker; from what the gateway keeps, an outsider checks our export."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts.anchors import read_anchors
from tests.end_to_end.test_drill import GATEWAY, MINE, Pithead

NOBODY = "http://127.0.0.1:9/"


@pytest.fixture
def pithead(tmp_path: Path) -> Iterator[Pithead]:
    made = Pithead(tmp_path, NOBODY)
    yield made
    for proc in reversed(made.procs):
        proc.terminate()


@pytest.mark.servers
def test_what_a_gateway_keeps_shows_that_an_export_is_the_one(pithead: Pithead, tmp_path: Path) -> None:
    url = ("--url", f"http://127.0.0.1:{pithead.port}")
    signed = ("--key", str(pithead.key), "--by", "王工", "--port", str(pithead.broker))
    profile = {"name": "李工", "mine": MINE, "name_zh": "阿尔法煤矿", "name_en": "Alpha mine"}
    pithead.call("fleet/profiles", profile)
    pithead.run("fleet", "sign", *url)
    left = pithead.run("fleet", "anchors", "leave", f"{MINE}/{GATEWAY}", *signed, *url).stdout
    assert "kept" in left

    listed = pithead.run("edge", "anchors", "--config", str(pithead.edge)).stdout
    assert pithead.run("fleet", "anchors", "fetch", f"{MINE}/{GATEWAY}", *signed).stdout.splitlines()[1:] == listed.splitlines()
    [anchor] = read_anchors(listed)
    assert str(anchor) in left

    file, kept = tmp_path / "fleet.jsonl.gz", tmp_path / "anchors.txt"
    kept.write_text(listed)
    pithead.run("fleet", "export", str(file), *url)
    key = pithead.call("fleet/key")["public"]
    told = pithead.run("fleet", "verify", str(file), "--key", key, "--anchor", str(kept)).stdout
    assert "everything that was checked fits" in told
    assert "锚点 / anchors: 1" in told

    again = pithead.run("fleet", "anchors", "leave", f"{MINE}/{GATEWAY}", *signed, *url).stdout
    assert "was kept already" in again
