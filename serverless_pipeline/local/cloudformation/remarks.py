"""What is otherwise on a laptop with a resource that was made is said in the event of the stack that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from serverless_pipeline.local import seams

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Sentence = Callable[[str], str]

_COMPLETE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE"})


def install(sentences: Mapping[str, Sentence]) -> None:
    """Say what these find out of a physical ID, by the type of the resource; nothing where they say nothing."""
    seams.ADD_EVENT.wrap(lambda add: remarking(add, sentences))


def remarking(add: Callable[..., None], sentences: Mapping[str, Sentence]) -> Callable[..., None]:
    """The event of a resource that is there, with the sentence as its reason where it has none."""

    def add_remarked(
        stack_id: str,
        stack: str,
        logical_id: str,
        kind: str,
        status: str,
        *details: Any,  # noqa: ANN401 - MiniStack's
        **options: Any,  # noqa: ANN401 - MiniStack's
    ) -> None:
        told = dict(zip(("reason", "physical_id"), details, strict=False)) | options
        if kind in sentences and status in _COMPLETE and not told.get("reason") and told.get("physical_id"):
            details, options = (), told | {"reason": sentences[kind](told["physical_id"])}
        add(stack_id, stack, logical_id, kind, status, *details, **options)

    return add_remarked
