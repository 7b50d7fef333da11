from __future__ import annotations

from typing import Any

import pytest

from serverless_pipeline.cloudformation import calls, permissions
from serverless_pipeline.cloudformation.calls import ANYTHING, Calls, Resource
from serverless_pipeline.cloudformation.permissions import Rights
from serverless_pipeline.cloudformation.statements import Condition, Permission

NAMES = {"stack": "shop-test", "region": "eu-west-1", "account": "123456789012", "partition": "aws"}
ROLES = "arn:aws:iam::123456789012:role/shop-test-*"
BUCKETS = "arn:aws:s3:::shop-test-*"
BOUNDARY = "arn:aws:iam::123456789012:policy/bounds"
HANDLED = Calls(
    Resource("", ("{stack}-*", "{logical}-*", "{Zone}")),
    create=("x:Create",),
    read=("x:Read",),
    update=("x:Update",),
    delete=("x:Delete",),
    properties={"Own": ("x:Own",), "Key": ("kms:Decrypt",), "UpdatePolicy": ("x:Deploy", "kms:Sign")},
    changes={"Own": ("x:ChangeOwn",)},
    removals={"Own": ("x:RemoveOwn",)},
    tag=("x:Tag",),
    untag=("x:Untag",),
    elsewhere={"kms:Decrypt": ANYTHING, "kms:Sign": ANYTHING},
)
LIFE = ["x:ChangeOwn", "x:Create", "x:Delete", "x:Own", "x:Read", "x:RemoveOwn", "x:Tag", "x:Untag", "x:Update"]


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def statement(sid: str, actions: list[str], *resources: str, **more: Any) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": list(resources), **more}


def derive(*resources: dict[str, Any], names: dict[str, str] = NAMES, **options: Any) -> Rights:
    return permissions.rights([(f"Thing{count}", one) for count, one in enumerate(resources)], names, **options)


def allowed(right: Rights) -> set[str]:
    return {action for one in right.statements if one["Effect"] == "Allow" for action in one["Action"]}


@pytest.fixture
def handled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table with one type, whose properties need something here or elsewhere."""
    monkeypatch.setattr(calls, "TYPES", {"AWS::X::Thing": HANDLED})


@pytest.mark.usefixtures("handled")
def test_the_life_of_a_resource_is_allowed_whatever_it_sets_of_its_own() -> None:
    right = derive(resource("X::Thing"))

    assert right == Rights([statement("AWSXThing", LIFE, "shop-test-*", "Thing0-*", "*")])


@pytest.mark.usefixtures("handled")
def test_what_a_property_needs_elsewhere_is_allowed_where_it_is_set() -> None:
    right = derive(resource("X::Thing", Key="k"))

    assert right.statements == [
        statement("AWSXThing", LIFE, "shop-test-*", "Thing0-*", "*"),
        statement("AWSXThing2", ["kms:Decrypt"], "*"),
    ]


@pytest.mark.usefixtures("handled")
def test_an_attribute_of_a_resource_counts_as_a_property() -> None:
    right = derive({**resource("X::Thing"), "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": {}}})

    assert allowed(right) == {*LIFE, "x:Deploy", "kms:Sign"}


@pytest.mark.usefixtures("handled")
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Z1", "Z1"),
        ({"Ref": "Zone"}, "*"),
        ("${Zone}", "*"),
        ({"Fn::Sub": "${Zone}.${AWS::StackName}"}, "*.shop-test"),
        ("${AWS::StackName}.${AWS::Region}.${AWS::AccountId}", "shop-test.eu-west-1.123456789012"),
        ({"Fn::Sub": ["${A}", {"A": "b"}]}, "*"),
        ({"Fn::GetAtt": ["Zone", "Id"]}, "*"),
        (None, "*"),
        ({"Ref": "AWS::NoValue"}, "*"),
        ("${AWS::URLSuffix}", "*"),
        (5, "*"),
    ],
)
def test_a_pattern_has_what_the_template_tells_of_a_property(value: Any, told: str) -> None:
    (one,) = derive(resource("X::Thing", Zone=value)).statements

    assert one["Resource"] == ["shop-test-*", "Thing0-*", told]


@pytest.mark.usefixtures("handled")
def test_who_knows_the_properties_is_allowed_no_other_but_those_that_come_and_go() -> None:
    known = {"Type": "AWS::X::Thing", "Properties": {"Key": "k"}}

    narrow = [action for one in permissions.life("A", known, NAMES) for action in one.actions]
    more = [action for one in permissions.life("A", known, NAMES, also=("Own",)) for action in one.actions]

    assert set(narrow) == {"x:Create", "x:Read", "x:Update", "x:Delete", "kms:Decrypt", "x:Tag", "x:Untag"}
    assert set(more) - set(narrow) == {"x:Own", "x:ChangeOwn", "x:RemoveOwn"}


@pytest.mark.parametrize(
    ("targets", "services"), [([], []), ([{"Arn": "a"}, {"RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}], ["events"])]
)
def test_who_knows_the_properties_hands_over_the_roles_in_them_only(targets: list[Any], services: list[str]) -> None:
    rule = resource("Events::Rule", Targets=targets)

    handed = [one.condition for one in permissions.life("Rule", rule, NAMES) if one.condition]

    assert handed == [Condition("StringEquals", "iam:PassedToService", (f"{name}.amazonaws.com",)) for name in services]


@pytest.mark.usefixtures("handled")
def test_who_looks_reads_and_does_nothing_else() -> None:
    looked = permissions.looks("A", {"Type": "AWS::X::Thing"}, NAMES)

    assert list(looked) == [Permission("AWSXThing", ("shop-test-*", "A-*", "*"), ("x:Read",))]


def test_types_that_the_table_does_not_know_are_named_once_in_their_order() -> None:
    instance, cluster = resource("EC2::Instance"), resource("ECS::Cluster")

    assert derive(instance, cluster, instance) == Rights([], ("AWS::EC2::Instance", "AWS::ECS::Cluster"))
    assert derive(resource("S3::BucketPolicy")).unknown == ()


def test_what_has_no_type_is_named_by_itself() -> None:
    odd: dict[str, Any] = {"Fn::ForEach::Queues": [], "Empty": {}}

    assert permissions.unknown(odd.items()) == ("Empty", "Fn::ForEach::Queues")


def test_what_has_no_name_is_bounded_by_what_it_belongs_to(monkeypatch: pytest.MonkeyPatch) -> None:
    mapping = Resource("", ("mapping:*",), owner=("lambda:FunctionArn", calls.FUNCTION))
    monkeypatch.setattr(calls, "TYPES", {"AWS::X::Mapping": Calls(mapping, create=("x:Create",))})

    (one,) = derive(resource("X::Mapping")).statements

    functions = "arn:aws:lambda:eu-west-1:123456789012:function:shop-test-*"
    assert one == statement(
        "AWSXMapping", ["x:Create"], "mapping:*", Condition={"ArnLike": {"lambda:FunctionArn": [functions]}}
    )


def test_roles_are_handed_to_the_services_that_act_with_them_and_to_no_other() -> None:
    right = derive(resource("Lambda::Function"), resource("CodePipeline::Pipeline"))

    services = ["codepipeline.amazonaws.com", "lambda.amazonaws.com"]
    (one,) = [one for one in right.statements if "iam:PassRole" in one["Action"]]
    assert one == statement(
        "HandRoles", ["iam:PassRole"], ROLES, Condition={"StringEquals": {"iam:PassedToService": services}}
    )


def test_objects_are_read_where_they_lie() -> None:
    right = derive(resource("S3::BucketPolicy"), reads=("arn:aws:s3:::shop-templates/assets/*",))

    assert right.statements[0] == statement("ReadObjects", ["s3:GetObject"], "arn:aws:s3:::shop-templates/assets/*")
    assert "s3:GetObject" not in allowed(derive(resource("Lambda::Function")))


def test_names_can_be_variables_of_a_template() -> None:
    names = {
        "stack": "${StackName}-test",
        "region": "${AWS::Region}",
        "account": "${AWS::AccountId}",
        "partition": "${AWS::Partition}",
    }

    (one,) = derive(resource("DynamoDB::Table", TableName="${AWS::StackName}-x"), names=names).statements

    assert one["Resource"] == [
        "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${StackName}-test-*"
    ]


def test_with_a_boundary_roles_are_made_and_changed_with_it_only_and_keep_it() -> None:
    right = derive(resource("IAM::Role"), boundary=BOUNDARY)

    bounded = {"StringEquals": {"iam:PermissionsBoundary": [BOUNDARY]}}
    held = [one for one in right.statements if one.get("Condition") == bounded]
    free = [action for one in right.statements if "Condition" not in one for action in one["Action"]]
    assert held == [
        statement("AWSIAMRoleBounded", sorted(set(permissions.BOUNDED) & allowed(right)), ROLES, Condition=bounded)
    ]
    assert not {*permissions.BOUNDED, *permissions.FORBIDDEN} & {*free}
    assert "iam:DeleteRolePermissionsBoundary" not in allowed(right)
    assert allowed(derive(resource("IAM::Role"))) - allowed(right) == {"iam:DeleteRolePermissionsBoundary"}


def test_with_a_boundary_policies_of_users_ask_for_it_and_those_of_groups_are_not_made() -> None:
    policies = [
        resource("IAM::Policy", Roles=["shop-test-r"], Users=["shop-test-u"], Groups=["shop-test-g"]),
        resource("IAM::ManagedPolicy", Users=["shop-test-u"], Groups=["shop-test-g"]),
    ]

    right = derive(*policies, boundary=BOUNDARY)

    held = {action for one in right.statements if "Condition" in one for action in one["Action"]}
    lost = allowed(derive(*policies)) - allowed(right)
    assert {"iam:AttachUserPolicy", "iam:DetachUserPolicy", "iam:PutUserPolicy", "iam:DeleteUserPolicy"} <= held
    assert lost == {f"iam:{name}GroupPolicy" for name in ("Attach", "Delete", "Detach", "Put")}


def test_the_boundary_itself_stays_as_it_is() -> None:
    right = derive(boundary=BOUNDARY)

    edits = ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"]
    assert right.statements == [{"Sid": "KeepBoundary", "Effect": "Deny", "Action": edits, "Resource": [BOUNDARY]}]


def test_patterns_are_filled_with_the_names() -> None:
    (one,) = permissions.filled([Permission("A", ("{stack}-*", "{region}"), ("x:A",))], NAMES)

    assert one == Permission("A", ("shop-test-*", "eu-west-1"), ("x:A",))
