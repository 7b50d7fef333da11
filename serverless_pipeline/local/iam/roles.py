"""Acting as a role: its trust policy has to let CodePipeline in, then IAM decides each call made with its session.

MiniStack lets only its own callers assume roles; a service principal is added here, with the same session store.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import Scope

PRINCIPAL = "codepipeline.amazonaws.com"
SESSION_SECONDS = 3600

_clients_lock = threading.Lock()


class NotAssumableError(Exception):
    """The role does not exist, or does not let the caller in."""


@dataclass(frozen=True)
class Credentials:
    """A session of a role, and where it is used. `expiration` is in seconds since 1970."""

    role: str
    endpoint_url: str
    region: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expiration: float = 0.0

    def client(self, service: str, region: str = "") -> Any:  # noqa: ANN401 - boto3 names clients by a string
        """A client that acts as the role."""
        import boto3
        from botocore.config import Config

        # Making clients is not thread-safe in boto3, using them is.
        with _clients_lock:
            return boto3.client(  # type: ignore[call-overload]
                service,
                region_name=region or self.region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                aws_session_token=self.session_token,
                # No proxy lies between the engine and the server that it is part of.
                config=Config(proxies={}, retries={"mode": "standard"}, s3={"addressing_style": "path"}),
            )


def check(scope: Scope, pipeline: str, role_arn: str) -> None:
    """Look whether CodePipeline may assume a role.

    Raises:
        NotAssumableError: it may not, or there is no such role.
    """
    if not _trusts(scope, pipeline, role_arn):
        raise NotAssumableError(f"CodePipeline is not authorized to perform AssumeRole on role {role_arn}")


def check_action(scope: Scope, role_arn: str, action_role_arn: str) -> None:
    """Look whether the pipeline's role may assume the role of an action.

    Raises:
        NotAssumableError: its policies or the other role's trust policy do not allow it.
    """
    from ministack.core import iam_evaluator

    session_arn = _session_arn(role_arn, "check")
    context = _context(scope, session_arn, action_role_arn)
    policies = iam_evaluator._gather_role_policies(_name(role_arn), _account(role_arn))  # noqa: SLF001 - no public way
    allowed = iam_evaluator.evaluate(context, policies).decision == "Allow"
    document = _trust_policy(action_role_arn)
    if not allowed or document is None or not iam_evaluator.evaluate_trust_policy(document, session_arn, context):
        raise NotAssumableError(f"{role_arn} is not authorized to perform AssumeRole on role {action_role_arn}")


def assume(scope: Scope, pipeline: str, role_arn: str, endpoint_url: str) -> Credentials:
    """A new session of a role, for the service itself.

    Raises:
        NotAssumableError: the role does not let CodePipeline in.
    """
    from ministack.services import sts

    check(scope, pipeline, role_arn)
    session_name = str(time.time_ns())
    credentials = Credentials(
        role=role_arn,
        endpoint_url=endpoint_url,
        region=scope.region,
        access_key_id=f"ASIA{secrets.token_hex(8).upper()}",
        secret_access_key=secrets.token_hex(20),
        session_token=secrets.token_urlsafe(96),
        expiration=time.time() + SESSION_SECONDS,
    )
    sts.register_session(
        credentials.access_key_id,
        {
            "Arn": _session_arn(role_arn, session_name),
            "UserId": f"{_role(role_arn).get('RoleId')}:{session_name}",
            "SecretAccessKey": credentials.secret_access_key,
            "SessionToken": credentials.session_token,
            "Expiration": credentials.expiration,
            "AccountId": _account(role_arn),
            "PrincipalType": "AssumedRole",
        },
    )
    return credentials


def assume_for_action(credentials: Credentials, action_role_arn: str) -> Credentials:
    """A session of an action's role, assumed with the pipeline's.

    Raises:
        NotAssumableError: IAM does not allow it.
    """
    from botocore.exceptions import ClientError

    try:
        found = credentials.client("sts").assume_role(
            RoleArn=action_role_arn, RoleSessionName=str(time.time_ns()), DurationSeconds=SESSION_SECONDS
        )["Credentials"]
    except ClientError as error:
        raise NotAssumableError(
            f"{credentials.role} is not authorized to perform AssumeRole on role {action_role_arn}"
        ) from error
    return Credentials(
        role=action_role_arn,
        endpoint_url=credentials.endpoint_url,
        region=credentials.region,
        access_key_id=found["AccessKeyId"],
        secret_access_key=found["SecretAccessKey"],
        session_token=found["SessionToken"],
        expiration=found["Expiration"].timestamp(),
    )


def _trusts(scope: Scope, pipeline: str, role_arn: str) -> bool:
    """Whether the trust policy of the role lets CodePipeline in; the keys against the confused deputy are known."""
    from ministack.core import iam_evaluator

    document = _trust_policy(role_arn)
    if document is None:
        return False
    context = _context(scope, PRINCIPAL, role_arn)
    context.service_context = {"aws:sourceaccount": scope.account, "aws:sourcearn": scope.arn(pipeline)}
    verdict = iam_evaluator.evaluate_resource_policy(_with_resource(document), context, PRINCIPAL)
    return str(verdict.decision) == "Allow"


def _with_resource(document: dict[str, Any]) -> dict[str, Any]:
    """A trust policy as a policy of the resource that it lies on: it names no resource, being about one role."""
    statements = document.get("Statement", [])
    listed = [statements] if isinstance(statements, dict) else statements
    return {"Statement": [{**statement, "Resource": "*"} for statement in listed]}


def _trust_policy(role_arn: str) -> dict[str, Any] | None:
    document = _role(role_arn).get("AssumeRolePolicyDocument")
    return json.loads(document) if isinstance(document, str) else document


def _role(role_arn: str) -> dict[str, Any]:
    """The role as IAM has it; nothing if it does not exist."""
    from ministack.services import iam

    return iam._roles.get_scoped(_account(role_arn), None, _name(role_arn)) or {}  # noqa: SLF001 - no public way


def _context(scope: Scope, caller: str, role_arn: str) -> Any:  # noqa: ANN401 - a class of MiniStack's
    from ministack.core.iam_evaluator import EvalContext

    return EvalContext(
        principal_arn=caller,
        principal_type="AssumedRole",
        principal_account=scope.account,
        action="sts:AssumeRole",
        resource_arn=role_arn,
        region=scope.region,
    )


def _session_arn(role_arn: str, session_name: str) -> str:
    return f"arn:aws:sts::{_account(role_arn)}:assumed-role/{_name(role_arn)}/{session_name}"


def _account(role_arn: str) -> str:
    return role_arn.split(":")[4]


def _name(role_arn: str) -> str:
    return role_arn.rsplit("/", 1)[-1]
