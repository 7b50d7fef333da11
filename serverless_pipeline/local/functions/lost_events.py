"""What becomes of an asynchronous invocation that failed: its on-failure destination, if that is a function.

MiniStack runs the destination whatever the roles say, with a record that lacks half of what Lambda's holds. Here the
destination is invoked with the role of the function that failed, so IAM decides, and with Lambda's own record:
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html.
"""

import json
import sys
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from serverless_pipeline.local import seams
from serverless_pipeline.local.iam import sessions
from serverless_pipeline.local.iam.credentials import Credentials

Route = Callable[[str, str, Any, dict[str, Any]], None]

RETRIES = 2
"""Lambda's default."""


def install(url: str) -> None:
    """Send what failed to its function, at this AWS; other destinations stay MiniStack's business."""
    seams.ROUTE_ASYNC_FAILURE.wrap(lambda route: _invoke_function(route, url))


def record(arn: str, event: Any, result: dict[str, Any], *, invocations: int) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """Lambda's record of an invocation of the function `arn` that failed for the last time; `result` is MiniStack's."""
    return {
        "version": "1.0",
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": f"{arn}:$LATEST",
            "condition": "EventAgeExceeded" if result.get("throttle") else "RetriesExhausted",
            "approximateInvokeCount": invocations,
        },
        "requestPayload": event,
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"},
        "responsePayload": result.get("body"),
    }


def settings(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a function says of its asynchronous invocations, as MiniStack looks it up; empty if it says nothing."""
    configs = function.get("event_invoke_configs") or {}
    return function.get("event_invoke_config") or configs.get("$LATEST") or {}


def _invoke_function(route: Route, url: str) -> Route:
    def invoke(target: str, name: str, event: Any, result: dict[str, Any]) -> None:  # noqa: ANN401 - any JSON
        if target.split(":")[2] != "lambda":
            route(target, name, event, result)
            return
        function = seams.LAMBDA_FUNCTIONS.value[name]
        config = function["config"]
        retries = int(settings(function).get("MaximumRetryAttempts", RETRIES))
        payload = record(config["FunctionArn"], event, result, invocations=retries + 1)
        _send(url, config, target, payload)

    return invoke


def _send(url: str, config: dict[str, Any], target: str, payload: dict[str, Any]) -> None:
    """Lambda counts a record that it cannot deliver; here it is told to the log of the server."""
    from botocore.exceptions import BotoCoreError, ClientError

    session = sessions.of_function(config)
    credentials = Credentials(
        role=config["Role"],
        endpoint_url=url,
        region=config["FunctionArn"].split(":")[3],
        access_key_id=session.access_key_id,
        secret_access_key=session.secret_access_key,
        session_token=session.session_token,
    )
    try:
        credentials.client("lambda").invoke(FunctionName=target, InvocationType="Event", Payload=json.dumps(payload))
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"The destination of {config['FunctionName']} got no record: {error}\n")
