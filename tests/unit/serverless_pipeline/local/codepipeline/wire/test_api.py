"""JSON on the wire."""

from __future__ import annotations

import json

import pytest

from serverless_pipeline.local.codepipeline.model.refusal import Refusal
from serverless_pipeline.local.codepipeline.wire import api, shapes
from serverless_pipeline.local.codepipeline.wire.operations import OPERATIONS
from serverless_pipeline.local.protocol import models
from tests.support.engine import CALLER, InMemory

JSON = "application/x-amz-json-1.1"


def headers(operation: str) -> dict[str, str]:
    return {"x-amz-target": f"CodePipeline_20150709.{operation}"}


def test_an_answer_is_json(in_memory: InMemory) -> None:
    status, response_headers, body = api.answer(in_memory.engine, CALLER, headers("ListPipelines"), b"{}")

    assert (status, response_headers, json.loads(body)) == (200, {"Content-Type": JSON}, {"pipelines": []})


def test_a_request_without_a_body_is_an_empty_one(in_memory: InMemory) -> None:
    status, _, body = api.answer(in_memory.engine, CALLER, headers("ListPipelines"), b"")

    assert (status, body) == (200, b'{"pipelines": []}')


def test_an_operation_without_an_answer_answers_nothing(in_memory: InMemory) -> None:
    answer = api.answer(in_memory.engine, CALLER, headers("DeletePipeline"), b'{"name": "p"}')

    assert answer == (200, {"Content-Type": JSON}, b"")


def test_a_request_reaches_its_operation_with_its_caller(in_memory: InMemory, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = (in_memory.engine, CALLER, {"name": "p"})
    monkeypatch.setitem(OPERATIONS, "GetPipeline", lambda *arguments: {"same": arguments == expected})

    _, _, body = api.answer(in_memory.engine, CALLER, headers("GetPipeline"), b'{"name": "p"}')

    assert json.loads(body) == {"same": True}


def test_a_refusal_has_a_type_and_a_message(in_memory: InMemory) -> None:
    status, response_headers, body = api.answer(in_memory.engine, CALLER, headers("GetPipeline"), b'{"name": "p"}')

    assert (status, response_headers) == (400, {"Content-Type": JSON, "x-amzn-errortype": "PipelineNotFoundException"})
    assert json.loads(body) == {
        "__type": "PipelineNotFoundException",
        "message": "Account '111122223333' does not have a pipeline with name 'p'",
    }


def test_a_request_that_does_not_fit_is_refused_before_it_is_carried_out(in_memory: InMemory) -> None:
    with pytest.raises(Refusal, match="Value at 'name' failed to satisfy constraint: Member must not be null"):
        api.perform(in_memory.engine, CALLER, "GetPipeline", {})


def test_a_request_that_is_no_json_is_refused(in_memory: InMemory) -> None:
    status, _, body = api.answer(in_memory.engine, CALLER, headers("ListPipelines"), b"{")

    document = json.loads(body)
    assert (status, document["__type"]) == (400, "SerializationException")
    assert document["message"].startswith("The request is not JSON: Expecting property name")


def test_an_operation_that_is_not_imitated_says_so_and_what_there_is(
    in_memory: InMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(OPERATIONS, "ListWebhooks", raising=False)

    with pytest.raises(Refusal) as refused:
        api.perform(in_memory.engine, CALLER, "ListWebhooks", {})

    assert (refused.value.code, refused.value.message) == (
        "UnknownOperationException",
        f"The embedded AWS does not imitate codepipeline:ListWebhooks; it has {', '.join(sorted(OPERATIONS))}",
    )


@pytest.mark.parametrize(("operation", "name"), [("Fly", "Fly"), ("", "(none was named)")])
def test_an_operation_that_aws_does_not_have_is_unknown(in_memory: InMemory, operation: str, name: str) -> None:
    with pytest.raises(Refusal) as refused:
        api.perform(in_memory.engine, CALLER, operation, {})

    assert (refused.value.code, refused.value.message) == (
        "UnknownOperationException",
        f"CodePipeline has no operation {name}",
    )


@pytest.mark.parametrize(
    ("target", "operation"), [({"x-amz-target": "CodePipeline_20150709.GetPipeline"}, "GetPipeline"), ({}, "")]
)
def test_an_operation_is_named_by_the_target(target: dict[str, str], operation: str) -> None:
    assert api.operation_of(target) == operation


def test_the_target_is_that_of_the_service_model() -> None:
    metadata = models.model(shapes.SERVICE).metadata

    assert metadata["targetPrefix"] == api.TARGET_PREFIX
    assert f"application/x-amz-json-{metadata['jsonVersion']}" == api.CONTENT_TYPE


def test_every_operation_is_one_of_aws() -> None:
    assert set(OPERATIONS) <= set(shapes.operations())
