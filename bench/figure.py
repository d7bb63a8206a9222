"""A figure: its unit, what it means, and the aim it is held against."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`at_least` or `at_most`: the aim, where there is one. `peer`: not ours, measured beside us in the same run."""

    unit: str
    meaning: str
    at_least: float | None = None
    at_most: float | None = None
    peer: bool = False

    @property
    def aim(self) -> str:
        """`≥ 8,000,000`, `≤ 12`, or nothing."""
        if self.at_least is not None:
            return f"≥ {shown(self.at_least)}"
        return f"≤ {shown(self.at_most)}" if self.at_most is not None else ""

    def met(self, value: float) -> bool | None:
        """Whether the aim is reached; None where there is none."""
        if self.at_least is not None:
            return value >= self.at_least
        return value <= self.at_most if self.at_most is not None else None


def shown(value: float) -> str:
    """A number for people: whole above 1,000, else three digits that count."""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
