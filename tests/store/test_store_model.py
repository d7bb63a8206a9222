"""The embedded store against the reference, through any order of appends, clocks, drops, seals and restarts."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.clock import BUILD_TIME, DAY, SECOND
from contracts.errors import Conflict
from contracts.payload import Poll
from store.embedded import EmbeddedStore
from store.interface import Delivery, Store
from store.memory import MemoryStore

pytestmark = pytest.mark.slow

NOON = (BUILD_TIME // DAY + 1) * DAY + DAY // 2
GATEWAYS = ("north/gw1", "north/gw2", "south/gw1")
EVER = (0, 1 << 60)
Make = Callable[..., Delivery]

row = st.tuples(
    st.integers(0, 2), st.integers(0, 4), st.sampled_from([0.0, -0.0, 1.5, float("nan"), float("inf")]), st.sampled_from([0, 4])
)
item = st.fixed_dictionaries(
    {
        "gateway": st.sampled_from(GATEWAYS),
        "epoch": st.sampled_from(["e1", "e2"]),
        "seq": st.integers(0, 6),
        "rows": st.lists(row, max_size=4),
        "digest": st.sampled_from([7, 7, 7, (1 << 64) - 1]),
        "doubt": st.booleans(),
        "day": st.integers(0, 3),
    }
)
append = st.tuples(st.just("append"), st.lists(item, min_size=1, max_size=4))
step = st.one_of(append, append, append, st.tuples(st.sampled_from(["seal", "reopen", "drop"]), st.integers(NOON, NOON + 4 * SECOND)))


runs = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@runs
@given(steps=st.lists(step, min_size=3, max_size=8))
def test_the_embedded_store_is_the_reference(delivery: Make, noon: int, steps: list[tuple[str, object]]) -> None:
    compare(delivery, noon, steps)


@pytest.mark.long
@pytest.mark.timeout(1800)
@settings(runs, max_examples=400)
@given(steps=st.lists(step, max_size=15))
def test_the_embedded_store_is_the_reference_for_long(delivery: Make, noon: int, steps: list[tuple[str, object]]) -> None:
    compare(delivery, noon, steps)


def compare(delivery: Make, noon: int, steps: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reference, store, arrived = MemoryStore(), EmbeddedStore(folder), noon
        try:
            for word, what in steps:
                if word == "append":
                    arrived = max(arrived, *(noon + entry["day"] * DAY for entry in what))
                if word == "reopen":
                    store.close()
                    store = EmbeddedStore(Path(folder))
                else:
                    assert do(store, word, what, delivery, arrived) == do(reference, word, what, delivery, arrived)
            assert facts(store) == facts(reference)
        finally:
            store.close()


def do(store: Store, word: str, what: object, delivery: Make, arrived: int) -> object:
    if word == "append":
        try:
            done = store.append([build(delivery, entry, arrived) for entry in what])
        except Conflict:
            return "conflict"
        return done.stored, done.folds
    if word == "drop":
        return store.drop_before(what)
    if isinstance(store, EmbeddedStore):
        store.seal()
    return None


def build(delivery: Make, entry: dict[str, object], received: int) -> Delivery:
    words = {key: value for key, value in entry.items() if key not in ("seq", "rows", "day")}
    polls = (Poll("kj", SECOND, received + entry["seq"]),)
    return delivery(entry["seq"], entry["rows"], received=received, made=received, polls=polls, **words)


def facts(store: Store) -> list[object]:
    out: list[object] = []
    for mine in ("north", "south"):
        out.append({point: (last.time, repr(last.value), last.quality) for point, last in store.last(mine).items()})
        out.append(store.count(mine, *EVER))
        for point in ("T00", "T01", "T02"):
            raw, buckets = store.series(mine, point, *EVER), store.buckets(mine, point, *EVER, 2 * SECOND)
            out.append(
                [sorted(zip(raw.time.tolist(), raw.fold.tolist(), map(repr, raw.value.tolist()), raw.quality.tolist(), strict=True))]
            )
            out.append([column.tolist() for column in (buckets.start, buckets.count, buckets.good)])
            out.append(
                [np.nan_to_num(column, nan=-9.0).tolist() for column in (buckets.minimum, buckets.mean, buckets.maximum, buckets.last)]
            )
    for gateway in GATEWAYS:
        out.append(
            [store.held(gateway), store.items(gateway, *EVER), store.spans(gateway), store.newest(gateway), store.polls(gateway, *EVER)]
        )
        out.append([store.digest_of(gateway, "e1", seq) for seq in range(7)])
        out.append([store.range_digest(gateway, "e1", first, last) for first in range(3) for last in range(first, 6)])
    return out
