"""What practice asks of alarm systems, and where that is said. We have read no standard: several sources quote these alike."""

from dataclasses import dataclass

from alerts.health import Health

Text = tuple[str, str]
ISA: Text = (
    "ANSI/ISA-18.2-2016 表7（据多处转引，未见原文）",
    "ANSI/ISA-18.2-2016 Table 7 (as quoted alike by several others; its text was not read)",
)


@dataclass(frozen=True, slots=True)
class Bound:
    """`at_most`: very likely to be acceptable; `manageable`: the most that can be managed, None: no second bound. In the figure's unit."""

    at_most: float
    manageable: float | None = None
    source: Text = ISA

    def verdict(self, value: float | None) -> str:
        """`met`, `manageable`, `over`, or `unknown` where there is no figure."""
        if value is None:
            return "unknown"
        if value <= self.at_most:
            return "met"
        return "manageable" if self.manageable is not None and value <= self.manageable else "over"


BOUNDS: dict[str, Bound] = {
    "per_operator_hour": Bound(6, 12),
    "peak": Bound(10),
    "floods": Bound(0.01),
    "busy": Bound(0.01),
    "top_share": Bound(0.05),
    "chattering": Bound(0),
    "fleeting": Bound(0),
    "stale": Bound(4),
}
"""By the name of the figure; shares as 0 to 1. Others have none that we could cite."""


def figure(found: Health, name: str) -> float | None:
    """A figure of BOUNDS as a number."""
    value = getattr(found, name)
    return float(len(value)) if isinstance(value, list) else value


def verdict(found: Health, name: str) -> str:
    """How a figure stands to its bound. A single alarm is always all of the ten most frequent: too few say nothing of their share."""
    if name == "top_share" and found.called < 10 / BOUNDS[name].at_most:
        return "unknown"
    return BOUNDS[name].verdict(figure(found, name))
