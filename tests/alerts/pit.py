"""A heading with its gas, fans and supply, an intake, and a pair of doors; readings are given by name, second by second."""

import numpy as np

from alerts.packs import load
from alerts.rules import Rules, State, Transition, assess, tick
from contracts.clock import BUILD_TIME, SECOND
from contracts.columns import Block
from contracts.payload import Poll
from contracts.points import Point, Registry, check_registry

NOW = BUILD_TIME
PACK = load()


def point(name: str, quantity: str = "methane", row: str = "", **relations) -> Point:
    return Point(name, quantity, "heading", name, name, limit_row=row, mapped_by="王工" if row else "", **relations)


REGISTRY = check_registry(
    Registry(
        "m1",
        "一矿",
        "Mine 1",
        (
            point("T1", row="heading_face", feeds=("FEED",), fans=("FAN1", "FAN2")),
            point("T2", row="heading_return", feeds=("FEED",), fans=("FAN1", "FAN2")),
            point("FEED", "feed_state", fans=("FAN1", "FAN2")),
            point("FAN1", "run_state"),
            point("FAN2", "run_state"),
            point("DOOR1", "air_door", pair="DOOR2"),
            point("DOOR2", "air_door", pair="DOOR1"),
            point("TE", "temperature"),
            point("WS", "wind_speed"),
        ),
    )
)
RULES = Rules.of(REGISTRY, PACK)
CALM = {"T1": 0.2, "T2": 0.15, "FEED": 1.0, "FAN1": 1.0, "FAN2": 0.0, "DOOR1": 0.0, "DOOR2": 0.0, "TE": 26.0, "WS": 1.2}


def block_of(values: dict[str, float], time: int, quality: dict[str, int] | None = None) -> Block:
    numbers = [REGISTRY.number[name] for name in values]
    return Block.of(numbers, time, list(values.values()), [(quality or {}).get(name, 0) for name in values])


class Pit:
    """Keeps the state and the time, and what was told but for first readings and the limits."""

    def __init__(self, *, calm: int = 2, sources: bool = False) -> None:
        self.unheard = ("limit", "device", "*") if sources else ("limit", "device", "*", "source")
        self.state, self.now, self.told = State.fresh(RULES), NOW, list[Transition]()
        self.values, self.quality = dict(CALM), dict[str, int]()
        self.run(calm)

    def run(self, seconds: int = 1, quality: dict[str, int] | None = None, **values: float) -> list[tuple[str, str, str]]:
        """So many seconds with these values, in steps of 5 s beyond a minute; what was told: (point or source, rule, change)."""
        self.values |= {name.replace("_", "-"): value for name, value in values.items()}
        self.quality = self.quality if quality is None else quality
        before = len(self.told)
        step = 1 if seconds <= 60 else 5
        for _ in range(0, seconds, step):
            self.now += step * SECOND
            self.feed(block_of(self.values, self.now, self.quality))
            self.take(tick(RULES, self.state, self.now))
        return self.since(before)

    def wait(self, seconds: int) -> list[tuple[str, str, str]]:
        """Time goes by, nobody answers."""
        before = len(self.told)
        for _ in range(seconds):
            self.now += SECOND
            self.take(assess(RULES, self.state, block_of({}, 0), self.now, [Poll("kj", SECOND, self.now, 1, 0)]))
            self.take(tick(RULES, self.state, self.now))
        return self.since(before)

    def feed(self, block: Block, now: int | None = None) -> list[tuple[str, str, str]]:
        before, self.now = len(self.told), self.now if now is None else now
        self.take(assess(RULES, self.state, block, self.now, [Poll("kj", SECOND, self.now)]))
        return self.since(before)

    def take(self, given: tuple[State, list[Transition]]) -> None:
        self.state = given[0]
        self.told += [t for t in given[1] if not t.rule.startswith(self.unheard) and t.reason != "first_reading"]

    def since(self, before: int) -> list[tuple[str, str, str]]:
        return [(t.source or REGISTRY.points[t.point].id, t.rule, str(t.change)) for t in self.told[before:]]

    @property
    def shadow(self):
        return self.state.watch.shadow


def arrays(state: State) -> list[np.ndarray]:
    """Everything a state remembers, as arrays."""
    found: list[np.ndarray] = []

    def walk(part: object) -> None:
        if isinstance(part, np.ndarray):
            found.append(part)
        elif hasattr(part, "__dataclass_fields__"):
            for name in part.__dataclass_fields__:
                walk(getattr(part, name))
        elif isinstance(part, dict):
            for one in part.values():
                walk(one)
        elif isinstance(part, int):
            found.append(np.array([part]))

    walk(state.watch)
    return found
