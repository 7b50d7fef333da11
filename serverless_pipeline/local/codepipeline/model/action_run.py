"""Each time that an action ran: how far it is, what it took and what it made.

A run is frozen; each newer state of it replaces the older one.
"""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import Action, Pipeline

SERVICE = "codepipeline.amazonaws.com"
"""Who moved a run, if nobody else did."""

_LETTERS = string.ascii_letters + string.digits


class ActionStatus(StrEnum):
    """Of one run of an action."""

    IN_PROGRESS = "InProgress"
    ABANDONED = "Abandoned"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"


@dataclass(frozen=True)
class Revision:
    """Which version of the source an action found."""

    id: str
    change_id: str = ""
    summary: str = ""
    created: float | None = None
    url: str = ""


@dataclass(frozen=True)
class Artifact:
    """A zip object in the artifact store. Its key is reserved before anything lies there."""

    name: str
    bucket: str
    key: str
    revision: Revision | None = None


@dataclass(frozen=True)
class ErrorDetails:
    """Why an action failed, by one of AWS's codes, such as `JobFailed` or `PermissionError`."""

    code: str
    message: str


@dataclass(frozen=True)
class ActionRun:
    """One time that an action ran, or a rule of a `condition`; a retry is another run.

    `version` is the pipeline's by which it ran.
    """

    id: str
    execution_id: str
    stage: str
    action: Action
    started: float
    updated: float
    updated_by: str
    status: ActionStatus = ActionStatus.IN_PROGRESS
    resolved_configuration: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Artifact, ...] = ()
    outputs: tuple[Artifact, ...] = ()
    summary: str = ""
    external_id: str = ""
    external_url: str = ""
    log_stream: str = ""
    percent: int | None = None
    error: ErrorDetails | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    token: str = ""
    version: int = 1
    condition: str = ""

    @property
    def is_running(self) -> bool:
        return self.status is ActionStatus.IN_PROGRESS

    @property
    def is_retryable(self) -> bool:
        """Whether a retry of failed actions runs this one again."""
        return self.status in (ActionStatus.FAILED, ActionStatus.ABANDONED)


def reserve(pipeline: Pipeline, action: Action) -> tuple[Artifact, ...]:
    """A place for each output artifact: `<pipeline, 20>/<artifact, 10>/<7 random>`, as AWS lays them out."""
    return tuple(
        Artifact(name, pipeline.store(action).bucket, f"{pipeline.name[:20]}/{name[:10]}/{_suffix()}")
        for name in action.outputs
    )


def _suffix() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(7))
