"""`pipeline.drift`: what was changed by hand since CloudFormation made it, in the stack and in those nested in it.

What the pipeline delivers into an environment differs from the template by design, and is no drift: see `DELIVERED`.
Shapes: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_StackResourceDrift.html.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from serverless_pipeline import aws, console, output
from serverless_pipeline.cloudformation import stack, tree
from serverless_pipeline.errors import Different, Error
from serverless_pipeline.patience import Patience

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_cloudformation.type_defs import StackResourceDriftTypeDef

    from serverless_pipeline.aws import Clients
    from serverless_pipeline.cloudformation.tree import Tree
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
        """The drift as `--output json` has it."""
        return {
            "resource": self.resource,
            "physical_id": self.physical_id,
            "type": self.type,
            "status": self.status,
            "differences": [vars(difference) for difference in self.differences],
        }


@dataclass(frozen=True)
class Report:
    """What drifted of a stack and of those nested in it, and why part of it could not be looked at."""

    stack: str
    drifts: tuple[Drift, ...]
    skipped: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """The report as `--output json` has it."""
        return {"stack": self.stack, "drifts": [drift.document() for drift in self.drifts]}

    def lines(self) -> Iterator[str]:
        """The report as text."""
        if not self.drifts:
            yield "Nothing was changed by hand."
        for drift in self.drifts:
            yield f"{drift.status:<8}  {drift.resource}  {drift.type}  {drift.physical_id}"
            yield from (f"          {one.path}: {one.expected} is now {one.actual}" for one in drift.differences)


def detect(settings: Settings, clients: Clients) -> Report:
    """Have CloudFormation look at every resource of the stack, then at those of each stack nested in it.

    Raises:
        Error: there is no stack, or it is in the middle of an operation.
    """
    root = stack.demand(clients, settings.stack_name)
    if root.status not in _CHECKABLE:
        raise Error(f"The drift of the stack {root.name} cannot be found out: it is {root.status}.", hint=_STATUS)
    drifts: list[Drift] = []
    skipped: list[str] = []
    for one in tree.look(clients, root.id).trees():
        if one.path and tree.is_deleted(clients, one):
            drifts.append(Drift(one.path, one.stack_id, stack.KIND, "DELETED", ()))
            continue
        if reason := _look(clients, one.stack_id):
            skipped.append(f"part of {one.name}: {reason}")
        drifts += [drift for drift in _drifts(clients, one) if drift.is_drift and drift.type != stack.KIND]
    return Report(root.name, tuple(drifts), tuple(skipped))


def show(report: Report, form: str, *, fail: bool) -> None:
    """Print what drifted.

    Raises:
        Different: something did, and `fail` asks to say so with exit code 3.
    """
    for words in report.skipped:
        console.say("Skipped", words, style="yellow")
    console.data(output.written(report.document(), form, report.lines()))
    if fail and report.drifts:
        raise Different(f"The stack {report.stack} is not as CloudFormation made it.", hint="invoke pipeline.drift")


def _look(clients: Clients, stack_id: str) -> str:
    """Let CloudFormation look at one stack, and wait until it has; answers why it could not see all of it."""
    detection = clients.cloudformation.detect_stack_drift(StackName=stack_id)["StackDriftDetectionId"]
    answer = Patience.towards(clients).until(
        lambda: clients.cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection),
        lambda answer: answer["DetectionStatus"] != "DETECTION_IN_PROGRESS",
    )
    failed = answer["DetectionStatus"] == "DETECTION_FAILED"
    return answer.get("DetectionStatusReason", "CloudFormation gives no reason") if failed else ""


def _drifts(clients: Clients, one: Tree) -> Iterator[Drift]:
    place = f"{one.path}/" if one.path else ""
    ask = clients.cloudformation.describe_stack_resource_drifts
    filters = ["MODIFIED", "DELETED"]
    for page in aws.pages(ask, StackName=one.stack_id, StackResourceDriftStatusFilters=filters):
        yield from (Drift.from_response(item, place) for item in page["StackResourceDrifts"])


def _is_delivered(kind: str, path: str) -> bool:
    return any(kind == known and (path == top or path.startswith(f"{top}/")) for known, top in DELIVERED)
