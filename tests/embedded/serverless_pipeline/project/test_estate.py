from __future__ import annotations

import io
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from serverless_pipeline.cloudformation import change_set, operation, stack
from serverless_pipeline.cloudformation.stack import Desired
from serverless_pipeline.codepipeline import logs
from serverless_pipeline.commands import down
from serverless_pipeline.errors import Error
from serverless_pipeline.patience import Patience
from serverless_pipeline.project import bucket, estate
from serverless_pipeline.settings import Settings
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

TEMPLATE = "Resources: {SiteBucket: {Type: AWS::S3::Bucket, Properties: {VersioningConfiguration: {Status: Enabled}}}}"

TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "lambda.amazonaws.com"}}]}'
)


def settings() -> Settings:
    return Settings(stack_name=f"down-{uuid.uuid4().hex[:8]}", environments=("Prod",))


def brought_up(clients: Clients, chosen: Settings) -> str:
    """A stack with a bucket that holds two versions of an object; answers the bucket's name."""
    home = bucket.name(chosen, clients)
    bucket.ensure(clients, home)
    bucket.publish(clients, home, "root.yml", TEMPLATE.encode())
    change_set.deploy(clients, Desired(chosen.stack_name, bucket.url(clients, home, "root.yml"), {}))
    root = operation.watch(clients, stack.demand(clients, chosen.stack_name), Patience(timeout=PATIENCE))
    (site,) = estate.buckets_of(clients, root)
    for body in (b"one", b"two"):
        clients.s3.put_object(Bucket=site, Key="index.html", Body=body)
    return site


def log_group(clients: Clients, function: str) -> str:
    name = logs.group(function)
    clients.logs.create_log_group(logGroupName=name)
    return name


def test_where_nothing_was_there_is_nothing_to_delete(clients: Clients) -> None:
    everything = estate.survey(settings(), clients)

    assert estate.is_empty(clients, everything)


def test_down_empties_and_deletes_everything(clients: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = settings()
    site = brought_up(clients, chosen)
    log_group(clients, f"{chosen.stack_name}-run-task")

    down.down(chosen, clients, sure=True)

    printed = capsys.readouterr().err
    assert f"Emptied    bucket {site}, 2 objects" in printed
    assert printed.splitlines()[-1] == "Proved     nothing is left"
    assert estate.is_empty(clients, estate.survey(chosen, clients))
    assert not bucket.exists(clients, site)


def test_down_again_says_that_nothing_is_there(clients: Clients, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = settings()

    down.down(chosen, clients, sure=False)

    where = "local, account 000000000000, us-east-1"
    assert capsys.readouterr().err == f"Unchanged  nothing of {chosen.stack_name} is there ({where})\n"


def test_what_an_interrupted_down_left_is_deleted_by_the_next(clients: Clients) -> None:
    chosen = settings()
    bucket.ensure(clients, bucket.name(chosen, clients))
    log_group(clients, f"{chosen.stack_name}-prod-api")

    down.down(chosen, clients, sure=True)

    assert estate.is_empty(clients, estate.survey(chosen, clients))


def test_the_log_groups_of_a_stack_whose_name_begins_alike_stay(clients: Clients) -> None:
    chosen = settings()
    bucket.ensure(clients, bucket.name(chosen, clients))
    others = log_group(clients, f"{chosen.stack_name}-two-install")

    down.down(chosen, clients, sure=True)

    groups = clients.logs.describe_log_groups(logGroupNamePrefix=others)["logGroups"]
    assert [group["logGroupName"] for group in groups] == [others]


def test_what_is_left_is_named(clients: Clients) -> None:
    chosen = settings()
    site = brought_up(clients, chosen)
    everything = estate.survey(chosen, clients)

    with pytest.raises(Error) as caught:
        estate.prove(clients, everything)

    printed = str(caught.value.message).splitlines()
    assert printed[:3] == [
        "Still there:",
        f"  - stack {chosen.stack_name}: CREATE_COMPLETE",
        f"  - bucket {everything.templates_bucket}",
    ]
    assert f"  - bucket {site}" in printed
    assert caught.value.code == 1


def test_a_bucket_with_ten_thousand_objects_is_emptied_page_by_page_with_progress(
    clients: Clients, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"many-{uuid.uuid4().hex[:8]}"
    clients.s3.create_bucket(Bucket=name)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: clients.s3.put_object(Bucket=name, Key=str(number), Body=b""), range(10_000)))

    down.empty(clients, name)

    assert capsys.readouterr().err.splitlines() == [
        f"Emptying   bucket {name}, 5,000 objects so far",
        f"Emptying   bucket {name}, 10,000 objects so far",
        f"Emptied    bucket {name}, 10000 objects",
    ]
    assert "Contents" not in clients.s3.list_objects_v2(Bucket=name)
    assert bucket.delete(clients, name)


def test_the_versions_of_a_function_go_with_it_and_a_function_that_stays_is_named(clients: Clients) -> None:
    chosen = settings()
    name = f"{chosen.stack_name}-run-task"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        code.writestr("index.py", "def handler(event, context): return 1\n")
    clients.functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"],
        Code={"ZipFile": archive.getvalue()},
        Publish=True,
    )

    left = list(estate.left_over(clients, estate.survey(chosen, clients)))
    clients.functions.delete_function(FunctionName=name)

    assert left == [f"function {name}"]
    assert list(estate.left_over(clients, estate.survey(chosen, clients))) == []
