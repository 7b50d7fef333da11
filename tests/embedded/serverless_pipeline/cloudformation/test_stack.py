from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation import change_set, stack, tree
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket
from serverless_pipeline.settings import Settings
from tests.support import stacks
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

PARAMETER = """
Parameters: {Value: {Type: String, Default: one}}
Resources:
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref Value}
Outputs: {Given: {Value: !Ref Value}}
"""

OTHER = """
Parameters: {Value: {Type: String}}
Resources:
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: another}
"""

NESTING = """
Parameters: {Value: {Type: String, Default: one}}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "%s", Parameters: {Value: !Ref Value}}
"""


def unique() -> str:
    return f"stack-{uuid.uuid4().hex[:8]}"


def published(clients: Clients, text: str) -> str:
    name = bucket.name(Settings(stack_name="test-stacks"), clients)
    bucket.ensure(clients, name)
    key = f"{uuid.uuid4()}.yml"
    bucket.publish(clients, name, key, text.encode())
    return bucket.url(clients, name, key)


def settled(clients: Clients, name: str) -> Stack:
    root = stack.demand(clients, name)
    return Patience(timeout=PATIENCE).until(
        lambda: stack.demand(clients, root.id), lambda now: not now.status.in_progress
    )


def created(clients: Clients, template: str = PARAMETER, *, url: str = "") -> Stack:
    name = unique()
    change_set.deploy(clients, Desired(name, url or published(clients, template), {"Value": "one"}))
    return settled(clients, name)


def test_a_stack_that_is_not_there_is_none(clients: Clients) -> None:
    assert stack.find(clients, unique()) is None


def test_a_stack_that_must_be_there_is_an_error_at_once(clients: Clients) -> None:
    name = unique()

    with pytest.raises(Error, match=f"There is no stack {name}") as caught:
        stack.demand(clients, name)

    assert "invoke pipeline.up" in str(caught.value.message)


def test_a_stack_is_created_then_updated_then_unchanged(clients: Clients) -> None:
    name, url = unique(), published(clients, PARAMETER)

    began = []
    for value in ("one", "two", "two"):
        began.append(change_set.deploy(clients, Desired(name, url, {"Value": value})))
        settled(clients, name)

    assert began == ["Creating", "Updating", "Unchanged"]
    assert stack.demand(clients, name).outputs == {"Given": "two"}


def test_the_same_templates_and_parameters_are_no_change(clients: Clients) -> None:
    url = published(clients, PARAMETER)
    existing = created(clients, url=url)

    assert stack.is_unchanged(existing, Desired(existing.name, url, {"Value": "one"}))
    assert not stack.is_unchanged(existing, Desired(existing.name, url, {"Value": "two"}))
    assert not stack.is_unchanged(existing, Desired(existing.name, f"{url}?other", {"Value": "one"}))


def test_a_stack_that_somebody_updated_otherwise_is_changed(clients: Clients) -> None:
    url = published(clients, PARAMETER)
    existing = created(clients, url=url)
    clients.cloudformation.update_stack(
        StackName=existing.name,
        TemplateBody=OTHER,
        Parameters=[{"ParameterKey": "Value", "ParameterValue": "one"}],
    )

    now = settled(clients, existing.name)

    assert now.status.ended_well
    assert not stack.is_unchanged(now, Desired(existing.name, url, {"Value": "one"}))


def test_nested_stacks_and_their_resources_belong_to_the_root(clients: Clients) -> None:
    root = created(clients, NESTING % published(clients, PARAMETER))

    names = [one.name for one in stacks.nested(clients, root)]
    held = [(resource.type, resource.logical_id) for resource in tree.look(clients, root.id).walk()]

    assert len(names) == 1
    assert names[0].startswith(f"{root.name}-Inner-")
    assert held == [("AWS::CloudFormation::Stack", "Inner"), ("AWS::SSM::Parameter", "Note")]


def test_a_deleted_stack_is_found_by_its_id_only(clients: Clients) -> None:
    existing = created(clients)

    stack.delete(clients, existing)
    gone = Patience(timeout=PATIENCE).until(lambda: stack.find(clients, existing.name), lambda now: now is None)

    by_id = stack.find(clients, existing.id)
    assert gone is None
    assert by_id is not None
    assert by_id.status is Status.DELETE_COMPLETE
