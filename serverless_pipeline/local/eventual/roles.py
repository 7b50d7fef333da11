"""A role that was just made cannot be assumed yet, by a service or by anybody.

IAM is eventually consistent
(https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency).
CloudFormation waits until a role that it made is known, so this is about roles that a request made.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role, trust

Create = Callable[[Mapping[str, Any]], Any]

_made: dict[tuple[str, str], float] = {}
"""When a role was made, by its account and name."""


def install(seconds: float) -> None:
    """Let roles be known after as many seconds."""
    _made.clear()
    operations = seams.IAM_OPERATIONS.value
    operations["CreateRole"] = noting(operations["CreateRole"], time.monotonic)
    seams.EVALUATE_TRUST_POLICY.wrap(lambda evaluate: waiting(evaluate, seconds, time.monotonic))
    trust.unless(lambda arn: is_new(arn, seconds, time.monotonic()))


def noting(create: Create, clock: Callable[[], float]) -> Create:
    """CreateRole; when it was."""

    def create_noted(parameters: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as MiniStack's
        answer = create(parameters)
        _made[named(parameters)] = clock()
        return answer

    return create_noted


def waiting(evaluate: Callable[..., bool], seconds: float, clock: Callable[[], float]) -> Callable[..., bool]:
    """AssumeRole: nobody is trusted by a role that is not known yet."""

    def evaluate_known(policy: Any, caller: str, context: Any = None) -> bool:  # noqa: ANN401 - as MiniStack's
        arn = str(getattr(context, "resource_arn", "") or "")
        return not is_new(arn, seconds, clock()) and evaluate(policy, caller, context)

    return evaluate_known


def is_new(role_arn: str, seconds: float, now: float) -> bool:
    """Whether a role is not known everywhere yet."""
    if not role_arn.startswith("arn:"):
        return False
    return now - _made.get((role.account(role_arn), role.name(role_arn)), -seconds) < seconds


def named(parameters: Mapping[str, Any]) -> tuple[str, str]:
    """The account and the name of the role that a request is about."""
    value = parameters.get("RoleName") or ""
    return seams.GET_ACCOUNT_ID(), value if isinstance(value, str) else str(value[0])
