"""Full-jitter back-off: after an outage a thousand gateways do not come back in the same instant."""

import random
from collections.abc import Callable

CAP_S = 30.0
BASE_S = 0.5


def full_jitter(attempt: int, uniform: Callable[[float, float], float] = random.uniform) -> float:
    """Seconds to wait before try `attempt` (0, 1, ...): uniform between 0 and the doubling ceiling, never above 30 s.

    After "Exponential Backoff And Jitter" (M. Brooker, 2015).
    """
    ceiling: float = min(CAP_S, BASE_S * 2.0 ** min(attempt, 16))
    return uniform(0.0, ceiling)
