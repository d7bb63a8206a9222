"""Where the agent's time and memory go while it reads, judges, keeps and sends: the agent of the edge bench, its line up.

Time by place: py-spy looks at its Python stacks 200 times a second; a sample belongs to the innermost frame that `PLACES` knows.
Time by instructions: perf, where it is installed, says in which binaries and functions the processor was. Memory: a process that
imports what the agent imports, group by group, and what the running agent has beyond it.
"""

import asyncio
import re
import shutil
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import PIPE
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import psutil

from bench.edge_wire import EdgeWire, listen_to_edge
from bench.processes import ROOT, beside
from bench.site import GATEWAY, START_S, Site, site
from contracts.clock import SECOND
from contracts.config import BrokerAddress
from contracts.errors import GiveUp

RATE, WARM_UP_S, OUTBOX_MB, MOST_FUNCTIONS = 200, 5.0, 256, 8
PLACES = (
    ("disk: segments and high-water mark", ("edge_agent/outbox/segment", "edge_agent/outbox/highwater", "edge_agent/outbox/box.py:commit")),
    ("black box", ("edge_agent/blackbox",)),
    ("remote care, status on disk", ("edge_agent/care", "edge_agent/diary", "edge_agent/status")),
    ("picking what is sent next", ("edge_agent/lanes", "edge_agent/outbox", "contracts/ranges")),
    ("MQTT: paho, aiomqtt, the link", ("paho/", "aiomqtt/", "wire/", "edge_agent/link")),
    ("Modbus: pymodbus", ("pymodbus/",)),
    ("Modbus: ours, words to columns", ("edge_agent/sources",)),
    ("judging: limits and rules", ("alerts/", "edge_agent/deciding", "contracts/checks")),
    ("packing: columns to items", ("contracts/", "edge_agent/bodies")),
    ("agent: polling, handing over to the disk", ("edge_agent/",)),
)
OTHER = "the rest"
WAITING = ("uvloop/", "asyncio/runners", "_worker (concurrent/futures")
"""Innermost there, a thread waits (or the loop's own C works, which perf tells)."""
IMPORTS = (
    ("Python alone", ""),
    ("numpy", "numpy"),
    ("msgspec, structlog, click", "msgspec structlog click"),
    ("asyncio, uvloop, ssl", "asyncio uvloop ssl"),
    ("paho, aiomqtt", "aiomqtt"),
    ("pymodbus", "pymodbus.client"),
    ("cryptography: signed orders and cases", "cryptography.hazmat.primitives.asymmetric.ed25519"),
    ("regulation pack's reader, metrics", "yaml prometheus_client"),
    ("ours", "console.cli.edge edge_agent.process"),
)
_RESIDENT = """
import sys, psutil
for names in sys.argv[1:]:
    for name in names.split():
        __import__(name)
    print(psutil.Process().memory_info().rss)
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """`places`: share of the samples, largest first, of `samples`; `binaries`, `functions`: share of processor time, empty without
    perf; `memory`: MB of 10^6 bytes by what takes them; `cpu_share` of one core meanwhile."""

    cpu_share: float
    samples: int
    places: list[tuple[str, float]]
    binaries: list[tuple[str, float]]
    functions: list[tuple[str, float]]
    memory: list[tuple[str, float]]


async def measure(points: int, sources: int, seconds: float) -> Profile:
    """GiveUp where there is no py-spy."""
    spy, perf = shutil.which("py-spy"), shutil.which("perf")
    if spy is None:
        raise GiveUp("py-spy is not on PATH: pip install py-spy (perf is used too where it is installed)")
    async with site(points, sources, OUTBOX_MB) as around:
        wire = EdgeWire()
        async with (
            beside(listen_to_edge(BrokerAddress(port=around.broker.listener.port), GATEWAY, wire, around.clock)),
            around.agent("edge") as agent,
        ):
            await _running(around, wire)
            process, out = psutil.Process(agent.pid), around.folder / "stacks"
            stacks = await _run(spy, "record", "-f", "raw", "-r", str(RATE), "-d", f"{seconds:.0f}", "-o", str(out), "-p", str(agent.pid))
            used, began = sum(process.cpu_times()[:2]), around.clock.monotonic()
            looked = await _looked(perf, agent.pid, around.folder / "perf", seconds) if perf else ([], [])
            if not perf:
                await asyncio.sleep(seconds)
            took = (around.clock.monotonic() - began) / SECOND
            share, resident = (sum(process.cpu_times()[:2]) - used) / took, process.memory_info().rss
        text = out.read_text(encoding="utf-8") if out.exists() else ""
    places = placed(text)
    if not places:
        raise GiveUp(f"py-spy has seen nothing: {stacks[-300:]}")
    total = sum(places.values())
    return Profile(share, total, [(name, n / total) for name, n in places.most_common()], *looked, await _memory(resident))


async def _running(around: Site, wire: EdgeWire) -> None:
    end = around.clock.now() + START_S * SECOND
    while not wire.live:
        if around.clock.now() > end:
            raise GiveUp("the agent had no receipt")
        around.check()
        await asyncio.sleep(0.1)
    await asyncio.sleep(WARM_UP_S)
    sys.stderr.write("profile: the agent reads and sends; looking\n")


def placed(stacks: str) -> Counter[str]:
    """Samples by place, of py-spy's raw lines `outermost;...;innermost COUNT`; waiting left out."""
    found: Counter[str] = Counter()
    for row in stacks.splitlines():
        frames, _, count = row.rpartition(" ")
        inwards = frames.split(";")
        if not any(waits in inwards[-1] for waits in WAITING):
            found[next((name for frame in reversed(inwards) if (name := place_of(frame))), OTHER)] += int(count)
    return found


def place_of(frame: str) -> str:
    """The place of a frame `function (path:line)`; empty where none knows it."""
    known = re.match(r"(.*) \((.*):\d+\)\Z", frame)
    if known is None:
        return ""
    at = f"{known[2]}:{known[1]}"
    return next((name for name, parts in PLACES if any(part in at for part in parts)), "")


async def _looked(perf: str, pid: int, out: Path, seconds: float) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """Binaries and functions the processor was in."""
    await _run(perf, "record", "-q", "-e", "cpu-clock", "-F", "2000", "-p", str(pid), "-o", str(out), "--", "sleep", f"{seconds:.0f}")
    report = (perf, "report", "-i", str(out), "--stdio", "--no-children", "-q", "--sort")
    return rows_of(await _run(*report, "dso")), rows_of(await _run(*report, "dso,symbol"))[:MOST_FUNCTIONS]


def rows_of(report: str) -> list[tuple[str, float]]:
    """Rows `12.34%  name` of a report of perf, from a hundredth on."""
    rows = (re.match(r"\s*([\d.]+)%\s+(.*?)(?:\s+-)*\s*\Z", line) for line in report.splitlines())
    return [(re.sub(r"\s+", " ", row[2]), float(row[1]) / 100) for row in rows if row and float(row[1]) >= 1]


async def _run(*command: str) -> str:
    process = await create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    try:
        out, said = await process.communicate()
    except asyncio.CancelledError:
        process.terminate()
        raise
    return (out or said).decode("utf-8", "replace")


async def _memory(resident: int) -> list[tuple[str, float]]:
    process = await create_subprocess_exec(sys.executable, "-c", _RESIDENT, *(names for _, names in IMPORTS), stdout=PIPE, cwd=ROOT)
    out, _ = await process.communicate()
    steps = [int(row) / 1e6 for row in out.split()]
    grown = [after - before for before, after in zip([0.0, *steps], steps, strict=False)]
    rows = [(name, size) for (name, _), size in zip(IMPORTS, grown, strict=True)]
    return [*rows, ("registry, rules, connections, what runs", resident / 1e6 - steps[-1]), ("in all", resident / 1e6)]


def markdown(profile: Profile) -> str:
    """Tables for docs/benchmarks.md."""
    tables = [
        (f"place ({profile.samples} samples, waiting left out)", "share", [(name, f"{share:.0%}") for name, share in profile.places]),
        ("binary", "share", [(name, f"{share:.0%}") for name, share in profile.binaries]),
        ("function", "share", [(name, f"{share:.1%}") for name, share in profile.functions]),
        ("memory", "MB", [(name, f"{size:.1f}") for name, size in profile.memory]),
    ]
    shown = [
        "\n".join([f"| {what} | {unit} |", "| --- | ---: |", *(f"| {name} | {value} |" for name, value in rows)])
        for what, unit, rows in tables
        if rows
    ]
    return "\n\n".join([f"{profile.cpu_share:.1%} of one core.", *shown])
