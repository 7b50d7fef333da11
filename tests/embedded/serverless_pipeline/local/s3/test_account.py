"""An account that blocks public access: at its start, by S3 Control, and in a stack."""

from __future__ import annotations

import inspect
import json
import os
import socket
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.s3.account import NAMES
from tests.support.embedded import endpoint_of
from tests.support.services import Service
from tests.support.stacks import resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from serverless_pipeline.aws import Clients

OPEN: Any = dict.fromkeys(NAMES, False)
CLOSED: Any = dict.fromkeys(NAMES, True)


def policy(bucket: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": bucket}
    return {"Version": "2012-10-17", "Statement": [statement]}


SITE = {
    "Resources": {
        "Site": resource("S3::Bucket", PublicAccessBlockConfiguration=OPEN),
        "Policy": resource(
            "S3::BucketPolicy", Bucket={"Ref": "Site"}, PolicyDocument=policy({"Fn::Sub": "${Site.Arn}/*"})
        ),
    }
}


def resolving(resolve: Any) -> Any:
    """A system that knows names below localhost, as most do, but not a bare glibc."""
    return lambda host, *rest, **named: resolve("127.0.0.1" if host.endswith(".localhost") else host, *rest, **named)


@pytest.fixture
def account(clients: Clients) -> Iterator[Any]:
    """S3 Control on a system that knows names below localhost; the account blocks nothing afterwards."""
    endpoint = endpoint_of(clients)
    url = endpoint.environment()["AWS_ENDPOINT_URL_S3_CONTROL"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", resolving(socket.getaddrinfo))
        control = replace(clients, endpoint=replace(endpoint, url=url)).client("s3control")
        yield control
        control.delete_public_access_block(AccountId=clients.account)


def close(clients: Clients, account: Any) -> None:
    account.put_public_access_block(AccountId=clients.account, PublicAccessBlockConfiguration=CLOSED)


def test_unless_it_is_chosen_an_account_blocks_nothing(clients: Clients, account: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        account.get_public_access_block(AccountId=clients.account)


def test_the_command_line_changes_it(clients: Clients, account: Any, tmp_path: Path) -> None:
    source = inspect.getsource(resolving)
    begin = ["import socket", "from typing import Any", source, "socket.getaddrinfo = resolving(socket.getaddrinfo)"]
    (tmp_path / "sitecustomize.py").write_text("\n".join(begin))
    laptop = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "AWS_CONFIG_FILE": os.devnull}
    words = ["put-public-access-block", "--account-id", clients.account, "--public-access-block-configuration"]

    done = subprocess.run(
        [Path(sys.executable).with_name("aws"), "s3control", *words, "BlockPublicPolicy=true"],
        capture_output=True,
        text=True,
        env=laptop | endpoint_of(clients).environment(),
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    there = account.get_public_access_block(AccountId=clients.account)["PublicAccessBlockConfiguration"]
    assert there == OPEN | {"BlockPublicPolicy": True}


def test_a_public_site_is_refused_by_the_account_that_blocks_it(clients: Clients, account: Any) -> None:
    close(clients, account)
    service = Service(clients)

    service.deliver(SITE)

    words = "is not authorized to perform: s3:PutBucketPolicy on resource: "
    assert service.status() == "ROLLBACK_COMPLETE"
    assert words in service.failures()[0]
    assert "prevented by the BlockPublicPolicy setting in S3 Block Public Access" in service.failures()[0]
    assert account.get_public_access_block(AccountId=clients.account)["PublicAccessBlockConfiguration"] == CLOSED


def test_a_public_site_is_made_where_nobody_blocks_it(clients: Clients) -> None:
    service = Service(clients)

    service.deliver(SITE)

    assert (service.status(), service.failures()) == ("CREATE_COMPLETE", [])


def test_a_site_that_is_there_lets_no_stranger_in_from_then_on(clients: Clients, account: Any) -> None:
    bucket = f"site-{uuid.uuid4().hex[:8]}"
    clients.s3.create_bucket(Bucket=bucket)
    clients.s3.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=OPEN)
    clients.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(f"arn:aws:s3:::{bucket}/*")))
    clients.s3.put_object(Bucket=bucket, Key="page", Body=b"hello")
    address = f"{endpoint_of(clients).url}/{bucket}/page"
    before = urllib.request.urlopen(address).read()

    close(clients, account)

    assert before == b"hello"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address)
    with pytest.raises(ClientError, match="BlockPublicPolicy"):
        clients.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy(f"arn:aws:s3:::{bucket}/*")))


def test_an_acl_comes_with_an_ownership_that_takes_it_and_goes_again(clients: Clients) -> None:
    rules: Any = {"OwnershipControls": {"Rules": [{"ObjectOwnership": "ObjectWriter"}]}}
    bucket = resource("S3::Bucket", PublicAccessBlockConfiguration=OPEN, AccessControl="PublicRead", **rules)
    service = Service(clients)

    def grants() -> int:
        listed = clients.cloudformation.describe_stack_resources(StackName=service.name)["StackResources"]
        return len(clients.s3.get_bucket_acl(Bucket=listed[0]["PhysicalResourceId"])["Grants"])

    service.deliver({"Resources": {"Bucket": bucket}})
    with_acl = grants()
    service.deliver({"Resources": {"Bucket": resource("S3::Bucket", PublicAccessBlockConfiguration=OPEN)}})

    assert (with_acl, grants(), service.status()) == (2, 1, "UPDATE_COMPLETE")


def test_an_acl_without_it_fails_the_stack(clients: Clients) -> None:
    service = Service(clients)

    service.deliver({"Resources": {"Bucket": resource("S3::Bucket", AccessControl="PublicRead")}})

    assert service.status() == "ROLLBACK_COMPLETE"
    assert service.failures()[0].startswith("Bucket: Bucket cannot have ACLs set with ObjectOwnership's Bucket")
