"""Starts an execution when a source has changed: of pipelines that poll, or whose triggers a push fits.

What is there when a pipeline is first looked at has been brought by its first execution, or starts nothing; from then
on each newer revision starts one, unless an execution has taken it already.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline import providers
from serverless_pipeline.local.codepipeline.model import triggers
from serverless_pipeline.local.codepipeline.model.execution import Trigger
from serverless_pipeline.local.codepipeline.providers.work import BRANCH, COMMIT_ID
from serverless_pipeline.local.iam import roles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from serverless_pipeline.local.codepipeline.engine.engine import Engine
    from serverless_pipeline.local.codepipeline.model.declaration import Action
    from serverless_pipeline.local.codepipeline.model.store import PipelineRecord
    from serverless_pipeline.local.codepipeline.model.triggers import Push
    from serverless_pipeline.local.codepipeline.providers.work import Detection, Sighting
    from serverless_pipeline.local.iam.credentials import Credentials

NAME = "detection"
"""The timer's."""
_logger = logging.getLogger("codepipeline")
_FRESH = 60
"""So many seconds before its end a session is replaced."""


@dataclass
class Watch:
    """Looks at the sources of all pipelines every `seconds`."""

    engine: Engine
    endpoint_url: str
    seconds: float
    _sessions: dict[tuple[str, str, str], Credentials] = field(default_factory=dict)
    _unseen: dict[tuple[str, str], str] = field(default_factory=dict)
    """Why a source could not be looked at, by pipeline and action; it is said when it changes, not at each look."""

    def begin(self) -> None:
        """Look from now on."""
        self.engine.schedule.arm(NAME, self.seconds, self._look_on)

    def _look_on(self) -> None:
        try:
            self.look()
        finally:
            self.begin()

    def look(self) -> None:
        """Look once at every source that is watched."""
        with self.engine.store.lock:
            records = list(self.engine.store.pipelines.values())
        for record in records:
            pushes = triggers.read(record.pipeline.document)
            for action in record.pipeline.stages[0].actions:
                provider = providers.find(action.type)
                if provider and provider.detection and _is_watched(action, provider.detection, pushes):
                    self._look_at(record, action, provider.detection, pushes.get(action.name))

    def _look_at(
        self, record: PipelineRecord, action: Action, detection: Detection, pushes: tuple[Push, ...] | None
    ) -> None:
        """What cannot be seen starts nothing: the action itself tells why, when it runs."""
        region, place = action.region or record.scope.region, (record.arn, action.name)
        try:
            sighting = detection.look(action.configuration, self._session(record, action), region)
            self._compare(record, action, detection, pushes, sighting)
        except Exception as error:  # noqa: BLE001 - nobody else would hear of it, and the next look may be a better one
            if self._unseen.get(place) != repr(error):
                _logger.warning("The source %s of %s cannot be looked at: %r", action.name, record.arn, error)
            self._unseen[place] = repr(error)
        else:
            self._unseen.pop(place, None)

    def _compare(
        self,
        record: PipelineRecord,
        action: Action,
        detection: Detection,
        pushes: tuple[Push, ...] | None,
        sighting: Sighting,
    ) -> None:
        with self.engine.store.lock:
            if not _is_current(self.engine, record, action) or _is_under_way(record, action):
                return
            known = record.seen.get(action.name) or _baseline(record, action, sighting)
            record.seen[action.name] = sighting.revisions
            trigger = Trigger(detection.trigger, action.configuration.get(detection.detail, ""))
            for carrier, revision in _changes(known, sighting.revisions).items():
                if not pushes and carrier == sighting.followed:
                    if revision != _taken(record, action):
                        self.engine.start(record, trigger)
                elif pushes and _fits(pushes, carrier, _paths(detection, action, known.get(carrier, ""), revision)):
                    name = carrier.split("/", 2)[-1]
                    overrides = {action.name: {COMMIT_ID: revision, BRANCH: name}}
                    self.engine.start(record, trigger, overrides=overrides)

    def _session(self, record: PipelineRecord, action: Action) -> Credentials:
        """A session of the action's role, or of the pipeline's; one serves many looks."""
        key = (record.pipeline.role, action.role, record.arn)
        session = self._sessions.get(key)
        if session is None or session.expiration < time.time() + _FRESH:
            session = roles.assume(record.pipeline.role, record.arn, self.endpoint_url)
            if action.role:
                session = roles.assume_for_action(session, action.role)
            self._sessions[key] = session
        return session


def _is_watched(action: Action, detection: Detection, pushes: Mapping[str, tuple[Push, ...]]) -> bool:
    """A trigger goes before the action's own word, which is yes unless it says no."""
    return action.name in pushes or action.configuration.get(detection.key, "true").lower() != "false"


def _is_current(engine: Engine, record: PipelineRecord, action: Action) -> bool:
    """Whether the pipeline is there still, and the action as it was when it was looked at."""
    there = engine.store.find(record.scope, record.pipeline.name) is record
    return there and action in record.pipeline.stages[0].actions


def _is_under_way(record: PipelineRecord, action: Action) -> bool:
    """Whether the action runs, or is about to: it may take what was seen."""
    stage = record.pipeline.stages[0].name
    run = record.latest_runs.get((stage, action.name))
    if record.stages[stage].waiting or (run and run.is_running):
        return True
    return any(
        execution.is_active and not execution.stage_index and action.name not in execution.attempt
        for execution in list(record.executions.values())[-1:]
    )


def _baseline(record: PipelineRecord, action: Action, sighting: Sighting) -> dict[str, str]:
    """What was known before the first look: what the last execution brought, else what is there."""
    taken = _taken(record, action)
    return {**sighting.revisions, **({sighting.followed: taken} if taken else {})}


def _taken(record: PipelineRecord, action: Action) -> str:
    """The revision that the last execution brought, of its own choice and by the same declaration."""
    run = record.latest_runs.get((record.pipeline.stages[0].name, action.name))
    if run is None or run.revision is None or run.action.configuration != action.configuration:
        return ""
    return "" if record.executions[run.execution_id].overrides.get(action.name) else run.revision.id


def _changes(known: Mapping[str, str], seen: Mapping[str, str]) -> dict[str, str]:
    return {carrier: revision for carrier, revision in seen.items() if revision and known.get(carrier) != revision}


def _fits(pushes: tuple[Push, ...], carrier: str, changed: Callable[[], tuple[str, ...]]) -> bool:
    return any(push.admits(carrier, changed) for push in pushes)


def _paths(detection: Detection, action: Action, old: str, new: str) -> Callable[[], tuple[str, ...]]:
    """Finds out, when it is asked, which paths a push changed."""
    return lambda: detection.changed(action.configuration, old, new) if detection.changed else ()
