from __future__ import annotations

import pytest

from serverless_pipeline.local.modes import Modes
from serverless_pipeline.settings import Settings

CHOSEN = Modes(
    eventual=0.5,
    block_public_access=True,
    sandbox="required",
    concurrency=10,
    codepipeline_timing="answer=60,look=0.5",
    repositories={"ada/app": "/src/app"},
    stub_providers=True,
)


def test_the_settings_choose() -> None:
    assert Modes.from_settings(Settings()) == Modes(0.0, block_public_access=False)
    chosen = Settings(
        local_eventual=0.5,
        local_block_public_access=True,
        local_sandbox="required",
        local_concurrency=10,
        local_codepipeline_timing={"look": "0.5", "answer": "60"},
        local_repositories={"ada/app": "/src/app"},
        local_stub_providers=True,
    )
    assert Modes.from_settings(chosen) == CHOSEN


@pytest.mark.parametrize("modes", [Modes(), CHOSEN])
def test_a_process_and_a_record_tell_the_same(modes: Modes) -> None:
    assert Modes.from_environment(modes.environment()) == modes
    assert Modes.from_document(modes.document()) == modes


def test_a_process_that_was_told_nothing_is_as_it_always_was() -> None:
    assert Modes.from_environment({}) == Modes()
    assert Modes.from_environment(dict.fromkeys(CHOSEN.environment(), "")) == Modes()


def test_each_difference_is_told_by_its_setting() -> None:
    assert CHOSEN.differences(Modes()) == [
        "local_eventual is 0 and not 0.5",
        "local_block_public_access is false and not true",
        "local_sandbox is automatic and not required",
        "local_concurrency is 100 and not 10",
        "local_codepipeline_timing is (none) and not answer=60,look=0.5",
        "local_repositories is nothing and not ada/app=/src/app",
        "local_stub_providers is false and not true",
    ]
    assert CHOSEN.differences(CHOSEN) == []
