"""Stand-ins for AWS's own providers that are not imitated: where they are allowed, their actions end at once.

They make no artifact and no variable. The setting `local_stub_providers` allows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from serverless_pipeline.local.codepipeline.providers import absent
from serverless_pipeline.local.codepipeline.providers.work import Provider, Succeeded

if TYPE_CHECKING:
    from serverless_pipeline.local.codepipeline.model.declaration import ActionType
    from serverless_pipeline.local.codepipeline.providers.work import Outcome, Work

_allowed: list[bool] = []


def allow(*, allowed: bool) -> None:
    """Let actions of such providers be declared from now on, or not."""
    _allowed[:] = [allowed]


def are_allowed() -> bool:
    """Whether actions of such providers may be declared."""
    return any(_allowed)


def find(kind: ActionType) -> Provider | None:
    """The stand-in of a provider that is not imitated, if they are allowed."""
    lacking = absent.find(kind) if are_allowed() else None
    if lacking is None:
        return None
    return Provider(kind.category, kind.provider, lacking.inputs, lacking.outputs, lacking.required, (), start)


def start(work: Work) -> Outcome:
    """Do nothing, and say so."""
    kind = work.run.action.type
    return Succeeded(f"Did nothing: the embedded AWS does not imitate {kind.category}/{kind.provider}")
