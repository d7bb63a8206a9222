"""The newest reading of every series, as columns in memory."""

import numpy as np

from store.embedded.columns import Rows
from store.interface import Last

_NEVER = np.iinfo(np.int64).min


class Latest:
    """Indexed by series number."""

    def __init__(self) -> None:
        self._time = np.empty(0, np.int64)
        self._fold = np.empty(0, np.uint8)
        self._value = np.empty(0, np.float64)
        self._quality = np.empty(0, np.uint16)
        self._there = np.empty(0, np.bool_)
        """All false; used while rows are seen."""

    def see(self, rows: Rows) -> None:
        """Take over what is newer (largest time, then fold; of equals the one that came last)."""
        if not len(rows):
            return
        self._grow(int(rows.series.max()) + 1)
        self._there[rows.series] = True
        if np.count_nonzero(self._there[: rows.series.max() + 1]) == len(rows):  # each once, as in most groups: nothing to sort
            ends = np.arange(len(rows))
        else:
            order = np.lexsort((rows.fold, rows.time, rows.series))
            series = rows.series[order]
            ends = order[np.append(series[1:] != series[:-1], True)]
        self._there[rows.series] = False
        series, time, fold = rows.series[ends], rows.time[ends], rows.fold[ends]
        newer = (time > self._time[series]) | ((time == self._time[series]) & (fold >= self._fold[series]))
        series, ends = series[newer], ends[newer]
        self._time[series], self._fold[series] = rows.time[ends], rows.fold[ends]
        self._value[series], self._quality[series] = rows.value[ends], rows.quality[ends]

    def of(self, series: int) -> Last | None:
        """The newest reading of one series, None where there is none."""
        if series >= len(self._time) or self._time[series] == _NEVER:
            return None
        return Last(int(self._time[series]), float(self._value[series]), int(self._quality[series]))

    def _grow(self, size: int) -> None:
        more = max(size, 2 * len(self._time)) - len(self._time) if size > len(self._time) else 0
        if more:
            self._time = np.append(self._time, np.full(more, _NEVER))
            self._fold = np.append(self._fold, np.zeros(more, np.uint8))
            self._value = np.append(self._value, np.zeros(more))
            self._quality = np.append(self._quality, np.zeros(more, np.uint16))
            self._there = np.append(self._there, np.zeros(more, np.bool_))
