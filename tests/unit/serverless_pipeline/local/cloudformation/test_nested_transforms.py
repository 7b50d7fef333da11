from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import nested_transforms

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation


class Failed(dict[str, Any]):
    error = "Transform AWS::Include failed with: no"


@pytest.fixture
def service(cloudformation: CloudFormation) -> CloudFormation:
    """Handlers that read the template that the properties hold, and answer it."""

    def handle(*arguments: Any) -> Any:
        properties = next(one for one in reversed(arguments) if isinstance(one, dict))
        return seams.PARSE_TEMPLATE(properties["Text"])

    seams.TRANSFORM_FAILED.replace(Failed)
    seams.PARSE_TEMPLATE.replace(lambda text: {"Text": text})
    seams.APPLY_TRANSFORMS.replace(lambda template, values: {**template, "Values": values})
    cloudformation.handlers[nested_transforms.STACK] = dict.fromkeys(("create", "update"), handle)
    nested_transforms.install()
    return cloudformation


@pytest.mark.parametrize(("how", "before"), [("create", ("Inner",)), ("update", ("id", {"Text": "old"}))])
def test_the_template_of_a_nested_stack_is_transformed_with_its_values(
    service: CloudFormation, how: str, before: tuple[Any, ...]
) -> None:
    properties = {"Text": "sam", "Parameters": {"Size": 3}}

    template = service.handlers[nested_transforms.STACK][how](*before, properties, "parent")

    assert template == {"Text": "sam", "Values": [{"Key": "Size", "Value": "3"}]}


def test_other_templates_are_read_as_they_were_written(service: CloudFormation) -> None:
    service.handlers[nested_transforms.STACK]["create"]("Inner", {"Text": "sam"}, "parent")

    assert seams.PARSE_TEMPLATE("plain") == {"Text": "plain"}


def test_one_that_cannot_be_transformed_fails_its_stack(service: CloudFormation) -> None:
    seams.APPLY_TRANSFORMS.replace(lambda *_: Failed())

    with pytest.raises(nested_transforms.NotTransformed, match="AWS::Include failed with: no"):
        service.handlers[nested_transforms.STACK]["create"]("Inner", {"Text": "sam"}, "parent")
