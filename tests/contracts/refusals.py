"""Hands for the tests of what is refused."""

from typing import Any

import pytest

from contracts.errors import BadConfig, BadPayload


def refused(work: Any, *arguments: Any) -> tuple[str, object, str]:
    with pytest.raises(BadConfig) as told:
        work(*arguments)
    return told.value.key, told.value.value, told.value.allowed


def spoiled(work: Any, *arguments: Any) -> tuple[str, str]:
    with pytest.raises(BadPayload) as told:
        work(*arguments)
    return told.value.reason, told.value.detail
