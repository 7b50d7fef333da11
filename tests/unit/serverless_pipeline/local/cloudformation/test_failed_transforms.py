from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import failed_transforms

if TYPE_CHECKING:
    from serverless_pipeline.local.cloudformation.records import Parameters, Response
    from tests.support.cloudformation import CloudFormation

REASON = "Transform AWS::Serverless-2016-10-31 failed with: no"
BROKEN = {"Parameters": {"Size": {"Type": "String"}}, "Resources": {"Hello": {"Type": "AWS::Serverless::Function"}}}


class Failed(dict[str, Any]):
    error = REASON


@pytest.fixture
def service(cloudformation: CloudFormation) -> CloudFormation:
    """A CloudFormation that makes the change set `c` of whatever template the test says."""
    seams.TRANSFORM_FAILED.replace(Failed)
    seams.APPLY_TRANSFORMS.replace(lambda template, *_: Failed(template) if template is BROKEN else template)

    def create(parameters: Parameters) -> Response:
        template = seams.APPLY_TRANSFORMS(parameters["Template"], [], {})
        if isinstance(template, Failed):
            return 400, {}, b"refused"
        changes = [{"ResourceChange": {"Action": "Remove"}}]
        cloudformation.add_change_set("c", StatusReason="", Changes=changes, template=template)
        return cloudformation.answer(parameters)

    cloudformation.actions["CreateChangeSet"] = create
    failed_transforms.install()
    return cloudformation


def create(service: CloudFormation, template: Any) -> int:
    request = {"StackName": "shop", "ChangeSetName": "c", "Template": template}
    return service.actions["CreateChangeSet"](request)[0]  # type: ignore[no-any-return]


def test_a_change_set_whose_template_cannot_be_transformed_has_failed(service: CloudFormation) -> None:
    service.add_stack("shop")

    status = create(service, BROKEN)

    record = service.change_sets["c"]
    assert (status, record["Status"], record["ExecutionStatus"]) == (200, "FAILED", "UNAVAILABLE")
    assert (record["StatusReason"], record["Changes"]) == (REASON, [])
    assert record["template"] == {"Parameters": BROKEN["Parameters"], "Resources": {}}


def test_a_change_set_of_another_template_is_as_it_was_made(service: CloudFormation) -> None:
    service.add_stack("shop")
    create(service, BROKEN)

    create(service, {"Resources": {}})

    record = service.change_sets["c"]
    assert (record["Status"], record["StatusReason"], len(record["Changes"])) == ("CREATE_COMPLETE", "", 1)


def test_what_is_refused_for_another_reason_stays_refused(service: CloudFormation) -> None:
    service.actions["CreateChangeSet"] = failed_transforms.telling_reason(lambda _parameters: (400, {}, b"no"))

    assert service.actions["CreateChangeSet"]({}) == (400, {}, b"no")


@pytest.mark.usefixtures("service")
def test_other_operations_refuse_such_a_template() -> None:
    assert isinstance(seams.APPLY_TRANSFORMS(BROKEN, [], {}), Failed)
