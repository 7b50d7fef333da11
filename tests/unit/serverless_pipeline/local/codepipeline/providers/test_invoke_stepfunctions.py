"""A state machine is started, and waited for unless it is an express one."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.providers import invoke_stepfunctions
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Succeeded, Working
from tests.support.lambdas import zipped
from tests.support.provider_work import INPUT, OUTPUT, Services, refusal, work_of

VALUES = {"StateMachineArn": "arn:m", "ExecutionArn": "arn:e"}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    answers = {"describe_state_machine": {"type": "STANDARD"}, "start_execution": {"executionArn": "arn:e"}}
    return Services(answers, artifact=zipped({"in.json": '{"a": 1}'})).install(monkeypatch)


def run(continuation: str = "", configuration: dict[str, str] | None = None, *, makes: bool = False) -> Outcome:
    whole = {"StateMachineArn": "arn:m", **(configuration or {})}
    outputs = (OUTPUT,) if makes else ()
    return invoke_stepfunctions.start(
        work_of("Invoke", "StepFunctions", whole, inputs=(INPUT,), outputs=outputs, continuation=continuation)
    )


def test_an_execution_has_the_prefix_and_the_id_of_the_action(services: Services) -> None:
    outcome = run(configuration={"ExecutionNamePrefix": "mine", "Input": '{"b": 2}'})

    assert isinstance(outcome, Working)
    assert (outcome.token, outcome.progress.external_id) == ("arn:e", "arn:e")
    request = {"stateMachineArn": "arn:m", "name": "mine-run", "input": '{"b": 2}'}
    assert services.arguments("start_execution") == request


@pytest.mark.parametrize(
    ("configuration", "text"), [({}, "{}"), ({"InputType": "FilePath", "Input": "in.json"}, '{"a": 1}')]
)
def test_the_input_comes_from_a_file_or_is_empty(services: Services, configuration: dict[str, str], text: str) -> None:
    run(configuration=configuration)

    assert services.arguments("start_execution")["input"] == text


def test_an_express_one_is_not_waited_for_and_makes_nothing(services: Services) -> None:
    services.answers["describe_state_machine"] = {"type": "EXPRESS"}

    assert run() == Succeeded("Started run", "arn:e", variables={"StateMachineArn": "arn:m"})
    refused = run(makes=True)
    assert isinstance(refused, Failed)
    assert refused.code == "ConfigurationError"


def test_what_it_answers_is_put_as_the_output_artifact(services: Services) -> None:
    answer = {"status": "SUCCEEDED", "stateMachineArn": "arn:m", "output": "[1]"}
    services.answers["describe_execution"] = [{"status": "RUNNING"}, answer]

    assert run("arn:e", makes=True) == Working("arn:e")
    assert run("arn:e", makes=True) == Succeeded("Ended SUCCEEDED", "arn:e", variables=VALUES)
    assert services.arguments("put_object")["Key"] == OUTPUT.key


def test_a_failure_is_told_with_its_cause(services: Services) -> None:
    services.answers["describe_execution"] = {"status": "FAILED", "error": "Oops", "cause": "it rained"}

    assert run("arn:e") == Failed("JobFailed", "The execution arn:e ended FAILED (Oops: it rained)")


def test_a_state_machine_that_is_not_there_is_named(services: Services) -> None:
    services.answers["describe_state_machine"] = refusal("StateMachineDoesNotExist", "none")

    expected = "There is no state machine arn:m; create it, or name another one"
    assert run() == Failed("ConfigurationError", expected)


def test_what_is_wrong_is_found_when_it_is_declared_and_when_it_runs(services: Services) -> None:
    kind = "InputType in action 'Do' is 'X'; it must be one of Literal, FilePath"

    assert mistakes({"InputType": "X"}) == [kind]
    assert mistakes({"InputType": "FilePath"}) == [
        "Action configuration for action 'Do' is missing required configuration 'Input'",
        "Action Do declares 0 input artifacts which is less than the minimum count (1) of FilePath",
    ]
    assert run(configuration={"InputType": "X"}) == Failed("ConfigurationError", kind)
    assert services.calls == []


def mistakes(configuration: dict[str, str]) -> list[str]:
    return list(invoke_stepfunctions.check(work_of("Invoke", "StepFunctions", configuration).run.action))
