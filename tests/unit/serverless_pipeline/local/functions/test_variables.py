from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import environment, seams
from serverless_pipeline.local.functions import variables
from serverless_pipeline.local.functions.place import Place
from serverless_pipeline.local.iam import sessions
from serverless_pipeline.local.iam.sessions import Session

if TYPE_CHECKING:
    from serverless_pipeline.local.functions.logs import LogStream

pytestmark = pytest.mark.usefixtures("empty_ministack", "laptop")

PLACE = Place(Path("/runtime/bin/python"), Path("/scratch"), "http://127.0.0.1:4600")
CONFIG = {
    "FunctionName": "shop",
    "FunctionArn": "arn:aws:lambda:eu-west-1:000000000000:function:shop",
    "Runtime": "python3.13",
    "Version": "7",
    "MemorySize": 512,
    "Handler": "package.run",
}


class Log:
    group, name = "/aws/lambda/shop", "2026/01/01/[7]stream"


@pytest.fixture
def laptop(monkeypatch: pytest.MonkeyPatch) -> None:
    seams.RESERVED_VARIABLES.replace({"AWS_REGION", "LAMBDA_TASK_ROOT"})
    monkeypatch.setattr(sessions, "of_function", lambda config: Session("key", config["FunctionName"], "token"))
    monkeypatch.setattr(environment, "network", lambda laptop: {"UV_INDEX": laptop["HOME"], "WORD": "laptop"})
    monkeypatch.setenv("HOME", "/home/somebody")


def seen(config: dict[str, Any]) -> dict[str, str]:
    log: LogStream = Log()  # type: ignore[assignment]
    return variables.variables(config, log, PLACE, Path("/code"), Path("/home/of/function"))


def test_a_function_sees_what_lambda_gives_and_the_way_to_the_network() -> None:
    assert seen(CONFIG | {"Environment": {"Variables": {}}}) == {
        "UV_INDEX": "/home/somebody",
        "WORD": "laptop",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4600",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "shop",
        "AWS_SESSION_TOKEN": "token",
        "PATH": "/runtime/bin:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/home/of/function",
        "TMPDIR": "/home/of/function/tmp",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_NAME": "shop",
        "AWS_LAMBDA_FUNCTION_VERSION": "7",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[7]stream",
        "LAMBDA_TASK_ROOT": "/code",
        "_HANDLER": "package.run",
    }


def test_what_a_configuration_does_not_say_is_lambdas_default() -> None:
    config = {name: CONFIG[name] for name in ("FunctionName", "FunctionArn")}

    defaults = seen(config)

    assert [
        defaults[f"{name}"]
        for name in (
            *("AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "_HANDLER"),
        )
    ] == ["AWS_Lambda_", "$LATEST", "128", "index.handler"]


def test_its_own_configuration_comes_before_the_laptops_and_the_way_to_aws() -> None:
    own = {"WORD": "own", "AWS_ENDPOINT_URL": "http://elsewhere", "MORE": "x"}

    variables = seen(CONFIG | {"Environment": {"Variables": own}})

    assert own.items() <= variables.items()


@pytest.mark.parametrize("name", ["AWS_REGION", "LAMBDA_TASK_ROOT", "AWS_SECRET_ACCESS_KEY", "HOME", "PATH"])
def test_what_is_lambdas_cannot_be_set(name: str) -> None:
    assert seen(CONFIG | {"Environment": {"Variables": {name: "own"}}})[name] != "own"


@pytest.mark.parametrize("configuration", [None, {}, {"Variables": None}])
def test_a_function_may_have_no_variables(configuration: Any) -> None:
    assert seen(CONFIG | {"Environment": configuration})["WORD"] == "laptop"


def test_what_is_reserved_does_not_even_pass_where_lambda_sets_nothing() -> None:
    seams.RESERVED_VARIABLES.replace({"_LAMBDA_TIMEOUT"})

    assert "_LAMBDA_TIMEOUT" not in seen(CONFIG | {"Environment": {"Variables": {"_LAMBDA_TIMEOUT": "1"}}})
