from __future__ import annotations

import pytest
from invoke import Exit

from serverless_pipeline import errors


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.Error, 1),
        (errors.Misconfigured, 2),
        (errors.Different, 3),
        (errors.TimedOut, 4),
        (errors.AwaitingApproval, 5),
        (errors.Interrupted, 130),
        (errors.NoCredentials, 253),
    ],
)
def test_each_kind_of_error_ends_a_task_with_its_own_code(kind: type[errors.Error], code: int) -> None:
    error = kind("what happened")

    assert isinstance(error, Exit)
    assert error.code == code


def test_the_next_step_stands_on_a_line_of_its_own() -> None:
    error = errors.Error("what happened", hint="what to type")

    assert error.message == str(error) == "what happened\n  Next: what to type"
    assert error.hint == "what to type"


def test_without_a_next_step_the_message_is_all() -> None:
    error = errors.Error("what happened")

    assert error.message == str(error) == "what happened"
    assert error.hint == ""
