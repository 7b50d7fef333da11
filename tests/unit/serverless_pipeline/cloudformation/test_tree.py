from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

ARN = "arn:aws:cloudformation:eu-west-1:123456789012:stack"
ROOT, INNER, INMOST = f"{ARN}/shop/1", f"{ARN}/shop-Inner-X1/2", f"{ARN}/shop-Inner-X1-Inmost-Y2/3"
BUCKET = "AWS::S3::Bucket"


def summary(logical_id: str, physical_id: str, kind: str = BUCKET, status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    resource = {"LogicalResourceId": logical_id, "ResourceType": kind, "ResourceStatus": status}
    return resource | {"LastUpdatedTimestamp": 0} | ({"PhysicalResourceId": physical_id} if physical_id else {})


def answer(stubber: Stubber, stack_id: str, *summaries: dict[str, Any]) -> None:
    stubber.add_response("list_stack_resources", {"StackResourceSummaries": list(summaries)}, {"StackName": stack_id})


@pytest.fixture
def grown(clients: Clients, cloudformation: Stubber) -> Tree:
    """A root that holds a bucket and a stack, which holds a bucket and a stack, which holds a bucket."""
    answer(cloudformation, ROOT, summary("Own", "shop-own"), summary("Inner", INNER, stack.KIND, "UPDATE_COMPLETE"))
    answer(cloudformation, INNER, summary("Inmost", INMOST, stack.KIND), summary("Site", "shop-site"))
    answer(cloudformation, INMOST, summary("Deep", "shop-deep"))
    return tree.look(clients, ROOT)


def test_each_stack_is_asked_once_and_lies_where_its_parent_has_it(grown: Tree) -> None:
    deep = Resource("Inner/Inmost/Deep", "shop-deep", BUCKET, "CREATE_COMPLETE")
    inmost = Tree(INMOST, "Inner/Inmost", (deep,))
    nested = Resource("Inner/Inmost", INMOST, stack.KIND, "CREATE_COMPLETE")
    inner = Tree(
        INNER, "Inner", (nested, Resource("Inner/Site", "shop-site", BUCKET, "CREATE_COMPLETE")), {"Inmost": inmost}
    )
    assert grown == Tree(
        ROOT,
        "",
        (
            Resource("Own", "shop-own", BUCKET, "CREATE_COMPLETE"),
            Resource("Inner", INNER, stack.KIND, "UPDATE_COMPLETE"),
        ),
        {"Inner": inner},
    )


def test_a_walk_comes_to_a_nested_stack_before_what_it_holds(grown: Tree) -> None:
    paths = [resource.path for resource in grown.walk()]

    assert paths == ["Own", "Inner", "Inner/Inmost", "Inner/Inmost/Deep", "Inner/Site"]


def test_the_trees_are_the_root_and_all_below_it(grown: Tree) -> None:
    assert [(one.path, one.name) for one in grown.trees()] == [
        ("", "shop"),
        ("Inner", "shop-Inner-X1"),
        ("Inner/Inmost", "shop-Inner-X1-Inmost-Y2"),
    ]


def test_the_physical_ids_of_a_type_are_those_of_all_stacks(grown: Tree) -> None:
    assert grown.physical(BUCKET) == ("shop-own", "shop-deep", "shop-site")
    assert grown.physical("AWS::IAM::Role") == ()


def test_a_resource_is_named_by_the_end_of_its_path() -> None:
    assert Resource("Inner/Site", "shop-site", BUCKET, "CREATE_COMPLETE").logical_id == "Site"
    assert Resource("Own", "shop-own", BUCKET, "CREATE_COMPLETE").logical_id == "Own"


def test_what_was_deleted_or_left_behind_is_not_held_any_more(clients: Clients, cloudformation: Stubber) -> None:
    gone = [summary(status, status, status=status) for status in ("DELETE_COMPLETE", "DELETE_SKIPPED")]
    answer(cloudformation, ROOT, *gone, summary("Stays", "stays", status="DELETE_FAILED"))

    assert [resource.path for resource in tree.look(clients, ROOT).walk()] == ["Stays"]


def test_what_was_never_made_has_no_physical_id_and_is_no_tree(clients: Clients, cloudformation: Stubber) -> None:
    answer(cloudformation, ROOT, summary("Inner", "", stack.KIND, "CREATE_FAILED"), summary("Own", ""))

    held = tree.look(clients, ROOT)

    assert held.nested == {}
    assert held.physical(BUCKET) == ()
    assert [resource.is_nested_stack for resource in held.resources] == [False, False]


def test_a_stack_that_is_not_there_holds_nothing(clients: Clients, cloudformation: Stubber) -> None:
    cloudformation.add_client_error("list_stack_resources", "ValidationError", "Stack with id shop does not exist")

    assert tree.look(clients, "shop") == Tree("shop")


def test_another_refusal_is_not_taken_for_absence(clients: Clients, cloudformation: Stubber) -> None:
    cloudformation.add_client_error("list_stack_resources", "AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        tree.look(clients, "shop")


def test_a_stack_that_is_known_by_its_name_only_has_it() -> None:
    assert Tree("shop").name == "shop"


@pytest.mark.parametrize(
    ("now", "deleted"),
    [
        (None, True),
        (Stack("shop", ROOT, Status.DELETE_COMPLETE), True),
        (Stack("shop", ROOT, Status.CREATE_COMPLETE), False),
    ],
)
def test_a_stack_that_holds_nothing_may_be_there(
    monkeypatch: pytest.MonkeyPatch, now: Stack | None, *, deleted: bool
) -> None:
    monkeypatch.setattr(stack, "find", lambda _, stack_id: now if stack_id == ROOT else pytest.fail(stack_id))

    assert tree.is_deleted(None, Tree(ROOT)) is deleted  # type: ignore[arg-type]


def test_a_stack_that_holds_something_is_there_without_asking() -> None:
    held = Tree(ROOT, "", (Resource("Own", "shop-own", BUCKET, "CREATE_COMPLETE"),))

    assert not tree.is_deleted(None, held)  # type: ignore[arg-type]
