"""Alarm health for Grafana, as line protocol for the bucket `events` (docs/dashboards.md): the last day, mine by mine. No drills."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from alerts.health import Health, health
from alerts.health_read import Read, read_health
from contracts.clock import DAY, SECOND
from ingest.grafana_lines import Field, line, rule_words
from store.records.engine import Records

SPAN = DAY


def health_lines(mine: str, found: Health, now: int) -> Iterator[str]:
    """`alarm_health`: the figures of the last day; `alarm_tens`: alarms in each ten minutes, at their start; `alarm_top`: the most
    frequent ones. A time to acknowledge is left out where nothing was acknowledged: no value is not a wait of 0 s.
    """
    waits = found.waits
    values: dict[str, Field] = {
        "called": found.called,
        "per_hour": found.per_hour,
        "peak": found.peak,
        "floods": found.floods,
        "standing": len(found.standing),
        "stale": len(found.stale),
        "chattering": len(found.chattering),
        "fleeting": len(found.fleeting),
        "top_share": found.top_share if found.called else None,
        "ack_median_s": None if waits.median is None else waits.median / SECOND,
        "ack_p90_s": None if waits.p90 is None else waits.p90 / SECOND,
        "never": waits.never,
        **{f"aside_{name}": count for name, count in found.aside.items()},
    }
    yield line("alarm_health", {"mine": mine}, values, now)
    for start, count in found.tens:
        yield line("alarm_tens", {"mine": mine}, {"n": count}, start)
    for rank, actor in enumerate(found.top):
        zh, en = rule_words(actor.about.rule)
        place = {f"place_{lang}": text for lang, text in zip(("zh", "en"), actor.about.place, strict=True)}
        told: dict[str, Field] = {
            **place,
            "text_zh": zh,
            "text_en": en,
            "subject": actor.about.subject,
            "n": actor.count,
            "share": actor.share,
        }
        yield line("alarm_top", {"mine": mine, "rank": str(rank)}, told, now)


@dataclass(slots=True)
class HealthCopy:
    """`turn` copies the last day of every mine; `send` raises where nothing arrived."""

    records: Records
    send: Callable[[Iterable[str]], None]

    def turn(self, mines: Iterable[str], now: int) -> None:
        """A mine without alarms is copied as such: 0 is a figure, no line means that nobody knows."""
        with self.records.read() as db:
            read = read_health(db, None, now - SPAN, now).by_mine()
        none = Read([], {}, cut_short=False)
        for mine in sorted({*mines, *read}):
            own = read.get(mine, none)
            self.send(health_lines(mine, health(own.steps, own.known, now - SPAN, now), now))
