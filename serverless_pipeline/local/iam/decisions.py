"""What IAM decides where no request asks it: a role that a service acts with, a service that a resource lets in."""

from __future__ import annotations

import threading
from contextvars import copy_context

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role, sessions

REGION = 3
"""Where the region stands in an ARN."""

_keys: dict[str, str] = {}
"""The key of a session of each role that was asked about, by the role's ARN."""
_lock = threading.Lock()


def may(role_arn: str, action: str, resource_arn: str) -> bool:
    """Whether a role may do something to a resource: its policies, its boundary and the resource's policy decide.

    The decision is about nobody's request, so whose request is being served stays as it is.
    """
    return _asked(_key(role_arn), action, resource_arn) is None


def lets_in(policy: object, service: str, action: str, resource_arn: str, source_arn: str) -> bool:
    """Whether the policy of a resource lets a service do something to it for `source_arn`.

    The keys against the confused deputy are known
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html); S3's own ARNs name no account.
    """
    account = role.account(source_arn) or seams.GET_ACCOUNT_ID()
    question = seams.EVAL_CONTEXT(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource_arn,
        region=resource_arn.split(":")[REGION],
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": account},
    )
    decision: str = seams.EVALUATE_RESOURCE_POLICY(policy, question, service).decision
    return decision == "Allow"


def _asked(key: str, action: str, resource_arn: str) -> object:
    service = action.partition(":")[0]
    return copy_context().run(
        seams.ENFORCE, key, action, service, resource_arn.split(":")[REGION], resource_arn=resource_arn
    )


def _key(role_arn: str) -> str:
    with _lock:
        if role_arn not in _keys:
            _keys[role_arn] = sessions.begin(role_arn, "service").access_key_id
        return _keys[role_arn]
