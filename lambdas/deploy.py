"""The actions that deliver: one input artifact goes to a function, an API, a site or a stack.

UserParameters: `type=lambda|apigateway|s3|cloudformation`, the keys that the module of the type names, and
`tested=<ArtifactDigest>`: the variable of the action that delivered the artifact for its tests. Another artifact than
that is refused. With `release=<environment>/<execution>/<version>` what was delivered is put on record, so that a
rollback finds it.
`type=mock` delivers nothing: see `rehearsal`.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.artifacts import transfer
from lambdas.delivery import api, function, rehearsal, release, site, stack
from lambdas.delivery.order import AGAIN, Kind, Order
from lambdas.job import clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import Continued, Failed, JobError, Misconfigured, Outcome, Succeeded
from lambdas.job.refusal import explain

if TYPE_CHECKING:
    from lambdas.job.job import Artifact, Job

TYPES: dict[str, Kind] = {
    "lambda": function.KIND,
    "apigateway": api.KIND,
    "s3": site.KIND,
    "cloudformation": stack.KIND,
}
TESTED = "tested"
RELEASE = "release"
DIGEST = "ArtifactDigest"


@action
def handler(job: Job) -> Outcome:
    """Deliver the artifact as its type wants; a delivery that takes several jobs goes on where it stood."""
    given = parameters.parse(job.user_parameters)
    wanted = given.pop("type", "")
    if wanted == rehearsal.TYPE:
        return rehearsal.play(job, given)
    kind = TYPES.get(wanted)
    if not kind:
        raise Misconfigured([f"type must be one of {', '.join([*TYPES, rehearsal.TYPE])}"])
    tested, named = given.pop(TESTED, None), given.pop(RELEASE, None)
    mistakes = parameters.mistakes(given, kind.keys, kind.options, kind.prefixes)
    parameters.check([*mistakes, *_artifact_mistakes(job)])
    known = release.Release.from_parameter(named) if named is not None else None
    order = Order(given, _only(job), job.deadline, job.id)
    outcome = _deliver(kind, order, job, tested)
    if known and isinstance(outcome, Succeeded):
        return _recorded(known, wanted, order, outcome, job)
    return outcome


def _deliver(kind: Kind, order: Order, job: Job, tested: str | None) -> Outcome:
    if job.continuation_token and job.continuation_token != AGAIN:
        return resume(kind, order, job.continuation_token)
    with tempfile.TemporaryDirectory(prefix="deploy-", ignore_cleanup_errors=True) as scratch:
        fetched = transfer.fetch(clients.artifact_store(job.credentials), order.artifact, Path(scratch))
        return begin(kind, order, fetched, tested)


def begin(kind: Kind, order: Order, fetched: Path, tested: str | None) -> Outcome:
    """Deliver an artifact; its digest is among the variables, so that a later action can insist on it.

    Raises:
        JobError: it is not the one that was tested.
    """
    digest = digest_of(fetched)
    if tested not in {None, digest}:
        raise JobError(
            f"{order.artifact.name} is not what was tested: its digest is {digest}, {TESTED} names {tested}; "
            "release the change again, so that it is delivered to its tests first"
        )
    return _marked(kind.begin(order, fetched), digest)


def resume(kind: Kind, order: Order, token: str) -> Outcome:
    """Go on with a delivery that an earlier job began.

    Raises:
        Misconfigured: no delivery of this kind can have given this token.
    """
    try:
        digest, inner = json.loads(token)
    except ValueError:
        digest = inner = None
    if not kind.resume or not isinstance(inner, str):
        raise Misconfigured(["the continuation token is none of this function's; release the change again"])
    return _marked(kind.resume(order, inner), digest)


def digest_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _marked(outcome: Outcome, digest: str) -> Outcome:
    match outcome:
        case Succeeded():
            return replace(outcome, variables={**outcome.variables, DIGEST: digest})
        case Continued(token) if token != AGAIN:
            return replace(outcome, token=json.dumps([digest, token]))
    return outcome


def _recorded(known: release.Release, wanted: str, order: Order, outcome: Succeeded, job: Job) -> Outcome:
    """The outcome if it could be put on record; else a failure, since nobody could come back to it."""
    variables = dict(outcome.variables)
    part = release.Part(
        type=wanted,
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        artifact=order.artifact,
        digest=variables.pop(DIGEST),
        given=order.given,
        variables=variables,
    )
    try:
        release.record(clients.artifact_store(job.credentials), known, part, job.key)
    except (BotoCoreError, ClientError) as error:
        cause = explain(error)
        return Failed(f"It was delivered, but could not be put on record as a release: {cause.message}", cause.type)
    return outcome


def _artifact_mistakes(job: Job) -> list[str]:
    found = list(parameters.artifact_mistakes("output", job.outputs, []))
    if len(job.inputs) != 1:
        found.append(f"the action needs one input artifact and has {len(job.inputs)}")
    return found


def _only(job: Job) -> Artifact:
    (artifact,) = job.inputs.values()
    return artifact
