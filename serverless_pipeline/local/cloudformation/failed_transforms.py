"""A change set whose template cannot be transformed fails, and says why.

MiniStack refuses the request. CloudFormation answers it first and transforms then, so that the reason stands in the
description of the change set: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-macros.html.
"""

from collections.abc import Callable
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import records
from serverless_pipeline.local.cloudformation.records import Parameters, Response

Template = dict[str, Any]

_REASONS: ContextVar[list[str] | None] = ContextVar("reasons", default=None)
"""Why the template of the change set that is being made cannot be transformed."""


def install() -> None:
    """Keep why a transform failed from MiniStack, and let the change set tell it."""
    seams.APPLY_TRANSFORMS.wrap(keeping_reason)
    actions = seams.CLOUDFORMATION_ACTIONS.value
    actions["CreateChangeSet"] = telling_reason(actions["CreateChangeSet"])


def keeping_reason(apply: Callable[..., Template]) -> Callable[..., Template]:
    """While a change set is made, a template that cannot be transformed is one without resources."""

    def keep(template: Template, *values: Any) -> Template:  # noqa: ANN401 - as MiniStack's
        plain, reasons = apply(template, *values), _REASONS.get()
        if reasons is None or not isinstance(plain, seams.TRANSFORM_FAILED.value):
            return plain
        reasons.append(plain.error)
        return {"Parameters": template.get("Parameters") or {}, "Resources": {}}

    return keep


def telling_reason(create: Callable[[Parameters], Response]) -> Callable[[Parameters], Response]:
    """CreateChangeSet: the change set of such a template has failed."""

    def tell(parameters: Parameters) -> Response:
        token = _REASONS.set([])
        try:
            answer = create(parameters)
            if answer[0] == HTTPStatus.OK and (reasons := _REASONS.get()):
                failed = {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": reasons[0]}
                records.change_set(parameters).update(failed, Changes=[])
        finally:
            _REASONS.reset(token)
        return answer

    return tell
