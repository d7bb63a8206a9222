"""The buckets and how long each keeps. `davy store init` makes them."""

from typing import Any

from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules

from contracts.errors import GiveUp
from store.influx.server import Server

DAY_S = 86_400
RULE: Any = BucketRetentionRules
RETENTION_DAYS = {"raw": 0, "statistics": 800, "events": 800, "ledger": 0}
"""Days, 0 for ever. raw: the centre drops what a verified backup has (docs/decisions/0008); a bucket cannot know of backups.
statistics, events: more than two years (CMSR 2025 Art. 526). ledger: which items are held; a forgotten row would be asked for again."""


def init_buckets(server: Server, raw_days: int | None = None) -> dict[str, str]:
    """Make what is missing; kind to `made` or `there`. Nothing of an existing bucket is changed."""
    done = {}
    with server.asked():
        for kind, days in RETENTION_DAYS.items():
            name = server.address.bucket(kind)
            if server.buckets.find_bucket_by_name(name) is not None:
                done[kind] = "there"
                continue
            keep = raw_days if kind == "raw" and raw_days is not None else days
            rules = [RULE(type="expire", every_seconds=keep * DAY_S)] if keep else []
            server.buckets.create_bucket(bucket_name=name, retention_rules=rules, org=server.address.org)
            done[kind] = "made"
    return done


def buckets_of(server: Server) -> dict[str, int]:
    """Every bucket of our prefix, whoever made it: kind to the days it keeps, 0 for ever."""
    found: dict[str, int] = {}
    start = server.address.bucket("")
    with server.asked():
        for bucket in server.buckets.find_buckets_iter(org=server.address.org):
            kind = bucket.name.removeprefix(start)
            if bucket.name.startswith(start) and kind.isalpha():
                found[kind] = -(-sum(rule.every_seconds for rule in bucket.retention_rules or []) // DAY_S)
    return found


def require_buckets(server: Server) -> None:
    """GiveUp where one is missing."""
    with server.asked():
        missing = [kind for kind in RETENTION_DAYS if server.buckets.find_bucket_by_name(server.address.bucket(kind)) is None]
    if missing:
        names = ", ".join(server.address.bucket(kind) for kind in missing)
        raise GiveUp(f"InfluxDB has no bucket {names}: run `davy store init influx+{server.address.url}/{server.address.org}`")
