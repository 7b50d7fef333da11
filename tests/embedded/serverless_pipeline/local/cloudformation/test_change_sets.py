"""Conditions in change sets: a resource whose condition does not hold is not there, in a root or in a nested stack."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.support.services import Service
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation.literals import ChangeSetTypeType

    from serverless_pipeline.aws import Clients

NESTED = "AWS::CloudFormation::Stack"

Changes = dict[str, str]


def conditional(**more: Any) -> dict[str, Any]:
    """A template with a resource that is always there, and one that is there if `Wanted` is yes."""
    note = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": "one"}}
    return {
        "Parameters": {"Wanted": {"Type": "String"}},
        "Conditions": {"IsWanted": {"Fn::Equals": [{"Ref": "Wanted"}, "yes"]}},
        "Resources": {"Always": note, "Sometimes": {**note, "Condition": "IsWanted"}, **more},
    }


class Planned:
    """A root, a nested stack and one inside that; each has a resource that is there under a condition."""

    def __init__(self, clients: Clients, bucket: str) -> None:
        self.cloudformation = clients.cloudformation
        self.name = f"conditions-{uuid.uuid4().hex[:8]}"
        url = f"{clients.endpoint.url if clients.endpoint else ''}/{bucket}"

        def nested(name: str, **more: Any) -> dict[str, Any]:
            properties = {"TemplateURL": f"{url}/{name}", "Parameters": {"Wanted": {"Ref": "Wanted"}}}
            return {"Type": NESTED, "Properties": properties, **more}

        innermost, inner = conditional(), conditional(Innermost=nested("innermost.json", Condition="IsWanted"))
        for key, template in (("innermost.json", innermost), ("inner.json", inner)):
            clients.s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(template))
        self.template = json.dumps(conditional(Inner=nested("inner.json")))

    def plan(self, wanted: str, kind: ChangeSetTypeType = "UPDATE") -> str:
        answer = self.cloudformation.create_change_set(
            StackName=self.name,
            ChangeSetName=f"plan-{uuid.uuid4().hex[:8]}",
            ChangeSetType=kind,
            TemplateBody=self.template,
            Parameters=[{"ParameterKey": "Wanted", "ParameterValue": wanted}],
            IncludeNestedStacks=True,
        )
        return answer["Id"]

    def changes(self, change_set: str, place: str = "") -> Changes:
        """The action on each resource, by its path."""
        changes: Changes = {}
        for change in self.cloudformation.describe_change_set(ChangeSetName=change_set)["Changes"]:
            resource = change["ResourceChange"]
            path = f"{place}{resource['LogicalResourceId']}"
            changes[path] = resource["Action"]
            if "ChangeSetId" in resource:
                changes |= self.changes(resource["ChangeSetId"], f"{path}/")
        return changes

    def execute(self, change_set: str) -> None:
        self.cloudformation.execute_change_set(ChangeSetName=change_set)
        until(lambda: not self.status().endswith("_IN_PROGRESS"), "the operation")
        assert self.status() in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}

    def status(self) -> str:
        return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]


@pytest.fixture
def planned(clients: Clients, bucket: str) -> Iterator[Planned]:
    stacks = Planned(clients, bucket)
    yield stacks
    clients.cloudformation.delete_stack(StackName=stacks.name)


def test_a_new_stack_adds_what_its_conditions_let_be_there(planned: Planned) -> None:
    without = planned.changes(planned.plan("no", "CREATE"))
    everything = planned.changes(planned.plan("yes", "CREATE"))

    assert without == dict.fromkeys(("Always", "Inner", "Inner/Always"), "Add")
    assert everything == dict.fromkeys(
        (
            *("Always", "Sometimes", "Inner", "Inner/Always", "Inner/Sometimes"),
            *("Inner/Innermost", "Inner/Innermost/Always", "Inner/Innermost/Sometimes"),
        ),
        "Add",
    )


def test_a_condition_that_comes_to_hold_adds_and_one_that_holds_no_more_removes(planned: Planned) -> None:
    planned.execute(planned.plan("no", "CREATE"))

    holds = planned.plan("yes")
    added = planned.changes(holds)
    planned.execute(holds)
    removed = planned.changes(planned.plan("no"))

    assert added == {
        **dict.fromkeys(("Sometimes", "Inner/Sometimes", "Inner/Innermost"), "Add"),
        **dict.fromkeys(("Inner/Innermost/Always", "Inner/Innermost/Sometimes"), "Add"),
        "Inner": "Modify",
    }
    assert removed == {
        **dict.fromkeys(("Sometimes", "Inner/Sometimes", "Inner/Innermost"), "Remove"),
        "Inner": "Modify",
    }


def test_the_same_value_changes_nothing(planned: Planned) -> None:
    planned.execute(planned.plan("no", "CREATE"))

    described = planned.cloudformation.describe_change_set(ChangeSetName=planned.plan("no"))

    assert (described["Status"], described["Changes"]) == ("FAILED", [])
    assert "didn't contain changes" in described["StatusReason"]


def test_a_reference_to_another_resource_is_a_change(clients: Clients) -> None:
    queue: dict[str, Any] = {"Type": "AWS::SQS::Queue"}

    def template(name: str) -> dict[str, Any]:
        value = {"Fn::GetAtt": [name, "Arn"]}
        note = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
        return {"Resources": {"One": queue, "Two": queue, "Note": note}}

    service = Service(clients)
    service.deliver(template("One"))

    changes = service.changes(service.propose(template("Two")))

    assert changes == {"Note": "Modify"}
    assert service.described()["RoleARN"] == service.role


def test_a_stack_whose_creation_was_rolled_back_takes_no_update(clients: Clients) -> None:
    failing = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "Odd", "Value": "x"}}
    service = Service(clients)
    service.deliver({"Resources": {"Note": failing}})

    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        service.propose({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
