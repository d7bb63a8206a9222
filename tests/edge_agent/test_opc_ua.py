"""OPC UA against a real server: reads and changes, status codes, times, security, and a server that is killed and started again."""

import asyncio
import contextlib
import datetime as dt
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from asyncua import Server, ua
from asyncua.common.node import Node
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from cryptography.x509.oid import ExtendedKeyUsageOID

from bench.ports import free_port
from contracts.clock import BUILD_TIME, SECOND, SystemClock
from contracts.columns import Block
from contracts.errors import BadConfig
from contracts.quality import DOUBTFUL
from edge_agent.sources import make_source
from edge_agent.sources.once import look
from edge_agent.sources.opc_nodes import OpcNode
from edge_agent.sources.opc_ua import OpcUa
from edge_agent.sources.settings import OpcUaSettings
from edge_agent.sources.source import Answer
from tests.edge_agent.modbus_peer import registry_of
from tests.waiting import LIMIT_S, until

SPACE = "urn:mine:fans"
ROOT = Path(__file__).parents[2]


PATIENT_S = 60.0
"""Where a server answers, however busy the machine is."""


def source(folder: Path, port: int, *nodes: OpcNode, timeout_s: float = PATIENT_S, **more: object) -> OpcUa:
    nodes = nodes or (OpcNode("A", f"nsu={SPACE};s=a", 0.1), OpcNode("B", f"nsu={SPACE};s=b"))
    (folder / "nodes.json").write_bytes(msgspec.json.encode({"nodes": nodes}))
    told = {"url": f"opc.tcp://127.0.0.1:{port}/", "nodes": str(folder / "nodes.json"), "timeout_s": timeout_s, **more}
    settings = OpcUaSettings(name="fans", **told)  # type: ignore[arg-type]
    made = make_source(settings, registry_of("A", "B"))
    assert isinstance(made, OpcUa)
    return made


@contextlib.asynccontextmanager
async def serving(port: int, server: Server | None = None) -> AsyncIterator[dict[str, Node]]:
    server = server or await plain()
    server.set_endpoint(f"opc.tcp://127.0.0.1:{port}/")
    space = await server.register_namespace(SPACE)
    nodes = {
        name: await server.nodes.objects.add_variable(ua.NodeId(name, space), name, value, ua.VariantType.Double)
        for name, value in (("a", 10.0), ("b", 20.0))
    }
    async with server:
        yield nodes


async def plain() -> Server:
    server = Server()
    await server.init()
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    return server


async def poll_until_answered(opc: OpcUa, start: int = BUILD_TIME) -> Answer:
    for turn in range(round(LIMIT_S / 0.1)):
        answer = await opc.poll(start + turn * SECOND // 10)
        if answer.polls[0].answered and answer.block is not None:
            return answer
        await asyncio.sleep(0.1)
    raise AssertionError(answer.why)


def last_of(block: Block | None) -> dict[int, float]:
    assert block is not None
    return dict(zip(block.point.tolist(), block.value.tolist(), strict=True))


@pytest.mark.servers
async def test_each_poll_reads_every_node_and_a_status_that_is_not_good_is_marked(tmp_path: Path) -> None:
    port = free_port()
    async with serving(port) as nodes:
        opc = source(tmp_path, port, mode="read")
        first = await poll_until_answered(opc)
        uncertain = ua.DataValue(ua.Variant(7.0, ua.VariantType.Double), ua.StatusCode(ua.UInt32(ua.StatusCodes.UncertainSubNormal)))
        await nodes["b"].write_value(uncertain)
        second = await opc.poll(BUILD_TIME + 60 * SECOND)
        await opc.close()

    assert (first.why, last_of(first.block)) == ("", {0: 1.0, 1: 20.0})
    assert second.block is not None
    assert second.block.time.tolist() == [BUILD_TIME + 60 * SECOND] * 2
    assert (second.block.value.tolist(), second.block.quality.tolist()) == ([1.0, 7.0], [0, DOUBTFUL])
    assert opc.raw() == {0: "10.0 Good", 1: "7.0 UncertainSubNormal"}


@pytest.mark.servers
async def test_every_change_between_two_polls_is_kept_with_its_own_time_and_what_overflows_is_told(tmp_path: Path) -> None:
    port = free_port()
    async with serving(port) as nodes:
        opc = source(tmp_path, port, sampling_ms=10.0, times="source")
        small = source(tmp_path, port, sampling_ms=10.0, most_kept=5)
        for one in (opc, small):
            await poll_until_answered(one)
        stamps = [dt.datetime(2026, 11, 24, 8, 0, second, tzinfo=dt.UTC) for second in range(30)]
        for turn, stamp in enumerate(stamps):
            await nodes["b"].write_value(ua.DataValue(ua.Variant(100.0 + turn, ua.VariantType.Double), SourceTimestamp=stamp))
        await until(lambda: len(opc._gathered._rows) >= 30 and small._gathered.lost >= 25)
        answer, short = await opc.poll(BUILD_TIME + 60 * SECOND), await small.poll(BUILD_TIME + 60 * SECOND)
        for one in (opc, small):
            await one.close()

    assert answer.block is not None
    of_b = answer.block.take(answer.block.point == 1)
    assert of_b.value.tolist() == [100.0 + turn for turn in range(30)]
    assert of_b.time.tolist() == [round(stamp.timestamp()) * SECOND for stamp in stamps]
    assert "readings more than 5 between two polls" in short.why
    assert small._gathered.lost >= 25


@pytest.mark.servers
async def test_a_node_the_server_lacks_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    port = free_port()
    async with serving(port):
        opc = source(tmp_path, port, OpcNode("A", f"nsu={SPACE};s=a"), OpcNode("B", f"nsu={SPACE};s=gone"))
        answer = await poll_until_answered(opc)
        await opc.close()

    assert last_of(answer.block) == {0: 10.0}
    assert answer.why == "B: BadNodeIdUnknown"


@pytest.mark.servers
async def test_one_look_waits_until_the_server_has_answered_and_takes_no_longer(tmp_path: Path) -> None:
    port = free_port()
    async with serving(port):
        opc = source(tmp_path, port)
        found = await look(opc._settings, registry_of("A", "B"), SystemClock().now, 60.0)

    assert last_of(found.block) == {0: 1.0, 1: 20.0}
    assert (found.why, found.silent, found.raw) == ("", (), {0: "10.0 Good", 1: "20.0 Good"})
    assert found.seconds < 30


CHILD = """
import asyncio, sys
sys.path.insert(0, {root!r})
from tests.edge_agent.test_opc_ua import serving

async def run():
    async with serving(int(sys.argv[1])):
        print("up", flush=True)
        await asyncio.sleep(600)

asyncio.run(run())
"""


def child(folder: Path, port: int) -> subprocess.Popen[str]:
    (folder / "server.py").write_text(CHILD.format(root=str(ROOT)), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(folder / "server.py"), str(port)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.mark.servers
async def test_a_server_killed_and_started_again_is_read_and_subscribed_again_and_not_answered_meanwhile(tmp_path: Path) -> None:
    port = free_port()
    server = await asyncio.to_thread(child, tmp_path, port)
    opc = source(tmp_path, port, timeout_s=10.0)
    try:
        await poll_until_answered(opc)
        server.kill()
        server.wait()
        gone = [await opc.poll(BUILD_TIME + (100 + turn) * SECOND) for turn in range(3)]
        server = await asyncio.to_thread(child, tmp_path, port)
        back = await poll_until_answered(opc, BUILD_TIME + 200 * SECOND)
    finally:
        await opc.close()
        server.kill()
        server.wait()

    assert [answer.polls[0].answered for answer in gone] == [0, 0, 0]
    assert all(answer.why for answer in gone)
    assert last_of(back.block) == {0: 1.0, 1: 20.0}
    assert opc.sessions == 2


@pytest.mark.servers
async def test_a_server_that_accepts_and_never_answers_is_not_answered_and_closing_does_not_hang(tmp_path: Path) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    opc = source(tmp_path, server.sockets[0].getsockname()[1], timeout_s=0.2)
    answers = [await opc.poll(BUILD_TIME)]
    while not answers[-1].why.startswith("no session: "):
        await asyncio.sleep(0.1)
        answers.append(await opc.poll(BUILD_TIME + len(answers) * SECOND))
    async with asyncio.timeout(LIMIT_S):
        await opc.close()
    server.close()

    assert {answer.polls[0].answered for answer in answers} == {0}
    assert answers[-1].block is None


@pytest.mark.servers
async def test_a_server_that_stands_still_for_a_while_is_not_answered_and_read_again_afterwards(tmp_path: Path) -> None:
    port = free_port()
    server = await asyncio.to_thread(child, tmp_path, port)
    opc = source(tmp_path, port, timeout_s=2.0)
    try:
        await poll_until_answered(opc)
        server.send_signal(signal.SIGSTOP)
        gone = [await opc.poll(BUILD_TIME + (100 + turn) * SECOND) for turn in range(3)]
        server.send_signal(signal.SIGCONT)
        back = await poll_until_answered(opc, BUILD_TIME + 200 * SECOND)
    finally:
        await opc.close()
        server.kill()
        server.wait()

    assert {answer.polls[0].answered for answer in gone} == {0}
    assert gone[0].why == "no answer in 2.0 s"
    assert last_of(back.block) == {0: 1.0, 1: 20.0}


async def certificate(folder: Path, name: str, use: object) -> tuple[Path, Path]:
    key, cert = folder / f"{name}.key.pem", folder / f"{name}.der"
    about = {"countryName": "CN", "organizationName": "mine", "commonName": name}
    await setup_self_signed_certificate(key, cert, f"urn:mine:{name}", "localhost", [use], about)  # type: ignore[list-item]
    return key, cert


@pytest.mark.servers
@pytest.mark.parametrize("security", ["sign", "sign_and_encrypt"])
async def test_with_certificates_it_is_signed_and_encrypted_and_a_server_that_is_not_the_pinned_one_is_not_read(
    tmp_path: Path, security: str
) -> None:
    port = free_port()
    key, cert = await certificate(tmp_path, "gateway", ExtendedKeyUsageOID.CLIENT_AUTH)
    server_key, server_cert = await certificate(tmp_path, "server", ExtendedKeyUsageOID.SERVER_AUTH)
    _, other_cert = await certificate(tmp_path, "other", ExtendedKeyUsageOID.SERVER_AUTH)
    server = Server()
    await server.init()
    await server.set_application_uri("urn:mine:server")
    server.set_security_policy([ua.SecurityPolicyType.Basic256Sha256_Sign, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    await server.load_certificate(str(server_cert))
    await server.load_private_key(str(server_key))
    safe = {"policy": "basic256sha256", "security": security, "cert_file": str(cert), "key_file": str(key)}
    async with serving(port, server):
        opc = source(tmp_path, port, server_cert_file=str(server_cert), **safe)
        answer = await poll_until_answered(opc)
        await opc.close()
        wrong = source(tmp_path, port, server_cert_file=str(other_cert), timeout_s=0.5, **safe)
        refused = [await wrong.poll(BUILD_TIME)]
        while not refused[-1].why.startswith("no session: "):
            await asyncio.sleep(0.1)
            refused.append(await wrong.poll(BUILD_TIME + len(refused) * SECOND))
        for turn in range(15):
            refused.append(await wrong.poll(BUILD_TIME + (len(refused) + turn) * SECOND))
            await asyncio.sleep(0.1)  # and it does not come in later either
        await wrong.close()

    assert last_of(answer.block) == {0: 1.0, 1: 20.0}
    assert {one.block for one in refused} == {None}


def test_security_without_files_or_with_bad_ones_is_refused_by_key(tmp_path: Path) -> None:
    settings = OpcUaSettings(name="x", url="opc.tcp://h:4840", nodes="n.json", policy="basic256sha256")
    with pytest.raises(BadConfig, match="cert_file"):
        settings.check("sources[0]")
    (tmp_path / "bad.pem").write_text("no certificate")
    with pytest.raises(BadConfig, match="server_cert_file"):
        source(tmp_path, 1, policy="basic256sha256", server_cert_file=str(tmp_path / "bad.pem"))


def test_an_agent_that_reads_no_opc_ua_does_not_load_its_library() -> None:
    code = "import sys, edge_agent.process; sys.exit('asyncua' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
