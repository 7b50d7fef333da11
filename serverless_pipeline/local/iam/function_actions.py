"""The IAM action of a request to Lambda.

MiniStack tells them from a few parts of the path, so that GetAlias and UpdateAlias ask for `lambda:ListAliases`.
Here the route decides, as botocore's model of Lambda has it; invoking is one action under three operations
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
"""

INVOKE = "InvokeFunction"
INVOCATIONS = {"Invoke": INVOKE, "InvokeAsync": INVOKE, "InvokeWithResponseStream": INVOKE}


def install() -> None:
    """Tell Lambda's actions by their routes."""
    from ministack.core import iam_actions

    iam_actions._BOTOCORE_SERVICE_MAP["lambda"] = ["lambda"]  # noqa: SLF001
    iam_actions._lambda_action = action  # noqa: SLF001


def action(method: str, path: str) -> str | None:
    """The action without its namespace, None where Lambda has no such route."""
    from ministack.core import iam_actions

    operation: str | None = iam_actions._match_rest_action("lambda", method, path)  # noqa: SLF001
    return INVOCATIONS.get(operation or "", operation)
