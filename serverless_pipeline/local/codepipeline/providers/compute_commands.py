"""Compute/Commands: shell commands on a machine that the service manages, with the role of the action.

https://docs.aws.amazon.com/codepipeline/latest/userguide/action-reference-Commands.html
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from serverless_pipeline.local.codebuild import build as builds
from serverless_pipeline.local.codebuild.build import PRIMARY, Build, Order, Source
from serverless_pipeline.local.codebuild.buildspec import PHASES, Buildspec, Phase
from serverless_pipeline.local.codebuild.buildspec import Artifact as Files
from serverless_pipeline.local.codebuild.transfer import Target
from serverless_pipeline.local.codebuild.variables import Variable
from serverless_pipeline.local.codepipeline.providers.work import Failed, Provider, Succeeded, Working

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.action_run import Artifact
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

SECONDS = 55 * 60
"""A Commands action has 55 minutes."""

_running: dict[str, Build] = {}


def start(work: Work) -> Outcome:
    """Start the commands, or look how far they are."""
    if work.continuation:
        return _look(work)
    try:
        place = builds.here()
    except LookupError as error:
        return Failed("JobFailed", str(error))
    build = _running[work.run.id] = Build(order(work), place)
    threading.Thread(target=build.perform, name=f"commands of {work.run.action.name}", daemon=True).start()
    return Working(work.run.id, _said(work, build))


def order(work: Work) -> Order:
    """What the runner of builds is asked for: the commands are one phase, in which the first that fails is the last."""
    action, run = work.run.action, work.run
    primary, *others = run.inputs
    artifacts = {artifact.name: artifact for artifact in run.outputs}
    commands = Phase("build", tuple(action.commands), on_failure="ABORT")
    return Order(
        name=f"{work.pipeline}:{run.id}",
        credentials=work.credentials,
        group=f"/aws/codepipeline/{work.pipeline}",
        stream=f"{run.id}/{action.name}",
        spec=Buildspec(
            phases=tuple(commands if name == "build" else Phase(name) for name in PHASES),
            exported=action.output_variables,
            artifacts=tuple(Files(name, files) for name, files in action.files.items()),
        ),
        sources=(_source(primary, PRIMARY), *(_source(artifact, artifact.name) for artifact in others)),
        targets={name: Target(one.bucket, one.key, key_id=work.key_id) for name, one in artifacts.items()},
        variables=tuple(Variable(one.name, one.value, one.type) for one in action.environment),
        given={
            "CODEPIPELINE_EXECUTION_ID": run.execution_id,
            "CODEBUILD_BUILD_ID": f"{work.pipeline}:{run.id}",
            "CODEBUILD_INITIATOR": f"codepipeline/{work.pipeline}",
        },
        seconds=SECONDS,
    )


def _source(artifact: Artifact, identifier: str) -> Source:
    return Source(identifier, f"{artifact.bucket}/{artifact.key}")


def _look(work: Work) -> Outcome:
    build = _running.get(work.continuation)
    if build is None:
        return Failed("JobFailed", "The commands are gone with the server that ran them")
    said = _said(work, build)
    if build.status == "IN_PROGRESS":
        return Working(work.continuation, said)
    del _running[work.continuation]
    if build.status == "SUCCEEDED":
        return Succeeded(external_id=said.external_id, log_stream=said.log_stream, variables=build.exported)
    failure = build.failure or {"phase": "", "statusCode": "", "message": ""}
    return Failed(
        "JobFailed",
        f"Build terminated with state: {build.status}. Phase: {failure['phase']}, Code: {failure['statusCode']},"
        f" Message: {failure['message']}",
        external_id=said.external_id,
        log_stream=said.log_stream,
    )


def _said(work: Work, build: Build) -> Succeeded:
    order = build.order
    log = f"arn:aws:logs:{work.region}:{work.scope.account}:log-group:{order.group}:log-stream:{order.stream}"
    return Succeeded(external_id=work.run.id, log_stream=log)


PROVIDER = Provider(
    category="Compute",
    name="Commands",
    inputs=(1, 10),
    outputs=(0, 1),
    required=(),
    optional=(),
    start=start,
)
