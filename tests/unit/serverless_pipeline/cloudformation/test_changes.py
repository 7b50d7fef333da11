from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import changes, stack, tree
from serverless_pipeline.cloudformation.changes import STATEFUL, Change
from serverless_pipeline.cloudformation.tree import Resource, Tree

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

TABLE, ROLE = "AWS::DynamoDB::Table", "AWS::IAM::Role"


def change(action: str, kind: str = TABLE, **more: Any) -> Change:
    return Change("Inner", "Thing", "shop-thing", kind, action, **more)


def answer(stubber: Stubber, change_set: str, *resources: dict[str, Any]) -> None:
    listed = [{"Type": "Resource", "ResourceChange": resource} for resource in resources]
    stubber.add_response("describe_change_set", {"Changes": listed}, {"ChangeSetName": change_set})


def described(logical_id: str, action: str, kind: str = TABLE, **more: Any) -> dict[str, Any]:
    return {"LogicalResourceId": logical_id, "Action": action, "ResourceType": kind, **more}


def test_a_change_is_read_with_the_names_of_the_properties_that_differ_each_once() -> None:
    resource: Any = described(
        "Thing",
        "Modify",
        PhysicalResourceId="shop-thing",
        Replacement="Conditional",
        PolicyAction="Retain",
        Details=[
            {"Target": {"Attribute": "Properties", "Name": "Size"}},
            {"Target": {"Attribute": "Tags"}},
            {"Target": {"Attribute": "Properties", "Name": "Size"}},
            {"Target": {}},
            {},
        ],
    )

    assert Change.from_response(resource, "Inner") == Change(
        "Inner", "Thing", "shop-thing", TABLE, "Modify", "Conditional", "Retain", ("Size", "Tags")
    )


def test_what_a_change_leaves_out_is_empty() -> None:
    resource: Any = described("Thing", "Add")

    assert Change.from_response(resource, "") == Change("", "Thing", "", TABLE, "Add")


def test_a_path_begins_with_the_nested_stack() -> None:
    assert change("Add").path == "Inner/Thing"
    assert Change("", "Thing", "", TABLE, "Add").path == "Thing"


@pytest.mark.parametrize(
    ("action", "replacement", "kind"),
    [
        ("Add", "", "added"),
        ("Import", "", "added"),
        ("Remove", "", "removed"),
        ("Modify", "False", "changed"),
        ("Modify", "True", "replaced"),
        ("Modify", "Conditional", "replaced"),
        ("Dynamic", "", "changed"),
        ("Add", "True", "added"),
    ],
)
def test_what_happens_is_one_word(action: str, replacement: str, kind: str) -> None:
    assert change(action, replacement=replacement).kind == kind


@pytest.mark.parametrize(
    ("one", "loses"),
    [
        (change("Remove"), True),
        (change("Modify", replacement="True"), True),
        (change("Modify", replacement="Conditional"), True),
        (change("Modify", replacement="False"), False),
        (change("Add"), False),
        (change("Remove", ROLE), False),
        *[
            (change("Remove", policy=policy), False)
            for policy in ("Retain", "RetainExceptOnCreate", "Snapshot", "ReplaceAndRetain", "ReplaceAndSnapshot")
        ],
        (change("Remove", policy="Delete"), True),
    ],
)
def test_data_is_lost_where_what_holds_it_goes_and_nothing_keeps_it(one: Change, *, loses: bool) -> None:
    assert one.loses_data is loses


def test_these_types_hold_what_no_template_brings_back() -> None:
    assert sorted(STATEFUL) == [
        "AWS::CodeCommit::Repository",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Volume",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
    ]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (change("Modify", ROLE, replacement="False", properties=("Policies", "Tags")), "Policies, Tags"),
        (change("Modify", replacement="True", properties=("KeySchema",)), "replaced  KeySchema  its data is lost"),
        (change("Modify", replacement="Conditional"), "may be replaced  its data is lost"),
        (change("Remove"), "its data is lost"),
        (change("Remove", policy="Retain"), "kept"),
        (change("Remove", ROLE), "removed"),
        (change("Add"), ""),
    ],
)
def test_what_a_change_means_is_said(one: Change, words: str) -> None:
    assert one.words == words


def test_the_document_has_it_all() -> None:
    one = change("Modify", replacement="True", properties=("KeySchema",))

    assert one.document() == {
        "resource": "Inner/Thing",
        "physical_id": "shop-thing",
        "type": TABLE,
        "change": "replaced",
        "replacement": "True",
        "properties": ["KeySchema"],
        "loses_data": True,
    }
    assert Change("", "Thing", "", ROLE, "Add").document() == {
        "resource": "Thing",
        "physical_id": None,
        "type": ROLE,
        "change": "added",
        "replacement": None,
        "properties": [],
        "loses_data": False,
    }


def test_changes_are_counted_by_what_happens() -> None:
    listed = [change("Remove"), change("Add"), change("Add"), change("Modify", replacement="True"), change("Dynamic")]

    assert changes.counted(listed) == "2 added, 1 changed, 1 replaced, 1 removed"
    assert changes.counted([]) == "only outputs, parameters or tags change"


def test_the_changes_of_a_nested_stack_stand_in_its_place(clients: Clients, cloudformation: Stubber) -> None:
    nested = described("Inner", "Modify", stack.KIND, ChangeSetId="arn:inner")
    answer(cloudformation, "arn:root", described("Own", "Add"), nested, described("Last", "Remove"))
    answer(cloudformation, "arn:inner", described("Site", "Modify"))

    assert [one.path for one in changes.read(clients, "arn:root")] == ["Own", "Inner/Site", "Last"]


def test_a_nested_stack_that_is_added_is_a_change_itself(clients: Clients, cloudformation: Stubber) -> None:
    answer(cloudformation, "arn:root", described("Inner", "Add", stack.KIND, ChangeSetId="arn:inner"))
    answer(cloudformation, "arn:inner", described("Site", "Add"))

    assert [one.path for one in changes.read(clients, "arn:root")] == ["Inner", "Inner/Site"]


def test_a_nested_stack_without_a_change_set_of_its_own_is_a_change_itself(
    clients: Clients, cloudformation: Stubber
) -> None:
    answer(cloudformation, "arn:root", described("Inner", "Modify", stack.KIND))

    assert [one.path for one in changes.read(clients, "arn:root")] == ["Inner"]


def test_a_nested_stack_that_goes_takes_all_with_it_that_it_holds(
    clients: Clients, cloudformation: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Resource("Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE")
    deep = Resource("Inmost/Deep", "shop-deep", TABLE, "CREATE_COMPLETE")
    nested = Resource("Inmost", "arn:inmost", stack.KIND, "CREATE_COMPLETE")
    held = Tree("arn:inner", "", (site, nested), {"Inmost": Tree("arn:inmost", "Inmost", (deep,))})
    monkeypatch.setattr(tree, "look", lambda _, stack_id: {"arn:inner": held}[stack_id])
    answer(cloudformation, "arn:root", described("Inner", "Remove", stack.KIND, PhysicalResourceId="arn:inner"))

    listed = list(changes.read(clients, "arn:root"))

    assert [(one.path, one.physical_id, one.kind) for one in listed] == [
        ("Inner", "arn:inner", "removed"),
        ("Inner/Site", "shop-site", "removed"),
        ("Inner/Inmost", "arn:inmost", "removed"),
        ("Inner/Inmost/Deep", "shop-deep", "removed"),
    ]
    assert [one.loses_data for one in listed] == [False, True, False, True]


def test_a_nested_stack_that_was_never_made_takes_nothing_with_it(clients: Clients, cloudformation: Stubber) -> None:
    answer(cloudformation, "arn:root", described("Inner", "Remove", stack.KIND))

    assert [one.path for one in changes.read(clients, "arn:root")] == ["Inner"]
