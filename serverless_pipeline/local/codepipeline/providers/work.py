"""What the engine hands to a provider, and what it may get back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from serverless_pipeline.local.codepipeline.model.action_run import ActionRun, Revision
    from serverless_pipeline.local.codepipeline.model.declaration import Action
    from serverless_pipeline.local.codepipeline.model.jobs import Job
    from serverless_pipeline.local.codepipeline.model.scope import Scope
    from serverless_pipeline.local.iam.credentials import Credentials

COMMIT_ID = "COMMIT_ID"
"""The kind of a revision that an execution asks for of a git repository."""
BRANCH = "BRANCH"
"""And, beside it, the branch or tag whose push started the execution."""


@dataclass(frozen=True)
class Timing:
    """How long the service waits, in seconds.

    A job has 20 minutes to answer and each continuation starts them anew, up to 24 hours; an approval has 7 days
    (https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html). AWS publishes no interval between a
    continuation and the next job; ours is short, so that a laptop does not wait for nothing. `look` is how long it
    waits before it looks again at what another service does for an action, `detect` before it looks again whether the
    sources of pipelines have changed.
    """

    answer: float = 20 * 60
    action: float = 24 * 3600
    approval: float = 7 * 24 * 3600
    continuation: float = 1.0
    look: float = 0.25
    detect: float = 1.0

    @classmethod
    def read(cls, text: str) -> Timing:
        """Read what differs from the defaults: `answer=60,approval=600`, or nothing."""
        pairs = (part.partition("=") for part in text.split(",") if part)
        return cls(**{name: float(seconds) for name, _, seconds in pairs})


def unreported(_progress: Succeeded) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Work:
    """One action to perform: its run (with the resolved configuration and the artifacts) and the role's session.

    `now` is when it is handed over, in seconds since 1970; `continuation` is the token of the job before, or of the
    look before, if there was one; `override` are the source revisions that the execution asked for. `report` tells how
    far it is before the outcome does: an answer to the job may come sooner.
    """

    scope: Scope
    pipeline: str
    run: ActionRun
    credentials: Credentials
    timing: Timing
    now: float
    key_id: str = ""
    continuation: str = ""
    override: Mapping[str, str] = field(default_factory=dict)
    job: Job | None = None
    report: Callable[[Succeeded], None] = field(default=unreported, compare=False)

    @property
    def region(self) -> str:
        return self.run.action.region or self.scope.region


@dataclass(frozen=True)
class Succeeded:
    """The action is done. `external_url` is where a person sees what it did, `log_stream` the ARN of its log."""

    summary: str = ""
    external_id: str = ""
    percent: int | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    external_url: str = ""
    log_stream: str = ""


@dataclass(frozen=True)
class Failed:
    """The action failed, for one of AWS's codes."""

    code: str
    message: str
    summary: str = ""
    external_id: str = ""
    external_url: str = ""
    log_stream: str = ""


@dataclass(frozen=True)
class Pending:
    """The action is under way; somebody ends it, or it becomes `expired` after so many seconds."""

    seconds: float
    expired: Failed
    external_id: str = ""
    external_url: str = ""
    token: str = ""


@dataclass(frozen=True)
class Working:
    """Another service works on it: the provider is started again with this token, to look how far that is."""

    token: str
    progress: Succeeded = field(default_factory=Succeeded)


Outcome = Succeeded | Failed | Pending | Working


@dataclass(frozen=True)
class Ignored:
    """A key of a configuration that has no effect here, and why; `default` is what AWS takes where it is not there."""

    key: str
    sentence: str
    default: str = ""


def unchecked(_action: Action) -> Iterable[str]:
    """No mistake: the provider looks no closer at a configuration than at its keys."""
    return ()


@dataclass(frozen=True)
class Refused:
    """A value of a key that is not imitated, and what to do instead."""

    key: str
    value: str
    way: str


@dataclass(frozen=True)
class Sighting:
    """The revisions of a source by what carries them, such as a branch, and which of those the action follows.

    A revision that is empty is not there yet.
    """

    followed: str
    revisions: Mapping[str, str]


@dataclass(frozen=True)
class Detection:
    """How a change of a source is noticed.

    `key` of the configuration turns it off, `trigger` is what the execution says that started it. `look` gets the
    configuration, a session of the role and a region; `changed` the configuration and two revisions, the older may be
    empty, and answers the paths between them.
    """

    key: str
    trigger: str
    look: Callable[[Mapping[str, str], Credentials, str], Sighting]
    detail: str = ""
    """The key whose value the trigger tells beside."""
    changed: Callable[[Mapping[str, str], str, str], tuple[str, ...]] | None = None


@dataclass(frozen=True)
class Provider:
    """Who performs actions of one type: what it takes, and how it starts.

    `takes_jobs` says that the action ends when its job is answered, `ignored` what of its configuration has no effect,
    `queryable` the key by whose value workers choose their jobs, `refused` what of it is not imitated, `revisions`
    which kinds of them an execution may ask for. `check` answers a sentence for each mistake in the configuration of
    an action that is declared.
    `timeout` is how many seconds it may work, as AWS has it: https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
    """

    category: str
    name: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    required: tuple[str, ...]
    optional: tuple[str, ...]
    start: Callable[[Work], Outcome]
    takes_jobs: bool = False
    ignored: tuple[Ignored, ...] = ()
    refused: tuple[Refused, ...] = ()
    detection: Detection | None = None
    revisions: tuple[str, ...] = ()
    check: Callable[[Action], Iterable[str]] = unchecked
    timeout: float = 3600.0
    queryable: str = ""
