"""A resource keeps its generated name while it is updated.

MiniStack makes the name anew from a seed that a bucket leaves behind for the resources after it in a nested stack, but
that it forgets for them: the next update makes another name, and another table, an empty one.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from serverless_pipeline.local import seams


class Update(NamedTuple):
    """The resource that is being updated, and the seed with which that began."""

    stack: str
    logical_id: str | None
    seed: str
    physical_id: str


_UPDATE: ContextVar[Update | None] = ContextVar("update", default=None)


def install() -> None:
    """Remember what is being updated, and answer its name when a handler asks for one."""
    seams.UPDATE_RESOURCE.wrap(remembering)
    seams.PHYSICAL_NAME.wrap(keeping)


def remembering(update: Callable[..., Any]) -> Callable[..., Any]:
    """An update of a resource that is known as long as it lasts."""

    def remember(kind: str, physical_id: str, *change: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        _old, _new, stack, logical_id, *_ = *change, None
        token = _UPDATE.set(Update(stack, logical_id, seams.NAME_SEED.value.get(), physical_id))
        try:
            return update(kind, physical_id, *change)
        finally:
            _UPDATE.reset(token)

    return remember


def keeping(generate: Callable[..., str]) -> Callable[..., str]:
    """The name of what is being updated; a replacement draws another seed, and so gets another name."""

    def keep(stack: str, logical_id: str, **form: Any) -> str:  # noqa: ANN401 - as MiniStack's
        update = _UPDATE.get()
        if update and update[:3] == (stack, logical_id, seams.NAME_SEED.value.get()):
            return _name(update.physical_id)
        return generate(stack, logical_id, **form)

    return keep


def _name(physical_id: str) -> str:
    """The name in a physical ID, which can be an ARN, or the URL of a queue, as well."""
    return re.split(r"[:/]", physical_id)[-1] if re.match(r"arn:|https?:", physical_id) else physical_id
