"""Who calls an operation, and for which account and region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.store import Scope


@dataclass(frozen=True)
class Caller:
    """The principal of a request."""

    scope: Scope
    arn: str
