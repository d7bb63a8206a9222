"""Findings of the models for Grafana, as line protocol for the bucket `events` (docs/dashboards.md). Advice: no alarm depends on it.

No person's name or words are copied: of a remark only the mark.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from contracts.clock import DAY
from ingest.grafana_lines import line
from models.words import told
from store.records import findings
from store.records.engine import Records
from store.records.finding_feed import Stamp, stamps
from store.records.findings import FindingRow

AT_ONCE = 500
LOOK_BACK, OLDEST = 30 * DAY, 365 * DAY
"""What was over so long ago, or began so long ago, is not looked at any more (bucket `events` keeps 800 days)."""
STANDING, ENDED = ("仍在", "standing"), ("已结束", "ended")
MARK_WORDS = {
    "": ("未标记", "not marked"),
    "true": ("属实", "true"),
    "test_gas": ("标校气体", "test gas"),
    "maintenance": ("检修", "maintenance"),
    "nonsense": ("误判", "nonsense"),
}


def finding_line(row: FindingRow) -> str:
    """`findings`: one finding at its start. Written again it overwrites itself."""
    words = told(row.kind)
    could_be = tuple(glue.join(one[at] for one in words.could_be) for at, glue in enumerate(("；", "; ")))
    spoken = {
        "title": words.seen,
        "state": ENDED if row.ended else STANDING,
        "could_be": could_be,
        "check": words.check,
        "mark": MARK_WORDS[row.mark],
    }
    values = {f"{name}_{lang}": text[at] for name, text in spoken.items() for at, lang in enumerate(("zh", "en"))}
    tags = {"mine": row.mine, "gateway": row.gateway.partition("/")[2], "kind": row.kind, "subject": row.subject}
    points = ", ".join(row.points) or row.subject
    return line(
        "findings", tags, {**values, "points": points, "sure": round(100 * row.sure), "ended": row.ended, "models": row.models}, row.since
    )


@dataclass(slots=True)
class FindingCopy:
    """`turn` copies what is new, and again what changed: a later word of the gateway's, or a mark. `send` raises where nothing arrived."""

    records: Records
    send: Callable[[Iterable[str]], None]
    _copied: dict[int, Stamp] = field(default_factory=dict, init=False)

    def turn(self, now: int) -> None:
        """What stands, and what ended lately."""
        with self.records.read() as db:
            found = stamps(db, now - LOOK_BACK, now - OLDEST)
        self._copied = {number: stamp for number, stamp in self._copied.items() if number in found}
        due = [number for number, stamp in found.items() if self._copied.get(number) != stamp]
        for at in range(0, len(due), AT_ONCE):
            some = due[at : at + AT_ONCE]
            with self.records.read() as db:
                rows = [findings.of(db, number) for number in some]
            self.send(finding_line(row) for row in rows if row is not None)
            self._copied |= {number: found[number] for number in some}
