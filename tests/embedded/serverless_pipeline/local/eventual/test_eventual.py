"""An embedded AWS on which things take a second: roles, functions, and who asks too often."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.lambdas import zipped
from tests.support.waiting import until

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

EARLY = {"InvalidParameterValueException", "ResourceConflictException", "TooManyRequestsException"}
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


def package() -> bytes:
    return zipped({"index.py": "def handler(event, context): return 1"})


def succeeds(call: Any, **request: Any) -> Any:
    """What a call answers, or nothing while it is refused as too early."""
    try:
        return call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in EARLY:
            raise
        return None


def test_a_role_is_known_and_a_function_ready_after_a_while(slow: Clients) -> None:
    name = f"f-{uuid.uuid4().hex[:8]}"
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = slow.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    function: Any = {"FunctionName": name, "Runtime": "python3.13", "Handler": "index.handler", "Role": role}

    with pytest.raises(ClientError, match="cannot be assumed by Lambda"):
        slow.functions.create_function(**function, Code={"ZipFile": package()})
    until(lambda: succeeds(slow.functions.create_function, **function, Code={"ZipFile": package()}), "the role")
    with pytest.raises(ClientError, match=r"ResourceConflictException.*currently in the following state: Pending"):
        slow.functions.invoke(FunctionName=name)
    with pytest.raises(ClientError, match=r"ResourceConflictException.*An update is in progress for resource"):
        slow.functions.publish_version(FunctionName=name)
    until(lambda: succeeds(slow.functions.publish_version, FunctionName=name), "the function")

    updated = slow.functions.update_function_configuration(FunctionName=name, Timeout=4)
    answer = slow.functions.invoke(FunctionName=name)["Payload"].read()
    assert (updated["State"], updated["LastUpdateStatus"], answer) == ("Active", "InProgress", b"1")


def test_who_asks_too_often_is_told_to_slow_down_and_a_patient_client_is_served(slow: Clients) -> None:
    hasty = slow.client("cloudformation", ONCE)

    with pytest.raises(ClientError, match=r"\(Throttling\).*Rate exceeded"):
        [hasty.describe_stacks() for _ in range(100)]

    assert slow.cloudformation.describe_stacks()["Stacks"] is not None


def test_unless_asked_for_nobody_is_told(clients: Clients) -> None:
    hasty = clients.client("cloudformation", ONCE)

    assert len([hasty.list_stacks() for _ in range(50)]) == 50
