"""What the templates retain stays, and `down --keep-data` keeps tables and buckets with what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.commands import down
from serverless_pipeline.project import bucket, retention
from tests.support import stacks

if TYPE_CHECKING:
    import pytest

    from serverless_pipeline.aws import Clients


def holding(policy: str = "") -> dict[str, Any]:
    return {
        "Site": stacks.resource("S3::Bucket", policy=policy, **stacks.VERSIONED),
        "Votes": stacks.table(),
        "LogGroup": stacks.resource("Logs::LogGroup"),
    }


def tables(clients: Clients) -> Any:
    return clients.client("dynamodb")


def test_what_a_nested_template_retains_is_neither_emptied_nor_deleted(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = stacks.settings("retained")
    root = stacks.deployed(clients, chosen, stacks.nesting(clients, chosen, holding("Retain")))
    ids = stacks.physical(clients, root)
    clients.s3.put_object(Bucket=ids["Site"], Key="index.html", Body=b"kept")

    down.down(chosen, clients, sure=True)

    printed = capsys.readouterr().err.splitlines()
    assert printed[-2:] == [
        f"Kept       bucket {ids['Site']}  its template retains it",
        "Proved     nothing else is left",
    ]
    assert clients.s3.get_object(Bucket=ids["Site"], Key="index.html")["Body"].read() == b"kept"
    assert ids["Votes"] not in tables(clients).list_tables()["TableNames"]
    bucket.delete(clients, ids["Site"])


def test_keep_data_keeps_tables_and_buckets_of_nested_stacks_and_tags_them(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = stacks.settings("kept")
    own = {"Artifacts": stacks.resource("S3::Bucket")}
    root = stacks.deployed(clients, chosen, stacks.nesting(clients, chosen, holding(), **own))
    ids = stacks.physical(clients, root)
    clients.s3.put_object(Bucket=ids["Site"], Key="index.html", Body=b"kept")
    tables(clients).put_item(TableName=ids["Votes"], Item={"id": {"S": "red"}})

    down.down(chosen, clients, sure=True, keep=True)

    printed = capsys.readouterr().err
    assert {line for line in printed.splitlines() if line.startswith("Kept")} == {
        f"Kept       {kind} {ids[name]}  its template retains it"
        for kind, name in {"bucket": "Site", "table": "Votes"}.items()
    } | {f"Kept       bucket {ids['Artifacts']}  its template retains it"}
    assert clients.s3.get_object(Bucket=ids["Site"], Key="index.html")["Body"].read() == b"kept"
    assert tables(clients).get_item(TableName=ids["Votes"], Key={"id": {"S": "red"}})["Item"]
    tagged = clients.s3.get_bucket_tagging(Bucket=ids["Site"])["TagSet"]
    assert {"Key": retention.TAG, "Value": chosen.stack_name} in tagged
    assert stack.find(clients, chosen.stack_name) is None
    assert not clients.logs.describe_log_groups(logGroupNamePrefix=ids["LogGroup"])["logGroups"]
    for name in (ids["Site"], ids["Artifacts"]):
        bucket.delete(clients, name)


def test_the_stack_comes_up_again_beside_what_was_kept(clients: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = stacks.settings("again")
    first = stacks.deployed(clients, chosen, stacks.nesting(clients, chosen, holding()))
    before = stacks.physical(clients, first)
    down.down(chosen, clients, sure=True, keep=True)

    second = stacks.deployed(clients, chosen, stacks.nesting(clients, chosen, holding()))

    assert second.status.ended_well
    assert stacks.physical(clients, second)["Site"] != before["Site"]
    capsys.readouterr()
    down.down(chosen, clients, sure=True)
    assert "Kept" not in capsys.readouterr().err
    assert bucket.exists(clients, before["Site"])
    bucket.delete(clients, before["Site"])


def test_a_stack_that_never_came_up_holds_no_data_to_keep(clients: Clients) -> None:
    chosen = stacks.settings("stuck")
    clash = stacks.resource("S3::Bucket", BucketName=bucket.name(chosen, clients))
    url = stacks.published(clients, chosen, {"Resources": {"Clash": clash}})
    stacks.deployed(clients, chosen, url)

    down.down(chosen, clients, sure=True, keep=True)

    assert stack.find(clients, chosen.stack_name) is None


def test_parameters_keep_their_values_while_the_policies_change(clients: Clients) -> None:
    chosen = stacks.settings("values")
    template = {
        "Parameters": {"Word": {"Type": "String"}},
        "Resources": {"Note": stacks.note("${Word}") | {"DeletionPolicy": "Delete"}, "Votes": stacks.table()},
    }
    root = stacks.deployed(clients, chosen, stacks.published(clients, chosen, template), Word="one")

    after = retention.keep(chosen, clients, root)

    assert after.parameters == {"Word": "one"}
    assert retention.retained(clients, tree.look(clients, after.id)) == {stacks.physical(clients, after)["Votes"]}
    down.down(chosen, clients, sure=True)
