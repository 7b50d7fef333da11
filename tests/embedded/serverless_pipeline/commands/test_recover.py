"""The way out of UPDATE_ROLLBACK_FAILED: an update fails, and the code that a function had before is gone."""

from __future__ import annotations

import io
import zipfile
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.cloudformation import stack
from serverless_pipeline.cloudformation.stack import Stack, Status
from serverless_pipeline.commands import down, recover, up
from serverless_pipeline.errors import Error, Misconfigured
from serverless_pipeline.project import bucket, standing
from tests.support import stacks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.settings import Settings

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


@pytest.fixture
def chosen(clients: Clients) -> Iterator[Settings]:
    settings = stacks.settings("recover")
    yield settings
    down.down(settings, clients, sure=True)


def code(clients: Clients, chosen: Settings, name: str) -> str:
    """Put the code of a function in the bucket; answers its key."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("index.py", f"def handler(event, context): return {name!r}\n")
    home = bucket.name(chosen, clients)
    bucket.ensure(clients, home)
    bucket.put(clients, home, f"{name}.zip", archive.getvalue())
    return f"{name}.zip"


def function(clients: Clients, chosen: Settings, key: str) -> dict[str, Any]:
    return stacks.resource(
        "Lambda::Function",
        Runtime="python3.13",
        Handler="index.handler",
        Role={"Fn::GetAtt": ["Role", "Arn"]},
        Code={"S3Bucket": bucket.name(chosen, clients), "S3Key": {"Ref": key}},
    )


def template(clients: Clients, chosen: Settings) -> dict[str, Any]:
    resources = {
        "Role": stacks.resource("IAM::Role", AssumeRolePolicyDocument=TRUST),
        "Function": function(clients, chosen, "Key"),
        "Later": function(clients, chosen, "LaterKey") | {"DependsOn": "Function"},
    }
    return {"Parameters": {"Key": {"Type": "String"}, "LaterKey": {"Type": "String"}}, "Resources": resources}


def stuck(clients: Clients, chosen: Settings) -> Stack:
    """A stack whose update failed after its function had its new code, when the old code was not there any more."""
    key, home = code(clients, chosen, "old"), bucket.name(chosen, clients)
    later = code(clients, chosen, "later")
    url = stacks.published(clients, chosen, template(clients, chosen))
    created = stacks.deployed(clients, chosen, url, Key=key, LaterKey=later)
    assert created.status is Status.CREATE_COMPLETE, created.reason
    for version in clients.s3.list_object_versions(Bucket=home, Prefix=key)["Versions"]:
        clients.s3.delete_object(Bucket=home, Key=key, VersionId=version["VersionId"])
    return stacks.deployed(clients, chosen, url, Key=code(clients, chosen, "new"), LaterKey="missing.zip")


def test_what_was_mended_is_rolled_back(clients: Clients, chosen: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert stuck(clients, chosen).status is Status.UPDATE_ROLLBACK_FAILED
    code(clients, chosen, "old")

    recover.recover(chosen, clients, "", "", sure=False)

    assert stack.demand(clients, chosen.stack_name).status is Status.UPDATE_ROLLBACK_COMPLETE
    assert f"Recovered  stack {chosen.stack_name}, UPDATE_ROLLBACK_COMPLETE" in capsys.readouterr().err


def test_what_cannot_be_mended_is_told_again_until_it_is_skipped(clients: Clients, chosen: Settings) -> None:
    assert stuck(clients, chosen).status is Status.UPDATE_ROLLBACK_FAILED

    with pytest.raises(Error, match=r"is UPDATE_ROLLBACK_FAILED[\s\S]*Function[\s\S]*invoke pipeline\.recover"):
        recover.recover(chosen, clients, "", "", sure=True)
    with pytest.raises(Misconfigured, match=r"no resource Nothing; what failed to roll back: Function"):
        recover.recover(chosen, clients, "", "Nothing", sure=True)
    with pytest.raises(Misconfigured, match="There is no terminal to ask on"):
        recover.recover(chosen, clients, "", "Function", sure=False)
    recover.recover(chosen, clients, "", "Function", sure=True)

    assert stack.demand(clients, chosen.stack_name).status is Status.UPDATE_ROLLBACK_COMPLETE


def test_up_names_the_command(clients: Clients, chosen: Settings) -> None:
    stuck(clients, chosen)
    now = standing.look(clients, chosen.stack_name)

    with pytest.raises(Error, match=r"UPDATE_ROLLBACK_FAILED[\s\S]*Next: invoke pipeline\.recover"):
        up.settle(clients, SimpleNamespace(settings=chosen, bucket="home"), now, wait=True)  # type: ignore[arg-type]


def test_a_stack_that_needs_none_is_left_alone(
    clients: Clients, chosen: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    stacks.deployed(clients, chosen, stacks.published(clients, chosen, {"Resources": {"Note": stacks.note()}}))

    recover.recover(chosen, clients, "", "", sure=False)

    assert "is CREATE_COMPLETE; only UPDATE_ROLLBACK_FAILED needs this" in capsys.readouterr().err
