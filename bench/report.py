"""What a bench says: one JSON object on a line, and the same for people."""

from collections.abc import Mapping

import msgspec

from bench.figures import FIGURES, shown, wanted
from bench.machine import Machine, this_machine
from contracts.clock import iso
from contracts.errors import BadConfig


class Report(msgspec.Struct, frozen=True, omit_defaults=True):
    """`{"bench": NAME, "machine": {...}, "at": ISO-8601, "figures": {...}}`, and `notes` where something is to be said in words."""

    bench: str
    machine: Machine
    at: str
    figures: dict[str, float]
    notes: dict[str, str] = {}


def report(bench: str, figures: Mapping[str, float], now: int, notes: Mapping[str, str] | None = None) -> Report:
    """The figures of a bench on this machine, measured at `now` (µs UTC). KeyError where one that FIGURES names is missing."""
    return Report(
        bench, this_machine(), iso(now)[:19] + "Z", {key: rounded(figures[key]) for key in wanted(bench, figures)}, dict(notes or {})
    )


def rounded(value: float) -> float:
    """Five digits that count, and no digit after the point from 10,000 on."""
    if isinstance(value, int) or abs(value) >= 10_000:
        return round(value)
    return float(f"{value:.5g}")


def line(said: Report) -> str:
    return msgspec.json.encode(said).decode()


def read_lines(text: str) -> list[Report]:
    """Every report in a text of JSON lines (others are passed over), or BadConfig where there is none."""
    found = []
    for row in text.splitlines():
        try:
            found.append(msgspec.json.decode(row, type=Report))
        except msgspec.DecodeError:
            continue
    if not found:
        raise BadConfig("FILE", text[:40], "JSON lines as `python -m bench NAME --json` prints them")
    return found


def words(said: Report) -> str:
    """The report for people."""
    machine = said.machine
    lines = [f"{said.bench}  {said.at}  {machine.cpu}, {machine.cores} cores, {machine.memory:g} GiB, {machine.python}, {machine.os}"]
    for key, value in said.figures.items():
        figure = FIGURES[said.bench][key]
        verdict = {None: "", True: "met", False: "NOT MET"}[figure.met(value)]
        aim = f"  [{figure.aim}: {verdict}]" if figure.aim else ""
        lines.append(f"  {key:36} {shown(value):>12} {figure.unit:22} {figure.meaning}{aim}")
    lines += [f"  {key}: {text}" for key, text in said.notes.items()]
    return "\n".join(lines)
