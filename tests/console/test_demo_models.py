"""The demo's models: they come with the product, and its gateways take them by the demo's own key."""

from pathlib import Path

import pytest

from alerts.packs import load
from console.cli.demo import KEY, demo_key, write_demo
from console.cli.demo_learning import layout_of
from console.cli.demo_models import NUMBER, SIGNER, install_models, shipped
from contracts.care import trusted_by
from contracts.clock import BUILD_TIME, DAY
from contracts.config import load as load_config
from edge_agent.advice.kept import KeptBundles
from edge_agent.config import EdgeSettings, check
from lab.readings import limits_of
from models.bundle import read_bundle, sign_bundle
from models.crew import Crew
from models.places import spots_of
from sim_sensors.demo import DEMO_A, DEMO_B


def kept_in(folder: Path, mine: str) -> KeptBundles:
    settings = check(load_config(EdgeSettings, (folder / "mines" / mine / "edge.toml").read_text(encoding="utf-8"), {}))
    return KeptBundles(folder / "mines" / mine / "outbox" / "models", trusted_by(settings.trust), mine)


def test_the_demo_s_gateways_trust_what_is_installed_and_a_second_start_changes_nothing(tmp_path: Path) -> None:
    write_demo(tmp_path, 1)
    key = tmp_path / "mines" / KEY
    secret = demo_key(key)
    first = install_models(tmp_path, BUILD_TIME)
    bundles = {mine: kept_in(tmp_path, mine).in_use() for mine in first}
    write_demo(tmp_path, 1)

    assert install_models(tmp_path, BUILD_TIME + DAY) == first
    assert sorted(first) == ["demo-a", "demo-b"]
    for mine, bundle in bundles.items():
        again = kept_in(tmp_path, mine).in_use()
        assert bundle is not None
        assert again is not None
        assert (again.digest, again.seal.signer, again.contents.number) == (bundle.digest, SIGNER, NUMBER)
    assert demo_key(key) == secret
    assert key.stat().st_mode & 0o077 == 0


def test_newer_models_that_somebody_gave_a_gateway_stay(tmp_path: Path) -> None:
    write_demo(tmp_path, 1)
    secret = demo_key(tmp_path / "mines" / KEY)
    data = shipped("demo-b")
    assert data is not None
    kept = kept_in(tmp_path, "demo-b")
    theirs = kept.install(sign_bundle(data, secret, "somebody", BUILD_TIME))
    install_models(tmp_path, BUILD_TIME + DAY)

    after = kept_in(tmp_path, "demo-b").in_use()
    assert after is not None
    assert (after.digest, after.seal.signer) == (theirs.digest, "somebody")


@pytest.mark.parametrize(("device", "outlook"), [(DEMO_A, True), (DEMO_B, False)])
def test_what_is_shipped_fits_the_mine_as_it_is_now(device: object, outlook: bool) -> None:
    assert device in (DEMO_A, DEMO_B)
    mine = DEMO_A if device == DEMO_A else DEMO_B
    data, layout = shipped(mine.name), layout_of(mine)
    assert data is not None
    bundle = read_bundle(data)
    limits = limits_of(layout.registry, {name: row.alarm_ge for name, row in load().rows.items()})

    Crew(bundle, spots_of(layout.registry, limits))
    known = {point.id for point in layout.registry.points}
    assert {point for name in bundle.names for point in bundle.detector(name).points} <= known
    assert ("outlook" in bundle.names) is outlook
    assert bundle.seal.key == "", "nobody vouches for it but the demo that uses it"
