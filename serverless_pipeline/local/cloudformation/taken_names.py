"""A log group whose name is taken fails its stack.

MiniStack's CloudFormation puts an empty one in its place, and what was logged is gone.
"""

from collections.abc import Callable
from typing import Any

from serverless_pipeline.local import seams

Create = Callable[[str, Any, str], Any]

LOG_GROUP = "AWS::Logs::LogGroup"


class AlreadyExists(Exception):
    """Something of that name is there, in CloudFormation's words."""


def install() -> None:
    """Look before a log group is made."""
    handlers = seams.RESOURCE_HANDLERS.value[LOG_GROUP]
    handlers["create"] = only_new(handlers["create"])


def only_new(create: Create) -> Create:
    """The creation of a log group that is not there yet."""

    def create_new(logical_id: str, properties: Any, stack: str) -> Any:  # noqa: ANN401 - as MiniStack's
        name = properties.get("LogGroupName")
        if name in seams.LOG_GROUPS.value:
            raise AlreadyExists(f"Resource of type '{LOG_GROUP}' with identifier '{name}' already exists.")
        return create(logical_id, properties, stack)

    return create_new
