"""A centre starts without what only some of them need: that is a second of a small machine's time, and tens of MB."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.servers
def test_a_centre_is_loaded_without_influxdb_s_client_and_without_what_makes_workbooks() -> None:
    heavy = ("influxdb_client", "reactivex", "openpyxl", "sklearn", "scipy", "joblib", "dask", "asyncua", "amqtt")
    told = f"import sys, console.cli.centre; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)
    assert done.stdout.strip() == "[]"


def test_what_speaks_with_influxdb_is_still_found_where_it_was() -> None:
    from store import influx  # noqa: PLC0415  # looked at as a whole

    assert {name: getattr(influx, name).__name__ for name in influx.__all__} == {name: name for name in influx.__all__}
    with pytest.raises(AttributeError, match="'nothing'"):
        _ = influx.nothing
