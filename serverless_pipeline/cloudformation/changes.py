"""What a change set would change, resource by resource, those of nested stacks included.

Shapes: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws
from serverless_pipeline.cloudformation import stack, tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_cloudformation.type_defs import ResourceChangeTypeDef

    from serverless_pipeline.aws import Clients

STATEFUL = frozenset(
    {
        "AWS::CodeCommit::Repository",
        "AWS::Cognito::UserPool",
        "AWS::DynamoDB::GlobalTable",
        "AWS::DynamoDB::Table",
        "AWS::EC2::Volume",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::ElastiCache::ReplicationGroup",
        "AWS::KMS::Key",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
        "AWS::OpenSearchService::Domain",
        "AWS::RDS::DBCluster",
        "AWS::RDS::DBInstance",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
    }
)
"""Types of resources that hold what no template can bring back."""

_KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot", "ReplaceAndRetain", "ReplaceAndSnapshot")
_REPLACED = ("True", "Conditional")
_LOST = "its data is lost"


@dataclass(frozen=True)
class Change:
    """One resource that would change; `properties` are the names of those that differ.

    `action` is Add, Modify, Remove, Import or Dynamic; `replacement` is True, Conditional, False or empty; both are
    AWS's words. `place` is the path of the nested stack's logical ID, empty in the root.
    """

    place: str
    logical_id: str
    physical_id: str
    type: str
    action: str
    replacement: str = ""
    policy: str = ""
    properties: tuple[str, ...] = ()

    @classmethod
    def from_response(cls, change: ResourceChangeTypeDef, place: str) -> Change:
        targets = [detail.get("Target", {}) for detail in change.get("Details", [])]
        names = [target.get("Name") or target.get("Attribute", "") for target in targets]
        return cls(
            place=place,
            logical_id=change["LogicalResourceId"],
            physical_id=change.get("PhysicalResourceId", ""),
            type=change["ResourceType"],
            action=change["Action"],
            replacement=change.get("Replacement", ""),
            policy=change.get("PolicyAction", ""),
            properties=tuple(sorted({name for name in names if name})),
        )

    @property
    def path(self) -> str:
        """Where the resource is: `Actions/DeployFunction`."""
        return f"{self.place}/{self.logical_id}" if self.place else self.logical_id

    @property
    def kind(self) -> str:
        """What happens, in one word: added, changed, replaced or removed."""
        if self.action == "Modify" and self.replacement in _REPLACED:
            return "replaced"
        return {"Add": "added", "Import": "added", "Remove": "removed"}.get(self.action, "changed")

    @property
    def loses_data(self) -> bool:
        """Whether something is replaced or removed that holds data, and no policy keeps it."""
        return self.kind in {"replaced", "removed"} and self.type in STATEFUL and self.policy not in _KEPT

    @property
    def words(self) -> str:
        """The properties that differ, and what a replacement or a removal means."""
        replaced = "may be replaced" if self.replacement == "Conditional" else "replaced"
        parts = [
            replaced if self.kind == "replaced" else "",
            ", ".join(self.properties),
            _LOST if self.loses_data else "kept" if self.kind == "removed" and self.policy == "Retain" else "",
        ]
        return "  ".join(part for part in parts if part) or (self.kind if self.kind == "removed" else "")

    def document(self) -> dict[str, Any]:
        """The change as `--output json` has it."""
        return {
            "resource": self.path,
            "physical_id": self.physical_id or None,
            "type": self.type,
            "change": self.kind,
            "replacement": self.replacement or None,
            "properties": list(self.properties),
            "loses_data": self.loses_data,
        }


def read(clients: Clients, change_set_id: str, place: str = "") -> Iterator[Change]:
    """The changes of a change set, a nested stack's own in its place.

    A nested stack in which nothing changes is left out, and one that goes away is answered with all that is in it.
    """
    pages = clients.cloudformation.get_paginator("describe_change_set").paginate(ChangeSetName=change_set_id)
    for page in aws.moving(pages, f"the change set {change_set_id}"):
        for item in page.get("Changes", []):
            resource = item["ResourceChange"]
            change = Change.from_response(resource, place)
            if change.type != stack.KIND:
                yield change
            else:
                yield from _of_nested_stack(clients, change, resource.get("ChangeSetId", ""))


def counted(listed: Iterable[Change]) -> str:
    """How many of each: `1 added, 2 changed, 1 replaced`."""
    kinds = [change.kind for change in listed]
    counts = [f"{kinds.count(kind)} {kind}" for kind in ("added", "changed", "replaced", "removed") if kind in kinds]
    return ", ".join(counts) or "only outputs, parameters or tags change"


def _of_nested_stack(clients: Clients, change: Change, change_set_id: str) -> Iterator[Change]:
    if change.action != "Modify" or not change_set_id:
        yield change
    if change.action == "Remove":
        yield from _removed_with(clients, change)
    elif change_set_id:
        yield from read(clients, change_set_id, change.path)


def _removed_with(clients: Clients, change: Change) -> Iterator[Change]:
    """What a nested stack holds that goes away; change sets do not look into it."""
    if not change.physical_id:
        return
    for resource in tree.look(clients, change.physical_id).walk():
        place = f"{change.path}/{resource.path}".rpartition("/")[0]
        yield Change(place, resource.logical_id, resource.physical_id, resource.type, "Remove")
