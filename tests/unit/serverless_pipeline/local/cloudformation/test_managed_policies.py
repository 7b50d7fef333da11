from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import managed_policies
from serverless_pipeline.local.cloudformation.managed_policies import AWS, ROLE, NotAttachable

if TYPE_CHECKING:
    from tests.support.cloudformation import CloudFormation

OWN = "arn:aws:iam::123456789012:policy/own"
XRAY = f"{AWS}AWSXrayWriteOnlyAccess"


@pytest.fixture
def service(cloudformation: CloudFormation) -> CloudFormation:
    """A CloudFormation that keeps what its handlers of roles get; there are one policy of AWS's, and one other."""
    policies = {XRAY: "MiniStack's own"}
    seams.AWS_MANAGED_POLICIES.replace(policies)
    seams.MAKE_AWS_MANAGED_RECORD.replace(lambda name, document: (name, json.loads(document)))
    seams.POLICY_KNOWN.replace(lambda arn: arn == OWN or arn in policies)
    cloudformation.handlers[ROLE] = dict.fromkeys(
        ("create", "update"), lambda *arguments: cloudformation.requests.append({"got": arguments})
    )
    managed_policies.install()
    return cloudformation


def handle(service: CloudFormation, how: str, **properties: Any) -> None:
    before: tuple[Any, ...] = ("Role",) if how == "create" else ("role", {"ManagedPolicyArns": ["gone"]})
    service.handlers[ROLE][how](*before, properties, "stack")


def test_what_sam_needs_is_there_and_what_ministack_has_stays(service: CloudFormation) -> None:
    del service
    name = "service-role/AWSCodeDeployRoleForLambda"

    assert seams.AWS_MANAGED_POLICIES.value == {
        XRAY: "MiniStack's own",
        f"{AWS}{name}": (name, {"Version": "2012-10-17", "Statement": managed_policies.ADDED[name]}),
    }


@pytest.mark.parametrize("how", ["create", "update"])
@pytest.mark.parametrize(
    "properties", [{"ManagedPolicyArns": [XRAY, OWN], "PermissionsBoundary": OWN}, {"ManagedPolicyArns": None}, {}]
)
def test_a_role_is_made_with_policies_that_are_there(
    service: CloudFormation, how: str, properties: dict[str, Any]
) -> None:
    handle(service, how, **properties)

    assert len(service.requests) == 1


@pytest.mark.parametrize("how", ["create", "update"])
@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"ManagedPolicyArns": [OWN, f"{OWN}er"]}, f"Policy {OWN}er does not exist or is not attachable."),
        ({"PermissionsBoundary": f"{OWN}er"}, f"Policy {OWN}er does not exist or is not attachable."),
        ({"ManagedPolicyArns": [f"{AWS}Rare"]}, f"The embedded AWS does not know the managed policy {AWS}Rare"),
    ],
)
def test_one_that_is_not_is_named(service: CloudFormation, how: str, properties: dict[str, Any], message: str) -> None:
    with pytest.raises(NotAttachable) as caught:
        handle(service, how, **properties)

    assert str(caught.value).startswith(message)
    assert service.requests == []
