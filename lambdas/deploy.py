"""The actions that deliver: one input artifact goes to a function, an API, a site or a stack.

UserParameters: `type=lambda|apigateway|s3|cloudformation`, the keys that the module of the type names, `path=<file>`
where the artifact holds several deliveries and this is one of its files, and `tested=<ArtifactDigest>`: the variable of
the action that delivered the same for its tests. Anything else than that is refused. With
`release=<environment>/<execution>/<version>/<part>` what was delivered is put on record, so that a rollback finds it.
`type=mock` delivers nothing: see `rehearsal`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.artifacts import transfer
from lambdas.delivery import delivery, rehearsal
from lambdas.delivery.delivery import DIGEST, KINDS, TESTED
from lambdas.delivery.order import BEGIN_ANEW, Kind, Order
from lambdas.delivery.release import Part, Release, record
from lambdas.execution import storage
from lambdas.job import clients, parameters
from lambdas.job.action import action
from lambdas.job.ending import Failed, Misconfigured, Outcome, Succeeded
from lambdas.job.refusal import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambdas.job.job import Job

TYPE = "type"
PATH = "path"
RELEASE = "release"


@dataclass(frozen=True)
class Request:
    """What an action asks for: a delivery of a type, perhaps of an artifact that was tested, perhaps as a release."""

    type: str
    order: Order
    path: str
    tested: str | None
    release: Release | None

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @classmethod
    def from_job(cls, job: Job, type_: str, values: dict[str, str]) -> Request:
        """Read the parameters and the artifact of the action.

        Raises:
            Misconfigured: they make no sense; names every mistake.
        """
        kind = KINDS.get(type_)
        if not kind:
            raise Misconfigured([f"{TYPE} must be one of {', '.join([*KINDS, rehearsal.TYPE])}"])
        path, tested, release = values.pop(PATH, ""), values.pop(TESTED, None), values.pop(RELEASE, None)
        mistakes = parameters.mistakes(values, kind.keys, kind.options, kind.prefixes)
        parameters.check([*mistakes, *_artifact_mistakes(job)])
        (artifact,) = job.inputs.values()
        order = Order(values, artifact, job.deadline, job.id)
        return cls(type_, order, path, tested, None if release is None else Release.from_parameter(release, type_))


@action
def handler(job: Job) -> Outcome:
    """Deliver the artifact as its type wants; a delivery that takes several jobs goes on where it stood."""
    values = parameters.parse(job.user_parameters)
    type_ = values.pop(TYPE, "")
    if type_ == rehearsal.TYPE:
        return rehearsal.play(job, values)
    request = Request.from_job(job, type_, values)
    outcome = _deliver(request, job)
    if request.release and isinstance(outcome, Succeeded):
        return _put_on_record(request.release, request, outcome, job)
    return outcome


def _deliver(request: Request, job: Job) -> Outcome:
    if job.continuation_token and job.continuation_token != BEGIN_ANEW:
        return delivery.resume(request.kind, request.order, job.continuation_token)
    with storage.work("deploy-") as scratch:
        package = transfer.fetch(clients.artifact_store(job.credentials), request.order.artifact, scratch)
        zip_file = transfer.extract(request.order.artifact, package, request.path) if request.path else package
        return delivery.begin(request.kind, request.order, zip_file, request.tested)


def _put_on_record(release: Release, request: Request, outcome: Succeeded, job: Job) -> Outcome:
    """The outcome if it could be put on record; else a failure, since nobody could come back to it."""
    variables = dict(outcome.variables)
    part = Part(
        type=request.type,
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        artifact=request.order.artifact,
        digest=variables.pop(DIGEST),
        path=request.path,
        parameters=request.order.parameters,
        variables=variables,
    )
    try:
        record(clients.s3(), release, part, job.key)
    except (BotoCoreError, ClientError) as error:
        cause = explain(error)
        return Failed(f"It was delivered, but could not be put on record as a release: {cause.message}", cause.type)
    return outcome


def _artifact_mistakes(job: Job) -> Iterator[str]:
    yield from parameters.artifact_mistakes("output", job.outputs, [])
    if len(job.inputs) != 1:
        yield f"the action needs one input artifact and has {len(job.inputs)}"
