from __future__ import annotations

import time

import pytest

from lambdas.job.context import MARGIN, deadline
from tests.support.functions import Context


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)


def test_the_deadline_lies_so_many_seconds_before_the_end_of_the_function() -> None:
    assert deadline(Context(seconds=60), 5) == 1055.0


def test_work_ends_ten_seconds_before_the_function_does() -> None:
    assert MARGIN == 10.0
    assert deadline(Context(seconds=60)) == 1050.0
