"""What every figure of the province's bench means."""

from bench.figure import Figure

_RATE, _MS, _CPU = "readings/s", "ms", "CPU s / 1 M readings"
_SIZES = (1, 10, 100, 300, 900)
GROWN = ("growth_", *(f"cpu_s_per_million_{mines}_mines" for mines in _SIZES))
"""Beginnings of the figures of the growth."""

_WHO = {
    "centre": "ingest, alarms and pages in one process (`davy up`)",
    "broker": "Mosquitto",
    "senders": "the simulated gateways, one process",
}
_DUE = "from the instant an item was due to the receipt that names it, nothing left out"


def _province(who: dict[str, str]) -> dict[str, Figure]:
    return {
        "offered_per_s": Figure(_RATE, "made by the gateways in the time measured"),
        "committed_per_s": Figure(_RATE, "receipted in the time measured"),
        "lost": Figure("readings", "offered minus counted in the store when all is over", at_most=0),
        "altered": Figure("items", "items in ranges whose digest at the centre is not the sender's", at_most=0),
        "live_p50_ms": Figure(_MS, _DUE),
        "live_p99_ms": Figure(_MS, _DUE, at_most=2000),
        **{f"cpu_s_per_million_{name}": Figure(_CPU, what) for name, what in who.items()},
        **{f"rss_mb_{name}": Figure("MB", f"largest resident memory: {what}") for name, what in who.items()},
        "resent": Figure("items", "sent again: nothing was heard of them for 5 s"),
        "highest_sustained_per_s": Figure(_RATE, "the highest step with live p99 within 2 s and 99 % of what was due receipted in it"),
        "last_step_per_s": Figure(_RATE, "due in the step that was not sustained (or in the last one)"),
        "last_step_committed_per_s": Figure(_RATE, "receipted in it"),
        "last_step_p99_ms": Figure(_MS, f"in it, {_DUE}"),
        **{f"last_step_cores_{name}": Figure("cores", f"in it: {what}") for name, what in who.items()},
        "last_step_disk_mb_per_s": Figure("MB/s", "written to the machine's disks meanwhile"),
        "seconds": Figure("s", "the time measured"),
        "mines": Figure("", "gateways, one a mine"),
        "points_per_mine": Figure("", "points of each, read once a second"),
        "elsewhere_cores": Figure("cores", "in use outside the bench meanwhile: near 0 on a quiet machine"),
    }


_LOOKED = {
    "mine": "a mine's page",
    "day": "24 h of a point, for its chart",
    "90_days": "90 days of a point, from statistics",
    "last": "the newest value of every point of a mine",
}
PROVINCE = (
    _province(_WHO)
    | {
        "duplicate": Figure("readings", "counted in the store beyond what was offered", at_most=0),
        **{
            f"read_{kind}_p{share}_ms": Figure(_MS, f"{what}, meanwhile", at_most=300 if (kind, share) == ("day", 95) else None)
            for kind, what in _LOOKED.items()
            for share in (50, 95)
        },
        "reads": Figure("", "requests behind them, one at a time, four a second at most"),
        "reads_failed": Figure("", "of them, not answered with 200", at_most=0),
        "history_mines": Figure("", "mines with a day of readings and 90 days of statistics beforehand: the ones that are looked at"),
    }
    | {
        f"cpu_s_per_million_{mines}_mines": Figure(_CPU, "the centre, with so many mines that send 60,000 readings/s together")
        for mines in _SIZES
    }
    | {"growth_from_10": Figure("times", "the last of them against that of 10 mines", at_most=1.25)}
)
PROVINCE_INFLUX = _province(_WHO | {"centre": "the ingest process", "influxd": "InfluxDB"}) | {
    "limit_readings_per_s": Figure(_RATE, "prepared, gzipped lines of the same layout straight into InfluxDB"),
    "limit_influxd_cpu_s_per_million": Figure(_CPU, "influxd in the limit run"),
    "limit_connections": Figure("", "connections of the limit run: the faster of 2 and 4, each tried"),
    "of_limit": Figure("of the limit", "the highest sustained rate"),
}
