"""Real processes with known secrets: none of them is in a log, a metric, an answer, an error page, a command line or a readable file."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bench.ports import free_port
from tests.end_to_end.harness import davy
from tests.waiting import wait_until

pytestmark = pytest.mark.servers
SECRETS = {
    "broker": "s3cret-of-the-broker-7Rk2v",
    "oidc": "s3cret-of-the-provider-Xw9Zb",
    "hook": "t0ken-of-the-hook-N4mTc8Lp",
    "robot": "t0ken-of-the-robot-E5sQ1yUj",
    "mail": "s3cret-of-the-mail-hG6dFa0o",
    "person": "s3cret-of-a-person-Kp3nMv",
    "records": "s3cret-of-the-records-Bz8xC",
    "store": "t0ken-of-the-store-Wq2eR4tY",
}
CONFIG = """store = "{folder}/store"
records = "sqlite:///{folder}/records.sqlite"
folder = "{folder}/ingest"
metrics_port = {metrics}
[broker]
port = {dead}
username = "davy"
[[alerts.recipients]]
name = "hook"
channel = "webhook"
address = "http://127.0.0.1:{dead}/hook/{hook}"
[[alerts.recipients]]
name = "robot"
channel = "wecom"
address = "wecombot://{robot}"
[[alerts.recipients]]
name = "mail"
channel = "mail"
address = "mailtos://davy:{mail}@127.0.0.1:{dead}?from=a@example.cn&to=b@example.cn"
"""


@dataclass
class Running:
    process: "subprocess.Popen[bytes]"
    folder: Path
    page: str
    metrics: str

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8")


def environment(**more: str) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("DAVY_")} | more


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A centre whose broker, hook and mail server are not there: all it can do is complain."""
    folder, dead, page, metrics = tmp_path_factory.mktemp("centre"), free_port(), free_port(), free_port()
    (folder / "centre.toml").write_text(CONFIG.format(folder=folder, dead=dead, metrics=metrics, **SECRETS), encoding="utf-8")
    told = environment(
        DAVY_BROKER_PASSWORD=SECRETS["broker"],
        DAVY_OIDC_ISSUER=f"http://127.0.0.1:{dead}",
        DAVY_OIDC_CLIENT_ID="davy",
        DAVY_OIDC_CLIENT_SECRET=SECRETS["oidc"],
    )
    add = davy("people", "add", "li", "--name", "Li", "--role", "admin", "--config", str(folder / "centre.toml"))
    made = subprocess.run(add, env=told | {"DAVY_PASSWORD": SECRETS["person"]}, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            davy("centre", "--config", str(folder / "centre.toml"), "--port", str(page)), stdout=log, stderr=log, env=told
        )
    running = Running(process, folder, f"http://127.0.0.1:{page}", f"http://127.0.0.1:{metrics}")
    try:
        wait_until(lambda: process.poll() is not None or _answers(running.page), told=running.log)
        assert process.poll() is None, running.log()
        yield running
    finally:
        process.kill()
        process.wait()


def _answers(page: str) -> bool:
    try:
        return httpx.get(f"{page}/healthz", trust_env=False).status_code < 600
    except httpx.HTTPError:
        return False


def none_in(text: str) -> None:
    assert [name for name, secret in SECRETS.items() if secret in text] == []


def test_nothing_that_is_told_has_a_secret_in_it(centre: Running) -> None:
    person = SECRETS["person"]
    strangers = ("/sign-in", "/sign-in/oidc", "/sign-in/oidc/back?state=a&code=b", "/healthz", "/no/such", "/api/v1/no/such")
    admins = ("/recipients", "/api/v1/recipients", "/api/v1/routing", "/health", "/me", "/api/v1/session", "/no/such", "/api/v1/no/such")
    with httpx.Client(base_url=centre.page, trust_env=False) as web:
        said = [web.get(path).text for path in strangers]
        said += [
            web.post("/api/v1/session", json=body).text for body in ({"login": "li"}, [person], {"login": "li", "password": f"{person}x"})
        ]
        assert web.post("/api/v1/session", json={"login": "li", "password": person}).status_code == 200
        said += [web.get(path).text for path in admins]
        said += [web.post(f"/api/v1/recipients/{name}/test").text for name in ("hook", "mail")]
        web.post("/sign-in", data={"login": person, "password": person})
    said += [httpx.get(f"{centre.metrics}/{path}", trust_env=False).text for path in ("metrics", "healthz", "readyz", "other")]

    assert sum(map(bool, said)) > 20
    none_in("\n".join(said))


def test_the_log_has_no_secret_in_it_and_says_something(centre: Running) -> None:
    wait_until(lambda: "link down" in centre.log())
    none_in(centre.log())


def test_no_command_line_has_a_secret_in_it(centre: Running) -> None:
    none_in(Path(f"/proc/{centre.process.pid}/cmdline").read_text(encoding="utf-8"))


def test_the_records_hold_no_password_or_token_as_it_is(centre: Running) -> None:
    held = b"".join(path.read_bytes() for path in centre.folder.glob("records.sqlite*"))

    assert [name for name in ("person", "hook", "mail", "broker", "oidc") if SECRETS[name].encode() in held] == []


def test_what_was_written_is_for_nobody_else_on_the_machine(centre: Running) -> None:
    written = [path for path in centre.folder.rglob("*") if path.name not in ("centre.toml", "log")]

    assert len(written) > 5
    assert [str(path) for path in written if path.stat().st_mode & 0o007 and path != centre.folder] == []


def test_it_ends_without_telling_one(centre: Running) -> None:
    centre.process.send_signal(signal.SIGTERM)
    centre.process.wait(60)

    none_in(centre.log())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("people", "list", "--config", "{folder}/centre.toml"), {"DAVY_RECORDS": "postgresql://davy:{records}@127.0.0.1:1/davy"}),
        (("gaps", "--store", "influx+http://{store}@127.0.0.1:1/davy"), {}),
        (("ingest", "--config", "{folder}/centre.toml"), {"DAVY_RECORDS": "postgresql://davy:{records}@127.0.0.1:1/davy"}),
        (("ingest", "--config", "{folder}/centre.toml"), {"DAVY_STORE": "influx+http://{store}@127.0.0.1:1"}),
        (("ingest", "--config", "{folder}/centre.toml"), {"DAVY_STORE": "nonsense://{store}@there", "DAVY_BROKER_PASSWORD": "{broker}"}),
        (("centre", "--config", "{folder}/centre.toml", "--port", "1"), {"DAVY_OIDC_ISSUER": "ftp://x:{oidc}@y"}),
        (("tail", "--host", "127.0.0.1", "--port", "1"), {"DAVY_BROKER_USERNAME": "davy", "DAVY_BROKER_PASSWORD": "{broker}"}),
    ],
)
def test_what_is_refused_or_breaks_is_told_without_its_secret(tmp_path: Path, arguments: tuple[str, ...], told: dict[str, str]) -> None:
    given = {"folder": str(tmp_path), "dead": "1", "metrics": "0", **SECRETS}
    (tmp_path / "centre.toml").write_text(CONFIG.format(**given), encoding="utf-8")
    command = davy(*(one.format(**given) for one in arguments))
    more = {name: value.format(**given) for name, value in told.items()}
    out = tmp_path / "out"
    with out.open("wb") as log:
        process = subprocess.Popen(command, env=environment(**more), stdout=log, stderr=log, cwd=tmp_path)
    try:
        wait_until(lambda: process.poll() is not None or out.stat().st_size)  # some end, some try again and complain
    finally:
        process.terminate()
        process.wait(60)

    said = out.read_text(encoding="utf-8")
    assert said
    none_in(said)
