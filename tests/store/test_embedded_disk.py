"""A disk that refuses writes: nothing half, nothing twice, and on it goes when there is room."""

import resource
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import pytest

from contracts.clock import DAY
from contracts.errors import Retry
from store.embedded import EmbeddedStore, shelf
from store.interface import Delivery

pytestmark = pytest.mark.slow

Make = Callable[..., Delivery]
EVER = (0, 1 << 60)


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize(("checkpoint", "limit"), [("1GB", 700_000), ("300KB", 700_000)], ids=["log", "checkpoint"])
def test_a_refused_write_is_a_retry_and_stores_nothing(
    tmp_path: Path, delivery: Make, monkeypatch: pytest.MonkeyPatch, checkpoint: str, limit: int
) -> None:
    monkeypatch.setitem(shelf._SETTINGS, "checkpoint_threshold", checkpoint)
    rng, refused, stored = np.random.default_rng(1), 0, 0
    with closing(EmbeddedStore(tmp_path)) as store:
        with no_file_above(limit):
            for seq in range(16):
                rows = [(n % 20, seq * 5000 + n, value, 0) for n, value in enumerate(rng.random(5000).tolist())]
                try:
                    store.append([delivery(seq, rows)])
                    stored += 1
                except Retry:
                    refused += 1
                    assert store.digest_of("north/gw1", "e1", seq) is None
                assert sum(store.count("north", *EVER).values()) == stored * 5000
        assert min(refused - 3, stored - 1) > 0
        assert store.append([delivery(99, [(0, -5, 1.0, 0)])]).stored == [True]
        expected = store.held("north/gw1"), store.count("north", *EVER)
    with closing(EmbeddedStore(tmp_path)) as store:
        assert (store.held("north/gw1"), store.count("north", *EVER)) == expected


def test_a_day_that_cannot_begin_is_a_retry(tmp_path: Path, delivery: Make, noon: int) -> None:
    with closing(EmbeddedStore(tmp_path)) as store:
        store.append([delivery(0)])
        with no_file_above(1000), pytest.raises(Retry):
            store.append([delivery(1, received=noon + DAY)])
        assert store.append([delivery(1, received=noon + DAY)]).stored == [True]
        assert store.count("north", *EVER) == {"T00": 2}
