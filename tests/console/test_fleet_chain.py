"""The chain for people: the file is taken away by who may, and checked with nothing but it and the key."""

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner, Result

from alerts.evidence import Seal
from console.cli.fleet import command
from console.web.access import Role
from contracts.anchors import read_anchors
from contracts.keys import key_id
from store.records import fleet_log
from store.records.fleet_log import New
from tests.console.cli_network import network_of
from tests.console.people_pit import add_person, client_of, closed_app, session_of
from tests.console.web_pit import Pit
from tests.fleet.audit_log import PUBLIC, SECRET, whole_log


@pytest.fixture
def pit() -> Pit:
    """A centre with the small log."""
    made = Pit()
    made.plant = replace(made.plant, seal=Seal(SECRET))
    with made.records.begin() as db:
        for one in whole_log().records:
            fleet_log.append(db, [New(one.kind, one.mine, one.day, one.key, one.body)], one.actor, one.at)
    return made


@pytest.fixture
def ask(pit: Pit) -> Iterator[Callable[..., Result]]:
    with network_of(pit.plant) as network:
        yield lambda *arguments: CliRunner().invoke(command, [str(one) for one in arguments], obj=network, env={"DAVY_URL": None})


@pytest.mark.parametrize("name", ["fleet.jsonl", "fleet.jsonl.gz"])
def test_an_outsider_takes_the_file_and_checks_it_without_us(ask: Callable[..., Result], tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    taken = ask("export", file)
    assert taken.exit_code == 0, taken.output
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (file.read_bytes()[:2] == b"\x1f\x8b") is name.endswith(".gz")
    [anchor] = read_anchors(taken.output.rpartition("keep it elsewhere: ")[2])
    assert anchor.n == len(whole_log().records)

    outside = CliRunner().invoke(command, ["verify", str(file), "--key", PUBLIC.hex(), "--anchor", str(anchor)])
    assert outside.exit_code == 0, outside.output
    assert "✓ 全部相符 / everything that was checked fits" in outside.output
    assert "重新判定 / judged anew: 4" in outside.output
    assert "重新计数 / counted anew: 2" in outside.output
    assert "未核对" not in outside.output

    again = ask("export", file)
    assert "not there yet" in str(again.exception)


def test_an_export_that_breaks_off_is_no_file(tmp_path: Path) -> None:
    lines = whole_log().lines()
    for sent in (lines[:9], [], [*lines[:-1], lines[-1][:50]], [*lines[:9], b"x" * 200]):
        cut = httpx.MockTransport(lambda _, sent=sent: httpx.Response(200, content=b"".join(sent)))
        broken = CliRunner().invoke(command, ["export", str(tmp_path / "x")], obj=cut)
        assert "broke off" in str(broken.exception)
    assert not list(tmp_path.iterdir())


def test_a_part_is_taken_by_naming_mines(ask: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "alpha.jsonl"
    assert ask("export", file, "--mines", "alpha").exit_code == 0

    said = ask("verify", file, "--key", PUBLIC.hex())
    assert said.exit_code == 0
    assert "部分 / part: alpha" in said.output
    assert "published counts were not counted anew" in said.output
    assert "query.mines" in str(ask("export", tmp_path / "x", "--mines", "nowhere").exception)
    assert list(tmp_path.iterdir()) == [file]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "fleet.jsonl"
    made.write_bytes(b"".join(whole_log().lines()))
    return made


def verified(*arguments: object) -> Result:
    return CliRunner().invoke(command, ["verify", *(str(one) for one in arguments)])


def test_what_does_not_fit_is_told_in_both_languages_with_its_place(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data.replace(b'"calibration_on_time_rate","value":0.9', b'"calibration_on_time_rate","value":1.0', 1))

    said = verified(file)

    assert said.exit_code == 1
    assert "条 (facts beta 2026-11-01): 内容被改动: 哈希不符" in said.output
    assert "(facts beta 2026-11-01): it was changed: its hash does not fit" in said.output
    assert "未核对 / not checked: 签名密钥未与已知公钥比对 (--key)" in said.output
    told = json.loads(verified(file, "--json").output)
    assert told["holds"] is False
    assert told["faults"][0]["code"] == "changed"
    assert told["faults"][0]["mine"] == "beta"


def test_keys_and_anchors_come_from_text_or_from_files(file: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(PUBLIC.hex() + "\n")
    last = whole_log().records[-1]
    (tmp_path / "anchors").write_text(f"# kept at the gateway\n{last.n}:{last.hash}:2026-11-03 p\n")
    assert verified(file, "--key", tmp_path / "key", "--anchor", tmp_path / "anchors").exit_code == 0

    assert verified(file, "--key", "00" * 32).exit_code == 1
    assert "锚点在文件末尾之后" in verified(file, "--anchor", f"{last.n + 1}:{last.hash}:2026-11-03").output
    for option in ("--key", "--anchor"):
        assert option in str(verified(file, option, "nonsense").exception)
    assert "FILE" in str(verified(tmp_path / "nothing").exception)


def test_a_damaged_or_cut_pack_is_a_fault_and_no_crash(file: Path, tmp_path: Path) -> None:
    packed = gzip.compress(file.read_bytes())
    for name, data in (
        ("cut", packed[:-200]),
        ("broken", packed[:900] + b"\x00" * 40 + packed[940:]),
        ("empty", b""),
        ("junk", b"\x1f\x8bjunk"),
    ):
        (tmp_path / name).write_bytes(data)
        said = verified(tmp_path / name)
        assert said.exit_code == 1, name
        assert said.exception is None or isinstance(said.exception, SystemExit), name
        assert "✗" in said.output


def test_a_head_is_signed_listed_and_is_an_anchor(ask: Callable[..., Result], pit: Pit, tmp_path: Path) -> None:
    before = len(whole_log().records)
    signed = ask("sign")
    assert signed.exit_code == 0, signed.output
    [anchor] = read_anchors(signed.output.rpartition("keep it elsewhere: ")[2])
    assert anchor.n == before

    listed = ask("anchors").output
    assert PUBLIC.hex() in listed
    assert read_anchors(listed)[0].n == before
    assert len(read_anchors(listed)) == 3
    assert len(read_anchors(ask("anchors", "--limit", 1).output)) == 1
    (tmp_path / "anchors").write_text(listed)
    assert ask("export", tmp_path / "x").exit_code == 0
    assert verified(tmp_path / "x", "--key", PUBLIC.hex(), "--anchor", tmp_path / "anchors").exit_code == 0


def test_a_centre_without_a_key_or_with_an_empty_log_says_so(pit: Pit, ask: Callable[..., Result], tmp_path: Path) -> None:
    with network_of(replace(pit.plant, seal=None)) as network:
        for asked in (["export", str(tmp_path / "x")], ["sign"], ["anchors"]):
            assert "seal" in str(CliRunner().invoke(command, asked, obj=network).exception)
    empty = Pit()
    with network_of(replace(empty.plant, seal=Seal(SECRET))) as network:
        for asked in (["export", str(tmp_path / "x")], ["sign"]):
            assert "a log with an entry in it" in str(CliRunner().invoke(command, asked, obj=network).exception)
    assert not list(tmp_path.iterdir())


async def test_who_sees_all_mines_and_audits_takes_the_file_and_nobody_else(pit: Pit) -> None:
    app = closed_app(pit)
    for role, mines, status in (
        (Role.INSPECTOR, (), 200),
        (Role.PROVINCE, (), 200),
        (Role.INSPECTOR, ("alpha",), 403),
        (Role.ADMIN, (), 403),
        (Role.ENGINEER, ("alpha",), 403),
    ):
        person = add_person(pit, f"{role}-{len(mines)}", role, *mines)
        async with client_of(app, session_of(pit, person)) as web:
            answer = await web.get("/api/v1/fleet/export")
            assert answer.status_code == status, (role, mines)
            assert (await web.post("/api/v1/fleet/heads", json={})).status_code == status, (role, mines)
            assert (await web.get("/api/v1/fleet/key")).json() == {"key": key_id(PUBLIC), "public": PUBLIC.hex()}
    async with client_of(app) as web:
        assert (await web.get("/api/v1/fleet/export")).status_code == 401


async def test_heads_come_in_pages(pit: Pit) -> None:
    transport = httpx.ASGITransport(closed_app(pit))
    person = add_person(pit, "looker", Role.PROVINCE)
    async with httpx.AsyncClient(transport=transport, base_url="http://davy.test", cookies=session_of(pit, person)) as web:
        first = (await web.get("/api/v1/fleet/heads", params={"limit": 1})).json()
        second = (await web.get("/api/v1/fleet/heads", params={"limit": 1, "before": first["next"]})).json()
    assert [one["day"] for one in (*first["items"], *second["items"])] == ["2026-11-03", "2026-11-02"]
    assert second["next"] is None
