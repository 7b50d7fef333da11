"""What would change is told before it changes, in nested stacks too, and nothing is left of the question."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import change_set, stack
from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.commands import up
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket
from serverless_pipeline.settings import Settings
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.changes import Change


def published(clients: Clients, template: Mapping[str, Any]) -> str:
    home = bucket.name(Settings(stack_name="test-changes"), clients)
    bucket.ensure(clients, home)
    key = f"{uuid.uuid4()}.json"
    bucket.publish(clients, home, key, json.dumps(template).encode())
    return bucket.url(clients, home, key)


def table(key: str = "id") -> dict[str, Any]:
    return {
        "Type": "AWS::DynamoDB::Table",
        "Properties": {
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    }


def note(value: Any) -> dict[str, Any]:
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}


def nesting(clients: Clients, **resources: Any) -> str:
    """A root with one nested stack that holds these resources."""
    inner = {"Parameters": {"Word": {"Type": "String"}}, "Resources": resources}
    properties = {"TemplateURL": published(clients, inner), "Parameters": {"Word": {"Ref": "Word"}}}
    outer = {
        "Parameters": {"Word": {"Type": "String"}},
        "Resources": {"Inner": {"Type": stack.KIND, "Properties": properties}},
    }
    return published(clients, outer)


@pytest.fixture
def name() -> str:
    return f"changes-{uuid.uuid4().hex[:8]}"


def deployed(clients: Clients, name: str, url: str, word: str = "one") -> None:
    change_set.deploy(clients, Desired(name, url, {"Word": word}))
    Patience(timeout=PATIENCE).until(lambda: stack.demand(clients, name), lambda now: not now.status.in_progress)
    assert stack.demand(clients, name).status.ended_well


def planned(clients: Clients, name: str, url: str, word: str = "one") -> Sequence[Change]:
    with change_set.prepared(clients, Desired(name, url, {"Word": word})) as prepared:
        return prepared.changes


def change_sets(clients: Clients, name: str) -> list[str]:
    changes = clients.cloudformation.list_change_sets(StackName=name)["Summaries"]
    return [item["ChangeSetName"] for item in changes if item["ExecutionStatus"] != "EXECUTE_COMPLETE"]


def test_a_change_in_a_nested_stack_is_told_by_resource_and_property(clients: Clients, name: str) -> None:
    url = nesting(clients, Note=note({"Ref": "Word"}), Still=note("still"))
    deployed(clients, name, url)

    (change,) = planned(clients, name, url, "two")

    assert (change.path, change.kind, change.properties) == ("Inner/Note", "changed", ("Value",))


def test_what_is_added_and_removed_in_a_nested_stack_is_told(clients: Clients, name: str) -> None:
    deployed(clients, name, nesting(clients, Note=note("one"), Table=table()))

    changes = planned(clients, name, nesting(clients, Note=note("one"), Other=note("two")))

    assert {(change.path, change.kind, change.loses_data) for change in changes} == {
        ("Inner/Other", "added", False),
        ("Inner/Table", "removed", True),
    }


def test_the_replacement_of_a_table_is_marked(clients: Clients, name: str) -> None:
    deployed(clients, name, nesting(clients, Table=table("id")))

    (change,) = planned(clients, name, nesting(clients, Table=table("other")))

    assert change.kind == "replaced"
    assert change.loses_data


def test_a_nested_stack_that_goes_is_told_with_what_it_holds(clients: Clients, name: str) -> None:
    deployed(clients, name, nesting(clients, Table=table()))
    without = {"Parameters": {"Word": {"Type": "String"}}, "Resources": {"Note": note("one")}}

    changes = planned(clients, name, published(clients, without))

    assert {change.path for change in changes} == {"Note", "Inner", "Inner/Table"}
    assert [change.path for change in changes if change.loses_data] == ["Inner/Table"]


def test_a_new_stack_is_all_added_and_nothing_of_it_stays(clients: Clients, name: str) -> None:
    changes = planned(clients, name, nesting(clients, Note=note("one")))

    assert {(change.path, change.kind) for change in changes} == {("Inner", "added"), ("Inner/Note", "added")}
    assert stack.find(clients, name) is None


def test_no_change_set_is_left_whatever_happens(clients: Clients, name: str) -> None:
    url = nesting(clients, Note=note({"Ref": "Word"}))
    deployed(clients, name, url)

    def refuse(_: object) -> None:
        raise Error("No.")

    planned(clients, name, url, "two")
    planned(clients, name, url, "one")
    with pytest.raises(Error, match="No"):
        change_set.deploy(clients, Desired(name, url, {"Word": "two"}), refuse)

    assert change_sets(clients, name) == []
    assert stack.demand(clients, name).parameters == {"Word": "one"}


def test_nothing_to_change_is_said(clients: Clients, name: str) -> None:
    url = nesting(clients, Note=note("one"))
    deployed(clients, name, url)

    assert change_set.deploy(clients, Desired(name, url, {"Word": "one"})) == "Unchanged"


def test_a_change_of_the_outputs_alone_is_made(clients: Clients, name: str) -> None:
    template = {"Parameters": {"Word": {"Type": "String"}}, "Resources": {"Note": note("one")}}
    deployed(clients, name, published(clients, template))

    deployed(clients, name, published(clients, template | {"Outputs": {"Said": {"Value": {"Ref": "Word"}}}}))

    assert stack.demand(clients, name).outputs == {"Said": "one"}


def test_data_is_not_lost_unless_somebody_is_sure(
    clients: Clients, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    deployed(clients, name, nesting(clients, Note=note("one"), Table=table()))
    desired = Desired(name, nesting(clients, Note=note("one")), {"Word": "one"})

    with pytest.raises(Misconfigured, match=r"holds data\?[\s\S]*pipeline\.up --yes"):
        change_set.deploy(clients, desired, lambda planned: up.approve(planned, sure=False))

    assert "Loses      Inner/Table  AWS::DynamoDB::Table" in capsys.readouterr().err
    assert change_sets(clients, name) == []
    assert change_set.deploy(clients, desired, lambda planned: up.approve(planned, sure=True)) == "Updating"


def test_a_change_set_that_cannot_be_made_is_told_and_leaves_no_stack(clients: Clients, name: str) -> None:
    missing = published(clients, {}).replace(".json", ".missing")
    nested = {"Type": stack.KIND, "Properties": {"TemplateURL": missing}}
    template = {"Parameters": {"Word": {"Type": "String"}}, "Resources": {"Inner": nested}}

    with pytest.raises(Error, match=r"cannot plan the change: [\s\S]*\.missing"):
        planned(clients, name, published(clients, template))

    assert stack.find(clients, name) is None
