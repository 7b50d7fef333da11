"""A log group whose name is taken fails its stack.

MiniStack's CloudFormation puts an empty one in its place, and what was logged is gone.
"""

from typing import Any

LOG_GROUP = "AWS::Logs::LogGroup"


class AlreadyExists(Exception):
    """Something of that name is there, in CloudFormation's words."""


def install() -> None:
    """Look before a log group is made."""
    from ministack.services import cloudwatch_logs
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS[LOG_GROUP]  # noqa: SLF001 - MiniStack has no public way
    create = handlers["create"]

    def create_new(logical_id: str, properties: Any, stack: str) -> Any:  # noqa: ANN401 - as MiniStack's
        name = properties.get("LogGroupName")
        if name in cloudwatch_logs._log_groups:  # noqa: SLF001
            raise AlreadyExists(f"Resource of type '{LOG_GROUP}' with identifier '{name}' already exists.")
        return create(logical_id, properties, stack)

    handlers["create"] = create_new
