"""The life of one alarm: one per (mine, point, rule), whoever saw it. Pure.

`unknown` is a flag beside the state: it never turns an active alarm into normal. Only a return newer than the last raise clears, only
a person acknowledges, and order, repetition or lateness of signals does not change where an alarm ends.
"""

from collections.abc import Callable
from dataclasses import replace

from alerts.alarm import NEVER, Action, Alarm, Deed, Kind, Move, Signal, State, Stepped, moved
from alerts.deeds import SHELVE_AT_MOST, act, unshelved
from contracts.clock import SECOND

__all__ = ["LATE", "NEVER", "SHELVE_AT_MOST", "Action", "Alarm", "Deed", "Kind", "Move", "Signal", "State", "step"]

LATE = 60 * SECOND
"""A signal older than this on arrival is late."""


def step(alarm: Alarm, given: Signal | Action, now: int) -> Stepped:
    """The alarm after a signal (received `now`) or an action, and what that did; no move where nothing is new."""
    if isinstance(given, Action):
        return act(alarm, given, now)
    if alarm.changed > now + LATE:  # a mark in the future came from a wrong clock and orders nothing
        alarm = replace(alarm, changed=NEVER, since=NEVER)
    return _SIGNALS[given.kind](alarm, given, now)


def _raise(alarm: Alarm, signal: Signal, now: int) -> Stepped:
    if alarm.active:
        return _raise_again(alarm, signal)
    if signal.time <= alarm.changed and not signal.clock_suspect:
        return _raised_before(alarm, signal)
    after = replace(
        alarm,
        active=True,
        acknowledged=signal.planned and (alarm.acknowledged or alarm.planned),
        planned=signal.planned and (alarm.acknowledged or alarm.planned),
        late=now - signal.time > LATE,
        momentary=signal.momentary,
        cut=signal.kind is Kind.CUT,
        unverified=alarm.doubted(signal.unverified),
        raised_at=alarm.earliest(signal.time),
        since=signal.time,
        changed=max(signal.time, alarm.changed),
        peak=alarm.highest(signal.peak),
    )
    return moved(alarm, after, signal.kind, signal.reason, tell=True)


def _raise_again(alarm: Alarm, signal: Signal) -> Stepped:
    after = replace(alarm, raised_at=alarm.earliest(signal.time), changed=max(alarm.changed, signal.time), peak=alarm.highest(signal.peak))
    verified = alarm.unverified and not signal.unverified and signal.time >= alarm.since
    after = replace(after, unverified=alarm.unverified and not verified)
    if alarm.planned and not signal.planned:
        return moved(alarm, replace(after, planned=False, acknowledged=False), Kind.UNPLAN, "raised_without_a_permit", tell=True)
    if verified:
        return moved(alarm, replace(after, acknowledged=alarm.planned), signal.kind, "verified", tell=True)
    if signal.time in (alarm.raised_at, alarm.since):
        return after, []
    return moved(alarm, after, signal.kind, "earlier_start" if signal.time < alarm.raised_at else "raised_again")


def _raised_before(alarm: Alarm, signal: Signal) -> Stepped:
    """A raise that comes after the return which followed it: told already, or a past alarm."""
    if alarm.told(signal.time) and signal.told:
        return moved(alarm, alarm, signal.kind, "within_the_told_span")
    after = replace(
        alarm,
        acknowledged=False,
        planned=False,
        late=True,
        cut=signal.kind is Kind.CUT,
        unverified=alarm.doubted(signal.unverified),
        raised_at=alarm.earliest(signal.time),
        since=signal.time,
        peak=alarm.highest(signal.peak),
    )
    return moved(alarm, after, Kind.PAST, "raised_before_the_last_return", tell=True)


def _return(alarm: Alarm, signal: Signal, _now: int) -> Stepped:
    if signal.foreign:
        return moved(alarm, alarm, signal.kind, "not_below_our_limits") if alarm.active else (alarm, [])
    if not alarm.active:
        return replace(alarm, changed=max(alarm.changed, signal.time)), []
    if alarm.cut is not (signal.kind is Kind.RESTORE):
        return moved(alarm, alarm, signal.kind, "only_a_restore_ends_a_cut" if alarm.cut else "restore_never_clears_an_alarm")
    if signal.time <= (alarm.since if signal.clock_suspect else alarm.changed):  # a suspect raise was live whatever stood before it
        return moved(alarm, alarm, signal.kind, "older_than_the_last_raise")
    acknowledged = alarm.acknowledged or (signal.quiet and alarm.since == alarm.raised_at)
    after = replace(
        alarm, active=False, acknowledged=acknowledged, changed=max(signal.time, alarm.changed), peak=alarm.highest(signal.peak)
    )
    return moved(alarm, after, signal.kind, signal.reason, tell=not signal.quiet)


def _past(alarm: Alarm, signal: Signal, _now: int) -> Stepped:
    start = signal.time if signal.start is None else signal.start
    if alarm.told(start) and alarm.told(signal.time) and signal.told:
        return moved(alarm, alarm, signal.kind, "within_the_told_span")
    after = replace(alarm, raised_at=alarm.earliest(start), peak=alarm.highest(signal.peak))
    if alarm.active and alarm.told(signal.time):
        return moved(alarm, after, signal.kind, "earlier_start")
    after = replace(after, acknowledged=False, planned=False)
    if not alarm.active:
        changed, unverified = max(alarm.changed, signal.time), alarm.doubted(signal.unverified)
        after = replace(after, late=True, since=start, changed=changed, unverified=unverified)
    return moved(alarm, after, signal.kind, signal.reason, tell=True)


def _flag(alarm: Alarm, signal: Signal, _now: int) -> Stepped:
    """Unknown and suppressed stand beside the condition; neither touches it."""
    on = signal.kind in (Kind.UNKNOWN, Kind.SUPPRESS)
    flag = "unknown" if signal.kind in (Kind.UNKNOWN, Kind.KNOWN) else "suppressed"
    if getattr(alarm, flag) is on:
        return alarm, []
    return moved(alarm, replace(alarm, **{flag: on}), signal.kind, signal.reason)


def _plan(alarm: Alarm, signal: Signal, _now: int) -> Stepped:
    """A permit speaks for an active alarm nobody has had to hear of yet: the raise of its test gas came before the word of it."""
    if alarm.planned or not alarm.active or not alarm.acknowledged:
        return alarm, []
    return moved(alarm, replace(alarm, planned=True), signal.kind, signal.reason)


def _unplan(alarm: Alarm, signal: Signal, _now: int) -> Stepped:
    """Nothing speaks for it any more (misfit, overrun, permit closed): people are called, also where it is over by now."""
    if not alarm.planned:
        return alarm, []
    after = replace(alarm, planned=False, acknowledged=False, late=alarm.late or not alarm.active)
    return moved(alarm, after, signal.kind, signal.reason, tell=True)


def _drill(alarm: Alarm, signal: Signal, _now: int) -> Stepped:
    """A test of the chain: people hear of it and acknowledge it, and nothing is active. The same one again changes nothing."""
    if alarm.active or alarm.told(signal.time):
        return alarm, []
    changed = max(alarm.changed, signal.time)
    after = replace(alarm, acknowledged=False, raised_at=alarm.earliest(signal.time), since=signal.time, changed=changed)
    return moved(alarm, after, signal.kind, signal.reason, tell=True)


def _expire(alarm: Alarm, signal: Signal, now: int) -> Stepped:
    if alarm.shelved_until is None or alarm.shelved_until > now:
        return alarm, []
    return unshelved(alarm, signal.kind, "shelved_time_is_over")


_SIGNALS: dict[Kind, Callable[[Alarm, Signal, int], Stepped]] = {
    Kind.RAISE: _raise,
    Kind.CUT: _raise,
    Kind.RETURN: _return,
    Kind.RESTORE: _return,
    Kind.PAST: _past,
    Kind.UNKNOWN: _flag,
    Kind.KNOWN: _flag,
    Kind.SUPPRESS: _flag,
    Kind.UNSUPPRESS: _flag,
    Kind.PLAN: _plan,
    Kind.UNPLAN: _unplan,
    Kind.DRILL: _drill,
    Kind.EXPIRE: _expire,
}
