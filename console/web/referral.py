"""Which alarms an inspector sees: what was referred to them, also after they closed it, and nothing else."""

from sqlalchemy import Select, select

from store.records.handling import REFERRALS


def referred() -> Select[tuple[int]]:
    """The ids of referred alarms."""
    return select(REFERRALS.c.alarm_id)
