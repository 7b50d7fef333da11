"""The actions that deliver: one input artifact goes to a function, an API or a site.

UserParameters: `type=lambda|apigateway|s3` and the keys that the module of the type names.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import artifacts
import clients
import deploy_api
import deploy_function
import deploy_site
import parameters
from action import action
from ending import Misconfigured, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from job import Artifact, Job


class Kind(Protocol):
    """A module that delivers one kind of thing; `KEYS` are the parameters that it needs."""

    @property
    def KEYS(self) -> Sequence[str]: ...  # noqa: N802 - the constant of a module

    def deploy(self, fetched: Path, artifact: Artifact, given: Mapping[str, str], deadline: float, /) -> Outcome: ...


TYPES: dict[str, Kind] = {"lambda": deploy_function, "apigateway": deploy_api, "s3": deploy_site}


@action
def handler(job: Job) -> Outcome:
    """Fetch the artifact and deliver it as its type wants."""
    given = parameters.parse(job.user_parameters)
    kind = TYPES.get(given.pop("type", ""))
    if not kind:
        raise Misconfigured([f"type must be one of {', '.join(TYPES)}"])
    parameters.check([*parameters.mistakes(given, kind.KEYS), *_artifact_mistakes(job)])
    store = clients.artifact_store(job.credentials)
    with tempfile.TemporaryDirectory(prefix="deploy-", ignore_cleanup_errors=True) as scratch:
        work = Path(scratch)
        artifact = _only(job)
        return kind.deploy(artifacts.fetch(store, artifact, work), artifact, given, job.deadline)


def _artifact_mistakes(job: Job) -> list[str]:
    found = list(parameters.artifact_mistakes("output", job.outputs, []))
    if len(job.inputs) != 1:
        found.append(f"the action needs one input artifact and has {len(job.inputs)}")
    return found


def _only(job: Job) -> Artifact:
    (artifact,) = job.inputs.values()
    return artifact
