"""The template of a nested stack is transformed as that of a root is.

MiniStack makes a nested stack of its template as it was written, so that a SAM application in it is unknown to it
(https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-template-nested-applications.html).
"""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from serverless_pipeline.local import seams

STACK = "AWS::CloudFormation::Stack"

Template = dict[str, Any]

_VALUES: ContextVar[list[dict[str, str]] | None] = ContextVar("values", default=None)
"""The parameters of the nested stack whose template is read next."""


class NotTransformed(Exception):
    """The template of a nested stack cannot be transformed, in AWS's words."""


def install() -> None:
    """Transform what is read while a nested stack is made or updated."""
    seams.PARSE_TEMPLATE.wrap(transforming)
    handlers = seams.RESOURCE_HANDLERS.value[STACK]
    handlers["create"] = reading(handlers["create"], position=1)
    handlers["update"] = reading(handlers["update"], position=2)


def reading(handle: Callable[..., Any], *, position: int) -> Callable[..., Any]:
    """A handler of a nested stack, whose properties stand at this position of its arguments."""

    def read(*arguments: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        token = _VALUES.set(_values(arguments[position]))
        try:
            return handle(*arguments)
        finally:
            _VALUES.reset(token)

    return read


def transforming(parse: Callable[[str], Template]) -> Callable[[str], Template]:
    """A template as it was written, or transformed if it is that of a nested stack."""

    def transform(text: str) -> Template:
        template, values = parse(text), _VALUES.get()
        if values is None:
            return template
        _VALUES.set(None)
        plain: Template = seams.APPLY_TRANSFORMS(template, values)
        if isinstance(plain, seams.TRANSFORM_FAILED.value):
            raise NotTransformed(plain.error)
        return plain

    return transform


def _values(properties: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": str(value)} for name, value in (properties.get("Parameters") or {}).items()]
