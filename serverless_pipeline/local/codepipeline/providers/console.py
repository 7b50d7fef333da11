"""Where a person sees a thing in AWS's console; on a laptop these are for reading, not for following.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionState.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import Action

_HOME = "https://console.aws.amazon.com"
_ENTITIES = {
    "AppConfig": "/systems-manager/appconfig/applications/{Application}?region={region}",
    "CloudFormation": "/cloudformation/home?region={region}#/stacks?filter=active&text={StackName}",
    "CodeBuild": "/codebuild/home?region={region}#/projects/{ProjectName}/view",
    "CodeCommit": "/codecommit/home?region={region}#/repository/{RepositoryName}/browse/{BranchName}/--/",
    "CodeDeploy": (
        "/codedeploy/home?region={region}#/applications/{ApplicationName}/deployment-groups/{DeploymentGroupName}"
    ),
    "CodePipeline": "/codepipeline/home?region={region}#/view/{PipelineName}",
    "ECR": "/ecr/home?region={region}#/repositories/{RepositoryName}",
    "Lambda": "/lambda/home?region={region}#/functions/{FunctionName}",
    "StepFunctions": "/states/home?region={region}#/statemachines/view/{StateMachineArn}",
}
"""Places by provider, with the keys of its configuration; a bucket is one of two keys, and looked at by itself."""


def pipeline(region: str, name: str) -> str:
    """A pipeline."""
    return f"{_HOME}/codepipeline/home?region={region}#/view/{name}"


def approval(region: str, *path: str) -> str:
    """Where somebody approves: the pipeline, the stage, the action and the token."""
    *names, token = path
    return f"{_HOME}/codepipeline/home?region={region}#/view/{'/'.join(names)}/approve/{token}"


def log_group(region: str, function: str) -> str:
    """The log of a function, by its name or ARN, whatever its version or alias."""
    name = function.rpartition("function:")[2].partition(":")[0]
    return f"{_HOME}/cloudwatch/home?region={region}#logStream:group=/aws/lambda/{name}"


def object_version(region: str, bucket: str, key: str, version: str) -> str:
    """A version of an object."""
    return f"{_HOME}/s3/object/{bucket}?region={region}&prefix={quote(key)}&versionId={quote(version)}"


def entity(action: Action, region: str) -> str:
    """What an action acts upon, or its link for approvals; empty where nothing is known."""
    configuration = action.configuration
    region = action.region or region
    if action.is_approval:
        return configuration.get("ExternalEntityLink", "")
    if action.type.provider == "S3":
        return _bucket(region, configuration)
    place = _ENTITIES.get(action.type.provider, "")
    values = {name: quote(value, safe="#{}:/") for name, value in configuration.items()}
    try:
        return place and _HOME + place.format_map({**values, "region": region})
    except KeyError:
        return ""


def _bucket(region: str, configuration: Mapping[str, str]) -> str:
    bucket = configuration.get("S3Bucket") or configuration.get("BucketName", "")
    return f"{_HOME}/s3/buckets/{bucket}?region={region}" if bucket else ""
