from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import refusals
from serverless_pipeline.local.functions.refusals import FUNCTION, LAYER, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

RUBY = "The embedded AWS runs Python functions only, and the runtime is ruby3.4"
IMAGE = "The embedded AWS runs no container images"
NO_BUCKET = "S3 Error Code: NoSuchBucket. S3 Error Message: The specified bucket does not exist. (s3://gone/f.zip)"
NO_KEY = "S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist. (s3://code/gone.zip)"
UNRUNNABLE = [
    ({"Runtime": "ruby3.4"}, RUBY),
    ({"PackageType": "Image"}, IMAGE),
    ({"Code": {"ImageUri": "x"}}, IMAGE),
    ({"Code": {"S3Bucket": "gone", "S3Key": "f.zip"}}, NO_BUCKET),
    ({"Code": {"S3Bucket": "code", "S3Key": "gone.zip"}}, NO_KEY),
    ({"Code": {"S3Bucket": "code", "S3Key": "f.zip", "S3ObjectVersion": "2"}}, "NoSuchKey"),
]
RUNNABLE = [
    {"Runtime": "python3.13", "Code": {"S3Bucket": "code", "S3Key": "f.zip", "S3ObjectVersion": "1"}},
    {"Runtime": "python3.9", "Code": {"S3Bucket": "code", "S3Key": "f.zip"}, "PackageType": "Zip"},
    {"Code": {"ZipFile": "x"}},
    {},
]


@pytest.fixture(autouse=True)
def handled(empty_ministack: None) -> list[Any]:
    """What came through to MiniStack."""
    del empty_ministack
    handled: list[Any] = []

    def handle(*arguments: Any) -> Any:
        handled.append(arguments)
        return 201, {}, b"made"

    handlers: defaultdict[str, dict[str, Callable[..., Any]]] = defaultdict(
        lambda: dict.fromkeys(("create", "update"), handle)
    )
    seams.CREATE_FUNCTION.replace(handle)
    seams.UPDATE_FUNCTION_CONFIGURATION.replace(handle)
    seams.RESOURCE_HANDLERS.replace(handlers)
    seams.ERROR_RESPONSE_JSON.replace(lambda code, message, status: (status, {}, f"{code}: {message}".encode()))
    seams.BUCKETS.replace({"code": {}})
    seams.OBJECT_DATA.replace(
        lambda bucket, key, version_id: b"zip" if (bucket, key) == ("code", "f.zip") and version_id != "2" else None
    )
    refusals.install()
    return handled


@pytest.mark.parametrize(("request_", "message"), UNRUNNABLE)
def test_lambda_refuses_what_cannot_run_here(handled: list[Any], request_: dict[str, Any], message: str) -> None:
    status, _, body = seams.CREATE_FUNCTION(request_)

    assert (status, handled) == (400, [])
    assert body.decode().startswith("InvalidParameterValueException: ")
    assert message in body.decode()


def test_lambda_refuses_to_change_to_such_a_runtime(handled: list[Any]) -> None:
    status, _, body = seams.UPDATE_FUNCTION_CONFIGURATION("shop", {"Runtime": "ruby3.4"})

    assert (status, RUBY in body.decode(), handled) == (400, True, [])


@pytest.mark.parametrize("how", ["create", "update"])
@pytest.mark.parametrize(("properties", "message"), UNRUNNABLE)
def test_cloudformation_fails_what_cannot_run_here(
    handled: list[Any], how: str, properties: dict[str, Any], message: str
) -> None:
    before: tuple[Any, ...] = ("Logical",) if how == "create" else ("id", {})

    with pytest.raises(Refused) as caught:
        seams.RESOURCE_HANDLERS.value[FUNCTION][how](*before, properties, "stack")

    assert message in str(caught.value)
    assert handled == []


@pytest.mark.parametrize("properties", RUNNABLE)
def test_what_can_run_here_is_made(handled: list[Any], properties: dict[str, Any]) -> None:
    seams.CREATE_FUNCTION(properties)
    seams.UPDATE_FUNCTION_CONFIGURATION("shop", properties)
    handlers = seams.RESOURCE_HANDLERS.value[FUNCTION]
    handlers["create"]("Logical", properties, "stack")
    handlers["update"]("id", {}, properties, "stack")

    assert handled == [
        (properties,),
        ("shop", properties),
        ("Logical", properties, "stack"),
        ("id", {}, properties, "stack"),
    ]


def test_a_layer_whose_archive_is_not_there_is_refused(handled: list[Any]) -> None:
    create = seams.RESOURCE_HANDLERS.value[LAYER]["create"]

    with pytest.raises(Refused, match="NoSuchKey"):
        create("Layer", {"Content": {"S3Bucket": "code", "S3Key": "gone.zip"}}, "stack")
    create("Layer", {"Content": {"S3Bucket": "code", "S3Key": "f.zip"}}, "stack")

    assert len(handled) == 1
