"""A zip becomes a new version of a function, and its alias moves there; callers of the alias notice nothing.

The version is published only when the code is in place: until then it would keep the state of the code before.
The alias moves at once, or by and by where `shift` says so.
"""

from __future__ import annotations

import base64
import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

from lambdas.delivery import alias, assets, health, readable, shift
from lambdas.delivery.order import RELEASE_AGAIN, Kind, Order
from lambdas.job import clients
from lambdas.job.ending import JobError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_lambda import LambdaClient

IN_REQUEST = 50 * 1024 * 1024
"""The most bytes of a zip that Lambda takes in a request; from S3 it takes more.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""


class CodeTypeDef(TypedDict, total=False):
    """Where Lambda finds the code of a function: in the request, or in S3."""

    ZipFile: bytes
    S3Bucket: str
    S3Key: str


_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 0.05, 2.0, 1.5


def deploy(order: Order, zip_file: Path) -> Outcome:
    """Publish the zip as a version of `function` and move `alias` to it; the variables name both and the one before."""
    readable.demand(zip_file, order.artifact.name)
    plan = shift.Plan.from_parameters(order.parameters)
    if plan and plan.alarms:
        health.demand_quiet(clients.metrics(), plan.alarms)
    code = Code.of(zip_file, order.artifact.bucket)
    version = publish(clients.functions(), order.parameters["function"], code, order.deadline)
    return deliver(order, version, plan)


@dataclass(frozen=True)
class Code:
    """The code of a function, as a request has it, and its SHA-256, as Lambda writes it."""

    digest: str
    place: CodeTypeDef

    @classmethod
    def of(cls, zip_file: Path, bucket: str) -> Code:
        """The code in a zip; one that is too large for a request goes by way of the bucket."""
        with zip_file.open("rb") as file:
            digest = base64.b64encode(hashlib.file_digest(file, "sha256").digest()).decode()
        if zip_file.stat().st_size <= IN_REQUEST:
            return cls(digest, {"ZipFile": zip_file.read_bytes()})
        return cls(digest, {"S3Bucket": bucket, "S3Key": assets.publish(zip_file, bucket, ".zip")})


def publish(
    functions: LambdaClient, name: str, code: Code, deadline: float, sleep: Callable[[float], None] = time.sleep
) -> str:
    """Give a function new code and publish it; answer the number of the version. The same code makes no new one.

    Raises:
        JobError: somebody else gives it other code at the same time, or Lambda could not make it ready.
    """
    if settle(functions, name, deadline, sleep) != code.digest:
        # An update is in progress: somebody else's, or this one, sent again because its answer was lost.
        with suppress(functions.exceptions.ResourceConflictException):
            functions.update_function_code(FunctionName=name, **code.place)
        settle(functions, name, deadline, sleep)
    try:
        version = functions.publish_version(FunctionName=name, CodeSha256=code.digest)["Version"]
    except functions.exceptions.InvalidParameterValueException as error:  # the code has another digest
        raise _changed_meanwhile(name) from error
    if settle(functions, name, deadline, sleep, version=version) != code.digest:
        raise _changed_meanwhile(name)
    return version


def settle(
    functions: LambdaClient,
    name: str,
    deadline: float,
    sleep: Callable[[float], None] = time.sleep,
    *,
    version: str = alias.UNPUBLISHED,
) -> str:
    """Wait until Lambda has made the code of a version ready; answer its SHA-256, as Lambda writes it.

    Raises:
        JobError: it could not, or not in time.
    """
    pause = _FIRST_PAUSE
    while True:
        configuration = functions.get_function_configuration(FunctionName=name, Qualifier=version)
        state, update = configuration.get("State", "Active"), configuration.get("LastUpdateStatus", "Successful")
        if "Failed" in {state, update}:
            reason = configuration.get("LastUpdateStatusReason") or configuration.get("StateReason")
            raise JobError(f"Lambda could not make {name} ready: {reason}")
        if state != "Pending" and update != "InProgress":
            return configuration["CodeSha256"]
        if time.monotonic() > deadline:
            raise JobError(f"Lambda did not make {name} ready in time: it is {state}, its update {update}")
        sleep(pause)
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def deliver(order: Order, version: str, plan: shift.Plan | None) -> Outcome:
    """Move the alias to a version, at once or as planned; create it if it is not there.

    It moves at once, too, where it is at that version or at the code that is not published: Lambda divides only
    between published versions (https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html).
    """
    functions, function, name = clients.functions(), order.parameters["function"], order.parameters["alias"]
    current = alias.find(functions, function, name)
    if not current:
        alias.create(functions, function, name, version, again=order.again)
        return alias.conclude(function, name, version, alias.NO_VERSION)
    previous = current.route.version
    if plan and previous not in {version, alias.UNPUBLISHED}:
        return shift.begin(current, version, plan, again=order.again)
    alias.move(functions, current, alias.Route(version), again=order.again)
    return alias.conclude(function, name, version, previous)


def _changed_meanwhile(name: str) -> JobError:
    return JobError(f"Somebody else gave {name} other code meanwhile; {RELEASE_AGAIN}")


KIND = Kind(keys=("function", "alias"), begin=deploy, options=shift.OPTIONS, resume=shift.resume)
