"""Makes the evidence of an alarm: what the records and the store say now, set on paper, signed as one file."""

import csv
import io
import math
from dataclasses import asdict
from hashlib import blake2b
from importlib.metadata import version

import msgspec

from alerts.evidence import About, Seal, make_evidence
from alerts.referral import ENTERING
from alerts.traces import OWN, Trace, window
from console.paper import press
from console.web.evidence_paper import Pinned, data_of
from console.web.plant import Plant
from console.web.traces import facts_from, read
from contracts.clock import iso
from store.records import audit, evidence, handling
from store.records.evidence import EvidenceRow

_encoder = msgspec.json.Encoder(order="deterministic")
LANGS = ("zh", "en")


def pin(plant: Plant, number: int, by: str) -> Pinned | None:
    """Everything the evidence rests on; in the store's thread. None: there is no such alarm (for this viewer)."""
    now = plant.clock.now()
    with plant.records.read() as db:
        found = plant.journal.of(db, number)
        if found is None or not found.alarm.mine:
            return None
        told = handling.told(db, {number}, ENTERING)[number]
        head = audit.head(db)
    row = found.alarm
    traces = read(plant, row, now)
    chain = (0, audit.GENESIS) if head is None else (head.n, head.hash)
    facts = facts_from(plant, row, traces, now)
    return Pinned(row, found.transitions, found.deliveries, told, facts, traces, window(row, plant.handling, now), chain, now, by)


def seal_up(plant: Plant, seal: Seal, pinned: Pinned) -> bytes:
    """The signed file. It sets four pages: not for the event loop's thread."""
    row = pinned.alarm
    files = data_files(pinned)
    for lang in LANGS:
        data = data_of(pinned, plant, seal.key, lang)
        files[f"evidence.{lang}.pdf"] = press.pdf("evidence", data)
        files[f"evidence.{lang}.png"] = press.png("evidence", data)
    about = About(row.id, row.mine, row.point, pinned.now, pinned.by, version("davylamp"), pinned.span, pinned.chain)
    return make_evidence(about, files, seal)


def data_files(pinned: Pinned) -> dict[str, bytes]:
    """The parts that programs read."""
    answers = {name: [asdict(one) for one in getattr(pinned.told, name)] for name in ("answers", "verdicts", "referrals")}
    timeline = [asdict(one) for one in pinned.transitions]
    told = [asdict(one) for one in pinned.deliveries]
    points = [{name: getattr(trace, name) for name in ("point", "role", "quantity", "unit", "place")} for trace in pinned.traces]
    return {
        "alarm.json": _encoder.encode(asdict(pinned.alarm)),
        "timeline.json": _encoder.encode({"transitions": timeline, "deliveries": told}),
        "handling.json": _encoder.encode(answers),
        "facts.json": _encoder.encode(asdict(pinned.facts)),
        "points.json": _encoder.encode(points),
        "readings.csv": _readings(pinned.traces),
    }


def keep(plant: Plant, pinned: Pinned, seal: Seal, data: bytes) -> EvidenceRow:
    """Keep the file and note it in the audit chain; in the store's thread."""
    row, now = pinned.alarm, plant.clock.now()
    digest = digest_of(data)
    values: dict[str, object] = {"alarm_id": row.id, "mine": row.mine, "at": pinned.now, "by": pinned.by, "digest": digest}
    values |= {"key": seal.key, "file": data}
    with plant.records.begin() as db:
        made = evidence.add(db, values)
        facts = {"digest": digest, "key": seal.key, "bytes": len(data), "file": made.id}
        audit.append(db, "alarm.evidence", f"alarm {row.id}", facts, audit.pseudonym(pinned.by), now)
    return made


def digest_of(data: bytes) -> str:
    """BLAKE2b-256, 64 hex digits."""
    return blake2b(data, digest_size=32).hexdigest()


def _readings(traces: list[Trace]) -> bytes:
    """All readings, the alarm's own point first; `value` empty where it is no number."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("point", "role", "time_us", "time", "value", "quality", "fold"))
    for trace in sorted(traces, key=lambda trace: trace.role != OWN):
        series = trace.series
        rows = zip(series.time.tolist(), series.value.tolist(), series.quality.tolist(), series.fold.tolist(), strict=True)
        table.writerows(
            (trace.point, trace.role, time, iso(time), repr(value) if math.isfinite(value) else "", quality, fold)
            for time, value, quality, fold in rows
        )
    return out.getvalue().encode()
