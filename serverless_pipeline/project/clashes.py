"""Names that CodePipeline tells things apart by: actions in a stage, namespaces and artifacts in a pipeline.

https://docs.aws.amazon.com/codepipeline/latest/userguide/reference-pipeline-structure.html
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from serverless_pipeline.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from serverless_pipeline.project.stage import Stage

T = TypeVar("T")
APPROVAL = "Approval"


def refuse(stages: Sequence[Stage], *, approval: bool) -> None:
    """Refuse stages in which a name is there twice; with an `approval` the last one has an action of that name.

    Raises:
        Misconfigured: names all that are.
    """
    if mistakes := list(_clashes(stages, approval=approval)):
        listed = "\n".join(f"  - {mistake}" for mistake in mistakes)
        hint = "name the Delivery or the task otherwise, then invoke pipeline.up"
        raise Misconfigured(f"The pipeline would have two of a name:\n{listed}", hint=hint)


def _clashes(stages: Sequence[Stage], *, approval: bool) -> Iterator[str]:
    actions = [(stage.environment.stage, action) for stage in stages for action in stage.actions()]
    names = [(place, action.name) for place, action in actions]
    names += [(stages[-1].environment.stage, APPROVAL)] if approval else []
    for place, name in _twice(names):
        yield f"two actions {name} in the stage {place}"
    namespaces = {(place, action.namespace) for place, action in actions if action.namespace}
    yield from (f"two namespaces {name}" for name in _twice(name for _, name in namespaces))
    own = [delivery.output for delivery in stages[0].template.shape.deliveries if delivery.output]
    artifacts = [*own, *(output for _, action in actions for output in action.outputs)]
    yield from (f"two artifacts {name}" for name in _twice(artifacts))


def _twice(values: Iterable[T]) -> Iterator[T]:
    return (value for value, count in Counter(values).items() if count > 1)
