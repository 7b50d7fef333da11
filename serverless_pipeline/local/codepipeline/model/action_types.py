"""Types of actions that somebody made known: who performs them, what they take, and the keys of their configuration.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-custom-action.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import ActionType

CUSTOM = "Custom"
THIRD_PARTY = "ThirdParty"
EVERYBODY = "*"


@dataclass(frozen=True)
class Property:
    """A key of a configuration.

    The value of a `secret` one is told to job workers only; by that of the `queryable` one they may choose their jobs.
    `key` and `type` are listed as they were said; AWS does not say what they change in a pipeline.
    """

    name: str
    required: bool
    key: bool
    secret: bool
    queryable: bool = False
    description: str = ""
    type: str = ""


@dataclass
class CustomActionType:
    """A type of an account in a region. One that is deleted keeps its version, which nobody may use again.

    What follows `deleted` is of third parties' types: as GetActionType answers them, the accounts that may use them,
    those that may poll for their jobs beside its own, and the seconds that a job has.
    """

    id: ActionType
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    properties: tuple[Property, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    deleted: bool = False
    declaration: Mapping[str, Any] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    polling: frozenset[str] = frozenset()
    job_timeout: float | None = None

    def is_for(self, account: str) -> bool:
        """Whether another account may use it."""
        return bool(self.allowed & {account, EVERYBODY})

    @property
    def secrets(self) -> frozenset[str]:
        """The keys whose values are not shown."""
        return frozenset(one.name for one in self.properties if one.secret)

    @property
    def queryable(self) -> str:
        """The key by whose value job workers may choose, empty if there is none."""
        return next((one.name for one in self.properties if one.queryable), "")
