"""`make audit`: known holes in what the lock names, ruff's security rules, secrets in tracked files, what the product is made of (SBOM).

Exit code 0: all asked and nothing found. 1: something was found. 3: nothing was found, but nobody could be asked about known holes: that
is no verdict, and is never called one.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.audit_secrets import ROOT, scan

LOCK = ROOT / "requirements.lock"
SBOM = ROOT / "build" / "sbom.json"
SERVICES = ("pypi", "osv")
FINE, FOUND, NO_VERDICT = 0, 1, 3
PATIENCE_S = 300


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one part found, in one sentence."""

    name: str
    code: int
    said: str


Ask = Callable[[str], str]
"""A service's answer about the lock, as pip-audit's JSON; empty where there was none."""


def ask(service: str) -> str:
    """pip-audit over the lock: every package and version in it, nothing installed."""
    asked = ["pip-audit", "-r", str(LOCK), "--disable-pip", "--require-hashes", "--progress-spinner", "off", "-f", "json", "-s", service]
    try:
        done = subprocess.run([str(ROOT / ".venv/bin" / asked[0]), *asked[1:]], capture_output=True, text=True, timeout=PATIENCE_S)  # noqa: S603, PLW1510
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def holes(asking: Ask = ask, services: Sequence[str] = SERVICES) -> Verdict:
    """Known holes. A package that was passed over was not asked about: pip-audit itself ends with 0 then."""
    told = []
    for service in services:
        try:
            packages = json.loads(asking(service))["dependencies"]
        except (ValueError, KeyError, TypeError):
            told.append(f"{service}: no answer")
            continue
        bad = [f"{one['name']} {one['version']}: {hole['id']}" for one in packages for hole in one.get("vulns", ())]
        unasked = [one["name"] for one in packages if "vulns" not in one]
        if bad:
            return Verdict("known holes", FOUND, f"{len(bad)} ({service}): " + "; ".join(bad))
        if packages and not unasked:
            return Verdict("known holes", FINE, f"none known to {service} in {len(packages)} packages")
        told.append(f"{service}: {len(unasked)} of {len(packages)} packages not known there")
    return Verdict("known holes", NO_VERDICT, f"COULD NOT ASK: NO VERDICT ({'; '.join(told)})")


def rules() -> Verdict:
    """ruff's S rules (bandit's), as `make check` has them outside of tests. S101 aside: an assert here narrows a type."""
    done = _run("ruff", "check", "--select", "S", "--ignore", "S101", "--output-format", "concise", ".")
    return Verdict("ruff S", FOUND if done.returncode else FINE, done.stdout.strip() or "nothing found")


def secrets() -> Verdict:
    """Secrets in what git tracks."""
    count, found = scan()
    return Verdict("secrets", FOUND if found else FINE, "; ".join(map(str, found)) or f"none in {count} files")


def sbom(target: Path = SBOM) -> Verdict:
    """CycloneDX 1.6 of the lock, checked against its schema; the same lock gives the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = ("--pyproject", str(ROOT / "pyproject.toml"), "--sv", "1.6", "--of", "JSON", "--output-reproducible", "--validate")
    done = _run("cyclonedx-py", "requirements", str(LOCK), *made, "-o", str(target))
    if done.returncode:
        return Verdict("SBOM", FOUND, done.stderr.strip()[-500:])
    parts = len(json.loads(target.read_text(encoding="utf-8"))["components"])
    return Verdict("SBOM", FINE, f"{parts} components in {target}")


def _run(program: str, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [str(ROOT / ".venv/bin" / program), *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S)  # noqa: S603, PLW1510


def code_of(verdicts: Sequence[Verdict]) -> int:
    """What was found counts more than what could not be asked."""
    codes = {one.code for one in verdicts}
    return FOUND if FOUND in codes else NO_VERDICT if NO_VERDICT in codes else FINE


def main() -> None:
    """Print each part's verdict."""
    target = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else SBOM
    verdicts = [holes(), rules(), secrets(), sbom(target)]
    for one in verdicts:
        print(f"{one.name:<12} {one.said}")  # noqa: T201
    sys.exit(code_of(verdicts))


if __name__ == "__main__":
    main()
