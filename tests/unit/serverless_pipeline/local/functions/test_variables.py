from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from serverless_pipeline.local import environment, seams
from serverless_pipeline.local.functions import variables
from serverless_pipeline.local.functions.layout import LAMBDA, Layout
from serverless_pipeline.local.iam import sessions
from serverless_pipeline.local.iam.sessions import Session

if TYPE_CHECKING:
    from serverless_pipeline.local.functions.logs import LogStream

pytestmark = pytest.mark.usefixtures("empty_ministack", "laptop")

BESIDE = Layout(
    task="/scratch/code/1",
    runtime="/clients",
    layers="/scratch/layers/1",
    temporary="/own/tmp",
    programs="/venv/bin",
    home="/own",
)
BARE = replace(BESIDE, layers="")
OF_LAMBDA = {
    "TZ": ":UTC",
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
    "AWS_LAMBDA_FUNCTION_NAME": "shop",
    "AWS_LAMBDA_FUNCTION_VERSION": "7",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_LAMBDA_LOG_FORMAT": "Text",
    "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/shop",
    "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[7]stream",
    "AWS_LAMBDA_RUNTIME_API": "127.0.0.1:9001",
    "_HANDLER": "package.run",
}
NETWORK = {
    "UV_INDEX": "/home/somebody",
    "WORD": "laptop",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:4600",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "shop",
    "AWS_SESSION_TOKEN": "token",
}
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


def seen(config: dict[str, Any], layout: Layout = LAMBDA) -> dict[str, str]:
    log: LogStream = Log()  # type: ignore[assignment]
    return variables.variables(config, log, layout, url="http://127.0.0.1:4600", runtime_api="127.0.0.1:9001")


def test_in_a_sandbox_a_function_sees_lambdas_paths_and_the_way_to_the_network() -> None:
    assert seen(CONFIG | {"Environment": {"Variables": {}}}) == NETWORK | OF_LAMBDA | {
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LD_LIBRARY_PATH": (
            "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
        ),
        "LANG": "en_US.UTF-8",
        "LAMBDA_TASK_ROOT": "/var/task",
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
    }


def test_without_one_it_sees_folders_of_the_laptop_and_a_home_of_its_own() -> None:
    assert seen(CONFIG, BESIDE) == NETWORK | OF_LAMBDA | {
        "PATH": "/venv/bin:/usr/local/bin:/usr/bin/:/bin:/scratch/layers/1/bin",
        "LD_LIBRARY_PATH": "/scratch/layers/1/lib",
        "LANG": "C.UTF-8",
        "HOME": "/own",
        "TMPDIR": "/own/tmp",
        "LAMBDA_TASK_ROOT": "/scratch/code/1",
        "LAMBDA_RUNTIME_DIR": "/clients",
    }


def test_without_layers_there_are_no_paths_of_layers() -> None:
    bare = seen(CONFIG, BARE)

    assert bare["PATH"] == "/venv/bin:/usr/local/bin:/usr/bin/:/bin"
    assert "LD_LIBRARY_PATH" not in bare


def test_what_a_configuration_does_not_say_is_lambdas_default() -> None:
    config = {name: CONFIG[name] for name in ("FunctionName", "FunctionArn")}

    defaults = seen(config)

    names = ("EXECUTION_ENV", "LAMBDA_FUNCTION_VERSION", "LAMBDA_FUNCTION_MEMORY_SIZE", "LAMBDA_LOG_FORMAT")
    assert [defaults[f"AWS_{name}"] for name in names] == ["AWS_Lambda_", "$LATEST", "128", "Text"]
    assert defaults["_HANDLER"] == ""
    assert "AWS_LAMBDA_LOG_LEVEL" not in defaults


def test_the_format_and_level_of_the_log_are_the_configurations() -> None:
    logged = seen(CONFIG | {"LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG"}})

    assert (logged["AWS_LAMBDA_LOG_FORMAT"], logged["AWS_LAMBDA_LOG_LEVEL"]) == ("JSON", "DEBUG")


def test_its_own_configuration_comes_before_the_laptops_and_the_way_to_aws() -> None:
    own = {"WORD": "own", "AWS_ENDPOINT_URL": "http://elsewhere", "MORE": "x"}

    variables = seen(CONFIG | {"Environment": {"Variables": own}})

    assert own.items() <= variables.items()


@pytest.mark.parametrize("layout", [LAMBDA, BESIDE], ids=["sandbox", "beside"])
@pytest.mark.parametrize("name", ["PATH", "LANG", "LD_LIBRARY_PATH", "PYTHONPATH", "NODE_PATH"])
def test_its_paths_are_a_functions_to_set(name: str, layout: Layout) -> None:
    assert seen(CONFIG | {"Environment": {"Variables": {name: "own"}}}, layout)[name] == "own"


@pytest.mark.parametrize(
    "name",
    [
        *("AWS_REGION", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR", "AWS_SECRET_ACCESS_KEY", "_HANDLER", "TZ"),
        *("AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_FUNCTION_NAME"),
    ],
)
def test_what_is_lambdas_cannot_be_set(name: str) -> None:
    assert seen(CONFIG | {"Environment": {"Variables": {name: "own"}}})[name] == seen(CONFIG)[name]


@pytest.mark.parametrize("configuration", [None, {}, {"Variables": None}])
def test_a_function_may_have_no_variables(configuration: Any) -> None:
    assert seen(CONFIG | {"Environment": configuration})["WORD"] == "laptop"


def test_what_is_reserved_does_not_even_pass_where_lambda_sets_nothing() -> None:
    seams.RESERVED_VARIABLES.replace({"_LAMBDA_TIMEOUT"})

    assert "_LAMBDA_TIMEOUT" not in seen(CONFIG | {"Environment": {"Variables": {"_LAMBDA_TIMEOUT": "1"}}})
