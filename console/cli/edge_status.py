"""`davy edge status`: what an agent says of itself, one line a subject, and what to do where something is wrong."""

import sys
from pathlib import Path

import click
import msgspec

from console.cli.checks.agent import SUBJECTS, Seen
from console.cli.checks.locks import look
from console.cli.checks.verdict import State, Verdict
from console.cli.table import padded, plain
from contracts.clock import SystemClock
from contracts.errors import BadConfig
from edge_agent.diary import Facts

MOUNTS = Path("/proc/mounts")
LOOKS = {State.OK: ("正常 ok", "green"), State.WARNING: ("注意 warning", "yellow"), State.WRONG: ("错误 wrong", "red")}


@click.command(name="status")
@click.argument("folder")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON / print JSON")
def command(folder: str, as_json: bool) -> None:
    """代理自述 / what the agent in FOLDER says of itself; exit code 1 where something is wrong."""
    path, lock = Path(folder) / "agent.json", look(Path(folder) / "owner")
    try:
        facts = msgspec.json.decode(path.read_bytes(), type=Facts)
    except (OSError, msgspec.DecodeError) as error:
        runs = f"process {lock.pid or '?'} runs here and could not write it: is the disk full or read-only?; " if lock.held else ""
        raise BadConfig("FOLDER", folder, f"the folder of an agent that has run ({runs}{error})") from error
    if facts.status is None:
        raise BadConfig("FOLDER", folder, "an agent that has run for some seconds")
    seen = Seen(facts.status, lock, SystemClock().now(), read_only(Path(folder)))
    found = {name: judge(seen) for name, (_, judge) in SUBJECTS.items()}
    if as_json:
        told = {"status": facts.status, "findings": {name: msgspec.to_builtins(verdict) for name, verdict in found.items()}}
        click.echo(msgspec.json.format(msgspec.json.encode(told), indent=1))
    else:
        click.echo("\n".join(line for name, verdict in found.items() for line in lines_of(name, verdict)))
    if any(verdict.state is State.WRONG for verdict in found.values()):
        sys.exit(1)


def lines_of(name: str, verdict: Verdict) -> list[str]:
    """A subject: what was found in both languages, and below it what to do."""
    words, colour = LOOKS[verdict.state]
    lines = [click.style(padded(words, 14), fg=colour) + padded(f"{SUBJECTS[name][0]} {name}", 18) + plain(verdict.zh)]
    if verdict.en != verdict.zh:
        lines.append(" " * 32 + plain(verdict.en))
    return lines + [f"    -> {plain(text)}" for text in (verdict.do_zh, verdict.do_en) if text]


def read_only(folder: Path) -> bool:
    """Whether the file system of a folder is mounted read-only, or became so after an error (`emergency_ro`)."""
    try:
        rows = [line.split() for line in MOUNTS.read_text(encoding="utf-8").splitlines()]
    except (OSError, UnicodeDecodeError):
        return False
    here = folder.resolve()
    over = [row for row in rows if len(row) > 3 and here.is_relative_to(row[1].replace("\\040", " "))]
    deepest = max(over, key=lambda row: len(row[1]), default=None)
    return deepest is not None and not {"ro", "emergency_ro"}.isdisjoint(deepest[3].split(","))
