"""Source/CodeStarSourceConnection: a commit of a repository of this machine becomes the artifact, as a zip.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-CodestarConnectionSource.html
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from serverless_pipeline.local import repositories
from serverless_pipeline.local.codepipeline.model.action_run import Revision
from serverless_pipeline.local.codepipeline.providers import artifacts
from serverless_pipeline.local.codepipeline.providers.work import (
    BRANCH,
    COMMIT_ID,
    Detection,
    Failed,
    Provider,
    Refused,
    Sighting,
    Succeeded,
)
from serverless_pipeline.local.connections import registry
from serverless_pipeline.local.iam import decisions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work
    from serverless_pipeline.local.connections.registry import Connection
    from serverless_pipeline.local.iam.credentials import Credentials
    from serverless_pipeline.local.repositories import Commit

_RIGHTS = ("codestar-connections:UseConnection", "codeconnections:UseConnection")


def start(work: Work) -> Outcome:
    """Find the commit, put its files into the artifact store, and say which one it is."""
    configuration = work.run.resolved_configuration
    connection = registry.find(configuration["ConnectionArn"])
    if connection is None:
        return Failed(
            "ConfigurationError",
            f"Connection {configuration['ConnectionArn']} not found; make it by CreateConnection or by a resource"
            " AWS::CodeConnections::Connection, and name its ARN here",
        )
    if not _may_use(work.credentials, configuration["ConnectionArn"]):
        return Failed(
            "PermissionError",
            f"Unable to use Connection: {configuration['ConnectionArn']}. The provided role does not have sufficient"
            f" permissions. ({work.credentials.role} needs {' or '.join(_RIGHTS)} on it)",
        )
    try:
        return _deliver(work, connection)
    except repositories.NoRepositoryError as error:
        return Failed(
            "ConfigurationError",
            f"[{connection.provider}] No repository found for FullRepositoryName"
            f" [{configuration['FullRepositoryId']}]; {error}",
        )


def look(configuration: Mapping[str, str], credentials: Credentials, _region: str) -> Sighting:
    """The commits of the branches and tags; none where the role may not use the connection.

    Raises:
        NoRepositoryError: no repository stands for the name.
    """
    followed = repositories.BRANCHES + configuration["BranchName"]
    arn = configuration["ConnectionArn"]
    if registry.find(arn) is None or not _may_use(credentials, arn):
        return Sighting(followed, {followed: ""})
    found = repositories.references(repositories.path(configuration["FullRepositoryId"]))
    return Sighting(followed, {followed: "", **found})


def changed(configuration: Mapping[str, str], old: str, new: str) -> tuple[str, ...]:
    """The paths in which two commits differ."""
    return repositories.changed(repositories.path(configuration["FullRepositoryId"]), old, new)


def _may_use(credentials: Credentials, arn: str) -> bool:
    return any(decisions.may(credentials.role, right, arn) for right in _RIGHTS)


def _deliver(work: Work, connection: Connection) -> Outcome:
    configuration = work.run.resolved_configuration
    name = configuration["FullRepositoryId"]
    branch = work.override.get(BRANCH, configuration["BranchName"])
    folder = repositories.path(name)
    commit = repositories.commit(folder, work.override.get(COMMIT_ID, branch))
    if commit is None:
        what = f"Commit [{work.override[COMMIT_ID]}]" if COMMIT_ID in work.override else f"Branch [{branch}]"
        return Failed(
            "ConfigurationError",
            f"[{connection.provider}] No {what} found for FullRepositoryName [{name}]; it is read from {folder}",
        )
    if failed := _put(work, folder, commit):
        return failed
    summary = json.dumps({"ProviderType": connection.provider, "CommitMessage": commit.message})
    return Succeeded(
        summary=summary,
        external_id=commit.id,
        variables={
            "AuthorDate": commit.author_date,
            "BranchName": branch,
            "CommitId": commit.id,
            "CommitMessage": commit.message,
            "ConnectionArn": configuration["ConnectionArn"],
            "FullRepositoryName": name,
        },
        revision=Revision(commit.id, summary=summary),
    )


def _put(work: Work, folder: Path, commit: Commit) -> Failed | None:
    """Put the files of the commit where they are awaited; why that failed, if it did."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import ClientError

    with tempfile.TemporaryDirectory() as scratch:
        package = Path(scratch) / "source.zip"
        repositories.archive(folder, commit.id, package)
        try:
            artifacts.put(work, work.run.outputs[0], package)
        except (ClientError, S3UploadFailedError) as error:
            store = work.run.outputs[0].bucket
            return Failed(
                "PermissionError",
                f"The role {work.credentials.role} may not put the source into s3://{store}; allow it s3:PutObject"
                f" there ({error})",
            )
    return None


PROVIDER = Provider(
    category="Source",
    name="CodeStarSourceConnection",
    inputs=(0, 0),
    outputs=(1, 1),
    required=("ConnectionArn", "FullRepositoryId", "BranchName"),
    optional=("OutputArtifactFormat", "DetectChanges"),
    start=start,
    refused=(
        Refused(
            "OutputArtifactFormat",
            "CODEBUILD_CLONE_REF",
            "use CODE_ZIP on the local target, which brings the files without the history",
        ),
    ),
    detection=Detection("DetectChanges", "WebhookV2", look, detail="ConnectionArn", changed=changed),
    revisions=(COMMIT_ID,),
)
