from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import nested_change_sets

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.cloudformation.records import Record
    from tests.support.cloudformation import CloudFormation

NESTED = "AWS::CloudFormation::Stack"


def change(logical_id: str, action: str = "Add", kind: str = NESTED, **more: Any) -> Record:
    return {"ResourceChange": {"LogicalResourceId": logical_id, "Action": action, "ResourceType": kind, **more}}


@pytest.fixture
def engine(cloudformation: CloudFormation) -> dict[str, str]:
    """Documents by their address. A reference is `<name>`; what differs between two templates is said by both."""
    documents: dict[str, str] = {}

    def document(query: Mapping[str, Any], *names: str) -> tuple[str | None, str | None]:
        assert names == ("TemplateBody", "TemplateURL", "Template")
        return documents.get(query["TemplateURL"][0]), None

    def resolve(value: Any, resources: Any, values: Any, conditions: Any, *place: Any) -> Any:
        assert (conditions, place) == ({"Is": values}, ({"Map": 1}, "shop", "arn:stack/shop/1"))
        if isinstance(value, str) and (reference := re.fullmatch("<(.*)>", value)):
            return resources[reference[1]] if reference[1] in resources else values[reference[1]]["Value"]
        return value

    seams.RESOLVE_DOCUMENT.replace(document)
    seams.PARSE_TEMPLATE.replace(json.loads)
    seams.APPLY_TRANSFORMS.replace(lambda template, parameters: {**template, "Transformed": parameters})
    seams.EVALUATE_CONDITIONS.replace(lambda _, values: {"Is": values})
    seams.RESOLVE_REFS.replace(resolve)
    seams.RESOLVE_PARAMETERS.replace(
        lambda _, parameters: {one["Key"]: {"Value": one["Value"], "NoEcho": False} for one in parameters}
    )
    seams.RESOLVE_PROPS_FOR_DIFF.replace(lambda *arguments: arguments)
    seams.DIFF_RESOURCES.replace(lambda *arguments: [change("Differs", "Modify", "Table", arguments=arguments)])
    cloudformation.add_stack("shop", _resources={"Word": "from a resource"})
    return documents


def root(service: CloudFormation, *changes: Record, **properties: Any) -> Record:
    """A change set of `shop`, whose nested stacks all have these properties."""
    resources = {one["ResourceChange"]["LogicalResourceId"]: {"Properties": properties} for one in changes}
    return service.add_change_set(
        "arn:changeSet/plan/1",
        ChangeSetName="plan",
        Changes=list(changes),
        IncludeNestedStacks=True,
        _template={"Resources": resources, "Mappings": {"Map": 1}},
        _resolved_params={"Name": {"Value": "from a parameter"}},
    )


def test_a_nested_stack_that_is_added_has_a_change_set_of_its_own(
    cloudformation: CloudFormation, engine: dict[str, str]
) -> None:
    engine["https://inner"] = '{"Resources": {"Table": {}}}'
    record = root(
        cloudformation, change("Inner"), TemplateURL="https://inner", Parameters={"A": "<Name>", "B": "<Word>"}
    )

    nested_change_sets.include(record)

    (resource,) = [one["ResourceChange"] for one in record["Changes"]]
    nested = cloudformation.change_sets[resource["ChangeSetId"]]
    provided = [{"Key": "A", "Value": "from a parameter"}, {"Key": "B", "Value": "from a resource"}]
    template = {"Resources": {"Table": {}}, "Transformed": provided}
    values = {
        "A": {"Value": "from a parameter", "NoEcho": False},
        "B": {"Value": "from a resource", "NoEcho": False},
    }
    compared: Any = (({}, {}, "", ""), (template, values, "", ""), None, template, {"A", "B"})
    assert resource["Replacement"] == "False"
    assert re.fullmatch(r"arn:changeSet/plan-Inner/[0-9a-f-]{36}", nested["ChangeSetId"])
    assert nested == {
        **record,
        "ChangeSetId": nested["ChangeSetId"],
        "ParentChangeSetId": "arn:changeSet/plan/1",
        "StackId": "",
        "StackName": "shop-Inner",
        "Status": "CREATE_COMPLETE",
        "ExecutionStatus": "UNAVAILABLE",
        "Parameters": [
            {"ParameterKey": "A", "ParameterValue": "from a parameter"},
            {"ParameterKey": "B", "ParameterValue": "from a resource"},
        ],
        "Changes": [change("Differs", "Modify", "Table", arguments=compared)],
        "_template": template,
        "_resolved_params": values,
    }


def test_one_that_is_there_is_compared_with_how_it_is(cloudformation: CloudFormation, engine: dict[str, str]) -> None:
    engine["https://inner"] = "{}"
    cloudformation.add_stack(
        "shop-Inner-9",
        _template={"old": 1},
        _resolved_params={"A": {"Value": "same"}, "B": {"Value": "other"}},
        _resources={"Table": "here"},
    )
    there = change("Inner", "Modify", PhysicalResourceId="arn:stack/shop-Inner-9/1")
    record = root(cloudformation, there, TemplateURL="https://inner", Parameters={"A": "same", "B": "new"})

    nested_change_sets.include(record)

    nested = cloudformation.change_sets[there["ResourceChange"]["ChangeSetId"]]
    (differs,) = nested["Changes"]
    old, new, resources, template, changed = differs["ResourceChange"]["arguments"]
    place = ("shop-Inner-9", "arn:stack/shop-Inner-9/1")
    assert (nested["StackName"], nested["StackId"]) == place
    assert old == ({"old": 1}, {"A": {"Value": "same"}, "B": {"Value": "other"}}, *place)
    assert new == (template, nested["_resolved_params"], *place)
    provided = [{"Key": "A", "Value": "same"}, {"Key": "B", "Value": "new"}]
    assert (resources, template, changed) == ({"Table": "here"}, {"Transformed": provided}, {"B"})


@pytest.mark.parametrize("reference", ["<Nobody>", "<odd>"])
def test_what_is_not_known_yet_counts_as_changed(
    cloudformation: CloudFormation, engine: dict[str, str], reference: str
) -> None:
    engine["https://inner"] = "{}"
    record = root(cloudformation, change("Inner"), TemplateURL="https://inner", Parameters={"A": reference, "B": 3})

    nested_change_sets.include(record)

    nested = cloudformation.change_sets[record["Changes"][0]["ResourceChange"]["ChangeSetId"]]
    assert {name: value["Value"] for name, value in nested["_resolved_params"].items()} == {
        "A": "known after it is made",
        "B": "3",
    }


def test_a_stack_inside_a_nested_stack_is_looked_into_as_well(
    cloudformation: CloudFormation, engine: dict[str, str]
) -> None:
    properties = {"TemplateURL": "https://innermost"}
    inner = {"Resources": {"Innermost": {"Properties": properties}}, "Mappings": {"Map": 1}}
    engine.update({"https://inner": json.dumps(inner), "https://innermost": "{}"})
    seams.RESOLVE_REFS.replace(lambda value, *_: value)
    seams.DIFF_RESOURCES.replace(lambda _, new, *__: [change("Innermost")] if "Resources" in new[0] else [])
    record = root(cloudformation, change("Inner"), TemplateURL="https://inner")

    nested_change_sets.include(record)

    nested = cloudformation.change_sets[record["Changes"][0]["ResourceChange"]["ChangeSetId"]]
    innermost = cloudformation.change_sets[nested["Changes"][0]["ResourceChange"]["ChangeSetId"]]
    assert (nested["StackName"], innermost["StackName"]) == ("shop-Inner", "shop-Inner-Innermost")
    assert innermost["ParentChangeSetId"] == nested["ChangeSetId"]


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(("action", "kind"), [("Remove", NESTED), ("Add", "AWS::DynamoDB::Table")])
def test_what_goes_and_what_is_no_stack_is_not_looked_into(
    cloudformation: CloudFormation, action: str, kind: str
) -> None:
    record = root(cloudformation, change("Inner", action, kind))

    nested_change_sets.include(record)

    assert record["Changes"] == [change("Inner", action, kind)]
    assert list(cloudformation.change_sets) == ["arn:changeSet/plan/1"]


@pytest.mark.parametrize("refusal", [None, "refused"])
def test_a_template_that_is_not_there_fails_the_change_set(
    cloudformation: CloudFormation, engine: dict[str, str], refusal: str | None
) -> None:
    del engine
    if refusal:
        seams.RESOLVE_DOCUMENT.replace(lambda *_: ("{}", refusal))
    record = root(cloudformation, change("Inner"), TemplateURL="https://missing")

    nested_change_sets.include(record)

    assert (record["Status"], record["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert record["StatusReason"] == "There is no template at https://missing"
