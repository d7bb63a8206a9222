"""The table of `docs/benchmarks.md`, made from saved JSON lines so that nobody copies a number by hand."""

from collections.abc import Sequence
from pathlib import Path

from bench.figures import FIGURES, shown
from bench.report import Report
from contracts.errors import BadConfig

BEGIN, END = "<!-- figures: python -m bench table -->", "<!-- end of figures -->"


def newest(reports: Sequence[Report]) -> list[Report]:
    """The newest report of each bench, in the order of FIGURES."""
    by_name = {said.bench: said for said in sorted(reports, key=lambda said: said.at)}
    return [by_name[name] for name in FIGURES if name in by_name]


def markdown(reports: Sequence[Report]) -> str:
    """A section for each bench: machine and date, then a row for each figure."""
    return "\n\n".join(_section(said) for said in newest(reports))


def _section(said: Report) -> str:
    machine, known = said.machine, FIGURES[said.bench]
    where = (
        f"{machine.cpu}, {machine.cores} cores, {machine.memory:g} GiB, {machine.disk}; {machine.os}, {machine.kernel}; {machine.python}"
    )
    rows = [
        f"### {said.bench}",
        "",
        f"{said.at}, {where}.",
        "",
        "| figure | value | unit | aim | what |",
        "| --- | ---: | --- | --- | --- |",
    ]
    for key, value in said.figures.items():
        figure = known[key]
        aim = f"{figure.aim}, {'met' if figure.met(value) else '**not met**'}" if figure.aim else ""
        what = f"*peer*: {figure.meaning}".rstrip(": ") if figure.peer else figure.meaning
        rows.append(f"| `{key}` | {shown(value)} | {figure.unit} | {aim} | {what} |")
    return "\n".join(rows)


def put_into(document: Path, table: str) -> None:
    """Replace what stands between the two marks, or BadConfig where the document has none."""
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise BadConfig("--into", str(document), f"a document with the lines {BEGIN} and {END}")
    document.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")
