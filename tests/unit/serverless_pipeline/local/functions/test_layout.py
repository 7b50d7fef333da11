from __future__ import annotations

from serverless_pipeline.local.functions.layout import LAMBDA, Layout
from tests.support.frozen import changeable


def test_in_a_sandbox_the_folders_are_lambdas_and_there_is_no_home() -> None:
    assert (
        Layout(
            task="/var/task",
            runtime="/var/runtime",
            layers="/opt",
            temporary="/tmp",  # noqa: S108 - of the sandbox
            programs="/var/lang/bin",
            home=None,
        )
        == LAMBDA
    )


def test_a_layout_does_not_change() -> None:
    assert changeable(LAMBDA) == []
