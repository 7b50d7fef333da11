"""Who may call a function URL without a signature: whom the function's own policy lets.

MiniStack takes an unsigned call for one of the root key, which is let in whatever the function says. Lambda asks for
two actions in the function's policy, `lambda:InvokeFunctionUrl` and, through the URL, `lambda:InvokeFunction`:
https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html.
"""

from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role

INVOKE_URL = "lambda:InvokeFunctionUrl"
INVOKE = "lambda:InvokeFunction"
NAME = 6
"""Where the name of a function stands in its ARN."""


def install() -> None:
    """Ask the function's policy about an unsigned call."""
    seams.ENFORCE.wrap(asking_policy)


def asking_policy(enforce: Any) -> Any:  # noqa: ANN401 - MiniStack is untyped
    """IAM's decision; about an unsigned call of a function URL the function's policy decides alone."""

    def decide(access_key_id: str, iam_action: str, service: str, region: str, **context: Any) -> Any:  # noqa: ANN401
        if iam_action != INVOKE_URL or access_key_id or seams.SIGNED_REQUEST.value.get() is not None:
            return enforce(access_key_id, iam_action, service, region, **context)
        if _is_open(context["resource_arn"], context["service_context"]):
            return None
        return seams.AUTH_ERROR(
            "AccessDeniedException",
            "Forbidden. For troubleshooting Function URL authorization issues, "
            "see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html",
        )

    return decide


def _is_open(arn: str, url: dict[str, Any]) -> bool:
    """Whether the policy of a function lets anybody in; `url` is what IAM knows about the URL."""
    if not arn.startswith("arn:"):
        return True  # there is no such URL, which is said by who looks for it
    policy = _policy(arn)
    return all(
        seams.EVALUATE_RESOURCE_POLICY(policy, _question(arn, action, keys)).decision == "Allow"
        for action, keys in ((INVOKE_URL, url), (INVOKE, {"lambda:InvokedViaFunctionUrl": "true"}))
    )


def _policy(arn: str) -> Any:  # noqa: ANN401 - as MiniStack keeps it
    function = seams.LAMBDA_FUNCTIONS.value.get_scoped(role.account(arn), arn.split(":")[3], arn.split(":")[NAME])
    return (function or {}).get("policy")


def _question(arn: str, action: str, keys: dict[str, Any]) -> Any:  # noqa: ANN401 - a class of MiniStack's
    return seams.EVAL_CONTEXT(
        principal_arn="*",
        principal_type="Anonymous",
        principal_account="",
        action=action,
        resource_arn=arn,
        region=arn.split(":")[3],
        service_context={name.lower(): value for name, value in keys.items()},
    )
