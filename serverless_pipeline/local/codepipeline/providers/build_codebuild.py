"""Build/CodeBuild and Test/CodeBuild: a project builds the input artifacts, and its artifacts are the output.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodeBuild.html
On AWS the service hands artifacts to CodeBuild in a way of its own. Here they are sources and targets in S3, which the
project's service role has to be allowed to read and write, as on AWS.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.providers.work import Failed, Ignored, Provider, Succeeded, Working

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import Artifact
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

HOURS = 8
BAD = frozenset({"FAILED", "FAULT", "TIMED_OUT", "STOPPED"})


class MistakenError(Exception):
    """The configuration of the action cannot be carried out; the message says why."""


def start(work: Work) -> Outcome:
    """Start a build, or look how far it is."""
    from botocore.exceptions import ClientError

    client = work.credentials.client("codebuild", work.region)
    try:
        if work.continuation:
            return _look(work, client.batch_get_builds(ids=[work.continuation])["builds"])
        build = client.start_build(**request(work))["build"]
    except MistakenError as mistake:
        return Failed("ConfigurationError", str(mistake))
    except ClientError as error:
        return _failure(error, work)
    return Working(build["id"], _said(work, build))


def request(work: Work) -> dict[str, Any]:
    """What StartBuild is asked for.

    Raises:
        MistakenError: something in the configuration is not as it has to be.
    """
    configuration, run = work.run.resolved_configuration, work.run
    if configuration.get("BatchEnabled", "false").lower() == "true":
        raise MistakenError("The embedded AWS does not imitate BatchEnabled; leave it out on the local target")
    primary = _primary(configuration, run.inputs)
    others = [artifact for artifact in run.inputs if artifact is not primary]
    asked = {
        "projectName": configuration["ProjectName"],
        "sourceTypeOverride": "CODEPIPELINE",
        "sourceLocationOverride": f"{primary.bucket}/{primary.key}",
        "secondarySourcesOverride": [
            {"type": "CODEPIPELINE", "location": f"{one.bucket}/{one.key}", "sourceIdentifier": one.name}
            for one in others
        ],
        "artifactsOverride": {"type": "NO_ARTIFACTS"},
        "secondaryArtifactsOverride": [],
        "environmentVariablesOverride": _variables(configuration.get("EnvironmentVariables", "")),
        "idempotencyToken": f"codepipeline/{work.pipeline}/{run.id}",
    }
    if primary.revision:
        asked["sourceVersion"] = primary.revision.id
    if work.key_id:
        asked["encryptionKeyOverride"] = work.key_id
    match [_target(one) for one in run.outputs]:
        case []:
            pass
        case [only]:
            asked["artifactsOverride"] = only
        case several:
            names = [one.name for one in run.outputs]
            asked["secondaryArtifactsOverride"] = [
                {**target, "artifactIdentifier": name} for target, name in zip(several, names, strict=True)
            ]
    return asked


def _primary(configuration: Mapping[str, str], inputs: tuple[Artifact, ...]) -> Artifact:
    name = configuration.get("PrimarySource", "")
    if not name and len(inputs) == 1:
        return inputs[0]
    if not name:
        raise MistakenError("PrimarySource is required where an action has more than one input artifact")
    for artifact in inputs:
        if artifact.name == name:
            return artifact
    raise MistakenError(f"PrimarySource {name} is no input artifact of the action")


def _target(artifact: Artifact) -> dict[str, str]:
    """The key of an artifact as a project has it: a path, and a name."""
    path, _, name = artifact.key.rpartition("/")
    return {"type": "S3", "location": artifact.bucket, "path": path, "name": name, "packaging": "ZIP"}


def _variables(text: str) -> list[dict[str, str]]:
    try:
        variables = json.loads(text or "[]")
        return [
            {"name": str(one["name"]), "value": str(one["value"]), "type": one.get("type", "PLAINTEXT")}
            for one in variables
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MistakenError(
            'EnvironmentVariables has to be JSON of the form [{"name": "…", "value": "…", "type": "PLAINTEXT"}]'
        ) from error


def _look(work: Work, builds: list[dict[str, Any]]) -> Outcome:
    if not builds:
        return Failed("JobFailed", f"The build {work.continuation} is gone", external_id=work.continuation)
    build, said = builds[0], _said(work, builds[0])
    status = build["buildStatus"]
    if status == "IN_PROGRESS":
        return Working(build["id"], said)
    if status in BAD:
        return Failed(
            "JobFailed",
            f"Build terminated with state: {status}{_why(build)}",
            external_id=said.external_id,
            external_url=said.external_url,
            log_stream=said.log_stream,
        )
    exported = {one["name"]: one["value"] for one in build.get("exportedEnvironmentVariables", [])}
    return Succeeded(
        external_id=said.external_id, external_url=said.external_url, log_stream=said.log_stream, variables=exported
    )


def _why(build: Mapping[str, Any]) -> str:
    """The first phase that did not succeed, in AWS's words."""
    for phase in build.get("phases", []):
        if phase.get("phaseStatus", "SUCCEEDED") != "SUCCEEDED":
            context = (phase.get("contexts") or [{}])[0]
            return (
                f". Phase: {phase['phaseType']}, Code: {context.get('statusCode', '')},"
                f" Message: {context.get('message', '')}"
            )
    return ""


def _said(work: Work, build: Mapping[str, Any]) -> Succeeded:
    url = f"https://console.aws.amazon.com/codebuild/home?region={work.region}#/builds/{build['id']}/view/new"
    log = build.get("logs", {}).get("cloudWatchLogsArn", "")
    return Succeeded(external_id=build["id"], external_url=url, log_stream=log)


def _failure(error: Any, work: Work) -> Failed:  # noqa: ANN401 - a ClientError
    project, role = work.run.resolved_configuration["ProjectName"], work.credentials.role
    if aws.is_refused(error):
        return Failed(
            "PermissionError",
            f"The role {role} may not build with the project {project}; allow it codebuild:StartBuild and"
            f" codebuild:BatchGetBuilds ({error.response['Error'].get('Message', aws.code(error))})",
        )
    message = f"Error calling startBuild: {error.response['Error'].get('Message', error)}"
    return Failed("ConfigurationError" if not work.continuation else "JobFailed", message)


def _provider(category: str) -> Provider:
    return Provider(
        category=category,
        name="CodeBuild",
        inputs=(1, 5),
        outputs=(0, 5),
        required=("ProjectName",),
        optional=("PrimarySource", "BatchEnabled", "CombineArtifacts", "EnvironmentVariables"),
        start=start,
        timeout=HOURS * 3600.0,
        ignored=(Ignored("CombineArtifacts", "it is about batches of builds, and there are none here"),),
    )


BUILD, TEST = _provider("Build"), _provider("Test")
