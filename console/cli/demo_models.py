"""The demo's models: they come with the product, unsigned (`console.cli.demo_learning` makes them), and a demo signs them with its own
key when it starts, before its gateways run."""

from importlib.resources import files
from pathlib import Path

from console.cli.demo import KEY, demo_key
from contracts.errors import BadPayload
from contracts.keys import key_id, public_of
from edge_agent.advice.kept import KeptBundles
from models.bundle import SUFFIX, sign_bundle
from sim_sensors.demo import DEMO

SIGNER = "演示 demo"
NUMBER = 2
"""Of the bundles that come with the product: above what an older demo learned by itself."""


def shipped(mine: str) -> bytes | None:
    """The unsigned bundle that comes with the product for a demo mine; None where there is none."""
    path = files("console.cli").joinpath("shipped", f"{mine}{SUFFIX}")
    return path.read_bytes() if path.is_file() else None


def install_models(folder: Path, now: int) -> dict[str, int]:
    """Give every demo mine's gateway its models, signed by the demo's key, while no agent runs yet; how many detectors, by mine."""
    secret = demo_key(folder / "mines" / KEY)
    public, found = public_of(secret), dict[str, int]()
    for device in DEMO.devices:
        data = shipped(device.name)
        if data is None:
            continue
        kept = KeptBundles(folder / "mines" / device.name / "outbox" / "models", {key_id(public): public}, device.name)
        bundle = kept.in_use()
        if bundle is None or bundle.contents.number < NUMBER:
            try:
                bundle = kept.install(sign_bundle(data, secret, SIGNER, now))
            except BadPayload:  # this gateway had newer ones, and was told to go back: that stays
                continue
        found[device.name] = len(bundle.names)
    return found
