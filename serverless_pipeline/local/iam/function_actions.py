"""The IAM action of a request to Lambda.

MiniStack tells them from a few parts of the path, so that GetAlias and UpdateAlias ask for `lambda:ListAliases`.
Here the route decides, as botocore's model of Lambda has it; invoking is one action under three operations
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html).
"""

from serverless_pipeline.local import seams

INVOKE = "InvokeFunction"
INVOCATIONS = {"Invoke": INVOKE, "InvokeAsync": INVOKE, "InvokeWithResponseStream": INVOKE}


def install() -> None:
    """Tell Lambda's actions by their routes."""
    seams.BOTOCORE_SERVICES.value["lambda"] = ["lambda"]
    seams.LAMBDA_ACTION.replace(action)


def action(method: str, path: str) -> str | None:
    """The action without its namespace, None where Lambda has no such route."""
    operation: str | None = seams.MATCH_REST_ACTION("lambda", method, path)
    return INVOCATIONS.get(operation or "", operation)
