"""What a configuration names is read at the start; what cannot be read is refused in a line, not in a traceback."""

from pathlib import Path

import pytest

from contracts.clock import ManualClock
from contracts.errors import BadConfig
from edge_agent.config import EdgeSettings
from edge_agent.process import make_agent
from edge_agent.sources.settings import ReplaySettings
from tests.edge_agent.kj_mine import REGISTRY


@pytest.mark.parametrize("missing", ["points.json", "rows.csv"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, missing: str) -> None:
    points, rows = tmp_path / "points.json", tmp_path / "rows.csv"
    points.write_bytes(REGISTRY.data)
    rows.write_text("time,T02\n2026-11-24T08:00:00Z,0.4\n", encoding="utf-8")
    (tmp_path / missing).unlink()
    source = ReplaySettings(name="rows", file=str(rows), start="2026-11-24T08:00:00Z")

    with pytest.raises(BadConfig, match=missing):
        make_agent(EdgeSettings("mine", "gate", str(tmp_path / "o"), str(points), [source]), ManualClock())
