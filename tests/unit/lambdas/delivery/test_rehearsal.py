from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambdas import deploy
from lambdas.delivery.rehearsal import Script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.functions import CodePipeline, Context
    from tests.support.store import Store

    Play = Callable[..., CodePipeline]

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def play(event: Callable[..., dict[str, Any]], context: type[Context], codepipeline: CodePipeline) -> Play:
    """Have the function play one job of a rehearsal; the answers are CodePipeline's."""

    def run(parameters: str, *arguments: Any, **data: Any) -> CodePipeline:
        deploy.handler(event(f"type=mock&{parameters}", *arguments, **data), context())
        return codepipeline

    return run


def test_a_success_needs_no_artifact_and_says_what_it_is_told_to(play: Play) -> None:
    codepipeline = play("result=succeed&message=all is well&Variable.Version=7&Variable.Who@=me")

    assert codepipeline.answer["executionDetails"] == {"summary": "all is well"}
    assert codepipeline.answer["outputVariables"] == {"Version": "7", "Who@": "me"}


def test_a_failure_says_what_it_is_told_to(play: Play) -> None:
    codepipeline = play("result=fail&message=no room")

    assert codepipeline.failure == {"type": "JobFailed", "message": "no room"}


@pytest.mark.parametrize(
    ("result", "details", "words"),
    [
        ("succeed", "executionDetails", {"summary": "This action rehearses a success"}),
        ("fail", "failureDetails", {"type": "JobFailed", "message": "This action rehearses a failure"}),
    ],
)
def test_an_ending_without_a_message_says_that_it_is_a_rehearsal(
    play: Play, result: str, details: str, words: dict[str, str]
) -> None:
    assert play(f"result={result}").answer[details] == words


def test_any_artifacts_come_in_and_each_that_goes_out_holds_one_file(play: Play, store: Store, scratch: Path) -> None:
    play("result=succeed", ["SourceOutput", "DependenciesOutput"], ["DistSiteOutput", "DistApiOutput"])

    assert store.files("DistSiteOutput") == {"rehearsal.txt": b"DistSiteOutput of a rehearsal\n"}
    assert store.files("DistApiOutput") == {"rehearsal.txt": b"DistApiOutput of a rehearsal\n"}
    assert list(scratch.iterdir()) == []


def test_what_goes_out_is_encrypted_with_the_key_of_the_artifact_store(play: Play, store: Store) -> None:
    play("result=succeed", [], ["DistSiteOutput"], encryptionKey={"id": "a-key", "type": "KMS"})

    (put,) = store.puts
    assert put["SSEKMSKeyId"] == "a-key"


def test_a_failure_delivers_nothing(play: Play, store: Store) -> None:
    play("result=fail", [], ["DistSiteOutput"])

    assert store.objects == {}


@pytest.mark.parametrize(
    ("parameters", "jobs", "ends"),
    [
        ("result=succeed", 1, "executionDetails"),
        ("result=continue", 2, "executionDetails"),
        ("result=continue&times=0", 1, "executionDetails"),
        ("result=continue&times=3", 4, "executionDetails"),
        ("result=succeed&times=1", 2, "executionDetails"),
        ("result=fail&times=2", 3, "failureDetails"),
        ("result=fail&times=100", 101, "failureDetails"),
    ],
)
def test_it_goes_on_as_often_as_it_is_told_to(play: Play, parameters: str, jobs: int, ends: str) -> None:
    answers = play(parameters).answers
    while "continuationToken" in answers[-1]:
        play(parameters, continuationToken=answers[-1]["continuationToken"])

    assert len(answers) == jobs
    assert ends in answers[-1]


def test_a_script_is_what_the_parameters_say() -> None:
    script = Script.from_parameters({"result": "succeed", "Variable.Version": "7"})

    assert script == Script("succeed", 0, "", {"Version": "7"})


def test_all_mistakes_of_a_script_are_named(play: Play) -> None:
    codepipeline = play("result=explode&times=101&Variable.a b=1&messages=x")

    assert codepipeline.failure["type"] == "ConfigurationError"
    assert codepipeline.failure["message"].splitlines()[1:] == [
        "  - messages is no key of this function; it knows result, times, message, Variable.<Name>",
        "  - result must be one of succeed, fail, continue",
        "  - times must be a whole number from 0 to 100; it is '101'",
        "  - Variable.a b cannot be a variable: a name has letters, digits, @, _ and -",
    ]


@pytest.mark.parametrize("times", ["", "-1", "1.5", "0100", "many"])
def test_times_is_a_whole_number(play: Play, times: str) -> None:
    codepipeline = play(f"result=continue&times={times}")

    assert codepipeline.failure["message"].splitlines()[1:] == [
        f"  - times must be a whole number from 0 to 100; it is '{times}'"
    ]


def test_a_script_without_a_result_is_told_so_alone(play: Play) -> None:
    codepipeline = play("times=1")

    assert codepipeline.failure["message"].splitlines()[1:] == ["  - result is missing in UserParameters"]


def test_a_token_that_no_rehearsal_gave_is_refused(play: Play) -> None:
    codepipeline = play("result=continue", continuationToken="x")

    assert codepipeline.failure["type"] == "ConfigurationError"
    assert codepipeline.failure["message"].endswith(
        "  - the continuation token is none of a rehearsal; release the change again"
    )
