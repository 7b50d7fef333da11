"""Acting as a role: its trust policy has to let CodePipeline in, then IAM decides each call made with its session.

MiniStack lets only its own callers assume roles; a service principal is added here, with the same session store.
"""

from __future__ import annotations

import time
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role, sessions, trust
from serverless_pipeline.local.iam.credentials import Credentials

PRINCIPAL = "codepipeline.amazonaws.com"
SESSION_SECONDS = 3600


class NotAssumableError(Exception):
    """The role does not exist, or does not let the caller in."""


def check(role_arn: str, pipeline_arn: str) -> None:
    """Look whether CodePipeline may assume a role for a pipeline.

    The keys against the confused deputy are known: `aws:SourceArn` is the pipeline, `aws:SourceAccount` its account
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).

    Raises:
        NotAssumableError: the role's trust policy does not let CodePipeline in, or there is no such role.
    """
    if not trust.lets_in(role_arn, PRINCIPAL, pipeline_arn):
        raise NotAssumableError(f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}")


def check_action(action_role_arn: str, role_arn: str, pipeline_arn: str) -> None:
    """Look whether the pipeline's role may assume the role of an action.

    Raises:
        NotAssumableError: its policies or the other role's trust policy do not allow it.
    """
    session_arn = role.session_arn(role_arn, "check")
    context = _context(session_arn, action_role_arn, pipeline_arn)
    policies = seams.GATHER_ROLE_POLICIES(role.name(role_arn), role.account(role_arn))
    allowed = seams.EVALUATE(context, policies).decision == "Allow"
    if not allowed or not seams.EVALUATE_TRUST_POLICY(trust.policy(action_role_arn), session_arn, context):
        raise NotAssumableError(f"{role_arn} is not authorized to perform AssumeRole on role {action_role_arn}")


def assume(role_arn: str, pipeline_arn: str, endpoint_url: str) -> Credentials:
    """A new session of a role, for the service itself.

    Raises:
        NotAssumableError: the role does not let CodePipeline in.
    """
    check(role_arn, pipeline_arn)
    expiration = time.time() + SESSION_SECONDS
    session = sessions.begin(role_arn, _session_name(), expiration)
    return Credentials(
        role=role_arn,
        endpoint_url=endpoint_url,
        region=_region(pipeline_arn),
        access_key_id=session.access_key_id,
        secret_access_key=session.secret_access_key,
        session_token=session.session_token,
        expiration=expiration,
    )


def assume_for_action(credentials: Credentials, action_role_arn: str) -> Credentials:
    """A session of an action's role, assumed with the pipeline's.

    Raises:
        NotAssumableError: IAM does not allow it.
    """
    from botocore.exceptions import ClientError

    try:
        session = credentials.client("sts").assume_role(
            RoleArn=action_role_arn, RoleSessionName=_session_name(), DurationSeconds=SESSION_SECONDS
        )["Credentials"]
    except ClientError as error:
        raise NotAssumableError(
            f"{credentials.role} is not authorized to perform AssumeRole on role {action_role_arn}"
        ) from error
    return Credentials(
        role=action_role_arn,
        endpoint_url=credentials.endpoint_url,
        region=credentials.region,
        access_key_id=session["AccessKeyId"],
        secret_access_key=session["SecretAccessKey"],
        session_token=session["SessionToken"],
        expiration=session["Expiration"].timestamp(),
    )


def _context(caller: str, role_arn: str, pipeline_arn: str) -> Any:  # noqa: ANN401 - a class of MiniStack's
    """The question whether somebody may assume a role, in the account and region of a pipeline."""
    return seams.EVAL_CONTEXT(
        principal_arn=caller,
        principal_type="AssumedRole",
        principal_account=role.account(pipeline_arn),
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=_region(pipeline_arn),
    )


def _session_name() -> str:
    return str(time.time_ns())


def _region(arn: str) -> str:
    return arn.split(":")[3]
