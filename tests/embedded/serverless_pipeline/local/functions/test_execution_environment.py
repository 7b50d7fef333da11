from __future__ import annotations

import hashlib
import threading
import uuid
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from serverless_pipeline.errors import TimedOut
from serverless_pipeline.patience import Patience
from tests.support.embedded import endpoint_of
from tests.support.gates import Gate
from tests.support.lambdas import zipped

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

LAMBDAS = {
    *("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PATH", "LD_LIBRARY_PATH"),
    *("AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_FORMAT", "LAMBDA_RUNTIME_DIR", "PYTHONPATH", "_X_AMZN_TRACE_ID", "PWD"),
    *("LANG", "TZ", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_FUNCTION_NAME"),
    *("AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_INITIALIZATION_TYPE"),
    *("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT", "_HANDLER"),
}

NETWORK = ("PIP_", "UV_", "SSL_", "NIX_SSL_", "REQUESTS_CA", "CURL_CA", "http", "HTTP", "all_", "ALL_", "no_", "NO_")


def test_it_sees_what_lambda_gives_and_the_way_to_the_network(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    name = make("import os\ndef handler(e, c): return dict(os.environ)\n", Environment={"Variables": {"WORD": "x"}})

    seen = invoke(name)

    others = {variable for variable in seen if not variable.startswith(NETWORK)}
    assert others - {"LC_CTYPE"} == LAMBDAS | {"WORD"}
    assert seen["AWS_ENDPOINT_URL"] == endpoint_of(clients).url
    assert seen["AWS_ACCESS_KEY_ID"] != endpoint_of(clients).access_key_id
    assert (seen["LAMBDA_TASK_ROOT"], seen["LAMBDA_RUNTIME_DIR"], seen["PWD"]) == (
        "/var/task",
        "/var/runtime",
        "/var/task",
    )
    assert seen["PYTHONPATH"].endswith(":/opt/python:/var/runtime")


def test_it_acts_as_its_role_and_no_more(make: Callable[..., str], invoke: Callable[..., Any], role: str) -> None:
    name = make(
        "import boto3\n"
        "def handler(e, c):\n"
        "    arn = boto3.client('sts').get_caller_identity()['Arn']\n"
        "    try:\n"
        "        boto3.client('s3').list_buckets()\n"
        "    except Exception as error:\n"
        "        return [arn, error.response['Error']['Code']]\n",
        Timeout=30,
    )

    arn, refusal = invoke(name)

    assert arn == f"arn:aws:sts::000000000000:assumed-role/{role.rpartition('/')[2]}/{name}"
    assert refusal == "AccessDenied"


def test_its_keys_cannot_be_computed_from_its_names(
    make: Callable[..., str], invoke: Callable[..., Any], role: str
) -> None:
    name = make("import os\ndef handler(e, c): return [c.invoked_function_arn, os.environ['AWS_SECRET_ACCESS_KEY']]\n")

    arn, secret = invoke(name)

    by_name = hashlib.sha256(f"{arn}:{role}".encode()).hexdigest()
    assert secret != hashlib.sha256(f"secret:{by_name}".encode()).hexdigest()
    assert len(secret) >= 40


def test_what_a_child_prints_does_not_disturb_the_answer(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    name = make('import os\ndef handler(e, c):\n    os.system("echo \'{\\"result\\": 1}\'")\n    return 2\n')

    assert invoke(name) == 2


@pytest.mark.parametrize("event", [None, "text", 1, [1], {"a": "ü\n"}, {"big": "x" * 1_000_000}])
def test_any_event_arrives_as_it_was_sent(make: Callable[..., str], invoke: Callable[..., Any], event: Any) -> None:
    assert invoke(make("def handler(e, c): return e\n"), event) == event


def test_an_error_has_lambdas_shape(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    answer = invoke(make("def handler(e, c):\n    raise KeyError('word')\n"))

    assert answer["errorType"] == "KeyError"
    assert answer["errorMessage"] == "'word'"
    assert "index.py" in answer["stackTrace"][0]
    assert "bootstrap" not in "".join(answer["stackTrace"])


def test_code_that_cannot_be_loaded_says_so_each_time(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    name = make("import nothing_of_the_kind\n")

    answers = [invoke(name), invoke(name)]

    assert [answer["errorType"] for answer in answers] == ["Runtime.ImportModuleError"] * 2
    assert "nothing_of_the_kind" in answers[0]["errorMessage"]


def test_a_process_that_ends_itself_is_replaced(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    name = make("import os\ndef handler(e, c):\n    if e: os._exit(3)\n    return 'alive'\n")

    first, second = invoke(name, event=True), invoke(name)

    assert first["errorType"] == "Runtime.ExitError"
    assert second == "alive"


def test_when_the_time_is_up_what_it_started_ends_too(make: Callable[..., str], invoke: Callable[..., Any]) -> None:
    words = ["sleep", f"300.{uuid.uuid4().int}"]
    name = make(
        "import subprocess, time\n"
        "def handler(e, c):\n"
        f"    subprocess.Popen({words}, start_new_session=True)\n"
        "    time.sleep(300)\n",
        Timeout=1,
    )

    answer = invoke(name)

    assert answer["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 1.00 seconds" in answer["errorMessage"]
    assert not running(words)


def test_an_update_lets_the_running_invocation_finish(
    clients: Clients, make: Callable[..., str], invoke: Callable[..., Any]
) -> None:
    answers: list[Any] = []
    with Gate() as gate:
        name = make(f"def handler(e, c):\n    {gate.passing}\n    return 'old'\n", Timeout=60)
        old = threading.Thread(target=lambda: answers.append(invoke(name)))
        old.start()
        gate.expect()

        clients.functions.update_function_code(
            FunctionName=name, ZipFile=zipped({"index.py": "def handler(e, c): return 'new'\n"})
        )
        answers.append(invoke(name))
        gate.open()
        old.join(30)

    assert answers == ["new", "old"]


def test_a_failed_event_is_not_retried_where_the_function_says_so(clients: Clients, make: Callable[..., str]) -> None:
    name = make("def handler(e, c):\n    raise ValueError\n")
    group = f"/aws/lambda/{name}"
    clients.functions.put_function_event_invoke_config(FunctionName=name, Qualifier="$LATEST", MaximumRetryAttempts=0)

    clients.functions.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    Patience(timeout=30).until(lambda: reports(clients, group), lambda count: count == 1)
    with pytest.raises(TimedOut):
        Patience(timeout=2).until(lambda: reports(clients, group), lambda count: count > 1)


def reports(clients: Clients, group: str) -> int:
    try:
        events = clients.logs.filter_log_events(logGroupName=group, filterPattern="REPORT")["events"]
    except clients.logs.exceptions.ResourceNotFoundException:
        return 0
    return len(events)


def running(words: list[str]) -> bool:
    """Whether a process of this command is alive."""
    return any(process.info["cmdline"] == words for process in psutil.process_iter(["cmdline"]))
