"""A request to StartBuild, and the project it is for, as an order; what is not imitated is refused by name.

https://docs.aws.amazon.com/codebuild/latest/APIReference/API_StartBuild.html
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codebuild import project as projects
from serverless_pipeline.local.codebuild import transfer
from serverless_pipeline.local.codebuild.build import DEFAULT, PRIMARY, Order, Source
from serverless_pipeline.local.codebuild.variables import Variable
from serverless_pipeline.local.iam import sessions, trust
from serverless_pipeline.local.iam.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PRINCIPAL = "codebuild.amazonaws.com"
SESSION_MARGIN = 600
"""Seconds that a role's session outlives the time a build has."""

DONE = frozenset(
    {
        *("projectName", "sourceVersion", "sourceTypeOverride", "sourceLocationOverride", "secondarySourcesOverride"),
        *("secondarySourcesVersionOverride", "artifactsOverride", "secondaryArtifactsOverride", "buildspecOverride"),
        *("environmentVariablesOverride", "timeoutInMinutesOverride", "encryptionKeyOverride", "idempotencyToken"),
        *("serviceRoleOverride", "queuedTimeoutInMinutesOverride"),
    }
)
_OF_ENVIRONMENT = {
    "environmentTypeOverride": "type",
    "imageOverride": "image",
    "computeTypeOverride": "computeType",
    "privilegedModeOverride": "privilegedMode",
}


class Refused(Exception):
    """StartBuild is refused, as an InvalidInputException."""


def overridden(project: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """The project as one build has it.

    Raises:
        Refused: the request has what is not imitated.
    """
    if unknown := sorted(set(request) - DONE - set(_OF_ENVIRONMENT)):
        raise Refused(f"The embedded AWS does not imitate {', '.join(unknown)} of StartBuild; leave it out")
    source, environment = dict(project.get("source") or {}), dict(project.get("environment") or {})
    source |= _chosen(request, {"sourceTypeOverride": "type", "sourceLocationOverride": "location"})
    source |= _chosen(request, {"buildspecOverride": "buildspec"})
    environment |= _chosen(request, _OF_ENVIRONMENT)
    own = {item["name"]: item for item in environment.get("environmentVariables") or []}
    own |= {item["name"]: item for item in request.get("environmentVariablesOverride") or []}
    environment["environmentVariables"] = list(own.values())
    direct = {
        "secondarySourcesOverride": "secondarySources",
        "secondarySourcesVersionOverride": "secondarySourceVersions",
        "artifactsOverride": "artifacts",
        "secondaryArtifactsOverride": "secondaryArtifacts",
        "timeoutInMinutesOverride": "timeoutInMinutes",
        "encryptionKeyOverride": "encryptionKey",
        "serviceRoleOverride": "serviceRole",
        "sourceVersion": "sourceVersion",
    }
    return {**project, **_chosen(request, direct), "source": source, "environment": environment}


def make(project: Mapping[str, Any], build_id: str, number: int, url: str, initiator: str) -> Order:
    """The order of a build of a project, with a session of its service role.

    Raises:
        Refused: it cannot be built here, or the role does not let CodeBuild in.
    """
    if mistakes := list(_mistakes(project)):
        raise Refused("; ".join(mistakes))
    arn, minutes = project["arn"], int(project.get("timeoutInMinutes") or 60)
    stream, region = build_id.partition(":")[2], arn.split(":")[3]
    key = project.get("encryptionKey") or ""
    key_id = "" if key.endswith(("alias/aws/codebuild", "alias/aws/s3")) else key
    cloudwatch = (project.get("logsConfig") or {}).get("cloudWatchLogs") or {}
    raw = {item.get("artifactIdentifier", PRIMARY): item for item in _artifacts(project)}
    targets = {name: transfer.target(item, build_id, key_id) for name, item in raw.items()}
    build_arn = arn.replace(f":project/{project['name']}", f":build/{build_id}")
    return Order(
        name=build_id,
        credentials=_credentials(project["serviceRole"], arn, url, minutes * 60),
        group=cloudwatch.get("groupName") or f"/aws/codebuild/{project['name']}",
        stream=f"{cloudwatch['streamName']}/{stream}" if cloudwatch.get("streamName") else stream,
        spec=project["source"].get("buildspec") or DEFAULT,
        sources=tuple(_sources(project)),
        targets={name: where for name, where in targets.items() if where},
        raw_artifacts={name: raw[name] for name, where in targets.items() if where},
        variables=tuple(Variable.from_document(one) for one in project["environment"]["environmentVariables"]),
        given={
            "CODEBUILD_BUILD_ID": build_id,
            "CODEBUILD_BUILD_ARN": build_arn,
            "CODEBUILD_BUILD_NUMBER": str(number),
            "CODEBUILD_BUILD_IMAGE": str((project.get("environment") or {}).get("image", "")),
            "CODEBUILD_INITIATOR": initiator,
            "CODEBUILD_KMS_KEY_ID": key,
            "CODEBUILD_LOG_PATH": stream,
            "CODEBUILD_PROJECT_ARN": arn,
            "CODEBUILD_SOURCE_REPO_URL": str(project["source"].get("location", "")),
            "CODEBUILD_SOURCE_VERSION": str(project.get("sourceVersion") or ""),
            "CODEBUILD_RESOLVED_SOURCE_VERSION": str(project.get("sourceVersion") or ""),
            "CODEBUILD_START_TIME": str(int(time.time() * 1000)),
            "CODEBUILD_CI": "true",
            "AWS_ACCOUNT_ID": arn.split(":")[4],
            "CODEBUILD_REGION": region,
        },
        seconds=minutes * 60,
        notes=tuple(projects.notes(project)),
    )


def _chosen(request: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: request[member] for member, name in names.items() if request.get(member) not in (None, "")}


def _artifacts(project: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        item
        for item in (project.get("artifacts") or {}, *(project.get("secondaryArtifacts") or []))
        if item.get("type", "NO_ARTIFACTS") != "NO_ARTIFACTS"
    ]


def _mistakes(project: Mapping[str, Any]) -> Iterator[str]:
    for source in (project["source"], *(project.get("secondarySources") or [])):
        kind = source.get("type", "NO_SOURCE")
        if kind == "CODEPIPELINE" and not source.get("location"):
            yield f"The source of project {project['name']} is CODEPIPELINE; a pipeline starts its builds"
        elif kind not in projects.FETCHED:
            yield f"The embedded AWS does not imitate the source type {kind}; bring the source by S3 or by a pipeline"
    if str(project["source"].get("buildspec", "")).startswith("arn:"):
        yield "The embedded AWS does not imitate a buildspec in a bucket; write it inline or into the source"
    if project["source"].get("type", "NO_SOURCE") == "NO_SOURCE" and not project["source"].get("buildspec"):
        yield "Project with source type NO_SOURCE must have an inline buildspec"
    for item in _artifacts(project):
        if item["type"] == "CODEPIPELINE":
            yield f"The artifacts of project {project['name']} are CODEPIPELINE; a pipeline starts its builds"


def _sources(project: Mapping[str, Any]) -> Iterator[Source]:
    versions = {
        item["sourceIdentifier"]: item["sourceVersion"] for item in project.get("secondarySourceVersions") or []
    }
    if project["source"].get("type", "NO_SOURCE") != "NO_SOURCE":
        is_from_pipeline = project["source"]["type"] == "CODEPIPELINE"
        version = "" if is_from_pipeline else project.get("sourceVersion") or ""
        yield Source(PRIMARY, project["source"]["location"], version)
    for source in project.get("secondarySources") or []:
        name = source["sourceIdentifier"]
        yield Source(name, source["location"], versions.get(name, ""))


def _credentials(role: str, arn: str, url: str, seconds: float) -> Credentials:
    """A session of the service role.

    Raises:
        Refused: it does not let CodeBuild in.
    """
    if not trust.lets_in(role, PRINCIPAL, arn):
        raise Refused(f"CodeBuild is not authorized to perform: sts:AssumeRole on {role}")
    expiration = time.time() + seconds + SESSION_MARGIN
    session = sessions.begin(role, f"AWSCodeBuild-{time.time_ns()}", expiration)
    return Credentials(
        role=role,
        endpoint_url=url,
        region=arn.split(":")[3],
        access_key_id=session.access_key_id,
        secret_access_key=session.secret_access_key,
        session_token=session.session_token,
        expiration=expiration,
    )
