from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import statements
from serverless_pipeline.environment.document import Document
from serverless_pipeline.environment.shape import Shape
from serverless_pipeline.errors import Misconfigured
from serverless_pipeline.project import rights
from serverless_pipeline.project.environment_template import EnvironmentTemplate
from serverless_pipeline.settings import Settings
from tests.support import environments

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = Settings(stack_name="shop", environments=("Test", "Prod"))
BOUNDARY = "arn:aws:iam::123456789012:policy/bounds"
LOGS = environments.template({"Log": {"Type": "AWS::Logs::LogGroup"}})
OWN = {"Version": "2012-10-17", "Statement": [{"Sid": "Own", "Effect": "Allow", "Action": "x:Do", "Resource": "*"}]}


def resources_of(statement: dict[str, Any]) -> set[str]:
    """What a statement is allowed on; names are for `Fn::Sub`."""
    return {one["Fn::Sub"] if isinstance(one, dict) else one for one in statement["Resource"]}


def test_each_environment_may_read_what_was_packaged_and_make_what_its_template_has() -> None:
    everyone = rights.of(SETTINGS, LOGS)

    assert list(everyone) == ["Test", "Prod"]
    for name, own in everyone.items():
        first, *derived = own
        assert first == {
            "Sid": "ReadObjects",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": [{"Fn::Sub": "arn:${AWS::Partition}:s3:::${ArtifactBucket}/assets/*"}],
        }
        actions = {action for one in derived for action in one["Action"]}
        assert {"logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy"} <= actions
        reached = {resource for one in derived for resource in resources_of(one)} - {"*"}
        assert [one for one in reached if f"${{StackName}}-{name.lower()}" not in one] == []


def test_what_is_nested_is_made_with_the_same_rights() -> None:
    inner = {"Resources": {"Votes": {"Type": "AWS::DynamoDB::Table"}}}
    template = EnvironmentTemplate(LOGS.document, LOGS.shape, (Document(PurePosixPath("inner.yaml"), inner),))

    (_, *derived) = rights.of(SETTINGS, template)["Prod"]

    assert "dynamodb:CreateTable" in {action for one in derived for action in one["Action"]}
    assert [name for name, _ in rights.resources(template)] == ["Log", "Votes"]


def test_what_sam_makes_of_a_template_is_made_with_its_rights() -> None:
    function = {"Handler": "a.b", "Runtime": "python3.13", "CodeUri": "src/"}
    body = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {"Worker": {"Type": "AWS::Serverless::Function", "Properties": function}},
    }
    template = EnvironmentTemplate(Document(PurePosixPath("t.yaml"), body), Shape.of(body))

    kinds = {resource["Type"] for _, resource in rights.resources(template)}

    assert kinds == {"AWS::Lambda::Function", "AWS::IAM::Role"}


def test_with_a_boundary_roles_are_made_with_it_and_keep_it() -> None:
    template = environments.template({"Role": {"Type": "AWS::IAM::Role"}})
    bounded = Settings(stack_name="shop", environments=("Prod",), permissions_boundary=BOUNDARY)

    kept = rights.of(bounded, template)["Prod"]

    boundary = {"Fn::Sub": "${PermissionsBoundary}"}
    (making,) = (one for one in kept if "iam:CreateRole" in one["Action"])
    assert making["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": [boundary]}}
    assert [one["Resource"] for one in kept if one["Effect"] == "Deny"] == [[boundary]]
    free = rights.of(Settings(stack_name="shop", environments=("Prod",)), template)["Prod"]
    assert [one for one in free if "Condition" in one and "iam:CreateRole" in one["Action"]] == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("policy.json", json.dumps(OWN)),
        ("policy.yaml", "Statement: [{Sid: Own, Effect: Allow, Action: 'x:Do', Resource: '*'}]"),
    ],
)
def test_a_project_adds_statements_of_its_own_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(written)
    settings = Settings(stack_name="shop", environments=("Prod",), environment_policy=name)

    with_own, without = (rights.of(one, LOGS)["Prod"] for one in (settings, SETTINGS))

    assert with_own == [*without, *OWN["Statement"]]


def test_a_name_in_a_statement_of_its_own_is_written_as_in_a_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.yaml").write_text("Statement: [{Effect: Allow, Action: 'x:Do', Resource: !Sub 'arn:${StackName}'}]")
    settings = Settings(stack_name="shop", environments=("Prod",), environment_policy="p.yaml")

    assert rights.of(settings, LOGS)["Prod"][-1]["Resource"] == {"Fn::Sub": "arn:${StackName}"}


@pytest.mark.parametrize("written", ["[]", "Statement: {Effect: Allow}", "Statement: [Allow]", "Version: x", ""])
def test_what_is_no_policy_document_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yaml").write_text(written)

    with pytest.raises(Misconfigured) as caught:
        rights.of(Settings(environment_policy="policy.yaml"), LOGS)

    assert str(caught.value) == (
        "environment_policy: policy.yaml must be a policy document with a list Statement\n"
        "  Next: write it as IAM does, then invoke pipeline.up"
    )


def test_a_policy_document_that_is_not_there_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(Misconfigured, match=r"^absent\.json: it cannot be read"):
        rights.own_statements(Settings(environment_policy="absent.json"))


def statement(size: int, sid: str) -> dict[str, Any]:
    empty = {"Sid": sid, "Effect": "Allow", "Action": [""], "Resource": "*"}
    return empty | {"Action": ["a" * (size - statements.size(empty))]}


def test_a_role_holds_its_rights_itself_as_long_as_it_may() -> None:
    small = [statement(5000, "One"), statement(5000, "Two")]

    assert [one["Statement"] for one in rights.documents(small)] == [small]


def test_rights_that_are_too_many_for_that_are_policies_of_which_none_is_too_large() -> None:
    large = [statement(4000, name) for name in ("One", "Two", "Three")]

    documents = rights.documents(large)

    assert [one for document in documents for one in document["Statement"]] == large
    assert [statements.size(one) <= statements.LARGEST for one in documents] == [True] * 3


def test_types_that_nobody_told_about_are_told() -> None:
    template = environments.template(
        {"Machine": {"Type": "AWS::EC2::Instance"}, "Log": {"Type": "AWS::Logs::LogGroup"}}
    )

    assert list(rights.advice(SETTINGS, template)) == [
        (
            "nobody told what CloudFormation needs for AWS::EC2::Instance; "
            "name statements with the setting environment_policy"
        )
    ]


def test_a_name_that_the_stack_may_not_make_is_told_for_each_environment_with_its_values() -> None:
    named = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::Sub": "${Prefix}-jobs"}}}
    inner = {"Resources": {"Fixed": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "fixed"}}}}
    template = environments.template({"Jobs": named}, ("Prefix",))
    template = EnvironmentTemplate(template.document, template.shape, (Document(PurePosixPath("i.yaml"), inner),))
    settings = Settings(stack_name="shop", environments=("Test", "Prod"), parameters={"Prefix": "shop-test"})

    advice = list(rights.advice(settings, template))

    assert [line.partition(" does not")[0] for line in advice] == [
        "Fixed.QueueName 'fixed'",
        "Jobs.QueueName 'shop-test-jobs'",
        "Fixed.QueueName 'fixed'",
    ]


def test_of_our_own_application_nothing_is_to_be_told() -> None:
    assert list(rights.advice(SETTINGS, environments.dromedary())) == []
