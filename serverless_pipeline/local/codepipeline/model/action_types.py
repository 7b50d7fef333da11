"""Types of actions that somebody made known: who performs them, what they take, and the keys of their configuration.

https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-custom-action.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_pipeline.local.codepipeline.model.declaration import ActionType

CUSTOM = "Custom"


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
    """A type of an account in a region. One that is deleted keeps its version, which nobody may use again."""

    id: ActionType
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    properties: tuple[Property, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def secrets(self) -> frozenset[str]:
        """The keys whose values are not shown."""
        return frozenset(one.name for one in self.properties if one.secret)

    @property
    def queryable(self) -> str:
        """The key by whose value job workers may choose, empty if there is none."""
        return next((one.name for one in self.properties if one.queryable), "")
