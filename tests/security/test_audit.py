"""`make audit` never calls "nobody answered" a good answer, and finds what it says it looks for."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import audit, audit_secrets
from tools.audit import FINE, FOUND, LOCK, NO_VERDICT, Verdict, code_of, holes, sbom
from tools.audit_secrets import PATTERNS, entropy, mark_of, secrets_in

RANDOM = "q7Rk2vXw9ZbN4mTc8LpE"


def answer(*packages: dict[str, object]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


GOOD = {"name": "a", "version": "1", "vulns": []}
PASSED_OVER = {"name": "b", "skip_reason": "Dependency not found on PyPI and could not be audited: b (2)"}
BAD = {"name": "c", "version": "3", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": []}]}


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ({"pypi": answer(GOOD)}, FINE, "none known to pypi in 1 packages"),
        ({"pypi": answer(GOOD, PASSED_OVER)}, NO_VERDICT, "NO VERDICT (pypi: 1 of 2 packages not known there; osv: no answer)"),
        ({"pypi": answer(PASSED_OVER), "osv": answer(GOOD)}, FINE, "none known to osv"),
        ({}, NO_VERDICT, "COULD NOT ASK"),
        ({"pypi": "No known vulnerabilities found"}, NO_VERDICT, "COULD NOT ASK"),
        ({"pypi": "[]", "osv": "null"}, NO_VERDICT, "COULD NOT ASK"),
        ({"pypi": answer()}, NO_VERDICT, "COULD NOT ASK"),
        ({"pypi": answer(GOOD, BAD)}, FOUND, "c 3: PYSEC-2026-1"),
        ({"osv": answer(PASSED_OVER, BAD)}, FOUND, "PYSEC-2026-1"),
    ],
)
def test_only_a_whole_answer_is_a_verdict(answers: dict[str, str], code: int, said: str) -> None:
    found = holes(lambda service: answers.get(service, ""))

    assert found.code == code
    assert said in found.said
    assert (code == FINE) == ("none known" in found.said)


def test_what_was_found_counts_more_than_what_could_not_be_asked() -> None:
    parts = [Verdict("a", FINE, ""), Verdict("b", NO_VERDICT, ""), Verdict("c", FOUND, "")]

    assert [code_of(parts[:1]), code_of(parts[:2]), code_of(parts)] == [FINE, NO_VERDICT, FOUND]


def test_a_tool_that_is_not_there_is_no_answer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(audit, "ROOT", tmp_path)

    assert audit.ask("pypi") == ""


# made up here, in pieces, so that this file is none of what it looks for
SAMPLES = {
    "private key": "-----BEGIN " + "PRIVATE KEY-----",
    "AWS key": "AKIA" + "ABCDEFGHIJKLMNOP",
    "GitHub token": "ghp_" + "a1" * 20,
    "GitLab token": "glpat-" + "a1" * 12,
    "Slack token": "xoxb-" + "1234567890-abc",
    "Google key": "AIza" + "a" * 35,
    "Grafana token": "glsa_" + "a1" * 16 + "_0123abcd",
    "PyPI token": "pypi-" + "a1" * 30,
    "signed web token": "eyJ" + "hbGciOiJIUzI1" + ".eyJ" + "zdWIiOiIxMjM0" + ".abcdefghij",
    "robot's address": "https://oapi.dingtalk.com/robot/send?access_" + "token=" + "0123456789abcdef" * 2,
}


@pytest.mark.parametrize("kind", PATTERNS)
def test_a_secret_of_each_kind_is_found_and_its_value_is_not_told(kind: str) -> None:
    found = [one for one in secrets_in("x.py", f"# first line\nx = '{SAMPLES[kind]}'\n") if one.kind == kind]

    assert [(one.line, one.kind) for one in found] == [(2, kind)]
    assert SAMPLES[kind] not in str(found)


@pytest.mark.parametrize("line", ["influx_token = '{}'", '"password": "{}"', "api_key='{}'", 'DAVY_OIDC_CLIENT_SECRET: "{}"'])
def test_a_value_drawn_by_lot_under_a_secret_s_name_is_found_and_words_are_not(line: str) -> None:
    assert len(list(secrets_in("x", line.format(RANDOM)))) == 1
    assert (
        list(secrets_in("x", line.format("the-password-of-the-demo" if entropy("the-password-of-the-demo") < 3.6 else "aaaaaaaabbbbbbbb")))
        == []
    )


@pytest.mark.servers
def test_what_git_would_take_is_read_and_what_is_allowed_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("secrets/\n", encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "token").write_text(SAMPLES["AWS key"], encoding="utf-8")
    (tmp_path / "new.toml").write_text(f"token = '{RANDOM}'\n", encoding="utf-8")
    monkeypatch.setattr(audit_secrets, "ALLOWED", tmp_path / "allowed")
    (tmp_path / "allowed").write_text("# none\n", encoding="utf-8")
    _, found = audit_secrets.scan(tmp_path)
    assert [(one.path, one.line) for one in found] == [("new.toml", 1)]

    (tmp_path / "allowed").write_text(f"# one\n{mark_of(RANDOM)} made up\n", encoding="utf-8")
    assert audit_secrets.scan(tmp_path)[1] == []


@pytest.mark.servers
def test_this_repository_has_no_secret_in_it() -> None:
    _, found = audit_secrets.scan()

    assert found == []


@pytest.mark.servers
def test_the_bill_of_materials_names_every_package_of_the_lock_with_its_version_and_hash(tmp_path: Path) -> None:
    made = sbom(tmp_path / "sbom.json")
    told = json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))
    locked = {
        line.split(" ")[0] for line in LOCK.read_text(encoding="utf-8").splitlines() if "==" in line and not line.startswith((" ", "#"))
    }

    assert made.code == FINE
    assert (told["bomFormat"], told["specVersion"], told["metadata"]["component"]["name"]) == ("CycloneDX", "1.6", "davylamp")
    assert {f"{one['name']}=={one['version']}" for one in told["components"]} == locked
    assert all(reference["hashes"] for one in told["components"] for reference in one["externalReferences"])


@pytest.mark.servers
def test_security_rules_are_on_in_the_house() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--show-settings", "console/web/app.py"], capture_output=True, text=True, check=True
    )

    assert "hardcoded-password-string (S105)" in done.stdout
    assert "hardcoded-sql-expression (S608)" in done.stdout
