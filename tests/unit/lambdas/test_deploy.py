from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from lambdas import deploy
from lambdas.delivery import function
from lambdas.delivery.order import Kind
from lambdas.job.ending import Continued, Failed, Succeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import CodePipeline, Context, Store

    from lambdas.delivery.order import Order


@pytest.fixture
def order(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
) -> Callable[..., CodePipeline]:
    """Have the function deliver an artifact; the answer is CodePipeline's."""
    store.put("DistLambdaOutput", {"index.py": "handler = None"})

    def run(
        parameters: str, inputs: Sequence[str] = ("DistLambdaOutput",), outputs: Sequence[str] = ()
    ) -> CodePipeline:
        deploy.handler(event(parameters, list(inputs), list(outputs)), context())
        return codepipeline

    return run


def test_the_artifact_goes_to_the_module_of_its_type(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = {}

    def record(order: Order, fetched: Path) -> Succeeded:
        seen.update(order.given, name=order.artifact.name, content=fetched.read_bytes())
        return Succeeded("done", {"FunctionVersion": "7"})

    monkeypatch.setitem(deploy.TYPES, "lambda", replace(function.KIND, begin=record))

    codepipeline = order("type=lambda&function=dromedary-test-api&alias=live")

    assert codepipeline.answer["outputVariables"]["FunctionVersion"] == "7"
    assert seen == {
        "function": "dromedary-test-api",
        "alias": "live",
        "name": "DistLambdaOutput",
        "content": store.objects["dromedary/DistLambda/DistLambdaOutput"],
    }


@pytest.mark.parametrize("parameters", ["", "type=", "type=ftp&host=x"])
def test_an_unknown_type_is_told_with_the_ones_there_are(order: Callable[..., CodePipeline], parameters: str) -> None:
    codepipeline = order(parameters)

    assert codepipeline.failure["type"] == "ConfigurationError"
    assert codepipeline.failure["message"].endswith(
        "- type must be one of lambda, apigateway, s3, cloudformation, mock"
    )


@pytest.mark.parametrize(
    ("kind", "keys", "options"),
    [
        ("lambda", "function, alias", ", shift, alarms"),
        ("apigateway", "api, stage, function", ""),
        ("s3", "bucket, apiBaseurl, version", ""),
    ],
)
def test_each_type_names_its_keys(order: Callable[..., CodePipeline], kind: str, keys: str, options: str) -> None:
    codepipeline = order(f"type={kind}&wrong=x")

    lines = codepipeline.failure["message"].splitlines()[1:]
    missing = [f"  - {key} is missing in UserParameters" for key in keys.split(", ")]
    assert lines == [*missing, f"  - wrong is no key of this function; it knows {keys}{options}"]


def test_it_takes_one_input_artifact_and_makes_none(order: Callable[..., CodePipeline]) -> None:
    codepipeline = order("type=lambda&function=f&alias=live", ["DistLambdaOutput", "Second"], ["Made"])

    assert codepipeline.failure["message"].splitlines()[1:] == [
        "  - the output artifact Made is not for this function",
        "  - the action needs one input artifact and has 2",
    ]


def test_nothing_is_left_behind(order: Callable[..., CodePipeline], scratch: Path) -> None:
    order("type=apigateway&api=a&stage=test&function=no-arn")

    assert list(scratch.iterdir()) == []


def test_the_digest_of_what_was_delivered_is_a_variable(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(deploy.TYPES, "lambda", Kind((), lambda _order, _fetched: Succeeded("done")))

    codepipeline = order("type=lambda")

    assert codepipeline.answer["outputVariables"] == {"ArtifactDigest": digest(store)}


def test_what_was_tested_is_delivered(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(deploy.TYPES, "lambda", Kind((), lambda _order, _fetched: Succeeded("done")))

    codepipeline = order(f"type=lambda&tested={digest(store)}")

    assert codepipeline.answer["executionDetails"]["summary"] == "done"


@pytest.mark.parametrize("tested", ["0" * 64, ""])
def test_what_was_not_tested_is_refused(order: Callable[..., CodePipeline], store: Store, tested: str) -> None:
    codepipeline = order(f"type=lambda&function=f&alias=live&tested={tested}")

    assert codepipeline.failure["message"].startswith(
        f"DistLambdaOutput is not what was tested: its digest is {digest(store)}, tested names {tested}; release"
    )


def test_a_delivery_goes_on_in_the_next_job_where_it_stood(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.put("DistLambdaOutput", {"index.py": "handler = None"})
    slow = Kind(
        (),
        lambda _order, _fetched: Continued("half", "one half"),
        resume=lambda _order, token: Succeeded(f"{token}, then all"),
    )
    monkeypatch.setitem(deploy.TYPES, "lambda", slow)

    deploy.handler(event("type=lambda", ["DistLambdaOutput"]), context())
    first = codepipeline.answers.pop()
    token = first["continuationToken"]
    deploy.handler(event("type=lambda", ["DistLambdaOutput"], continuationToken=token), context())

    assert first["executionDetails"] == {"summary": "one half"}
    assert codepipeline.answer["executionDetails"] == {"summary": "half, then all"}
    assert codepipeline.answer["outputVariables"] == {"ArtifactDigest": digest(store)}


@pytest.mark.parametrize("token", ["x", "[]", "{}", '["digest", 1]', '["digest", "half"]'])
def test_a_token_that_no_delivery_gave_is_refused(
    event: Callable[..., dict[str, Any]], context: type[Context], codepipeline: CodePipeline, token: str
) -> None:
    given = event("type=lambda&function=f&alias=live", ["DistLambdaOutput"], continuationToken=token)

    deploy.handler(given, context())

    assert codepipeline.failure["type"] == "ConfigurationError"


RELEASE = "release=prod/e-1/20260102-030405"
RECORD = "releases/prod/e-1/lambda.json"


def test_a_delivery_that_is_a_release_goes_on_record(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Kind(("function",), lambda _order, _fetched: Succeeded("done", {"FunctionVersion": "7"}))
    monkeypatch.setitem(deploy.TYPES, "lambda", done)

    order(f"type=lambda&function=f&{RELEASE}")

    record = json.loads(store.objects[RECORD])
    assert datetime.now(UTC) - datetime.fromisoformat(record.pop("time")) < timedelta(minutes=1)
    assert record == {
        "type": "lambda",
        "version": "20260102-030405",
        "execution": "e-1",
        "artifact": {
            "name": "DistLambdaOutput",
            "bucket": "artifact-bucket",
            "key": "dromedary/DistLambda/DistLambdaOutput",
            "digest": digest(store),
        },
        "given": {"function": "f"},
        "variables": {"FunctionVersion": "7"},
    }


def test_a_delivery_that_failed_is_not_on_record(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(deploy.TYPES, "lambda", Kind((), lambda _order, _fetched: Failed("half way")))

    codepipeline = order(f"type=lambda&{RELEASE}")

    assert codepipeline.failure["message"] == "half way"
    assert RECORD not in store.objects


def test_a_delivery_of_several_jobs_goes_on_record_at_its_end(
    event: Callable[..., dict[str, Any]],
    context: type[Context],
    store: Store,
    codepipeline: CodePipeline,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store.put("DistLambdaOutput", {"index.py": "handler = None"})
    slow = Kind((), lambda _order, _fetched: Continued("half"), resume=lambda _order, _token: Succeeded("all"))
    monkeypatch.setitem(deploy.TYPES, "lambda", slow)
    asked = f"type=lambda&{RELEASE}"

    deploy.handler(event(asked, ["DistLambdaOutput"]), context())
    before = RECORD in store.objects
    token = codepipeline.answers.pop()["continuationToken"]
    deploy.handler(event(asked, ["DistLambdaOutput"], continuationToken=token), context())

    assert not before
    assert json.loads(store.objects[RECORD])["artifact"]["digest"] == digest(store)


def test_a_delivery_that_cannot_be_recorded_fails(
    order: Callable[..., CodePipeline], store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_request: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "PutObject")

    monkeypatch.setitem(deploy.TYPES, "lambda", Kind((), lambda _order, _fetched: Succeeded("done")))
    monkeypatch.setattr(store, "put_object", refuse)

    codepipeline = order(f"type=lambda&{RELEASE}")

    assert codepipeline.failure["type"] == "PermissionError"
    assert codepipeline.failure["message"].startswith(
        "It was delivered, but could not be put on record as a release: AWS did not allow PutObject; "
    )


def test_a_release_that_is_not_named_in_full_is_refused_before_anything_is_delivered(
    order: Callable[..., CodePipeline], monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[Order] = []
    monkeypatch.setitem(
        deploy.TYPES, "lambda", Kind((), lambda order, _fetched: begun.append(order) or Succeeded("done"))
    )

    codepipeline = order("type=lambda&release=prod")

    assert codepipeline.failure["type"] == "ConfigurationError"
    assert begun == []


def digest(store: Store) -> str:
    return hashlib.sha256(store.objects["dromedary/DistLambda/DistLambdaOutput"]).hexdigest()
