"""Stacks and change sets as MiniStack keeps them: find the one that a request names."""

from collections.abc import Iterator, Mapping
from typing import Any

from serverless_pipeline.local import seams

Parameters = Mapping[str, Any]
Response = tuple[int, dict[str, str], bytes]
Record = dict[str, Any]


def word(parameters: Parameters, name: str) -> str:
    """A parameter of a request, empty if it is not there."""
    return str(seams.PARAMETER(parameters, name, "") or "")


def stack(name: str) -> Record:
    """The stack of a name or an ID, empty if there is none."""
    return seams.STACKS.value.get(name) or next((one for one in stacks() if name and one["StackId"] == name), {})


def stacks() -> list[Record]:
    """Every stack, in the order in which they were made."""
    return list(seams.STACKS.value.values())


def change_set(parameters: Parameters) -> Record:
    """The change set that a request names, empty if there is none."""
    name = word(parameters, "StackName")
    return seams.FIND_CHANGE_SET(word(parameters, "ChangeSetName"), stack(name).get("StackName", name))[1] or {}


def below(record: Record) -> Iterator[Record]:
    """The change sets of the nested stacks, on every level."""
    for other in list(seams.CHANGE_SETS.value.values()):
        if record and other.get("ParentChangeSetId") == record["ChangeSetId"]:
            yield other
            yield from below(other)


def refusal(message: str, code: str = "ValidationError") -> Response:
    """CloudFormation's answer to what it does not do."""
    return seams.CLOUDFORMATION_ERROR(code, message, 403 if code == "AccessDenied" else 400)  # type: ignore[no-any-return]
