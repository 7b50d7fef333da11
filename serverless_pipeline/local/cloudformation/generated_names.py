"""A resource keeps its generated name while it is updated.

MiniStack makes the name anew from a seed that a bucket leaves behind for the resources after it in a nested stack, but
that it forgets for them: the next update makes another name, and another table, an empty one.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

Updated = tuple[str, str | None, str, str]
"""Stack, logical ID, physical ID and the seed with which the update began."""

_UPDATED: ContextVar[Updated | None] = ContextVar("updated", default=None)


def install() -> None:
    """Note what is being updated, and answer its name when a handler asks for one."""
    from ministack.services.cloudformation import provisioners, stacks

    update = _noting(provisioners._update_resource)  # noqa: SLF001 - MiniStack has no public way
    provisioners._update_resource = stacks._update_resource = update  # noqa: SLF001
    provisioners._physical_name = _keeping(provisioners._physical_name)  # noqa: SLF001


def _noting(update: Callable[..., Any]) -> Callable[..., Any]:
    def note(kind: str, physical_id: str, *change: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        from ministack.services.cloudformation import provisioners

        _, _, stack, logical_id, *_ = [*change, None]
        token = _UPDATED.set((stack, logical_id, physical_id, provisioners._NAME_SEED.get()))  # noqa: SLF001
        try:
            return update(kind, physical_id, *change)
        finally:
            _UPDATED.reset(token)

    return note


def _keeping(generate: Callable[..., str]) -> Callable[..., str]:
    """A replacement draws another seed, and so gets another name."""

    def keep(stack: str, logical_id: str, **form: Any) -> str:  # noqa: ANN401 - as MiniStack's
        from ministack.services.cloudformation import provisioners

        updated, seed = _UPDATED.get(), provisioners._NAME_SEED.get()  # noqa: SLF001 - MiniStack has no public way
        if updated and (stack, logical_id, seed) == (updated[0], updated[1], updated[3]):
            return updated[2]
        return generate(stack, logical_id, **form)

    return keep
