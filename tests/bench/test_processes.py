"""What a bench says of the machine it ran on."""

import subprocess
import sys

import psutil
import pytest

from bench.processes import Elsewhere

BURN = "import time\nwhile time.process_time() < 0.3: pass"


def test_a_child_of_the_bench_that_has_ended_is_not_taken_for_somebody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    machine = psutil.cpu_times()
    monkeypatch.setattr(psutil, "cpu_times", lambda: machine)  # whatever others do meanwhile
    before = Elsewhere._cpu()
    subprocess.run([sys.executable, "-c", BURN], check=True)
    assert before - Elsewhere._cpu() >= 0.2  # in ticks of 10 ms
