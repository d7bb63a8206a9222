"""What every figure means, in which unit, and the aim it is held against (issue 3, "Bench figures")."""

from collections.abc import Collection

from bench.figure import Figure, shown
from bench.province.figures import GROWN, PROVINCE, PROVINCE_INFLUX

__all__ = ["FIGURES", "OPTIONAL", "Figure", "shown", "wanted"]

_RATE, _MS, _CPU = "readings/s", "ms", "CPU s / 1 M readings"

CODEC = {
    "encode_readings_per_s": Figure(_RATE, "columns in memory to the bytes of an item; best of 5 rounds", at_least=8e6),
    "encode_median_readings_per_s": Figure(_RATE, "the same, median round"),
    "decode_readings_per_s": Figure(_RATE, "bytes of an item to checked columns; best of 5 rounds", at_least=8e6),
    "decode_median_readings_per_s": Figure(_RATE, "the same, median round"),
    "bytes_per_reading": Figure("bytes", "whole item / 200", at_most=12),
    "flagged_encode_readings_per_s": Figure(_RATE, "encode, 2 % of the readings with a quality flag"),
    "flagged_decode_readings_per_s": Figure(_RATE, "decode, the same items"),
    "flagged_bytes_per_reading": Figure("bytes", "whole item / 200, the same items"),
    "msgpack_rows_encode_readings_per_s": Figure(_RATE, "a row per reading, MessagePack by msgspec", peer=True),
    "msgpack_rows_decode_readings_per_s": Figure(_RATE, "back to columns", peer=True),
    "msgpack_rows_bytes_per_reading": Figure("bytes", "", peer=True),
    "json_rows_encode_readings_per_s": Figure(_RATE, "an object per reading, JSON by msgspec", peer=True),
    "json_rows_decode_readings_per_s": Figure(_RATE, "back to columns", peer=True),
    "json_rows_bytes_per_reading": Figure("bytes", "", peer=True),
}

OUTBOX = {
    "readings_per_s": Figure(_RATE, "items of 200 readings, packed, encoded and made durable in groups of 10"),
    "commit_p50_ms": Figure(_MS, "one durable commit of such a group (two fdatasync)"),
    "commit_p99_ms": Figure(_MS, "one durable commit of such a group (two fdatasync)"),
    "single_readings_per_s": Figure(_RATE, "the same items, each committed alone"),
    "single_commit_p99_ms": Figure(_MS, "one durable commit of one item"),
    "bytes_per_reading": Figure("bytes", "segments on disk / readings"),
    "sqlite_readings_per_s": Figure(_RATE, "the same items into SQLite (WAL, synchronous FULL), groups of 10", peer=True),
    "sqlite_commit_p99_ms": Figure(_MS, "one transaction of 10 items", peer=True),
    "sqlite_single_readings_per_s": Figure(_RATE, "the same, a transaction an item", peer=True),
    "sqlite_bytes_per_reading": Figure("bytes", "database after a checkpoint / readings", peer=True),
}

INGEST = {
    "readings_per_s": Figure(_RATE, "committed and receipted, from the first item offered to the last receipt", at_least=100_000),
    "cpu_s_per_million": Figure(_CPU, "the ingest process, user and system"),
    "broker_cpu_s_per_million": Figure(_CPU, "Mosquitto"),
    "senders_cpu_s_per_million": Figure(_CPU, "the simulated gateways"),
    "lost": Figure("readings", "offered minus counted in the store when all is over", at_most=0),
    "duplicate": Figure("readings", "counted in the store beyond what was offered", at_most=0),
    "altered": Figure("items", "items in ranges whose digest at the centre is not the sender's", at_most=0),
    "committed_p50_ms": Figure(_MS, "from making an item to the receipt that names it, at that load"),
    "committed_p99_ms": Figure(_MS, "from making an item to the receipt that names it, at that load", at_most=2000),
    "rss_mb": Figure("MB", "largest resident memory of the ingest process"),
    "store_bytes_per_reading": Figure("bytes", "store folder / readings, the day's partition still open"),
    "offered_readings": Figure("readings", "sent by the gateways"),
    "mines": Figure("", "gateways sending at once"),
    "points_per_mine": Figure("", "points of each gateway's registry"),
    "in_flight_items": Figure("items", "most a gateway has without receipt"),
    "offered_per_s": Figure(_RATE, "what the gateways were told to offer together; 0: as fast as receipts allow"),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}

PATH = {
    "decision_p50_ms": Figure(_MS, "from the instant a poll was due to the edge's decision on a limit"),
    "decision_p99_ms": Figure(_MS, "from the instant a poll was due to the edge's decision on a limit", at_most=100),
    "decisions": Figure("", "decisions behind the two figures above"),
    "committed_p50_ms": Figure(_MS, "from the instant a poll was due to the receipt that names its item"),
    "committed_p99_ms": Figure(_MS, "from the instant a poll was due to the receipt that names its item", at_most=2000),
    "page_p50_ms": Figure(_MS, "from the instant a poll was due to its values in the page's stream"),
    "page_p99_ms": Figure(_MS, "from the instant a poll was due to its values in the page's stream"),
    "polls": Figure("", "polls committed, which are behind the figures above"),
    "polls_due": Figure("", "polls that were due in that time; what is missing above was not committed 2 s later"),
    "agent_cpu_share": Figure("of one core", "agent, user and system", at_most=0.10),
    "agent_rss_mb": Figure("MB", "largest resident memory of the agent", at_most=100),
    "centre_cpu_share": Figure("of one core", "ingest, store and pages in one process"),
    "centre_rss_mb": Figure("MB", "largest resident memory of that process"),
    "points": Figure("", "points read each second"),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}

_WRITTEN = "from the first message published to the last reading stored"

INFLUX = {
    "readings_per_s": Figure(_RATE, "committed to InfluxDB and receipted, from the first item offered to the last receipt"),
    "cpu_s_per_million": Figure(_CPU, "the ingest process, user and system"),
    "limit_readings_per_s": Figure(_RATE, "as many readings as prepared, gzipped lines of the same layout straight into InfluxDB"),
    "of_limit": Figure("of the limit", "ours; influxd has half of the cores for itself in both", at_least=0.75),
    "influxd_cores": Figure("cores", "for influxd alone, in every run but the shared ones"),
    "shared_readings_per_s": Figure(_RATE, "ours, once more with all cores for everybody"),
    "shared_cpu_s_per_million": Figure(_CPU, "the ingest process then"),
    "shared_limit_readings_per_s": Figure(_RATE, "the limit, once more with all cores for everybody"),
    "shared_of_limit": Figure("of the limit", "ours then: ingest, broker and senders take the cores from influxd", at_least=0.75),
    "shared_influxd_cpu_s_per_million": Figure(_CPU, "influxd behind ours then"),
    "shared_limit_influxd_cpu_s_per_million": Figure(_CPU, "influxd in the limit run then"),
    "telegraf_json_readings_per_s": Figure(_RATE, f"Telegraf, JSON rows; {_WRITTEN}", peer=True),
    "telegraf_lines_readings_per_s": Figure(_RATE, f"Telegraf, a line per point; {_WRITTEN}", peer=True),
    "telegraf_wide_readings_per_s": Figure(_RATE, f"Telegraf, a line per mine; {_WRITTEN}", peer=True),
    "of_best_telegraf": Figure("times", "ours against the fastest of the three", at_least=1.3),
    "telegraf_json_cpu_s_per_million": Figure(_CPU, "the telegraf process, JSON rows", peer=True),
    "telegraf_lines_cpu_s_per_million": Figure(_CPU, "the telegraf process, a line per point", peer=True),
    "telegraf_wide_cpu_s_per_million": Figure(_CPU, "the telegraf process, a line per mine", peer=True),
    "cpu_of_best_telegraf": Figure("times", "our CPU a reading against the least of the three", at_most=1.0),
    "cpu_of_telegraf_json": Figure("times", "our CPU a reading against that of the JSON rows", at_most=0.25),
    "lost": Figure("readings", "offered minus counted in InfluxDB when all is over", at_most=0),
    "altered": Figure("items", "items in ranges whose digest at the centre is not the sender's", at_most=0),
    "influxd_cpu_s_per_million": Figure(_CPU, "influxd behind ours"),
    "limit_influxd_cpu_s_per_million": Figure(_CPU, "influxd in the limit run"),
    "limit_connections": Figure("", "connections of the limit run: the faster of 2 and 4, each tried"),
    "broker_cpu_s_per_million": Figure(_CPU, "Mosquitto before ours"),
    "senders_cpu_s_per_million": Figure(_CPU, "the simulated gateways"),
    "committed_p50_ms": Figure(_MS, "from making an item to the receipt that names it, at that load"),
    "committed_p99_ms": Figure(_MS, "from making an item to the receipt that names it, at that load"),
    "rss_mb": Figure("MB", "largest resident memory of the ingest process"),
    "telegraf_json_rss_mb": Figure("MB", "largest resident memory of telegraf, JSON rows", peer=True),
    "telegraf_lines_rss_mb": Figure("MB", "largest resident memory of telegraf, a line per point", peer=True),
    "telegraf_wide_rss_mb": Figure("MB", "largest resident memory of telegraf, a line per mine", peer=True),
    "offered_readings": Figure("readings", "sent by the gateways to ours"),
    "compared_readings": Figure("readings", "in each of Telegraf's runs"),
    "mines": Figure("", "gateways sending at once"),
    "points_per_mine": Figure("", "points of each gateway's registry"),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}

EDGE = {
    "cpu_share": Figure("of one core", "agent, user and system, the line up", at_most=0.05),
    "rss_mb": Figure("MB", "largest resident memory of the agent, the line up", at_most=80),
    "lost": Figure("readings", "in the outbox and not counted in the store when all is over", at_most=0),
    "polls_missed": Figure("", "polls due with the line up without an answer in the outbox", at_most=0),
    "decision_p99_ms": Figure(_MS, "from the instant a poll was due to the decision on a limit, the line up", at_most=50),
    "crossing_p99_ms": Figure(_MS, "from a register at its limit to the decision: a poll's period (1 s) and 50 ms", at_most=1050),
    "event_p99_ms": Figure(_MS, "from a decision to its event at a subscriber, the line up", at_most=300),
    "events": Figure("", "events behind the two figures above"),
    "up_live_p99_ms": Figure(_MS, "from the instant a poll was due to the receipt that names its item, the line up"),
    "up_live": Figure("", "items behind it"),
    "start_to_first_reading_s": Figure("s", "from starting the process to the first item read and on its way to the disk", at_most=5),
    "backlog_start_to_first_reading_s": Figure("s", "the same with the backlog on disk", at_most=5),
    "backlog_s": Figure("s", "of readings without a receipt when the line was mended"),
    "backlog_drained_s": Figure("s", "of them receipted in the time measured"),
    "drain_s": Figure("s", "from the first old item at the broker to the last receipt"),
    "backlog_x_realtime": Figure("times", "seconds of backlog receipted each second", at_least=50),
    "live_p99_ms": Figure(_MS, "from the instant a poll was due to the receipt that names its item, during the drain", at_most=2000),
    "live": Figure("", "items behind it"),
    "drain_decision_p99_ms": Figure(_MS, "as decision_p99_ms, during the drain", at_most=50),
    "drain_crossing_p99_ms": Figure(_MS, "as crossing_p99_ms, during the drain", at_most=1050),
    "drain_event_p99_ms": Figure(_MS, "as event_p99_ms, during the drain", at_most=300),
    "drain_events": Figure("", "events behind the two figures above"),
    "drain_cpu_share": Figure("of one core", "agent, during the drain"),
    "drain_rss_mb": Figure("MB", "largest resident memory of the agent during the drain"),
    "reconnect_s": Figure("s", "from mending the line to the first old item at the broker: back-off and the first receipt"),
    "bytes_per_reading": Figure("bytes", "the backlog's segments on disk / readings"),
    "readings": Figure("readings", "in the outbox in the end: the same that the store must have"),
    "points": Figure("", "points read each second"),
    "sources": Figure("", "Modbus TCP devices they are shared out among"),
    "elsewhere_cores": Figure("cores", "in use outside the bench while the line was up: near 0 on a quiet machine"),
    "drain_elsewhere_cores": Figure("cores", "the same during the drain"),
}

OUTAGE = {
    "altered": Figure("items", "read back and not byte for byte the item made anew, missing ones included", at_most=0),
    "losses_told": Figure("", "ranges the outbox told as lost when it was opened, made room in and read", at_most=0),
    "freed_bytes": Figure("bytes", "that making room took of it", at_most=0),
    "readings": Figure("readings", "of the outage, written by the real Outbox and codec with a stepped clock"),
    "items": Figure("items", "they stand in"),
    "disk_mb": Figure("MB", "segments on disk, MB of 10^6 bytes"),
    "bytes_per_reading": Figure("bytes", "segments on disk / readings", at_most=12),
    "write_x_realtime": Figure("times", "seconds of the stepped clock written each second, commits of a minute together"),
    "open_s": Figure("s", "to open an outbox with all of it"),
    "compare_s": Figure("s", "to read back, make anew and compare every item"),
    **{key: EDGE[key] for key in ("backlog_start_to_first_reading_s", "backlog_s", "backlog_drained_s", "drain_s", "backlog_x_realtime")},
    **{key: EDGE[key] for key in ("live_p99_ms", "live", "drain_decision_p99_ms", "drain_crossing_p99_ms", "drain_event_p99_ms")},
    **{key: EDGE[key] for key in ("drain_events", "drain_cpu_share", "drain_rss_mb", "reconnect_s", "points", "sources")},
    "drain_elsewhere_cores": EDGE["drain_elsewhere_cores"],
}

_A_ROW = "for a row of all points"

MODELS = {
    "cpu_share": Figure("of one core", "all detectors, a row of all points each second, user and system", at_most=0.05),
    "latency_p50_ms": Figure(_MS, f"all detectors {_A_ROW}"),
    "latency_p99_ms": Figure(_MS, f"all detectors {_A_ROW}", at_most=20),
    "rows": Figure("", "rows behind the figures above"),
    "rss_growth_mb": Figure("MB", "largest resident memory over what it was before models were imported", at_most=30),
    "load_s": Figure("s", "to import, open the signed bundle and build its detectors"),
    "sklearn_imported": Figure("", "1: scikit-learn, SciPy, joblib or pandas was imported there", at_most=0),
    "known": Figure("of all", "scores that were no unknown; 1 % of the readings are missing"),
    "robust_ms": Figure(_MS, f"level and slope, {_A_ROW}"),
    "change_ms": Figure(_MS, f"EWMA and CUSUM, {_A_ROW}"),
    "forecast_ms": Figure(_MS, f"forecast residual, {_A_ROW}"),
    "drift_ms": Figure(_MS, "drift watch, in groups of 25 points"),
    "pca_ms": Figure(_MS, "T² and Q, in groups of 25 points"),
    "forest_ms": Figure(_MS, "isolation forests of 100 trees, in groups of 25 points"),
    "bundle_mb": Figure("MB", "the signed bundle"),
    "points": Figure("", "points scored each second"),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}

_CROSSED = "from the instant the sensor's value is at its limit"

ALARM = {
    "raised": Figure("", "limits crossed at the simulated sensors in the time measured"),
    "received": Figure("", "of them, at the inspector's webhook"),
    "unasked": Figure("", "raises at the webhook that no crossing stands behind", at_most=0),
    "p50_ms": Figure(_MS, f"{_CROSSED} to its message at the webhook"),
    "p99_ms": Figure(_MS, f"{_CROSSED} to its message at the webhook", at_most=1000),
    "max_ms": Figure(_MS, "the longest of them"),
    "reading_p99_ms": Figure(_MS, "from the reading that shows it to the webhook: without the wait for the next poll"),
    "poll_p99_ms": Figure(_MS, f"{_CROSSED} to the poll that reads it"),
    "decide_p99_ms": Figure(_MS, "from that poll to the edge's decision"),
    "receive_p99_ms": Figure(_MS, "from the decision (kept on disk, sent, through the broker) to the centre"),
    "notify_p99_ms": Figure(_MS, "from the centre (journaled, delivered) to the webhook"),
    "timeline_missing": Figure("", "raises at the webhook that the journal does not know as told", at_most=0),
    "timeline_max_difference_ms": Figure(_MS, "between a step's time in the alarm's timeline and as seen from outside, the largest"),
    "offered_readings_per_s": Figure(_RATE, "sent by the simulated mines meanwhile"),
    "offered_readings": Figure("readings", "sent by them in all"),
    "lost": Figure("readings", "offered minus counted in the store when all is over", at_most=0),
    "altered": Figure("items", "items in ranges whose digest at the centre is not the sender's", at_most=0),
    "committed_p99_ms": Figure(_MS, "of the load: from the instant an item was due to the receipt that names it"),
    "centre_cpu_share": Figure("of one core", "the ingest process"),
    "mines": Figure("", "simulated mines sending"),
    "points_per_mine": Figure("", "points of each, read once a second"),
    "poll_ms": Figure(_MS, "between two polls of the sensors"),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}

FLEET = {
    "verdicts_s": Figure("s", "all mines' verdicts of all days from the log in SQLite: read, judged, each with its trace", at_most=10),
    "verdict_sets": Figure("", "verdict sets behind it, one a mine and day"),
    "verdict_set_bytes": Figure("bytes", "one of them, canonical JSON"),
    "verdict_processes": Figure("", "processes that shared the mines"),
    "night_s": Figure("s", "the last day alone: judged, written, its count too"),
    "night_again_s": Figure("s", "the same when nothing is new"),
    "page_first_paint_ms": Figure(
        "ms", "first contentful paint of /fleet in Chromium, nothing cached there; server warm: median of 7", at_most=500
    ),
    "page_first_paint_cold_ms": Figure("ms", "the same, the first drawing of a fresh server on that log: median of 3", at_most=500),
    "page_first_paint_worst_ms": Figure("ms", "the longest of the warm ones"),
    "page_whole_ms": Figure("ms", "until the page is loaded, scripts too: median of the warm ones"),
    "page_kb": Figure("kB", "HTML of the page, unpacked"),
    "facts_mine_day_s": Figure("s", "one mine's facts of a day, 1,000 points at 1 Hz, from statistics: median of five", at_most=2),
    "facts_mine_day_first_s": Figure("s", "the first of them: nothing was read before"),
    "facts_mine_day_call_s": Figure("s", "the longest call in the store's thread meanwhile"),
    "facts_mine_day_facts": Figure("", "facts made"),
    "facts_mine_day_readings": Figure("", "readings of that day in the store"),
    "rss_mb": Figure("MB", "resident memory of the bench after that"),
    "mines": Figure("", "mines in the log"),
    "days": Figure("", "days judged; the days of the window before them are in the log too"),
    "fact_sets": Figure("", "fact sets in the log, one a mine and day"),
    "fact_set_bytes": Figure("bytes", "one of them"),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}

_STRIKES = {
    "kill_agent": "kill -9 of a real agent",
    "kill_broker": "kill -9 of Mosquitto",
    "kill_centre": "kill -9 of the centre",
    "stop_broker": "Mosquitto stopped for a while",
    "stop_store": "InfluxDB stopped for a while; of the embedded shape, the records held by a stranger's transaction",
    "fill_agent_disk": "an agent's disk filled for a while",
    "fill_centre_disk": "the centre's disk (store, records) filled for a while",
    "step_clock": "an agent's clock set off and back",
    "cut_link": "a line to the broker cut for a while",
    "bad_payloads": "66 malformed or foreign messages and one oversize",
    "slow_browsers": "40 streams that nobody reads, beside four that stand there all night",
}
_ROLES = {"centre": "the centre", "agent": "the four agents", "broker": "Mosquitto"}


def _grown(role: str, who: str) -> dict[str, Figure]:
    fit = f"{who}: least squares over every life after its warm-up, one slope, a level for each life"
    return {
        f"rss_slope_mb_per_h_{role}": Figure("MB/h", f"resident memory of {fit}"),
        f"handles_slope_per_h_{role}": Figure("handles/h", f"open handles of {fit}"),
        f"rss_mb_{role}": Figure("MB", f"resident memory of {who}, the largest seen"),
        f"stretch_s_{role}": Figure("s", f"the longest life of {who}"),
    }


SOAK = {
    "minutes": Figure("min", "how long the load and the faults went on"),
    "mines": Figure(
        "", "mines of 200 points at 1 Hz; four of them with a real agent, the rest simulated gateways that keep until receipted"
    ),
    "offered_readings": Figure("readings", "kept by agents and simulated gateways"),
    "offered_readings_per_s": Figure(_RATE, "of the simulated gateways alone"),
    "lost": Figure("readings", "offered, and nothing of that point and time in the store", at_most=0),
    "altered": Figure("readings", "stored with another value or quality, never offered, or never shown by a device", at_most=0),
    "duplicate": Figure("readings", "stored twice", at_most=0),
    "declared_lost": Figure("readings", "told as lost by an agent, with their numbers in the ledger"),
    "dead_lettered": Figure("items", "of agents and load, kept as dead letters instead", at_most=0),
    "not_sampled": Figure("instants", "of three agents, told as not sampled by the ledger: they were dead then"),
    "ledger_wrong": Figure("instants", "where the ledger does not say what the agents' disks say", at_most=0),
    "alarms_expected": Figure("", "raises and clears that the kept readings show"),
    "alarms_delivered": Figure("", "of them, at the webhook by a message of their own"),
    "alarms_within": Figure("", "of them, taken into an alarm that was told, stood, and was told to be over: events came out of order"),
    "alarms_missing": Figure("", "of them, neither", at_most=0),
    "alarms_twice": Figure("", "transitions told by two messages with different keys", at_most=0),
    "alarms_unsettled": Figure("", "deliveries that failed, or were done and are not at the webhook", at_most=0),
    "alarms_unasked": Figure("", "raises told beyond those expected: read, told and not kept (killed between), or told in parts"),
    "messages": Figure("", "at the webhook"),
    "messages_repeated": Figure("", "of them, again under their own key: at least once"),
    "queues_left": Figure("", "items, messages and statistics that wait when all is over", at_most=0),
    **{f"fault_{kind}": Figure("times", what) for kind, what in _STRIKES.items()},
    "ended_by_itself": Figure("times", "processes that ended without being killed, and were started again"),
    **{name: figure for role, who in _ROLES.items() for name, figure in _grown(role, who).items()},
    "own_slope_mb_per_h_centre": Figure("MB/h", "the same without the pages of its files that the centre's store keeps, 512 MB at most"),
    "live_p99_ms": Figure(_MS, "from due to receipt, of the load's items while nothing is broken or was within 30 s"),
    "live_items": Figure("items", "behind that"),
    "all_p99_ms": Figure(_MS, "the same of all items, outages and all"),
    "pages": Figure("", "pages asked for and had meanwhile"),
    "page_p95_ms": Figure(_MS, "of them"),
    "pages_failed_well": Figure("", "pages that did not come while nothing was broken", at_most=0),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}
SOAK_INFLUX = SOAK | {"fault_kill_store": Figure("times", "kill -9 of InfluxDB"), **_grown("influxd", "InfluxDB")}

PAGES = {
    "worst_first_paint_ms": Figure(
        _MS, "first contentful paint of the slowest page, nothing cached there: median of its visits", at_most=500
    ),
    "median_first_paint_ms": Figure(_MS, "the same, median page"),
    "longest_first_paint_ms": Figure(_MS, "the longest of all visits"),
    "cold_first_paint_ms": Figure(
        _MS, "the same of the first page of a fresh server, as soon as it runs: median of its starts", at_most=500
    ),
    "pages": Figure("", "kinds of pages that links lead to, each opened in Chinese and English"),
    "starts": Figure("", "fresh servers behind the cold figure"),
    "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
}

FIGURES = {
    "codec": CODEC, "outbox": OUTBOX, "ingest": INGEST, "path": PATH, "edge": EDGE, "outage": OUTAGE, "influx": INFLUX, "models": MODELS,
    "alarm": ALARM, "fleet": FLEET, "pages": PAGES, "soak": SOAK, "soak_influx": SOAK_INFLUX,
    "province": PROVINCE, "province_influx": PROVINCE_INFLUX,
}  # fmt: skip
_SHORT = ("rss_slope_", "handles_slope_", "live_p99_ms")
OPTIONAL = {"fleet": ("page_", "facts_mine_day_"), "soak": _SHORT, "soak_influx": _SHORT} | {
    "province": ("highest_", "last_step_", "read", "history_", *GROWN), "province_influx": ("highest_", "last_step_"),
}  # fmt: skip
"""By bench: beginnings of figures that may be missing: there is no Chromium, or one mine's day was not asked for (`--points 0`); a night
is too short for a slope, or something was broken all the time."""


def wanted(bench: str, figures: Collection[str]) -> list[str]:
    """The figures that a report of this bench has, in the order of FIGURES: all but optional ones that are not among `figures`."""
    optional = OPTIONAL.get(bench, ())
    return [key for key in FIGURES[bench] if key in figures or not key.startswith(optional)]
