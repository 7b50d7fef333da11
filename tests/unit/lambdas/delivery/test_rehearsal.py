from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas import deploy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import CodePipeline, Context, Store

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def play(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    codepipeline: CodePipeline,
) -> Callable[..., CodePipeline]:
    """Have the function play one job of a rehearsal; the answers are CodePipeline's."""

    def run(parameters: str, *arguments: Any, **data: Any) -> CodePipeline:
        deploy.handler(event(f"type=mock&{parameters}", *arguments, **data), context())
        return codepipeline

    return run


def test_a_success_needs_no_artifact_and_says_what_it_is_told_to(play: Callable[..., CodePipeline]) -> None:
    codepipeline = play("result=succeed&message=all is well&Variable.Version=7&Variable.Who@=me")

    assert codepipeline.answer["executionDetails"] == {"summary": "all is well"}
    assert codepipeline.answer["outputVariables"] == {"Version": "7", "Who@": "me"}


def test_a_failure_says_what_it_is_told_to(play: Callable[..., CodePipeline]) -> None:
    codepipeline = play("result=fail&message=no room")

    assert codepipeline.failure == {"type": "JobFailed", "message": "no room"}


def test_any_artifacts_come_in_and_each_that_goes_out_holds_one_file(
    play: Callable[..., CodePipeline], store: Store, scratch: Path
) -> None:
    play("result=succeed", ["SourceOutput", "DependenciesOutput"], ["DistSiteOutput", "DistApiOutput"])

    assert store.files("DistSiteOutput") == {"rehearsal.txt": b"DistSiteOutput of a rehearsal\n"}
    assert store.files("DistApiOutput") == {"rehearsal.txt": b"DistApiOutput of a rehearsal\n"}
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    ("parameters", "jobs", "ends"),
    [
        ("result=continue", 2, "executionDetails"),
        ("result=continue&times=3", 4, "executionDetails"),
        ("result=succeed&times=1", 2, "executionDetails"),
        ("result=fail&times=2", 3, "failureDetails"),
    ],
)
def test_it_goes_on_as_often_as_it_is_told_to(
    play: Callable[..., CodePipeline], parameters: str, jobs: int, ends: str
) -> None:
    answers = play(parameters).answers
    while "continuationToken" in answers[-1]:
        play(parameters, continuationToken=answers[-1]["continuationToken"])

    assert len(answers) == jobs
    assert ends in answers[-1]


def test_all_mistakes_of_a_script_are_named(play: Callable[..., CodePipeline]) -> None:
    codepipeline = play("result=explode&times=101&Variable.a b=1&messages=x")

    assert codepipeline.failure["type"] == "ConfigurationError"
    assert codepipeline.failure["message"].splitlines()[1:] == [
        "  - messages is no key of this function; it knows result, times, message, Variable.<Name>",
        "  - result must be one of succeed, fail, continue",
        "  - times must be a whole number from 0 to 100; it is '101'",
        "  - Variable.a b cannot be a variable: a name has letters, digits, @, _ and -",
    ]


def test_a_token_that_no_rehearsal_gave_is_refused(play: Callable[..., CodePipeline]) -> None:
    codepipeline = play("result=continue", continuationToken="x")

    assert codepipeline.failure["type"] == "ConfigurationError"
