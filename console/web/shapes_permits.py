"""What the API says of permits, calibrations, comparisons and monitoring by hand. Moments as in `console.web.shapes`."""

from dataclasses import dataclass

from console.web.shapes import Words


@dataclass(frozen=True, slots=True)
class SpokenView:
    """An alarm a permit spoke for: `fits`, `misfit` or `pending`, with the reason and the level of the test gas (the point's unit)."""

    alarm: str
    verdict: str
    verdict_words: Words
    reason: str
    reason_words: Words
    level: float | None
    risen: str
    risen_us: int


@dataclass(frozen=True, slots=True)
class PermitView:
    """One permit. `start` to `end`: its plan; `opened` to `ends`: while it speaks. `overlaps`: points of its area where another one stands.
    `lock_test`: alarm id of the test filed under it. `may`: deeds its state allows. Null: not yet, or not told."""

    id: str
    plan: str
    mine: str
    mine_name: Words
    point: str
    place: Words
    unit: str
    kind: str
    kind_words: Words
    state: str
    state_words: Words
    start: str
    start_us: int
    end: str
    end_us: int
    opened: str | None
    opened_us: int | None
    ends: str | None
    ends_us: int | None
    extended: str | None
    overrun: str | None
    closed: str | None
    closed_us: int | None
    dispatcher: str
    caller: str
    reason: str
    closer: str
    words: str
    gas: float | None
    lock_test: str | None
    overlaps: list[str]
    alarms: list[SpokenView]
    may: list[str]


@dataclass(frozen=True, slots=True)
class PermitCount:
    """Planned exceedances raised in [start, end), by verdict; a cut stage is not counted again."""

    start: str
    end: str
    fits: int
    misfit: int
    pending: int


@dataclass(frozen=True, slots=True)
class CalibrationDone:
    """A calibration. `seen`: the centre saw its test gas; else it rests on somebody's word. `alarm_s`: from the first gas to the alarm."""

    time: str
    time_us: int
    seen: bool
    gas: float | None
    reading: float | None
    alarm_s: float | None
    permit: str | None
    alarm: str | None
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """A sensor's duty. `standing`: overdue, never, due (within a day), unknown (`reason` says why), done. `every_days` null: not known."""

    mine: str
    point: str
    place: Words
    measures: Words
    unit: str
    sensor: str
    sensor_words: Words
    standing: str
    standing_words: Words
    reason: str
    reason_words: Words
    last: CalibrationDone | None
    due: str | None
    due_us: int | None
    every_days: int | None
    clause: Words
    standard: str
    confidence: str


@dataclass(frozen=True, slots=True)
class ComparisonDone:
    """A comparison as entered, in the point's unit. `allowed` null: nobody told the allowed error."""

    id: str
    time: str
    time_us: int
    sensor: float
    portable: float
    allowed: float | None
    instrument: str
    name: str
    words: str
    mended: str | None


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """A sensor's daily comparison. `difference`: sensor less portable; `beyond` null: the allowed error is not known; `counts`: the larger
    reading, which counts where it is beyond; `fix_by`: until when both are to be calibrated; `late`: that is over."""

    mine: str
    point: str
    place: Words
    unit: str
    standing: str
    standing_words: Words
    reason_words: Words
    last: ComparisonDone | None
    difference: float | None
    beyond: bool | None
    counts: float | None
    fix_by: str | None
    fix_by_us: int | None
    late: bool
    clause: Words


@dataclass(frozen=True, slots=True)
class ManualView:
    """What a person read at the place, in the point's unit; it stands beside the telemetry, never in it."""

    id: str
    task: str
    time: str
    time_us: int
    entered: str
    value: float
    instrument: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """Monitoring by hand. `name` empty: the program opened it. `mended`: the sensor's state is good again; a person closes the task."""

    id: str
    mine: str
    point: str
    place: Words
    unit: str
    cause: str
    cause_words: Words
    since: str
    since_us: int
    opened: str
    mended: str | None
    closed: str | None
    name: str
    closer: str
    words: str
    readings: list[ManualView]
