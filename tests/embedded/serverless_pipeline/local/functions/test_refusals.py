"""A function that cannot run here is refused by name when it is made, by Lambda and by a stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.local.functions import runtime
from tests.support.lambdas import zipped
from tests.support.services import Service
from tests.support.stacks import resource

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("java21", r"runs Python, Node\.js and `provided` functions, and no Java; the runtime is java21"),
        ("ruby3.4", "no Ruby; the runtime is ruby3.4"),
        ("dotnet10", r"no \.NET; the runtime is dotnet10"),
        ("java8", "The runtime parameter of java8 is no longer supported for creating or updating"),
        ("python2.7", "The runtime parameter of python2.7 is no longer supported for creating or updating"),
        ("python9.9", "Value python9.9 at 'runtime' failed to satisfy constraint: Member must satisfy enum value set"),
    ],
)
def test_lambda_refuses_a_runtime_that_nothing_runs(make: Callable[..., str], name: str, words: str) -> None:
    with pytest.raises(ClientError, match=words) as caught:
        make("def handler(event, context): pass", Runtime=name)

    assert caught.value.response["Error"]["Code"] == "InvalidParameterValueException"


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({"Runtime": "java21", "Code": {"S3Bucket": "any", "S3Key": "f.jar"}}, "the runtime is java21"),
        ({"Runtime": "python2.7", "Code": {"ZipFile": "x"}}, "python2.7 is no longer supported"),
        ({"PackageType": "Image", "Code": {"ImageUri": "x"}}, "runs no container images"),
        ({"Runtime": runtime.identity()[0], "Code": {"S3Bucket": "nowhere", "S3Key": "f.zip"}}, "NoSuchBucket"),
    ],
)
def test_a_stack_fails_on_a_function_that_cannot_run_here(
    clients: Clients, role: str, properties: Any, message: str
) -> None:
    service = Service(clients)

    service.deliver({"Resources": {"Function": resource("Lambda::Function", Handler="i.h", Role=role, **properties)}})

    assert service.status() == "ROLLBACK_COMPLETE"
    assert service.failures()[0].startswith("Function: ")
    assert message in service.failures()[0]


def test_code_is_updated_from_a_bucket(
    clients: Clients, bucket: str, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make("def handler(event, context): return 1")
    archive = zipped({"index.py": "def handler(event, context): return 2"})
    clients.s3.put_object(Bucket=bucket, Key="code.zip", Body=archive)

    clients.functions.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key="code.zip")

    assert invoke(name) == 2
    with pytest.raises(ClientError, match=r"code from s3://.*/gone\.zip"):
        clients.functions.update_function_code(FunctionName=name, S3Bucket=bucket, S3Key="gone.zip")
