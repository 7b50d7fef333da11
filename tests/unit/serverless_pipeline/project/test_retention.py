from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from serverless_pipeline.cloudformation import change_set, events, operation, stack, tree
from serverless_pipeline.cloudformation.events import Event
from serverless_pipeline.cloudformation.stack import Desired, Stack, Status
from serverless_pipeline.cloudformation.tree import Resource, Tree
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, retention
from serverless_pipeline.project.retention import KEPT, TAG, Kept
from serverless_pipeline.settings import Settings
from tests.support.notes import note

ROLE = "arn:aws:iam::123456789012:role/deployer"
SETTINGS = Settings(stack_name="shop", service_role=ROLE)
ROOT = Stack("shop", "arn:shop", Status.UPDATE_COMPLETE, parameters={"Word": "one"}, tags={"Application": "shop"})
ACCOUNT: Any = SimpleNamespace(account="123456789012", region="eu-west-1", endpoint=None)
HOME = "shop-123456789012-eu-west-1"
TABLE = Resource("Inner/Votes", "shop-votes", "AWS::DynamoDB::Table", "CREATE_COMPLETE")
SITE = Resource("Site", "shop-site", "AWS::S3::Bucket", "CREATE_COMPLETE")
GROUP = Resource("Group", "shop-group", "AWS::IAM::Role", "CREATE_COMPLETE")
INNER = Tree("arn:inner", "Inner", (TABLE,))
NESTED = Resource("Inner", "arn:inner", stack.KIND, "CREATE_COMPLETE")
HELD = Tree("arn:shop", "", (NESTED, SITE), {"Inner": INNER})


def templates(patched: pytest.MonkeyPatch, **bodies: Any) -> list[str]:
    """The templates of stacks by the end of their IDs; answers what was asked for."""
    asked: list[str] = []
    patched.setattr(stack, "template", lambda _, name: note(asked, name, bodies[name.removeprefix("arn:")]))
    return asked


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate"])
def test_what_a_template_retains_stays(monkeypatch: pytest.MonkeyPatch, policy: str) -> None:
    templates(
        monkeypatch,
        shop=f"Resources: {{Site: {{Type: 'AWS::S3::Bucket', DeletionPolicy: {policy}}}, Inner: {{}}}}",
        inner={"Resources": {"Votes": {"Type": "AWS::DynamoDB::Table", "DeletionPolicy": "Delete"}}},
    )

    assert retention.retained(None, HELD) == {"shop-site"}  # type: ignore[arg-type]


def test_a_stack_that_holds_no_data_is_not_asked_for_its_template(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = templates(monkeypatch)

    assert retention.retained(None, Tree("arn:shop", "", (GROUP,))) == set()  # type: ignore[arg-type]
    assert asked == []


def test_a_resource_without_an_id_is_nothing_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    templates(monkeypatch, shop={"Resources": {"Site": {"DeletionPolicy": "Retain"}}})

    assert retention.retained(None, Tree("arn:shop", "", (replace(SITE, physical_id=""),))) == set()  # type: ignore[arg-type]


def test_a_template_without_resources_retains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    templates(monkeypatch, shop="Resources:\n")

    assert retention.retained(None, Tree("arn:shop", "", (SITE,))) == set()  # type: ignore[arg-type]


def test_what_was_left_behind_is_told_by_the_events(monkeypatch: pytest.MonkeyPatch) -> None:
    def event(name: str, status: str) -> Event:
        return Event(name, datetime(2026, 1, 1, tzinfo=UTC), "shop", "arn:shop", name, name, "AWS::S3::Bucket", status)

    happened = [event("one", "DELETE_SKIPPED"), event("two", "DELETE_COMPLETE")]
    monkeypatch.setattr(events, "history", lambda _, held: happened if held is HELD else [])

    assert retention.kept(None, HELD) == (Kept("one", "AWS::S3::Bucket"),)  # type: ignore[arg-type]


def test_a_kept_resource_is_told_by_what_it_is_and_its_name() -> None:
    assert str(Kept("shop-votes", "AWS::DynamoDB::Table")) == "table shop-votes"


def test_data_is_kept_but_log_groups_are_not() -> None:
    assert {"AWS::DynamoDB::Table", "AWS::S3::Bucket"} <= KEPT
    assert "AWS::Logs::LogGroup" not in KEPT


class Aws:
    """A stack that is updated once more; `published` has the templates by key, `desired` what it was updated to."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self.published: dict[str, dict[str, Any]] = {}
        self.desired: Desired | None = None
        self.began = "Updating"
        self.ended = replace(ROOT, tags={TAG: "shop"})
        self.watched: list[Any] = []
        patched.setattr(tree, "look", lambda *_: HELD)
        patched.setattr(bucket, "ensure", lambda _, name, tags: self.watched.append((name, tags)))
        patched.setattr(bucket, "publish", self._publish)
        patched.setattr(change_set, "deploy", self._deploy)
        patched.setattr(operation, "watch", self._watch)
        patched.setattr(operation, "failure", lambda _, root: operation.Failure(root, None))
        patched.setattr(Patience, "towards", lambda *_, **__: Patience())
        templates(
            patched,
            shop='Resources:\n  Inner: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: old}}\n'
            '  Site: {Type: "AWS::S3::Bucket", Properties: {BucketName: !Ref Word}}\n'
            '  Gone: {Type: "AWS::CloudFormation::Stack", Properties: {TemplateURL: untouched}}\n',
            inner={"Resources": {"Votes": {"Type": "AWS::DynamoDB::Table"}, "Log": {"Type": "AWS::Logs::LogGroup"}}},
        )

    def _publish(self, _clients: object, home: str, key: str, data: bytes) -> None:
        assert home == HOME
        assert key == f"templates/{hashlib.sha256(data).hexdigest()}/retained.json"
        self.published[key] = json.loads(data)

    def _deploy(self, _clients: object, desired: Desired) -> str:
        self.desired = desired
        return self.began

    def _watch(self, _clients: object, root: Stack, _patience: object, *, before: Tree) -> Stack:
        self.watched.append((root, before))
        return self.ended


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Aws:
    return Aws(monkeypatch)


RETAINED = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


def test_the_stack_is_updated_to_its_own_templates_with_the_data_retained(aws: Aws) -> None:
    after = retention.keep(SETTINGS, ACCOUNT, ROOT, ROLE)

    (inner_key, inner), (root_key, root) = aws.published.items()
    address = f"https://{HOME}.s3.eu-west-1.amazonaws.com"
    assert inner["Resources"] == {
        "Votes": {"Type": "AWS::DynamoDB::Table", **RETAINED},
        "Log": {"Type": "AWS::Logs::LogGroup"},
    }
    assert root["Resources"] == {
        "Inner": {"Type": stack.KIND, "Properties": {"TemplateURL": f"{address}/{inner_key}"}},
        "Site": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Word"}}, **RETAINED},
        "Gone": {"Type": stack.KIND, "Properties": {"TemplateURL": "untouched"}},
    }
    tags = {"Application": "shop", TAG: "shop"}
    assert aws.desired == Desired("shop", f"{address}/{root_key}", {"Word": None}, tags, ROLE)
    assert aws.watched == [(HOME, {"Application": "shop"}), (ROOT, HELD)]
    assert after is aws.ended


def test_without_a_role_cloudformation_acts_with_that_of_the_stack(aws: Aws) -> None:
    retention.keep(SETTINGS, ACCOUNT, ROOT)

    assert aws.desired
    assert aws.desired.role == ""


def test_what_sam_and_loops_make_is_retained_as_well(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = [["A", "B"], "Names", {"Site${Names}": {"Type": "AWS::S3::Bucket"}}]
    outer = {
        "Votes": {"Type": "AWS::Serverless::SimpleTable"},
        "Fn::ForEach::Sites": loop,
        "Inner": {"Type": "AWS::Serverless::Application", "Properties": {"Location": "old"}},
    }
    templates(monkeypatch, shop={"Resources": outer}, inner={"Resources": {"Log": {"Type": "AWS::Logs::LogGroup"}}})

    retention.keep(SETTINGS, ACCOUNT, ROOT)

    (inner_key, _), (_, root) = aws.published.items()
    assert root["Resources"] == {
        "Votes": {"Type": "AWS::Serverless::SimpleTable", **RETAINED},
        "Fn::ForEach::Sites": [["A", "B"], "Names", {"Site${Names}": {"Type": "AWS::S3::Bucket", **RETAINED}}],
        "Inner": {
            "Type": "AWS::Serverless::Application",
            "Properties": {"Location": f"https://{HOME}.s3.eu-west-1.amazonaws.com/{inner_key}"},
        },
    }


def test_where_all_is_retained_already_nothing_is_watched(aws: Aws) -> None:
    aws.began = "Unchanged"

    assert retention.keep(SETTINGS, ACCOUNT, ROOT) is ROOT
    assert len(aws.watched) == 1


def test_an_update_that_failed_deletes_nothing(aws: Aws) -> None:
    aws.ended = replace(ROOT, status=Status.UPDATE_ROLLBACK_COMPLETE)

    with pytest.raises(Error, match="The stack shop is UPDATE_ROLLBACK_COMPLETE"):
        retention.keep(SETTINGS, ACCOUNT, ROOT)


def test_a_stack_that_was_rolled_back_can_be_updated(aws: Aws) -> None:
    retention.keep(SETTINGS, ACCOUNT, replace(ROOT, status=Status.UPDATE_ROLLBACK_COMPLETE))

    assert aws.desired


@pytest.mark.parametrize("status", [Status.ROLLBACK_COMPLETE, Status.UPDATE_ROLLBACK_FAILED, Status.CREATE_FAILED])
def test_the_data_of_a_stack_that_cannot_be_updated_cannot_be_kept(status: Status) -> None:
    with pytest.raises(Error) as caught:
        retention.keep(SETTINGS, ACCOUNT, replace(ROOT, status=status))

    assert str(caught.value) == (
        f"The data of the stack shop cannot be kept: it is {status}, and would have to be updated.\n"
        "  Next: invoke pipeline.status; without --keep-data, invoke pipeline.down deletes the data as well"
    )
