"""Why an action failed, from the errors of the services that it asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline import aws
from serverless_pipeline.local.codepipeline.providers.work import Failed

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from serverless_pipeline.local.codepipeline.providers.work import Work


class UnusableError(Exception):
    """What an action got cannot be used: its configuration, or an artifact; says which, and what to do."""


def of_client(error: ClientError, work: Work, purpose: str) -> Failed:
    """What the service says, and the role if it may not; `purpose` is a verb and its object: `deploy the stack s`."""
    message = str(error.response.get("Error", {}).get("Message") or error)
    if aws.is_refused(error):
        return Failed("PermissionError", f"The role {work.credentials.role} may not {purpose}: {message}")
    if aws.is_absent(error):
        return Failed("ConfigurationError", f"The action could not {purpose}: {message}")
    return Failed("JobFailed", f"The action could not {purpose}: {message} ({aws.code(error)})")
