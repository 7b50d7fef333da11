"""Another pipeline is started and waited for."""

from __future__ import annotations

import pytest

from serverless_pipeline.local.codepipeline.providers import invoke_codepipeline
from serverless_pipeline.local.codepipeline.providers.work import Failed, Outcome, Succeeded, Working
from tests.support.provider_work import Services, refusal, work_of

SHAPE = "Variables must be a list of objects of name, value, as JSON"


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Services:
    return Services({"start_pipeline_execution": {"pipelineExecutionId": "x"}}).install(monkeypatch)


def run(continuation: str = "", **configuration: str) -> Outcome:
    whole = {"PipelineName": "other", **configuration}
    return invoke_codepipeline.start(work_of("Invoke", "CodePipeline", whole, continuation=continuation))


def test_it_is_started_with_variables_and_revisions(services: Services) -> None:
    variables, revisions = (
        '[{"name": "a", "value": "b"}]',
        '[{"actionName":"S","revisionType":"T","revisionValue":"v"}]',
    )

    outcome = run(Variables=variables, SourceRevisions=revisions)

    assert isinstance(outcome, Working)
    assert (outcome.token, outcome.progress.external_id) == ("x", "x")
    assert services.arguments("start_pipeline_execution") == {
        "name": "other",
        "variables": [{"name": "a", "value": "b"}],
        "sourceRevisions": [{"actionName": "S", "revisionType": "T", "revisionValue": "v"}],
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("InProgress", Working("x")),
        ("Stopping", Working("x")),
        ("Succeeded", Succeeded("The pipeline other ended Succeeded", "x")),
        (
            "Superseded",
            Failed("JobFailed", "The execution x of the pipeline other ended Superseded; look there for its reason"),
        ),
    ],
)
def test_it_ends_as_the_other_one_ends(services: Services, status: str, outcome: Outcome) -> None:
    services.answers["get_pipeline_execution"] = {"pipelineExecution": {"status": status}}

    assert run("x") == outcome


def test_a_pipeline_that_is_not_there_and_the_pipeline_itself_are_refused(services: Services) -> None:
    services.answers["start_pipeline_execution"] = refusal("PipelineNotFoundException", "none")

    message = "The pipeline p cannot wait for itself; name another one in PipelineName"
    assert run(PipelineName="p") == Failed("ConfigurationError", message)
    assert run() == Failed("ConfigurationError", "The action could not run the pipeline other: none")


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("", []),
        ('[{"name": "a", "value": "#{x.y}"}]', []),
        ("{}", [f"{SHAPE} (action 'Do')"]),
        ('[{"name": "a"}]', [f"{SHAPE} (action 'Do')"]),
        ("x", ["Variables is no JSON: Expecting value: line 1 column 1 (char 0) (action 'Do')"]),
    ],
)
def test_what_cannot_be_read_is_found_when_it_is_declared(text: str, mistakes: list[str]) -> None:
    action = work_of("Invoke", "CodePipeline", {"Variables": text}).run.action

    assert list(invoke_codepipeline.check(action)) == mistakes
