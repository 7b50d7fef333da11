from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation.calls import TYPES
from serverless_pipeline.local import seams
from serverless_pipeline.local.cloudformation import authority, caller
from serverless_pipeline.local.cloudformation.caller import Unauthorized
from serverless_pipeline.local.iam import role
from tests.support.cloudformation import FINE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.cloudformation import CloudFormation

API, BUCKET, FUNCTION = "AWS::ApiGateway::RestApi", "AWS::S3::Bucket", "AWS::Lambda::Function"
ROLE, TABLE, UNKNOWN = "AWS::IAM::Role", "AWS::DynamoDB::Table", "AWS::ECS::Cluster"
GATEWAY = "arn:aws:apigateway:eu-west-1::"
TEAM, COST = {"Key": "Team", "Value": "shop"}, {"Key": "Cost", "Value": "42"}


class World:
    """MiniStack's resources and roles, and what is demanded of IAM; the action `denied` is not allowed."""

    def __init__(self) -> None:
        self.demands: list[tuple[str, ...]] = []
        self.done: list[tuple[Any, ...]] = []
        self.denied = ""
        self.roles: dict[str, dict[str, str]] = {}

    def demand(self, action: str, resource: str, context: Mapping[str, str] | None = None) -> None:
        self.demands.append((action, resource, *(context or {}).values()))
        if action == self.denied:
            raise Unauthorized(f"not {action}")

    def do(self, what: str, answer: Any = None) -> Any:
        def done(*arguments: Any) -> Any:
            self.done.append((what, *arguments))
            return answer

        return done


@pytest.fixture
def world(cloudformation: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World()
    monkeypatch.setattr(caller, "demand", world.demand)
    monkeypatch.setattr(role, "record", lambda arn: world.roles.get(arn, {}))
    seams.PROVISION_RESOURCE.replace(world.do("create", ("physical", {"Arn": "arn"})))
    seams.UPDATE_RESOURCE.replace(world.do("update", ("physical", {"Arn": "new"})))
    seams.DELETE_RESOURCE.replace(world.do("delete"))
    seams.DRIFT_READERS.replace({kind: (world.do(f"read {kind}", {"now": 1}), {"Tags"}) for kind in (TABLE, UNKNOWN)})
    for kind in (*TYPES, UNKNOWN):
        cloudformation.handlers[kind]["delete"] = world.do("take back")
    cloudformation.actions["DetectStackDrift"] = cloudformation.answer
    authority.install()
    return world


def create(kind: str, **properties: Any) -> Any:
    return seams.PROVISION_RESOURCE(kind, "Logical", properties, "shop")


def update(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Any:
    return seams.UPDATE_RESOURCE(kind, "physical", old, new, "shop", "Logical", {"Arn": "arn"})


def on(resource: str, *actions: str) -> list[tuple[str, ...]]:
    return [(action, resource) for action in actions]


TABLE_ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/physical"
ROLE_ARN = "arn:aws:iam::123456789012:role/physical"


def test_a_resource_is_made_with_the_actions_of_its_handler(world: World) -> None:
    answer = create(TABLE, BillingMode="PAY_PER_REQUEST")

    assert answer == ("physical", {"Arn": "arn"})
    assert world.done == [("create", TABLE, "Logical", {"BillingMode": "PAY_PER_REQUEST"}, "shop")]
    assert world.demands == on(TABLE_ARN, *TYPES[TABLE].create)


def test_properties_and_tags_need_more(world: World) -> None:
    create(TABLE, TimeToLiveSpecification={"Enabled": True}, Tags=[TEAM])

    assert world.demands == on(TABLE_ARN, *TYPES[TABLE].create, "dynamodb:UpdateTimeToLive", "dynamodb:TagResource")


@pytest.mark.parametrize("tags", [[], None])
def test_no_tags_need_nothing(world: World, tags: Any) -> None:
    create(TABLE, Tags=tags)

    assert world.demands == on(TABLE_ARN, *TYPES[TABLE].create)


def test_what_only_a_change_needs_is_not_needed_to_make_it(world: World) -> None:
    create(ROLE, Description="what it does")

    assert world.demands == on(ROLE_ARN, "iam:CreateRole", "iam:GetRole", "iam:GetRolePolicy")


def test_a_policy_can_ask_for_the_boundary_of_a_role(world: World) -> None:
    create(ROLE, PermissionsBoundary="arn:policy")
    update(ROLE, {"PermissionsBoundary": "arn:old"}, {"PermissionsBoundary": "arn:new"})

    assert world.demands == [
        *((action, ROLE_ARN, "arn:policy") for action in ("iam:CreateRole", "iam:GetRole", "iam:GetRolePolicy")),
        ("iam:PutRolePermissionsBoundary", ROLE_ARN, "arn:new"),
    ]


def test_a_policy_can_ask_for_the_boundary_of_the_role_that_it_is_put_on(world: World) -> None:
    world.roles[ROLE_ARN] = {"PermissionsBoundary": "arn:policy"}

    create("AWS::IAM::Policy", Roles=["physical", "other"])

    assert world.demands == [
        (action, *about)
        for action in ("iam:PutRolePolicy", "iam:GetRolePolicy")
        for about in ((ROLE_ARN, "arn:policy"), (ROLE_ARN.replace("physical", "other"),))
    ]


def test_what_has_no_name_is_about_what_it_belongs_to(world: World) -> None:
    create("AWS::Lambda::EventSourceMapping", FunctionName="shop-api")

    function = "arn:aws:lambda:eu-west-1:123456789012:function:shop-api"
    mapping = "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:physical"
    assert world.demands == [
        ("lambda:CreateEventSourceMapping", "*", function),
        ("lambda:GetEventSourceMapping", mapping, function),
    ]


def test_a_custom_resource_is_about_its_function_before_that_is_called(world: World) -> None:
    world.denied = "lambda:InvokeFunction"

    with pytest.raises(Unauthorized):
        create("Custom::Seed", ServiceToken="arn:function")

    assert world.done == []
    assert world.demands == on("arn:function", "lambda:InvokeFunction")
    world.denied = ""
    create("Custom::Seed", ServiceToken="arn:function")
    assert [done[0] for done in world.done] == ["create"]


@pytest.mark.parametrize(
    ("place", "value", "path"),
    [
        ("Content", {"S3Bucket": "b", "S3Key": "k"}, "b/k"),
        ("DefinitionS3Location", {"Bucket": "b", "Key": "k", "Version": "1"}, "b/k"),
        ("CodeS3Location", "s3://b/k", "b/k"),
    ],
)
def test_an_object_is_named_in_each_of_awss_forms(world: World, place: str, value: Any, path: str) -> None:
    kind = next(kind for kind, entry in TYPES.items() if place in entry.objects)

    create(kind, **{place: value})

    assert ("s3:GetObject", f"arn:aws:s3:::{path}") in world.demands


def test_a_role_is_handed_over_wherever_it_lies_in_the_properties(world: World) -> None:
    create("AWS::Events::Rule", Targets=[{"Id": "a", "RoleArn": "arn:a"}, {"Id": "b"}, {"Id": "c", "RoleArn": "arn:c"}])

    assert [demand for demand in world.demands if demand[0] == "iam:PassRole"] == [
        ("iam:PassRole", one, "events.amazonaws.com") for one in ("arn:a", "arn:c")
    ]


def test_tags_in_a_map_are_given_and_taken_away_like_those_in_a_list(world: World) -> None:
    pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/physical"

    update("AWS::Cognito::UserPool", {"UserPoolTags": {"a": "1", "b": "2"}}, {"UserPoolTags": {"a": "1"}})

    assert world.demands[len(TYPES["AWS::Cognito::UserPool"].update) :] == on(
        pool, "cognito-idp:TagResource", "cognito-idp:ListTagsForResource", "cognito-idp:UntagResource"
    )


def test_what_may_not_be_made_is_taken_back(world: World) -> None:
    world.denied = "dynamodb:TagResource"

    with pytest.raises(Unauthorized, match="not dynamodb:TagResource"):
        create(TABLE, Tags=[TEAM])

    assert world.done[1:] == [("take back", "physical", {"Tags": [TEAM]})]


def test_a_type_that_the_table_does_not_know_is_not_asked_about(world: World) -> None:
    create(UNKNOWN, Tags=[TEAM])
    update(UNKNOWN, {"Value": "1"}, {"Value": "2"})
    seams.DELETE_RESOURCE(UNKNOWN, "physical", {}, "shop", "Logical")
    seams.DRIFT_READERS.value[UNKNOWN][0]("physical", {})

    assert [done[0] for done in world.done] == ["create", "update", "delete", f"read {UNKNOWN}"]
    assert world.demands == []


def test_a_role_is_handed_over_and_code_is_read(world: World) -> None:
    create(FUNCTION, Role="arn:role", Code={"S3Bucket": "shop-templates", "S3Key": "bundles/1.zip"})

    function = "arn:aws:lambda:eu-west-1:123456789012:function:physical"
    assert world.demands == [
        *on(function, *TYPES[FUNCTION].create),
        ("iam:PassRole", "arn:role", "lambda.amazonaws.com"),
        ("s3:GetObject", "arn:aws:s3:::shop-templates/bundles/1.zip"),
    ]


@pytest.mark.parametrize("code", [{"ZipFile": "def handler(): ..."}, None])
def test_code_in_the_template_is_read_nowhere(world: World, code: Any) -> None:
    create(FUNCTION, Code=code)

    assert {action for action, *_ in world.demands} == set(TYPES[FUNCTION].create)


@pytest.mark.parametrize(
    ("kind", "name", "function"),
    [
        ("AWS::Lambda::Alias", "shop-api", "shop-api"),
        ("AWS::Lambda::Permission", "arn:aws:lambda:eu-west-1:123456789012:function:shop-api:live", "shop-api:live"),
        ("AWS::Lambda::Function", "", "physical"),
    ],
)
def test_what_belongs_to_a_function_is_about_the_function(world: World, kind: str, name: str, function: str) -> None:
    create(kind, **({"FunctionName": name} if name else {}))

    arn = f"arn:aws:lambda:eu-west-1:123456789012:function:{function}"
    assert world.demands == on(arn, *TYPES[kind].create)


def test_an_api_is_made_below_all_apis_and_tagged_at_an_address_of_its_own(world: World) -> None:
    create(API, Body={}, Tags=[TEAM])

    assert world.demands == [
        ("apigateway:POST", f"{GATEWAY}/restapis"),
        *on(f"{GATEWAY}/restapis/physical", "apigateway:GET", "apigateway:PATCH", "apigateway:PUT"),
        ("apigateway:PUT", f"{GATEWAY}/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fphysical"),
    ]


def test_a_stage_is_about_its_api(world: World) -> None:
    create("AWS::ApiGateway::Stage", RestApiId="abc", StageName="test")

    assert world.demands == [
        ("apigateway:POST", f"{GATEWAY}/restapis/abc/stages"),
        *on(f"{GATEWAY}/restapis/abc/stages/physical", "apigateway:GET", "apigateway:PATCH"),
    ]


def test_what_iam_can_limit_to_nothing_is_about_everything(world: World) -> None:
    create("AWS::Logs::LogGroup", LogGroupName="/shop")

    assert [(action, resource) for action, resource in world.demands if resource == "*"] == on(
        "*", "logs:DescribeIndexPolicies", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies"
    )


def test_an_update_needs_what_changes(world: World) -> None:
    old = {"TimeToLiveSpecification": {"Enabled": True}, "BillingMode": "PROVISIONED", "Tags": [TEAM]}
    new = old | {"BillingMode": "PAY_PER_REQUEST"}

    answer = update(TABLE, old, new)

    assert answer == ("physical", {"Arn": "new"})
    assert world.done == [("update", TABLE, "physical", old, new, "shop", "Logical", {"Arn": "arn"})]
    assert world.demands == on(TABLE_ARN, *TYPES[TABLE].update)


def test_an_update_that_changes_nothing_needs_nothing(world: World) -> None:
    update(TABLE, {"Tags": [TEAM]}, {"Tags": [TEAM]})

    assert world.demands == []
    assert len(world.done) == 1


@pytest.mark.parametrize(
    ("old", "new", "actions"),
    [
        ({}, {"PermissionsBoundary": "arn:b"}, ["iam:PutRolePermissionsBoundary"]),
        ({"PermissionsBoundary": "arn:a"}, {"PermissionsBoundary": "arn:b"}, ["iam:PutRolePermissionsBoundary"]),
        ({"PermissionsBoundary": "arn:a"}, {}, ["iam:DeleteRolePermissionsBoundary"]),
        ({"Description": "a"}, {"Description": "b"}, ["iam:UpdateRole", "iam:UpdateRoleDescription"]),
        ({"Policies": [{"PolicyName": "a"}]}, {"Policies": []}, ["iam:PutRolePolicy", "iam:DeleteRolePolicy"]),
        (
            {"Policies": [{"PolicyName": "a"}, {"PolicyName": "b"}]},
            {"Policies": [{"PolicyName": "b"}, {"PolicyName": "c"}]},
            ["iam:PutRolePolicy", "iam:DeleteRolePolicy"],
        ),
        (
            {"Policies": [{"PolicyName": "a", "PolicyDocument": 1}]},
            {"Policies": [{"PolicyName": "a", "PolicyDocument": 2}]},
            ["iam:PutRolePolicy"],
        ),
        ({}, {"Tags": [TEAM]}, ["iam:TagRole"]),
        ({"Tags": [TEAM]}, {"Tags": [TEAM | {"Value": "other"}]}, ["iam:TagRole"]),
        ({"Tags": [TEAM, COST]}, {"Tags": [TEAM]}, ["iam:TagRole", "iam:ListRoleTags", "iam:UntagRole"]),
        ({"Tags": [TEAM]}, {}, ["iam:ListRoleTags", "iam:UntagRole"]),
    ],
)
def test_what_is_set_changed_or_taken_away_needs_its_own_action(
    world: World, old: dict[str, Any], new: dict[str, Any], actions: list[str]
) -> None:
    update(ROLE, old, new)

    assert [demand[:2] for demand in world.demands] == on(ROLE_ARN, *actions)


def test_a_list_of_words_is_taken_away_as_a_whole(world: World) -> None:
    update(FUNCTION, {"Architectures": ["arm64"], "Timeout": 1}, {"Architectures": ["x86_64"], "Timeout": 1})

    assert {action for action, *_ in world.demands} == set(TYPES[FUNCTION].update)


def test_tags_of_an_api_are_taken_away_at_their_own_address(world: World) -> None:
    update(API, {"Tags": [TEAM, COST]}, {"Tags": [COST]})

    tags = f"{GATEWAY}/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fphysical"
    assert world.demands == [
        *on(f"{GATEWAY}/restapis/physical", "apigateway:PATCH", "apigateway:GET"),
        *on(tags, "apigateway:PUT", "apigateway:GET", "apigateway:DELETE"),
    ]


def test_a_role_that_stays_is_not_handed_over_again(world: World) -> None:
    old = {"Role": "arn:role", "Code": {"S3Bucket": "b", "S3Key": "1"}}

    update(FUNCTION, old, old | {"Code": {"S3Bucket": "b", "S3Key": "2"}})

    assert world.demands[len(TYPES[FUNCTION].update) :] == [
        ("lambda:UpdateFunctionCode", "arn:aws:lambda:eu-west-1:123456789012:function:physical"),
        ("s3:GetObject", "arn:aws:s3:::b/2"),
    ]


def test_what_may_not_be_updated_stays_as_it_is(world: World) -> None:
    world.denied = "iam:UntagRole"

    with pytest.raises(Unauthorized):
        update(ROLE, {"Tags": [TEAM]}, {"Tags": []})

    assert world.done == []


def test_a_resource_is_deleted_with_the_actions_of_its_handler(world: World) -> None:
    seams.DELETE_RESOURCE(BUCKET, "physical", {"Tags": [TEAM]}, "shop", "Logical")

    assert world.done == [("delete", BUCKET, "physical", {"Tags": [TEAM]}, "shop", "Logical")]
    assert world.demands == on("arn:aws:s3:::physical", "s3:DeleteBucket", "s3:ListBucket")


def test_what_may_not_be_deleted_stays(world: World) -> None:
    world.denied = "s3:DeleteBucket"

    with pytest.raises(Unauthorized):
        seams.DELETE_RESOURCE(BUCKET, "physical", {})

    assert world.done == []


def test_who_looks_for_drift_needs_to_read_the_resource(world: World) -> None:
    read, properties = seams.DRIFT_READERS.value[TABLE]

    assert read("physical", {"TableName": "physical"}) == {"now": 1}
    assert properties == {"Tags"}
    assert world.done == [(f"read {TABLE}", "physical", {"TableName": "physical"})]
    assert world.demands == on(TABLE_ARN, *TYPES[TABLE].read)


@pytest.mark.parametrize(
    ("name", "resource"),
    [("shop", "arn:stack/shop/1"), ("arn:stack/shop/1", "arn:stack/shop/1"), ("nobody", "nobody")],
)
def test_who_looks_for_the_drift_of_a_stack_may_look_for_that_of_its_resources(
    cloudformation: CloudFormation, world: World, name: str, resource: str
) -> None:
    cloudformation.add_stack("shop")

    assert cloudformation.actions["DetectStackDrift"]({"StackName": name}) == FINE
    assert world.demands == on(resource, "cloudformation:DetectStackResourceDrift")


def test_who_may_not_is_refused(cloudformation: CloudFormation, world: World) -> None:
    world.denied = "cloudformation:DetectStackResourceDrift"

    answer = cloudformation.actions["DetectStackDrift"]({"StackName": "shop"})

    assert answer == (403, {}, b"AccessDenied: not cloudformation:DetectStackResourceDrift")
    assert cloudformation.requests == []
