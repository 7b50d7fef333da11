"""What the conditions of a policy may ask of a call to IAM: the boundary of a role, and the policy that is attached.

MiniStack gives IAM's evaluator neither, so that a policy which lets somebody make bounded roles lets them make none.
`iam:PermissionsBoundary` is the boundary that the request sets, and otherwise that of the role or user it is about
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html).
"""

from collections.abc import Callable, Mapping
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import role

BOUNDARY = "iam:PermissionsBoundary"
POLICY = "iam:PolicyARN"
PARAMETERS = {BOUNDARY: "PermissionsBoundary", POLICY: "PolicyArn"}
"""The keys whose values stand in the request."""

_ACCOUNT, _RESOURCE = 4, 5
"""The places of an ARN's parts."""


def install() -> None:
    """Give the evaluator what stands in a request to IAM, and what IAM knows of the role."""
    seams.REQUEST_TAG_CONTEXT.wrap(adding_parameters)
    seams.ENFORCE.wrap(adding_boundary)


def adding_parameters(context_of: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """What a request says about itself: its tags, and to IAM a boundary or a policy."""

    def add(service: str, iam_action: str, body: bytes, parameters: Mapping[str, Any]) -> dict[str, Any]:
        context = context_of(service, iam_action, body, parameters)
        if service != "iam":
            return context
        texts = {key: _text(parameters.get(name)) for key, name in PARAMETERS.items()}
        return {**context, **{key: text for key, text in texts.items() if text}}

    return add


def adding_boundary(enforce: Callable[..., Any]) -> Callable[..., Any]:
    """IAM's decision; the boundary of the role or user that is there is known, unless the request sets another."""

    def decide(access_key_id: str, iam_action: str, service: str, region: str, **more: Any) -> Any:  # noqa: ANN401
        context = more.get("service_context") or {}
        if service == "iam" and BOUNDARY not in context and (boundary := _boundary(more.get("resource_arn", ""))):
            more["service_context"] = {**context, BOUNDARY: boundary}
        return enforce(access_key_id, iam_action, service, region, **more)

    return decide


def _boundary(arn: str) -> str:
    """The boundary of a role or user; none if there is no such thing."""
    kind, _, name = "".join(arn.split(":")[_RESOURCE:]).partition("/")
    match kind:
        case "role":
            record = role.record(arn)
        case "user":
            record = seams.USERS.value.get_scoped(arn.split(":")[_ACCOUNT], None, name.rpartition("/")[2]) or {}
        case _:
            return ""
    return str(record.get("PermissionsBoundary") or "")


def _text(value: Any) -> str:  # noqa: ANN401 - a parameter of a request, alone or in a list
    return str((value[0] if isinstance(value, list) else value) or "")
