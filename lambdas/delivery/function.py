"""A zip becomes a new version of a function, and its alias moves there; callers of the alias notice nothing.

The version is published only when the code is in place: until then it would keep the state of the code before.
The alias moves at once, or by and by where `shift` says so.
"""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING

from lambdas.delivery import alias, health, shift
from lambdas.delivery.order import Kind, Order
from lambdas.job import clients
from lambdas.job.ending import JobError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_lambda import LambdaClient

LIMIT = 50 * 1024 * 1024
"""The most bytes of a zip that Lambda takes in a request.
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
"""

_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 2.0


def deploy(order: Order, fetched: Path) -> Outcome:
    """Publish the zip as a version of `function` and move `alias` to it; the variables name both and the one before."""
    weight = fetched.stat().st_size
    if weight > LIMIT:
        raise JobError(f"The artifact {order.artifact.name} has {weight} bytes; Lambda takes {LIMIT} in a request")
    plan = shift.plan(order.given)
    if plan and plan.alarms:
        health.demand_quiet(clients.metrics(), plan.alarms)
    version = publish(clients.functions(), order.given["function"], fetched.read_bytes(), order.deadline)
    return deliver(order, version, plan)


def publish(
    functions: LambdaClient, name: str, code: bytes, deadline: float, pause: Callable[[float], None] = time.sleep
) -> str:
    """Give a function new code and publish it; answer the number of the version. The same code makes no new one.

    Raises:
        JobError: somebody else gives it other code at the same time, or Lambda could not make it ready.
    """
    digest = base64.b64encode(hashlib.sha256(code).digest()).decode()
    if settle(functions, name, deadline, pause) != digest:
        _update(functions, name, code)
        settle(functions, name, deadline, pause)
    try:
        published = functions.publish_version(FunctionName=name, CodeSha256=digest)["Version"]
    except functions.exceptions.InvalidParameterValueException as error:  # the code has another digest
        raise _changed_meanwhile(name) from error
    if settle(functions, name, deadline, pause, version=published) != digest:
        raise _changed_meanwhile(name)
    return published


def deliver(order: Order, version: str, plan: shift.Plan | None) -> Outcome:
    """Move the alias to a version, at once or as planned; make it if it is not there.

    It moves at once, too, where it is at that version or at the code that is not published: Lambda divides only
    between published versions (https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html).
    """
    function, name = order.given["function"], order.given["alias"]
    current = alias.find(clients.functions(), function, name)
    if not current:
        alias.make(clients.functions(), function, name, version)
        return alias.delivered(function, name, version, alias.NOTHING)
    previous = current.route.version
    if plan and previous not in {version, alias.UNPUBLISHED}:
        return shift.begin(current, version, plan)
    alias.move(clients.functions(), current, alias.Route(version))
    return alias.delivered(function, name, version, previous)


def settle(
    functions: LambdaClient, name: str, deadline: float, pause: Callable[[float], None], version: str = "$LATEST"
) -> str:
    """Wait until Lambda has made what it was last given ready; answer the SHA-256 of its code, as Lambda writes it.

    Raises:
        JobError: it could not, or not in time.
    """
    seconds = _FIRST_PAUSE
    while True:
        found = functions.get_function_configuration(FunctionName=name, Qualifier=version)
        state, update = found.get("State", "Active"), found.get("LastUpdateStatus", "Successful")
        if "Failed" in {state, update}:
            reason = found.get("LastUpdateStatusReason") or found.get("StateReason")
            raise JobError(f"Lambda could not make {name} ready: {reason}")
        if state != "Pending" and update != "InProgress":
            return found["CodeSha256"]
        if time.monotonic() > deadline:
            raise JobError(f"Lambda did not make {name} ready in time: it is {state}, its update {update}")
        pause(seconds)
        seconds = min(seconds * 1.5, _LONGEST_PAUSE)


def _update(functions: LambdaClient, name: str, code: bytes) -> None:
    try:
        functions.update_function_code(FunctionName=name, ZipFile=code)
    except functions.exceptions.ResourceConflictException as error:  # an update is in progress
        raise _changed_meanwhile(name) from error


def _changed_meanwhile(name: str) -> JobError:
    return JobError(f"Somebody else gave {name} other code meanwhile; release the change again")


KIND = Kind(keys=("function", "alias"), begin=deploy, options=shift.OPTIONS, resume=shift.resume)
