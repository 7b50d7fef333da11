from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from serverless_pipeline.cloudformation import change_set, events, stack, tree
from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.cloudformation.tree import Tree
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket
from serverless_pipeline.settings import Settings
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.events import Event
    from serverless_pipeline.cloudformation.stack import Stack

INNER = """
Parameters: {Value: {Type: String}}
Resources:
  Note:
    Type: AWS::SSM::Parameter
    Properties: {Type: String, Value: !Ref Value}
"""

ROOT = """
Parameters: {Value: {Type: String}}
Resources:
  Inner:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: "%s", Parameters: {Value: !Ref Value}}
"""


def begun(clients: Clients) -> tuple[Stack, str]:
    """A root stack with one nested, whose creation has just begun, and the URL of its template."""
    home = bucket.name(Settings(stack_name="test-events"), clients)
    bucket.ensure(clients, home)
    bucket.publish(clients, home, "inner.yml", INNER.encode())
    bucket.publish(clients, home, "root.yml", (ROOT % bucket.url(clients, home, "inner.yml")).encode())
    name, url = f"events-{uuid.uuid4().hex[:8]}", bucket.url(clients, home, "root.yml")
    change_set.deploy(clients, Desired(name, url, {"Value": "one"}))
    return stack.demand(clients, name), url


def followed(clients: Clients, root: Stack) -> list[Event]:
    looks = events.follow(
        clients, root, Tree(root.id), Patience(timeout=PATIENCE), since=events.start(clients, root.id)
    )
    return [event for look in looks for event in look.events]


def reported(happened: list[Event], root: Stack) -> list[str]:
    return [f"{'' if event.stack == root.name else 'Inner/'}{event.logical_id} {event.status}" for event in happened]


def test_following_tells_root_and_nested_stacks_oldest_first_and_each_event_once(clients: Clients) -> None:
    root, _ = begun(clients)

    happened = followed(clients, root)

    assert [event.time for event in happened] == sorted(event.time for event in happened)
    assert len({event.id for event in happened}) == len(happened)
    words = reported(happened, root)
    assert words[0] == f"{root.name} CREATE_IN_PROGRESS"
    assert "Inner/Note CREATE_COMPLETE" in words
    assert words[-1] == f"{root.name} CREATE_COMPLETE"


def test_following_an_update_tells_nothing_of_the_creation(clients: Clients) -> None:
    root, url = begun(clients)
    followed(clients, root)

    change_set.deploy(clients, Desired(root.name, url, {"Value": "two"}))
    words = reported(followed(clients, root), root)

    assert words[0] == f"{root.name} UPDATE_IN_PROGRESS"
    assert "Inner/Note UPDATE_COMPLETE" in words
    assert not [text for text in words if "CREATE" in text]


def test_the_history_tells_all_operations(clients: Clients) -> None:
    root, url = begun(clients)
    followed(clients, root)
    change_set.deploy(clients, Desired(root.name, url, {"Value": "two"}))
    followed(clients, root)

    words = reported(events.history(clients, tree.look(clients, root.id)), root)

    assert words[:2] == [f"{root.name} REVIEW_IN_PROGRESS", f"{root.name} CREATE_IN_PROGRESS"]
    assert words[-1] == f"{root.name} UPDATE_COMPLETE"
    assert {"Inner/Note CREATE_COMPLETE", "Inner/Note UPDATE_COMPLETE"} <= set(words)


def test_following_a_stack_at_rest_ends_at_once(clients: Clients) -> None:
    root, _ = begun(clients)
    followed(clients, root)

    (look,) = events.follow(clients, root, Tree(root.id), Patience(timeout=0), since=events.start(clients, root.id))

    assert look.events[-1].status == "CREATE_COMPLETE"
    assert look.stack == stack.find(clients, root.id)
