from __future__ import annotations

from dataclasses import fields

import pytest

from serverless_pipeline.local.codepipeline.providers.work import Timing
from serverless_pipeline.settings import timing


def test_everything_that_the_service_waits_for_may_be_chosen() -> None:
    assert list(timing.WAITS) == [field.name for field in fields(Timing)]


@pytest.mark.parametrize("seconds", ["60", "0.05", "2592000", "0.001"])
def test_seconds_may_have_a_fraction(seconds: str) -> None:
    assert list(timing.mistakes({"answer": seconds})) == []


@pytest.mark.parametrize("seconds", ["0", "-1", "", "1 m", "2592001", "1e3", "0.0001", "nan"])
def test_what_is_no_such_number_is_told(seconds: str) -> None:
    words = f"look={seconds} must be a number of seconds above 0, 2592000 at most"

    assert list(timing.mistakes({"look": seconds, "approval": "1"})) == [words]


def test_a_wait_that_is_not_there_is_told() -> None:
    words = "'lunch' must be one of answer, action, approval, continuation, look, detect"

    assert list(timing.mistakes({"lunch": "60"})) == [words]
