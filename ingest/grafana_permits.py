"""Permits for Grafana, as line protocol for the bucket `events` (docs/dashboards.md). No person's name or words are copied."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from alerts.permits import Standing, Work
from contracts.clock import DAY, MINUTE
from ingest.grafana_lines import line
from store.records import permits
from store.records.engine import Records
from store.records.permit_feed import opened
from store.records.permits import PermitRow, SpokenRow

LOOK_BACK = 30 * DAY
"""Permits closed so long ago are not looked at any more."""
STATES = {
    Standing.OPEN: ("已开启", "open"),
    Standing.OVERRUN: ("超时未关闭", "overrun, not closed"),
    Standing.CLOSED: ("已关闭", "closed"),
}
WORKS = {Work.CALIBRATION: ("标校", "calibration"), Work.MAINTENANCE: ("检修", "maintenance"), Work.TEST: ("测试", "test")}


def permit_line(row: PermitRow, spoken: Iterable[SpokenRow]) -> str:
    """`permits`: one permit at its opening; `ended` 0: it stands. Written again it overwrites itself."""
    verdicts = [one.verdict for one in spoken]
    state, work = STATES[Standing(row.state)], WORKS[Work(row.kind)]
    tags = {"mine": row.mine, "point": row.point}
    values: dict[str, str | int | float] = {"state_zh": state[0], "state_en": state[1], "work_zh": work[0], "work_en": work[1]}
    values |= {
        "permit": row.id,
        "ends": row.ends,
        "ended": row.closed,
        "minutes": round((row.ends - row.opened) / MINUTE),
        "overrun": int(row.overrun > 0),
    }
    values |= {verdict: verdicts.count(verdict) for verdict in ("fits", "misfit", "pending")}
    return line("permits", tags, values, row.opened)


@dataclass(slots=True)
class PermitCopy:
    """`turn` copies what is new, and again what changed. `send` raises where nothing arrived."""

    records: Records
    send: Callable[[Iterable[str]], None]
    _copied: dict[int, str] = field(default_factory=dict, init=False)

    def turn(self, now: int) -> None:
        """What stands, and what was closed lately."""
        with self.records.read() as db:
            rows = opened(db, now - LOOK_BACK)
            spoken = permits.spoken_of(db, [row.id for row in rows])
        lines = {row.id: permit_line(row, [one for one in spoken if one.permit == row.id]) for row in rows}
        due = [text for number, text in lines.items() if self._copied.get(number) != text]
        if due:
            self.send(due)
        self._copied = lines
