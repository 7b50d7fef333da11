"""References to resources that are not there yet are told from each other.

MiniStack compares two templates with no resource at hand, where every `Fn::GetAtt` comes to nothing: a function that
gets another role is no change to it, nor an alias that gets another version.
"""

from collections.abc import Callable
from typing import Any

from serverless_pipeline.local import seams

GET_ATT = "Fn::GetAtt"


def install() -> None:
    """Name what is not known yet."""
    seams.RESOLVE_REFS.wrap(naming_unknown)


def naming_unknown(resolve: Callable[..., Any]) -> Callable[..., Any]:
    """What a node of a template comes to; without resources, an attribute is its own name, as in `Fn::Sub`."""

    def resolve_or_name(value: Any, resources: Any, *others: Any) -> Any:  # noqa: ANN401 - as MiniStack's
        if not resources and isinstance(value, dict) and GET_ATT in value:
            named = value[GET_ATT]
            return named if isinstance(named, str) else ".".join(map(str, named))
        return resolve(value, resources, *others)

    return resolve_or_name
