"""A regulation pack: which value at which place is an alarm, with the clause it rests on. Frozen data, no I/O."""

from typing import Annotated, Literal

import msgspec


class Documented(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An instrument's name in both languages."""

    zh: str
    en: str


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people do first. `at_ge` (%CH4): the value from which the clause asks for it; None: at any alarm or cut."""

    document: str
    clause: str
    zh: str
    en: str
    at_ge: float | None = None

    @property
    def reference(self) -> str:
        """Document and clause."""
        return f"{self.document} {self.clause}"


class Cut(msgspec.Struct, frozen=True):
    """One cut stage: the device cuts at `cut_ge` or above; power may be restored below `restore_lt` (None: no official value known)."""

    cut_ge: float
    restore_lt: float | None
    scope_zh: str
    scope_en: str
    action: Action


class LimitRow(msgspec.Struct, frozen=True):
    """One place of the pack. `alarm_ge` None means "no official value known". Units are those of `contracts.units`."""

    id: str
    quantity: str
    unit: str
    location_zh: str
    location_en: str
    alarm_ge: float | None
    cuts: tuple[Cut, ...]
    document: str
    clause: str
    confidence: str
    note: str = ""
    gas_class: tuple[str, ...] = ()
    t_code: tuple[str, ...] = ()
    action: Action | None = None

    @property
    def reference(self) -> str:
        """Document and clause: what a verdict on this row rests on."""
        return f"{self.document} {self.clause}"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What no clause says and this project had to choose."""

    deadband_steps: int
    basis: Literal["project"]
    why_zh: str
    why_en: str


class Duty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a rule beside the limits rests on. `every_days`: once in so many days; `fan_every_days`: where it may stop a local fan;
    `within_hours`: what was found is mended so soon."""

    document: str
    clause: str
    confidence: str
    action: str = ""
    every_days: int | None = None
    fan_every_days: int | None = None
    within_hours: int | None = None
    note: str = ""

    @property
    def reference(self) -> str:
        """Document and clause."""
        return f"{self.document} {self.clause}"


Positive = Annotated[float, msgspec.Meta(gt=0, lt=1e9)]


class Watching(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Numbers of the rules beside the limits. No clause we know of names them: all are this project's (see docs/alarms.md)."""

    basis: Literal["project"] = "project"
    rise_per_min: Positive = 0.3
    """%CH4 a minute."""
    rise_ahead_min: Positive = 3.0
    """A rise counts where it would reach the alarm value within so many minutes."""
    still_s: Positive = 1800.0
    """A sensor is not called stuck before it stood still for so long,"""
    still_times: Positive = 4.0
    """and so many times its own longest rest of the last one to two days."""
    silent_s: Positive = 60.0
    silent_periods: Positive = 3.0
    fan_gas_rise: Positive = 0.1
    """%CH4 above the value at which the fans stopped."""
    cut_within_s: Positive = 40.0
    """Longest time from cut value to feed off that is taken for normal, s."""
    unfed_s: Positive = 120.0


class Pack(msgspec.Struct, frozen=True):
    """A whole pack. `hash` names the bytes it was read from."""

    id: str
    title_zh: str
    title_en: str
    as_of: str
    documents: dict[str, Documented]
    settings: Settings
    actions: dict[str, Action]
    rows: dict[str, LimitRow]
    hash: str
    duties: dict[str, Duty] = {}
    watching: Watching = Watching()

    def clause(self, duty: str) -> str:
        """What a duty rests on; empty where the pack does not know it."""
        return self.duties[duty].reference if duty in self.duties else ""

    @property
    def name(self) -> str:
        """Id and content hash: stands in births and events."""
        return f"{self.id}@{self.hash}"
