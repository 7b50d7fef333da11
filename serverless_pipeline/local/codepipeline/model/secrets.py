"""Values of a configuration that are stored and used, but not shown.

https://docs.aws.amazon.com/codepipeline/latest/APIReference/API_ActionConfigurationProperty.html
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from serverless_pipeline.local.codepipeline.model.declaration import ActionType, complete

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

MASK = "****"

Secrets = dict[ActionType, frozenset[str]]
"""The secret keys of each type of action."""


def hide(configuration: Mapping[str, str], keys: Collection[str]) -> dict[str, str]:
    """A configuration as it is shown."""
    return {key: MASK if key in keys else value for key, value in configuration.items()}


def mask(document: Mapping[str, Any], secrets: Mapping[ActionType, frozenset[str]]) -> dict[str, Any]:
    """A copy of a declaration as it is shown."""
    shown = copy.deepcopy(dict(document))
    for _, action in _actions(shown):
        if "configuration" in action:
            action["configuration"] = hide(action["configuration"], secrets.get(_type(action), frozenset()))
    return shown


def restore(document: Mapping[str, Any], before: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    """A declaration in which an action that comes back as it was shown, in the same stage, keeps its secrets.

    Where anything else of the action is another, a mask is a value like any other, as AWS documents it.
    """
    restored = copy.deepcopy(dict(document))
    shown = {(stage, action["name"]): action for stage, action in _actions(mask(before, secrets))}
    stored = {(stage, action["name"]): action for stage, action in _actions(before)}
    for stage, action in _actions(restored):
        complete(action)
        if action == shown.get((stage, action["name"])):
            action["configuration"] = dict(stored[stage, action["name"]]["configuration"])
    return restored


def _actions(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for stage in document["stages"]:
        yield from ((stage["name"], action) for action in stage["actions"])


def _type(action: Mapping[str, Any]) -> ActionType:
    return ActionType(**action["actionTypeId"])
