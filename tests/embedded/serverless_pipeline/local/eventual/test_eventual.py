"""An embedded AWS on which things take a second: roles, functions, and who asks too often."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from serverless_pipeline.project import bucket
from tests.support.embedded import endpoint_of
from tests.support.lambdas import zipped
from tests.support.waiting import until

if TYPE_CHECKING:
    from serverless_pipeline.aws import Clients

EARLY = {
    *("InvalidParameterValueException", "ResourceConflictException", "TooManyRequestsException"),
    *("AccessDenied", "AccessDeniedException"),
}
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})


def package(answer: int = 1) -> bytes:
    return zipped({"index.py": f"def handler(event, context): return {answer}"})


def succeeds(call: Any, **request: Any) -> Any:
    """What a call answers, or nothing while it is refused as too early."""
    try:
        return call(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] not in EARLY:
            raise
        return None


def succeeding(call: Any, **request: Any) -> Any:
    """What a call answers once it is not refused as too early any more."""
    return until(lambda: succeeds(call, **request), "what was asked for")


def exists(slow: Clients, function: str) -> bool:
    try:
        slow.functions.get_function_configuration(FunctionName=function)
    except slow.functions.exceptions.ResourceNotFoundException:
        return False
    return True


@pytest.fixture
def function(slow: Clients) -> str:
    """A function that is ready."""
    name = f"f-{uuid.uuid4().hex[:8]}"
    statement = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    role = slow.iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    made: Any = {"FunctionName": name, "Runtime": "python3.13", "Handler": "index.handler", "Role": role}
    succeeding(slow.functions.create_function, **made, Code={"ZipFile": package()})
    succeeding(slow.functions.invoke, FunctionName=name)
    return name


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


def test_a_function_that_is_deleted_is_deleting_for_a_while(slow: Clients, function: str) -> None:
    slow.functions.delete_function(FunctionName=function)

    state = slow.functions.get_function_configuration(FunctionName=function)["State"]
    with pytest.raises(ClientError, match=r"ResourceConflictException.*currently in the following state: Deleting"):
        slow.functions.invoke(FunctionName=function)
    until(lambda: not exists(slow, function), "the deletion")
    assert state == "Deleting"


def test_an_alias_that_was_moved_answers_as_before_for_a_while(slow: Clients, function: str) -> None:
    versions = [succeeding(slow.functions.publish_version, FunctionName=function)["Version"]]
    slow.functions.update_function_code(FunctionName=function, ZipFile=package(2))
    versions.append(succeeding(slow.functions.publish_version, FunctionName=function)["Version"])
    slow.functions.create_alias(FunctionName=function, Name="live", FunctionVersion=versions[0])
    asked: Any = {"FunctionName": function, "Qualifier": "live"}
    slow.functions.invoke(**asked)

    slow.functions.update_alias(FunctionName=function, Name="live", FunctionVersion=versions[1])
    told = slow.functions.get_alias(FunctionName=function, Name="live")["FunctionVersion"]
    at_once = slow.functions.invoke(**asked)["ExecutedVersion"]
    until(lambda: slow.functions.invoke(**asked)["ExecutedVersion"] == versions[1], "the alias")

    assert (told, at_once) == (versions[1], versions[0])


def test_a_policy_counts_after_a_while_and_is_told_at_once(slow: Clients) -> None:
    name = f"r-{uuid.uuid4().hex[:8]}"
    me = slow.sts.get_caller_identity()["Arn"]
    trust = {"Effect": "Allow", "Principal": {"AWS": me}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "lambda:ListFunctions", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    role = slow.iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    session = succeeding(slow.sts.assume_role, RoleArn=role, RoleSessionName="somebody")["Credentials"]
    functions: Any = slow.session.create_client(
        "lambda",
        endpoint_url=endpoint_of(slow).url,
        region_name=slow.region,
        aws_access_key_id=session["AccessKeyId"],
        aws_secret_access_key=session["SecretAccessKey"],
        aws_session_token=session["SessionToken"],
    )

    text = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    slow.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=text)
    with pytest.raises(ClientError, match="AccessDenied"):
        functions.list_functions()
    assert slow.iam.list_role_policies(RoleName=name)["PolicyNames"] == ["p"]
    succeeding(functions.list_functions)

    slow.iam.delete_role_policy(RoleName=name, PolicyName="p")
    assert functions.list_functions()["Functions"] is not None
    until(lambda: succeeds(functions.list_functions) is None, "the end of the right")


def test_a_bucket_that_was_deleted_is_listed_and_its_name_taken_for_a_while(slow: Clients) -> None:
    name = f"b-{uuid.uuid4().hex[:8]}"
    slow.s3.create_bucket(Bucket=name)

    slow.s3.delete_bucket(Bucket=name)
    listed = [bucket["Name"] for bucket in slow.s3.list_buckets()["Buckets"]]
    with pytest.raises(ClientError, match=r"\(OperationAborted\).*A conflicting conditional operation is currently in"):
        slow.s3.create_bucket(Bucket=name)
    with pytest.raises(ClientError, match="404"):
        slow.s3.head_bucket(Bucket=name)
    bucket.ensure(slow, name)

    assert name in listed
    assert bucket.exists(slow, name)


def test_who_asks_too_often_is_told_to_slow_down_and_a_patient_client_is_served(slow: Clients) -> None:
    hasty = slow.client("cloudformation", ONCE)

    with pytest.raises(ClientError, match=r"\(Throttling\).*Rate exceeded"):
        [hasty.describe_stacks() for _ in range(100)]

    assert slow.cloudformation.describe_stacks()["Stacks"] is not None


def test_unless_asked_for_nobody_is_told(clients: Clients) -> None:
    hasty = clients.client("cloudformation", ONCE)

    assert len([hasty.list_stacks() for _ in range(50)]) == 50
