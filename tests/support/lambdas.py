"""Functions, roles and requests for the tests of the embedded AWS; everything is real but small."""

from __future__ import annotations

import io
import json
import stat
import urllib.error
import urllib.request
import uuid
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.embedded import endpoint_of, modes
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from serverless_pipeline.aws import Clients

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@pytest.fixture
def ask(clients: Clients) -> Callable[..., Answer]:
    """Send a plain request without a signature, with a method, headers and data; redirects are not followed."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), NoRedirect())
    url = endpoint_of(clients).url

    def send(path: str, **options: Any) -> Answer:
        request = urllib.request.Request(f"{url}{path}", **options)
        try:
            response = opener.open(request, timeout=30)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, headers, response.read())

    return send


@pytest.fixture
def bucket(clients: Clients) -> Iterator[str]:
    name = f"test-{uuid.uuid4().hex[:12]}"
    clients.s3.create_bucket(Bucket=name)
    yield name
    for entry in clients.s3.list_objects_v2(Bucket=name).get("Contents", []):
        clients.s3.delete_object(Bucket=name, Key=entry["Key"])
    clients.s3.delete_bucket(Bucket=name)


@pytest.fixture
def role(clients: Clients) -> Iterator[str]:
    """The ARN of a role that Lambda may assume and that may do nothing."""
    name = f"role-{uuid.uuid4().hex[:8]}"
    yield clients.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    clients.iam.delete_role(RoleName=name)


def created(clients: Clients, **function: Any) -> None:
    """Make a function as soon as its role is known, and see it ready; both take a while where that is asked for."""
    from botocore.exceptions import ClientError

    def is_made() -> bool:
        try:
            clients.functions.create_function(**function)
        except ClientError as error:
            if "cannot be assumed" not in str(error):
                raise
            return False
        return True

    if float(modes()["local_eventual"]):
        until(is_made, "the role")
        name = function["FunctionName"]
        until(lambda: clients.functions.get_function(FunctionName=name)["Configuration"]["State"] == "Active", name)
    else:
        clients.functions.create_function(**function)


@pytest.fixture
def make(clients: Clients, role: str) -> Iterator[Callable[..., str]]:
    """Make a function from the source of `handler(event, context)`, or from `archive`; its name is returned."""
    from serverless_pipeline.local.functions import runtime

    names: list[str] = []

    def create(source: str = "", *, archive: bytes = b"", **options: Any) -> str:
        name = f"function-{uuid.uuid4().hex[:8]}"
        python, architecture = runtime.identity()
        machine: dict[str, Any] = {"Runtime": python, "Architectures": [architecture]}
        created(
            clients,
            FunctionName=name,
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": archive or zipped({"index.py": source})},
            **{"Timeout": 60} | machine | options,
        )
        names.append(name)
        return name

    yield create
    for name in names:
        clients.functions.delete_function(FunctionName=name)


@pytest.fixture
def invoke(clients: Clients) -> Callable[..., Any]:
    """Invoke a function and return what it answered, an error included."""

    def send(name: str, event: Any = None) -> Any:
        return json.load(clients.functions.invoke(FunctionName=name, Payload=json.dumps(event))["Payload"])

    return send


def let_in(clients: Clients, function: str) -> None:
    """Let every API invoke a function, or the alias that an ARN names."""
    name, _, alias = function.rpartition(":function:")[2].partition(":")
    qualified: Any = {"Qualifier": alias} if alias else {}
    clients.functions.add_permission(
        FunctionName=name,
        StatementId="apis",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        **qualified,
    )


def zipped(files: Mapping[str, str]) -> bytes:
    """An archive of files by name."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            member = zipfile.ZipInfo(name)
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, text)
    return data.getvalue()


def archived(*members: tuple[str, str, int]) -> bytes:
    """An archive of members as name, content and Unix mode."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return data.getvalue()
