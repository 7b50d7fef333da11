"""What was changed by hand since CloudFormation made it, in the stack and in those nested in it.

What the pipeline delivers into an environment differs from the template by design, and is no drift: see `DELIVERED`.
Shapes: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceDrift.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline import console
from serverless_pipeline.cloudformation import stack
from serverless_pipeline.errors import Different, Error
from serverless_pipeline.output import written
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation.type_defs import StackResourceDriftTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.stack import Resource, Stack
    from serverless_pipeline.settings import Settings

DELIVERED = {
    ("AWS::ApiGateway::RestApi", "/Body"),
    ("AWS::ApiGateway::RestApi", "/Description"),
    ("AWS::ApiGateway::RestApi", "/Name"),
    ("AWS::ApiGateway::Stage", "/DeploymentId"),
    ("AWS::Lambda::Alias", "/Description"),
    ("AWS::Lambda::Alias", "/FunctionVersion"),
    ("AWS::Lambda::Alias", "/RoutingConfig"),
    ("AWS::Lambda::Function", "/Code"),
}
"""Types and properties that a delivery changes, a stack update leaves alone, and a rollback puts back."""

_STATUS = "invoke pipeline.status"
_CHECKABLE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED")


@dataclass(frozen=True)
class Difference:
    """A property that is not what the template says; both values as CloudFormation writes them."""

    path: str
    expected: str
    actual: str


@dataclass(frozen=True)
class Drift:
    """A resource that was changed or deleted by hand; `status` is MODIFIED or DELETED."""

    resource: str
    physical_id: str
    type: str
    status: str
    differences: tuple[Difference, ...]

    @classmethod
    def from_response(cls, drift: StackResourceDriftTypeDef, place: str) -> Drift:
        return cls(
            resource=f"{place}{drift['LogicalResourceId']}",
            physical_id=drift.get("PhysicalResourceId", ""),
            type=drift["ResourceType"],
            status=drift["StackResourceDriftStatus"],
            differences=tuple(
                Difference(item["PropertyPath"], item["ExpectedValue"], item["ActualValue"])
                for item in drift.get("PropertyDifferences", [])
                if not _is_delivered(drift["ResourceType"], item["PropertyPath"])
            ),
        )

    @property
    def is_drift(self) -> bool:
        """Whether there is more to it than a delivery."""
        return self.status == "DELETED" or bool(self.differences)

    def document(self) -> dict[str, Any]:
        """The drift as `--output json` tells it."""
        return {
            "resource": self.resource,
            "physical_id": self.physical_id,
            "type": self.type,
            "status": self.status,
            "differences": [vars(difference) for difference in self.differences],
        }


def show(settings: Settings, clients: Clients, *, output: str, fail: bool) -> None:
    """Print what drifted.

    Raises:
        Different: something did, and `fail` asks to say so with exit code 3.
        Error: the stack is in the middle of an operation, or CloudFormation could not find out.
    """
    root = stack.demand(clients, settings.stack_name)
    with console.busy("Asking CloudFormation what was changed by hand"):
        found = list(detect(clients, root))
    document = {"stack": root.name, "drifts": [drift.document() for drift in found]}
    console.data(written(document, output, _lines(found)))
    if fail and found:
        raise Different(f"The stack {root.name} is not as CloudFormation made it.", hint="invoke pipeline.drift")


def detect(clients: Clients, root: Stack) -> Iterator[Drift]:
    """Look at every resource of the stack, then at those of each stack nested in it.

    Raises:
        Error: the stack is in the middle of an operation, or CloudFormation could not find out.
    """
    yield from _detect(clients, root, "")


def _detect(clients: Clients, one: Stack, place: str) -> Iterator[Drift]:
    _finish(clients, one)
    for item in _modified(clients, one):
        drift = Drift.from_response(item, place)
        if drift.is_drift and drift.type != stack.KIND:
            yield drift
    for resource in stack.resources_of(clients, one.id):
        if resource.type == stack.KIND:
            yield from _nested(clients, resource, place)


def _nested(clients: Clients, resource: Resource, place: str) -> Iterator[Drift]:
    found = stack.find(clients, resource.physical_id)
    if found is None or found.status is stack.Status.DELETE_COMPLETE:
        yield Drift(f"{place}{resource.logical_id}", resource.physical_id, resource.type, "DELETED", ())
    else:
        yield from _detect(clients, found, f"{place}{resource.logical_id}/")


def _finish(clients: Clients, one: Stack) -> None:
    """Let CloudFormation look at one stack, and wait until it has."""
    if one.status not in _CHECKABLE:
        raise Error(f"The drift of the stack {one.name} cannot be found out: it is {one.status}.", hint=_STATUS)
    begun = clients.cloudformation.detect_stack_drift(StackName=one.id)["StackDriftDetectionId"]
    patience = Patience.towards(clients)
    while True:
        answer = clients.cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=begun)
        if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        patience.rest(news=False)
    if answer["DetectionStatus"] == "DETECTION_FAILED":
        console.say("Skipped", f"part of {one.name}: {answer.get('DetectionStatusReason', '')}", style="yellow")


def _modified(clients: Clients, one: Stack) -> Iterator[StackResourceDriftTypeDef]:
    token: dict[str, Any] = {}
    while True:
        page = clients.cloudformation.describe_stack_resource_drifts(
            StackName=one.id, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"], **token
        )
        yield from page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _lines(found: list[Drift]) -> Iterator[str]:
    if not found:
        yield "Nothing was changed by hand."
    for drift in found:
        yield f"{drift.status:<8}  {drift.resource}  {drift.type}  {drift.physical_id}"
        yield from (f"          {one.path}: {one.expected} is now {one.actual}" for one in drift.differences)


def _is_delivered(kind: str, path: str) -> bool:
    return any(kind == known and (path == top or path.startswith(f"{top}/")) for known, top in DELIVERED)
