"""The running log (运行日志): what people wrote and what the system saw, in one order. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from alerts.limits import CUT_RULE
from alerts.words import HEADS, reason_words
from console.web.words import LANGUAGES, say
from store.records.duty import LogRow
from store.records.duty_feed import PERMIT_STEPS, REPORT, Happening
from store.records.permits import PermitRow

WRITTEN = ("note", "measure", "withdrawal", "report", "correction")
"""What people write. A correction names the entry it puts right."""
KINDS = (
    *("alarm", "cut", "feed", "link", "fault", "calibration", "permit", "report", "answer", "deed", "told"),
    *("measure", "withdrawal", "note", "correction", "handover", "review"),
)
_CHANGES = {
    REPORT: "report",
    "permit": "permit",
    "plan": "permit",
    "unplan": "permit",
    "refer": "answer",
    "answer": "answer",
    "close": "answer",
    "returned": "answer",
    "escalate": "told",
    "drill": "calibration",
    "filed": "calibration",
    "suppress": "link",
    "unsuppress": "link",
    "unknown": "link",
    "known": "link",
}
_DEEDS = ("acknowledge", "shelve", "unshelve", "expire", "remove_from_service", "return_to_service")
_RULES = {
    "feed.": "feed",
    "link.": "link",
    "source.": "link",
    "gateway.": "link",
    "centre.": "fault",
    "sensor.": "fault",
    "kj.": "fault",
    "lock.": "calibration",
    CUT_RULE: "cut",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `id`: `e12` an entry of a person's, `p5` a step of a permit, `t34` a transition. Pairs are (zh, en).
    `time`: when it happened, `at`: written."""

    id: str
    at: int
    time: int
    kind: str
    words: tuple[str, str]
    by: str
    alarm_id: int | None = None
    corrects: int | None = None
    point: str = ""
    place: tuple[str, str] = ("", "")


def kind_of(change: str, rule: str) -> str:
    """Under which kind a transition stands in the log."""
    if change in _DEEDS:
        return "deed"
    return _CHANGES.get(change) or next((kind for start, kind in _RULES.items() if rule.startswith(start)), "alarm")


def line_of(happening: Happening) -> Line:
    """A transition as a line: its own sentence; of a deed or a report who did it and in which words."""
    kind = kind_of(happening.change, happening.rule)
    words = (happening.text_zh, happening.text_en)
    if happening.by:
        heads = HEADS.get(happening.change, (happening.change,) * 2)
        said = (reason_words(happening.reason, "zh"), reason_words(happening.reason, "en"))
        place = [f"{name} {happening.point}".strip() for name in (happening.place_zh, happening.place_en)]
        more = f" ({happening.detail})" if happening.detail else ""
        pairs = zip(heads, place, said, ("：", ": "), strict=True)
        zh, en = (f"{head}{colon}{where}{colon if where else ''}{why}{more}" for head, where, why, colon in pairs)
        words = (zh, en)
    return Line(
        f"t{happening.id}",
        happening.at,
        happening.time if happening.time > 0 else happening.at,
        kind,
        words,
        happening.by,
        happening.alarm_id,
        point=happening.point,
        place=(happening.place_zh, happening.place_en),
    )


def entry_line(row: LogRow) -> Line:
    """What somebody wrote, as a line: their words stand as they are in both languages."""
    return Line(f"e{row.id}", row.at, row.time, row.kind, (row.words, row.words), row.by, row.alarm_id, row.corrects)


def permit_line(at: int, step: str, row: PermitRow) -> Line:
    """A permit that was opened, extended, overrun or closed."""
    numbers = {"point": row.point, "caller": row.caller, "reason": row.words if step == "closed" else row.reason}
    kinds = (say(lang, f"paper.permit.{row.kind}") for lang in LANGUAGES)
    zh, en = (say(lang, f"log.permit.{step}", numbers | {"kind": kind}) for lang, kind in zip(LANGUAGES, kinds, strict=True))
    by = {"overrun": "", "closed": row.closer}.get(step, row.dispatcher)
    number = row.id * len(PERMIT_STEPS) + PERMIT_STEPS.index(step)
    return Line(f"p{number}", at, at, "permit", (zh, en), by, point=row.point)


def merged(
    entries: Iterable[LogRow], seen: Iterable[Happening], permits: Iterable[tuple[int, str, PermitRow]], limit: int, below: str = ""
) -> list[Line]:
    """All as one log, the newest first, at most `limit`; only what stands below the cursor `below`."""
    lines = [entry_line(row) for row in entries] + [line_of(one) for one in seen] + [permit_line(*step) for step in permits]
    if below:
        at, _, place = below.partition(".")
        lines = [line for line in lines if _place(line) < (int(at), place[0], int(place[1:]))]
    return sorted(lines, key=_place, reverse=True)[:limit]


def _place(line: Line) -> tuple[int, str, int]:
    return line.at, line.id[0], int(line.id[1:])
