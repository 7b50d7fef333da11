"""The kinds of delivery, and one delivery from its artifact to its end, in as many jobs as it takes.

The digest of the artifact goes along, in the token from job to job and at the end among the output variables, so that a
later action can insist on the artifact that was tested.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from lambdas.delivery import api, function, site, stack
from lambdas.delivery.order import BEGIN_ANEW, RELEASE_AGAIN, Kind, Order
from lambdas.job.ending import Continued, JobError, Misconfigured, Outcome, Succeeded

if TYPE_CHECKING:
    from pathlib import Path

KINDS: dict[str, Kind] = {
    "lambda": function.KIND,
    "apigateway": api.KIND,
    "s3": site.KIND,
    "cloudformation": stack.KIND,
}
"""The kinds of delivery by their type, as an action names it."""

TESTED = "tested"
DIGEST = "ArtifactDigest"

_PAUSES = (0.02, 2.0)
"""Seconds before a delivery is looked at again: at first, and at most; each pause is twice the one before."""


def begin(kind: Kind, order: Order, zip_file: Path, tested: str | None = None) -> Outcome:
    """Deliver an artifact; `tested` is the digest of the one that was tested.

    Raises:
        JobError: it is not the one that was tested.
    """
    digest = digest_of(zip_file)
    if tested not in {None, digest}:
        raise JobError(
            f"{order.artifact.name} is not what was tested: its digest is {digest}, {TESTED} names {tested}; "
            f"{RELEASE_AGAIN}, so that it is delivered to its tests first"
        )
    return _with_digest(_follow(kind, order, kind.begin(order, zip_file)), digest)


def resume(kind: Kind, order: Order, token: str) -> Outcome:
    """Go on with a delivery that an earlier job began.

    Raises:
        Misconfigured: no delivery of this kind can have given this token.
    """
    try:
        digest, inner = json.loads(token)
    except (ValueError, TypeError):
        digest = inner = None
    if not kind.resume or not isinstance(inner, str):
        raise Misconfigured([f"the continuation token is none of this function's; {RELEASE_AGAIN}"])
    return _with_digest(_follow(kind, order, kind.resume(order, inner)), digest)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _follow(kind: Kind, order: Order, outcome: Outcome) -> Outcome:
    """Look again at a delivery that goes on, as long as its kind has patience."""
    pause, longest = _PAUSES
    until = min(time.monotonic() + kind.patience, order.deadline)
    while kind.resume and isinstance(outcome, Continued) and outcome.token != BEGIN_ANEW:
        if time.monotonic() + pause > until:
            break
        time.sleep(pause)
        pause = min(2 * pause, longest)
        outcome = kind.resume(order, outcome.token)
    return outcome


def _with_digest(outcome: Outcome, digest: str) -> Outcome:
    """An outcome that carries the digest on: to the variables of the action, or to its next job."""
    match outcome:
        case Succeeded():
            return replace(outcome, variables={**outcome.variables, DIGEST: digest})
        case Continued(token) if token != BEGIN_ANEW:
            return replace(outcome, token=json.dumps([digest, token]))
    return outcome
