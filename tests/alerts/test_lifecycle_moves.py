"""Each signal at each kind of alarm: all that changes, and the move that is told of it, to the last field."""

from dataclasses import replace
from typing import Any

import pytest

from alerts.lifecycle import LATE, NEVER, Alarm, Kind, Move, Signal, step
from contracts.clock import BUILD_TIME, SECOND

NOW = BUILD_TIME
TIMES = ("raised_at", "since", "changed", "shelved_until")


def at(seconds: int) -> int:
    return NOW + seconds * SECOND


def alarm(**fields: Any) -> Alarm:
    """Times in seconds from now."""
    return Alarm(**{name: at(value) if name in TIMES else value for name, value in fields.items()})


CALM = alarm()
WELL = alarm(raised_at=-100, since=-50, changed=-20, peak=1.5)
"""Over, and acknowledged."""
OVER = replace(WELL, acknowledged=False)
ACTIVE = alarm(active=True, acknowledged=False, raised_at=-100, since=-50, changed=-50, peak=1.5)
HEARD = replace(ACTIVE, acknowledged=True)
PLANNED = replace(HEARD, planned=True)
DOUBTED = replace(HEARD, unverified=True)
CUT = replace(ACTIVE, cut=True)
FIRST = replace(ACTIVE, raised_at=at(-50))
LATER = replace(ACTIVE, changed=at(-20))
"""A suspect raise: its stamp lies before the newest mark."""
SHELVED = replace(HEARD, shelved_until=NOW)

Case = tuple[Alarm, Kind, int, dict[str, Any], dict[str, Any], tuple[str, str, bool] | None]
"""Before; the signal, its second and facts; what changes (times in seconds); kind, reason and telling of the move, if there is any."""
TOLD = ("raise", "because", True)
LIVE = {"active": True, "acknowledged": False}
BEFORE = ("past", "raised_before_the_last_return", True)
NOTED = ("raise", "within_the_told_span", False)
ENDED = ("return", "because", True)
MISSED = ("past", "because", True)

RAISES: list[Case] = [
    (CALM, Kind.RAISE, -10, {"peak": 1.2}, LIVE | {"raised_at": -10, "since": -10, "changed": -10, "peak": 1.2}, TOLD),
    (WELL, Kind.RAISE, -10, {"peak": 1.2}, LIVE | {"raised_at": -10, "since": -10, "changed": -10, "peak": 1.2}, TOLD),
    (OVER, Kind.RAISE, -10, {"peak": 1.2}, LIVE | {"since": -10, "changed": -10}, TOLD),
    (OVER, Kind.RAISE, -10, {"peak": 1.9}, LIVE | {"since": -10, "changed": -10, "peak": 1.9}, TOLD),
    (OVER, Kind.RAISE, -10, {}, LIVE | {"since": -10, "changed": -10}, TOLD),
    (OVER, Kind.RAISE, -10, {"unverified": True, "momentary": True}, LIVE | {"since": -10, "changed": -10, "momentary": True}, TOLD),
    (
        WELL,
        Kind.RAISE,
        -10,
        {"unverified": True},
        LIVE | {"raised_at": -10, "since": -10, "changed": -10, "peak": None, "unverified": True},
        TOLD,
    ),
    (OVER, Kind.CUT, -10, {}, LIVE | {"since": -10, "changed": -10, "cut": True}, ("cut", "because", True)),
    (
        replace(OVER, cut=True, momentary=True),
        Kind.RAISE,
        -10,
        {},
        LIVE | {"since": -10, "changed": -10, "cut": False, "momentary": False},
        TOLD,
    ),
    (CALM, Kind.RAISE, -60, {}, LIVE | {"raised_at": -60, "since": -60, "changed": -60}, TOLD),
    (CALM, Kind.RAISE, -61, {}, LIVE | {"raised_at": -61, "since": -61, "changed": -61, "late": True}, TOLD),
    (replace(OVER, late=True), Kind.RAISE, -10, {}, LIVE | {"since": -10, "changed": -10, "late": False}, TOLD),
    (
        WELL,
        Kind.RAISE,
        -10,
        {"planned": True},
        {"active": True, "planned": True, "raised_at": -10, "since": -10, "changed": -10, "peak": None},
        ("raise", "because", False),
    ),
    (OVER, Kind.RAISE, -10, {"planned": True}, LIVE | {"since": -10, "changed": -10}, TOLD),
    (
        replace(OVER, planned=True),
        Kind.RAISE,
        -10,
        {"planned": True},
        {"active": True, "acknowledged": True, "since": -10, "changed": -10},
        ("raise", "because", False),
    ),
    (replace(OVER, planned=True), Kind.RAISE, -10, {}, LIVE | {"planned": False, "since": -10, "changed": -10}, TOLD),
    (WELL, Kind.RAISE, -30, {"clock_suspect": True}, LIVE | {"raised_at": -30, "since": -30, "peak": None}, TOLD),
    (WELL, Kind.RAISE, -20, {}, {}, NOTED),
    (OVER, Kind.RAISE, -40, {"peak": 1.9}, {}, NOTED),
    (OVER, Kind.CUT, -40, {}, {}, ("cut", "within_the_told_span", False)),
    (WELL, Kind.RAISE, -40, {"told": False}, {"acknowledged": False, "late": True, "raised_at": -40, "since": -40, "peak": None}, BEFORE),
    (OVER, Kind.RAISE, -40, {"told": False, "peak": 1.9}, {"late": True, "since": -40, "peak": 1.9}, BEFORE),
    (OVER, Kind.CUT, -40, {"told": False}, {"late": True, "since": -40, "cut": True}, BEFORE),
    (
        replace(OVER, cut=True, planned=True),
        Kind.RAISE,
        -40,
        {"told": False},
        {"late": True, "since": -40, "cut": False, "planned": False},
        BEFORE,
    ),
    (OVER, Kind.RAISE, -120, {}, {"late": True, "raised_at": -120, "since": -120}, BEFORE),
    (
        WELL,
        Kind.RAISE,
        -120,
        {"unverified": True, "peak": 1.2},
        {"acknowledged": False, "late": True, "raised_at": -120, "since": -120, "unverified": True, "peak": 1.2},
        BEFORE,
    ),
    (replace(OVER, unverified=True), Kind.RAISE, -120, {}, {"late": True, "raised_at": -120, "since": -120, "unverified": False}, BEFORE),
]
AGAIN: list[Case] = [
    (ACTIVE, Kind.RAISE, -10, {"peak": 1.2}, {"changed": -10}, ("raise", "raised_again", False)),
    (HEARD, Kind.RAISE, -10, {"peak": 1.9}, {"changed": -10, "peak": 1.9}, ("raise", "raised_again", False)),
    (ACTIVE, Kind.RAISE, -99, {}, {}, ("raise", "raised_again", False)),
    (ACTIVE, Kind.RAISE, -120, {}, {"raised_at": -120}, ("raise", "earlier_start", False)),
    (ACTIVE, Kind.CUT, -120, {}, {"raised_at": -120}, ("cut", "earlier_start", False)),
    (ACTIVE, Kind.RAISE, -50, {"peak": 1.9}, {"peak": 1.9}, None),
    (ACTIVE, Kind.RAISE, -100, {}, {}, None),
    (DOUBTED, Kind.RAISE, -50, {}, {"unverified": False, "acknowledged": False}, ("raise", "verified", True)),
    (DOUBTED, Kind.RAISE, -10, {}, {"unverified": False, "acknowledged": False, "changed": -10}, ("raise", "verified", True)),
    (DOUBTED, Kind.RAISE, -60, {}, {}, ("raise", "raised_again", False)),
    (DOUBTED, Kind.RAISE, -10, {"unverified": True}, {"changed": -10}, ("raise", "raised_again", False)),
    (ACTIVE, Kind.RAISE, -10, {"unverified": True}, {"changed": -10}, ("raise", "raised_again", False)),
    (PLANNED, Kind.RAISE, -10, {}, {"planned": False, "acknowledged": False, "changed": -10}, ("unplan", "raised_without_a_permit", True)),
    (PLANNED, Kind.RAISE, -10, {"planned": True}, {"changed": -10}, ("raise", "raised_again", False)),
    (ACTIVE, Kind.RAISE, -10, {"planned": True}, {"changed": -10}, ("raise", "raised_again", False)),
    (
        replace(PLANNED, unverified=True),
        Kind.RAISE,
        -10,
        {"planned": True},
        {"unverified": False, "changed": -10},
        ("raise", "verified", False),
    ),
    (
        replace(PLANNED, unverified=True),
        Kind.RAISE,
        -10,
        {},
        {"unverified": False, "planned": False, "acknowledged": False, "changed": -10},
        ("unplan", "raised_without_a_permit", True),
    ),
]
RETURNS: list[Case] = [
    (ACTIVE, Kind.RETURN, -10, {"foreign": True}, {}, ("return", "not_below_our_limits", False)),
    (OVER, Kind.RETURN, -10, {"foreign": True}, {}, None),
    (CALM, Kind.RETURN, -10, {}, {"changed": -10}, None),
    (OVER, Kind.RETURN, -30, {}, {}, None),
    (ACTIVE, Kind.RESTORE, -10, {}, {}, ("restore", "restore_never_clears_an_alarm", False)),
    (CUT, Kind.RETURN, -10, {}, {}, ("return", "only_a_restore_ends_a_cut", False)),
    (CUT, Kind.RESTORE, -10, {}, {"active": False, "changed": -10}, ("restore", "because", True)),
    (ACTIVE, Kind.RETURN, -50, {"peak": 1.9}, {}, ("return", "older_than_the_last_raise", False)),
    (ACTIVE, Kind.RETURN, -49, {"peak": 1.9}, {"active": False, "changed": -49, "peak": 1.9}, ENDED),
    (HEARD, Kind.RETURN, -10, {}, {"active": False, "changed": -10}, ENDED),
    (LATER, Kind.RETURN, -30, {}, {}, ("return", "older_than_the_last_raise", False)),
    (LATER, Kind.RETURN, -50, {"clock_suspect": True}, {}, ("return", "older_than_the_last_raise", False)),
    (LATER, Kind.RETURN, -49, {"clock_suspect": True}, {"active": False}, ENDED),
    (FIRST, Kind.RETURN, -10, {"quiet": True}, {"active": False, "acknowledged": True, "changed": -10}, ("return", "because", False)),
    (FIRST, Kind.RETURN, -10, {}, {"active": False, "changed": -10}, ENDED),
    (ACTIVE, Kind.RETURN, -10, {"quiet": True}, {"active": False, "changed": -10}, ("return", "because", False)),
]
PASTS: list[Case] = [
    (
        CALM,
        Kind.PAST,
        -30,
        {"start": -40, "peak": 1.3},
        {"acknowledged": False, "late": True, "raised_at": -40, "since": -40, "changed": -30, "peak": 1.3},
        MISSED,
    ),
    (CALM, Kind.PAST, -30, {}, {"acknowledged": False, "late": True, "raised_at": -30, "since": -30, "changed": -30}, MISSED),
    (OVER, Kind.PAST, -30, {"start": -40, "peak": 1.9}, {}, ("past", "within_the_told_span", False)),
    (ACTIVE, Kind.PAST, -30, {"start": -40}, {}, ("past", "within_the_told_span", False)),
    (OVER, Kind.PAST, -30, {"start": -40, "told": False, "peak": 1.9}, {"late": True, "since": -40, "peak": 1.9}, MISSED),
    (OVER, Kind.PAST, -10, {"start": -40}, {"late": True, "since": -40, "changed": -10}, MISSED),
    (OVER, Kind.PAST, -40, {"start": -120}, {"late": True, "raised_at": -120, "since": -120}, MISSED),
    (
        replace(WELL, planned=True),
        Kind.PAST,
        -10,
        {"unverified": True},
        {
            "acknowledged": False,
            "planned": False,
            "late": True,
            "raised_at": -10,
            "since": -10,
            "changed": -10,
            "peak": None,
            "unverified": True,
        },
        MISSED,
    ),
    (OVER, Kind.PAST, -10, {"unverified": True}, {"late": True, "since": -10, "changed": -10}, MISSED),
    (HEARD, Kind.PAST, -60, {"start": -120, "peak": 1.9}, {"raised_at": -120, "peak": 1.9}, ("past", "earlier_start", False)),
    (PLANNED, Kind.PAST, -110, {"start": -120}, {"planned": False, "acknowledged": False, "raised_at": -120}, MISSED),
    (DOUBTED, Kind.PAST, -110, {}, {"acknowledged": False, "raised_at": -110}, MISSED),
]
BESIDE: list[Case] = [
    (ACTIVE, Kind.UNKNOWN, -10, {}, {"unknown": True}, ("unknown", "because", False)),
    (replace(ACTIVE, unknown=True), Kind.UNKNOWN, -10, {}, {}, None),
    (replace(ACTIVE, unknown=True), Kind.KNOWN, -10, {}, {"unknown": False}, ("known", "because", False)),
    (ACTIVE, Kind.KNOWN, -10, {}, {}, None),
    (ACTIVE, Kind.SUPPRESS, -10, {}, {"suppressed": True}, ("suppress", "because", False)),
    (replace(ACTIVE, suppressed=True), Kind.SUPPRESS, -10, {}, {}, None),
    (replace(ACTIVE, suppressed=True), Kind.UNSUPPRESS, -10, {}, {"suppressed": False}, ("unsuppress", "because", False)),
    (ACTIVE, Kind.UNSUPPRESS, -10, {}, {}, None),
    (HEARD, Kind.PLAN, -10, {}, {"planned": True}, ("plan", "because", False)),
    (PLANNED, Kind.PLAN, -10, {}, {}, None),
    (ACTIVE, Kind.PLAN, -10, {}, {}, None),
    (WELL, Kind.PLAN, -10, {}, {}, None),
    (PLANNED, Kind.UNPLAN, -10, {}, {"planned": False, "acknowledged": False}, ("unplan", "because", True)),
    (replace(PLANNED, late=True), Kind.UNPLAN, -10, {}, {"planned": False, "acknowledged": False}, ("unplan", "because", True)),
    (
        replace(WELL, planned=True),
        Kind.UNPLAN,
        -10,
        {},
        {"planned": False, "acknowledged": False, "late": True},
        ("unplan", "because", True),
    ),
    (HEARD, Kind.UNPLAN, -10, {}, {}, None),
    (CALM, Kind.DRILL, -10, {}, {"acknowledged": False, "raised_at": -10, "since": -10, "changed": -10}, ("drill", "because", True)),
    (OVER, Kind.DRILL, -10, {}, {"since": -10, "changed": -10}, ("drill", "because", True)),
    (WELL, Kind.DRILL, -120, {}, {"acknowledged": False, "raised_at": -120, "since": -120}, ("drill", "because", True)),
    (WELL, Kind.DRILL, -40, {}, {}, None),
    (ACTIVE, Kind.DRILL, -120, {}, {}, None),
    (SHELVED, Kind.EXPIRE, -10, {}, {"shelved_until": None, "acknowledged": False}, ("expire", "shelved_time_is_over", True)),
    (replace(SHELVED, shelved_until=NOW + 1), Kind.EXPIRE, -10, {}, {}, None),
    (ACTIVE, Kind.EXPIRE, -10, {}, {}, None),
]


@pytest.mark.parametrize("case", RAISES + AGAIN + RETURNS + PASTS + BESIDE, ids=lambda case: f"{case[0].state}-{case[1]}{case[2]}")
def test_all_that_a_signal_changes_and_what_is_told_of_it(case: Case) -> None:
    before, kind, second, facts, changes, move = case
    facts = {name: at(value) if name == "start" else value for name, value in facts.items()}
    changes = {name: at(value) if name in TIMES and value is not None else value for name, value in changes.items()}

    after, moves = step(before, Signal(kind, at(second), "because", **facts), NOW)

    assert after == replace(before, **changes)
    assert moves == ([] if move is None else [Move(move[0], before.state, after.state, *move[1:])])


@pytest.mark.parametrize(("ahead", "changes"), [(0, {}), (1, {"active": False, "changed": at(-10), "since": NEVER})])
def test_a_mark_further_ahead_than_a_minute_orders_nothing(ahead: int, changes: dict[str, Any]) -> None:
    before = replace(ACTIVE, changed=NOW + LATE + ahead, since=NOW)

    assert step(before, Signal(Kind.RETURN, at(-10)), NOW)[0] == replace(before, **changes)
