"""One small plot a suite: bars of a column of one of its tables, ours dark, others light, published ones hatched."""

import hashlib
import io
import json
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from lab.page.figures import Result, cells
from lab.page.notes import Note

OURS, OTHERS, AIM = "#1f4e79", "#b8c7d9", "#c0392b"
Row = tuple[str, float, str, bool]
"""Name, length of the bar, colour, whether published."""


def digest(result: Result, note: Note) -> str:
    """16 hex digits of what a plot is drawn from; stands in the file."""
    return hashlib.blake2b(json.dumps(_drawn(result, note), default=str).encode(), digest_size=8).hexdigest()


def _drawn(result: Result, note: Note) -> list[Any]:
    """Rows and intervals, as drawn."""
    grid, plot = note.tables[note.plot.table], note.plot
    headings = list(grid.columns)
    at = headings.index(plot.column)
    found = cells(result, grid)
    rows = [(name, row[at], name == grid.ours or plot.table > 0 or len(found) == 1, False) for name, row in found]
    rows += [(name, row[at], False, True) for name, row in grid.published.items() if at < len(row)]
    ends = [(row[headings.index(plot.low)], row[headings.index(plot.high)]) for _, row in found] if plot.low and plot.high else []
    return [[row for row in rows if isinstance(row[1], int | float)], ends, plot.label, plot.aim]


def svg(result: Result, note: Note) -> bytes:
    """The plot; the same bytes from the same figures and the same matplotlib."""
    rows, ends, label, aim = _drawn(result, note)
    rows, ends = rows[::-1], ends[::-1]
    with mpl.rc_context({"svg.hashsalt": "davylamp", "svg.fonttype": "none", "font.size": 8, "hatch.linewidth": 0.4}):
        figure = Figure(figsize=(6, 0.5 + 0.22 * max(len(rows), 2)), layout="constrained")
        axes = figure.add_subplot()
        lengths = [float(row[1]) for row in rows]
        spread = [[length - low for length, (low, _) in zip(lengths, ends, strict=True)],
                  [high - length for length, (_, high) in zip(lengths, ends, strict=True)]] if ends else None  # fmt: skip
        bars = axes.barh(range(len(rows)), lengths, xerr=spread, color=[OURS if row[2] else OTHERS for row in rows], height=0.7)
        for bar, row in zip(bars, rows, strict=True):
            bar.set_hatch("///" if row[3] else "")
        axes.set_yticks(range(len(rows)), [str(row[0]) for row in rows])
        axes.set_xlabel(label + ("; hatched: published by others" if any(row[3] for row in rows) else ""))
        if aim is not None:
            axes.axvline(aim, color=AIM, linestyle="--", linewidth=1)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        out = io.BytesIO()
        figure.savefig(out, format="svg", metadata={"Date": None, "Description": digest(result, note)})
    return out.getvalue()
