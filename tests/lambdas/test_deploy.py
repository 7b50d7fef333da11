from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import deploy
import deploy_function
import pytest
from ending import Continued, Succeeded
from order import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import CodePipeline, Context, Store
    from order import Order


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

    monkeypatch.setitem(deploy.TYPES, "lambda", replace(deploy_function.KIND, begin=record))

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


def digest(store: Store) -> str:
    return hashlib.sha256(store.objects["dromedary/DistLambda/DistLambdaOutput"]).hexdigest()
