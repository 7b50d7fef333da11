from __future__ import annotations

from typing import TYPE_CHECKING, Any

import deploy
import deploy_function
import pytest
from ending import Succeeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from conftest import CodePipeline, Context, Store
    from job import Artifact


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

    def record(fetched: Path, artifact: Artifact, given: dict[str, str], _deadline: float) -> Succeeded:
        seen.update(given, name=artifact.name, content=fetched.read_bytes())
        return Succeeded("done", {"FunctionVersion": "7"})

    monkeypatch.setattr(deploy_function, "deploy", record)

    codepipeline = order("type=lambda&function=dromedary-test-api&alias=live")

    assert codepipeline.answer["outputVariables"] == {"FunctionVersion": "7"}
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
    assert codepipeline.failure["message"].endswith("- type must be one of lambda, apigateway, s3")


@pytest.mark.parametrize(
    ("kind", "keys"),
    [("lambda", "function, alias"), ("apigateway", "api, stage, function"), ("s3", "bucket, apiBaseurl, version")],
)
def test_each_type_names_its_keys(order: Callable[..., CodePipeline], kind: str, keys: str) -> None:
    codepipeline = order(f"type={kind}&wrong=x")

    lines = codepipeline.failure["message"].splitlines()[1:]
    missing = [f"  - {key} is missing in UserParameters" for key in keys.split(", ")]
    assert lines == [*missing, f"  - wrong is no key of this function; it knows {keys}"]


def test_it_takes_one_input_artifact_and_makes_none(order: Callable[..., CodePipeline]) -> None:
    codepipeline = order("type=lambda&function=f&alias=live", ["DistLambdaOutput", "Second"], ["Made"])

    assert codepipeline.failure["message"].splitlines()[1:] == [
        "  - the output artifact Made is not for this function",
        "  - the action needs one input artifact and has 2",
    ]


def test_nothing_is_left_behind(order: Callable[..., CodePipeline], scratch: Path) -> None:
    order("type=apigateway&api=a&stage=test&function=no-arn")

    assert list(scratch.iterdir()) == []
