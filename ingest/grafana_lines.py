"""What Grafana shows beside readings, as line protocol for the bucket `events` (docs/dashboards.md). Pure; times µs UTC.

No person's name or pseudonym is copied: who did what stays in the records.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields

from prometheus_client import CollectorRegistry

from alerts.alarm import State
from alerts.drill import is_drill
from alerts.limits import ALARM_RULE, CUT_RULE
from alerts.packs.pack import Pack
from alerts.words import RULES, clause_words
from contracts.clock import SECOND
from contracts.points import Registry
from ingest.ledger import LedgerDay, Word
from ingest.live import GatewayLive
from store.influx.lines import as_field, tag
from store.records.alarm_feed import ToldTransition
from store.records.alarms import AlarmRow

Field = str | int | float | None

GAP_WORDS = {
    Word.NOT_SAMPLED: ("未采样", "not sampled"),
    Word.UNANSWERED: ("无应答", "no answer"),
    Word.MISSING: ("缺失", "missing"),
    Word.LOST: ("丢失", "lost"),
    Word.DEAD: ("死信", "dead-lettered"),
    Word.CONFLICT: ("冲突", "conflict"),
}
GAP_REASONS = {
    "nobody polled": ("没有轮询", "nobody polled"),
    "no answer": ("设备没有应答", "the device did not answer"),
    "not received yet": ("尚未收到", "not received yet"),
    "outbox full": ("网关磁盘已满", "the gateway's disk was full"),
    "torn tail": ("断电时未写完", "cut off by a loss of power"),
    "segment cut or missing": ("磁盘文件损坏或缺失", "a file of the disk is damaged or missing"),
    "damaged on disk": ("磁盘上损坏", "damaged on the disk"),
}
"""What the ledger and the agents say; anything else stands as it was told."""
ACTIVE, UNVERIFIED, RETURNED, UNKNOWN, SET_ASIDE, PLANNED = 1, 2, 3, 4, 5, 6
"""Classes of an open alarm, as the boards colour them."""
_COUNTED = ("active", "unacknowledged", "unverified", "unknown", "planned")


def line(measurement: str, tags: Mapping[str, str], values: Mapping[str, Field], time: int) -> str:
    """One line; empty tags and fields without a value are left out, and nothing is written where no field is left."""
    told = {
        name: value for name, value in values.items() if value is not None and not (isinstance(value, float) and not math.isfinite(value))
    }
    if not told:
        return ""
    labels = "".join(f",{name}={tag(value)}" for name, value in sorted(tags.items()) if value)
    return f"{measurement}{labels} {','.join(f'{name}={_text(value)}' for name, value in told.items())} {time}\n"


def series_of(text: str) -> str:
    """Measurement and tags of a line."""
    return re.split(r"(?<!\\) ", text, maxsplit=1)[0]


def _text(value: Field) -> str:
    if isinstance(value, str):
        return as_field(value)
    return f"{value}i" if isinstance(value, int) else repr(value)


def point_lines(registry: Registry, pack: Pack, now: int) -> Iterator[str]:
    """`points`: what each id means, and its alarm limit where one is known."""
    for point in registry.points:
        row = pack.rows.get(point.limit_row)
        limit = row.alarm_ge if row else None
        values: dict[str, Field] = {
            "place_zh": point.place_zh,
            "place_en": point.place_en,
            "quantity_name_zh": point.measures.zh,
            "quantity_name_en": point.measures.en,
            "unit": point.measures.unit,
            **_clauses(row.reference if row else "", pack),
            "limit": float(limit) if limit is not None else None,
        }
        tags = {"mine": registry.mine, "area": point.area, "quantity": point.quantity, "point": point.id}
        yield line("points", tags, values, now)


def _clauses(reference: str, pack: Pack) -> dict[str, Field]:
    """A clause as people cite it, in both languages; empty where there is none."""
    return {f"clause_{lang}": clause_words(reference, pack.documents, lang) for lang in ("zh", "en")}


def rule_words(rule: str) -> tuple[str, str]:
    """A rule as people say it (zh, en)."""
    if rule.startswith(CUT_RULE):
        stage = rule.removeprefix(CUT_RULE)
        step = int(stage) + 1 if stage.isdecimal() else 0
        return ("断电值", "cut value") if step == 1 else (f"断电值 第{step}级", f"cut value, stage {step}")
    if rule == ALARM_RULE:
        return "报警限", "alarm limit"
    return RULES.get(rule, (f"其他规则 {rule}", f"other rule {rule}"))


def transition_lines(rows: Iterable[ToldTransition], pack: Pack) -> Iterator[str]:
    """`alarm_transitions`: what happened, at its source time; no drills. Written again it overwrites itself."""
    for row in (one for one in rows if not is_drill(one.rule)):
        names = ("place_zh", "place_en", "text_zh", "text_en", "value", "limit")
        tags = {"mine": row.mine, "subject": row.subject, "rule": row.rule, "change": row.change}
        yield line("alarm_transitions", tags, {**{name: getattr(row, name) for name in names}, **_clauses(row.clause, pack)}, row.time)


def alarm_lines(alarms: Iterable[AlarmRow], mines: Iterable[str], silent: Mapping[str, int], now: int) -> Iterator[str]:
    """`alarms_open` for each open alarm, and `alarm_count` for each mine, 0 too: no line means nobody knows. What a permit covers is
    counted as planned alone."""
    counts = {mine: dict.fromkeys(_COUNTED, 0) for mine in mines}
    for alarm in (one for one in alarms if one.mine and not is_drill(one.rule)):  # the centre's own belong to no mine's board
        zh, en = rule_words(alarm.rule)
        tags = {"mine": alarm.mine, "subject": alarm.subject, "rule": alarm.rule, "word_zh": zh, "word_en": en}
        yield line("alarms_open", tags, {"class": class_of(alarm)}, now)
        count, planned = counts.setdefault(alarm.mine, dict.fromkeys(_COUNTED, 0)), alarm.state == State.PLANNED
        count["planned"] += planned
        count["active"] += alarm.active and not planned
        count["unacknowledged"] += not alarm.acknowledged
        count["unverified"] += alarm.unverified and not planned
        count["unknown"] += alarm.unknown
    for mine, numbers in counts.items():
        yield line("alarm_count", {"mine": mine}, {**numbers, "silent": silent.get(mine, 0)}, now)


def class_of(alarm: AlarmRow) -> int:
    """What a lane shows of an open alarm. Neither unknown nor a suppression hides that it is active; shelving, taking out of service and a
    permit are a person's decision."""
    if alarm.shelved_until is not None or alarm.out_of_service:
        return SET_ASIDE
    if alarm.state == State.PLANNED:
        return PLANNED
    if alarm.active:
        return UNVERIFIED if alarm.unverified else ACTIVE
    if alarm.suppressed:
        return SET_ASIDE
    return UNKNOWN if alarm.unknown else RETURNED


def gateway_lines(gateways: Iterable[GatewayLive], newest: Mapping[str, int], now: int) -> Iterator[str]:
    """`gateways`: how long ago each was heard, how old its newest reading is (`newest`: its stamp, by `mine/gateway`), and its clock."""
    for one in gateways:
        if one.heard:
            stamp = newest.get(str(one.gateway))
            values: dict[str, Field] = {
                "heard_age_s": (now - one.heard) / SECOND,
                "silent": int(one.silent(now)),
                "online": int(one.online),
                "lag_s": (now - stamp) / SECOND if stamp is not None else None,
                "clock_offset_s": one.clock_offset / SECOND if one.born else None,
                "agent": one.agent,
            }
            yield line("gateways", {"mine": one.gateway.mine, "gateway": one.gateway.name}, values, now)


def ledger_lines(day: LedgerDay, now: int) -> Iterator[str]:
    """`ledger`: the day's figures as they stand; `gaps`: its ranges at their start, which overwrite themselves as they grow."""
    mine, _, gateway = day.gateway.partition("/")
    counts: dict[str, Field] = {one.name: getattr(day, one.name) for one in fields(day) if one.type is int and one.name != "day"}
    figures = {"completeness": day.completeness, "coverage": day.coverage, "bad": day.lost + day.dead + day.conflict}
    yield line("ledger", {"mine": mine, "gateway": gateway}, {**counts, **figures}, now)
    for gap in day.gaps:
        zh, en = GAP_WORDS[gap.word]
        reason_zh, reason_en = GAP_REASONS.get(gap.reason, (gap.reason, gap.reason))
        tags = {"mine": mine, "gateway": gateway, "word": gap.word.value, "source": gap.source or gap.epoch}
        number = gap.last - gap.first + 1 if gap.epoch else gap.last
        values: dict[str, Field] = {
            "text_zh": zh,
            "text_en": en,
            "seconds": (gap.end - gap.start) / SECOND,
            "n": number,
            "reason_zh": reason_zh,
            "reason_en": reason_en,
        }
        yield line("gaps", tags, values, gap.start)


def process_lines(registry: CollectorRegistry, kept: Mapping[str, int], now: int) -> Iterator[str]:
    """`davy_process`: the process's own metrics, summed over labels, and what the records hold (`kept`)."""
    sums: dict[str, Field] = dict(kept)
    for family in registry.collect():
        if family.type == "histogram" or not family.name.startswith(("davy_", "process_")):
            continue
        if family.type == "counter":
            sums.setdefault(f"{family.name}_total", 0.0)  # nothing was counted yet: that is a figure too
        for sample in family.samples:
            if not sample.name.endswith("_created") and sample.name not in kept:
                sums[sample.name] = float(sums.get(sample.name) or 0.0) + sample.value
    yield line("davy_process", {"process": "ingest"}, sums, now)
