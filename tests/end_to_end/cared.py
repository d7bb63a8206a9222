"""A plant of one gateway that trusts a key, and the command line that has it."""

import subprocess
import time
from pathlib import Path

from tests.end_to_end.harness import ROOT, Plant, davy

MINE = "alpha"
GATEWAY = f"{MINE}/gate-1"


class Cared:
    """A plant of one gateway that trusts a key, and the command line that has it."""

    def __init__(self, folder: Path) -> None:
        self.plant = Plant(folder)
        ports = self.plant.add_sim([MINE])
        self.agent = self.plant.add_agent(MINE, ports[MINE])
        self.key, self.edge = folder / "care.key", folder / MINE / "edge.toml"
        told = self.run("care", "key", str(self.key))
        self.installed = told.stdout + self.edge.read_text(encoding="utf-8")
        self.edge.write_text(self.installed, encoding="utf-8")
        self.folder = folder

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(davy(*arguments), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)

    def care(self, what: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.run("care", what, GATEWAY, *arguments, "--port", str(self.plant.broker_port))

    def push(self, text: str, confirm_s: int = 60) -> "subprocess.CompletedProcess[str]":
        place = self.folder / f"push-{time.monotonic_ns()}"
        place.mkdir()
        (place / "edge.toml").write_text(text, encoding="utf-8")
        return self.care("push", str(place), "--key", str(self.key), "--by", "王工", "--confirm", str(confirm_s))

    def order(self, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return self.care("command", name, *arguments, "--key", str(self.key), "--by", "王工", "--within", "60")
