"""The demo's models: signed by a key that its own gateways trust, learned from another day of the mine than the one shown."""

from pathlib import Path

from console.cli.demo import KEY, demo_key, write_demo
from console.cli.demo_models import SIGNER, layout_of, learned, put
from contracts.care import trusted_by
from contracts.clock import BUILD_TIME, DAY
from contracts.config import load
from edge_agent.advice.kept import KeptBundles, content_of
from edge_agent.config import EdgeSettings, check
from models.bundle import sign_bundle
from sim_sensors.demo import DEMO_B


def test_the_demo_s_gateways_take_what_its_key_signed_and_the_key_stays(tmp_path: Path) -> None:
    agents = write_demo(tmp_path, 1).agents
    key = tmp_path / "mines" / KEY
    secret = demo_key(key)
    settings = check(load(EdgeSettings, agents["demo-b"].read_text(encoding="utf-8"), {}))
    write_demo(tmp_path, 1)

    data, count = learned(DEMO_B, 1, BUILD_TIME + 3 * DAY)
    put(tmp_path / "incoming", sign_bundle(data, secret, SIGNER, BUILD_TIME))
    bundle = KeptBundles(tmp_path / "models", trusted_by(settings.trust), "demo-b").install(content_of(tmp_path / "incoming/demo.models"))

    assert demo_key(key) == secret
    assert key.stat().st_mode & 0o077 == 0
    assert len(bundle.names) == count > 5
    known = {point.id for point in layout_of(DEMO_B).registry.points}
    assert {point for name in bundle.names for point in bundle.detector(name).points} <= known
