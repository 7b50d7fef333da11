from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from serverless_pipeline.aws import Clients

KILLED = "import os, signal\ndef handler(e, c): os.kill(os.getpid(), signal.SIGKILL)\n"

SLOW = "import time\ndef handler(e, c): time.sleep(300)\n"


def allow(clients: Clients, role: str, target: str) -> None:
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": f"*:function:{target}"}
    clients.iam.put_role_policy(
        RoleName=role.rpartition("/")[2],
        PolicyName="destination",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )


def forbid(clients: Clients, role: str) -> None:
    clients.iam.delete_role_policy(RoleName=role.rpartition("/")[2], PolicyName="destination")


def send(clients: Clients, name: str, target: str) -> None:
    arn = clients.functions.get_function(FunctionName=target)["Configuration"]["FunctionArn"]
    clients.functions.put_function_event_invoke_config(
        FunctionName=name,
        Qualifier="$LATEST",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": arn}},
    )
    clients.functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"word": name}))


@pytest.mark.parametrize(
    ("source", "failure"),
    [(KILLED, ("Runtime.ExitError", "signal: killed")), (SLOW, ("Sandbox.Timedout", "timed out after 1.00 seconds"))],
)
def test_a_function_that_broke_reaches_its_destination_with_lambdas_record(
    clients: Clients, make: Callable[..., str], source: str, failure: tuple[str, str]
) -> None:
    target = make("import json\ndef handler(e, c): print(json.dumps(e))\n")
    name = make(source, Timeout=1)
    role = clients.functions.get_function(FunctionName=name)["Configuration"]["Role"]
    allow(clients, role, target)

    send(clients, name, target)

    record: dict[str, Any] = Patience(timeout=30).until(lambda: printed(clients, target), bool)
    forbid(clients, role)
    assert record["requestPayload"] == {"word": name}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 1
    assert record["requestContext"]["functionArn"].endswith(f":function:{name}:$LATEST")
    kind, words = failure
    assert record["responsePayload"]["errorType"] == kind
    assert words in record["responsePayload"]["errorMessage"]


def test_an_event_for_which_there_was_no_room_is_not_lost(clients: Clients, make: Callable[..., str]) -> None:
    name = make("import json\ndef handler(e, c): print(json.dumps(e))\n")
    clients.functions.put_function_event_invoke_config(FunctionName=name, Qualifier="$LATEST", MaximumRetryAttempts=0)
    clients.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    clients.functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps({"requestPayload": 1}))
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        clients.functions.invoke(FunctionName=name)
    clients.functions.delete_function_concurrency(FunctionName=name)

    assert Patience(timeout=30).until(lambda: printed(clients, name), bool) == {"requestPayload": 1}


def printed(clients: Clients, name: str) -> dict[str, Any]:
    """The document that a function printed; empty where there is none yet."""
    try:
        events = clients.logs.filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern="requestPayload")
    except clients.logs.exceptions.ResourceNotFoundException:
        return {}
    return json.loads(events["events"][0]["message"]) if events["events"] else {}
