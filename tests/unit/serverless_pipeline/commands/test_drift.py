from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.commands import drift
from serverless_pipeline.commands.drift import DELIVERED, Difference, Drift, Report, Unchecked
from serverless_pipeline.errors import Different, Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.settings import Settings

if TYPE_CHECKING:
    from botocore.stub import Stubber

    from serverless_pipeline.aws import Clients

SETTINGS = Settings(stack_name="shop")
ARN = "arn:aws:cloudformation:eu-west-1:123456789012:stack"
ROOT, INNER = f"{ARN}/shop/1", f"{ARN}/shop-Inner-X1/2"
TEST, CACHE = f"{ARN}/shop-test/3", f"{ARN}/shop-test-Cache-X2/4"
SITE = Resource("Inner/Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE")
HELD = Tree(
    ROOT, "", (Resource("Inner", INNER, stack.KIND, "CREATE_COMPLETE"),), {"Inner": Tree(INNER, "Inner", (SITE,))}
)
CHANGED = Drift("Inner/Site", "shop-site", "AWS::S3::Bucket", "MODIFIED", (Difference("/Tags", "a", "b"),))


DELIVERED_HELD = Tree(
    TEST, "", (Resource("Cache", CACHE, stack.KIND, "CREATE_COMPLETE"),), {"Cache": Tree(CACHE, "Cache", (SITE,))}
)


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> dict[str, Stack]:
    """A root with a nested stack, both whole; no environment was delivered yet."""
    there = {"shop": Stack("shop", ROOT, Status.UPDATE_ROLLBACK_COMPLETE)}
    monkeypatch.setattr(stack, "find", lambda _, name: there.get(name))
    monkeypatch.setattr(tree, "look", lambda _, stack_id: {ROOT: HELD, TEST: DELIVERED_HELD}[stack_id])
    monkeypatch.setattr(Patience, "towards", lambda *_, **__: Patience(sleep=lambda _: None))
    return there


def described(logical_id: str, kind: str, status: str = "MODIFIED", *paths: str) -> dict[str, Any]:
    differences = [
        {"PropertyPath": path, "ExpectedValue": "1", "ActualValue": "2", "DifferenceType": "NOT_EQUAL"}
        for path in paths
    ]
    return {
        "StackId": ROOT,
        "LogicalResourceId": logical_id,
        "PhysicalResourceId": f"shop-{logical_id.lower()}",
        "ResourceType": kind,
        "StackResourceDriftStatus": status,
        "PropertyDifferences": differences,
        "Timestamp": 0,
    }


def looks(
    stubber: Stubber, stack_id: str, *drifts: dict[str, Any], ends: str = "DETECTION_COMPLETE", **more: str
) -> None:
    """CloudFormation looks at one stack, which takes it two questions."""
    stubber.add_response("detect_stack_drift", {"StackDriftDetectionId": "the-id"}, {"StackName": stack_id})
    for status in ("DETECTION_IN_PROGRESS", ends):
        answer = {"StackId": stack_id, "StackDriftDetectionId": "the-id", "DetectionStatus": status, "Timestamp": 0}
        asked = {"StackDriftDetectionId": "the-id"}
        stubber.add_response("describe_stack_drift_detection_status", answer | more, asked)
    filters = {"StackName": stack_id, "StackResourceDriftStatusFilters": ["IN_SYNC", "MODIFIED", "DELETED"]}
    stubber.add_response("describe_stack_resource_drifts", {"StackResourceDrifts": list(drifts)}, filters)


@pytest.mark.usefixtures("standing")
def test_every_stack_is_looked_at_and_what_drifted_has_its_path(clients: Clients, cloudformation: Stubber) -> None:
    nested = described("Inner", stack.KIND, "MODIFIED", "/TemplateURL")
    looks(cloudformation, ROOT, described("Table", "AWS::DynamoDB::Table", "DELETED"), nested)
    looks(cloudformation, INNER, described("Site", "AWS::S3::Bucket", "MODIFIED", "/Tags"))

    report = drift.detect(SETTINGS, clients)

    assert report == Report(
        "shop",
        (
            Drift("Table", "shop-table", "AWS::DynamoDB::Table", "DELETED", ()),
            Drift("Inner/Site", "shop-site", "AWS::S3::Bucket", "MODIFIED", (Difference("/Tags", "1", "2"),)),
        ),
    )


def test_what_drifted_in_an_environment_has_its_name_before_its_path(
    clients: Clients, cloudformation: Stubber, standing: dict[str, Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    standing["shop-test"] = Stack("shop-test", TEST, Status.UPDATE_COMPLETE)
    monkeypatch.setattr(tree, "is_deleted", lambda _, one: one.path == "Inner")
    looks(cloudformation, ROOT)
    looks(cloudformation, TEST, described("Queue", "AWS::SQS::Queue", "DELETED"))
    looks(cloudformation, CACHE, described("Site", "AWS::S3::Bucket", "MODIFIED", "/Tags"))

    report = drift.detect(SETTINGS, clients)

    assert report == Report(
        "shop",
        (
            Drift("Inner", INNER, stack.KIND, "DELETED", ()),
            Drift("Test/Queue", "shop-queue", "AWS::SQS::Queue", "DELETED", ()),
            Drift("Test/Cache/Site", "shop-site", "AWS::S3::Bucket", "MODIFIED", (Difference("/Tags", "1", "2"),)),
        ),
    )


def test_a_stack_that_was_deleted_in_an_environment_is_a_drift_of_the_environment(
    clients: Clients, cloudformation: Stubber, standing: dict[str, Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    standing["shop-test"] = Stack("shop-test", TEST, Status.UPDATE_COMPLETE)
    monkeypatch.setattr(tree, "is_deleted", lambda _, one: one.path == "Cache")
    for stack_id in (ROOT, INNER, TEST):
        looks(cloudformation, stack_id)

    assert drift.detect(SETTINGS, clients).drifts == (Drift("Test/Cache", CACHE, stack.KIND, "DELETED", ()),)


def test_an_environment_in_review_holds_nothing_that_could_drift(
    clients: Clients, cloudformation: Stubber, standing: dict[str, Stack]
) -> None:
    standing["shop-test"] = Stack("shop-test", TEST, Status.REVIEW_IN_PROGRESS)
    looks(cloudformation, ROOT)
    looks(cloudformation, INNER, described("Site", "AWS::S3::Bucket", "IN_SYNC"))

    assert drift.detect(SETTINGS, clients) == Report("shop", ())


def test_what_was_not_compared_is_listed_and_counts_as_no_drift(
    clients: Clients, cloudformation: Stubber, standing: dict[str, Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    standing["shop-test"] = Stack("shop-test", TEST, Status.UPDATE_COMPLETE)
    rule = Resource("Cache/Rule", "rule", "AWS::Events::Rule", "CREATE_COMPLETE")
    held = Tree(TEST, "", (), {"Cache": Tree(CACHE, "Cache", (SITE, rule))})
    monkeypatch.setattr(tree, "look", lambda _, stack_id: {ROOT: Tree(ROOT), TEST: held}[stack_id])
    monkeypatch.setattr(tree, "is_deleted", lambda *_: False)
    looks(cloudformation, ROOT)
    looks(cloudformation, TEST)
    looks(cloudformation, CACHE, described("Site", "AWS::S3::Bucket", "MODIFIED", "/Tags"))

    report = drift.detect(SETTINGS, clients)

    assert report.unchecked == (Unchecked("Test/Cache/Rule", "AWS::Events::Rule"),)
    assert [one.resource for one in report.drifts] == ["Test/Cache/Site"]


def test_what_was_not_compared_is_said_by_type() -> None:
    unchecked = (
        Unchecked("A", "AWS::Events::Rule"),
        Unchecked("B", "AWS::SQS::Queue"),
        Unchecked("C", "AWS::Events::Rule"),
    )

    assert list(Report("shop", (), unchecked=unchecked).lines()) == [
        "Nothing was changed by hand of what can be checked.",
        "UNCHECKED AWS::Events::Rule  A, C",
        "UNCHECKED AWS::SQS::Queue  B",
    ]


@pytest.mark.usefixtures("standing")
def test_a_nested_stack_that_was_deleted_is_a_drift_and_is_not_looked_at(
    clients: Clients, cloudformation: Stubber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "is_deleted", lambda _, one: one.path == "Inner")
    looks(cloudformation, ROOT)

    report = drift.detect(SETTINGS, clients)

    assert report.drifts == (Drift("Inner", INNER, stack.KIND, "DELETED", ()),)


@pytest.mark.usefixtures("standing")
@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"DetectionStatusReason": "no right to read"}, "no right to read"),
        ({}, "CloudFormation gives no reason"),
    ],
)
def test_what_could_not_be_looked_at_is_named(
    clients: Clients, cloudformation: Stubber, more: dict[str, str], words: str
) -> None:
    looks(cloudformation, ROOT)
    looks(cloudformation, INNER, ends="DETECTION_FAILED", **more)

    assert drift.detect(SETTINGS, clients).skipped == (f"part of shop-Inner-X1: {words}",)


@pytest.mark.parametrize("name", ["shop", "shop-test", "shop-prod"])
@pytest.mark.parametrize("status", [Status.UPDATE_IN_PROGRESS, Status.ROLLBACK_COMPLETE, Status.CREATE_FAILED])
def test_a_stack_in_the_middle_of_an_operation_is_no_answer(
    standing: dict[str, Stack], status: Status, name: str
) -> None:
    standing[name] = Stack(name, f"{ARN}/{name}/1", status)

    with pytest.raises(Error, match=rf" {name} cannot be found out: it is {status}\.\n  Next: invoke pipeline\.status"):
        drift.detect(SETTINGS, None)  # type: ignore[arg-type]


def test_a_pipeline_in_review_cannot_be_looked_at(standing: dict[str, Stack]) -> None:
    standing["shop"] = Stack("shop", ROOT, Status.REVIEW_IN_PROGRESS)

    with pytest.raises(Error, match="shop cannot be found out: it is REVIEW_IN_PROGRESS"):
        drift.detect(SETTINGS, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "path", "drifted"),
    [
        ("AWS::Lambda::Alias", "/FunctionVersion", False),
        ("AWS::Lambda::Alias", "/RoutingConfig/AdditionalVersionWeights", False),
        ("AWS::Lambda::Alias", "/RoutingConfiguration", True),
        ("AWS::ApiGateway::Stage", "/DeploymentId", False),
        ("AWS::ApiGateway::Stage", "/StageName", True),
        ("AWS::Lambda::Function", "/MemorySize", True),
        ("AWS::DynamoDB::Table", "/BillingMode", True),
    ],
)
def test_what_a_delivery_changes_is_no_drift(kind: str, path: str, *, drifted: bool) -> None:
    item: Any = described("Thing", kind, "MODIFIED", path)

    assert Drift.from_response(item, "").is_drift is drifted


def test_a_delivery_changes_these_properties() -> None:
    assert sorted(DELIVERED) == [
        ("AWS::ApiGateway::RestApi", "/Body"),
        ("AWS::ApiGateway::RestApi", "/Description"),
        ("AWS::ApiGateway::RestApi", "/Name"),
        ("AWS::ApiGateway::Stage", "/DeploymentId"),
        ("AWS::Lambda::Alias", "/Description"),
        ("AWS::Lambda::Alias", "/FunctionVersion"),
        ("AWS::Lambda::Alias", "/RoutingConfig"),
        ("AWS::Lambda::Function", "/Code"),
    ]


def test_a_drift_is_two_lines_and_more_where_more_differs() -> None:
    deleted = Drift("Table", "shop-table", "AWS::DynamoDB::Table", "DELETED", ())

    assert list(Report("shop", (CHANGED, deleted)).lines()) == [
        "MODIFIED  Inner/Site  AWS::S3::Bucket  shop-site",
        "          /Tags: a is now b",
        "DELETED   Table  AWS::DynamoDB::Table  shop-table",
    ]


def test_json_has_it_all(capsys: pytest.CaptureFixture[str]) -> None:
    unchecked = (Unchecked("Rule", "AWS::Events::Rule"),)
    drift.show(Report("shop", (CHANGED,), ("part of it",), unchecked), "json", fail=False)

    shown = capsys.readouterr()
    assert shown.err == "Skipped    part of it\n"
    assert json.loads(shown.out) == {
        "stack": "shop",
        "drifts": [
            {
                "resource": "Inner/Site",
                "physical_id": "shop-site",
                "type": "AWS::S3::Bucket",
                "status": "MODIFIED",
                "differences": [{"path": "/Tags", "expected": "a", "actual": "b"}],
            }
        ],
        "unchecked": [{"resource": "Rule", "type": "AWS::Events::Rule"}],
    }


def test_whoever_asks_to_fail_gets_three_where_something_drifted() -> None:
    with pytest.raises(Different, match=r"not as CloudFormation made it\.\n  Next: invoke pipeline\.drift") as caught:
        drift.show(Report("shop", (CHANGED,)), "text", fail=True)

    assert caught.value.code == 3


def test_where_nothing_drifted_nothing_fails(capsys: pytest.CaptureFixture[str]) -> None:
    drift.show(Report("shop", ()), "text", fail=True)

    assert capsys.readouterr().out == "Nothing was changed by hand.\n"
