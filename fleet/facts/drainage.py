"""Gas drainage (瓦斯抽采) of a mine's day from 5-minute statistics: pure methane drained, and which part of all methane that is. Pure.

Standard state: 20 °C and 101.325 kPa. Source of the 20 °C: "瓦斯抽采量 … 纯瓦斯量 (20 ℃, 1.01×10⁵ Pa)", term 2.1.15 of a design
standard for coal-mine gas drainage on a site that reprints standards (seen_secondary: neither its number nor its own text was seen);
101.325 for the rounded 1.01×10⁵ Pa is ours. Conversion is the law of ideal gases at equal amount (p·V/T), without water vapour and
compressibility: project. At 0 °C every volume would be 6.8 % smaller; a rate hardly changes.

Rate = drained / (drained + exhausted by ventilation). The denominator is the mine's emission, which includes what is drained (AQ 1018-2006,
term 3.2, seen_secondary); GB 41022-2021 and the rules for reaching drainage standards (安监总煤装〔2011〕163号) count it by the month, from
the mine's own measurements: their text was not read. Ours is by the day and from sensors: project.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from contracts.clock import MINUTE
from contracts.facts import Fact
from contracts.points import Point
from contracts.streams import Stream, branches, pipes, returns
from fleet.facts.day import Day, made, nothing
from fleet.facts.grid import Grid
from store.interface import WINDOW

STANDARD_KPA, STANDARD_C = 101.325, 20.0
KELVIN = 273.15
HOW_DRAINED, HOW_RATE = "drainage.pure@1", "drainage.rate@1"
MINUTES = WINDOW / MINUTE
"""Of a window of statistics."""

Floats = NDArray[np.float64]


def at_standard_state(flow: Floats | float, kpa: Floats | float, celsius: Floats | float) -> Floats:
    """A volume (flow) of gas at `kpa` absolute and `celsius`, at the standard state. Unit as given."""
    flow, kpa, celsius = (np.asarray(given, np.float64) for given in (flow, kpa, celsius))
    return np.asarray(flow * (kpa / STANDARD_KPA) * ((KELVIN + STANDARD_C) / (KELVIN + celsius)))


def pure_flow(mixed: Floats | float, percent: Floats | float, kpa: Floats | float, celsius: Floats | float) -> Floats:
    """Pure methane at the standard state, m³/min, of a mixed flow (m³/min as measured in the pipe) with `percent` of methane."""
    return np.asarray(at_standard_state(mixed, kpa, celsius) * np.asarray(percent, np.float64) / 100.0)


@dataclass(frozen=True, slots=True)
class Flows:
    """One stream by windows of a day, (W,): m³/min of methane, NaN where not known; `share`: 0 to 1, how much of the window was measured.

    `why`: why nothing of it is known, a code of `fleet.facts.words`; empty where something is.
    """

    name: str
    flow: Floats
    share: Floats
    points: tuple[str, ...] = ()
    why: str = ""

    @property
    def volume(self) -> float:
        """m³, for as long as was measured: nothing is filled in."""
        return float(_volume(self, self.share))


@dataclass(frozen=True, slots=True)
class Drainage:
    """A mine's day of drainage: the pipes that are summed, those that lead into them, and the main returns."""

    pipes: tuple[Flows, ...] = ()
    branches: tuple[Flows, ...] = ()
    returns: tuple[Flows, ...] = ()


def drainage_of(day: Day, grid: Grid) -> Drainage:
    """What the day's statistics tell of every measured stream of the mine."""
    return Drainage(
        tuple(pipe_flows(one, grid) for one in pipes(grid.points, day.start, day.end)),
        tuple(pipe_flows(one, grid) for one in branches(grid.points, day.start, day.end)),
        tuple(exhaust_flows(one, grid) for one in returns(grid.points, day.start, day.end)),
    )


def drainage(day: Day, grid: Grid) -> list[Fact]:
    """`drained_pure_m3` and `drainage_rate` of the mine; no fact where it has no measured drainage pipe (it may drain none)."""
    seen = drainage_of(day, grid)
    return [_drained(day, seen), _rate(day, seen)] if seen.pipes else []


def _drained(day: Day, seen: Drainage) -> Fact:
    """The sum over the pipes. Where one of them is not known at all, the sum is not."""
    why = _why(seen.pipes)
    share = np.min([pipe.share for pipe in seen.pipes], axis=0)
    numbers = {f"m3 {pipe.name}": pipe.volume for pipe in seen.pipes} | _STANDARD
    total = sum(pipe.volume for pipe in seen.pipes)
    return made(
        day,
        "drained_pure_m3",
        HOW_DRAINED,
        total,
        0.0 if why else float(share.mean()),
        why=why,
        numbers={**numbers, "measured_m3": total},
        evidence=_evidence(seen.pipes),
    )


def _rate(day: Day, seen: Drainage) -> Fact:
    """Over the windows in which every pipe and every return is known, each as far as all of them were measured."""
    streams = (*seen.pipes, *seen.returns)
    why = _why(streams) if seen.returns else "no_main_return"
    if why:
        return nothing(day, "drainage_rate", HOW_RATE, why)
    share = np.min([one.share for one in streams], axis=0)
    drained, exhausted = (float(sum(_volume(one, share) for one in some)) for some in (seen.pipes, seen.returns))
    completeness = float(share.mean())
    if drained + exhausted <= 0:
        return nothing(day, "drainage_rate", HOW_RATE, "no_methane", completeness=completeness)
    numbers = {"drained_m3": drained, "exhausted_m3": exhausted} | _STANDARD
    return made(day, "drainage_rate", HOW_RATE, drained / (drained + exhausted), completeness, numbers=numbers, evidence=_evidence(streams))


def pipe_flows(stream: Stream, grid: Grid) -> Flows:
    """Pure methane of a pipe by windows.

    A window in which one of its instruments said nothing, or something that is not good (calibration too), is not known. Flow and
    concentration are means of 5 minutes: within these they are taken as not moving together (project).
    """
    if not stream.whole:
        return _unknown(stream, grid)
    read = {role: _values(points, grid) for role, points in stream.instruments.items()}
    share = np.min([part for _, part in read.values()], axis=0)
    kpa = read["barometer"][0] / 10.0 + read["pressure"][0]
    flow = pure_flow(read["flow"][0], read["methane"][0], kpa, read["temperature"][0])
    return _flows(stream, np.where((share > 0) & (kpa > 0), np.maximum(flow, 0.0), np.nan), share)


def exhaust_flows(stream: Stream, grid: Grid) -> Flows:
    """Methane that a main return carries off: speed · section · 60 · concentration, m³/min as it is there (not converted: project)."""
    if not stream.whole:
        return _unknown(stream, grid)
    methane, methane_share = _values(stream.instruments["methane"], grid)
    air, air_share = _values(stream.instruments["speed"], grid, lambda point: point.section_m2 * 60.0)
    share = np.minimum(methane_share, air_share)
    return _flows(stream, np.where(share > 0, np.maximum(air * methane / 100.0, 0.0), np.nan), share)


def _values(points: Sequence[Point], grid: Grid, factor: Callable[[Point], float] = lambda _: 1.0) -> tuple[Floats, Floats]:
    """Means of a role by window (NaN: nothing good) and the share of the window that was measured; its points hung one after the other."""
    value, share = np.full(grid.day.windows, np.nan), np.zeros(grid.day.windows)
    row_of = {point.id: row for row, point in enumerate(grid.points)}
    for point in points:
        row = row_of[point.id]
        count, good = grid.count[row], grid.good[row]
        use = grid.installed[row] & (count > 0) & (good == count) & np.isfinite(grid.mean[row])
        sign = -1.0 if point.quantity == "pipe_suction" else 1.0
        value[use] = grid.mean[row][use] * sign * factor(point)
        share[use] = np.minimum(count[use] / max(float(grid.due[row]), float(count.max()), 1.0), 1.0)
    return value, share


def _flows(stream: Stream, flow: Floats, share: Floats) -> Flows:
    known = np.where(np.isnan(flow), 0.0, share)
    return Flows(stream.name, flow, known, _ids(stream), "" if known.any() else "no_good_readings")


def _unknown(stream: Stream, grid: Grid) -> Flows:
    windows = grid.day.windows
    why = "two_instruments" if stream.doubtful else "instrument_missing"
    return Flows(stream.name, np.full(windows, np.nan), np.zeros(windows), _ids(stream), why)


def _ids(stream: Stream) -> tuple[str, ...]:
    return tuple(point.id for point in stream.points)


def _volume(flows: Flows, share: Floats) -> float:
    """m³ of methane in as much of each window as `share` says; only where that is more than 0 is a flow needed."""
    return float(np.sum(np.where(share > 0, flows.flow, 0.0) * share) * MINUTES)


def _why(streams: Sequence[Flows]) -> str:
    return next((one.why for one in streams if one.why), "")


def _evidence(streams: Sequence[Flows]) -> list[str]:
    return [f"point:{point}" for one in streams for point in one.points]


_STANDARD = {"standard_kpa": STANDARD_KPA, "standard_c": STANDARD_C}
FORMULA = (
    "纯量 = 混合流量 × 浓度 × (管道绝对压力 / 101.325 kPa) × (293.15 K / 管道温度)；抽采率 = 抽采量 / (抽采量 + 风排瓦斯量)",
    "pure = mixed flow × concentration × (absolute pressure in the pipe / 101.325 kPa) × (293.15 K / its temperature);"
    " rate = drained / (drained + carried off by the ventilation)",
)
SOURCE = (
    "20 °C：设计标准术语 2.1.15（据转载，未见原文）；101.325 kPa、理想气体换算、按日和按传感器计算：本项目设定。"
    "官方抽采率按月、按矿井测定计算，此处不是。",
    "20 °C: term 2.1.15 of a design standard (as reprinted, its text was not read); 101.325 kPa, conversion as an ideal gas, by the day and"
    " from sensors: project settings. The official rate is by the month from the mine's measurements; this is not it.",
)
