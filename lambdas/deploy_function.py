"""A zip becomes a new version of a function, and its alias moves there; callers of the alias notice nothing.

The version is published only when the code is in place: until then it would keep the state of the code before.
"""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING

import clients
from ending import JobError, Succeeded
from order import Kind, Order

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


def deploy(order: Order, fetched: Path) -> Succeeded:
    """Publish the zip as a version of `function` and move `alias` to it; the variables name both."""
    weight = fetched.stat().st_size
    if weight > LIMIT:
        raise JobError(f"The artifact {order.artifact.name} has {weight} bytes; Lambda takes {LIMIT} in a request")
    functions, name, alias = clients.functions(), order.given["function"], order.given["alias"]
    version = publish(functions, name, fetched.read_bytes(), order.deadline)
    move(functions, name, alias, version)
    return Succeeded(f"{name}:{alias} is version {version}", {"FunctionVersion": version, "Alias": alias})


def publish(
    functions: LambdaClient, name: str, code: bytes, deadline: float, pause: Callable[[float], None] = time.sleep
) -> str:
    """Give a function new code and publish it; answer the number of the version. The same code makes no new one."""
    digest = base64.b64encode(hashlib.sha256(code).digest()).decode()
    if settle(functions, name, deadline, pause) != digest:
        functions.update_function_code(FunctionName=name, ZipFile=code)
        settle(functions, name, deadline, pause)
    published = functions.publish_version(FunctionName=name, CodeSha256=digest)
    settle(functions, name, deadline, pause, version=published["Version"])
    return published["Version"]


def move(functions: LambdaClient, name: str, alias: str, version: str) -> None:
    """Point an alias at a version, with all the traffic; make it if it is not there.

    Raises:
        JobError: somebody else moved the alias at the same time.
    """
    try:
        current = functions.get_alias(FunctionName=name, Name=alias)
    except functions.exceptions.ResourceNotFoundException:
        functions.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)
        return
    try:
        functions.update_alias(
            FunctionName=name,
            Name=alias,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": {}},
            RevisionId=current["RevisionId"],
        )
    except functions.exceptions.PreconditionFailedException as error:
        raise JobError(f"Somebody else moved {name}:{alias} meanwhile; release the change again") from error


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


KIND = Kind(keys=("function", "alias"), begin=deploy)
