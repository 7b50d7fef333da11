"""Projects: what of one has no effect here, and `AWS::CodeBuild::Project` as the API has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TYPE = "AWS::CodeBuild::Project"
KEPT = (
    *("description", "source", "secondarySources", "sourceVersion", "secondarySourceVersions", "artifacts"),
    *("secondaryArtifacts", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes"),
    *("encryptionKey", "cache", "logsConfig", "vpcConfig", "tags", "concurrentBuildLimit"),
)
"""The members of a project that are stored and shown; the rest of those that AWS has is refused by name."""

FETCHED = ("NO_SOURCE", "S3", "CODEPIPELINE")
FLAGS = ("privilegedMode", "overrideArtifactName", "encryptionDisabled")
_SPELLED = {"buildSpec": "buildspec"}


def mistakes(document: Mapping[str, Any]) -> Iterator[str]:
    """What of a project is not imitated."""
    for member in document:
        if member not in ("name", *KEPT) and document[member] not in (None, "", [], {}, False):
            yield f"The embedded AWS does not imitate {member} of a CodeBuild project; leave it out on the local target"
    logs = (document.get("logsConfig") or {}).get("s3Logs") or {}
    if logs.get("status") == "ENABLED":
        yield "The embedded AWS does not imitate logsConfig.s3Logs; logs go to CloudWatch Logs"


def notes(document: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each thing that is stored and has no effect."""
    environment = document.get("environment") or {}
    if document.get("vpcConfig"):
        yield "VpcConfig: builds run on the network of this laptop"
    if environment.get("privilegedMode"):
        yield "PrivilegedMode: there is no Docker in a build"
    if (document.get("cache") or {}).get("type", "NO_CACHE") != "NO_CACHE":
        yield "Cache: each build begins without one"
    if ((document.get("logsConfig") or {}).get("cloudWatchLogs") or {}).get("status") == "DISABLED":
        yield "LogsConfig: the log goes to CloudWatch Logs although it is disabled there"
    if image := environment.get("image"):
        yield f"Image {image}: a build has the programs of this laptop"


def from_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of a template as the members of CreateProject."""
    document = {_member(name): _api(value) for name, value in properties.items()}
    for name in ("timeoutInMinutes", "queuedTimeoutInMinutes", "concurrentBuildLimit"):
        if name in document:
            document[name] = int(document[name])
    return document


def _api(value: Any) -> Any:  # noqa: ANN401 - any JSON
    match value:
        case dict():
            return {(member := _member(name)): _flag(member, _api(item)) for name, item in value.items()}
        case list():
            return [_api(item) for item in value]
    return value


def _flag(member: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
    """CloudFormation hands a flag on as a text."""
    return str(value).lower() == "true" if member in FLAGS else value


def _member(name: str) -> str:
    """`EnvironmentVariables` is `environmentVariables`, and `BuildSpec` is `buildspec`."""
    member = name[:1].lower() + name[1:]
    return _SPELLED.get(member, member)
