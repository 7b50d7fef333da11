from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import seams
from serverless_pipeline.local.functions import lifecycle, programs, refusals
from serverless_pipeline.local.functions.refusals import FUNCTION, LAYER, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

RUBY = "no Ruby here"
OLD = "no longer created"
OLDER = "no longer updated"
NO_NODE = "no Node.js on this laptop"
IMAGE = "The embedded AWS runs no container images; give the function an archive and a runtime"
MANDATORY = "Runtime and Handler are mandatory parameters for functions created with deployment packages."
OBJECT = "Error occurred while GetObject. S3 Error Code: "
NO_BUCKET = f"{OBJECT}NoSuchBucket. S3 Error Message: The specified bucket does not exist. (s3://gone/f.zip)"
NO_KEY = f"{OBJECT}NoSuchKey. S3 Error Message: The specified key does not exist. (s3://code/gone.zip)"
NO_VERSION = f"{OBJECT}NoSuchKey. S3 Error Message: The specified key does not exist. (s3://code/f.zip)"
NAMED = {"Runtime": "python3.13", "Handler": "index.handler"}
REASONS = {
    ("ruby3.4", lifecycle.CREATE): RUBY,
    ("ruby3.4", lifecycle.UPDATE): RUBY,
    ("python3.9", lifecycle.CREATE): OLD,
    ("python3.8", lifecycle.CREATE): OLD,
    ("python3.8", lifecycle.UPDATE): OLDER,
}
UNRUNNABLE = [
    (NAMED | {"Runtime": "ruby3.4"}, RUBY),
    (NAMED | {"Runtime": "nodejs24.x"}, NO_NODE),
    ({"PackageType": "Image"}, IMAGE),
    ({"Code": {"ImageUri": "x"}}, IMAGE),
    (NAMED | {"Code": {"ImageUri": "x"}}, IMAGE),
    (NAMED | {"Code": {"S3Bucket": "gone", "S3Key": "f.zip"}}, NO_BUCKET),
    (NAMED | {"Code": {"S3Bucket": "code", "S3Key": "gone.zip"}}, NO_KEY),
    (NAMED | {"Code": {"S3Bucket": "code", "S3Key": "f.zip", "S3ObjectVersion": "2"}}, NO_VERSION),
]
"""Neither made nor changed."""
UNMADE = [
    (NAMED | {"Runtime": "python3.9"}, OLD),
    ({"Runtime": "python3.13"}, MANDATORY),
    ({"Handler": "index.handler"}, MANDATORY),
    ({"Runtime": "", "Handler": "index.handler"}, MANDATORY),
    ({}, MANDATORY),
]
"""Not made, but changed."""
RUNNABLE = [
    NAMED | {"Code": {"S3Bucket": "code", "S3Key": "f.zip", "S3ObjectVersion": "1"}},
    NAMED | {"Code": {"S3Bucket": "code", "S3Key": "f.zip"}, "PackageType": "Zip"},
    NAMED | {"Runtime": "nodejs22.x", "Code": {"ZipFile": "x"}},
    NAMED | {"Runtime": "provided.al2023", "Code": {"S3Bucket": "gone"}},
    NAMED,
]


@pytest.fixture(autouse=True)
def handled(empty_ministack: None, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What came through to MiniStack."""
    del empty_ministack
    handled: list[Any] = []

    def handle(*arguments: Any) -> Any:
        handled.append(arguments)
        return 201, {}, b"made"

    handlers: defaultdict[str, dict[str, Callable[..., Any]]] = defaultdict(
        lambda: dict.fromkeys(("create", "update"), handle)
    )
    monkeypatch.setattr(lifecycle, "refusal", lambda runtime, block: REASONS.get((runtime, block), ""))
    monkeypatch.setattr(programs, "missing", lambda runtime: NO_NODE if runtime == "nodejs24.x" else "")
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


def refused(message: str) -> Any:
    """Lambda's answer."""
    return 400, {}, f"InvalidParameterValueException: {message}".encode()


@pytest.mark.parametrize(("request_", "message"), [*UNRUNNABLE, *UNMADE])
def test_lambda_refuses_to_make_what_cannot_run_here(
    handled: list[Any], request_: dict[str, Any], message: str
) -> None:
    assert seams.CREATE_FUNCTION(request_) == refused(message)
    assert handled == []


@pytest.mark.parametrize(("request_", "message"), [*UNRUNNABLE, ({"Runtime": "python3.8"}, OLDER)])
def test_lambda_refuses_to_change_to_what_cannot_run_here(
    handled: list[Any], request_: dict[str, Any], message: str
) -> None:
    assert seams.UPDATE_FUNCTION_CONFIGURATION("shop", request_) == refused(message)
    assert handled == []


@pytest.mark.parametrize(("properties", "message"), [*UNRUNNABLE, *UNMADE])
def test_cloudformation_fails_to_make_what_cannot_run_here(
    handled: list[Any], properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused) as caught:
        seams.RESOURCE_HANDLERS.value[FUNCTION]["create"]("Logical", properties, "stack")

    assert str(caught.value) == message
    assert handled == []


@pytest.mark.parametrize(("properties", "message"), [*UNRUNNABLE, ({"Runtime": "python3.8"}, OLDER)])
def test_cloudformation_fails_to_change_to_what_cannot_run_here(
    handled: list[Any], properties: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refused) as caught:
        seams.RESOURCE_HANDLERS.value[FUNCTION]["update"]("id", {}, properties, "stack")

    assert str(caught.value) == message
    assert handled == []


@pytest.mark.parametrize("properties", RUNNABLE)
def test_what_can_run_here_is_made(handled: list[Any], properties: dict[str, Any]) -> None:
    answer = seams.CREATE_FUNCTION(properties)
    seams.RESOURCE_HANDLERS.value[FUNCTION]["create"]("Logical", properties, "stack")

    assert answer == (201, {}, b"made")
    assert handled == [(properties,), ("Logical", properties, "stack")]


@pytest.mark.parametrize("properties", [*RUNNABLE, *(properties for properties, _ in UNMADE)])
def test_what_can_run_here_is_changed_though_it_would_not_be_made_any_more(
    handled: list[Any], properties: dict[str, Any]
) -> None:
    seams.UPDATE_FUNCTION_CONFIGURATION("shop", properties)
    seams.RESOURCE_HANDLERS.value[FUNCTION]["update"]("id", {}, properties, "stack")

    assert handled == [("shop", properties), ("id", {}, properties, "stack")]


def test_what_a_function_was_before_a_change_is_not_looked_at(handled: list[Any]) -> None:
    before = {"Runtime": "ruby3.4", "PackageType": "Image"}

    seams.RESOURCE_HANDLERS.value[FUNCTION]["update"]("id", before, NAMED, "stack")

    assert handled == [("id", before, NAMED, "stack")]


def test_a_layer_whose_archive_is_not_there_is_refused(handled: list[Any]) -> None:
    create = seams.RESOURCE_HANDLERS.value[LAYER]["create"]

    with pytest.raises(Refused) as caught:
        create("Layer", {"Content": {"S3Bucket": "code", "S3Key": "gone.zip"}}, "stack")
    create("Layer", {"Content": {"S3Bucket": "code", "S3Key": "f.zip"}}, "stack")
    create("Layer", {}, "stack")

    assert str(caught.value) == NO_KEY
    assert [properties for _, properties, _ in handled] == [{"Content": {"S3Bucket": "code", "S3Key": "f.zip"}}, {}]
