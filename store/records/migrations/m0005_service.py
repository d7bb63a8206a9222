"""Step 5: what an alarm is by design: planned, out of service, and its priority. Frozen."""

from sqlalchemy import Connection, inspect, text

_COLUMNS = {"planned": "BOOLEAN NOT NULL DEFAULT false", "out_of_service": "BOOLEAN NOT NULL DEFAULT false"}
_COLUMNS |= {"priority": "INTEGER NOT NULL DEFAULT 0"}


def apply(db: Connection) -> None:
    """Add the columns where they are not there; alarms from before are neither planned nor out of service, and of priority 0: not known."""
    known = {column["name"] for column in inspect(db).get_columns("alarms")}
    for name, kind in _COLUMNS.items():
        if name not in known:
            db.execute(text(f"ALTER TABLE alarms ADD COLUMN {name} {kind}"))
