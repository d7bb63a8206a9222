"""Every mistake of docs/doctor.md is really made, and `davy doctor` names it, says what to do, and ends as it is said there; before the
mistake nothing is accused."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bench.ports import free_port
from bench.servers import ORG, TOKEN, find_server, influxd
from console.cli.checks.environment import misspelt
from console.cli.checks.mistakes import MISTAKES, Mistake
from console.cli.checks.verdict import State
from console.cli.doctor import command
from contracts.errors import GiveUp
from edge_agent.process import own
from store.influx import InfluxAddress, Server, init_buckets
from tests.console.doctor_home import CASES as HOME
from tests.console.doctor_network import CASES as NETWORK
from tests.console.doctor_pit import Authority, Pit, broker, device

ROOT = Path(__file__).parents[2]
CASES = HOME | NETWORK
INFLUX = {"no influx token", "influx not there", "wrong influx token", "no buckets", "short retention"}
"""Made on a real InfluxDB, below."""
BY_NAME = {one.name: one for one in MISTAKES}


@pytest.fixture
def pit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pit]:
    with ExitStack() as stack:
        made = Pit(tmp_path, monkeypatch, stack)
        made.made()
        yield made


def of_mistake(findings: list[dict[str, Any]], mistake: Mistake) -> list[dict[str, Any]]:
    """Those that say to do what the page says."""
    return [row for row in findings if plainly(row["do_en"]) == plainly(mistake.verdict.do_en) and row["state"] == mistake.verdict.state]


def plainly(text: str) -> str:
    """Without what the example and the case may have otherwise: what is allowed, names, numbers."""
    text = re.sub(r"allowed: .*", "allowed: ...", text)
    text = re.sub(r"alarms test '.*'|MINE/GATEWAY|CA [a-z0-9-]+/[a-z0-9-]+|influx\+http\S+|did you mean \S+\?", "...", text)
    return re.sub(r"\d+", "#", text)


@pytest.mark.parametrize("name", [*sorted(HOME), *(pytest.param(name, marks=pytest.mark.servers) for name in sorted(NETWORK))])
def test_a_mistake_is_found_and_nothing_is_accused_before_it(pit: Pit, name: str) -> None:
    mistake, case = BY_NAME[name], CASES[name](pit)
    next(case)
    _, before = pit.asked(mistake.check)
    assert of_mistake(before, mistake) == []
    assert [row for row in before if row["state"] != State.OK] == [], "all was well"

    next(case, None)
    code, after = pit.asked(mistake.check)
    found = of_mistake(after, mistake)
    assert found, after
    assert all(row["zh"] and row["do_zh"] for row in found)
    assert code == (1 if any(row["state"] == State.WRONG for row in after) else 0)
    assert (code == 1) == (mistake.verdict.state is State.WRONG) or any(row["state"] == State.WRONG for row in after)


def test_a_recipient_of_a_misspelt_mine_is_nobody_to_the_gateway_s_mine(pit: Pit) -> None:
    wanted = "nobody hears of the alarms of north"
    assert wanted not in [row["en"] for row in pit.asked("recipients")[1]]
    pit.change(pit.centre, "# mines = []", 'mines = ["nort"]')

    assert wanted in [row["en"] for row in pit.asked("recipients")[1]]


def test_every_mistake_of_the_page_is_made_by_a_test() -> None:
    assert set(CASES) | INFLUX == set(BY_NAME)
    assert len(BY_NAME) == len(MISTAKES) >= 25


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: one.name)
def test_a_mistake_says_in_both_languages_what_was_found_and_what_to_do(mistake: Mistake) -> None:
    verdict = mistake.verdict

    assert verdict.state is not State.OK
    assert re.search("[\u4e00-\u9fff]", mistake.zh)
    assert re.search("[\u4e00-\u9fff]", verdict.zh + verdict.do_zh)
    assert verdict.en
    assert verdict.do_en


@pytest.mark.parametrize(("page", "lang"), [("docs/doctor.zh.md", "zh"), ("docs/doctor.md", "en")])
def test_the_page_is_the_one_the_program_makes(page: str, lang: str) -> None:
    made = CliRunner().invoke(command, ["--list", "--lang", lang]).output

    assert (ROOT / page).read_text(encoding="utf-8") == made, f"davy doctor --list --lang {lang} > {page}"


@pytest.mark.servers
async def test_the_mistakes_of_influxdb_are_found_on_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        find_server("influxd")
    except GiveUp as error:
        pytest.skip(str(error))

    def found(pit: Pit, name: str) -> bool:
        return bool(of_mistake(pit.asked("store")[1], BY_NAME[name]))

    async with influxd(tmp_path / "influxd") as (url, _):
        address = f"influx+{url}/{ORG}"

        def look() -> None:
            with ExitStack() as stack:
                pit = Pit(tmp_path, monkeypatch, stack)
                pit.made("--store", address)
                pit.environment = {"DAVY_INFLUX_TOKEN": None, "DAVY_INFLUX_TOKEN_FILE": None}
                assert found(pit, "no influx token")
                pit.environment["DAVY_INFLUX_TOKEN"] = "not-the-token"
                assert found(pit, "wrong influx token")
                pit.environment["DAVY_INFLUX_TOKEN"] = TOKEN
                assert found(pit, "no buckets")
                server = Server(InfluxAddress.parse(address), TOKEN)
                init_buckets(server)
                assert [row["state"] for row in pit.asked("store")[1]] == ["ok"]
                bucket = server.buckets.find_bucket_by_name("davy_statistics")
                bucket.retention_rules[0].every_seconds = 30 * 86_400
                server.buckets.update_bucket(bucket)
                server.close()
                assert found(pit, "short retention")
                pit.change(pit.centre, address, "influx+http://127.0.0.1:1/plant")
                assert found(pit, "influx not there")

        await asyncio.to_thread(look)


# ---------------------------------------------------------------- all is well


@pytest.mark.servers
def test_a_running_agent_is_not_thrown_out_by_its_own_certificate(pit: Pit) -> None:
    came: list[bytes] = []
    authority = Authority.new(pit.place / "ca")
    port = pit.stack.enter_context(broker(authority.server(), came=came))
    pit.made("--broker", f"127.0.0.1:{port}", "--tls")
    for whose in ("gateway", "centre"):
        (pit.place / "tls" / whose).mkdir(parents=True)
        for name, path in authority.files().items():
            (pit.place / "tls" / whose / f"{name.removesuffix('_file')}.pem").write_bytes(Path(path).read_bytes())
    pit.arguments = ["--config", str(pit.edge)]
    with own(pit.place / "outbox"):
        _, (row,) = pit.asked("broker")
        assert (row["state"], came) == ("ok", [])
    _, (row,) = pit.asked("broker")
    assert row["state"] == "ok"
    assert came[0][0] == 0x10


@pytest.mark.servers
def test_what_init_writes_is_accused_of_what_is_truly_missing_only(pit: Pit) -> None:
    """Neither broker nor device nor webhook runs yet."""
    pit.made("--broker", f"127.0.0.1:{free_port()}")
    _, rows = pit.asked_all()

    assert {row["check"] for row in rows if row["state"] == State.WRONG} == {"broker", "devices"}
    assert {row["check"] for row in rows if row["state"] == State.WARNING} <= {"recipients", "clock", "disk"}


@pytest.mark.servers
def test_a_mine_in_which_all_is_well_is_accused_of_nothing(pit: Pit) -> None:
    port, device_port = pit.stack.enter_context(broker()), pit.stack.enter_context(device([85, 0, 0x3FC0, 0]))
    hook = pit.stack.enter_context(broker())
    pit.made("--broker", f"127.0.0.1:{port}", "--tell", f"http://127.0.0.1:{hook}/x", device=f"127.0.0.1:{device_port}")
    pit.change(pit.centre, "http://127.0.0.1:1/x", f"http://127.0.0.1:{hook}/y")
    code, rows = pit.asked_all()

    assert [row for row in rows if row["state"] != State.OK and row["check"] not in ("clock", "disk")] == []
    assert code == 0


def test_no_variable_that_this_program_or_its_documents_name_is_called_misspelt() -> None:
    texts = [
        path
        for folder in ("console", "ingest", "edge_agent", "store", "dashboards", "docs", "docker")
        for path in (ROOT / folder).rglob("*")
    ]
    files = [
        path
        for path in (*texts, *ROOT.glob("docker-compose.yml"), ROOT / ".env.sample")
        if path.suffix in (".py", ".md", ".yml", ".sh", ".sample")
    ]
    named = {name for path in files for name in re.findall(r"DAVY_[A-Z][A-Z_]+[A-Z]", path.read_text(encoding="utf-8"))}
    own = {"DAVY_BROKER_PASWORD_FILE"}

    assert len(named) > 30
    assert misspelt(dict.fromkeys(named - own, "x"), set()) == {}
