"""The list of kinds."""

import subprocess
import sys
from pathlib import Path

import pytest

from models.base import BadModel, Numbers
from models.kinds import KINDS, detector_class, load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_is_a_class_that_says_so(kind: str) -> None:
    assert detector_class(kind).kind == kind


def test_a_kind_there_is_none_of_is_refused() -> None:
    with pytest.raises(BadModel, match="oracle"):
        load("oracle", Numbers({}, {}))


def test_no_detector_is_imported_before_it_is_asked_for() -> None:
    told = "import sys, models.kinds; print(sorted(name for name in sys.modules if name.startswith('models.')))"

    done = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, text=True, timeout=240, check=True)

    assert done.stdout.strip() == "['models.base', 'models.kinds']"
