"""Invoke/CodePipeline: another pipeline is started and waited for.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-PipelineInvoke.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model import variables
from serverless_pipeline.local.codepipeline.providers import failures
from serverless_pipeline.local.codepipeline.providers.failures import UnusableError
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded, Working

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import Action
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

_LISTS = {
    "SourceRevisions": ("sourceRevisions", {"actionName", "revisionType", "revisionValue"}),
    "Variables": ("variables", {"name", "value"}),
}
"""The keys that hold a list as JSON: its name in StartPipelineExecution, and what each of its items has."""
_RUNNING = ("InProgress", "Stopping")


def start(work: Work) -> Outcome:
    """Start the other pipeline, or look how far its execution is."""
    from botocore.exceptions import ClientError, ParamValidationError

    name = work.run.resolved_configuration["PipelineName"]
    try:
        client = work.credentials.client("codepipeline", work.region)
        return _look(client, work, name) if work.continuation else _begin(client, work, name)
    except (UnusableError, ParamValidationError) as error:
        return Failed("ConfigurationError", str(error))
    except ClientError as error:
        return failures.of_client(error, work, f"run the pipeline {name}")


def check(action: Action) -> Iterator[str]:
    """What of the configuration cannot be read."""
    for key in _LISTS:
        value = action.configuration.get(key, "")
        if value and not any(variables.references(value)):
            try:
                _items(key, value)
            except UnusableError as error:
                yield f"{error} (action '{action.name}')"


def _begin(client: Any, work: Work, name: str) -> Outcome:  # noqa: ANN401 - a boto3 client
    if name == work.pipeline and work.region == work.scope.region:
        raise UnusableError(f"The pipeline {name} cannot wait for itself; name another one in PipelineName")
    execution = client.start_pipeline_execution(name=name, **_request(work.run.resolved_configuration))
    return Working(execution["pipelineExecutionId"], _progress(work, name, execution["pipelineExecutionId"]))


def _request(configuration: Mapping[str, str]) -> dict[str, list[dict[str, str]]]:
    return {member: _items(key, configuration[key]) for key, (member, _) in _LISTS.items() if configuration.get(key)}


def _items(key: str, text: str) -> list[dict[str, str]]:
    _, members = _LISTS[key]
    try:
        items = json.loads(text)
    except ValueError as error:
        raise UnusableError(f"{key} is no JSON: {error}") from error
    if not isinstance(items, list) or not all(isinstance(item, dict) and set(item) == members for item in items):
        raise UnusableError(f"{key} must be a list of objects of {', '.join(sorted(members))}, as JSON")
    return items


def _look(client: Any, work: Work, name: str) -> Outcome:  # noqa: ANN401 - a boto3 client
    answer = client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=work.continuation)
    status = answer["pipelineExecution"]["status"]
    if status in _RUNNING:
        return Working(work.continuation)
    if status == "Succeeded":
        return Succeeded(f"The pipeline {name} ended {status}", work.continuation)
    why = answer["pipelineExecution"].get("statusSummary", "")
    sentence = f"The execution {work.continuation} of the pipeline {name} ended {status}"
    return Failed("JobFailed", f"{sentence}: {why}" if why else f"{sentence}; look there for its reason")


def _progress(work: Work, name: str, execution: str) -> Succeeded:
    place = f"pipelines/{name}/executions/{execution}/timeline?region={work.region}"
    url = f"https://{work.region}.console.aws.amazon.com/codesuite/codepipeline/{place}"
    return Succeeded(f"The pipeline {name} runs", execution, external_url=url)


PROVIDER = Provider(
    category="Invoke",
    name="CodePipeline",
    inputs=(0, 10),
    outputs=(0, 0),
    required=("PipelineName",),
    optional=("SourceRevisions", "Variables"),
    start=start,
    check=check,
)
