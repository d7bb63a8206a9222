"""What people do to an alarm: acknowledge, shelve, take out of service, and back. Pure; a refused action says why."""

from dataclasses import replace

from alerts.alarm import Action, Alarm, Deed, Move, State, Stepped, moved
from contracts.clock import HOUR

SHELVE_AT_MOST = 12 * HOUR
"""A project setting: nobody takes an alarm out of sight for longer than a long shift."""


def act(alarm: Alarm, action: Action, now: int) -> Stepped:
    """The alarm after an action; a refused one leaves it as it was."""
    refusal = _refusal(alarm, action, now)
    if refusal:
        return alarm, [Move(action.deed, alarm.state, alarm.state, refusal, refused=True)]
    if action.deed is Deed.UNSHELVE:
        return unshelved(alarm, action.deed, action.words)
    if action.deed is Deed.REMOVE:
        return moved(alarm, replace(alarm, out_of_service=True, shelved_until=None), action.deed, action.words)
    if action.deed is Deed.RESTORE:
        after = replace(alarm, out_of_service=False, acknowledged=_acknowledged(alarm))
        return moved(alarm, after, action.deed, action.words, tell=not after.acknowledged)
    if action.deed is Deed.SHELVE:
        return moved(alarm, replace(alarm, shelved_until=action.until), action.deed, action.words)
    after = replace(alarm, acknowledged=True, active=alarm.active and not alarm.momentary)
    return moved(alarm, after, action.deed, action.words)


def unshelved(alarm: Alarm, kind: str, reason: str) -> Stepped:
    """Back among the alarms: what is active must be seen and acknowledged anew."""
    after = replace(alarm, shelved_until=None, acknowledged=_acknowledged(alarm))
    return moved(alarm, after, kind, reason, tell=not after.acknowledged)


def _acknowledged(alarm: Alarm) -> bool:
    """Whether an alarm that comes back needs nobody: acknowledged, and over or under an open permit."""
    return alarm.acknowledged and (alarm.planned or not alarm.active)


def _refusal(alarm: Alarm, action: Action, now: int) -> str:
    """Why this action is not taken; empty where it is."""
    if not (action.name.strip() and action.words.strip()):
        return "words_missing" if action.name.strip() else "name_missing"
    if alarm.out_of_service:
        return "" if action.deed is Deed.RESTORE else "is_out_of_service"
    if action.deed in (Deed.REMOVE, Deed.RESTORE):
        return "" if action.deed is Deed.REMOVE else "is_in_service"
    return _shelved_refusal(alarm, action, now)


def _shelved_refusal(alarm: Alarm, action: Action, now: int) -> str:
    shelved = alarm.shelved_until is not None
    if action.deed is Deed.UNSHELVE:
        return "" if shelved else "not_shelved"
    if shelved:
        return "is_shelved"
    if action.deed is Deed.ACKNOWLEDGE:
        return "nothing_to_acknowledge" if alarm.acknowledged else ""
    return _shelve_refusal(alarm, action.until, now)


def _shelve_refusal(alarm: Alarm, until: int | None, now: int) -> str:
    if alarm.state in (State.NORMAL, State.SUPPRESSED, State.PLANNED):
        return f"cannot_shelve_when_{alarm.state}"
    within = until is not None and now < until <= now + SHELVE_AT_MOST
    return "" if within else "shelve_needs_an_end_within_12_h"
