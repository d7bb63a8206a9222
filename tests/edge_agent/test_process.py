"""What a configuration names is read at the start; what cannot be read is refused in a line, not in a traceback."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from contracts.clock import ManualClock
from contracts.config import load
from contracts.errors import BadConfig
from contracts.links import link_of
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


@pytest.mark.parametrize("kind", ["", "5g", "fibre", "other"])
def test_a_gateway_whose_link_is_named_has_points_of_it_behind_all_others(tmp_path: Path, kind: str) -> None:
    points, rows = tmp_path / "points.json", tmp_path / "rows.csv"
    points.write_bytes(REGISTRY.data)
    rows.write_text("time,T02\n2026-11-24T08:00:00Z,0.4\n", encoding="utf-8")
    source = ReplaySettings(name="rows", file=str(rows), start="2026-11-24T08:00:00Z")
    settings = load(
        EdgeSettings, f'mine = "mine"\ngateway = "gate"\nfolder = "o"\npoints = "p"\nsources = []\n[link]\nkind = "{kind}"\n', {}
    )
    settings = replace(settings, folder=str(tmp_path / "o"), points=str(points), sources=[source])

    registry = make_agent(settings, ManualClock()).registry
    assert registry.points[: len(REGISTRY.points)] == REGISTRY.points
    assert link_of(registry, "gate")[0] == kind
    assert (registry.name == REGISTRY.name) == (kind == "")


def test_a_kind_of_link_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadConfig, match=r"link\.kind"):
        load(EdgeSettings, 'mine = "mine"\ngateway = "gate"\nfolder = "o"\npoints = "p"\nsources = []\n[link]\nkind = "pigeon"\n', {})
